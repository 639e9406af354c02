"""Guided exercises, one a file: what a patient is asked to do, how it is counted and judged.

An exercise says which movements, and judges them; a bout of it is a task of the control loop. Neither knows of plants:
they are the same on a simulator and on a device. Each module that is an exercise has ``Settings``, what its
configuration in ``configs/exercises`` may say, and ``Task``, what the patient is to do.
"""

from vr_training.exercises.bout import Bout, Phase
from vr_training.exercises.context import Context
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.registry import create, load, names, parse
from vr_training.exercises.settings import FIRST, ExerciseSettings

__all__ = [
    "FIRST",
    "Bout",
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
