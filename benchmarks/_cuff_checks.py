"""What is checked in the record of a prescription: motion, stops, what a law gave, and what the patient was given.

Energy. A law gives no more than its tank has, which starts with some, is refilled steadily and holds no more than its
cap. `tank_debt` fills and empties such a tank by the recorded force and motion, without the controller's own account:
what is missing in it at worst was given without being there.

At the cuffs, the port to the patient, `cycles` takes each stretch of an exercise that ends in the posture in which it
began, with the robot at rest at both ends. What carries weight and what holds by springs gives nothing over such a
cycle; dampers, brakes and friction take. What is left for the patient is what the law gave. Where the ends are not
quite the same posture, the work that closes the cycle is reckoned with the mean forces at both ends. That holds exactly
for a robot whose springs and weight support are gradients of a potential. Those of a hand's exercise are not, where
springs of the redundant joints are projected, and joints that are held are carried whole; and an arm that is driven by
position lags behind what was reckoned for it: `CYCLE_J` is for that.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from control.guided_kernels import cuff_torque
from control.tick import PATIENT_STOPS, Flag, State
from robotics.contracts import DriveMode, Vector
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import link_poses
from steadyhand.rehab.results import STOPS
from steadyhand.rehab.rig import GuidedRig

RELEASE_S = 0.003
"""Time within which a law's force must be gone after a stop [s]."""

DEBT_J = 0.01
"""What may be missing in a tank: its small debts, which are paid first, and rounding [J]."""

CYCLE_J = 0.02
"""What may pass at the cuffs over a cycle besides what the law gave [J]: more than twice the most of 59,812 of them."""

REST_RAD_S = 0.02
"""Fastest that a joint of a robot at rest turns [rad/s]; as the controller has it."""

SAME_DEG = 2.0
"""How far the ends of a cycle may be apart, of each joint [deg]; ours."""

MOVED_DEG = 10.0
"""Way that a joint goes at least in a cycle, there and back; ours."""

SETTLED_S = 2.0
"""Time after which the support of the weight has come to what is prescribed [s]: all of an arm at 2 kg/s, ours."""

RESTS = 80
"""Moments of rest of which cycles are made at most; ours."""

_STOPS = np.uint64(int(PATIENT_STOPS))


def not_numbers(part: NDArray[np.void]) -> list[str]:
    """Fields of a guided arm's record that hold something which is no number."""
    fields = ("x", "v", "reference", "robot", "patient", "cuffs", "trunk", "assistance", "energy", "tank")
    return [f"{name} is not a number" for name in fields if not np.isfinite(part[name]).all()]


def motion(arm: NDArray[np.void], rig: GuidedRig) -> tuple[float, float]:
    """Largest speed of a joint or the tip over its limit, and the furthest beyond the range and its margin [deg]."""
    limits = rig.limits
    margin = math.radians(limits.range_margin_deg)
    over = np.maximum(arm["q"] - rig.upper - margin, rig.lower - margin - arm["q"])
    joints = float(np.abs(arm["dq"]).max()) / math.radians(limits.joint_speed_deg_s)
    tip = np.linalg.norm(np.diff(arm["tip"][:, :3], axis=0), axis=1) / rig.config.period_s
    return max(joints, float(tip.max()) / limits.tip_speed_m_s), math.degrees(max(float(over.max()), 0.0))


def tank_debt(part: NDArray[np.void], rig: GuidedRig) -> float:
    """How much was missing at worst in a tank that a law's recorded work was taken from [J]; 0 where never anything."""
    budget = rig.budget
    force, v = part["robot"].reshape(len(part), -1), part["v"].reshape(len(part), -1)
    # A force holds for a period, over which the mean velocity counts; the last one's is not known any more.
    work = (force[:-1] * 0.5 * (v[:-1] + v[1:])).sum(axis=1) * rig.config.period_s
    return _debt(work, budget.start_j, budget.refill_w * rig.config.period_s, budget.most_j)


@kernel
def _debt(work: Vector, start_j: float, refill_j: float, most_j: float) -> float:
    tank, debt = start_j, 0.0
    for k in range(work.shape[0]):
        tank = min(most_j, tank + refill_j) - work[k]
        debt = max(debt, -tank)
        tank = min(most_j, tank)
    return debt


def stops(ticks: NDArray[np.void], part: NDArray[np.void], stop: str, stop_s: float | None = None) -> list[str]:
    """What is wrong with how it was stopped: flag, cause and results have to name the same, and the force is gone.

    Args:
        ticks: The record.
        part: The guided arm's part of it.
        stop: What the results say.
        stop_s: When the therapist asked for a stop; None where he did not [s].
    """
    ended = np.flatnonzero((ticks["state"] >= State.SOFT_STOP) & (ticks["cause"] == 0))
    rows = np.arange(ended[0] if len(ended) else len(ticks))  # it ended by itself: what comes then stops nothing
    flagged = rows[((ticks["flags"][rows] & _STOPS) != 0) & (ticks["state"][rows] >= State.READY)]
    asked = rows[ticks["time"][rows] > (np.inf if stop_s is None else stop_s - 1e-6)]
    if not len(flagged) and not len(asked):
        return _late_stop(ticks[len(rows) :], stop, stop_s) if stop else []
    by_hand = len(asked) > 0 and (not len(flagged) or asked[0] < flagged[0])
    first = int(asked[0] if by_hand else flagged[0])
    raised = Flag.OPERATOR_STOP if by_hand else Flag(int(ticks["flags"][first] & _STOPS))
    wrong = []
    cause = Flag(int(ticks["cause"][first]))
    if not cause:
        wrong.append("a stop without a cause")
    elif cause != raised:
        wrong.append(f"the cause of a stop is {named(cause)}, and {named(raised)} was raised")
    told = next((word for flag, word in STOPS.items() if flag & raised), "")
    if not stop:
        wrong.append("a stop that is not in the results")
    elif stop != told:
        wrong.append(f"the results say {stop}, and {named(raised)} was raised")
    if np.any(ticks["cause"][first:] == 0):
        wrong.append("the cause of a stop is forgotten")
    if np.any(ticks["state"][first:] == State.ENGAGED):
        wrong.append("an exercise that goes on after a stop")
    if part["robot"][ticks["time"] > ticks["time"][first] + RELEASE_S].any():
        wrong.append("force after a stop")
    return wrong


def _late_stop(ending: NDArray[np.void], stop: str, stop_s: float | None) -> list[str]:
    """What is wrong with a stop of an exercise that had ended: the therapist may still ask as the arm comes to rest."""
    asked = ending["time"] > (np.inf if stop_s is None else stop_s - 1e-6)
    by_hand = Flag(int(ending["cause"][asked][0])) == Flag.OPERATOR_STOP if asked.any() else False
    if stop != STOPS[Flag.OPERATOR_STOP] or not by_hand or np.any(ending["cause"][~asked]):
        return [f"a stop, {stop}, that nothing asked for"]
    return []


def named(flags: Flag) -> str:
    """Flags in words."""
    words = [STOPS.get(flag, str(flag.name).lower()) for flag in Flag if flag & flags]
    return " and ".join(words) or "nothing"


def cycles(ticks: NDArray[np.void], rig: GuidedRig) -> tuple[int, float]:
    """Number of cycles, and by how much more than the law gave passed at the cuffs in one of them at most [J].

    The figure is below zero where less passed in all of them, and zero where there is no cycle.
    """
    arm, part = ticks["arms"][rig.arm.name], ticks["guided"][rig.arm.name]
    rows = _settled(ticks["state"], round(SETTLED_S / rig.config.period_s))
    if len(rows) < 2:
        return 0, 0.0
    q, x = arm["q"][rows], part["x"][rows].reshape(len(rows), -1)
    law = part["robot"][rows].reshape(len(rows), -1)
    tau = _cuff_torques(rig, q, part["cuffs"][rows])
    step = np.diff(q, axis=0)
    given = np.concatenate([[0.0], np.cumsum(-(0.5 * (tau[:-1] + tau[1:]) * step).sum(axis=1))])
    spent = np.concatenate([[0.0], np.cumsum((law[:-1] * np.diff(x, axis=0)).sum(axis=1))])
    rests = _rests(np.abs(arm["dq"][rows]).max(axis=1))
    a, b = np.triu_indices(len(rests), 1)
    a, b = rests[a], rests[b]
    gone = np.concatenate([np.zeros((1, q.shape[1])), np.cumsum(np.abs(step), axis=0)])
    near = np.abs(q[a] - q[b]).max(axis=1) <= math.radians(SAME_DEG)
    near &= (gone[b] - gone[a]).max(axis=1) >= math.radians(MOVED_DEG)
    a, b = a[near], b[near]
    if not len(a):
        return 0, 0.0
    way, path = q[a] - q[b], x[a] - x[b]
    passed = given[b] - given[a] - 0.5 * ((tau[a] + tau[b]) * way).sum(axis=1)
    gave = spent[b] - spent[a] + 0.5 * ((law[a] + law[b]) * path).sum(axis=1)
    # The robot's inertia is made to seem lighter by passing on what the cuffs feel: of what a law takes, a share.
    share = rig.controller.inertia_share if rig.mode is DriveMode.TORQUE else 0.0
    return len(a), float((passed - np.maximum(gave, gave / (1.0 + share))).max())


def _settled(state: NDArray[np.uint64], settle: int) -> NDArray[np.int64]:
    """Rows of the longest stretch in which the exercise ran, once the weight is carried as is prescribed."""
    runs = np.concatenate([[0], (state == State.ENGAGED).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(runs))
    if not len(edges):
        return np.zeros(0, dtype=np.int64)
    begins, ends = edges[::2] + settle, edges[1::2]
    longest = int(np.argmax(ends - begins))
    return np.arange(begins[longest], ends[longest])


def _rests(fastest: Vector) -> NDArray[np.int64]:
    """The stillest row of each stretch of rest; evenly thinned out where there are many."""
    still = np.concatenate([[0], (fastest < REST_RAD_S).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(still))
    rows = [a + int(np.argmin(fastest[a:b])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if len(rows) > RESTS:
        rows = [rows[k] for k in np.linspace(0, len(rows) - 1, RESTS).astype(int)]
    return np.array(rows, dtype=np.int64)


def _cuff_torques(rig: GuidedRig, q: Vector, cuffs: Vector) -> Vector:
    """Torques of what passes at the cuffs on the robot's joints, shape (t, n) [Nm]."""
    chain, mounts = rig.arm.chain, rig.arm.config.cuffs
    links = np.array([chain.joint_names.index(c.link) if c.link in chain.joint_names else -1 for c in mounts])
    points = np.array([c.xyz_m for c in mounts], dtype=float).reshape(-1, 3)
    tau = np.zeros(q.shape)
    _torques(
        chain.placement, chain.kind, np.ascontiguousarray(rig.arm.T_world_base[:3, :3]), links, points,
        np.ascontiguousarray(q), np.ascontiguousarray(cuffs), tau,
    )  # fmt: skip
    return tau


@kernel
def _torques(
    placement: Vector,
    kind: Indices,
    R_world_base: Vector,
    links: Indices,
    points: Vector,
    q: Vector,
    cuffs: Vector,
    tau: Vector,
) -> None:
    n = q.shape[1]
    poses, J, point = np.zeros((n, 4, 4)), np.zeros((6, n)), np.zeros(3)
    for k in range(q.shape[0]):
        link_poses(placement, kind, q[k], poses)
        cuff_torque(poses, kind, R_world_base, links, points, cuffs[k], J, point, tau[k])
