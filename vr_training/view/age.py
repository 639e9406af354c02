"""How old the newest state is, also where the sender's clock is not ours."""

from __future__ import annotations

CLOCKS_AGREE_S = 2.0
"""States are milliseconds old when they arrive; one that seems older or younger than this has another clock."""


class Age:
    """Tells the age of the newest state from the sender's stamp, or from its arrival where the clocks differ."""

    def __init__(self) -> None:
        self._sequence: int | None = None
        self._sent_ns = 0
        self._arrived_ns = 0

    def arrived(self, sequence: int, sent_ns: int, now_ns: int) -> None:
        """Take a state: its number, its stamp and the present wall-clock time [ns]; a number seen before is ignored."""
        if sequence == self._sequence:
            return
        self._sequence, self._arrived_ns = sequence, now_ns
        agrees = abs(now_ns - sent_ns) < CLOCKS_AGREE_S * 1e9
        self._sent_ns = sent_ns if agrees else now_ns

    @property
    def newest_ns(self) -> int | None:
        """When the newest state was, by this machine's wall clock [ns]; None before the first."""
        return None if self._sequence is None else self._sent_ns

    def seconds(self, now_ns: int) -> float:
        """Age of the newest state [s]; infinite before the first."""
        return seconds_since(self.newest_ns, now_ns)


def seconds_since(then_ns: int | None, now_ns: int) -> float:
    """Time from one moment to another [s], never below 0; infinite where the first is not known."""
    return float("inf") if then_ns is None else max((now_ns - then_ns) * 1e-9, 0.0)
