"""What no exercise may ask: to leave the range that is allowed, or to go beyond what the arm can reach."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from robotics.errors import ArgumentError
from robotics.guidance import Coordinates, Space
from vr_training.exercises.context import Context
from vr_training.exercises.movement import Movement
from vr_training.exercises.settings import FIRST

REACH = 0.95
"""Share of the arm's length that no goal lies beyond; ours."""


def refuse(exercise: str, coordinates: Coordinates, context: Context, movements: Iterable[Movement]) -> None:
    """Refuse movements that the arm cannot or must not do.

    An arm that is outside of its range may be brought back into it: an approach is judged without its start.

    Args:
        exercise: Name of the exercise.
        coordinates: Its coordinates.
        context: The arm and the person.
        movements: All that it will ask.

    Raises:
        ArgumentError: One of them leaves what is allowed, or what the arm can reach.
    """
    for movement in movements:
        points = movement.path.points
        if coordinates.space is Space.JOINT:
            asked = points[1:] if movement.say == FIRST else points
            if np.any(asked < context.lower - 1e-9) or np.any(asked > context.upper + 1e-9):
                raise ArgumentError(
                    f"exercise '{exercise}' goes to {np.degrees(points[-1]).round(1)} deg, outside of the range "
                    f"that is allowed, {np.degrees(context.lower).round(1)} to {np.degrees(context.upper).round(1)}"
                )
            continue
        farthest = context.reach_of(coordinates.axes, points[1:])
        if farthest > REACH + 1e-9:
            raise ArgumentError(
                f"exercise '{exercise}' goes to {100 * farthest:.0f} % of the arm's length, which is "
                f"{100 * context.arm_length_m:.0f} cm; at most {100 * REACH:.0f} % are allowed"
            )
