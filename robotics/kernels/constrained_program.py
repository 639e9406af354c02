# ruff: noqa: PLR0912 - numba has no cheap way to pass the pieces of a loop around.
"""The quadratic programs of constrained motion: assemble the first, go on from its answer, soften it.

See `robotics.constrained` for the method. Programs are in the form of DAQP: minimize ``x' H x / 2 + f' x`` with bounds
on the unknowns first and on the rows of ``A`` after them; ``bounds`` holds the upper ones in row 0, the lower in row 1.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.closed_form import CLOSE, correction, onto_equalities, peak
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.constrained import (
    ACCELERATION,
    BRAKING_TIME,
    DAMPING_MAX,
    DAMPING_MIN,
    DT,
    EQUALITIES,
    SINGULAR,
    UNBOUNDED,
    VELOCITY,
    drift,
    half_space_rows,
    into_base,
    inverse_trace,
    joint_box,
    last_link_motion,
    remote_centre_rows,
    weighted_task,
)
from robotics.kernels.kinematics import jacobian, link_poses, tip_pose

# Flags of a tick; the low ones have the values of the tick record's.
POSITION_LIMIT, VELOCITY_LIMIT, ACCELERATION_LIMIT = 1, 2, 4
INFEASIBLE, OFF_REMOTE_CENTRE, HALF_SPACE = 256, 512, 1024
SINGULARITY, SOLVER_FAILED = 1 << 40, 1 << 41

# Entries of the status vector.
ROWS, DEVIATION, SMALLEST, FACTORED, SLOWED, SCALE, FLAGS = range(7)
STATUS = 7

# Rows of the scratch; those from FACTOR on are `robotics.kernels.closed_form.solve_free`'s.
TARGET, START, ANSWER, FACTOR = 8, 9, 10, 11

# What to do with the answer of the first program.
DIRECT, SOLVE_AGAIN = range(2)

RESERVE = 0.3
"""Share of the joint accelerations that is kept for staying on the trocar and out of half-spaces; the motion itself and
the curvature of the shaft's own path through the trocar get by with the rest, and with this share, each."""

PENALTY = 1e3
"""Price of a metre per second off the remote centre or into a half-space, over the size of the task, where nothing
feasible is left; far above any multiplier of the program, so that the least violation wins (exact penalty)."""


@kernel
def assemble(
    placement: Vector,
    kind: Indices,
    T_link_tip: Vector,
    limits: Vector,
    weights: Vector,
    half_spaces: Vector,
    rcm: Vector,
    parameters: Vector,
    q: Vector,
    dq_prev: Vector,
    twist: Vector,
    T_base_link: Vector,
    T_base_tip: Vector,
    J: Vector,
    work: Vector,
    box: Vector,
    H: Vector,
    f: Vector,
    A: Vector,
    bounds: Vector,
    status: Vector,
) -> None:
    """Set up the first program: the nearest motion that positions, remote centre and half-spaces allow.

    Args:
        placement: See `robotics.kernels.kinematics.link_poses`, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        T_link_tip: Tip in the last link, shape (4, 4).
        limits: See `robotics.kernels.constrained.joint_box`, shape (4, n).
        weights: Of the twist, shape (6,).
        half_spaces: Unit normal and offset of each, shape (h, 4).
        rcm: See `robotics.kernels.constrained.remote_centre_rows`, shape (4, 3), or (0, 3) for none.
        parameters: See `robotics.kernels.constrained.PARAMETERS`.
        q: Joint positions, shape (n,).
        dq_prev: Joint rates of the previous period, shape (n,).
        twist: Desired twist along base axes, shape (6,).
        T_base_link: Result, shape (n, 4, 4).
        T_base_tip: Result, shape (4, 4).
        J: Result: Jacobian of the tip, shape (6, n).
        work: Scratch, shape (28 + n, max(n, 8)); rows 0-7 keep the task, row `TARGET` its target.
        box: Result: rows 0-1 lower and upper bounds of the rates from positions, rows 2-3 from all limits, (4, n).
        H: Result, shape (n, n).
        f: Result, shape (n,).
        A: Result, shape (r, n).
        bounds: Result, shape (2, n + r).
        status: Result, see `STATUS`.
    """
    n = len(q)
    velocity = limits[VELOCITY]
    link_poses(placement, kind, q, T_base_link)
    tip_pose(T_base_link, T_link_tip, T_base_tip)
    p_base_tip = work[START, :3]
    for k in range(3):
        p_base_tip[k] = T_base_tip[k, 3]
    jacobian(T_base_link, kind, p_base_tip, J)
    joint_box(q, dq_prev, limits, parameters, box[:2], box[2:])
    for i in range(n):
        bounds[0, i] = box[1, i] / velocity[i]
        bounds[1, i] = box[0, i] / velocity[i]
    J_task, target = work[:TARGET, :n], work[TARGET]
    rows = weighted_task(J, T_base_tip, velocity, twist, weights, J_task, target)
    constrained, status[DEVIATION] = 0, math.nan
    motion = work[ANSWER : ANSWER + 4, :3]
    if len(A) > 0:
        last_link_motion(T_base_link, kind, dq_prev, motion)
    if len(rcm) > 0:
        constrained = 2
        status[DEVIATION] = remote_centre_rows(
            T_base_link, kind, velocity, rcm, motion, parameters, work[14, :3], work[15:21, :n], A, bounds, n
        )
        for row in range(2):
            for i in range(n):
                J_task[rows + row, i] = A[row, i]
    half_space_rows(
        T_base_link, p_base_tip, J, velocity, half_spaces, motion, parameters, A, bounds, constrained, n + constrained
    )
    smallest = inverse_trace(rows + constrained, J_task, work[20:28, :8])
    shortage = max(0.0, 1.0 - smallest / parameters[SINGULAR])
    damping = parameters[DAMPING_MIN] ** 2 + (parameters[DAMPING_MAX] * shortage) ** 2
    for i in range(n):
        value = 0.0
        for k in range(rows):
            value -= J_task[k, i] * target[k]
        f[i] = value
        for j in range(i + 1):
            value = damping if i == j else 0.0
            for k in range(rows):
                value += J_task[k, i] * J_task[k, j]
            H[i, j] = value
            H[j, i] = value
    status[ROWS], status[SMALLEST] = rows, smallest


@kernel
def tame(T_base_link: Vector, kind: Indices, rcm: Vector, limits: Vector, work: Vector, y: Vector) -> float:
    """By how much to slow an answer down so that its path through the trocar is not too curved for the joints.

    To stay on the trocar at steady speed takes joint accelerations that grow as the square of speed: they get
    `RESERVE`.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        rcm: See `robotics.kernels.constrained.remote_centre_rows`.
        limits: See `assemble`.
        work: See `assemble`; its last five rows are scratch.
        y: Answer, shape (n,).

    Returns:
        A factor of at most one.
    """
    n, last = len(y), len(work)
    rates, motion = work[last - 5, :n], work[last - 4 :, :3]
    for i in range(n):
        rates[i] = y[i] * limits[VELOCITY, i]
    last_link_motion(T_base_link, kind, rates, motion)
    T = T_base_link[n - 1]
    cx, cy, cz = drift(T, rcm, motion)
    ax, ay, az = into_base(T, rcm[2])
    bx, by, bz = into_base(T, rcm[3])
    correction(2.0 * (ax * cx + ay * cy + az * cz), 2.0 * (bx * cx + by * cy + bz * cz), work[FACTOR:], rates)
    worst = 0.0
    for i in range(n):
        worst = max(worst, abs(rates[i]) * limits[VELOCITY, i] / limits[ACCELERATION, i])
    return 1.0 if worst <= RESERVE else math.sqrt(RESERVE / worst)


@kernel
def approach(
    y: Vector,
    slower: float,
    dq_prev: Vector,
    parameters: Vector,
    limits: Vector,
    box: Vector,
    H: Vector,
    f: Vector,
    A: Vector,
    bounds: Vector,
    work: Vector,
    status: Vector,
) -> int:
    """Go from the present motion towards the answer of the first program as far as velocities and accelerations allow.

    Args:
        y: That answer, shape (n,); replaced by how far it can be reached.
        slower: Factor of at most one to slow it down by.
        dq_prev: Joint rates of the previous period, shape (n,).
        parameters: See `assemble`.
        limits: See `assemble`.
        box: See `assemble`.
        H: Of the first program.
        f: Of the first program; replaced where the second is needed.
        A: Of the first program.
        bounds: Of the first program; those of the unknowns are replaced where the second is needed.
        work: See `assemble`; row `START` is set.
        status: See `STATUS`; ``FLAGS`` is completed.

    Returns:
        `DIRECT`, or `SOLVE_AGAIN`: then the second program stands in the place of the first.
    """
    n, rows, equalities = len(dq_prev), len(A), int(parameters[EQUALITIES])
    flags, fastest = int(status[FLAGS]), peak(y)
    if slower < 1.0:
        flags |= ACCELERATION_LIMIT
    if fastest > 1.0 + CLOSE:
        flags |= VELOCITY_LIMIT
    slower = min(slower, 1.0 / max(fastest, 1.0))
    gentle = 1.0 - RESERVE if rows > 0 else 1.0
    # The present motion, braked by one period: it keeps all but what curvature has changed since.
    start = work[START, :n]
    braked = 1.0 - parameters[DT] / parameters[BRAKING_TIME]
    share, inside = 1.0, slower == 1.0
    for i in range(n):
        start[i] = dq_prev[i] / limits[VELOCITY, i] * braked
        y[i] *= slower
        change = gentle * limits[ACCELERATION, i] * parameters[DT]
        lower = max(box[2, i], dq_prev[i] - change) / limits[VELOCITY, i]
        upper = min(box[3, i], dq_prev[i] + change) / limits[VELOCITY, i]
        inside &= lower - CLOSE <= y[i] <= upper + CLOSE
        way = y[i] - start[i]
        if start[i] + share * way > upper:
            share = max((upper - start[i]) / way, 0.0) if way > 0.0 else 0.0
        elif start[i] + share * way < lower:
            share = max((lower - start[i]) / way, 0.0) if way < 0.0 else 0.0
    if inside:
        return DIRECT
    if share < 1.0:
        flags |= ACCELERATION_LIMIT
    status[FLAGS] = flags
    for i in range(n):
        y[i] = start[i] + share * (y[i] - start[i])
    if equalities > 0 and status[FACTORED] > 0.0:
        onto_equalities(A, bounds, work[FACTOR:], y)
    fits = True
    for i in range(n):
        fits &= box[2, i] / limits[VELOCITY, i] - CLOSE <= y[i] <= box[3, i] / limits[VELOCITY, i] + CLOSE
    for k in range(rows):
        rate = 0.0
        for i in range(n):
            rate += A[k, i] * y[i]
        fits &= bounds[1, n + k] - CLOSE <= rate <= bounds[0, n + k] + CLOSE
    if fits:
        return DIRECT
    for i in range(n):
        f[i] = 0.0
        for j in range(n):
            f[i] -= H[i, j] * y[j]
        bounds[0, i] = box[3, i] / limits[VELOCITY, i]
        bounds[1, i] = box[2, i] / limits[VELOCITY, i]
    return SOLVE_AGAIN


@kernel
def soften(
    limits: Vector,
    box: Vector,
    constrained: int,
    H: Vector,
    f: Vector,
    A: Vector,
    bounds: Vector,
    H_soft: Vector,
    f_soft: Vector,
    A_soft: Vector,
    bounds_soft: Vector,
) -> None:
    """Set up the last resort: joint limits hold, all else gives way by one common slack, the least that does.

    Args:
        limits: See `assemble`.
        box: See `assemble`.
        constrained: How many of the first rows of ``A`` are equalities.
        H: Of the first program.
        f: Of the first program.
        A: Of the first program.
        bounds: Of the first program.
        H_soft: Result, shape (n + 1, n + 1); the last unknown is the slack [m/s].
        f_soft: Result, shape (n + 1,).
        A_soft: Result, shape (r + constrained, n + 1): equalities come twice, from above and from below.
        bounds_soft: Result, shape (2, n + 1 + r + constrained).
    """
    n, rows = len(f), len(A)
    size = 0.0
    for i in range(n):
        size += H[i, i]
    for i in range(n):
        for j in range(n):
            H_soft[i, j] = H[i, j]
        H_soft[i, n] = 0.0
        H_soft[n, i] = 0.0
        f_soft[i] = f[i]
        bounds_soft[0, i] = box[3, i] / limits[VELOCITY, i]
        bounds_soft[1, i] = box[2, i] / limits[VELOCITY, i]
    H_soft[n, n] = size
    f_soft[n] = PENALTY * size
    bounds_soft[0, n] = UNBOUNDED
    bounds_soft[1, n] = 0.0
    first = n + 1
    for k in range(rows):
        for i in range(n):
            A_soft[k, i] = A[k, i]
        A_soft[k, n] = 1.0
        bounds_soft[0, first + k] = UNBOUNDED
        bounds_soft[1, first + k] = bounds[1, n + k]
    for k in range(constrained):
        for i in range(n):
            A_soft[rows + k, i] = A[k, i]
        A_soft[rows + k, n] = -1.0
        bounds_soft[0, first + rows + k] = bounds[0, n + k]
        bounds_soft[1, first + rows + k] = -UNBOUNDED
