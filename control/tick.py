"""The tick record: one fixed struct that holds everything a tick knew, decided and measured.

The control process writes it into a shared-memory ring; the hub publishes and records it; scoring, replay and reports
read nothing else. Every field fills whole words of eight bytes, so that the bytes of a record are also valid
little-endian CDR and open in other tools as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray


class State(IntEnum):
    """State of the control loop."""

    OFF = 0
    SELF_TEST = 1
    IDLE = 2
    HOMING = 3
    READY = 4
    ENGAGED = 5
    CLUTCHED = 6
    HOLD = 7
    SOFT_STOP = 8
    POWER_OFF = 9
    LATCHED_FAULT = 10


class Flag(IntFlag):
    """What limited or stopped the motion in a tick, or why its filter let the hand through; several may be set.

    ``FILTER_SETTLING``: the tremor filter has just started, or lost what it knew, and is not to be trusted yet.
    ``NO_TREMOR``: it is settled and finds no tremor to take away.
    ``PAIN`` to ``TONE``: what ends a patient's movement; see `control.patient_guard`.
    ``DEVICE_FAULT``: the plant has failed or made itself safe, or cannot be reached; the reason says how.
    """

    POSITION_LIMIT = 1
    VELOCITY_LIMIT = 2
    ACCELERATION_LIMIT = 4
    TORQUE_LIMIT = 8
    TRACKING_ERROR = 16
    INPUT_STALE = 32
    INPUT_IMPLAUSIBLE = 64
    MEASUREMENT_INVALID = 128
    TARGET_INFEASIBLE = 256
    REMOTE_CENTRE = 512
    WORKSPACE = 1024
    OPERATOR_STOP = 2048
    ALIGNING = 4096
    FILTER_SETTLING = 8192
    NO_TREMOR = 16384
    PAIN = 32768
    SPASM = 65536
    FATIGUE = 131072
    PATIENT_FORCE = 262144
    PATIENT_RANGE = 524288
    PATIENT_SPEED = 1048576
    COMPENSATION = 2097152
    WEARABLE = 4194304
    TONE = 8388608
    DEVICE_FAULT = 16777216


PATIENT_STOPS = (
    Flag.PAIN
    | Flag.SPASM
    | Flag.FATIGUE
    | Flag.PATIENT_FORCE
    | Flag.PATIENT_RANGE
    | Flag.PATIENT_SPEED
    | Flag.COMPENSATION
    | Flag.WEARABLE
    | Flag.TONE
)
"""What ends a patient's movement at once."""


@dataclass(frozen=True)
class GuidedLayout:
    """What a tick record holds of an arm that guides a patient.

    Attributes:
        arm: Its name.
        size: Number of the exercise's coordinates.
        cuffs: Number of its cuffs.
        wearables: Number of the wearables' channels.
    """

    arm: str
    size: int
    cuffs: int
    wearables: int = 0


@dataclass(frozen=True)
class TickLayout:
    """Everything the shape of a tick record depends on.

    Attributes:
        arms: Name and number of chain joints of each arm.
        objects: Names of the scene's movable objects.
        signals: Names of the task's signals.
        deformables: Name, number of nodes (even) and number of 64-bit words for its cells of each deformable.
        guided: Arms that guide a patient.
    """

    arms: tuple[tuple[str, int], ...]
    objects: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    deformables: tuple[tuple[str, int, int], ...] = ()
    guided: tuple[GuidedLayout, ...] = ()


TIMING_FIELDS = ("host_time_ns", "wake_latency_ns", "tick_ns", "missed")
"""Fields of ``timing``: the only ones that depend on the host's clock, left out of digests."""


def arm_dtype(joints: int) -> np.dtype[np.void]:
    """Record of one arm with ``joints`` chain joints. Poses are ``[x, y, z, qw, qx, qy, qz]``."""
    n = (joints,)
    pose = (7,)
    return np.dtype(
        [
            ("q", "<f8", n),  # measured joint positions, behind the play of drives that have some [rad or m]
            ("dq", "<f8", n),  # measured joint velocities
            ("tau", "<f8", n),  # measured drive torques or forces [Nm or N]
            ("q_cmd", "<f8", n),  # commanded joint positions, as really sent
            ("dq_cmd", "<f8", n),  # commanded joint velocities
            ("jaw", "<f8"),  # measured jaw angle [rad]; NaN without a jaw
            ("jaw_cmd", "<f8"),  # commanded jaw angle [rad]
            ("hand", "<f8", pose),  # the operator's hand as read, in the operator's frame
            ("hand_filtered", "<f8", pose),  # the same after the tremor filter
            ("target", "<f8", pose),  # where the hand asks the tip to be, in world
            ("setpoint", "<f8", pose),  # where the commanded joints put the tip, in world
            ("tip", "<f8", pose),  # where the measured joints put the tip, in world
            ("wrench", "<f8", (6,)),  # contact force and moment on the tip, in world [N, Nm]
            ("grip", "<f8"),  # 0 open to 1 closed
            ("input_age", "<f8"),  # age of the hand pose [s]
            ("clutch", "<u8"),  # 1 while the clutch is pressed
            ("flags", "<u8"),  # Flag bits of this arm
        ]
    )


def deformable_dtype(nodes: int, words: int) -> np.dtype[np.void]:
    """Record of one deformable. An even number of nodes keeps every record's size a multiple of eight bytes."""
    return np.dtype(
        [
            ("open", "<u8", (words,)),  # a bit for each cell: cut or torn open
            ("marked", "<u8", (words,)),  # a bit for each cell: painted on
            ("nodes", "<f4", (nodes, 3)),  # places in world [m]
        ]
    )


def guided_dtype(layout: GuidedLayout) -> np.dtype[np.void]:
    """Record of an arm that guides a patient, in the coordinates of the exercise: [rad, Nm] or [m, N]."""
    m = (layout.size,)
    fields: list[tuple[object, ...]] = [
        ("x", "<f8", m),  # where the arm is
        ("v", "<f8", m),  # its velocity
        ("start", "<f8", m),  # where the movement began
        ("goal", "<f8", m),  # where it is to end
        ("reference", "<f8", m),  # where a good movement would be
        ("robot", "<f8", m),  # force of the law on the arm; what it carries of the arm's weight is not in it
        ("patient", "<f8", m),  # the patient's own force, as the cuffs measure it less what his arm weighs
        ("cuffs", "<f8", (layout.cuffs, 6)),  # of the patient on each cuff, in world [N, Nm]
        ("trunk", "<f8", (3,)),  # displacement of the shoulder in world [m]; NaN where not measured
        ("assistance", "<f8"),  # the law's present help, 0 to 1
        ("energy", "<f8"),  # what the law has given to the arm less what it took [J]
        ("tank", "<f8"),  # what it may still give [J]
        ("moment", "<u8"),  # robotics.guidance.Moment
        ("movement", "<u8"),  # counts movements
        ("repetition", "<u8"),  # counts repetitions
    ]
    if layout.wearables:
        fields.append(("wearables", "<f8", (layout.wearables,)))
    return np.dtype(fields)


def tick_dtype(layout: TickLayout) -> np.dtype[np.void]:
    """Record of one tick for a layout; sub-struct ``arms`` has one field per arm."""
    fields: list[tuple[object, ...]] = [
        ("sequence", "<u8"),  # counts ticks from 0
        ("time", "<f8"),  # sequence times the period [s]
        ("state", "<u8"),  # State
        ("flags", "<u8"),  # Flag bits of the whole rig
        ("cause", "<u8"),  # Flag bits of why the arms were stopped, as long as the stop stands; 0 where they were not
        ("phase", "<u8"),  # phase of the task
        ("success", "<u8"),  # 1 once the task is achieved
        ("target", "<f8", (7,)),  # where the task asks a tip to be, in world; NaN where nowhere
        ("asked", "<u8"),  # index of the arm whose tip that is
        ("grip", "<f8"),  # how far the task asks its jaws to be closed, 0 open to 1 closed; NaN where it asks nothing
        ("timing", [(name, "<i8") for name in TIMING_FIELDS]),
        ("arms", [(name, arm_dtype(joints)) for name, joints in layout.arms]),
    ]
    if layout.objects:
        fields.append(("objects", "<f8", (len(layout.objects), 7)))  # poses in world
    if layout.signals:
        fields.append(("signals", "<f8", (len(layout.signals),)))
    if layout.deformables:
        bodies = [(name, deformable_dtype(nodes, words)) for name, nodes, words in layout.deformables]
        fields.append(("deformables", bodies))
    if layout.guided:
        fields.append(("guided", [(each.arm, guided_dtype(each)) for each in layout.guided]))
    return np.dtype(fields)


def without_host_time(ticks: NDArray[np.void]) -> NDArray[np.void]:
    """A copy of tick records with all host timing zeroed: equal for equal episodes."""
    copy = ticks.copy()
    for name in TIMING_FIELDS:
        copy["timing"][name] = 0
    return copy


def union_of_flags(flags: Iterable[int]) -> int:
    """All flags that any of ``flags`` has set."""
    bits = 0
    for value in flags:
        bits |= int(value)
    return bits
