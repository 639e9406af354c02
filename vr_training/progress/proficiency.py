"""Whether a person is proficient: as good as the experts in everything that counts, more than once.

Source:
    Proficiency by metric, as virtual-reality trainers of robotic surgery set it: every metric within the mean and one
    standard deviation of experts, in repeated sessions (MScore, Hugo).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from robotics.measures import MEASURES
from robotics.score_config import ScoreRow
from vr_training.progress.reference import Published, Reference
from vr_training.records.attempt import Attempt

IN_A_ROW = 2
"""Proficient tries one after the other that make a person proficient."""

_DEVIATIONS = 1.0
_RESOLUTION = {"N": 0.05, "N s": 0.05, "mm": 0.1, "s": 0.1, "deg": 1.0}
"""Differences that do not tell people apart, by unit; ours. Runs of a script may be as alike as 0 N and 0 N."""

_HAIR = 1e-9  # counts that equal their bar must not miss it by rounding


@dataclass(frozen=True)
class Bar:
    """How good a measure has to be.

    Attributes:
        measure: Its name.
        value: Where the bar lies: the experts' mean and one standard deviation, or what is told apart at all where that
            is more, on the worse side; nowhere beyond the value that costs the whole weight.
        better: ``"lower"`` or ``"higher"``.
        mean: Mean of the experts.
        sd: Their standard deviation.
    """

    measure: str
    value: float
    better: str
    mean: float
    sd: float

    def met(self, value: float | None) -> bool:
        """Whether a value is as good as that; one that a try does not have is not."""
        if value is None:
            return False
        hair = _HAIR * max(abs(self.value), 1.0)
        return value <= self.value + hair if self.better == "lower" else value >= self.value - hair


def bars(reference: Reference, rows: Iterable[ScoreRow]) -> tuple[Bar, ...]:
    """The bars of a lesson: one for each scored measure that the reference has.

    Args:
        reference: Its reference.
        rows: Its ``[[score]]`` rows, or those that suit any lesson.
    """
    found = []
    for row in rows:
        known = reference.get(row.measure)
        if known is not None:
            spread = max(_DEVIATIONS * known.sd, _RESOLUTION.get(MEASURES[row.measure].unit, 0.0))
            lower = row.better == "lower"
            value = min(known.mean + spread, row.poor) if lower else max(known.mean - spread, row.poor)
            found.append(Bar(row.measure, value, row.better, known.mean, known.sd))
    return tuple(found)


def missed(attempt: Attempt, needed: Sequence[Bar]) -> tuple[str, ...]:
    """Names of the measures in which a try was not as good as the experts."""
    return tuple(bar.measure for bar in needed if not bar.met(attempt.value(bar.measure)))


def as_experts(attempt: Attempt, needed: Sequence[Bar]) -> bool:
    """Whether a try was passed, and as good as the experts in every measure that counts."""
    return bool(needed) and attempt.success and not missed(attempt, needed)


def is_proficient(tries: Sequence[Attempt], needed: Sequence[Bar]) -> bool:
    """Whether there ever were `IN_A_ROW` tries one after the other that were as good as the experts'.

    Args:
        tries: A person's tries of a lesson, oldest first.
        needed: The lesson's bars; with none nobody is proficient.
    """
    run = 0
    for attempt in tries:
        run = run + 1 if as_experts(attempt, needed) else 0
        if run == IN_A_ROW:
            return True
    return False


def meets_published(attempt: Attempt, published: Published) -> bool:
    """Whether a try keeps to a published standard, in time and in mishaps.

    The standard is of people at a box, by hand. Whoever drives a robot is slower by the robot's scale and its limits,
    and no try here is without one: this says how it compares, and proficiency does not ask for it.
    """
    took = attempt.value("time")
    if not attempt.success or took is None or took > published.time_s:
        return False
    return all((attempt.value(name) or 0.0) <= most for name, most in published.most.items())
