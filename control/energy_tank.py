"""The guard of the port between law and patient: a tank of energy, out of which all that a law gives has to come.

Source:
    Ferraguti, Preda, Manurung, Bonfe, Lambercy, Gassert, Muradore, Fiorini and Secchi 2015, An energy tank-based
    interactive control architecture for autonomous and teleoperated robotic surgery, IEEE Trans. Robotics 31(5): the
    tank. Hannaford and Ryu 2002, Time-domain passivity control of haptic interfaces, IEEE Trans. Robotics and
    Automation 18(1): energy counted sample by sample. The steady refill, what a law may spend to move an arm, is ours.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel

EASE_S = 0.1
"""Time constant with which a tank that runs empty takes the force away [s]; ours."""

DEBT_J = 0.02
"""Debt at which the force across the motion is gone, too [J]; ours."""


class EnergyBudget(Config, frozen=True, kw_only=True):
    """What a law may give to a patient.

    Attributes:
        start_j: What the tank holds at first [J].
        refill_w: Power that flows into it always [W].
        most_j: What it can hold [J]; what comes in above that is lost.
    """

    start_j: Annotated[float, Meta(ge=0, le=200)]
    refill_w: Annotated[float, Meta(ge=0, le=100)]
    most_j: Annotated[float, Meta(ge=0, le=200)]

    def __post_init__(self) -> None:
        if self.start_j > self.most_j:
            raise ValueError(f"start_j: {self.start_j:g} is above most_j, {self.most_j:g}")


@kernel
def _scale(
    force: Vector, v: Vector, tank: Vector, last: Vector, refill_w: float, most_j: float, dt: float, ease_s: float
) -> float:
    """Account for one period. Returns the share of what is given.

    ``tank`` holds the energy [J], shape (1,); ``last`` force and velocity of the period before, shape (2, at least m).
    """
    m = force.shape[0]
    power = speed = settled = 0.0
    for j in range(m):
        power += force[j] * v[j]
        speed += v[j] * v[j]
        settled += last[0, j] * (v[j] - last[1, j])
    if not (math.isfinite(power) and math.isfinite(speed) and math.isfinite(settled)):
        for j in range(m):
            force[j] = last[0, j] = 0.0
        return 0.0
    # The period before: with a constant force the work is that at the mean velocity. It is charged where it is more.
    tank[0] = min(most_j, tank[0] - max(0.0, 0.5 * settled * dt) + refill_w * dt)
    share = 1.0
    if tank[0] < 0.0 and (m > 1 or speed == 0.0):
        # What lies across the motion turns it and so gives, half a period later, what is not there.
        keep = max(0.0, 1.0 + tank[0] / DEBT_J)
        for j in range(m):
            along = power / speed * v[j] if speed > 0.0 else 0.0
            force[j] = along + keep * (force[j] - along)
    if power > 0.0:
        # The time that a tank lasts at this power is no shorter than ease_s, so it runs empty without a jump.
        left = max(0.0, tank[0])
        allowed = min(left / dt, left / ease_s + refill_w)
        if power > allowed:
            share = allowed / power
            if speed > 0.0:
                for j in range(m):
                    force[j] -= (1.0 - share) * power / speed * v[j]
            given = 0.0  # as it came out, rounding and all
            for j in range(m):
                given += force[j] * v[j]
            power = given
    tank[0] = min(most_j, tank[0] - power * dt)
    for j in range(m):
        last[0, j], last[1, j] = force[j], v[j]
    return share


class EnergyTank:
    """Lets a law give no more energy than it has: ``start_j + refill_w t`` and what it took from the patient.

    Energy is the sum of ``F . v dt`` over the periods, with the velocity that the law saw. Where the mean velocity of a
    period, known at its end, makes it more, the difference is charged then: so the work that is done keeps to the
    bound, too, but for a small debt that is paid first. In each period the part of the force that lies along the
    velocity is scaled where it gives more than there is. What takes passes as it is, and so does what lies across,
    unless there is a debt.

    Args:
        budget: What the law may give.
        dt: Control period [s].
        dims: Largest number of coordinates that it will be asked for.

    Raises:
        ArgumentError: ``dt`` or ``dims`` is not above zero.
    """

    def __init__(self, budget: EnergyBudget, dt: float, dims: int = 3) -> None:
        if not (math.isfinite(dt) and dt > 0.0):
            raise ArgumentError(f"dt must be above zero, is {dt} s")
        if dims < 1:
            raise ArgumentError(f"dims must be above zero, is {dims}")
        self.budget = budget
        self._dt, self._ease_s = float(dt), max(EASE_S, float(dt))
        self._tank, self._last = np.zeros(1), np.zeros((2, dims))
        self.scale(np.zeros(1), np.zeros(1))  # no first tick compiles
        self.reset()

    @property
    def energy_j(self) -> float:
        """What the tank holds [J]; below zero by what the last period turned out to cost more than it had."""
        return float(self._tank[0])

    def reset(self) -> None:
        """Fill the tank to its start."""
        self._tank[0] = self.budget.start_j
        self._last[:] = 0.0

    def scale(self, force: Vector, v: Vector) -> float:
        """Scale what a force gives to what the tank has, in place, and account for it.

        Args:
            force: Force on the arm for the coming period, shape (m,) [Nm or N]; zero where it was not finite.
            v: Velocity, shape (m,).

        Returns:
            The share of the giving part that is left: 1 where nothing was taken away.

        Raises:
            ArgumentError: Shapes differ, or there are more coordinates than the tank was made for.
        """
        if force.shape != v.shape or len(force) > self._last.shape[1]:
            raise ArgumentError(f"force {force.shape} and v {v.shape} must be alike, up to {self._last.shape[1]} long")
        budget = self.budget
        return float(_scale(force, v, self._tank, self._last, budget.refill_w, budget.most_j, self._dt, self._ease_s))
