"""Whether a patient has changed: a measure against its own measurement error, and its trend over the weeks.

The error is the scatter of a patient's own baseline sessions, the standard error of measurement: SEM, their standard
deviation without the first. Two measurements that differ by less than MDC95 = t sqrt(2) SEM may well be of the same
ability: t is 1.96 for an error that is known, and more for one of few sessions, 12.7 for that of two. Where there are
too few baselines a published MDC stands in where there is one.

Source:
    Bland and Altman 1996, BMJ 312:1654, within-subject standard deviation. Student 1908, Biometrika 6(1), for t. The
    first session of a robotic assessment differs from those that follow: PMC7523068. What counts as enough baselines
    is ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import msgspec
import numpy as np
from scipy.special import stdtrit

from robotics.errors import ArgumentError, UnknownNameError
from robotics.rehab_measures import REHAB_MEASURES, RehabMeasure

MDC95 = 1.96 * math.sqrt(2.0)
"""Minimal detectable change over SEM, with 95 % confidence, where SEM is known: of many people, or of many sessions."""

LEAST_BASELINES = 3
"""Baseline sessions that an error is taken from, the first, which is dropped, among them."""

LEAST_POINTS = 5
"""Sessions that a trend needs: of four even a rise without exception comes by chance in 1 of 12."""


class Verdict(Enum):
    """What is to be said of a change."""

    BETTER = "better than measurement error"
    NONE = "no change beyond measurement error"
    WORSE = "worse than measurement error"
    CHANGED = "changed beyond measurement error"
    """Of a measure of which neither direction is better."""
    OTHER = "not compared: the exercise was changed since the baseline"
    """Of a measure that follows what is asked, where that is not what it was."""
    UNKNOWN = "not enough baselines"


NOT_JUDGED = frozenset({Verdict.OTHER, Verdict.UNKNOWN})
"""Verdicts that say nothing of a change."""


@dataclass(frozen=True)
class Published:
    """A minimal detectable change from the literature.

    Attributes:
        share: As a share of the baseline.
        source: Where it was published, and of whom.
    """

    share: float
    source: str


_ARMEO = Published(
    1.028, "PMC7523068: 30 patients after stroke in an exoskeleton, 43 to 103 % by measure, the largest taken"
)

PUBLISHED: Mapping[str, Published] = {
    "movement_time": _ARMEO,
    "path_ratio": _ARMEO,
    "maximum_speed_cm_s": _ARMEO,
}
"""Published minimal detectable changes by measure."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A measure now against its baseline.

    Attributes:
        measure: Its name.
        verdict: What is to be said.
        before: Mean of the baselines that count; None where there are none.
        after: The newest value.
        sem: Standard error of measurement, of the patient's own baselines; None where they are too few.
        mdc95: Minimal detectable change that was taken; None where there is none.
        baselines: How many baselines count.
        df: Degrees of freedom of the patient's own baselines; None where they are too few.
        source: Where the error is from: ``"own baselines"``, or a publication; empty where there is none.
    """

    measure: str
    verdict: Verdict
    before: float | None
    after: float
    sem: float | None
    mdc95: float | None
    baselines: int
    df: int | None = None
    source: str

    @property
    def said(self) -> str:
        """The verdict in words; where nothing can be judged, why not."""
        if self.verdict is Verdict.UNKNOWN and self.df is not None:
            return "baselines that do not scatter show no error"
        return self.verdict.value

    @property
    def error(self) -> str:
        """Where the error is from, and its degrees of freedom where it is the patient's own; empty where none is."""
        return self.source if self.sem is None else f"{self.source}, {self.df} df"

    @property
    def change(self) -> float | None:
        """By how much it changed; None where there is no baseline."""
        return None if self.before is None else self.after - self.before

    @property
    def sentence(self) -> str:
        """The verdict with its figures, as a person reads it."""
        known = REHAB_MEASURES[self.measure]
        unit = f" {known.unit}" if known.unit else ""
        if self.before is None or self.change is None:
            return f"{known.title}: {self.said} (now {self.after:.3g}{unit})."
        figures = f"{self.before:.3g} to {self.after:.3g}{unit}, {self.change:+.3g}"
        if self.mdc95 is None:
            return f"{known.title}: {self.said} ({figures}, of {self.baselines} usable)."
        return f"{known.title}: {self.said} ({figures}; MDC95 {self.mdc95:.3g}, {self.error})."


def mdc95_over_sem(df: int) -> float:
    """Minimal detectable change over a standard error of measurement that is itself of few sessions.

    Two sessions of one ability differ by more than this times their SEM in 5 of 100 cases, where sessions scatter
    normally. A session against the mean of the baselines differs less, and so does in fewer.

    Args:
        df: Degrees of freedom of the error; one or more.
    """
    return float(stdtrit(df, 0.975)) * math.sqrt(2.0)


def standard_error(*baselines: Sequence[float]) -> float | None:
    """Within-subject standard deviation of repeated sessions; of several people, it is pooled.

    Args:
        baselines: Values from session to session, oldest first, one sequence a person; each first one is dropped.

    Returns:
        The standard error of measurement; None where nobody has two sessions left.
    """
    kept = [np.asarray(values[1:], dtype=np.float64) for values in baselines if len(values) > 2]
    if not kept:
        return None
    squares = sum(float(np.sum((values - values.mean()) ** 2)) for values in kept)
    return math.sqrt(squares / sum(len(values) - 1 for values in kept))


def change(measure: str, baselines: Sequence[float], after: float, least: int = LEAST_BASELINES) -> Change:
    """Judge one measure.

    Args:
        measure: Its name, one of `REHAB_MEASURES`.
        baselines: The patient's baseline sessions, oldest first. The first is dropped, unless it is the only one.
        after: The value now.
        least: Baseline sessions that are enough for an error of one's own, the first among them.

    Raises:
        UnknownNameError: There is no such measure.
        ArgumentError: Fewer than three sessions are called enough, or a value is not finite.
    """
    if measure not in REHAB_MEASURES:
        raise UnknownNameError("measure of an exercise", measure, REHAB_MEASURES)
    if least < LEAST_BASELINES:
        raise ArgumentError(f"least must be {LEAST_BASELINES} or more sessions, as the first is dropped; is {least}")
    if not np.isfinite([*baselines, after]).all():
        raise ArgumentError(f"values of {measure} must be finite; they are {list(baselines)}, then {after}")
    counted = baselines[1:] if len(baselines) > 1 else baselines
    before = float(np.mean(counted)) if len(counted) else None
    df = len(counted) - 1 if len(baselines) >= least else None
    # Baselines that are all the same tell nothing of an error: a count may repeat by chance.
    sem = None if df is None else standard_error(baselines) or None
    mdc, source = None, ""
    if sem is not None and df is not None:
        mdc, source = mdc95_over_sem(df) * sem, "own baselines"
    elif before is not None and (known := PUBLISHED.get(measure)) is not None:
        mdc, source = known.share * abs(before), known.source
    return Change(
        measure=measure,
        verdict=_verdict(REHAB_MEASURES[measure], before, after, mdc),
        before=before,
        after=after,
        sem=sem,
        mdc95=mdc,
        baselines=len(counted),
        df=df,
        source=source,
    )


@dataclass(frozen=True)
class Trend:
    """How a measure goes from week to week.

    Attributes:
        per_week: Median slope, in the unit of the measure a week.
        low: Lower end of its 95 % confidence interval.
        high: Upper end.
        sessions: How many it is of.
    """

    per_week: float
    low: float
    high: float
    sessions: int

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out that nothing changes."""
        return self.low > 0.0 or self.high < 0.0


def trend(days: Sequence[float], values: Sequence[float]) -> Trend | None:
    """The trend of a measure; None of fewer than five sessions, or of sessions that are all of one day.

    Args:
        days: When each session was [days since any one].
        values: The measure in each.

    Raises:
        ArgumentError: There is not a day for each value.

    Source:
        Theil 1950; Sen 1968, J. Am. Stat. Assoc. 63(324): slope and interval that single odd sessions do not move.
    """
    if len(days) != len(values):
        raise ArgumentError(f"there are {len(days)} days and {len(values)} values; each value has its day")
    if len(values) < LEAST_POINTS or len(set(days)) < 2:
        return None
    from scipy.stats import theilslopes

    found = theilslopes(np.asarray(values, dtype=np.float64), np.asarray(days, dtype=np.float64) / 7.0, 0.95)
    return Trend(float(found.slope), float(found.low_slope), float(found.high_slope), len(values))


def _verdict(measure: RehabMeasure, before: float | None, after: float, mdc: float | None) -> Verdict:
    if before is None or mdc is None:
        return Verdict.UNKNOWN
    if abs(after - before) <= mdc:
        return Verdict.NONE
    if not measure.better:
        return Verdict.CHANGED
    return Verdict.BETTER if (after > before) == (measure.better == "higher") else Verdict.WORSE
