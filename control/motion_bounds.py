"""Keeps a patient's arm within its limits of speed and range while something pushes harder than any brake was set for.

A spasm, or a push that goes on after the robot let go, brings a light robot past a limit within a few ticks. What
pushes is measured at the cuffs, so it is known how the robot will accelerate: of that, what would pass a limit is taken
away. Far from the limits nothing happens, and nothing is ever held still: the arm goes where it is pushed, only not too
fast. What presses on the patient is then his own push; limits of force that it beats are refused before.

Source:
    Velocity dampers: Faverjon and Tournassoud 1987. Here they bound accelerations; all figures are ours.
"""

from __future__ import annotations

import math

import numpy as np

from control.narrowing_range import NarrowingRange
from control.patient_guard import PatientLimits
from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.kernels.cholesky import factorise, solve_factorised
from robotics.kernels.compiled import kernel
from robotics.kernels.dynamics import inverse_dynamics, mass_matrix

KEPT = 0.95
"""Share of a speed limit that is not passed; above `control.patient_guard.SPEED_ACT_AT`, at which the arm is let go."""

MARGIN_KEPT = 0.6
"""Share of the margin beyond a range at which an arm that is pushed comes to its end."""

STOP_RAD = 0.005
"""Distance from the robot's own stops at which an arm that is pushed comes to its end [rad]."""

SPEED_S = 0.008
"""Time in which a speed may come up to what is allowed: eight periods of the usual loop [s]."""

RANGE_S = 0.15
"""Time in which an arm may come up to the end of its range: at 120 deg/s it is slowed from 18 degrees on [s]."""

SWEEPS = 6
"""How often all bounds are gone through: by the arm's inertia each depends on the others."""


class MotionBounds:
    """Bounds of one arm with a patient in it.

    Args:
        chain: The arm.
        limits: The patient's.
        allowed: Where his joints may be; what bounds them is a share of the margin beyond it.
        inertia: What every joint's is, where the arm follows a virtual one [kg m^2]; None for the arm's own.
    """

    def __init__(
        self,
        chain: Chain,
        limits: PatientLimits,
        allowed: NarrowingRange,
        inertia: float | None = None,
    ) -> None:
        n = chain.size
        self._chain, self._allowed = chain, allowed
        self._beyond = MARGIN_KEPT * math.radians(limits.range_margin_deg)
        # Where the robot itself ends, it comes to rest before it strikes its stop.
        self._first, self._last = chain.lower + STOP_RAD, chain.upper - STOP_RAD
        self._lower, self._upper = np.zeros(n), np.zeros(n)
        self.follow()
        self._joint, self._tip = KEPT * math.radians(limits.joint_speed_deg_s), KEPT * limits.tip_speed_m_s
        self._own_inertia = inertia is None
        self._M = np.eye(n) * (inertia or 0.0)
        self._factor, self._inverse = np.zeros((n, n)), np.zeros((n, n))
        self._net, self._added = np.zeros(n), np.zeros(n)
        self._nothing, self._bias = np.zeros(n), np.zeros(n)
        self._work, self._links_work, self._no_wrench = np.zeros((4, n)), np.zeros((n, 6)), np.zeros(6)

    def follow(self) -> None:
        """Take up the range that is allowed as it is now."""
        np.subtract(self._allowed.lower, self._beyond, out=self._lower)
        np.add(self._allowed.upper, self._beyond, out=self._upper)
        np.maximum(self._lower, self._first, out=self._lower)
        np.minimum(self._upper, self._last, out=self._upper)

    def hold_back(self, q: Vector, dq: Vector, T_base_link: Vector, J_tip: Vector, pushes: Vector, tau: Vector) -> None:
        """Add what keeps the arm within its bounds.

        Args:
            q: Joint positions, shape (n,) [rad].
            dq: Joint velocities, shape (n,) [rad/s].
            T_base_link: Poses of the links, shape (n, 4, 4).
            J_tip: Position rows of the tip's Jacobian, shape (3, n).
            pushes: What moves the arm besides ``tau``, shape (n,) [Nm].
            tau: What moves the arm, its own weight left out, shape (n,) [Nm]; result: torques are added.
        """
        c = self._chain
        if self._own_inertia:
            mass_matrix(T_base_link, c.kind, c.mass, c.com, c.inertia, self._M)
            inverse_dynamics(
                T_base_link, c.kind, c.mass, c.com, c.inertia, dq, self._nothing, self._no_wrench[:3],
                self._no_wrench[:3], self._no_wrench, self._bias, self._links_work,
            )  # fmt: skip
        self._net[:] = tau
        self._net += pushes
        self._net -= self._bias
        if not invert(self._M, self._factor, self._inverse):
            return
        bound(
            q, dq, self._lower, self._upper, self._joint, self._tip, J_tip, self._M, self._inverse, self._net,
            self._work, self._added,
        )  # fmt: skip
        tau += self._added


@kernel
def invert(M: Vector, factor: Vector, inverse: Vector) -> bool:
    """Inverse of a symmetric positive definite matrix, all of shape (n, n); whether it is one."""
    n = M.shape[0]
    if not factorise(n, M, factor, 0.0):
        return False
    for j in range(n):
        for i in range(n):
            inverse[j, i] = 1.0 if i == j else 0.0
        solve_factorised(factor, inverse[j])
    return True


@kernel
def bound(  # noqa: PLR0912
    q: Vector,
    dq: Vector,
    lower: Vector,
    upper: Vector,
    joint: float,
    tip: float,
    J_tip: Vector,
    inertia: Vector,
    inverse: Vector,
    net: Vector,
    work: Vector,
    added: Vector,
) -> None:
    """Least torques that keep the accelerations of joints and tip within what their speeds and places allow.

    A speed ``v`` that may come to ``V`` accelerates by no more than ``(V - v) / SPEED_S``; towards the end of the range
    ``V`` is no more than the way to it over `RANGE_S`. Solved by projected Gauss-Seidel over the bounds' multipliers.

    Other joints may be held by their friction, which is not reckoned with, and then they slow none down by moving
    themselves: the bounds of speed are kept as if all others stood still, too.

    Args:
        q: Joint positions, shape (n,) [rad].
        dq: Joint velocities, shape (n,) [rad/s].
        lower: Lowest joint positions, shape (n,).
        upper: Highest, shape (n,).
        joint: Highest speed of a joint [rad/s].
        tip: Highest speed of the tip [m/s].
        J_tip: Position rows of the tip's Jacobian, shape (3, n).
        inertia: The arm's inertia, shape (n, n).
        inverse: Inverse of it, shape (n, n).
        net: Torques that accelerate it, shape (n,) [Nm].
        work: Scratch, shape (4, n).
        added: Result, shape (n,) [Nm].
    """
    n = q.shape[0]
    ddq, held, along, answer = work[0], work[1], work[2], work[3]
    square = 0.0
    for row in range(3):
        v = 0.0
        for j in range(n):
            v += J_tip[row, j] * dq[j]
        square += v * v
    speed = math.sqrt(square)
    for j in range(n):
        added[j] = held[j] = ddq[j] = along[j] = 0.0
        for i in range(n):
            ddq[j] += inverse[j, i] * net[i]
    if speed > 1e-6:
        for row in range(3):
            v = 0.0
            for j in range(n):
                v += J_tip[row, j] * dq[j]
            for j in range(n):
                along[j] += v / speed * J_tip[row, j]
    weight = 0.0
    for j in range(n):
        answer[j] = 0.0
        for i in range(n):
            answer[j] += inverse[j, i] * along[i]
        weight += along[j] * answer[j]
    ahead = 0.0
    for _ in range(SWEEPS):
        for j in range(n):
            most = (min(joint, max(upper[j] - q[j], 0.0) / RANGE_S) - dq[j]) / SPEED_S
            least = -(min(joint, max(q[j] - lower[j], 0.0) / RANGE_S) + dq[j]) / SPEED_S
            free = ddq[j] - inverse[j, j] * held[j]
            step = (min(max(free, least), most) - free) / inverse[j, j] - held[j]
            held[j] += step
            added[j] += step
            for i in range(n):
                ddq[i] += inverse[i, j] * step
        if weight > 1e-12:
            rate = 0.0
            for j in range(n):
                rate += along[j] * ddq[j]
            was = ahead
            ahead = min(ahead + ((tip - speed) / SPEED_S - rate) / weight, 0.0)
            for j in range(n):
                added[j] += (ahead - was) * along[j]
                ddq[j] += (ahead - was) * answer[j]
    for j in range(n):
        alone = net[j] + added[j]
        most, least = (joint - dq[j]) / SPEED_S * inertia[j, j], -(joint + dq[j]) / SPEED_S * inertia[j, j]
        added[j] += min(max(alone, least), most) - alone
