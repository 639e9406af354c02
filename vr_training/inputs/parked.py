"""The hand of an arm that nobody drives, with its clutch pressed."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.contracts import HandPose, OperatorView

CREEP_M = 1e-5
"""How far the hand moves from one reading to the next once it has let go [m]: 10 mm/s at 1 kHz."""


class ParkedHand:
    """A hand that rests with its clutch pressed, for ever or until it lets go and creeps away.

    Args:
        lets_go_after: Readings after which it takes the arm along, `CREEP_M` at each one; never where None.
    """

    def __init__(self, lets_go_after: int | None = None) -> None:
        self._readings, self._lets_go_after = 0, lets_go_after
        self._hand = HandPose(np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0.0, True, 0.0, True)

    def __enter__(self) -> ParkedHand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:  # noqa: ARG002 - nothing is drawn or timed
        """Start afresh, at rest with the clutch pressed."""
        self._readings, self._hand.clutch = 0, True
        self._hand.pose[0] = 0.0

    def feedback(self, view: OperatorView) -> None:
        """Nobody looks."""

    def read(self) -> HandPose:
        """The next pose."""
        self._readings += 1
        if self._lets_go_after is not None and self._readings > self._lets_go_after:
            self._hand.clutch = False
            self._hand.pose[0] += CREEP_M
        return self._hand
