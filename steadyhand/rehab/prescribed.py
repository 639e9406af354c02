"""What a prescription changes in an exercise: its range or distance, its speed, and the most force of the law."""

from __future__ import annotations

from dataclasses import replace as with_speed
from typing import Any

from msgspec.structs import replace

from control import laws
from control.laws.base import BaseLaw
from robotics.errors import ArgumentError
from robotics.guidance import Space
from steadyhand.rehab.order import ExerciseOrder
from vr_training import exercises
from vr_training.exercises import FIRST, Context, ExerciseSettings
from vr_training.exercises.arc import ArcSettings

DISTANCES_MM = ("radius_mm", "distance_mm", "width_mm")
"""Keys of an exercise's configuration that say how far the hand goes; of an exercise the first of them that it has."""


def prescribe(exercise: str, settings: ExerciseSettings, order: ExerciseOrder) -> ExerciseSettings:
    """An exercise's settings with what its order prescribes.

    Raises:
        ArgumentError: The exercise has nothing of what is prescribed.
    """
    changes: dict[str, Any] = {}
    if order.relaxed:
        if not isinstance(settings, ArcSettings):
            raise ArgumentError(f"exercise '{exercise}' is no arc of one joint: nobody can be relaxed in it")
        law = laws.load(order.law or settings.law)
        if "relax" not in law.fits or not law.leads:
            raise ArgumentError(
                f"law '{order.law or settings.law}' moves no relaxed arm: choose of {', '.join(_leading())}"
            )
        settings = settings.relaxed()
    if settings.joints and settings.joints[0] in order.ranges_deg and hasattr(settings, "from_deg"):
        low, high = order.ranges_deg[settings.joints[0]]
        down = settings.from_deg > settings.to_deg  # type: ignore[attr-defined]
        changes["from_deg"], changes["to_deg"] = (high, low) if down else (low, high)
    if order.distance_cm is not None:
        changes |= _distance(exercise, settings, 10.0 * order.distance_cm)
    if order.speed_deg_s is not None:
        changes |= _joint_speed(exercise, settings, order.speed_deg_s)
        changes["approach_deg_s"] = min(settings.approach_deg_s, order.speed_deg_s)  # nor to where it begins
    if order.speed_cm_s is not None and settings.space == "joint":
        raise ArgumentError(f"exercise '{exercise}' moves joints: {order.speed_cm_s:g} cm/s say nothing")
    if order.speed_cm_s is not None:
        changes["approach_cm_s"] = min(settings.approach_cm_s, order.speed_cm_s)
        if hasattr(settings, "speed_cm_s"):
            changes["speed_cm_s"] = order.speed_cm_s
    if order.demonstrated is not None:
        changes["demonstrates"] = order.demonstrated
    return replace(settings, **changes) if changes else settings


def at_hand_speed(exercise: str, settings: ExerciseSettings, context: Context, speed_cm_s: float) -> Context:
    """A context whose speed makes the fastest reference of the hand what is prescribed, times the speed that it had.

    Args:
        exercise: Name of the exercise.
        settings: Its settings.
        context: The context.
        speed_cm_s: Peak speed of the reference [cm/s].
    """
    first = exercises.create(exercise, settings, with_speed(context, speed=1.0)).repetition(0)
    peaks = [each.peak_speed for each in first if each.say != FIRST and each.path.length > 0.0]
    if not peaks:
        return context
    return with_speed(context, speed=context.speed * 0.01 * speed_cm_s / max(peaks))


def create_law(name: str, space: Space, dims: int, dt: float, most: float | None = None) -> BaseLaw:
    """A law whose force never exceeds what is prescribed, nor what is its own.

    Args:
        name: Its name, or TOML file.
        space: What the exercise's coordinates are.
        dims: How many there are.
        dt: Control period [s].
        most: Largest norm of its force [Nm or N]; its own where None.
    """
    config = laws.load(name)
    gains = config.gains(space)
    if most is None or gains is None or most >= gains.max_force:
        return laws.create(name, space, dims, dt)
    # The cap goes into the gains, so that a law which learns knows that it is at its end.
    return laws.create(name, space, dims, dt, {"max_force": most})


def _leading() -> list[str]:
    """Names of the laws that move a relaxed arm."""
    return [name for name in laws.names() if (law := laws.load(name)).leads and "relax" in law.fits]


def _distance(exercise: str, settings: ExerciseSettings, distance_mm: float) -> dict[str, float]:
    key = next((key for key in DISTANCES_MM if hasattr(settings, key)), None)
    if key is None:
        raise ArgumentError(f"exercise '{exercise}' has no distance that could be prescribed")
    if not hasattr(settings, "height_mm"):
        return {key: distance_mm}
    return {key: distance_mm, "height_mm": settings.height_mm * distance_mm / getattr(settings, key)}


def _joint_speed(exercise: str, settings: ExerciseSettings, speed_deg_s: float) -> dict[str, Any]:
    if hasattr(settings, "speed_deg_s"):
        return {"speed_deg_s": speed_deg_s}
    if hasattr(settings, "speeds_deg_s"):  # several: the fastest is what is prescribed
        speeds = settings.speeds_deg_s
        return {"speeds_deg_s": tuple(speed * speed_deg_s / max(speeds) for speed in speeds)}
    raise ArgumentError(f"exercise '{exercise}' has no speed in deg/s that {speed_deg_s:g} could be")
