# ruff: noqa: PLR0912 - numba has no cheap way to pass the pieces of a loop around.
"""One tick of constrained motion, from joint positions and a twist to joint rates; see `robotics.constrained`.

To call a kernel costs a tenth of a microsecond for each array, as much as the work itself. So everything an arm needs
lies in three blocks of memory (what it is, where it stands, its program), and the kernels cut them up inside.
"""

from __future__ import annotations

from robotics.contracts import Vector
from robotics.kernels.closed_form import CLOSE, allowed, onto_equalities, peak, solve_free
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.constrained import (
    EQUALITIES,
    HALF_SPACES,
    PARAMETERS,
    RCM_TOLERANCE,
    SINGULAR,
    VELOCITY,
)
from robotics.kernels.constrained_program import (
    ANSWER,
    DEVIATION,
    FACTOR,
    FACTORED,
    FLAGS,
    HALF_SPACE,
    INFEASIBLE,
    OFF_REMOTE_CENTRE,
    POSITION_LIMIT,
    ROWS,
    SCALE,
    SINGULARITY,
    SLOWED,
    SMALLEST,
    SOLVE_AGAIN,
    STATUS,
    TARGET,
    VELOCITY_LIMIT,
    approach,
    assemble,
    soften,
    tame,
)

# How a tick goes on.
DONE, SOLVE, SOLVE_SECOND, NOT_FINITE = range(4)


def arm_size(n: int, half_spaces: int) -> int:
    """Length of the block that `arm_views` cuts up."""
    return PARAMETERS + 6 + 12 + 16 + 20 * n + 4 * half_spaces


@kernel
def arm_views(arm: Vector, n: int) -> tuple[Vector, Vector, Vector, Vector, Vector, Vector, Vector]:
    """What an arm is: parameters, weights, remote centre, tip in last link, placements, limits, half-spaces."""
    parameters = arm[:PARAMETERS]
    at = PARAMETERS
    weights = arm[at : at + 6]
    at += 6
    rows = 2 * int(parameters[EQUALITIES])
    rcm = arm[at : at + 3 * rows].reshape((rows, 3))
    at += 12
    T_link_tip = arm[at : at + 16].reshape((4, 4))
    at += 16
    placement = arm[at : at + 16 * n].reshape((n, 4, 4))
    at += 16 * n
    limits = arm[at : at + 4 * n].reshape((4, n))
    at += 4 * n
    h = int(parameters[HALF_SPACES])
    half_spaces = arm[at : at + 4 * h].reshape((h, 4))
    return parameters, weights, rcm, T_link_tip, placement, limits, half_spaces


def state_size(n: int) -> int:
    """Length of the block that `state_views` cuts up."""
    return STATUS + 6 + 16 + 28 * n + (28 + n) * max(n, 8)


@kernel
def state_views(state: Vector, n: int) -> tuple[Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector]:
    """Where an arm stands: status, residual, dq, first answer, tip, links, Jacobian, box, scratch."""
    status = state[:STATUS]
    at = STATUS
    residual = state[at : at + 6]
    at += 6
    dq = state[at : at + n]
    at += n
    first = state[at : at + n]
    at += n
    T_base_tip = state[at : at + 16].reshape((4, 4))
    at += 16
    T_base_link = state[at : at + 16 * n].reshape((n, 4, 4))
    at += 16 * n
    J = state[at : at + 6 * n].reshape((6, n))
    at += 6 * n
    box = state[at : at + 4 * n].reshape((4, n))
    at += 4 * n
    wide = max(n, 8)
    work = state[at : at + (28 + n) * wide].reshape((28 + n, wide))
    return status, residual, dq, first, T_base_tip, T_base_link, J, box, work


def program_size(n: int, m: int) -> int:
    """Length of the block that `program_views` cuts up."""
    return n * n + n + m * n + 2 * (n + m)


@kernel
def program_views(memory: Vector, n: int, m: int) -> tuple[Vector, Vector, Vector, Vector]:
    """A program of n unknowns and m rows: H, f, A, bounds."""
    at = n * n
    H = memory[:at].reshape((n, n))
    f = memory[at : at + n]
    at += n
    A = memory[at : at + m * n].reshape((m, n))
    at += m * n
    bounds = memory[at : at + 2 * (n + m)].reshape((2, n + m))
    return H, f, A, bounds


@kernel
def finite(values: Vector) -> bool:
    """Whether all of a vector is finite."""
    total = 0.0
    for value in values:
        total += value * 0.0
    return bool(total == 0.0)


@kernel
def tick(
    kind: Indices,
    arm: Vector,
    state: Vector,
    program: Vector,
    q: Vector,
    dq_prev: Vector,
    twist: Vector,
) -> int:
    """Set up the first program, and go on to the end where no inequality of it binds.

    Where the task would take joints past their velocity limits, it is slowed down before geometry has its say: a limit
    that would only be met at a speed that cannot be had must not bend the motion.

    Args:
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        arm: See `arm_views`.
        state: See `state_views`.
        program: First program, see `program_views`.
        q: Joint positions, shape (n,) [rad or m].
        dq_prev: Joint rates of the previous period, shape (n,).
        twist: Desired twist along base axes, shape (6,).

    Returns:
        `DONE`; `SOLVE` where the first program wants a solver; `SOLVE_SECOND` where the second does; `NOT_FINITE` where
        an input is not finite, and nothing is set.
    """
    if not (finite(q) and finite(dq_prev) and finite(twist)):
        return NOT_FINITE
    n = len(q)
    parameters, weights, rcm, T_link_tip, placement, limits, half_spaces = arm_views(arm, n)
    status, _, _, first, T_base_tip, T_base_link, J, box, work = state_views(state, n)
    equalities = int(parameters[EQUALITIES])
    H, f, A, bounds = program_views(program, n, equalities + len(half_spaces))
    assemble(
        placement,
        kind,
        T_link_tip,
        limits,
        weights,
        half_spaces,
        rcm,
        parameters,
        q,
        dq_prev,
        twist,
        T_base_link,
        T_base_tip,
        J,
        work,
        box,
        H,
        f,
        A,
        bounds,
        status,
    )
    status[FACTORED], status[SLOWED], status[FLAGS] = 0.0, 1.0, 0.0
    if not solve_free(equalities, H, f, A, bounds, work[FACTOR:], first):
        return SOLVE
    status[FACTORED] = 1.0
    fastest = peak(first)
    if fastest > 1.0:
        status[SLOWED], status[FLAGS] = 1.0 / fastest, VELOCITY_LIMIT
        for i in range(n):
            f[i] /= fastest
            first[i] /= fastest
        for k in range(6):
            work[TARGET, k] /= fastest
        if equalities > 0:
            onto_equalities(A, bounds, work[FACTOR:], first)
    if not allowed(first, equalities, A, bounds):
        return SOLVE
    return tick_on(kind, arm, state, program, first, dq_prev, twist)


@kernel
def tick_on(
    kind: Indices, arm: Vector, state: Vector, program: Vector, answer: Vector, dq_prev: Vector, twist: Vector
) -> int:
    """Go on from the answer of the first program.

    Args:
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        arm: See `arm_views`.
        state: See `state_views`; ``first`` is set to the answer.
        program: First program; replaced by the second where that is needed.
        answer: Answer of the first program, shape (n,).
        dq_prev: Joint rates of the previous period, shape (n,).
        twist: Desired twist, shape (6,).

    Returns:
        `DONE`, or `SOLVE_SECOND`.
    """
    n = len(dq_prev)
    parameters, _, rcm, _, _, limits, _ = arm_views(arm, n)
    status, residual, dq, first, _, T_base_link, J, box, work = state_views(state, n)
    H, f, A, bounds = program_views(program, n, int(parameters[EQUALITIES] + parameters[HALF_SPACES]))
    y = work[ANSWER, :n]
    for i in range(n):
        first[i] = answer[i]
        y[i] = answer[i]
    slower = 1.0
    if len(rcm) > 0 and status[FACTORED] > 0.0:
        slower = tame(T_base_link, kind, rcm, limits, work, y)
    if approach(y, slower, dq_prev, parameters, limits, box, H, f, A, bounds, work, status) == SOLVE_AGAIN:
        return SOLVE_SECOND
    conclude(y, first, limits, box, twist, parameters, J, A, bounds, work, status, dq, residual)
    return DONE


@kernel
def tick_softer(arm: Vector, state: Vector, program: Vector, soft: Vector, n: int) -> None:
    """Set up the last resort; see `soften`.

    Args:
        arm: See `arm_views`.
        state: See `state_views`.
        program: First program.
        soft: Last resort, set up.
        n: Number of joints.
    """
    parameters, _, _, _, _, limits, _ = arm_views(arm, n)
    box = state_views(state, n)[7]
    equalities = int(parameters[EQUALITIES])
    m = equalities + int(parameters[HALF_SPACES])
    H, f, A, bounds = program_views(program, n, m)
    H_soft, f_soft, A_soft, bounds_soft = program_views(soft, n + 1, m + equalities)
    soften(limits, box, equalities, H, f, A, bounds, H_soft, f_soft, A_soft, bounds_soft)


@kernel
def tick_end(arm: Vector, state: Vector, program: Vector, answer: Vector, last_resort: bool, twist: Vector) -> None:
    """Conclude with the answer of the second program or of the last resort.

    Args:
        arm: See `arm_views`.
        state: See `state_views`.
        program: First program.
        answer: Answer, shape (n,), or (n + 1,) of the last resort.
        last_resort: Whether it is that of the last resort.
        twist: Desired twist, shape (6,).
    """
    n = len(answer) - 1 if last_resort else len(answer)
    parameters, _, _, _, _, limits, _ = arm_views(arm, n)
    status, residual, dq, first, _, _, J, box, work = state_views(state, n)
    _, _, A, bounds = program_views(program, n, int(parameters[EQUALITIES] + parameters[HALF_SPACES]))
    if last_resort:
        first[:] = answer[:n]
    conclude(answer, first, limits, box, twist, parameters, J, A, bounds, work, status, dq, residual)


@kernel
def conclude(
    y: Vector,
    first: Vector,
    limits: Vector,
    box: Vector,
    twist: Vector,
    parameters: Vector,
    J: Vector,
    A: Vector,
    bounds: Vector,
    work: Vector,
    status: Vector,
    dq: Vector,
    residual: Vector,
) -> None:
    """Joint rates, what they miss of the twist, and why.

    Args:
        y: Answer, shape (at least n,).
        first: Answer of the first program before it was scaled, shape (n,).
        limits: See `assemble`.
        box: See `assemble`.
        twist: Desired twist, shape (6,).
        parameters: See `assemble`.
        J: Jacobian of the tip, shape (6, n).
        A: Of the first program.
        bounds: Of the first program.
        work: See `assemble`.
        status: ``SCALE`` is set, ``FLAGS`` completed.
        dq: Result, shape (n,), within the limits to the last bit.
        residual: Result: twist reached less twist asked for, shape (6,).
    """
    n, flags, constrained = len(dq), int(status[FLAGS]), int(parameters[EQUALITIES])
    for i in range(n):
        dq[i] = min(max(y[i] * limits[VELOCITY, i], box[2, i]), box[3, i])
    for k in range(6):
        value = -twist[k]
        for i in range(n):
            value += J[k, i] * dq[i]
        residual[k] = value
    # How far the first program already had to leave the task, and how much of its motion is made.
    missed = wanted = allowed_square = made = 0.0
    for k in range(int(status[ROWS])):
        nearest = reached = 0.0
        for i in range(n):
            nearest += work[k, i] * first[i]
            reached += work[k, i] * dq[i] / limits[VELOCITY, i]
        missed += (nearest - work[TARGET, k]) ** 2
        wanted += work[TARGET, k] ** 2
        allowed_square += nearest * nearest
        made += nearest * reached
    deflected = missed > 1e-6 * wanted + 1e-14
    share = max(made / allowed_square, 0.0) if allowed_square > 1e-14 else 1.0
    if share > 1.0 - CLOSE:
        share = 1.0
    status[SCALE] = status[SLOWED] * share
    if deflected:
        flags |= INFEASIBLE
    if deflected and status[SMALLEST] < parameters[SINGULAR]:
        flags |= SINGULARITY
    if status[DEVIATION] > parameters[RCM_TOLERANCE]:
        flags |= OFF_REMOTE_CENTRE
    if deflected:
        for i in range(n):
            near = CLOSE * limits[VELOCITY, i]
            if first[i] * limits[VELOCITY, i] <= box[0, i] + near or first[i] * limits[VELOCITY, i] >= box[1, i] - near:
                flags |= POSITION_LIMIT
        for k in range(constrained, len(A)):
            rate = 0.0
            for i in range(n):
                rate += A[k, i] * first[i]
            if rate <= bounds[1, n + k] + CLOSE:
                flags |= HALF_SPACE
    status[FLAGS] = flags
