"""Keep a live picture fluent: give up shadows while frames take too long, take them back when there is time again."""

from __future__ import annotations

from typing import Literal

SLOW, QUICK = 1.15, 0.45
"""Frame time, as a share of what is allowed, from which detail is given up and below which it is taken back.

``fast`` takes about half of the time that ``live`` takes (``benchmarks/view.py``); the gap keeps it from going back
and forth.
"""
PATIENCE = 12
"""Frames in a row that must agree before anything changes."""


class Governor:
    """Chooses between ``live`` and ``fast`` from how long frames took.

    Args:
        budget_s: Time that a frame may take [s].
    """

    def __init__(self, budget_s: float) -> None:
        self.budget_s = budget_s
        self.quality: Literal["live", "fast"] = "live"
        self._mean = 0.0
        self._agreed = 0

    def frame(self, took_s: float) -> Literal["live", "fast"]:
        """Take the time of a frame; the quality that the next one should have.

        Args:
            took_s: How long drawing it took [s].
        """
        self._mean = took_s if self._mean == 0.0 else 0.8 * self._mean + 0.2 * took_s
        share = self._mean / self.budget_s
        wants = share > SLOW if self.quality == "live" else share < QUICK
        self._agreed = self._agreed + 1 if wants else 0
        if self._agreed >= PATIENCE:
            self.quality = "fast" if self.quality == "live" else "live"
            self._agreed, self._mean = 0, 0.0
        return self.quality
