"""Gymnasium environments: any lesson, its arms driven by tip velocities, without hand, filter or view in between.

May import `control` and `robotics`. `steadyhand.environments` builds one from a lesson's configuration and registers
all of them as ``steadyhand/NAME-v0``; gymnasium is an optional extra, and nothing else in the project imports this.
"""
