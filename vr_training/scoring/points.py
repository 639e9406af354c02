"""One figure for a lesson, 0 to 100, from its measures, their weights and their references."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from robotics.contracts import Score
from robotics.measures import MEASURES
from robotics.score_config import LessonScoring, ScoreRow

NOT_ACHIEVED = 0.4
"""The most that is left of the points where the lesson was not achieved, and in proportion to the work that was done.

Ours: no polish makes up for the work undone, and whoever does nothing gets nothing.
"""

_WORK = "work_done"

_NAMED = 3
_LEAST = 0.5  # a cost that rounds to nothing is not worth a sentence


@dataclass(frozen=True)
class Points:
    """What a lesson came to.

    Attributes:
        points: 0 to 100; NaN where no row found its measure.
        costs: What cost most, a sentence each, the dearest first, before all that the lesson was not achieved; up to
            three.
    """

    points: float
    costs: tuple[str, ...]


def lesson_rows(scoring: LessonScoring) -> tuple[ScoreRow, ...]:
    """The rows of a lesson, or those that suit any where it states none: `default_rows`."""
    return scoring.score or default_rows(scoring.time_limit_s)


def default_rows(time_limit_s: float | None = None) -> tuple[ScoreRow, ...]:
    """Rows for a lesson that states none.

    Safety weighs as much as skill, as the deductions of FLS do (MISTELS, Derossis et al. 1998): what the task does not
    count is left out. References are ours, from half the time limit on; a lesson's own rows are always better.

    Args:
        time_limit_s: The lesson's time limit; a minute where it is not known [s].
    """
    limit = time_limit_s or 60.0
    table = (
        ("time", 25.0, 0.5 * limit, limit),
        ("economy_of_motion", 15.0, 0.8, 0.3),
        ("sparc", 10.0, -2.0, -4.0),
        ("steadiness", 10.0, 50.0, 300.0),
        ("drops", 20.0, 0.0, 3.0),
        ("crushed", 20.0, 0.0, 2.0),
        ("collisions", 15.0, 0.0, 5.0),
        ("peak_force", 15.0, 1.0, 4.0),
        ("force_over_limit", 10.0, 0.0, 2.0),
        ("tissue_peak_force", 10.0, 0.5, 2.0),
    )
    return tuple(ScoreRow(measure=name, weight=weight, good=good, poor=poor) for name, weight, good, poor in table)


def points(lines: Iterable[Score], rows: Iterable[ScoreRow], achieved: bool, followed: bool) -> Points:
    """Weigh the lines of a scorecard.

    Each row costs ``weight * loss(value)``. A row whose measure the recording does not give is left out, and the others
    share its weight. Where the lesson was not achieved its ``time`` costs its whole weight, and of all points
    `NOT_ACHIEVED` is left, times the share of the work that was done (`vr_training.scoring.work`) where the lesson says
    what that is; where the tip never followed the hand there are none.

    Args:
        lines: The lines.
        rows: The lesson's rows.
        achieved: Whether the goal was reached.
        followed: Whether the tip followed the hand at all.
    """
    lines = tuple(lines)
    found = {line.name: line for line in lines}
    rated = [(row, found[row.measure]) for row in rows if row.measure in found]
    total = sum(row.weight for row, _ in rated)
    if total <= 0.0:
        return Points(math.nan, ())
    left = most_points(lines, achieved)
    # In points of this very outcome: costs and points add up to 100.
    costs = [(left * row.weight / total * _loss(row, line.value, achieved), row, line) for row, line in rated]
    if not followed:
        return Points(0.0, ())
    dearest = [cost for cost in sorted(costs, key=lambda cost: -cost[0]) if cost[0] >= _LEAST]
    named = (*_undone(100.0 - left, found.get(_WORK)), *(_sentence(*cost, achieved) for cost in dearest))[:_NAMED]
    return Points(min(max(left - sum(cost for cost, _, _ in costs), 0.0), 100.0), named)


def most_points(lines: Iterable[Score], achieved: bool) -> float:
    """The most that can be left of the points by what was achieved, from the lines of a scorecard."""
    if achieved:
        return 100.0
    done = next((line.value for line in lines if line.name == _WORK), 100.0)
    return NOT_ACHIEVED * done


def _undone(cost: float, done: Score | None) -> tuple[str, ...]:
    """What it cost that the lesson was not achieved; empty where it was."""
    if cost <= 0.0:
        return ()
    share = "" if done is None else f": {_number(done.value)} % of the work done"
    if done is not None and done.value >= 100.0:
        return (f"Not achieved: all of the work was done, but not as the lesson asks; cost {cost:.0f} of 100 points.",)
    return (f"Not achieved{share}; cost {cost:.0f} of 100 points. {MEASURES[_WORK].advice}",)


def _loss(row: ScoreRow, value: float, achieved: bool) -> float:
    # A short time to failure is no merit.
    return 1.0 if row.measure == "time" and not achieved else row.loss(value)


def _sentence(cost: float, row: ScoreRow, line: Score, achieved: bool) -> str:
    """Value, reference, cost and advice."""
    unit = f" {line.unit}".rstrip().replace(" um", " µm")
    bound = "from" if row.better == "higher" else "up to" if row.good else "at"
    good = f"good {bound} {_number(row.good)}{unit}"
    if row.measure == "time" and not achieved:
        good = f"{good} with success"
    advice = line.advice or MEASURES[line.name].advice
    return f"{line.title}: {_number(line.value)}{unit}, {good}; cost {cost:.0f} of 100 points. {advice}"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:.0f}"
