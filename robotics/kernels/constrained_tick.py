# ruff: noqa: PLR0912 - numba has no cheap way to pass the pieces of a loop around.
"""One tick of constrained motion, from joint positions and a twist to joint rates; see `robotics.constrained`.

To call a kernel costs a tenth of a microsecond for each array, as much as the work itself. So everything an arm needs
lies in three blocks of memory (what it is, where it stands, its program), and the kernels cut them up inside.
"""

from __future__ import annotations

from robotics.contracts import Vector
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
    CLOSE,
    DEVIATION,
    FLAGS,
    LENGTH,
    ROWS,
    SCALE,
    SMALLEST,
    SOLVE_AGAIN,
    STATUS,
    assemble,
    slow_down,
    soften,
    solve_free,
    within,
)

# Flags of a tick; the low ones have the values of the tick record's.
POSITION_LIMIT, VELOCITY_LIMIT, ACCELERATION_LIMIT = 1, 2, 4
INFEASIBLE, OFF_REMOTE_CENTRE, HALF_SPACE = 256, 512, 1024
SINGULARITY, SOLVER_FAILED = 1 << 16, 1 << 17

# How a tick goes on.
DONE, SOLVE, TOO_FAST, NOT_FINITE = range(4)


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
    return STATUS + 6 + 16 + 28 * n + 28 * max(n, 8)


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
    work = state[at : at + 28 * wide].reshape((28, wide))
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
def tick(kind: Indices, arm: Vector, state: Vector, program: Vector, q: Vector, dq_prev: Vector, twist: Vector) -> int:
    """Set up the first program, and conclude where neither geometry nor rates bind.

    Args:
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        arm: See `arm_views`.
        state: See `state_views`.
        program: First program, see `program_views`.
        q: Joint positions, shape (n,) [rad or m].
        dq_prev: Joint rates of the previous period, shape (n,).
        twist: Desired twist along base axes, shape (6,).

    Returns:
        `DONE`; `SOLVE` where geometry binds; `TOO_FAST` where the first answer is past the rates; `NOT_FINITE` where an
        input is not finite, and nothing is set.
    """
    if not (finite(q) and finite(dq_prev) and finite(twist)):
        return NOT_FINITE
    n = len(q)
    parameters, weights, rcm, T_link_tip, placement, limits, half_spaces = arm_views(arm, n)
    status, residual, dq, first, T_base_tip, T_base_link, J, box, work = state_views(state, n)
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
    if not solve_free(equalities, H, f, A, bounds, work[10:], first):
        return SOLVE
    if not within(first, limits[VELOCITY], box):
        return TOO_FAST
    status[SCALE] = 1.0
    conclude(first, first, limits, box, twist, parameters, J, A, bounds, work, status, dq, residual)
    return DONE


@kernel
def tick_slower(arm: Vector, state: Vector, program: Vector, again: Vector, answer: Vector) -> int:
    """Fit the answer of the first program into the rates; see `slow_down`, whose codes it returns.

    Args:
        arm: See `arm_views`.
        state: See `state_views`; ``first`` is set to the answer.
        program: First program.
        again: Second program, set up where it is needed.
        answer: Answer of the first program, shape (n,); scaled in place where a share of it fits.
    """
    n = len(answer)
    parameters, _, _, _, _, limits, _ = arm_views(arm, n)
    status, _, _, first, _, _, _, box, _ = state_views(state, n)
    m = int(parameters[EQUALITIES] + parameters[HALF_SPACES])
    H, _, A, bounds = program_views(program, n, m)
    H_again, f_again, A_again, bounds_again = program_views(again, n + 1, m)
    first[:] = answer
    return slow_down(answer, limits, box, H, A, bounds, H_again, f_again, A_again, bounds_again, status)


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
def tick_end(arm: Vector, state: Vector, program: Vector, answer: Vector, action: int, twist: Vector, n: int) -> None:
    """Conclude with the answer of a solver.

    Args:
        arm: See `arm_views`.
        state: See `state_views`.
        program: First program.
        answer: Answer, shape (n,), or (n + 1,) of the second program or the last resort.
        action: What came of `tick_slower`; ``-1`` for the last resort.
        twist: Desired twist, shape (6,).
        n: Number of joints.
    """
    parameters, _, _, _, _, limits, _ = arm_views(arm, n)
    status, residual, dq, first, _, _, J, box, work = state_views(state, n)
    _, _, A, bounds = program_views(program, n, int(parameters[EQUALITIES] + parameters[HALF_SPACES]))
    if action == SOLVE_AGAIN:
        status[SCALE] = answer[n] / max(status[LENGTH], 1e-12)
    elif action == -1:
        status[SCALE] = 1.0
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
        status: ``FLAGS`` is set.
        dq: Result, shape (n,), within the limits to the last bit.
        residual: Result: twist reached less twist asked for, shape (6,).
    """
    n, flags, constrained = len(dq), 0, int(parameters[EQUALITIES])
    for i in range(n):
        dq[i] = min(max(y[i] * limits[VELOCITY, i], box[2, i]), box[3, i])
    for k in range(6):
        value = -twist[k]
        for i in range(n):
            value += J[k, i] * dq[i]
        residual[k] = value
    # How far the first program already had to leave the task.
    missed = wanted = 0.0
    for k in range(int(status[ROWS])):
        value = -work[8, k]
        for i in range(n):
            value += work[k, i] * first[i]
        missed += value * value
        wanted += work[8, k] * work[8, k]
    deflected = missed > 1e-6 * wanted + 1e-14
    slowed = status[SCALE] < 1.0 - CLOSE
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
    if slowed:
        for i in range(n):
            near = CLOSE * limits[VELOCITY, i]
            if abs(dq[i]) >= limits[VELOCITY, i] - near:
                flags |= VELOCITY_LIMIT
            elif dq[i] <= box[0, i] + near or dq[i] >= box[1, i] - near:
                flags |= POSITION_LIMIT
            elif dq[i] <= box[2, i] + near or dq[i] >= box[3, i] - near:
                flags |= ACCELERATION_LIMIT
    status[FLAGS] = flags
