"""Wearables on a patient: heart rate, muscle activity, inertial units, as streams of the Lab Streaming Layer.

A process of its own receives them (`WearableInlet`); the control loop polls shared memory (`WearableReader`) and asks
the rules (`StopRules`). May import `control` and `robotics`.
"""
