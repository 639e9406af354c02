"""Pronation and supination of the forearm."""

from vr_training.exercises.arc import Arc, ArcSettings

Settings, Task = ArcSettings, Arc
