"""How to read the therapist's page: what each measure is, and how far measurement error goes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import stdtr

from robotics.rehab_measures import REHAB_MEASURES, RehabMeasure
from vr_training.rehab.change import NOT_JUDGED, mdc95_over_sem
from vr_training.rehab.courses import SAME, Course


def chance(counted: int) -> float:
    """How often a patient who has not changed is beyond MDC95, where the error is of his own few baselines.

    The new session differs from the mean of k baselines by a deviation of sigma sqrt(1 + 1/k), and sigma is known only
    by the scatter of those k sessions: the ratio of the two follows Student's t with k - 1 degrees of freedom. It is
    never more than what 95 % leaves, and less because MDC95 is for two single sessions.

    Args:
        counted: Baseline sessions that count, k; two or more.

    Returns:
        Share of comparisons, 0 to 1, where sessions scatter normally.
    """
    return float(2.0 * stdtr(counted - 1, -mdc95_over_sem(counted - 1) / math.sqrt(1.0 + 1.0 / counted)))


def on_error(courses: Sequence[Course]) -> tuple[str, ...]:
    """What is to be said of measurement error on this page, in sentences."""
    judged = [each for course in courses for each in course.measures if each.verdict not in NOT_JUDGED]
    said = [
        "The band in a plot is the mean of the baseline sessions, the first of them left out, plus and minus MDC95, "
        "the minimal detectable change: t √2 times the scatter of the baseline sessions, where t is of Student's "
        "distribution with one degree of freedom less than sessions that count. Of two sessions t is 12.7, of three "
        "4.3, of five 2.8, of very many 1.96: an error that is taken from few sessions may itself be far too small. "
        "Two measurements that differ by less may well be of the same ability.",
        "Beyond measurement error is not the same as important to the patient. It says only that the scatter of the "
        "baseline does not explain the difference.",
    ]
    own = [each.change.baselines for each in judged if each.change is not None and each.change.sem is not None]
    if own:
        few = min(own)
        said.append(
            f"Where the error is of {few} sessions, a patient who has not changed at all is beyond it in about "
            f"{100.0 * chance(few):.0f} of 100 comparisons; {len(judged)} are made here. So look for what stays beyond "
            "the band session after session, and for a trend whose interval leaves out zero. More baseline sessions "
            "make the band narrower."
        )
    borrowed = sorted({each.change.source for each in judged if each.change and each.change.sem is None})
    said += [f"A published error stands in where the baseline gives none: {source}." for source in borrowed]
    said.append(
        "A trend is the median slope (Theil and Sen) of all sessions but the first, with its 95 % interval. The line "
        "is dashed where the interval holds zero."
    )
    said.append(
        "What is done with the robot's help is the robot's as well: read accuracy, range and smoothness of it together "
        "with the help that was given. Where the arc, the way or the speed that is asked differs by more than "
        f"{100.0 * SAME:.0f} % from the baseline's, they are not compared at all; help and share of the work are."
    )
    return tuple(said)


def explained(courses: Sequence[Course]) -> tuple[RehabMeasure, ...]:
    """Every measure that occurs, in the order in which reports have them."""
    names = {each.measure.name for course in courses for each in course.measures}
    return tuple(known for known in REHAB_MEASURES.values() if known.name in names)
