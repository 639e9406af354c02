"""What a patient wants: minimum-jerk movements of his own to the goal that he is shown, and the postures they ask for.

He knows the goal, not the law. Coordinates are those of the exercise: joints' angles, or the hand's position along
world axes, which damped least squares over his own arm turns into postures.

Source:
    Flash and Hogan 1985, The coordination of arm movements (minimum jerk). Wampler 1986 (damped least squares).
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.guidance import Coordinates, Space
from robotics.kernels.cholesky import solve_positive_definite
from robotics.kernels.compiled import kernel
from robotics.kernels.kinematics import link_poses, point_jacobian
from robotics.shape_config import NotNegative, Positive
from simulation.patients.entrainment import be_hurried
from simulation.patients.joints import JOINTS, SIZE
from simulation.patients.layout import Record

_REACH_WEIGHT = (1.0, 1.0, 0.6, 1.0, 0.02, 0.05, 0.05)
"""How freely each joint takes part in a reach; ours: shoulder and elbow carry the hand, which keeps its attitude."""

_SHOULDER_JOINTS = 3
"""The first joints are the shoulder's."""

_FOLLOW_1_S = 15.0
"""Gain with which the intended posture is kept at the intended place of the hand [1/s]; ours."""

_COMFORT_1_S = 0.3
"""Rate at which joints that the hand leaves free return to the posture of the start [1/s]; ours."""

_DAMPING_M2 = 0.0025
"""Damping of the least squares, squared; ours."""

_FASTEST_RAD_S = 8.0
"""He means no joint to turn faster in a reach; ours."""

_NOTICED_RAD, _NOTICED_M = math.radians(1.5), 0.01
"""How far his arm has to be taken ahead of his plan before he notices; ours, about as finely as an arm is felt."""

_HURRY = 4.0
"""A plan whose arm is taken ahead goes on faster by so many times its own pace at most; ours."""

_CONTENT_S = 0.2
"""Time constant with which he adopts a place nearer to the goal than his own [s]; ours."""

_LEAD_S = 0.3
"""Time constant with which he makes up for what his arm lacks of a path that he follows [s]; ours."""

_SMOOTH_S = 0.02
"""Time constant over which the intended acceleration is smoothed [s]; ours."""

_PAST_ACTIVE = math.radians(5.0)
"""How far past his active range he still plans a reach; ours."""


class Intent(Config, frozen=True, kw_only=True):
    """How a patient goes about a movement.

    Attributes:
        source: Where the figures come from.
        reaction_s: From being asked to beginning [s].
        pace: His own duration over the one asked for.
        shortest_s: No movement of his is shorter [s].
        direction_error_deg: Standard deviation of the initial direction [deg].
        tolerance_deg: He is content within this distance of a joint's goal [deg].
        tolerance_mm: The same for the hand [mm].
        correction_s: From the end of a movement to the correction of a miss [s].
        correction_gain: Share of a miss that a correction aims to make good.
        push_on_deg: How far past where he is he may aim while he is held back [deg].
        push_on_mm: The same for the hand [mm].
        yield_s: Time constant with which joints that are not asked for give way [s].
        pursuit_1_s: Bandwidth with which he pursues a reference that leaves the straight line [1/s].
    """

    source: str
    reaction_s: NotNegative
    pace: Positive
    shortest_s: Positive
    direction_error_deg: Annotated[float, Meta(ge=0, le=90)]
    tolerance_deg: Positive
    tolerance_mm: Positive
    correction_s: NotNegative
    correction_gain: Annotated[float, Meta(ge=0, le=2)]
    push_on_deg: NotNegative
    push_on_mm: NotNegative
    yield_s: Positive
    pursuit_1_s: Annotated[float, Meta(gt=0, le=50)]


def put(intent: Intent, parameters: Record) -> None:
    """Enter the intent's numbers into the parameters."""
    for name in ("reaction_s", "pace", "shortest_s", "correction_s", "correction_gain", "yield_s", "pursuit_1_s"):
        parameters[name] = getattr(intent, name)
    parameters["direction_error"] = math.radians(intent.direction_error_deg)
    parameters["reach_weight"] = _REACH_WEIGHT


def put_coordinates(coordinates: Coordinates, intent: Intent, parameters: Record) -> None:
    """Enter which coordinates the exercise has."""
    in_joints = coordinates.space is Space.JOINT
    index = [JOINTS.index(name) for name in coordinates.joints] if in_joints else list(coordinates.axes)
    parameters["m"], parameters["in_joints"] = len(index), in_joints
    parameters["raises"] = in_joints and min(index) < _SHOULDER_JOINTS
    parameters["index"] = np.array([*index, *[0] * (SIZE - len(index))])
    parameters["tolerance"] = math.radians(intent.tolerance_deg) if in_joints else 1e-3 * intent.tolerance_mm
    parameters["push_on"] = math.radians(intent.push_on_deg) if in_joints else 1e-3 * intent.push_on_mm


@kernel
def intend(s: Record, p: Record) -> None:
    """Carry the plan on by one physics period: intended coordinates, and the posture that they ask for."""
    s.yields = 0.0
    if s.active == 0:
        give_way(s, p, False)
        return
    if s.pushing == 1:
        brace(s, p)
        return
    if s.pursuing == 1:
        pursue(s, p)
    else:
        be_taken_along(s, p)
        follow_plan(s, p)
    s.since_s += p.h
    if p.in_joints == 1:
        give_way(s, p, True)
        for k in range(p.m):
            j = p.index[k]
            s.q_plan[j], s.dq_plan[j], s.ddq_plan[j] = s.x_int[k], s.dx_int[k], s.ddx_int[k]
        if p.lean_share > 0.0:
            link_poses(p.placement, p.kind, s.q_plan, s.T_plan)
            tip_of(s.T_plan, p.T_link_tip, s.p_plan)
    else:
        reach(s, p)


@kernel
def brace(s: Record, p: Record) -> None:
    """To push, he keeps the posture that he has; joints that push are not held."""
    s.since_s += p.h
    for j in range(SIZE):
        s.dq_plan[j] = s.ddq_plan[j] = 0.0
    for k in range(p.m):
        s.x_int[k], s.dx_int[k] = s.x[k], 0.0
        if p.in_joints == 1:
            s.q_plan[p.index[k]] = s.q[p.index[k]]


@kernel
def give_way(s: Record, p: Record, tense: bool) -> None:
    """Intended angles follow the arm slowly: nobody fights for a posture that he does not care for."""
    share = p.h / ((p.yield_s if tense else 0.2 * p.yield_s) + p.h)
    for j in range(SIZE):
        s.q_plan[j] += share * (s.q[j] - s.q_plan[j])
        s.dq_plan[j] = s.ddq_plan[j] = 0.0


@kernel
def be_taken_along(s: Record, p: Record) -> None:
    """Carry the time of the plan on: faster where the arm is ahead of it, for nobody holds against help."""
    ahead = left = size = near = far = 0.0
    for k in range(p.m):
        way = s.pursued[k] - s.x_start[k]
        size += way * way
        ahead += (s.x[k] - s.x_int[k]) * way
        left += (s.pursued[k] - s.x_int[k]) * way
        near += (s.pursued[k] - s.x[k]) ** 2
        far += (s.pursued[k] - s.x_aim[k]) ** 2
    # Beyond the goal nothing helps.
    ahead = min(ahead, max(left, 0.0)) / math.sqrt(size) if size > 1e-12 else 0.0
    taken = (ahead - (_NOTICED_RAD if p.in_joints == 1 else _NOTICED_M)) / p.tolerance
    s.yields = min(max(taken, 0.0), 1.0)
    rate = 1.0 + _HURRY * s.yields
    if s.plan_t < s.plan_s:
        be_hurried(s, rate)
    s.plan_t += p.h * rate
    if s.plan_t > s.plan_s and near < far:
        # He meant to end elsewhere, and was taken nearer to the goal: he is content with that.
        share = p.h / (_CONTENT_S + p.h)
        for k in range(p.m):
            s.x_aim[k] += share * (s.x[k] - s.x_aim[k])


@kernel
def follow_plan(s: Record, p: Record) -> None:
    """The fifth-order polynomial from place and velocity at the start to rest at the aim."""
    T = s.plan_s
    u = min(s.plan_t / T, 1.0)
    u2 = u * u
    u3 = u2 * u
    place = u3 * (10.0 - 15.0 * u + 6.0 * u2)
    rate = 30.0 * u2 * (1.0 - 2.0 * u + u2) / T
    bend = 60.0 * u * (1.0 - 3.0 * u + 2.0 * u2) / (T * T)
    # What remains of the velocity at the start: T (u - 6 u^3 + 8 u^4 - 3 u^5).
    coast = T * (u - 6.0 * u3 + 8.0 * u2 * u2 - 3.0 * u3 * u2)
    coast_rate = 1.0 - 18.0 * u2 + 32.0 * u3 - 15.0 * u2 * u2
    coast_bend = (-36.0 * u + 96.0 * u2 - 60.0 * u3) / T
    for k in range(p.m):
        way = s.x_aim[k] - s.x_start[k]
        v = s.dx_start[k]
        s.x_int[k] = s.x_start[k] + way * place + v * coast
        s.dx_int[k] = way * rate + v * coast_rate
        s.ddx_int[k] = way * bend + v * coast_bend


@kernel
def pursue(s: Record, p: Record) -> None:
    """A reference that is no straight way is pursued: a critically damped follower that knows its velocity.

    He sees how far his arm is from where he meant it to be by now, and leads by so much more.
    """
    w, learnt = p.pursuit_1_s, p.h / _LEAD_S
    for k in range(p.m):
        astray = s.x_int[k] - p.activation_s * s.dx_int[k] - s.x[k] - s.lead[k]
        s.lead[k] = min(max(s.lead[k] + learnt * astray, -p.push_on), p.push_on)
        ahead = s.cue_reference[k] - s.offset[k] + s.lead[k] - s.x_int[k]
        s.ddx_int[k] = w * w * ahead + 2.0 * w * (s.cue_rate[k] - s.dx_int[k])
        s.dx_int[k] += p.h * s.ddx_int[k]
        s.x_int[k] += p.h * s.dx_int[k]


@kernel
def tip_of(T_base_link: Record, T_link_tip: Record, at: Record) -> None:
    """Where the tip is in base, shape (3,)."""
    T = T_base_link[SIZE - 1]
    for i in range(3):
        at[i] = T[i, 0] * T_link_tip[0, 3] + T[i, 1] * T_link_tip[1, 3] + T[i, 2] * T_link_tip[2, 3] + T[i, 3]


@kernel
def reach(s: Record, p: Record) -> None:
    """Intended posture whose hand is where it is intended; the trunk carries the shoulder along."""
    at, rate, before = s.work[0], s.work[1], s.rhs
    # Where the hand is to be from the shoulder: as planned along the exercise's axes, kept along the others.
    for i in range(3):
        at[i] = s.p_keep[i] - s.p_world_base[i] - s.trunk[i]
        rate[i] = 0.0
    for k in range(p.m):
        i = p.index[k]
        at[i] = s.x_int[k] - s.p_world_base[i] - s.trunk[i]
        rate[i] = s.dx_int[k]
    for j in range(SIZE):
        before[j] = s.dq_plan[j]
    resolve(s, p, at, rate, p.h, s.q_plan, s.dq_plan)
    smooth = p.h / (_SMOOTH_S + p.h)
    for j in range(SIZE):
        s.ddq_plan[j] += smooth * ((s.dq_plan[j] - before[j]) / p.h - s.ddq_plan[j])
    for i in range(3):
        s.p_plan[i] = s.p_resolved[i]
        s.beyond[i] = at[i]
        for k in range(3):
            s.beyond[i] -= s.R_world_base[i, k] * s.p_plan[k]


@kernel
def resolve(s: Record, p: Record, at: Vector, rate: Vector, dt: float, q: Vector, dq: Vector) -> None:
    """One step of damped least squares that takes a posture's hand along.

    Args:
        s: State; ``p_resolved`` is where the hand was before the step, in base.
        p: Parameters.
        at: Where the hand is to be, from the shoulder, along world axes, shape (at least 3,) [m].
        rate: How fast it is to move, shape (at least 3,) [m/s].
        dt: Length of the step [s].
        q: The posture, shape (7,); comes out a step later.
        dq: Result: its velocity, shape (7,).
    """
    link_poses(p.placement, p.kind, q, s.T_plan)
    tip_of(s.T_plan, p.T_link_tip, s.p_resolved)
    point_jacobian(s.T_plan, p.kind, SIZE - 1, s.p_resolved, s.J)
    J, b, A = s.J, s.b3, s.a33
    for i in range(3):
        b[i] = -_FOLLOW_1_S * s.p_resolved[i]
        for k in range(3):
            b[i] += s.R_world_base[k, i] * (rate[k] + _FOLLOW_1_S * at[k])
            A[i, k] = _DAMPING_M2 if i == k else 0.0
            for j in range(SIZE):
                A[i, k] += J[i, j] * p.reach_weight[j] * J[k, j]
        for j in range(SIZE):
            b[i] -= J[i, j] * _COMFORT_1_S * (s.q_comfort[j] - q[j])
    solve_positive_definite(A, b)
    for j in range(SIZE):
        step = _COMFORT_1_S * (s.q_comfort[j] - q[j])
        for i in range(3):
            step += p.reach_weight[j] * J[i, j] * b[i]
        step = min(max(step, -_FASTEST_RAD_S), _FASTEST_RAD_S)
        low, high = p.active[0, j] - _PAST_ACTIVE, p.active[1, j] + _PAST_ACTIVE
        # An arm that is held outside of its active range is left there; it only may not be meant to go further.
        bounded = min(max(q[j] + dt * step, min(low, q[j])), max(high, q[j]))
        dq[j] = (bounded - q[j]) / dt
        q[j] = bounded
