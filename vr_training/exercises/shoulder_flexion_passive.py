"""Shoulder flexion, carried out by the robot while the patient relaxes."""

from vr_training.exercises.arc import Arc, ArcSettings

Settings, Task = ArcSettings, Arc
