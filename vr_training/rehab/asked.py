"""What a block of a plan asks of a patient where it does not say so: what its exercise and its law have as own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control import laws
from robotics.errors import SteadyhandError
from robotics.guidance import Space
from vr_training import exercises
from vr_training.exercises import ExerciseSettings
from vr_training.exercises.arc import SPARE_DEG, ArcSettings, stretched
from vr_training.rehab.prescription import Block


@dataclass(frozen=True)
class Asked:
    """What a block asks without saying it.

    Attributes:
        space: What the exercise's coordinates are; None where there is no such exercise.
        joints: Joints that it moves; of the hand none, as it moves whichever it takes.
        arc_deg: Least and greatest angle of its own arc, at the largest amplitude of the block; None where it has none:
            it then goes by the range that is allowed.
        explores: Whether it looks for the ends of the range.
        speed_deg_s: Its own speed of joints; where there is none to prescribe that of its approach; None of the hand.
        has_speed: Whether a speed can be prescribed.
        most: Largest torque or force of the law [Nm or N]; None where the law has none here.
    """

    space: Space | None = None
    joints: tuple[str, ...] = ()
    arc_deg: tuple[float, float] | None = None
    explores: bool = False
    speed_deg_s: float | None = None
    has_speed: bool = True
    most: float | None = None

    def arc_within(self, low_deg: float, high_deg: float) -> tuple[float, float] | None:
        """Its own arc as it is done on a robot with this range: none goes to the very end."""
        if self.arc_deg is None:
            return None
        low, high = max(self.arc_deg[0], low_deg + SPARE_DEG), min(self.arc_deg[1], high_deg - SPARE_DEG)
        return (low, high) if low < high else self.arc_deg


def asked_of(block: Block) -> Asked:
    """What a block asks without saying it; nothing where there is no such exercise."""
    try:
        settings = exercises.load(block.exercise)
    except SteadyhandError:  # who reads the plan is told so, with the choices
        return Asked()
    space, most = Space(settings.space), _most(block, Space(settings.space))
    if space is not Space.JOINT:
        return Asked(space, most=most)
    chosen = [joint for joint in block.ranges if joint in settings.choice]
    speed = _speed(settings)
    amplitude = 1.0 if block.probes else block.progression.bounds("amplitude")[1]  # probes ask for all of it
    return Asked(
        space,
        joints=(chosen[0],) if chosen else settings.joints,
        arc_deg=_arc(settings, amplitude),
        explores=settings.explores,
        speed_deg_s=settings.approach_deg_s if speed is None else speed,
        has_speed=speed is not None,
        most=most,
    )


def _arc(settings: ExerciseSettings, amplitude: float) -> tuple[float, float] | None:
    if not isinstance(settings, ArcSettings):
        return None
    ends = stretched(settings.from_deg, settings.to_deg, amplitude)
    return min(ends), max(ends)


def _speed(settings: ExerciseSettings) -> float | None:
    """The exercise's own speed [deg/s]; of several the slowest: faster ones are left out where limits forbid them."""
    several = getattr(settings, "speeds_deg_s", None)
    speed = getattr(settings, "speed_deg_s", None) if several is None else min(several)
    return None if speed is None else float(speed)


def _most(block: Block, space: Space) -> float | None:
    try:
        gains: Any = laws.load(block.law).gains(space)
    except SteadyhandError:
        return None
    return None if gains is None else float(gains.max_force)
