"""What may happen to a patient's arm, and what ends his movement at once: pain, spasm, force, range, speed and more.

The guard only says; the arm lets go (`control.guided_arm`). A limit is what must never be passed. Force and speed are
therefore acted on before they reach it, at a share of it: what lets go still has to slow down.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.fatigue import FatigueWatch
from control.narrowing_range import NarrowingRange
from control.tick import Flag
from control.tone import ToneWatch
from robotics.config import Config
from robotics.contracts import Vector
from robotics.guidance import BedsideReading, Guidance, Moment, Space
from robotics.kernels.compiled import kernel

ACT_AT = 0.7
"""Share of a force limit at which the arm lets go; ours."""

SPEED_ACT_AT = 0.9
"""The same of a speed limit: there the brakes are full, and `control.motion_bounds` keeps the rest; ours."""

SLOW_S = 0.4
"""Time over which the slow part of the patient's force is taken: what changes faster than that may be a spasm [s]."""

FAST_S = 0.01
"""Time over which sensor noise is averaged out [s]."""

_PAIN, _SPASM, _TONE, _FORCE = int(Flag.PAIN), int(Flag.SPASM), int(Flag.TONE), int(Flag.PATIENT_FORCE)
_WEARABLE, _FATIGUE = int(Flag.WEARABLE), int(Flag.FATIGUE)
_RANGE, _SPEED, _TRUNK = int(Flag.PATIENT_RANGE), int(Flag.PATIENT_SPEED), int(Flag.COMPENSATION)


class PatientLimits(Config, frozen=True, kw_only=True):
    """Limits of one patient in one exercise. The defaults are ours, and conservative.

    ISO/TS 15066 has limits for healthy adults at work, after the onset of pain; patients get far less.

    Attributes:
        cuff_force_n: Largest force at any cuff [N].
        joint_torque_nm: Largest torque of the patient on any joint of the robot [Nm].
        joint_speed_deg_s: Largest speed of any joint [deg/s].
        tip_speed_m_s: Largest speed of the tip [m/s].
        range_margin_deg: How far beyond the range that was allowed an arm may be before it counts as outside [deg].
        trunk_cm: Largest displacement of the shoulder [cm].
        spasm_nm: Rise of a torque against what is asked, within a moment, that counts as a spasm [Nm].
        spasm_n: The same of a force at the tip [N].
        fatigue_share: Way and pace of the last repetitions below this share of what they were before count as
            fatigue (`control.fatigue`); 0 watches for none.
        tone_nms_rad: Largest slope of a relaxed arm's resistance over the speed at which it is moved, of any joint
            [Nm s/rad]; 0 watches for none.
    """

    cuff_force_n: Annotated[float, Meta(gt=0, le=120)] = 80.0
    joint_torque_nm: Annotated[float, Meta(gt=0, le=60)] = 30.0
    joint_speed_deg_s: Annotated[float, Meta(gt=0, le=250)] = 120.0
    tip_speed_m_s: Annotated[float, Meta(gt=0, le=2)] = 1.0
    range_margin_deg: Annotated[float, Meta(ge=0, le=20)] = 5.0
    trunk_cm: Annotated[float, Meta(gt=0, le=30)] = 6.0
    spasm_nm: Annotated[float, Meta(gt=0, le=30)] = 5.0
    spasm_n: Annotated[float, Meta(gt=0, le=100)] = 25.0
    fatigue_share: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    tone_nms_rad: Annotated[float, Meta(ge=0, le=100)] = 0.0


class PatientGuard:
    """Watches one patient's arm in one exercise.

    Args:
        limits: What is allowed.
        space: What the exercise's coordinates are.
        size: How many: m.
        lower: Lowest joint positions allowed, shape (n,) [rad].
        upper: Highest, shape (n,).
        dt: Control period [s].

    Attributes:
        limits: What is allowed.
        range: Where the arm may be, the margin beyond it left out.
    """

    def __init__(self, limits: PatientLimits, space: Space, size: int, lower: Vector, upper: Vector, dt: float) -> None:
        self.limits = limits
        self.range = NarrowingRange(lower, upper)
        self._margin = margin = math.radians(limits.range_margin_deg)
        self._force = ACT_AT * limits.cuff_force_n
        self._torque = ACT_AT * limits.joint_torque_nm
        self._joint_speed = SPEED_ACT_AT * math.radians(limits.joint_speed_deg_s)
        self._tip_speed = SPEED_ACT_AT * limits.tip_speed_m_s
        self._spasm = limits.spasm_nm if space is Space.JOINT else limits.spasm_n
        self._fast, self._slow = np.full(size, np.nan), np.zeros(size)
        self._rates = np.array([1.0 - math.exp(-dt / FAST_S), 1.0 - math.exp(-dt / SLOW_S)])
        self._trunk = 0.01 * limits.trunk_cm
        lowest, highest = self.range.lower - margin, self.range.upper + margin
        self._tone = ToneWatch(lowest, highest, dt) if limits.tone_nms_rad else None
        self._fatigue = FatigueWatch(limits.fatigue_share)

    def reset(self) -> None:
        """Forget what was felt, how tired the patient is, and that the arm was ever on its way home."""
        self._fast[:] = np.nan
        self.range.close()
        if self._tone is not None:
            self._tone.reset()
        self._fatigue.reset()

    def set_out(self, q: Vector) -> None:
        """The arm goes home from ``q``, shape (n,) [rad]: beyond its range it may be there, and only come in."""
        self.range.open(q)

    def come_in(self, q: Vector) -> None:
        """The arm is at ``q``, shape (n,) [rad], and goes no further out from there than it may."""
        self.range.narrow(q)

    def check_bedside(self, reading: BedsideReading) -> int:
        """`Flag` bits of what the patient and his wearables say, and of his trunk."""
        flags = (_PAIN if reading.pain else 0) | (_WEARABLE if reading.alarm else 0)
        x, y, z = reading.trunk
        if x * x + y * y + z * z > self._trunk * self._trunk:  # NaN where it is not measured: no
            flags |= _TRUNK
        return flags

    def check_arm(
        self,
        q: Vector,
        dq: Vector,
        tip_speed: float,
        cuffs: Vector,
        torque: Vector,
        patient: Vector,
        direction: Vector,
        moment: Moment,
        runs: bool = True,
    ) -> int:
        """`Flag` bits of what the arm feels.

        Args:
            q: Joint positions, shape (n,) [rad].
            dq: Joint velocities, shape (n,) [rad/s].
            tip_speed: Speed of the tip [m/s].
            cuffs: Force and moment on each cuff, shape (cuffs, 6).
            torque: The patient's torque on each joint, shape (n,) [Nm].
            patient: His own force in the exercise's coordinates, shape (m,).
            direction: Where he is asked to go, unit or zero, shape (m,).
            moment: What is asked.
            runs: Whether the exercise runs: before that, forces change because the arm is taken up, and are no spasm.
        """
        flags = 0
        if _beyond(q, self.range.lower, self.range.upper, self._margin):
            flags |= _RANGE
        if tip_speed > self._tip_speed or _largest(dq) > self._joint_speed:
            flags |= _SPEED
        if _hardest(cuffs) > self._force or _largest(torque) > self._torque:
            flags |= _FORCE
        if not runs:
            self._fast[:] = np.nan
        else:
            rise, against = _rise(patient, self._fast, self._slow, self._rates, direction)
            # A push that was asked for may rise as it will; of who is to relax nothing may rise, with or against.
            counts = 0.0 if moment == Moment.PUSH else rise if moment == Moment.RELAX else against
            if counts > self._spasm:
                flags |= _SPASM
        return flags

    def check_tone(self, q: Vector, dq: Vector, own: Vector, relaxes: bool) -> int:
        """`Flag` bits of tone.

        Args:
            q: Joint positions, shape (n,) [rad].
            dq: Joint velocities, shape (n,) [rad/s].
            own: The patient's torque on each joint, his arm's weight left out, shape (n,) [Nm].
            relaxes: Whether the exercise runs and he is asked to let the arm be moved: else what resists is his will.
        """
        if self._tone is None:
            return 0
        if not relaxes:
            self._tone.pause()
            return 0
        if self._tone.feel(q, dq, own) <= self.limits.tone_nms_rad:
            return 0
        self._tone.reset()  # it is told once, and whoever goes on has it taken anew
        return _TONE

    def check_fatigue(self, guidance: Guidance, runs: bool) -> int:
        """`Flag` bits of fatigue, told what is asked of the patient, and whether the exercise runs."""
        return _FATIGUE if self._fatigue.feel(guidance, runs) else 0


@kernel
def _beyond(q: Vector, lower: Vector, upper: Vector, margin: float) -> bool:
    beyond = False
    for i in range(q.shape[0]):
        beyond |= q[i] < lower[i] - margin or q[i] > upper[i] + margin
    return beyond


@kernel
def _largest(values: Vector) -> float:
    largest = 0.0
    for i in range(values.shape[0]):
        largest = max(largest, abs(values[i]))
    return largest


@kernel
def _hardest(cuffs: Vector) -> float:
    hardest = 0.0
    for i in range(cuffs.shape[0]):
        force = math.sqrt(cuffs[i, 0] ** 2 + cuffs[i, 1] ** 2 + cuffs[i, 2] ** 2)
        hardest = max(hardest, force)
    return hardest


@kernel
def _rise(patient: Vector, fast: Vector, slow: Vector, rates: Vector, direction: Vector) -> tuple[float, float]:
    """How far the patient's force has risen, at all and against what is asked of him, where anything is."""
    total, along, asked = 0.0, 0.0, 0.0
    for i in range(patient.shape[0]):
        if not math.isfinite(fast[i]):
            fast[i], slow[i] = patient[i], patient[i]
        fast[i] += rates[0] * (patient[i] - fast[i])
        slow[i] += rates[1] * (patient[i] - slow[i])
        rise = fast[i] - slow[i]
        total += rise * rise
        along += rise * direction[i]
        asked += direction[i] * direction[i]
    rise = math.sqrt(total)
    return rise, -along if asked > 0.5 else rise
