"""Guided exercises, one a file: what a patient is asked to do, how it is counted and judged.

An exercise is a task of the control loop that knows nothing of plants: the same on a simulator and on a device. Each
module that carries one out has ``Settings``, what its configuration in ``configs/exercises`` may say, and ``Task``, the
exercise.
"""

from vr_training.exercises.exercise import Context, Exercise, Phase
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.registry import create, load, names, parse
from vr_training.exercises.settings import FIRST, ExerciseSettings

__all__ = [
    "FIRST",
    "Context",
    "Done",
    "Exercise",
    "ExerciseSettings",
    "Movement",
    "Phase",
    "create",
    "load",
    "names",
    "parse",
]
