"""Inverse kinematics: joint positions within the limits that bring the tip to a pose.

An arm that names a closed form is solved by it; every other arm by Levenberg-Marquardt from a seed, started again from
random postures where that ends in a local minimum. The random postures follow from an integer: the same call gives the
same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.ik import pose_error, solve_with_restarts
from robotics.kernels.rotation import is_pose
from robotics.kinematics import joint_vector
from robotics.psm_ik import SOLVED, PsmInverse

POSITION_TOLERANCE = 1e-4
"""Distance between tip and goal that counts as reached [m]."""

ROTATION_TOLERANCE = 1e-3
"""Angle between tip and goal that counts as reached [rad]."""

CLOSED_FORMS = {"psm": PsmInverse}
"""Closed forms by the name that an arm's ``inverse`` gives."""

_POSE_SLACK = 1e-6  # what a rotation may have lost to rounding on its way here


@dataclass(frozen=True, eq=False)
class IKResult:
    """What inverse kinematics found.

    Attributes:
        q: Joint positions within the limits, shape (n,) [rad or m]; the nearest found where it failed.
        success: Whether both tolerances are met.
        position_error: Distance between tip and goal [m].
        rotation_error: Angle between tip and goal [rad].
        iterations: Iterations in all descents; 0 for a closed form.
    """

    q: Vector
    success: bool
    position_error: float
    rotation_error: float
    iterations: int


class InverseKinematics:
    """Inverse kinematics of one arm, with all its scratch allocated once.

    Args:
        chain: The arm.
        position_tolerance: Distance that counts as reached [m].
        rotation_tolerance: Angle that counts as reached [rad].
        rotation_weight: Metres that one radian counts for in the descent; 0.3 needs the fewest iterations over the arms
            here (of 0.1, 0.3, 0.6).
        max_iterations: Iterations of one descent.
        restarts: Descents from random postures after the one from the seed.
        random_seed: Where the random postures start from.
        orientation: False to ask for the tip's position alone, as for arms that cannot choose both.

    Raises:
        ArgumentError: A value out of range, or a closed form that does not fit the chain.
    """

    def __init__(
        self,
        chain: Chain,
        *,
        position_tolerance: float = POSITION_TOLERANCE,
        rotation_tolerance: float = ROTATION_TOLERANCE,
        rotation_weight: float = 0.3,
        max_iterations: int = 20,
        restarts: int = 100,
        random_seed: int = 0,
        orientation: bool = True,
    ) -> None:
        for name, value in (
            ("position_tolerance", position_tolerance),
            ("rotation_tolerance", rotation_tolerance),
            ("rotation_weight", rotation_weight),
            ("max_iterations", max_iterations),
            ("restarts + 1", restarts + 1),
        ):
            if not value > 0:
                raise ArgumentError(f"{name} is {value}, must be above 0")
        n = chain.size
        self._chain = chain
        self._tolerances = (float(position_tolerance), float(rotation_tolerance))
        self._weight = float(rotation_weight) if orientation else 0.0
        self._max_iterations, self._restarts, self._random_seed = max_iterations, restarts, random_seed
        if chain.inverse and chain.inverse not in CLOSED_FORMS:
            raise ArgumentError(f"inverse is '{chain.inverse}'; choose one of: {', '.join(sorted(CLOSED_FORMS))}")
        self._closed = CLOSED_FORMS[chain.inverse](chain) if chain.inverse and orientation else None
        self._goal, self._T_base_tip = np.empty((4, 4)), np.empty((4, 4))
        self._state = np.zeros(1, dtype=np.uint64)
        self._T_base_link = np.empty((n, 4, 4))
        self._q, self._q_start, self._q_try, self._step = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
        self._error, self._J, self._H = np.empty(6), np.empty((6, n)), np.empty((n, n))

    def solve(self, T_base_tip: ArrayLike, q_seed: ArrayLike | None = None) -> IKResult:
        """Find joint positions for one pose of the tip.

        Args:
            T_base_tip: Wanted pose of the tip in base, shape (4, 4).
            q_seed: Where to start, shape (n,); of several answers the closed form takes the nearest to it. The home
                posture where None.

        Raises:
            ArgumentError: A value of the wrong shape or not finite, or a rotation that is none.
        """
        chain = self._chain
        goal = np.asarray(T_base_tip, dtype=np.float64)
        if goal.shape != (4, 4):
            raise ArgumentError(f"T_base_tip has shape {goal.shape}, needs (4, 4)")
        self._goal[...] = goal
        if not is_pose(self._goal, _POSE_SLACK):
            raise ArgumentError(f"T_base_tip is no pose of finite numbers: {goal.tolist()}")
        seed = chain.home if q_seed is None else joint_vector(chain, q_seed, "q_seed")
        np.minimum(np.maximum(seed, chain.lower, out=self._q), chain.upper, out=self._q)
        iterations = 0
        restarts = self._restarts
        reached = False
        if self._closed is not None:
            reached = self._closed.solve_into(self._goal, self._q, self._q) == SOLVED
            restarts = 0  # the closed form has seen every branch: what is left is to come as near as can be
            self._measure()
        if not reached:
            self._state[0] = self._random_seed & 0xFFFFFFFFFFFFFFFF
            used = solve_with_restarts(
                chain.placement,
                chain.kind,
                chain.T_link_tip,
                chain.lower,
                chain.upper,
                self._goal,
                self._weight,
                *self._tolerances,
                self._max_iterations,
                restarts,
                self._state,
                self._q,
                self._q_start,
                self._q_try,
                self._T_base_link,
                self._T_base_tip,
                self._error,
                self._J,
                self._H,
                self._step,
            )
            iterations = abs(used)
        x, y, z, *w = self._error.tolist()
        position, rotation = math.hypot(x, y, z), math.hypot(*w)
        success = position <= self._tolerances[0] and (self._weight == 0.0 or rotation <= self._tolerances[1])
        return IKResult(self._q.copy(), success, position, rotation, iterations)

    def _measure(self) -> None:
        chain = self._chain
        pose_error(
            chain.placement,
            chain.kind,
            chain.T_link_tip,
            self._q,
            self._goal,
            self._weight,
            self._T_base_link,
            self._T_base_tip,
            self._error,
        )


def solve(chain: Chain, T_base_tip: ArrayLike, q_seed: ArrayLike | None = None) -> IKResult:
    """Find joint positions for one pose of the tip with the default settings; see `InverseKinematics`.

    Args:
        chain: The arm.
        T_base_tip: Wanted pose of the tip in base, shape (4, 4).
        q_seed: Where to start, shape (n,); the home posture where None.
    """
    return InverseKinematics(chain).solve(T_base_tip, q_seed)
