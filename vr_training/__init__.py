"""Lessons that people do: inputs, scoring, reports, the stream and its records, the training view.

May import `simulation`, `hardware`, `control` and `robotics`.
"""
