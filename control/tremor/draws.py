"""Random draws for a train and a test split that never mix.

Two guards. The generators of the splits are spawned from one root under different keys, so no stream is shared. And
every parameter is drawn from strips of its range that belong to one split alone: train takes the even strips, test the
odd ones. Both cover the whole range, and no parameter of one is ever a parameter of the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeVar

import numpy as np
from scipy.special import ndtri

from robotics.contracts import Vector
from robotics.errors import UnknownNameError

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")

ROOT = 20_260_301
"""Entropy of every generated record: free choice, never to be changed, as published figures hang on it."""

STRIPS = 32
"""Strips of a range that each split has, free choice: fine enough that both splits cover it alike."""

T = TypeVar("T")


class Draws:
    """One record's source of randomness.

    Args:
        split: Whose strips to draw from.
        *key: What else tells this record from all others.

    Attributes:
        rng: For noise; its stream belongs to this record alone.
        taken: Every number drawn so far, as a share of its range.

    Raises:
        UnknownNameError: No such split.
    """

    def __init__(self, split: Split, *key: int) -> None:
        if split not in SPLITS:
            raise UnknownNameError("split", split, SPLITS)
        self._parity = SPLITS.index(split)
        seed = np.random.SeedSequence(ROOT, spawn_key=(self._parity, *key))
        self.rng = np.random.default_rng(seed)
        self.taken: list[float] = []

    def share(self) -> float:
        """A number in (0, 1) within the strips of the split."""
        strip, within = int(self.rng.integers(STRIPS)), self.rng.uniform(0.02, 0.98)
        u = (2 * strip + self._parity + within) / (2 * STRIPS)
        self.taken.append(u)
        return u

    def uniform(self, bounds: tuple[float, float]) -> float:
        """Evenly within bounds."""
        return bounds[0] + (bounds[1] - bounds[0]) * self.share()

    def log_uniform(self, bounds: tuple[float, float]) -> float:
        """Evenly in the logarithm within bounds."""
        return float(bounds[0] * math.exp(math.log(bounds[1] / bounds[0]) * self.share()))

    def integer(self, bounds: tuple[int, int]) -> int:
        """A whole number, both bounds included; not told apart by split."""
        return int(self.rng.integers(bounds[0], bounds[1] + 1))

    def choice(self, options: Sequence[T]) -> T:
        """One of a few; not told apart by split."""
        return options[int(self.rng.integers(len(options)))]

    def chance(self, probability: float) -> bool:
        """True with a probability; not told apart by split."""
        return bool(self.rng.uniform() < probability)

    def direction(self, axes: int) -> Vector:
        """A unit vector, shape (axes,), evenly over all directions."""
        v = np.array([float(ndtri(self.share())) for _ in range(axes)])
        return np.asarray(v / np.linalg.norm(v))
