"""Guided exercises, one a file: what a patient is asked to do, how it is counted and judged.

An exercise is a task of the control loop that knows nothing of plants: the same on a simulator and on a device. Each
module has ``Settings``, what its configuration in ``configs/exercises`` may say, and ``Task``, the exercise.
"""

from vr_training.exercises.exercise import Context, Exercise, ExerciseSettings, Movement, Phase
from vr_training.exercises.registry import create, load, names, parse

__all__ = ["Context", "Exercise", "ExerciseSettings", "Movement", "Phase", "create", "load", "names", "parse"]
