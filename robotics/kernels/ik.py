"""Inverse kinematics of any chain: Levenberg-Marquardt within the limits, started again from random postures.

Source:
    Levenberg 1944, Marquardt 1963; the damping schedule is that of Nielsen 1999 (IMM-REP-1999-05). Limits: joints that
    stand on a limit and are pushed against it are held for the step, the others are cut to their limits after it
    (projected descent, Kanzow et al. 2004).
"""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.cholesky import solve_positive_definite
from robotics.kernels.compiled import Indices, Words, kernel
from robotics.kernels.kinematics import jacobian, link_poses, tip_pose
from robotics.kernels.rotation import rotation_between

# Tuned over 1500 random poses each of iiwa_laparoscope (tolerances of 1e-4 and 1e-8 m), arm_exo and psm, from random
# seeds: first damping 1e-6 to 1e-1, stall 1e-4 to 0.2, crawls 0 to 2, least shrink 0.05 to 0.33. These reached every
# pose with the fewest iterations; `python -m benchmarks.ik` shows the outcome.
_FIRST_DAMPING = 1e-2  # share of the largest diagonal entry of J'J
_LEAST_SHRINK = 0.2  # by which a good step multiplies the damping at least
_STALL = 0.2  # a step of a search that lowers the cost by less than this share crawls
_CRAWLS = 1  # so many crawling steps in a row are let pass
_NEAREST_STALL = 1e-7  # the last descent, to the nearest posture, crawls on
_NEAREST_ITERATIONS = 300


@kernel
def next_uniform(state: Words) -> float:
    """Draw from [0, 1) by SplitMix64 (Steele et al. 2014); ``state`` is a uint64 array of one element."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return float(z >> np.uint64(11)) / 9007199254740992.0


@kernel
def pose_error(
    placement: Vector,
    kind: Indices,
    T_link_tip: Vector,
    q: Vector,
    T_base_goal: Vector,
    rotation_weight: float,
    T_base_link: Vector,
    T_base_tip: Vector,
    error: Vector,
) -> float:
    """Weighted distance of the tip from a goal, and its parts.

    Args:
        placement: Placements of the chain, shape (n, 4, 4).
        kind: Kinds of its joints, shape (n,).
        T_link_tip: Tip in the last link, shape (4, 4).
        q: Joint positions, shape (n,).
        T_base_goal: Goal of the tip in base, shape (4, 4).
        rotation_weight: Metres that one radian counts for.
        T_base_link: Result: poses of the links, shape (n, 4, 4).
        T_base_tip: Result: pose of the tip, shape (4, 4).
        error: Result: goal less tip, position [m] then rotation vector [rad] along base axes, shape (6,).

    Returns:
        Half the squared weighted length of the error [m^2].
    """
    link_poses(placement, kind, q, T_base_link)
    tip_pose(T_base_link, T_link_tip, T_base_tip)
    rotation_between(T_base_tip, T_base_goal, error[3:6])
    square = 0.0
    for i in range(3):
        error[i] = T_base_goal[i, 3] - T_base_tip[i, 3]
        square += error[i] * error[i] + rotation_weight * rotation_weight * error[i + 3] * error[i + 3]
    return 0.5 * square


@kernel
def _reached(error: Vector, rotation_weight: float, position_tolerance: float, rotation_tolerance: float) -> bool:
    """Whether an error is within the tolerances."""
    position = math.sqrt(error[0] ** 2 + error[1] ** 2 + error[2] ** 2)
    rotation = math.sqrt(error[3] ** 2 + error[4] ** 2 + error[5] ** 2)
    return position <= position_tolerance and (rotation <= rotation_tolerance or rotation_weight == 0.0)


@kernel
def _normal_equations(J: Vector, error: Vector, squared_weight: float, H: Vector, step: Vector) -> float:
    """``H = J' W J`` (lower half) and ``step = J' W error``; returns the largest diagonal entry of ``H``."""
    largest = 0.0
    for i in range(len(step)):
        step[i] = (
            J[0, i] * error[0]
            + J[1, i] * error[1]
            + J[2, i] * error[2]
            + squared_weight * (J[3, i] * error[3] + J[4, i] * error[4] + J[5, i] * error[5])
        )
        for j in range(i + 1):
            H[i, j] = (
                J[0, i] * J[0, j]
                + J[1, i] * J[1, j]
                + J[2, i] * J[2, j]
                + squared_weight * (J[3, i] * J[3, j] + J[4, i] * J[4, j] + J[5, i] * J[5, j])
            )
        largest = max(largest, H[i, i])
    return largest


@kernel
def _hold_and_damp(q: Vector, lower: Vector, upper: Vector, damping: float, H: Vector, step: Vector) -> float:
    """Take joints out of the step that are pushed against a limit they stand on, damp the others; returns the slope."""
    n = len(q)
    slope = 0.0
    for i in range(n):
        if (q[i] <= lower[i] and step[i] < 0.0) or (q[i] >= upper[i] and step[i] > 0.0):
            step[i] = 0.0
            for j in range(i):
                H[i, j] = 0.0
            for j in range(i + 1, n):
                H[j, i] = 0.0
            H[i, i] = 1.0
        else:
            H[i, i] += damping
        slope = max(slope, abs(step[i]))
    return slope


@kernel
def _propose(q: Vector, lower: Vector, upper: Vector, damping: float, step: Vector, q_try: Vector) -> float:
    """Cut ``q + step`` to the limits; ``q_try`` comes in as the slope. Returns the fall of cost of a linear arm."""
    expected = 0.0
    for i in range(len(q)):
        expected += 0.5 * step[i] * (damping * step[i] + q_try[i])
        q_try[i] = min(max(q[i] + step[i], lower[i]), upper[i])
    return expected


@kernel
def descend(
    placement: Vector,
    kind: Indices,
    T_link_tip: Vector,
    lower: Vector,
    upper: Vector,
    T_base_goal: Vector,
    rotation_weight: float,
    position_tolerance: float,
    rotation_tolerance: float,
    max_iterations: int,
    stall: float,
    q: Vector,
    q_try: Vector,
    T_base_link: Vector,
    T_base_tip: Vector,
    error: Vector,
    J: Vector,
    H: Vector,
    step: Vector,
) -> int:
    """Levenberg-Marquardt from one posture, within the limits; leaves the best in ``q``, its error in ``error``.

    Gives up where steps in a row lower the cost by less than the share ``stall``: near a solution it falls by orders of
    magnitude, and a crawl means a local minimum or a limit. Other arguments as in `solve_with_restarts`.

    Returns:
        Iterations used, negative where the tolerance was not reached.
    """
    n = len(kind)
    cost = pose_error(placement, kind, T_link_tip, q, T_base_goal, rotation_weight, T_base_link, T_base_tip, error)
    damping = -1.0
    growth = 2.0
    crawl = 0
    for iteration in range(max_iterations):
        if _reached(error, rotation_weight, position_tolerance, rotation_tolerance):
            return iteration
        jacobian(T_base_link, kind, T_base_tip[:3, 3], J)
        largest = _normal_equations(J, error, rotation_weight * rotation_weight, H, step)
        if damping < 0.0:
            damping = _FIRST_DAMPING * largest
        if _hold_and_damp(q, lower, upper, damping, H, step) < 1e-12:  # a stationary point that is no solution
            return -iteration - 1
        for i in range(n):
            q_try[i] = step[i]  # the slope, until the step is known
        if not solve_positive_definite(H, step):
            damping *= growth
            growth *= 2.0
            continue
        expected = _propose(q, lower, upper, damping, step, q_try)
        trial = pose_error(
            placement, kind, T_link_tip, q_try, T_base_goal, rotation_weight, T_base_link, T_base_tip, error
        )
        if trial < cost:
            ratio = (cost - trial) / expected
            crawl = crawl + 1 if cost - trial < stall * cost else 0
            cost = trial
            for i in range(n):
                q[i] = q_try[i]
            damping *= max(_LEAST_SHRINK, 1.0 - (2.0 * ratio - 1.0) ** 3)
            growth = 2.0
            if crawl > _CRAWLS:
                return -iteration - 1
        else:
            damping *= growth
            growth *= 2.0
            cost = pose_error(
                placement, kind, T_link_tip, q, T_base_goal, rotation_weight, T_base_link, T_base_tip, error
            )
            if damping > 1e9 * largest:
                return -iteration - 1
    if _reached(error, rotation_weight, position_tolerance, rotation_tolerance):
        return max_iterations
    return -max_iterations - 1


@kernel
def solve_with_restarts(
    placement: Vector,
    kind: Indices,
    T_link_tip: Vector,
    lower: Vector,
    upper: Vector,
    T_base_goal: Vector,
    rotation_weight: float,
    position_tolerance: float,
    rotation_tolerance: float,
    max_iterations: int,
    restarts: int,
    state: Words,
    q: Vector,
    q_start: Vector,
    q_try: Vector,
    T_base_link: Vector,
    T_base_tip: Vector,
    error: Vector,
    J: Vector,
    H: Vector,
    step: Vector,
) -> int:
    """Descend from ``q``, then from random postures within the limits, until the tolerance is met. Allocates nothing.

    Args:
        placement: Placements of the chain, shape (n, 4, 4).
        kind: Kinds of its joints, shape (n,).
        T_link_tip: Tip in the last link, shape (4, 4).
        lower: Lower limits, shape (n,); half a turn is taken where infinite, for the draws alone.
        upper: Upper limits, shape (n,).
        T_base_goal: Goal of the tip in base, shape (4, 4).
        rotation_weight: Metres that one radian counts for; 0 asks for the position alone.
        position_tolerance: Distance that counts as reached [m].
        rotation_tolerance: Angle that counts as reached [rad].
        max_iterations: Iterations of one descent.
        restarts: Descents after the first.
        state: State of the generator, uint64, shape (1,).
        q: Where to start, within the limits; the best posture found, shape (n,).
        q_start: Scratch, shape (n,).
        q_try: Scratch, shape (n,).
        T_base_link: Scratch, shape (n, 4, 4).
        T_base_tip: Scratch, shape (4, 4).
        error: Error that remains, position then rotation, shape (6,).
        J: Scratch, shape (6, n).
        H: Scratch, shape (n, n).
        step: Scratch, shape (n,).

    Returns:
        Iterations used in all descents, negative where none reached the tolerance.
    """
    n = len(kind)
    total = 0
    best = math.inf
    for i in range(n):
        q_start[i] = q[i]
    for attempt in range(restarts + 1):
        if attempt > 0:
            for i in range(n):
                low = max(lower[i], -math.pi)
                high = min(upper[i], math.pi) if upper[i] > low else upper[i]
                if math.isfinite(lower[i]) and math.isfinite(upper[i]):
                    low, high = lower[i], upper[i]
                q_start[i] = low + (high - low) * next_uniform(state)
        used = descend(
            placement, kind, T_link_tip, lower, upper, T_base_goal, rotation_weight, position_tolerance,
            rotation_tolerance, max_iterations, _STALL, q_start, q_try, T_base_link, T_base_tip, error, J, H, step,
        )  # fmt: skip
        total += abs(used)
        cost = pose_error(
            placement, kind, T_link_tip, q_start, T_base_goal, rotation_weight, T_base_link, T_base_tip, error
        )
        if cost < best or used >= 0:
            best = cost
            for i in range(n):
                q[i] = q_start[i]
        if used >= 0:
            return total
    # Out of reach, as far as can be told: come as near as can be from the best posture seen.
    used = descend(
        placement, kind, T_link_tip, lower, upper, T_base_goal, rotation_weight, position_tolerance,
        rotation_tolerance, _NEAREST_ITERATIONS, _NEAREST_STALL, q, q_try, T_base_link, T_base_tip, error, J, H, step,
    )  # fmt: skip
    total += abs(used)
    pose_error(placement, kind, T_link_tip, q, T_base_goal, rotation_weight, T_base_link, T_base_tip, error)
    return total if used >= 0 else -total
