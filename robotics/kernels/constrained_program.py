# ruff: noqa: PLR0912 - numba has no cheap way to pass the pieces of a loop around.
"""The quadratic programs of constrained motion: assemble, solve where nothing binds, slow down, soften.

See `robotics.constrained` for the method. Programs are in the form of DAQP: minimize ``x' H x / 2 + f' x`` with bounds
on the unknowns first and on the rows of ``A`` after them; ``bounds`` holds the upper ones in row 0, the lower in row 1.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.constrained import (
    DAMPING_MAX,
    DAMPING_MIN,
    SINGULAR,
    UNBOUNDED,
    VELOCITY,
    half_space_rows,
    inverse_trace,
    joint_box,
    last_link_motion,
    remote_centre_rows,
    weighted_task,
)
from robotics.kernels.kinematics import jacobian, link_poses, tip_pose

# Entries of the status vector.
ROWS, DEVIATION, SMALLEST, LENGTH, SCALE, FLAGS = range(6)
STATUS = 6

# What to do with the answer of the first program.
AS_IS, SCALED, SOLVE_AGAIN = range(3)

TRADE = 0.01
"""Price of slowing down against leaving the direction, as squares: an error off the direction of a tenth of the motion
costs as much as stopping altogether."""

PENALTY = 1e3
"""Price of a metre per second off the remote centre or into a half-space, over the size of the task, where nothing
feasible is left; far above any multiplier of the program, so that the least violation wins (exact penalty)."""

CLOSE = 1e-6
"""How near to a bound counts as on it, as a share of a velocity limit or in m/s: the solver's own tolerance."""


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
        work: Scratch, shape (28, max(n, 8)); rows 0-7 keep the task, row 8 its target.
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
    p_base_tip = work[9, :3]
    for k in range(3):
        p_base_tip[k] = T_base_tip[k, 3]
    jacobian(T_base_link, kind, p_base_tip, J)
    joint_box(q, dq_prev, limits, parameters, box[:2], box[2:])
    for i in range(n):
        bounds[0, i] = box[1, i] / velocity[i]
        bounds[1, i] = box[0, i] / velocity[i]
    J_task, target = work[:8, :n], work[8]
    rows = weighted_task(J, T_base_tip, velocity, twist, weights, J_task, target)
    constrained, status[DEVIATION] = 0, math.nan
    motion = work[10:14, :3]
    if len(A) > 0:
        last_link_motion(T_base_link, kind, dq_prev, motion)
    if len(rcm) > 0:
        constrained = 2
        status[DEVIATION] = remote_centre_rows(
            T_base_link, kind, dq_prev, velocity, rcm, motion, parameters, work[14:20, :n], A, bounds, n
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
def solve_free(equalities: int, H: Vector, f: Vector, A: Vector, bounds: Vector, work: Vector, y: Vector) -> bool:
    """Solve the first program where none of its inequalities binds; its minimum is then that of the equalities alone.

    Args:
        equalities: How many of the first rows of ``A`` are equalities, 0 or 2.
        H: See `assemble`.
        f: See `assemble`.
        A: See `assemble`.
        bounds: See `assemble`.
        work: Scratch, shape (at least n + 2, at least n).
        y: Result, shape (n,).

    Returns:
        Whether the result is the minimum: every bound holds.
    """
    n, rows = len(f), len(A)
    for j in range(n):
        pivot = H[j, j]
        for k in range(j):
            pivot -= work[j, k] * work[j, k]
        if not pivot > 0.0:
            return False
        root = math.sqrt(pivot)
        work[j, j] = root
        for i in range(j + 1, n):
            value = H[i, j]
            for k in range(j):
                value -= work[i, k] * work[j, k]
            work[i, j] = value / root
    # In the coordinates z = L' y the cost is |z - c|^2: here c, and the rows of A along z.
    for i in range(n):
        value = -f[i]
        for k in range(i):
            value -= work[i, k] * y[k]
        y[i] = value / work[i, i]
    if equalities > 0:
        first, second = work[n], work[n + 1]
        aa = ab = bb = 0.0
        short_a, short_b = bounds[0, n], bounds[0, n + 1]
        for i in range(n):
            a, b = A[0, i], A[1, i]
            for k in range(i):
                a -= work[i, k] * first[k]
                b -= work[i, k] * second[k]
            a, b = a / work[i, i], b / work[i, i]
            first[i], second[i] = a, b
            aa, ab, bb = aa + a * a, ab + a * b, bb + b * b
            short_a, short_b = short_a - a * y[i], short_b - b * y[i]
        determinant = aa * bb - ab * ab
        if not determinant > 1e-12 * aa * bb:
            return False
        step_a, step_b = (bb * short_a - ab * short_b) / determinant, (aa * short_b - ab * short_a) / determinant
        for i in range(n):
            y[i] += step_a * first[i] + step_b * second[i]
    for k in range(n):
        i = n - 1 - k
        value = y[i]
        for j in range(i + 1, n):
            value -= work[j, i] * y[j]
        y[i] = value / work[i, i]
        if not bounds[1, i] <= y[i] <= bounds[0, i]:
            return False
    for k in range(equalities, rows):
        rate = 0.0
        for i in range(n):
            rate += A[k, i] * y[i]
        if not bounds[1, n + k] <= rate <= bounds[0, n + k]:
            return False
    return True


@kernel
def within(y: Vector, velocity: Vector, box: Vector) -> bool:
    """Whether an answer is within all joint limits, to the solver's tolerance; arguments as in `slow_down`."""
    inside = True
    for i in range(len(velocity)):
        inside &= box[2, i] / velocity[i] - CLOSE <= y[i] <= box[3, i] / velocity[i] + CLOSE
    return inside


@kernel
def slow_down(
    y: Vector,
    limits: Vector,
    box: Vector,
    H: Vector,
    A: Vector,
    bounds: Vector,
    H_again: Vector,
    f_again: Vector,
    A_again: Vector,
    bounds_again: Vector,
    status: Vector,
) -> int:
    """Fit the answer of the first program into the velocity and acceleration limits.

    Args:
        y: That answer, shape (n,); scaled in place where a share of it is within all limits.
        limits: See `assemble`.
        box: See `assemble`.
        H: Of the first program.
        A: Of the first program.
        bounds: Of the first program.
        H_again: Result: second program, shape (n + 1, n + 1).
        f_again: Result, shape (n + 1,).
        A_again: Result, shape (r, n + 1).
        bounds_again: Result, shape (2, n + 1 + r).
        status: ``SCALE`` and ``LENGTH`` are set.

    Returns:
        `AS_IS`, `SCALED`, or `SOLVE_AGAIN`: then the second program is set up.
    """
    n, rows = len(f_again) - 1, len(A)
    status[SCALE] = 1.0
    if within(y, limits[VELOCITY], box):
        return AS_IS
    least, most = 0.0, 1.0
    for i in range(n):
        lower, upper, value = box[2, i] / limits[VELOCITY, i], box[3, i] / limits[VELOCITY, i], y[i]
        if value > CLOSE:
            least, most = max(least, lower / value), min(most, upper / value)
        elif value < -CLOSE:
            least, most = max(least, upper / value), min(most, lower / value)
        elif lower > CLOSE or upper < -CLOSE:
            most = -1.0
    if least <= most:
        fits = True
        for k in range(rows):
            rate = 0.0
            for i in range(n):
                rate += A[k, i] * y[i]
            rate *= most
            if rate > bounds[0, n + k] + CLOSE or rate < bounds[1, n + k] - CLOSE:
                fits = False
        if fits:
            for i in range(n):
                y[i] *= most
            status[SCALE] = most
            return SCALED
    # Unknowns: y and the length s of the part of the first answer that is kept, in the norm of H.
    square = 0.0
    for i in range(n):
        value = 0.0
        for j in range(n):
            value += H[i, j] * y[j]
        f_again[i] = value
        square += value * y[i]
    length = math.sqrt(max(square, 0.0))
    status[LENGTH] = length
    for i in range(n):
        share = f_again[i] / length if length > 1e-9 else 0.0
        for j in range(n):
            H_again[i, j] = H[i, j]
        H_again[i, n] = -share
        H_again[n, i] = -share
        f_again[i] = 0.0
        bounds_again[0, i] = box[3, i] / limits[VELOCITY, i]
        bounds_again[1, i] = box[2, i] / limits[VELOCITY, i]
    H_again[n, n] = 1.0 + TRADE
    f_again[n] = -TRADE * length
    bounds_again[0, n] = max(length, 1e-12)
    bounds_again[1, n] = 0.0
    for k in range(rows):
        for i in range(n):
            A_again[k, i] = A[k, i]
        A_again[k, n] = 0.0
        bounds_again[0, n + 1 + k] = bounds[0, n + k]
        bounds_again[1, n + 1 + k] = bounds[1, n + k]
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
