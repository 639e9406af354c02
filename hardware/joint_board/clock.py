"""The board's clock as the host knows it: what time it is there, how fast it goes, and how far off both may be.

Of a question and its answer four times are known: when the host asked, when the board heard it and answered, when the
host heard that. The board's time lies in between; of half a round trip nothing is known (Mills 1991, Internet time
synchronization: the network time protocol). Two answers far apart tell how fast the clock goes beside the host's, as
well as their round trips let it be known. The quickest of the last answers say most.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

WRAP = 1 << 32
"""After so many microseconds the board's clock begins anew."""

KEPT = 64
"""Answers of which the best is used."""

RATE = 0.01
"""Most by which a clock is taken to be fast or slow before two answers have told: twice a ceramic resonator's 0.5 %;
ours."""

WANDER = 1e-4
"""Most by which that changes in a second [1/s]: as one warms up; ours."""

RATE_MOST = 0.5
"""What goes faster or slower than by this share has leapt, and no rate tells how it goes on; ours."""


class _Answer(NamedTuple):
    at: float  # middle between asking and hearing, by the host's clock [us]
    offset: float  # the board's time less the host's then [us]
    half: float  # half a round trip: how far off that may be [us]


class BoardClock:
    """Turns the board's time into the host's and back.

    Attributes:
        known: Whether any answer has come.
        answers: How many have.
    """

    def __init__(self) -> None:
        self._answers: deque[_Answer] = deque(maxlen=KEPT)
        self._best = _Answer(0.0, 0.0, 0.0)
        self._rate, self._rate_off, self._rate_at = 0.0, RATE, 0.0  # a share, how far off, since when [us]
        self._strange: _Answer | None = None  # the last one, where it could not be
        self.answers = 0

    @property
    def known(self) -> bool:
        """Whether any answer has come."""
        return self.answers > 0

    @property
    def rate(self) -> float:
        """How fast it goes beside the host's: 1 where both are as fast."""
        return 1.0 + self._rate

    def learn(self, asked_us: int, heard_us: int, answered_us: int, host_us: int) -> None:
        """Take an answer.

        Args:
            asked_us: When the host asked, by its clock [us].
            heard_us: When the board heard it, by its clock, wrapped.
            answered_us: When it answered, by its clock, wrapped.
            host_us: When the host heard that.
        """
        thought = (answered_us - heard_us) % WRAP
        middle = 0.5 * (asked_us + host_us)
        offset = heard_us + 0.5 * thought - middle
        half = 0.5 * (1.0 + RATE) * max(host_us - asked_us - thought / self.rate, 0.0) + 1.0
        if self.known:
            expected = self._offset(middle)
            offset += round((expected - offset) / WRAP) * WRAP
            if abs(offset - expected) > half + self.bound_us(round(middle)) and not self._believe(
                _Answer(middle, offset, half)
            ):
                return
        self._strange = None
        new = _Answer(middle, offset, half)
        for old in self._answers:
            self._learn_rate(old, new)
        self._answers.append(new)
        self.answers += 1
        off = self._off(middle)
        self._best = min(self._answers, key=lambda each: each.half + off * (middle - each.at))

    def board_us(self, host_us: int) -> int:
        """The board's time at a time of the host, wrapped as it is there."""
        return round(host_us + self._offset(host_us)) % WRAP

    def host_us(self, board_us: int, now_us: int) -> int:
        """When something was by the host's clock that was at a board's time, wrapped, not long before now."""
        back = (self.board_us(now_us) - board_us) % WRAP
        if back > WRAP // 2:
            back -= WRAP  # a little ahead, within what is not known
        return round(now_us - back / self.rate)

    def bound_us(self, now_us: int) -> float:
        """How far off the board's time may be [us]; infinite while nothing is known.

        It holds for clocks within `RATE`. One that goes as no clock should, an emulated one say, is followed as well,
        and this is about right.
        """
        if not self.known:
            return float("inf")
        return self._best.half + self._off(now_us) * max(now_us - self._best.at, 0.0)

    def _offset(self, host_us: float) -> float:
        return self._best.offset + self._rate * (host_us - self._best.at)

    def _off(self, host_us: float) -> float:
        """How far off the rate may be."""
        return self._rate_off + WANDER * 1e-6 * max(host_us - self._rate_at, 0.0)

    def _learn_rate(self, old: _Answer, new: _Answer) -> None:
        apart = new.at - old.at
        if apart <= 0.0:
            return
        off = (old.half + new.half) / apart
        if off < self._off(new.at):
            self._rate, self._rate_off, self._rate_at = (new.offset - old.offset) / apart, off, new.at

    def _believe(self, new: _Answer) -> bool:
        """Whether an answer that cannot be is one of a clock that has leapt, or does not go as it did.

        One alone is of a board that was held up for a moment, as emulated ones are. If the next cannot be either, what
        was known is forgotten, and both say how the clock goes.
        """
        last, self._strange = self._strange, new
        if last is None:
            return False
        self._answers.clear()
        self._answers.append(last)
        self._rate_off, self._rate_at = RATE, new.at
        apart = new.at - last.at
        if apart > 0.0 and abs(new.offset - last.offset) <= RATE_MOST * apart:
            self._rate, self._rate_off = (new.offset - last.offset) / apart, (last.half + new.half) / apart
        return True
