"""What was found at each joint, at first and at last: ranges, strength and tone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from robotics.human_arm import RANGES_DEG
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.prescription import Assessment
from vr_training.report.figure import ACCENT, HAND, INK, MUTED, TIP, figure, svg
from vr_training.report.rows import number

OFTEN = 3
"""Days with findings from which on a joint is drawn over the weeks."""

Range = tuple[float, float]


@dataclass(frozen=True)
class Finding:
    """What was found at a joint on one day; None where it was not taken.

    Attributes:
        day: ISO 8601.
        active: Range that the patient reaches by himself [deg].
        passive: Range to which the arm can be brought [deg].
        strength_nm: Strength [Nm].
        at_least: Whether the robot could hold no more than this strength.
        tone_grade: Grade of the Modified Ashworth Scale; empty where it was not taken.
        tone: Slope of resistance over speed [Nm s/rad].
        pain: Angles at which he felt pain [deg].
    """

    day: str
    active: Range | None = None
    passive: Range | None = None
    strength_nm: float | None = None
    at_least: bool = False
    tone_grade: str = ""
    tone: float | None = None
    pain: tuple[float, ...] = ()


@dataclass(frozen=True)
class JointCourse:
    """A joint over the weeks.

    Attributes:
        joint: Its name.
        side: Which arm.
        findings: What was found, oldest first.
    """

    joint: str
    side: str
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """What a person reads."""
        return self.joint.replace("_", " ").capitalize()

    @property
    def normal(self) -> Range | None:
        """Range of a healthy adult [deg]; None where it is not known."""
        return RANGES_DEG.get(self.joint)

    def ends(self, key: str) -> tuple[Finding, ...]:
        """The first and the last day on which something was found; one where there is but one, none where none is."""
        found = [each for each in self.findings if getattr(each, key) not in (None, "", ())]
        return (found[0], found[-1]) if len(found) > 1 else tuple(found)

    def texts(self, key: str) -> tuple[str, ...]:
        """The first and the last value of something, as a person reads them."""
        capped = key == "strength_nm"
        return tuple(
            f"{'≥ ' if capped and each.at_least else ''}{_text(getattr(each, key))}" for each in self.ends(key)
        )

    @property
    def days(self) -> tuple[str, ...]:
        """The first and the last day on which anything was found."""
        return tuple(dict.fromkeys((self.findings[0].day, self.findings[-1].day)))


def joints(records: Sequence[SessionRecord], assessments: Sequence[Assessment]) -> tuple[JointCourse, ...]:
    """What assessments and the ranges that exercises took say of each joint.

    Args:
        records: The sessions.
        assessments: The assessments.
    """
    found: dict[tuple[str, str], list[Finding]] = {}
    for assessment in assessments:
        for joint, each in assessment.joints.items():
            found.setdefault((joint, assessment.side), []).append(
                Finding(
                    day=assessment.date.isoformat(),
                    active=_range(each.active_deg),
                    passive=_range(each.passive_deg),
                    strength_nm=_finite(each.strength_nm),
                    at_least=each.strength_at_least,
                    tone_grade=each.tone_grade or "",
                    tone=_finite(each.tone_nms_rad),
                    pain=each.pain_deg,
                )
            )
    for record in records:
        for result in record.results:
            if result.stop not in {"", "pain"}:
                continue  # how far he went until then says nothing of how far he goes; to where it hurts does
            for joint, kinds in result.ranges_deg.items():
                # Where a plan says how far the robot may go, it has not looked for the end.
                bounded = result.level is not None and joint in result.level.ranges_deg
                passive = None if bounded else _range(kinds.get("passive"))
                finding = Finding(record.date, _range(kinds.get("active")), passive)
                found.setdefault((joint, result.side), []).append(finding)
    order = {joint: number for number, joint in enumerate(RANGES_DEG)}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), *key))
    return tuple(
        JointCourse(joint, side, tuple(sorted(found[joint, side], key=lambda each: each.day))) for joint, side in keys
    )


def often(found: Sequence[JointCourse]) -> bool:
    """Whether ranges were found so often that they are drawn over the weeks."""
    days = [len({each.day for each in joint.findings if each.active or each.passive}) for joint in found]
    return min((count for count in days if count), default=0) >= OFTEN


def drawing(found: Sequence[JointCourse]) -> str:
    """Ranges of motion, those that were found often over the weeks and else the first and the last; empty of none."""
    shown = [each for each in found if each.ends("active") or each.ends("passive")]
    if not shown:
        return ""
    if often(shown):
        return _over_the_weeks(shown)
    with figure(9.0, 0.75 + 0.85 * len(shown)) as drawn:
        ax = drawn.subplots()
        places, labels = [], []
        for row, joint in enumerate(shown):
            top = 4.0 * row
            if joint.normal is not None:
                _bar(ax, joint.normal, top, 0.36, fc="none", ec=MUTED, lw=1.1, ls=(0, (3, 2)))
            _lane(ax, joint, 0, top + 0.95)
            _lane(ax, joint, -1, top + 1.9)
            twice = any(len(joint.ends(kind)) > 1 for kind in ("active", "passive"))
            places += [top, top + 0.95, *((top + 1.9,) if twice else ())]
            labels += [f"{joint.title}: healthy adult", *(("first", "last") if twice else ("once",))]
        ax.set_yticks(places, labels, parse_math=False)
        ax.set_ylim(4.0 * len(shown) - 1.4, -0.8)
        ax.set_xlabel("angle [deg]")
        ax.margins(x=0.03)
        ax.autoscale_view(scaley=False)
        ax.grid(axis="y", visible=False)
        ax.axvline(0.0, color=MUTED, lw=0.8)
        ax.tick_params(axis="y", length=0)
        text = "Active and passive range of each joint, at first and at last, beside that of a healthy adult."
        return svg(drawn, "joints", "Range of motion by joint", text)


def _over_the_weeks(shown: Sequence[JointCourse]) -> str:
    """A panel a joint: the passive range behind the active one from day to day, and a healthy adult's ends."""
    first = min(date.fromisoformat(each.day) for joint in shown for each in joint.findings)
    columns = 2 if len(shown) < 3 else 3
    rows = -(-len(shown) // columns)
    with figure(9.0, 0.2 + 2.2 * rows) as drawn:
        axes = drawn.subplots(rows, columns, squeeze=False).ravel()
        for ax, joint in zip(axes, shown, strict=False):
            for kind, colour, alpha in (("passive", ACCENT, 0.22), ("active", TIP, 0.5)):
                taken = [each for each in joint.findings if getattr(each, kind) is not None]
                weeks = [(date.fromisoformat(each.day) - first).days / 7.0 for each in taken]
                low, high = ([getattr(each, kind)[end] for each in taken] for end in (0, 1))
                ax.fill_between(weeks, low, high, color=colour, alpha=alpha, lw=0)
                if kind == "active":
                    for ends in (low, high):
                        ax.plot(weeks, ends, color=TIP, marker="o", ms=3.0, lw=1.2)
            for end in joint.normal or ():
                ax.axhline(end, color=MUTED, lw=1.1, ls=(0, (3, 2)))
            ax.set_title(joint.title, parse_math=False)
            ax.set_xlabel("week")
            ax.set_ylabel("angle [deg]")
            ax.margins(y=0.08)
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        for ax in axes[len(shown) :]:
            ax.set_visible(False)
        text = "Active and passive range of each joint over the weeks, beside the ends of a healthy adult's."
        return svg(drawn, "joints", "Range of motion by joint over the weeks", text)


def _lane(ax: Axes, joint: JointCourse, which: int, at: float) -> None:
    """The first (0) or the last (-1) ranges of a joint, the passive one behind the active one, and where it hurt."""
    for kind, height, colour, alpha in (("passive", 0.7, ACCENT, 0.3), ("active", 0.36, TIP, 1.0)):
        ends = joint.ends(kind)
        if ends and (which == 0 or len(ends) > 1):
            _bar(ax, getattr(ends[which], kind), at, height, fc=colour, alpha=alpha, lw=0)
            pain = ends[which].pain
            ax.plot(pain, [at] * len(pain), ls="", marker="v", color=HAND, mec=INK, mew=0.5, ms=7)


def _bar(ax: Axes, ends: Range, at: float, height: float, **look: Any) -> None:
    ax.add_patch(Rectangle((ends[0], at - 0.5 * height), ends[1] - ends[0], height, **look))


def _range(ends: Range | None) -> Range | None:
    return None if ends is None or not all(map(math.isfinite, ends)) else (float(ends[0]), float(ends[1]))


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return f"{number(round(value[0]))} to {number(round(value[-1]))}"
    return value if isinstance(value, str) else number(float(value))  # type: ignore[arg-type]
