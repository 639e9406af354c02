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
def _scale(force: Vector, v: Vector, tank: Vector, refill_w: float, most_j: float, dt: float, ease_s: float) -> float:
    """Account for one period; ``tank`` holds the energy [J], shape (1,). Returns the share of what is given."""
    finite = True
    for j in range(force.shape[0]):
        finite = finite and math.isfinite(force[j]) and math.isfinite(v[j])
    power = speed = 0.0
    if finite:
        for j in range(force.shape[0]):
            power += force[j] * v[j]
            speed += v[j] * v[j]
    if not (finite and math.isfinite(power) and math.isfinite(speed)):
        for j in range(force.shape[0]):
            force[j] = 0.0
        return 0.0
    tank[0] = min(most_j, tank[0] + refill_w * dt)
    share = 1.0
    if power > 0.0:
        # The time that a tank lasts at this power is no shorter than ease_s, so it runs empty without a jump.
        left = max(0.0, tank[0])
        allowed = min(left / dt, left / ease_s + refill_w)
        if power > allowed:
            share = allowed / power
            if speed > 0.0:
                for j in range(force.shape[0]):
                    force[j] -= (1.0 - share) * power / speed * v[j]
            given = 0.0  # as it came out, rounding and all
            for j in range(force.shape[0]):
                given += force[j] * v[j]
            power = given
    tank[0] = min(most_j, tank[0] - power * dt)
    return share


class EnergyTank:
    """Lets a law give no more energy than it has: ``start_j + refill_w t`` and what it took from the patient.

    Energy is the sum of ``F . v dt`` over the periods, with the velocity that the law saw. In each period the part of
    the force that lies along the velocity is scaled where it gives more than there is; what lies across, and what
    takes, passes as it is.

    Args:
        budget: What the law may give.
        dt: Control period [s].

    Raises:
        ArgumentError: ``dt`` is not above zero.
    """

    def __init__(self, budget: EnergyBudget, dt: float) -> None:
        if not (math.isfinite(dt) and dt > 0.0):
            raise ArgumentError(f"dt must be above zero, is {dt} s")
        self.budget = budget
        self._dt, self._ease_s = float(dt), max(EASE_S, float(dt))
        self._tank = np.array([budget.start_j])

    @property
    def energy_j(self) -> float:
        """What the tank holds [J]."""
        return float(self._tank[0])

    def reset(self) -> None:
        """Fill the tank to its start."""
        self._tank[0] = self.budget.start_j

    def scale(self, force: Vector, v: Vector) -> float:
        """Scale what a force gives to what the tank has, in place, and account for it.

        Args:
            force: Force on the arm for the coming period, shape (m,) [Nm or N]; zero where it was not finite.
            v: Velocity, shape (m,).

        Returns:
            The share of the giving part that is left: 1 where nothing was taken away.
        """
        budget = self.budget
        return float(_scale(force, v, self._tank, budget.refill_w, budget.most_j, self._dt, self._ease_s))
