"""How a lesson is scored, by its configuration: ``[[score]]`` and ``[[work]]`` rows, and the force that is too much."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from robotics.config import Config
from robotics.errors import ConfigError, UnknownNameError
from robotics.measures import MEASURES

Force = Annotated[float, Meta(gt=0, le=1000)]
"""A force that bounds something [N]."""


class ScoreRow(Config, frozen=True, kw_only=True):
    """What one measure is worth in a lesson.

    Attributes:
        measure: Name of the line on the scorecard, one of `robotics.measures.MEASURES`.
        weight: Its weight among the lesson's rows; any unit.
        good: Value from which on it costs nothing, in the unit of the measure.
        poor: Value from which on its whole weight is lost. Below ``good`` where more is better, above it where less is.
    """

    measure: str
    weight: Annotated[float, Meta(gt=0, le=1000)]
    good: float
    poor: float

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"measure: {UnknownNameError('measure', self.measure, MEASURES)}")
        # Written so that NaN is refused, too.
        if not abs(self.good - self.poor) > 0.0 or abs(self.good) == float("inf") or abs(self.poor) == float("inf"):
            raise ValueError(f"poor: is {self.poor:g} where good is {self.good:g}; they must be finite and differ")

    @property
    def better(self) -> str:
        """``"lower"`` or ``"higher"``."""
        return "lower" if self.good < self.poor else "higher"

    def loss(self, value: float) -> float:
        """Share of the weight that a value costs: 0 from ``good`` on, 1 from ``poor`` on, linear in between."""
        return min(max((value - self.good) / (self.poor - self.good), 0.0), 1.0)


class WorkRow(Config, frozen=True, kw_only=True):
    """A signal of the task that says how much of the work is done, so that a part of it counts as a part.

    Attributes:
        signal: Its name.
        whole: Its value where this part is done.
    """

    signal: str
    whole: Annotated[float, Meta(gt=0, le=1e6)]


class LessonScoring(Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What the scoring of a lesson reads of the lesson's configuration; it leaves all else in there alone.

    Attributes:
        score: What each measure is worth; empty for rows that suit any lesson.
        work: What its work consists of, in equal parts; empty where there is nothing between done and not done.
        force_limit_n: Contact force above which time counts as too forceful [N]; None where there is no such limit.
        time_limit_s: When the episode ends in any case [s]; None where that is not known.
    """

    score: tuple[ScoreRow, ...] = ()
    work: tuple[WorkRow, ...] = ()
    force_limit_n: Force | None = None
    time_limit_s: Annotated[float, Meta(gt=0)] | None = None


def refuse_repeats(rows: Iterable[ScoreRow], source: str | Path) -> None:
    """Refuse two rows of one measure.

    Raises:
        ConfigError: There are some.
    """
    seen = set[str]()
    for i, row in enumerate(rows):
        if row.measure in seen:
            raise ConfigError(source, f"score[{i}].measure", f"'{row.measure}' has a row already; give it one")
        seen.add(row.measure)
