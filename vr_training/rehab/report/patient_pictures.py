"""The patient's two pictures: how far he goes, and who does the work, at the start and now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Wedge

from vr_training.rehab.change import Verdict
from vr_training.rehab.courses import Course, MeasureCourse
from vr_training.rehab.report.glance import helped_in
from vr_training.rehab.report.patient_words import called, tells
from vr_training.rehab.results import ExerciseResult
from vr_training.report.figure import ACCENT, CARD, GRID, HAND, INK, TIP, figure, svg

REACH = ("active_range_deg", "range_deg", "range_cm")
"""Measures of how far a patient goes, the most telling first."""

WORK = ("patient_share", "mean_assistance")
"""Measures of who does the work, the most telling first: a robot may do all of it with little of its help."""


@dataclass(frozen=True)
class PatientPicture:
    """A picture with its heading and what it says."""

    title: str
    text: str
    drawing: str


def pictures(courses: Sequence[Course]) -> tuple[PatientPicture, ...]:
    """Those that can be drawn."""
    found = []
    # What is done with help goes as far as the robot does.
    own = [course for course in courses if course.unhelped]
    if (chosen := _chosen(own or courses, REACH)) is not None:
        course, reach = chosen
        drawn = _fan(reach, course) if reach.measure.unit == "deg" else _distance(reach)
        title = "How far you go by yourself" if course in own else "How far you go"
        found.append(PatientPicture(title, _of(course, _said(reach, "further than")), drawn))
    # Where nothing helps there is no help to be shown.
    if (chosen := _chosen(helped_in(courses) or courses, WORK)) is not None:
        course, work = chosen
        helps = work.measure.name == "mean_assistance"
        title = "How much the robot helps" if helps else "How much you do yourself"
        said = _said(work, "less than" if helps else "more than", "more" if helps else "less")
        found.append(PatientPicture(title, _of(course, said), _help(work) if helps else _shares(work)))
    return tuple(found)


def _chosen(courses: Sequence[Course], names: Sequence[str]) -> tuple[Course, MeasureCourse] | None:
    """What to draw: what got better for good where there is any, else the first that has a baseline."""
    there = [
        (course, each)
        for name in names
        for course in courses
        if (each := course.of(name)) is not None
        and tells(course, each)
        and each.change is not None
        and each.change.before is not None
    ]
    return next((pair for pair in there if pair[1].lasting(Verdict.BETTER)), there[0] if there else None)


def _of(course: Course, said: str) -> str:
    """What is said of an exercise, after its name."""
    name = called(course)
    return f"{name[:1].upper()}{name[1:]}. {said}"


def _said(course: MeasureCourse, more: str, less: str = "less") -> str:
    if course.lasting(Verdict.BETTER):
        return f"Now {more} at the start."
    if course.lasting(Verdict.WORSE):
        return f"Now {less} than at the start. Ask your therapist about it."
    if course.verdict is Verdict.UNKNOWN:
        return "It is too early to say whether this has changed."
    return "Figures like these differ from day to day. We cannot say yet that this one has really changed."


def _ends(course: MeasureCourse) -> tuple[float, float]:
    assert course.change is not None
    assert course.change.before is not None
    return course.change.before, course.change.after


def _fan(course: MeasureCourse, of: Course) -> str:
    """Two arms of a fan: how far it opened at the start, and now."""
    values = _ends(course)
    bend = "elbow" in of.kind.exercise or any("elbow" in joint for joint in _joints(of))
    # The upper arm hangs down to the elbow; a straight elbow points down, a bent one forwards. Where it is not known
    # between which angles he moved, both fans open from the same one, as it is their opening that was measured.
    down = -90.0 if bend else 0.0
    opened = _between(of) if course.measure.name == "active_range_deg" else None
    first = 15.0 if bend else 0.0
    fans = opened or tuple((first, first + value) for value in values)
    with figure(4.2, 2.2) as drawn:
        for which, (ax, fan, value) in enumerate(zip(drawn.subplots(1, 2), fans, values, strict=True)):
            low, high = (down + end for end in fan)
            colour = (ACCENT, TIP)[which]
            ax.add_patch(Wedge((0, 0), 1.0, low, high, fc=colour, alpha=0.28, lw=0))
            if bend:
                ax.plot([0, 0], [1.0, 0], color=INK, lw=7, solid_capstyle="round")
            for angle, look in ((low, 0.45), (high, 1.0)):
                turn = math.radians(angle)
                ax.plot([0, math.cos(turn)], [0, math.sin(turn)], color=colour, lw=6, alpha=look,
                        solid_capstyle="round")  # fmt: skip
            _bare(ax)
            ax.set_xlim(-0.75 if bend else -1.1, 1.35)
            ax.set_ylim(-1.15, 1.15)
            ax.set_aspect("equal")
            ax.set_title(("At the start", "Now")[which], fontsize=15, loc="center")
            ax.text(0.5, -0.02, f"{value:.0f}°", fontsize=24, fontweight="bold", ha="center", va="top",
                    transform=ax.transAxes)  # fmt: skip
        text = f"At the start {values[0]:.0f} degrees, now {values[1]:.0f} degrees."
        return svg(drawn, "patient-reach", "How far you go", text)


def _joints(of: Course) -> Sequence[str]:
    """Joints of which an exercise takes the range."""
    return tuple(of.measured[-1].results[-1].ranges_deg)


def _between(of: Course) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Between which angles he moved by himself at the start and now [deg]; None where that was not taken."""
    joint = next(iter(_joints(of)), "")
    found = [(done.kept_as_baseline, ends) for done in of.measured if (ends := _active(done.results[-1], joint))]
    base = [ends for baseline, ends in found if baseline][1:]
    if not base or found[-1][0]:
        return None
    low, high = (float(np.mean([ends[end] for ends in base])) for end in (0, 1))
    return (low, high), found[-1][1]


def _active(result: ExerciseResult, joint: str) -> tuple[float, float] | None:
    return result.ranges_deg.get(joint, {}).get("active")


def _distance(course: MeasureCourse) -> str:
    """Two bars: how far the hand went at the start, and now."""
    values = _ends(course)
    with figure(4.2, 2.2) as drawn:
        ax = drawn.subplots()
        ax.barh((1, 0), values, color=(ACCENT, TIP), height=0.55)
        for at, value in zip((1, 0), values, strict=True):
            ax.text(value, at, f" {value:.0f} {course.measure.unit}", fontsize=20, fontweight="bold", va="center")
        _named(ax)
        ax.set_xlim(0.0, 1.35 * max(*values, 1e-9))
        text = f"At the start {values[0]:.0f} {course.measure.unit}, now {values[1]:.0f} {course.measure.unit}."
        return svg(drawn, "patient-reach", "How far you go", text)


def _shares(course: MeasureCourse) -> str:
    """Two bars of a hundred: the patient's part of the work and the robot's."""
    values = np.clip(_ends(course), 0.0, 100.0)
    with figure(4.2, 2.2) as drawn:
        ax = drawn.subplots()
        ax.barh((1, 0), values, color=TIP, height=0.55, label="you")
        ax.barh((1, 0), 100.0 - values, left=values, color=HAND, alpha=0.45, hatch="//", ec=CARD, lw=0, height=0.55,
                label="the robot")  # fmt: skip
        for at, value in zip((1, 0), values, strict=True):
            inside = value > 40.0
            ax.text(value - 2.0 if inside else value + 2.0, at, f"{value:.0f} %", fontsize=20, fontweight="bold",
                    color=CARD if inside else INK, ha="right" if inside else "left", va="center")  # fmt: skip
        _named(ax)
        ax.set_xlim(0.0, 100.0)
        ax.legend(ncols=2, loc="upper left", bbox_to_anchor=(0.0, 0.0), fontsize=14)
        text = f"At the start you did {values[0]:.0f} percent of the work, now {values[1]:.0f} percent."
        return svg(drawn, "patient-share", "How much you do yourself", text)


def _help(course: MeasureCourse) -> str:
    """Two bars in frames of a hundred: how much of the help that it can give the robot gave."""
    values = np.clip(_ends(course), 0.0, 100.0)
    with figure(4.2, 2.2) as drawn:
        ax = drawn.subplots()
        ax.barh((1, 0), (100.0, 100.0), color="none", ec=GRID, lw=1.5, height=0.55)
        ax.barh((1, 0), values, color=HAND, height=0.55)
        for at, value in zip((1, 0), values, strict=True):
            inside = value > 40.0
            ax.text(value - 2.0 if inside else value + 2.0, at, f"{value:.0f} %", fontsize=20, fontweight="bold",
                    color=CARD if inside else INK, ha="right" if inside else "left", va="center")  # fmt: skip
        _named(ax)
        ax.set_xlim(0.0, 100.5)
        ax.text(0.0, -0.45, "of all the help that it can give", fontsize=14, va="top")
        ax.set_ylim(-0.95, 1.5)
        text = f"At the start the robot gave {values[0]:.0f} percent of its help, now {values[1]:.0f} percent."
        return svg(drawn, "patient-share", "How much the robot helps", text)


def _named(ax: Axes) -> None:
    _bare(ax)
    ax.set_yticks((1, 0), ("At the start", "Now"), fontsize=15)
    ax.tick_params(length=0, labelcolor=INK)
    ax.set_ylim(-0.5, 1.5)


def _bare(ax: Axes) -> None:
    ax.grid(visible=False)
    ax.set_xticks(())
    ax.set_yticks(())
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.spines[["left"]].set_color(GRID)
