"""External rotation of the shoulder."""

from vr_training.exercises.arc import Arc, ArcSettings

Settings, Task = ArcSettings, Arc
