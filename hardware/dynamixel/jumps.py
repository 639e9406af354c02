"""Positions that no motor can have come to since the last one: a checksum lets one in 65,536 wrong packets pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hardware.dynamixel.feedback import Flags
from hardware.dynamixel.servo_config import ServoConfig
from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel

FASTER = 2.0
"""A servo may turn so many times as fast as without load, pushed by something; ours."""

SLACK_COUNTS = 16.0
"""A position may be off by so many counts in any case, about 1.4 degrees: what time and encoder are off by; ours."""

SEEN_FOR = 3
"""A position that jumped and stays is a fault once it has been read so often; ours."""


class Jumps:
    """Watches the positions of all servos of a bus, n in all.

    Args:
        models: Their models.

    Attributes:
        times: How often in a row each has read what it cannot have come to, shape (n,).
    """

    def __init__(self, models: Sequence[ServoConfig]) -> None:
        per_second = [each.motor.no_load_rev_min / 60.0 * each.counts_per_turn for each in models]
        self._fastest = FASTER * np.array(per_second)
        self.times = np.zeros(len(models), np.int64)

    def drop(
        self, before: NDArray[np.int64], seen_ns: Indices, now: NDArray[np.int64], now_ns: int, got: Flags
    ) -> None:
        """Take away from ``got`` whoever reads what it cannot have come to.

        Args:
            before: Positions as last believed, shape (n,) [counts].
            seen_ns: When those were asked for, shape (n,); 0 where there was none.
            now: Positions as read now, shape (n,) [counts].
            now_ns: When these were asked for.
            got: Who reported, shape (n,); changed in place.
        """
        _drop(before, seen_ns, now, now_ns, self._fastest, got, self.times)


@kernel
def _drop(
    before: NDArray[np.int64],
    seen_ns: Indices,
    now: NDArray[np.int64],
    now_ns: int,
    fastest: Vector,
    got: Flags,
    times: Indices,
) -> None:
    for k in range(len(got)):
        if not got[k] or seen_ns[k] == 0:
            continue
        most = fastest[k] * 1e-9 * (now_ns - seen_ns[k]) + SLACK_COUNTS
        if abs(now[k] - before[k]) > most:
            got[k] = False
            times[k] += 1
        else:
            times[k] = 0
