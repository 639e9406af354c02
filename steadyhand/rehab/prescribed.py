"""What a prescription changes in an exercise: its range or distance, its speed, and the most force of the law."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from control import laws
from control.laws.base import BaseLaw
from robotics.errors import ArgumentError
from robotics.guidance import Space
from robotics.trajectories import PEAK_VELOCITY
from steadyhand.rehab.order import ExerciseOrder
from vr_training.exercises import ExerciseSettings

DISTANCES_MM = ("radius_mm", "distance_mm", "size_mm", "length_mm")
"""Keys of an exercise's configuration that say how far the hand goes; an exercise has one of them at most."""


def prescribe(exercise: str, settings: ExerciseSettings, order: ExerciseOrder) -> ExerciseSettings:
    """An exercise's settings with what its order prescribes.

    Raises:
        ArgumentError: The exercise has nothing of what is prescribed.
    """
    changes: dict[str, float] = {}
    if settings.joints and settings.joints[0] in order.ranges_deg and hasattr(settings, "from_deg"):
        changes["from_deg"], changes["to_deg"] = order.ranges_deg[settings.joints[0]]
    if order.distance_cm is not None:
        changes[_distance_key(exercise, settings)] = 10.0 * order.distance_cm
    if order.speed_deg_s is not None:
        if not hasattr(settings, "speed_deg_s"):
            raise ArgumentError(f"exercise '{exercise}' has no speed in deg/s that {order.speed_deg_s:g} could be")
        changes["speed_deg_s"] = order.speed_deg_s
    if order.speed_cm_s is not None:
        changes |= _hand_speed(exercise, replace(settings, **changes), order.speed_cm_s)
    return replace(settings, **changes) if changes else settings


def create_law(
    name: str, config: laws.LawConfig[Any], space: Space, dims: int, dt: float, most: float | None
) -> BaseLaw:
    """A law whose force never exceeds what is prescribed, nor what is its own.

    Args:
        name: Its name.
        config: Its configuration.
        space: What the exercise's coordinates are.
        dims: How many there are.
        dt: Control period [s].
        most: Largest norm of its force [Nm or N]; its own where None.
    """
    gains = config.gains(space)
    if most is None or gains is None or most >= gains.max_force:
        return laws.create(name, space, dims, dt)
    # The cap goes into the gains, so that a law which learns knows that it is at its end.
    return laws.create(name, space, dims, dt, {"max_force": most})


def _distance_key(exercise: str, settings: ExerciseSettings) -> str:
    found = [key for key in DISTANCES_MM if hasattr(settings, key)]
    if not found:
        raise ArgumentError(f"exercise '{exercise}' has no distance that could be prescribed")
    return found[0]


def _hand_speed(exercise: str, settings: ExerciseSettings, speed_cm_s: float) -> dict[str, float]:
    """The change that makes the reference's peak speed what is prescribed."""
    if hasattr(settings, "speed_cm_s"):
        return {"speed_cm_s": speed_cm_s}
    if hasattr(settings, "speed_mm_s"):
        return {"speed_mm_s": 10.0 * speed_cm_s}
    found = [key for key in DISTANCES_MM if hasattr(settings, key)]
    if not found or not hasattr(settings, "duration_s"):
        raise ArgumentError(f"exercise '{exercise}' has no speed in cm/s that {speed_cm_s:g} could be")
    return {"duration_s": PEAK_VELOCITY * float(getattr(settings, found[0])) / (10.0 * speed_cm_s)}
