"""Plots of an exercise over the weeks: a panel a measure, who moved the arm, and the last session's repetitions."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from robotics.rehab_measures import REHAB_MEASURES
from vr_training.rehab.change import Verdict
from vr_training.rehab.courses import Course, MeasureCourse, Point
from vr_training.report.figure import ACCENT, CARD, GRID, HAND, INK, MUTED, TIP, figure, svg

STRIP = (
    ("range_deg", "range_cm"),
    ("patient_share",),
    ("tracking_error_deg", "tracking_error_cm", "final_error_deg", "final_error_cm"),
    ("movement_time",),
    ("sparc",),
)
"""Measures of the strip of repetitions; of each group the first that there is."""

BAND = 0.7
"""How much of a wide band a panel shows beyond its points, as a share of their spread; ours."""

LEAST_SPREAD = 0.02
"""Spread of a panel's points, as a share of them, below which it is not magnified: they are the same; ours."""

# Shapes differ as well as colours: filled diamond, square, circle; a baseline session is hollow.
_MARKS = {
    Verdict.BETTER: ("D", TIP, 5.0),
    Verdict.WORSE: ("s", HAND, 5.0),
    Verdict.CHANGED: ("^", ACCENT, 5.5),
    Verdict.NONE: ("o", MUTED, 4.5),
    Verdict.OTHER: ("o", GRID, 4.5),
    Verdict.UNKNOWN: ("o", MUTED, 4.5),
}


def panel(course: MeasureCourse, name: str) -> str:
    """A measure over the weeks, with the band of its baseline, its trend, and a mark for each session.

    Args:
        course: The measure.
        name: Unique on the page.
    """
    known, found = course.measure, course.change
    with figure(3.1, 1.75) as drawn:
        ax = drawn.subplots()
        low, high = _span(course)
        if found is not None and found.before is not None and course.comparable:
            if found.mdc95 is not None:
                band = found.before - found.mdc95, found.before + found.mdc95
                ax.axhspan(*np.clip(band, low, high), color=ACCENT, alpha=0.16, lw=0)
            ax.axhline(found.before, color=ACCENT, lw=1.0)
        if (line := course.line()) is not None and course.trend is not None:
            ax.plot(*line, color=INK, lw=1.3, ls="-" if course.trend.certain else (0, (3, 3)))
        for point in course.points:
            _mark(ax, point, point is course.points[0])
        ax.set_xlabel("week")
        ax.set_ylabel(known.unit or "no unit")
        weeks = [point.done.week for point in course.points]
        room = 0.06 * (max(weeks) - min(weeks)) or 0.5
        ax.set_xlim(min(weeks) - room, max(weeks) + room)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        ax.yaxis.set_major_locator(MaxNLocator(5))
        ax.set_ylim(low, high)
        text = f"{known.title} in {len(course.points)} sessions, with the band of the baseline and the trend."
        return svg(drawn, name, known.title, text)


def work(course: Course) -> str:
    """Who moved the arm: work of patient and robot, share of the patient and help of the robot; empty of neither."""
    shares = course.of("patient_share"), course.of("mean_assistance")
    works = [(done, done.work("patient"), done.work("robot")) for done in course.sessions]
    works = [each for each in works if math.isfinite(each[1] + each[2])]
    if not works and shares == (None, None):
        return ""
    with figure(9.0, 2.5) as drawn:
        left, right = drawn.subplots(1, 2, width_ratios=(1.0, 1.25))
        numbers = [each[0].session for each in works]
        patient, robot = [each[1] for each in works], [each[2] for each in works]
        if works:  # bars of nothing have a colour of their own
            left.bar(numbers, patient, color=TIP, width=0.7, label="patient")
            left.bar(numbers, robot, bottom=patient, color=HAND, alpha=0.55, width=0.7, hatch="////", ec=CARD, lw=0,
                     label="robot")  # fmt: skip
        left.set_ylabel("work a repetition [J]")
        left.set_title("Work that moved the arm")
        for each, colour, mark, label in zip(
            shares, (TIP, HAND), "os", ("patient's share", "robot's help"), strict=True
        ):
            if each is not None:
                x = [point.done.session for point in each.points]
                right.plot(x, [point.value for point in each.points], color=colour, marker=mark, ms=4.5, label=label)
        right.set_ylim(-4.0, 104.0)
        right.set_ylabel("%")
        right.set_title("Patient's share of the work, help that the robot gave")
        for ax in (left, right):
            ax.set_xlabel("session")
            ax.set_xlim(course.sessions[0].session - 0.6, course.sessions[-1].session + 0.6)
            ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            if ax.get_legend_handles_labels()[0]:
                ax.legend(ncols=2, loc="upper left", bbox_to_anchor=(0.0, -0.25), borderaxespad=0.0)
        text = "Left, the work of patient and robot in each session; right, the patient's share and the robot's help."
        return svg(drawn, f"{course.name}-work", f"Who moved the arm: {course.title}", text)


def strip(course: Course) -> str:
    """The last session repetition by repetition; empty where none was done or nothing was measured."""
    done = course.sessions[-1].repetitions
    taken = {
        name
        for each in done
        for name, value in each.measures.items()
        if math.isfinite(value)
    }  # fmt: skip
    names = [name for group in STRIP if (name := next((each for each in group if each in taken), ""))]
    if not done or not names:
        return ""
    with figure(9.0, 0.55 + 0.8 * len(names)) as drawn:
        axes = np.atleast_1d(drawn.subplots(len(names), 1, sharex=True))
        for ax, name in zip(axes, names, strict=True):
            known = REHAB_MEASURES[name]
            x = np.arange(1, len(done) + 1)
            y = np.array([each.measures.get(name, math.nan) for each in done])
            passed = np.array([each.success for each in done])
            ax.plot(x, y, color=GRID, lw=1.2)
            ax.plot(x[passed], y[passed], "o", color=TIP, ms=5)
            ax.plot(x[~passed], y[~passed], "X", color=HAND, ms=7)
            ax.set_ylabel(known.unit or "no unit")
            ax.set_title(known.title, fontsize=9)
            ax.yaxis.set_major_locator(MaxNLocator(3))
            ax.margins(y=0.25)
        axes[-1].set_xlabel("repetition")
        axes[-1].set_xlim(0.4, len(done) + 0.6)
        axes[-1].xaxis.set_major_locator(MaxNLocator(20, integer=True, min_n_ticks=1))
        text = f"{len(done)} repetitions of the last session; a cross is one that was not passed."
        return svg(drawn, f"{course.name}-strip", f"Repetitions of the last session: {course.title}", text)


def legend() -> Iterator[tuple[str, str]]:
    """Marks of the panels as small drawings of the page's own, each with its meaning."""
    head = '<svg class="key" viewBox="0 0 16 16" aria-hidden="true">'
    yield (
        f'{head}<circle cx="8" cy="8" r="4.5" fill="none" stroke="var(--muted)" stroke-width="1.6"/></svg>',
        "baseline",
    )
    yield (
        f'{head}<path d="M4 4 12 12 M12 4 4 12" stroke="var(--muted)" stroke-width="1.6"/></svg>',
        "first session, not counted",
    )
    yield f'{head}<circle cx="8" cy="8" r="4.5" fill="var(--muted)"/></svg>', "within measurement error"
    yield f'{head}<path d="M8 2 14 8 8 14 2 8Z" fill="var(--tip)"/></svg>', "better, beyond measurement error"
    yield f'{head}<path d="M3 3H13V13H3Z" fill="var(--hand)"/></svg>', "worse, beyond measurement error"
    yield (
        f'{head}<circle cx="8" cy="8" r="6.5" fill="none" stroke="var(--ink)" stroke-width="1.2"/></svg>',
        "exercise was stopped",
    )
    yield f'{head}<path d="M0 3H16V13H0Z" fill="var(--accent)" opacity=".22"/></svg>', "baseline ± MDC95"
    yield f'{head}<path d="M0 12 16 4" stroke="var(--ink)" stroke-width="1.5"/></svg>', "trend"


def _span(course: MeasureCourse) -> tuple[float, float]:
    """Ends of a panel's axis: what was measured and its band, but no more of a wide band than leaves the points apart.

    A measure that cannot be negative has no axis below zero.
    """
    values = [point.value for point in course.points]
    positive, line = min(values) >= 0.0, course.line()
    values += [] if line is None else line[1]
    least, most = min(values), max(values)
    spread = max(most - least, LEAST_SPREAD * abs(most)) or 1.0
    low, high = least - 0.12 * spread, most + 0.12 * spread
    found = course.change
    if found is not None and found.before is not None and found.mdc95 is not None and course.comparable:
        low = min(low, max(found.before - 1.15 * found.mdc95, least - BAND * spread))
        high = max(high, min(found.before + 1.15 * found.mdc95, most + BAND * spread))
    return (max(low, 0.0) if positive else low), high


def _mark(ax: Axes, point: Point, first: bool) -> None:
    done, value, verdict = point.done, point.value, point.verdict
    if verdict is None:
        shape, size = ("x", 4.5) if first else ("o", 5.0)
        ax.plot(done.week, value, ls="", marker=shape, mfc=CARD, mec=MUTED, ms=size, mew=1.3)
    else:
        shape, colour, size = _MARKS[verdict]
        ax.plot(done.week, value, ls="", marker=shape, mfc=colour, mec=CARD, mew=0.6, ms=size)
    if done.stopped:
        ax.plot(done.week, value, ls="", marker="o", mfc="none", mec=INK, mew=1.0, ms=9.5)
