"""Shoulder abduction."""

from vr_training.exercises.arc import Arc, ArcSettings

Settings, Task = ArcSettings, Arc
