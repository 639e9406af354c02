"""Radial and ulnar deviation of the wrist."""

from vr_training.exercises.arc import Arc, ArcSettings

Settings, Task = ArcSettings, Arc
