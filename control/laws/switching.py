"""Laws by what is asked: an assessment moves the patient, lets him move and holds him, each under a law of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from control.laws.base import BaseLaw
from control.laws.law import LawState
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Guidance, Moment


class SwitchingLaw:
    """One law of several, chosen by the guidance's moment.

    The others are told to rest: the one that goes lets go as softly as ever while the one that comes begins at zero, so
    the force never jumps. At rest the usual one alone may hold the arm.

    Args:
        usual: Law for every moment that has none of its own.
        others: Laws by moment.

    Attributes:
        dims: Number of coordinates, m.
        assistance: Present share of the help that they could give, 0 to 1: of that which gives most.

    Raises:
        ArgumentError: The laws are not of one number of coordinates.
    """

    def __init__(self, usual: BaseLaw, others: Mapping[Moment, BaseLaw]) -> None:
        dims = {law.dims for law in (usual, *others.values())}
        if len(dims) != 1:
            raise ArgumentError(f"laws of {', '.join(map(str, sorted(dims)))} coordinates cannot take turns")
        self.dims, self.assistance = usual.dims, 0.0
        self._usual, self._others = usual, dict(others)
        self._laws = tuple({id(law): law for law in (usual, *others.values())}.values())
        for law in others.values():
            law.holds = False
        self._held = usual.holds
        still = np.zeros(self.dims)
        self._at_rest = LawState(still, still, still, Guidance.at_rest(still))
        self._force = np.zeros(self.dims)

    def reset(self) -> None:
        """Forget all that was learnt."""
        self.assistance = 0.0
        for law in self._laws:
            law.reset()

    def update(self, state: LawState, force: Vector) -> None:
        """Force on the arm for the coming period; see `control.laws.law.Law.update`."""
        chosen = self._others.get(state.guidance.moment, self._usual)
        self._usual.holds = self._held and chosen is self._usual
        chosen.update(state, force)
        self.assistance = chosen.assistance
        for law in self._laws:
            if law is not chosen:
                law.update(self._at_rest, self._force)
                force += self._force
                self.assistance = max(self.assistance, law.assistance)
