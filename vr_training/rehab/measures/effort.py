"""Who did the work, how much the robot helped, what the cuffs bore, and how strongly the patient can push."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from robotics.contracts import Vector
from robotics.guidance import Moment
from vr_training.rehab.measures.motion import Motion

LEAST_WORK_J = 1e-3
"""Work of both together below which neither's share is told [J]; ours."""

PUSH_S = 0.5
"""Over which a push is averaged [s]."""


def effort(motion: Motion) -> Iterator[tuple[str, float]]:
    """Work, assistance, cuff forces and strength."""
    trace = motion.trace
    asked = motion.asked(Moment.MOVE, Moment.HOLD, Moment.RELAX)
    if asked.any():
        v, dt = motion.v[asked], 1.0 / motion.rate_hz
        patient = work(np.asarray(trace.patient)[asked], v, dt)
        robot = work(np.asarray(trace.robot)[asked], v, dt)
        yield "patient_work", patient[0]
        yield "patient_work_net", patient[1]
        yield "robot_work", robot[0]
        yield "robot_work_net", robot[1]
        yield "patient_share", patient_share(patient[0], robot[0])
        yield "mean_assistance", 100.0 * float(np.mean(np.asarray(trace.assistance)[asked]))
    if len(trace.cuff_n):
        yield "peak_cuff_force", float(np.max(trace.cuff_n))
        yield "mean_cuff_force", float(np.mean(trace.cuff_n))
    yield f"strength_{'nm' if trace.joint else 'n'}", strength(motion)


def work(force: Vector, v: Vector, dt: float) -> tuple[float, float]:
    """What a force put in, and that less what it took out [J].

    Args:
        force: Shape (t, m) [Nm or N].
        v: Velocity of what it acts on, shape (t, m) [rad/s or m/s].
        dt: Time between samples [s].
    """
    power = np.einsum("tm,tm->t", force, v)
    return float(np.maximum(power, 0.0).sum() * dt), float(power.sum() * dt)


def patient_share(patient_j: float, robot_j: float) -> float:
    """The patient's share of the work that was put in [%]; NaN where hardly any was."""
    total = patient_j + robot_j
    return 100.0 * patient_j / total if total >= LEAST_WORK_J else math.nan


def strength(motion: Motion) -> float:
    """Highest half-second mean of the push towards the goal [Nm or N]; NaN where none was asked for that long."""
    pushed = np.asarray(motion.trace.patient)[motion.asked(Moment.PUSH)]
    samples = max(round(PUSH_S * motion.rate_hz), 1)
    if len(pushed) < samples:
        return math.nan
    along = pushed @ motion.way if np.any(motion.way) else np.linalg.norm(pushed, axis=1)
    total = np.concatenate([[0.0], np.cumsum(along)])
    return float((total[samples:] - total[:-samples]).max() / samples)
