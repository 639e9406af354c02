"""How long a board takes to answer: what a number of round trips came to, and how they are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

BINS_PER_DECADE = 5
"""Bins of a histogram between a time and ten times that; ours."""


class Bin(NamedTuple):
    """Round trips of about the same length: above ``from_us``, up to ``to_us``; so many."""

    from_us: float
    to_us: float
    trips: int


class RoundTrips:
    """Round trips, from the host's question until it heard the answer.

    Args:
        trips_us: How long each took [us]; in any order.
    """

    def __init__(self, trips_us: Sequence[int]) -> None:
        self._sorted = sorted(trips_us)

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self._sorted)

    def percentile(self, share: float) -> float:
        """The shortest of them that ``share`` (0 to 1) of all do not exceed [us]; NaN where there were none."""
        if not self._sorted:
            return math.nan
        return float(self._sorted[max(math.ceil(share * len(self._sorted)) - 1, 0)])

    def bins(self) -> tuple[Bin, ...]:
        """Counts in logarithmic bins without a gap, from the shortest trip to the longest."""
        places = [math.ceil(round(BINS_PER_DECADE * math.log10(max(trip, 1)), 9)) for trip in self._sorted]
        if not places:
            return ()
        return tuple(Bin(_edge(at - 1), _edge(at), places.count(at)) for at in range(places[0], places[-1] + 1))


def _edge(place: int) -> float:
    return round(math.pow(10.0, place / BINS_PER_DECADE), 1)
