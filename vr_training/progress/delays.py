"""What a line between hand and arm cost somebody: tries with another beside the same person's with the lesson's."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from robotics.line_config import LineConfig
from vr_training.progress.peers import series
from vr_training.records.attempt import Attempt

_NEWEST = 3
_HAIR = 1e-6


@dataclass(frozen=True)
class Delayed:
    """How somebody does with one line.

    Attributes:
        line: The line.
        tries: Tries with it that count.
        median: Median of the newest three of them.
        cost: By how much that is worse than the median of the newest three with the lesson's own; None where there are
            none.
    """

    line: LineConfig
    tries: int
    median: float
    cost: float | None


@dataclass(frozen=True)
class OwnLine:
    """The line that a lesson itself has at a difficulty: its delay is drawn from a range, from episode to episode."""

    delay_ms: tuple[float, float] = (0.0, 0.0)
    jitter_ms: float = 0.0
    loss: float = 0.0

    def is_of(self, line: LineConfig) -> bool:
        """Whether a line is the lesson's own."""
        same = abs(line.jitter_ms - self.jitter_ms) <= _HAIR and abs(line.loss - self.loss) <= _HAIR
        return same and self._has(line.delay_ms)

    def told(self, line: LineConfig) -> LineConfig:
        """A line as tries are put together by it: a delay that is but drawn is the middle of its range."""
        drawn = self.delay_ms[0] != self.delay_ms[1] and self._has(line.delay_ms)
        return replace(line, delay_ms=round(0.5 * sum(self.delay_ms))) if drawn else line

    def _has(self, delay_ms: float) -> bool:
        return self.delay_ms[0] - 0.5 <= delay_ms <= self.delay_ms[1] + 0.5  # drawn delays are whole milliseconds


def delayed(
    tries: Sequence[Attempt], plain: Sequence[float], measure: str, better: str, own: OwnLine | None = None
) -> tuple[Delayed, ...]:
    """How somebody does with each line that is not the lesson's own, the least delay first.

    Args:
        tries: The person's tries with another line, oldest first.
        plain: The measure from try to try with the lesson's own, oldest first.
        measure: The measure, or ``"points"``.
        better: ``"higher"``, ``"lower"`` or empty; where empty no cost is told.
        own: The lesson's own line; none where None.
    """
    usual = statistics.median(plain[-_NEWEST:]) if plain else None
    found, own = list[Delayed](), own or OwnLine()
    by_line: dict[LineConfig, list[Attempt]] = {}
    for attempt in tries:
        by_line.setdefault(own.told(attempt.line), []).append(attempt)
    for line in sorted(by_line, key=lambda each: (each.delay_ms, each.jitter_ms, each.loss)):
        values = series(by_line[line], measure)
        if not values:
            continue
        median = statistics.median(values[-_NEWEST:])
        cost = None
        if usual is not None and better:
            cost = usual - median if better == "higher" else median - usual
        found.append(Delayed(line, len(values), median, cost))
    return tuple(found)
