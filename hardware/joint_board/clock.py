"""The board's clock as the host knows it: what time it is there, and how far off that may be.

Of a question and its answer four times are known: when the host asked, when the board heard it and answered, when the
host heard that. The board's time lies in between; of half a round trip nothing is known (Mills 1991, Internet time
synchronization: the network time protocol). The quickest answers of the last seconds say most.
"""

from __future__ import annotations

from collections import deque

WRAP = 1 << 32
"""After so many microseconds the board's clock begins anew."""

KEPT = 64
"""Answers of which the best is used."""

DRIFT = 200e-6
"""Most by which two clocks run apart [s/s]: crystals of 100 ppm each; ours."""


class BoardClock:
    """Turns the board's time into the host's and back.

    Attributes:
        known: Whether any answer has come.
    """

    def __init__(self) -> None:
        self._answers: deque[tuple[int, int, int]] = deque(maxlen=KEPT)  # host, board less host, half a round trip [us]
        self._best = (0, 0, 0)
        self.known = False

    def learn(self, asked_us: int, heard_us: int, answered_us: int, host_us: int) -> None:
        """Take an answer.

        Args:
            asked_us: When the host asked, by its clock [us].
            heard_us: When the board heard it, by its clock, wrapped.
            answered_us: When it answered, by its clock, wrapped.
            host_us: When the host heard that.
        """
        middle = (asked_us + host_us) // 2
        board = heard_us + ((answered_us - heard_us) % WRAP) // 2
        offset = board - middle
        if self.known:
            offset += round((self._best[1] - offset) / WRAP) * WRAP
        trip = max((host_us - asked_us) - (answered_us - heard_us) % WRAP, 0)
        self._answers.append((host_us, offset, trip // 2 + 1))
        self._best = min(self._answers, key=lambda each: each[2] + DRIFT * (host_us - each[0]))
        self.known = True

    def board_us(self, host_us: int) -> int:
        """The board's time now, wrapped as it is there."""
        return (host_us + self._best[1]) % WRAP

    def host_us(self, board_us: int, now_us: int) -> int:
        """When something was by the host's clock that was at a board's time, wrapped, not long before now."""
        back = (self.board_us(now_us) - board_us) % WRAP
        if back > WRAP // 2:
            back -= WRAP  # a little ahead, within what is not known
        return now_us - back

    def bound_us(self, now_us: int) -> float:
        """How far off the board's time may be; infinite while nothing is known."""
        if not self.known:
            return float("inf")
        at, _, half = self._best
        return half + DRIFT * max(now_us - at, 0)
