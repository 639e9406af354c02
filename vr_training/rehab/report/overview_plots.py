"""Plots of the whole course: who came and what was done, how hard each exercise was, and how much the robot helped."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from vr_training.rehab.courses import Course, Done
from vr_training.rehab.export.record import SessionRecord
from vr_training.report.figure import ACCENT, CARD, GRID, HAND, MUTED, TIP, figure, svg

MOST_SESSIONS = 40
"""Sessions that a strip shows at most, the newest: more would be too small to be read."""

_LETTERS, _LEAST = 80, 6
"""Letters of stops' names that a row of cells has room for, and those that a cell has at least."""

_KNOBS = (
    ("assistance", "most help allowed", HAND, (0, (4, 2))),
    ("amplitude", "how far", ACCENT, "-"),
    ("speed", "how fast", MUTED, (0, (1, 1.5))),
)
"""What adapts, what it is called on a plot, and how its line is drawn."""


LETTERS_A_LINE = 44
"""Letters of a title that a line of a chart has room for."""

LEAST_SIZE = 4.8
"""Smallest letters of a cause in a cell; ours [points]."""


def attendance(records: Sequence[SessionRecord], courses: Sequence[Course]) -> str:
    """Every exercise in every session: a cell filled as far as it was done, with what was passed; empty of none.

    Args:
        records: The sessions, oldest first.
        courses: The exercises.
    """
    if not records or not courses:
        return ""
    first = max(len(records) - MOST_SESSIONS, 0) + 1
    with figure(9.0, 0.85 + 0.36 * len(courses)) as drawn:
        ax = drawn.subplots()
        for row, course in enumerate(courses):
            for done in course.sessions:
                if done.session >= first:
                    _cell(ax, done, row, max(_LETTERS // len(records), _LEAST))
        base = [number for number, record in enumerate(records, 1) if record.baseline and number >= first]
        if base:
            ax.axvspan(base[0] - 0.5, base[-1] + 0.5, color=GRID, alpha=0.55, lw=0, zorder=0)
            ax.text(base[0] - 0.4, -0.62, "baseline", fontsize=8, color=MUTED, va="bottom")
        ax.set_xlim(first - 0.6, len(records) + 0.6)
        ax.set_ylim(len(courses) - 0.4, -0.6)
        ax.set_yticks(range(len(courses)), [_short(course) for course in courses], parse_math=False)
        ax.xaxis.set_major_locator(MaxNLocator(20, integer=True, min_n_ticks=1))
        ax.set_xlabel("session")
        ax.grid(visible=False)
        ax.tick_params(length=0)
        ax.spines[["left", "bottom"]].set_visible(False)
        text = "Repetitions that were passed in each exercise of each session; an outlined cell was stopped."
        return svg(drawn, "attendance", "What was done in each session", text)


def help_and_level(course: Course) -> str:
    """How much the robot helped in each session, and how hard the exercise was made.

    Args:
        course: An exercise in which the robot helps.
    """
    of = course.of("mean_assistance")
    with figure(4.5, 2.5) as drawn:
        ax = drawn.subplots()
        levels = [(done.session, done.level) for done in course.sessions if done.level is not None]
        for name, label, colour, dashes in _KNOBS if levels else ():
            # Half a session before and after: what held in a single one is a line, too.
            sessions = [levels[0][0] - 0.5, *(session for session, _ in levels), levels[-1][0] + 0.5]
            values = [
                100.0 * getattr(level, name) for level in (levels[0][1], *(of for _, of in levels), levels[-1][1])
            ]
            ax.step(sessions, values, where="mid", color=colour, ls=dashes, lw=1.5, label=label)
        if of is not None:
            found = of.change
            if found is not None and found.before is not None and found.mdc95 is not None:
                ax.axhspan(
                    max(found.before - found.mdc95, 0.0), found.before + found.mdc95, color=HAND, alpha=0.13, lw=0
                )
            ax.plot([point.done.session for point in of.points], [point.value for point in of.points], color=HAND,
                    marker="s", ms=4.0, label="help given")  # fmt: skip
        ax.set_title(textwrap.fill(course.title, LETTERS_A_LINE), parse_math=False)
        ax.set_ylim(-4.0, 104.0)
        ax.set_ylabel("%")
        ax.set_xlabel("session")
        ax.set_xlim(course.sessions[0].session - 0.6, course.sessions[-1].session + 0.6)
        ax.xaxis.set_major_locator(MaxNLocator(9, integer=True, min_n_ticks=1))
        ax.legend(ncols=2, loc="upper left", bbox_to_anchor=(-0.1, -0.34), borderaxespad=0.0, fontsize=8.5)
        text = "Help that the robot gave in each session, most help allowed, how far and how fast: in percent."
        return svg(drawn, f"{course.name}-level", f"Help and difficulty: {course.title}", text)


def _cell(ax: Axes, done: Done, row: int, letters: int) -> None:
    """One exercise in one session: how much of what was planned was done, how much was passed, and what stopped it."""
    planned = sum(result.planned for result in done.results)
    share = len(done.repetitions) / planned if planned else math.nan
    passed = sum(result.successes for result in done.results)
    stop = next((result.stop for result in done.results if result.stop), "")
    width, height = 0.86, 0.72
    left, top = done.session - 0.5 * width, row - 0.5 * height
    ax.add_patch(Rectangle((left, top), width, height, fc=CARD, ec=GRID, lw=0.8))
    if share > 0.0:
        alpha = 0.12 + 0.38 * passed / max(len(done.repetitions), 1)
        ax.add_patch(Rectangle((left, top), width * min(share, 1.0), height, fc=TIP, alpha=alpha, lw=0))
    if stop:
        ax.add_patch(Rectangle((left, top), width, height, fc="none", ec=HAND, lw=2.0))
    weight = "bold" if stop else "normal"
    words, size = stop or f"{passed}/{planned}", 7.5
    if stop and len(stop) > letters:  # smaller as long as it can be read, else cut
        shrunk = size * letters / len(stop)
        words, size = (stop, shrunk) if shrunk >= LEAST_SIZE else (stop[:letters], size)
    ax.text(done.session, row, words, ha="center", va="center", fontsize=size, fontweight=weight, parse_math=False)


def _short(course: Course) -> str:
    """A title that fits beside a row."""
    end = ", no help" if course.kind.probe else ""
    title = course.title.partition(", without help")[0]
    room = 36 - len(end)
    return (title if len(title) <= room else f"{title[: room - 1].rstrip()}…") + end
