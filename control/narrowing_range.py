"""The range of an arm that may begin beyond what is allowed: it may come in, and not go out again.

Whoever is put into a robot that is not yet home may be beyond the range of his plan. That alone is no reason to stop,
for then nothing could bring him in. So the range begins where his arm is, comes in with it, and is the one that is
allowed as soon as the arm is inside, or home.
"""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel


class NarrowingRange:
    """Range of one arm; as allowed, until it is opened.

    Args:
        lower: Lowest joint positions allowed, shape (n,) [rad].
        upper: Highest, shape (n,).
        margin: How far beyond both the ends are [rad].

    Attributes:
        lower: Lower end of each joint as it is now, shape (n,) [rad].
        upper: Upper end.
    """

    def __init__(self, lower: Vector, upper: Vector, margin: float = 0.0) -> None:
        self._margin = margin
        self._lowest: Vector = np.asarray(lower, dtype=float) - margin
        self._highest: Vector = np.asarray(upper, dtype=float) + margin
        self.lower, self.upper = self._lowest.copy(), self._highest.copy()

    def open(self, q: Vector) -> None:
        """Begin where the arm is, shape (n,) [rad]."""
        np.minimum(self._lowest, q - self._margin, out=self.lower)
        np.maximum(self._highest, q + self._margin, out=self.upper)

    def narrow(self, q: Vector) -> None:
        """Come in as far as the arm is, shape (n,) [rad]; never out."""
        _narrow(q, self._margin, self._lowest, self._highest, self.lower, self.upper)

    def close(self) -> None:
        """From now on only what is allowed."""
        self.lower[:], self.upper[:] = self._lowest, self._highest


@kernel
def _narrow(q: Vector, margin: float, lowest: Vector, highest: Vector, lower: Vector, upper: Vector) -> None:
    for j in range(q.shape[0]):
        lower[j] = min(lowest[j], max(lower[j], q[j] - margin))
        upper[j] = max(highest[j], min(upper[j], q[j] + margin))
