"""Hands that know nothing of the lesson: one that rests, one that wanders. No lesson may be passed by either."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.contracts import HandPose, OperatorView, Vector

_WANDER_M_S = 0.03
_PULL_1_S = 0.7  # back to where it began: the hand stays within some 50 mm
_HOLD_S = 0.4  # how long one velocity and one grip are kept


class IdleHand:
    """A hand that has taken hold and rests."""

    def __init__(self) -> None:
        self._hand = HandPose(np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0.0, False, 0.0, True)
        self._start_ticks = self._tick = 0

    def __enter__(self) -> IdleHand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def describe(self) -> str:
        """What the hand does, in words."""
        return "A hand that rests"

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh, the clutch pressed for the first half second."""
        self._rng, self._dt, self._tick = rng, dt, 0
        self._start_ticks = round(0.5 / dt)
        self._hand.pose[:] = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
        self._hand.grip, self._hand.clutch = 0.0, True

    def feedback(self, view: OperatorView) -> None:
        """It does not look."""

    def read(self) -> HandPose:
        """Where the hand is now."""
        self._tick += 1
        self._hand.clutch = self._tick < self._start_ticks
        return self._hand


class RandomHand(IdleHand):
    """A hand that wanders and grips at random: what chance alone would score."""

    def describe(self) -> str:
        """What the hand does, in words."""
        return "A hand that wanders"

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh; all that it does is drawn from ``rng``."""
        super().reset(rng, dt)
        self._velocity: Vector = np.zeros(3)
        self._asked: Vector = np.zeros(3)
        self._grip = 0.0

    def read(self) -> HandPose:
        """Where the hand has wandered to; smooth, so that the loop believes it."""
        hand = super().read()
        if hand.clutch:
            return hand
        if self._tick % round(_HOLD_S / self._dt) == 0:
            self._asked = _WANDER_M_S * self._rng.standard_normal(3)
            self._grip = float(self._rng.integers(2))
        share = self._dt / 0.1
        self._velocity += share * (self._asked - _PULL_1_S * hand.pose[:3] - self._velocity)
        hand.pose[:3] += self._dt * self._velocity
        hand.grip += min(max(self._grip - hand.grip, -self._dt / 0.3), self._dt / 0.3)
        return hand
