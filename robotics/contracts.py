"""The contracts between the parts: what a plant, an operator's input, a filter and a task promise each other.

Everything above a contract works with any implementation of it: a simulator or a serial device, a mouse or a
recorded hand. Poses travel as seven numbers ``[x, y, z, qw, qx, qy, qz]`` in metres, unit quaternion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from robotics.guidance import Guidance

Vector = NDArray[np.float64]
"""A float64 array; its shape stands in the docstring of whatever takes or returns it."""

POSE_SIZE = 7
"""Length of a pose ``[x, y, z, qw, qx, qy, qz]``."""


class DriveMode(IntEnum):
    """What a command asks of the joints."""

    POSITION = 0
    VELOCITY = 1
    TORQUE = 2


class StopKind(Enum):
    """How a plant is asked to stop, in the categories of IEC 60204-1."""

    HOLD = "hold"
    """Keep the present position under power (category 2)."""
    SOFT = "soft"
    """Decelerate within the limits, then power off (category 1)."""
    POWER_OFF = "power_off"
    """Remove power at once (category 0)."""
    END = "end"
    """Remove power as a run ends in good order, with all at rest: nothing is latched by it."""

    @property
    def cuts_power(self) -> bool:
        """Whether power is removed at once."""
        return self in (StopKind.POWER_OFF, StopKind.END)


@dataclass(frozen=True)
class JointGroup:
    """The joints of one arm within a plant's flat joint vector.

    Attributes:
        name: Name of the arm in the rig, for example ``"psm1"``.
        start: Index of its first chain joint.
        stop: One past its last chain joint.
        jaw: Index of its jaw joint, or None where it has none.
    """

    name: str
    start: int
    stop: int
    jaw: int | None = None

    @cached_property
    def chain(self) -> slice:
        """The chain joints as a slice of the plant's joint vector."""
        return slice(self.start, self.stop)


@dataclass(frozen=True)
class CuffMount:
    """Where a robot holds a patient's arm.

    Attributes:
        name: Name in the rig, for example ``"arm/forearm"``.
        group: Index of the arm in the plant's groups.
        link: Index of the link in the arm's chain that carries it.
        point: Its middle in that link, shape (3,) [m].
    """

    name: str
    group: int
    link: int
    point: Vector


@dataclass(frozen=True)
class PlantDescription:
    """What a plant is, readable while it is disconnected.

    Attributes:
        name: Name of the plant.
        kind: ``"pybullet"``, ``"joint_board"``, ...
        joints: Names of all actuated joints, jaws included, n in all.
        groups: One per arm.
        lower: Lower position limits, shape (n,) [rad or m].
        upper: Upper position limits, shape (n,).
        velocity: Velocity limits, shape (n,) [rad/s or m/s].
        effort: Torque or force limits, shape (n,) [Nm or N].
        modes: Drive modes that the plant accepts.
        cuffs: Where the plant holds a patient and measures what passes there.
    """

    name: str
    kind: str
    joints: tuple[str, ...]
    groups: tuple[JointGroup, ...]
    lower: Vector
    upper: Vector
    velocity: Vector
    effort: Vector
    modes: tuple[DriveMode, ...]
    cuffs: tuple[CuffMount, ...] = ()


@dataclass(slots=True)
class Measurement:
    """One reading of a plant. Arrays belong to the plant and are valid until its next ``read``.

    Where something was not measured the array holds NaN, never a default zero.

    Attributes:
        q: Joint positions, shape (n,) [rad or m].
        dq: Joint velocities, shape (n,) [rad/s or m/s].
        tau: Joint torques or forces as exerted by the drives, shape (n,) [Nm or N].
        wrench: Contact wrench on each group's tip in world, force then moment, shape (groups, 6) [N, Nm].
        device_time_s: Time by the device's own clock [s].
        host_time_ns: Monotonic host time of the reading [ns].
        sequence: Counts the device's readings.
        valid: Whether the numbers may be acted on.
        age_s: How old the reading is [s].
        q_joint: Joint positions behind the play of the drives, shape (n,), where a plant knows them apart from ``q``,
            which its motors' encoders give and a controller goes by; None where it does not.
        cuffs: Force then moment of the patient on each cuff, about its middle, in world, shape (cuffs, 6) [N, Nm];
            None where a plant has none.
    """

    q: Vector
    dq: Vector
    tau: Vector
    wrench: Vector
    device_time_s: float
    host_time_ns: int
    sequence: int
    valid: bool
    age_s: float
    q_joint: Vector | None = None
    cuffs: Vector | None = None


@dataclass(slots=True)
class Command:
    """What the joints are asked to do in the coming period.

    Attributes:
        mode: Which of the arrays is the command proper; the others are feed-forward.
        q: Positions, shape (n,) [rad or m].
        dq: Velocities, shape (n,) [rad/s or m/s].
        tau: Torques or forces, shape (n,) [Nm or N].
    """

    mode: DriveMode
    q: Vector
    dq: Vector
    tau: Vector


@runtime_checkable
class Plant(Protocol):
    """A simulator or a device that has joints. Constructing one touches nothing; ``with`` connects."""

    def describe(self) -> PlantDescription:
        """What the plant is; works while disconnected."""
        ...

    def __enter__(self) -> Plant: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def read(self) -> Measurement:
        """The newest measurement. Never blocks for longer than the control period."""
        ...

    def write(self, command: Command) -> Command:
        """Send a command, advance a simulated plant by one control period, and return what was really sent."""
        ...

    def stop(self, kind: StopKind) -> None:
        """Bring the plant to rest; may be called at any time and any number of times."""
        ...


@dataclass(slots=True)
class HandPose:
    """Where the operator's hand is. Arrays belong to the input and are valid until its next ``read``.

    Attributes:
        pose: Hand in the operator's frame (x right, y up, z towards the operator), shape (7,) [m, quaternion].
        grip: 0 open to 1 closed.
        clutch: True while the clutch is pressed: the hand moves, the arm does not.
        age_s: How old the pose is [s]. A pose that is read again has grown older: that tells it from a new one.
        valid: False where there is no pose at all yet.
    """

    pose: Vector
    grip: float
    clutch: bool
    age_s: float
    valid: bool


@dataclass(slots=True)
class OperatorView:
    """What the operator can see or feel; the way back from the scene to a hand or a scripted expert.

    Attributes:
        time_s: Time since the start of the run [s].
        tip: Measured tip of the operator's arm in world, shape (7,).
        target: What the task asks this tip to reach in world, shape (7,); NaN where it asks nothing of it.
        force: Contact force on the tip in world, shape (3,) [N].
        phase: Phase of the task.
        grip: How far the task asks the jaws to be closed, 0 open to 1 closed; NaN where it asks nothing of this arm.
        following: Whether the arm follows the hand at present.
        operator_from_world: Rotation from world into the operator's frame, shape (3, 3); of a camera that moves, as it
            was when the arm last began to follow.
        scale: Metres of tip motion per metre of hand motion.
        sense: 1 where the tip goes the hand's way; -1 where the hand holds the scene, so that a tip which is the camera
            goes and turns the other way.
    """

    time_s: float
    tip: Vector
    target: Vector
    force: Vector
    phase: int
    following: bool
    operator_from_world: Vector
    scale: float
    grip: float = math.nan
    sense: float = 1.0


@runtime_checkable
class OperatorInput(Protocol):
    """A hand: a device, a recording or a scripted expert."""

    def __enter__(self) -> OperatorInput: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh for one episode, with the control period ``dt`` [s]."""
        ...

    def feedback(self, view: OperatorView) -> None:
        """Take what the operator sees and feels; devices without a display or motors ignore it."""
        ...

    def read(self) -> HandPose:
        """The newest hand pose; called once a tick, never blocks."""
        ...


class Trust(IntEnum):
    """How far a filter's idea of the tremor is to be trusted. Where it is not, the filter passes the motion through."""

    SETTLING = 0
    NO_TREMOR = 1
    TRUSTED = 2


@runtime_checkable
class Filter(Protocol):
    """A causal filter of ``axes`` signals sampled at a fixed rate."""

    axes: int

    def update(self, x: ArrayLike, y: Vector | None = None) -> Vector:
        """Filter one sample.

        Args:
            x: Sample, shape (axes,) [m].
            y: Where to put the result, shape (axes,); a fresh array where None.

        Returns:
            Filtered sample, shape (axes,) [m].
        """
        ...

    def reset(self, x: ArrayLike | None = None) -> None:
        """Forget the past; the next output starts at ``x``, or at the next sample where None."""
        ...

    def delay(self) -> float:
        """Delay of slow motion through the filter [s]."""
        ...

    def bound(self, span: float) -> float:
        """Furthest that the output can leave the range which the motion has had since the start, whatever comes in [m].

        Args:
            span: Width of that range on the axis [m].
        """
        ...

    def trust(self) -> Trust:
        """Whether the filter has found a tremor and knows it well enough to take it away."""
        ...


COUNTDOWN = "left"
"""Name of a signal that says for how long the present phase goes on [s]; a view counts it down, with what to do."""


CLUTTER = "clutter"
"""Objects of a scene whose names begin with this lie about and are not what the task is about."""


@dataclass(frozen=True)
class Signal:
    """A number that a task reports each tick: its name and its unit."""

    name: str
    unit: str


@dataclass(slots=True)
class Outcome:
    """How a task stands after a tick. ``signals`` belongs to the task and is valid until its next step.

    ``arm``, ``target`` and ``grip`` guide: they say what a good operator would do next, which a view shows as a ghost
    and a scripted expert follows. A task that has several arms asks one of them at a time; the others keep still.

    Attributes:
        signals: One value per declared `Signal`.
        target: What the tip is asked to reach, in world, shape (7,); NaN where nothing.
        phase: Phase of the task, from 0.
        success: Reached, judged by physics.
        done: The episode is over, whichever way.
        arm: Index of the arm that is asked.
        grip: How far its jaws are to be closed, 0 open to 1 closed; NaN where it does not matter.
        guidance: What an exercise asks of an arm under a law (a `robotics.guidance.Guidance`); None for other tasks.
    """

    signals: Vector
    target: Vector
    phase: int
    success: bool
    done: bool
    arm: int = 0
    grip: float = math.nan
    guidance: Guidance | None = None


@dataclass(frozen=True)
class Score:
    """One line of a scorecard that explains itself.

    Attributes:
        name: Identifier, for example ``"path_length"``.
        title: What a person reads.
        value: The figure.
        unit: Its unit.
        good: The value from which on it is good, in the direction of ``better``; None where there is none.
        better: ``"lower"``, ``"higher"`` or ``""`` where neither is better.
        advice: What to do better, in one sentence; empty where all is well.
    """

    name: str
    title: str
    value: float
    unit: str
    good: float | None = None
    better: str = ""
    advice: str = ""


@dataclass(frozen=True)
class Scorecard:
    """The result of an episode: passed or not, and why.

    Attributes:
        task: Name of the task.
        success: Whether the goal was reached.
        summary: One sentence a person understands.
        scores: The lines, most telling first.
        points: 0 to 100, by the weights and references of the lesson; NaN where nothing was recorded.
        costs: What cost most of them, a sentence each with value, reference and what to do better; up to three.
    """

    task: str
    success: bool
    summary: str
    scores: tuple[Score, ...] = field(default=())
    points: float = math.nan
    costs: tuple[str, ...] = ()

    def value(self, name: str) -> float:
        """The value of the line called ``name``; KeyError where there is none."""
        for score in self.scores:
            if score.name == name:
                return score.value
        raise KeyError(name)


@runtime_checkable
class Task(Protocol):
    """What is to be done: places the scene and judges it tick by tick.

    Scoring is not the task's: it is a pure function of the recorded ticks, so that a recording scored again gives the
    same figures.
    """

    name: str
    signals: tuple[Signal, ...]
    phases: tuple[str, ...]

    def reset(self, rng: np.random.Generator) -> None:
        """Place everything for a new episode; all that varies is drawn from ``rng``."""
        ...

    def step(self, tick: np.void) -> Outcome:
        """Judge the state of a tick (a record of `control.tick.tick_dtype`)."""
        ...
