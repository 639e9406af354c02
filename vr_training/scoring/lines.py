"""Lines of a scorecard: a figure, its goal, and advice where it is needed."""

from __future__ import annotations

from dataclasses import replace

from robotics.contracts import Score
from robotics.measures import MEASURES


def line(
    measure: str, value: float, good: float | None = None, better: str = "", *, title: str = "", advice: str = ""
) -> Score:
    """The line of a measure.

    Args:
        measure: Its name, one of `robotics.measures.MEASURES`.
        value: The figure, in the measure's unit.
        good: From which value on it is good; None where there is no goal.
        better: ``"lower"`` or ``"higher"`` where there is one.
        title: Instead of the measure's own.
        advice: Instead of the measure's own; it stands only where the goal is missed.
    """
    known = MEASURES[measure]
    return with_goal(Score(measure, title or known.title, float(value), known.unit), good, better, advice)


def with_goal(score: Score, good: float | None, better: str, advice: str = "") -> Score:
    """A line with another goal, and with advice where it misses that goal."""
    score = replace(score, good=good, better=better if good is not None else "", advice="")
    return replace(score, advice=advice or MEASURES[score.name].advice) if is_good(score) is False else score


def is_good(score: Score) -> bool | None:
    """Whether a line reaches its goal; None where it has none."""
    if score.good is None or not score.better:
        return None
    return score.value <= score.good if score.better == "lower" else score.value >= score.good
