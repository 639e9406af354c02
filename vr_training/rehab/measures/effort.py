"""Who did the work, how much the robot helped, what the cuffs bore, and how strongly the patient can push.

Who moved the arm is told by movements as a whole, from rest to rest: what sets an arm going is given back where it is
braked, whoever brakes it, so over a movement it cancels. What is counted there goes with the slow part of the motion,
so that shaking moves nothing. Of a movement counts what each put in on the whole: who lets the arm down, or holds
against it, has put nothing in.

Where the weight of the arm is not known, as it hangs between the shoulder and a handle, it helps on the way out and
hinders on the way back, or the other way round. Movements are added up there as they are, with their signs, so that
weight cancels too, as far as they end where they began. What his muscles do to his own elbow and tissue, and what those
take up, does not reach a handle: where the share would hang on it, none is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.guidance import Moment
from vr_training.rehab.measures.motion import LEAST_SPEED, THRESHOLD, Motion, low_passed

LEAST_WORK_J = 1e-3
"""Work of both together below which neither's share is told [J]; ours."""

LEFT = 0.1
"""Share of what went to and fro with the weight that has to be left in all for the shares to be told; ours."""

UNSEEN_N = 2.0
"""Mean force along the way that an arm may put in or take up without its reaching the handle [N]; ours: simulated arms
had 0.8 to 2.0 N, most of it to raise and lower the elbow."""

APART = 0.25
"""Share of its way from which on a single movement at a handle ends elsewhere than it began; ours."""

UNSURE = 0.25
"""How far apart the shares may lie that this leaves open for one to be told; ours."""

SLOW_HZ = 2.0
"""Up to which motion is one that somebody meant [Hz]: tremors lie above 4 Hz; ours."""

STILL_S = 0.5
"""How long an arm is taken to have been still where a recording begins or ends at rest [s]; ours."""

SLOWED = 0.5
"""Share of its peak speed to which an arm has to slow down to have come to an end of a movement; ours."""

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
        moved = moving_work(motion)
        yield "robot_moving_work", moved.robot_j
        # Who is to let his arm be moved has no part in the work: what little passes is what his arm weighs.
        if not motion.asked(Moment.RELAX).any():
            yield "patient_moving_work", moved.patient_j
            if trace.weighed:
                yield "patient_share", patient_share(*moved)
            else:
                yield "handle_way", 100.0 * moved.way_m
                yield "handle_apart", 100.0 * moved.apart_m
        yield "mean_assistance", 100.0 * float(np.mean(np.asarray(trace.assistance)[asked]))
    if len(trace.cuff_n):
        yield "peak_cuff_force", float(np.max(trace.cuff_n))
        yield "mean_cuff_force", float(np.mean(trace.cuff_n))
    yield f"strength_{'nm' if trace.joint else 'n'}", strength(motion)


class Moved(NamedTuple):
    """What was put into a movement as a whole, from rest to rest.

    Attributes:
        patient_j: By the patient [J].
        robot_j: By the robot's law [J].
        way_m: Way over which a handle was moved [m].
        apart_m: Distance between its ends [m].
    """

    patient_j: float
    robot_j: float
    way_m: float = 0.0
    apart_m: float = 0.0


_NOTHING, _UNKNOWN = Moved(0.0, 0.0), Moved(math.nan, math.nan, math.nan, math.nan)


def work(force: Vector, v: Vector, dt: float) -> tuple[float, float]:
    """What a force put in, and that less what it took out [J].

    Args:
        force: Shape (t, m) [Nm or N].
        v: Velocity of what it acts on, shape (t, m) [rad/s or m/s].
        dt: Time between samples [s].
    """
    power = np.einsum("tm,tm->t", force, v)
    return float(np.maximum(power, 0.0).sum() * dt), float(power.sum() * dt)


def moving_work(motion: Motion) -> Moved:
    """What patient and robot put into a movement as a whole, and over which way of a handle it was taken.

    Works are no less than zero where the arm's weight is known; there the way is 0, as the share does not depend on it.

    It is taken from the last rest before the go, or the first after it, to the last rest that was recorded. At rest is
    an arm at no more than 5 % of its peak speed, or than what counts as moving at all. An arm that does not come to
    rest before the next movement is taken as at rest where it is slowest within half a second of that, if it then has
    no more than half its peak speed, and so a quarter of what it could give back. A movement that is cut off on the way
    counts up to where it last was at rest, and one that never was counts as nothing.

    All are NaN where something was not measured.
    """
    trace, rate_hz = motion.trace, motion.rate_hz
    asked = np.flatnonzero(motion.asked(Moment.MOVE, Moment.HOLD, Moment.RELAX))
    if len(trace.x) < 2 or not len(asked):
        return _NOTHING
    still = max(round(STILL_S * rate_hz), 1)
    x, patient, robot = (_held(np.asarray(each), still) for each in (trace.x, trace.patient, trace.robot))
    v = np.gradient(low_passed(x, rate_hz, SLOW_HZ), 1.0 / rate_hz, axis=0)
    if not np.isfinite(v).all():
        return _UNKNOWN
    speed, go = np.linalg.norm(v, axis=1), still + int(asked[0])
    slow = max(THRESHOLD * float(speed[go:].max()), LEAST_SPEED[trace.joint])
    rests = speed <= slow
    rests[:still] &= motion.speed[0] <= slow  # an arm that comes in or leaves on the move is not at rest out there
    rests[-still:] &= motion.speed[-1] <= slow
    for ends in (slice(max(go - still, still), go + 1), slice(len(speed) - 2 * still, len(speed) - still)):
        if not rests[ends].any():
            slowest = ends.start + int(np.argmin(speed[ends]))
            rests[slowest] = speed[slowest] <= SLOWED * speed[go:].max()
    rest = np.flatnonzero(rests)
    if not len(rest):
        return _NOTHING
    own = slice(int(rest[max(int(np.searchsorted(rest, go, "right")) - 1, 0)]), int(rest[-1]) + 1)
    least = 0.0 if trace.weighed else -math.inf
    patient_j, robot_j = (max(work(force[own], v[own], 1.0 / rate_hz)[1], least) for force in (patient, robot))
    if not math.isfinite(patient_j + robot_j):
        return _UNKNOWN
    if trace.weighed:
        return Moved(patient_j, robot_j)
    taken = x[own]
    return Moved(patient_j, robot_j, float(speed[own].sum()) / rate_hz, float(np.linalg.norm(taken[-1] - taken[0])))


def _held(values: Vector, samples: int) -> Vector:
    """Values with the first and the last of them going on for so many samples, shape (t + 2 samples, m)."""
    return np.pad(values.astype(np.float64), ((samples, samples), (0, 0)), mode="edge")


def patient_share(patient_j: ArrayLike, robot_j: ArrayLike, way_m: ArrayLike = 0.0, apart_m: ArrayLike = 0.0) -> float:
    """The patient's share of the work that moved the arm [%]; NaN where there was hardly any, or it cancels nearly.

    Args:
        patient_j: What he put into each movement, shape (k,) or a single one; below zero in all he put nothing in.
        robot_j: What the robot put into each.
        way_m: Way of each where a robot holds the hand alone, else 0 [m].
        apart_m: How far from its beginning each ended there, else 0 [m]. Of a single one that was not taken back it
            cannot be told what the arm's weight did.
    """
    works = np.vstack([np.ravel(patient_j), np.ravel(robot_j)]).astype(np.float64)
    patient, robot = np.maximum(works.sum(axis=1), 0.0)
    total, to_and_fro = float(patient + robot), float(np.maximum(works, 0.0).sum())
    if total < max(LEAST_WORK_J, LEFT * to_and_fro):
        return math.nan
    if works.shape[1] == 1 and np.any(np.asarray(apart_m) > APART * np.asarray(way_m)):
        return math.nan
    if robot > 0.0:
        unseen = UNSEEN_N * float(np.sum(way_m))
        low, high = (max(float(works[0].sum()) + each, 0.0) for each in (-unseen, unseen))
        if high / (high + robot) - low / (low + robot) > UNSURE:
            return math.nan
    return 100.0 * float(patient) / total


def strength(motion: Motion) -> float:
    """Highest half-second mean of the push towards the goal [Nm or N]; NaN where none was asked for that long."""
    pushed = np.asarray(motion.trace.patient)[motion.asked(Moment.PUSH)]
    samples = max(round(PUSH_S * motion.rate_hz), 1)
    if len(pushed) < samples:
        return math.nan
    along = pushed @ motion.way if np.any(motion.way) else np.linalg.norm(pushed, axis=1)
    total = np.concatenate([[0.0], np.cumsum(along)])
    return float((total[samples:] - total[:-samples]).max() / samples)
