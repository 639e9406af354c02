"""Fatigue: what a muscle group has left of its strength, by the three-compartment controller with rest (3CC-r).

Motor units are active, fatigued or resting, as shares of all: ``dM_F = F M_A - R M_F``, where R is ``r`` times as large
while the group rests. The controller's own 0.1 s to fill the active compartment is left out: the active share is the
present torque over the strength of a rested group, and fatigue leaves ``1 - M_F`` of the strength.

Source:
    Frey-Law, Looft and Heitsman 2012, J. Biomechanics 45: F and R of shoulder, elbow, hand and grip. That the forearm
    has the elbow's and the wrist the grip's is assumed. Looft, Herkert and Frey-Law 2018, J. Biomechanics 77: r = 15,
    for hand and wrist 30.
"""

from __future__ import annotations

from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from simulation.patients.joints import SIZE, PositiveValues
from simulation.patients.layout import Record, Records

_RESTS = 0.01
"""A group whose active share is below this one rests; ours, for noise is no work."""


class Fatigue(Config, frozen=True, kw_only=True):
    """How fast a patient tires.

    Attributes:
        source: Where the figures come from.
        tire_1_s: F: rate at which active motor units fatigue [1/s].
        recover_1_s: R: rate at which fatigued ones recover [1/s].
        rest_gain: r: how much faster they do while the group rests.
    """

    source: str
    tire_1_s: PositiveValues
    recover_1_s: PositiveValues
    rest_gain: PositiveValues

    def forever(self) -> Vector:
        """Share of strength that can be held for ever by joint, shape (7,): R / (F + R)."""
        F, R = self.tire_1_s.vector(), self.recover_1_s.vector()
        return R / (F + R)


def put(fatigue: Fatigue | None, parameters: Record) -> None:
    """Enter the rates into the parameters; without fatigue they are zero."""
    parameters["tire"], parameters["recover"], parameters["rest_gain"] = 0.0, 0.0, 1.0
    if fatigue is not None:
        parameters["tire"], parameters["recover"] = fatigue.tire_1_s.vector(), fatigue.recover_1_s.vector()
        parameters["rest_gain"] = fatigue.rest_gain.vector()


@kernel
def tire(s: Record, p: Record) -> None:
    """Carry fatigue on by one physics period."""
    if p.tire[0] == 0.0:
        return
    for j in range(SIZE):
        torque = s.pull[j] - s.pull_damping[j] * s.dq[j]
        for d in range(2):
            full = s.limit[d, j] / max(s.capacity[d, j], 1e-9)
            work = max(torque if d == 1 else -torque, 0.0)
            share = min(work / full, s.capacity[d, j]) if full > 1e-9 else 0.0
            recover = p.recover[j] * (p.rest_gain[j] if share < _RESTS else 1.0)
            left = s.capacity[d, j] - p.h * (p.tire[j] * share - recover * (1.0 - s.capacity[d, j]))
            s.capacity[d, j] = min(max(left, 0.0), 1.0)


@kernel
def endure(state: Records, parameters: Records, joint: int, share: float, longest_s: float) -> float:
    """Hold a share of a rested group's strength in the positive direction of a joint; the time until it is too much."""
    s, p = state[0], parameters[0]
    for j in range(SIZE):
        s.pull[j] = s.pull_damping[j] = 0.0
        for d in range(2):
            s.limit[d, j] = p.strength[d, j] * s.capacity[d, j]
    time = 0.0
    while time < longest_s and s.capacity[1, joint] > share:
        s.limit[1, joint] = p.strength[1, joint] * s.capacity[1, joint]
        s.pull[joint] = share * p.strength[1, joint]
        tire(s, p)
        time += p.h
    return time
