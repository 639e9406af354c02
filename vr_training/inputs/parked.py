"""The hand of an arm that nobody drives: its clutch is always pressed."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.contracts import HandPose, OperatorView


class ParkedHand:
    """A hand that rests, with its clutch pressed."""

    def __init__(self) -> None:
        self._hand = HandPose(np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0.0, True, 0.0, True)

    def __enter__(self) -> ParkedHand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Nothing starts."""

    def feedback(self, view: OperatorView) -> None:
        """Nobody looks."""

    def read(self) -> HandPose:
        """The resting hand."""
        return self._hand
