"""The range of an arm that may begin beyond what is allowed: it may come in, and not go out again.

Whoever is put into a robot that is not yet home may be beyond the range of his plan. That alone is no reason to stop,
for then nothing could bring him in. So the range begins where his arm is and comes in with it, until each end is the
one that is allowed. It never leaps there: who is home and still a little beyond comes in as he moves.

Walls, bounds and stop go by the same range, each by a margin of its own.
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

    Attributes:
        lower: Lower end of each joint as it is now, shape (n,) [rad]; read only.
        upper: Upper end.
        wide: Whether any end is still beyond what is allowed.
    """

    def __init__(self, lower: Vector, upper: Vector) -> None:
        self._lowest: Vector = np.array(lower, dtype=float)
        self._highest: Vector = np.array(upper, dtype=float)
        self.lower, self.upper, self.wide = self._lowest.copy(), self._highest.copy(), False

    def open(self, q: Vector) -> None:
        """Begin where the arm is, shape (n,) [rad]."""
        np.minimum(self._lowest, q, out=self.lower)
        np.maximum(self._highest, q, out=self.upper)
        self.wide = True

    def narrow(self, q: Vector) -> None:
        """Come in as far as the arm is, shape (n,) [rad]; never out."""
        self.wide = _narrow(q, self._lowest, self._highest, self.lower, self.upper)

    def close(self) -> None:
        """From now on only what is allowed."""
        self.lower[:], self.upper[:], self.wide = self._lowest, self._highest, False


@kernel
def _narrow(q: Vector, lowest: Vector, highest: Vector, lower: Vector, upper: Vector) -> bool:
    wide = False
    for j in range(q.shape[0]):
        lower[j] = min(lowest[j], max(lower[j], q[j]))
        upper[j] = max(highest[j], min(upper[j], q[j]))
        wide |= lower[j] < lowest[j] or upper[j] > highest[j]
    return wide
