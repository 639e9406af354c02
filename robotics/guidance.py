"""Contracts of guided exercise: what an exercise asks of an arm under a law, and what is known of the patient in it.

An exercise moves in coordinates of its own: angles of named joints, or the position of the tip. Everything that an
exercise, a law and a patient say to each other is in these: ``m`` numbers, [rad] or [m].
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import TracebackType
from typing import Protocol, runtime_checkable

import numpy as np

from robotics.contracts import Vector

SEGMENTS = ("upper_arm", "forearm", "hand")
"""Segments of a patient's arm that a cuff may hold, base to tip."""


class Space(Enum):
    """What an exercise's coordinates are."""

    JOINT = "joint"
    """Angles of some of the arm's joints [rad], forces are torques [Nm]."""
    TIP = "tip"
    """Position of the tip in world [m], forces in [N]."""


@dataclass(frozen=True)
class Coordinates:
    """The coordinates of an exercise.

    Attributes:
        space: What they are.
        joints: Names of the joints, in order, where they are joints; those of the arm and of the patient are the same.
        axes: World axes of the tip (0, 1, 2), in order, where they are the tip's.
    """

    space: Space
    joints: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many there are: m."""
        return len(self.joints) if self.space is Space.JOINT else len(self.axes)


class Moment(IntEnum):
    """What an exercise asks for at a moment."""

    REST = 0
    """Nothing: the arm is held up, nobody moves it."""
    MOVE = 1
    """To go from start to goal."""
    HOLD = 2
    """To stay at the goal."""
    PUSH = 3
    """To push with all strength towards the goal while the arm is held: a strength assessment."""
    RELAX = 4
    """To do nothing while the arm is moved: passive movement, a tone assessment."""


@dataclass(slots=True)
class Guidance:
    """What an exercise asks at present, in its own coordinates. Arrays belong to the exercise, shape (m,).

    Attributes:
        moment: What is asked.
        movement: Counts movements from 0; a repetition there and back is two of them.
        repetition: Counts repetitions from 0.
        start: Where the movement began.
        goal: Where it ends.
        reference: Where a good movement would be by now: a minimum-jerk profile along the path.
        rate: Velocity of the reference.
        acceleration: Acceleration of the reference.
        nearest: Point of the path that is nearest to the arm.
        tangent: Unit direction of the path there, towards the goal; zero where there is no path.
        progress: Share of the path that the arm has behind it, 0 to 1.
        elapsed_s: Time since the movement was asked for [s].
        duration_s: Time that it is given [s].
        assistance: Upper bound on a law's help, 0 to 1: the therapist's, or that of adaptive difficulty.
        mirror: Where the other, sound side would have this one be; NaN where it is not measured.
    """

    moment: Moment
    movement: int
    repetition: int
    start: Vector
    goal: Vector
    reference: Vector
    rate: Vector
    acceleration: Vector
    nearest: Vector
    tangent: Vector
    progress: float = 0.0
    elapsed_s: float = 0.0
    duration_s: float = 1.0
    assistance: float = 1.0
    mirror: Vector = field(default_factory=lambda: np.full(0, np.nan))

    @classmethod
    def at_rest(cls, x: Vector) -> Guidance:
        """Nothing is asked at ``x``, shape (m,)."""
        m = x.size
        return cls(
            moment=Moment.REST,
            movement=0,
            repetition=0,
            start=x.copy(),
            goal=x.copy(),
            reference=x.copy(),
            rate=np.zeros(m),
            acceleration=np.zeros(m),
            nearest=x.copy(),
            tangent=np.zeros(m),
            mirror=np.full(m, np.nan),
        )


@dataclass(slots=True)
class Cue:
    """What a patient perceives of an exercise: he is shown a goal and told what to do; of the law he is told nothing.

    Attributes:
        time_s: Time since the start of the run [s].
        guidance: What is asked; valid until the next tick.
        following: Whether the exercise runs; False before the therapist let it begin, and after a stop.
        x: Where his arm is shown to be, in the exercise's coordinates, shape (m,); empty where nothing shows it.
    """

    time_s: float
    guidance: Guidance
    following: bool
    x: Vector = field(default_factory=lambda: np.zeros(0))


@dataclass(slots=True)
class BedsideReading:
    """What is known of the patient besides his arm. Arrays belong to the bedside and are valid until its next ``read``.

    Attributes:
        consent: Whether the therapist's key that lets the arm go on is pressed.
        pain: Whether the patient's pain button is pressed.
        trunk: Displacement of the shoulder from where it was at the start, in world, shape (3,) [m]; NaN where it is
            not measured.
        sound_side: Joint angles of the other arm, shape (7,) [rad], as `robotics.human_arm` names them; NaN where they
            are not measured.
        sound_hand: How far the other hand is from where it was at the start, mirrored to this side, in world, shape
            (3,) [m]; NaN where it is not measured.
        wearables: Newest sample of each wearable's channel, shape (channels,); NaN where there is none.
        age_s: How old the reading is [s]; infinite where there is none.
        alarm: Whether what a wearable says broke a rule that stops the exercise.
    """

    consent: bool
    pain: bool
    trunk: Vector
    sound_side: Vector
    sound_hand: Vector
    wearables: Vector
    age_s: float = 0.0
    alarm: bool = False

    @classmethod
    def unknown(cls, channels: int = 0) -> BedsideReading:
        """Nothing is known."""
        return cls(
            consent=False,
            pain=False,
            trunk=np.full(3, np.nan),
            sound_side=np.full(7, np.nan),
            sound_hand=np.full(3, np.nan),
            wearables=np.full(channels, np.nan),
            age_s=math.inf,
        )


@runtime_checkable
class Bedside(Protocol):
    """What stands at the patient's side: his pain button, the therapist's key, what watches his trunk, wearables."""

    def __enter__(self) -> Bedside: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh for one session, with the control period ``dt`` [s]."""
        ...

    def show(self, cue: Cue) -> None:
        """Show the patient what is asked; a bedside without a display ignores it."""
        ...

    def read(self) -> BedsideReading:
        """The newest reading; called once a tick, never blocks."""
        ...
