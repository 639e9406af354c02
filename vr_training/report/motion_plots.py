"""Plots of motion: hand against tip over time and in space, errors, force, and what happened when."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.report.figure import ACCENT, CARD, GOOD, HAND, INK, MUTED, TIP, WEAK, figure, svg, thin
from vr_training.scoring.episode import Episode
from vr_training.scoring.events import Event

AXES = ("right", "up", "towards you")
"""The operator's frame in words."""

_TOUCH_N = 0.01  # less is no touch
_FILL = {"clutch": MUTED, "limit": WEAK, "stop": WEAK, "filter": ACCENT}


def over_time(episode: Episode, happened: tuple[Event, ...], goal: Vector | None) -> str:
    """Hand and tip along the operator's axes over time, with the events beneath."""
    rotation = episode.setup.operator_from_world
    origin = episode.tip[episode.start]
    tip = 1e3 * (episode.tip - origin) @ rotation.T
    hand = 1e3 * (episode.hand - origin) @ rotation.T
    with figure(9.0, 5.6) as drawn:
        axes = drawn.subplots(4, 1, sharex=True, height_ratios=[3, 3, 3, 1.6])
        for i, ax in enumerate(axes[:3]):
            ax.plot(*thin(episode.time, hand[:, i]), color=HAND, label="hand, scaled")
            ax.plot(*thin(episode.time, tip[:, i]), color=TIP, label="tip")
            if goal is not None:
                ax.axhline(
                    1e3 * float((goal[:3] - origin) @ rotation[i]), color=GOOD, lw=1.2, ls=(0, (4, 3)), label="goal"
                )
            ax.set_ylabel(f"{AXES[i]}\n[mm]")
            ax.yaxis.set_major_locator(MaxNLocator(4))
            _shade(ax, happened)
        axes[0].legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
        _timeline(axes[3], happened, float(episode.time[-1]))
        axes[3].set_xlabel("time [s]")
        drawn.align_ylabels(axes[:3])
        return svg(
            drawn,
            "over-time",
            "Hand and tip over time",
            "Three lines of position against time, right, up and towards the operator: the hand scaled to the tip and"
            " the tip itself. Shaded where the clutch was pressed.",
        )


def path(episode: Episode, goal: Vector | None, goal_radius_m: float) -> str:
    """The tip's path and the hand's: as the operator sees it, from above, and close to the goal."""
    rotation = episode.setup.operator_from_world
    origin = episode.tip[episode.start]
    window = slice(episode.start, len(episode))
    tip, hand = (1e3 * (x[window] - origin) @ rotation.T for x in (episode.tip, episode.hand))
    end = tip[-1] if goal is None else 1e3 * rotation @ (goal[:3] - origin)
    radius = 1e3 * goal_radius_m
    near = max(2.0 * radius, 2.0)
    views = [((0, 1), "As you see it"), ((0, 2), "From above"), ((0, 1), "The last millimetres")]
    with figure(9.0, 3.5) as drawn:
        panels = drawn.subplots(1, 3)
        for ax, ((i, j), title) in zip(panels, views, strict=True):
            close = ax is panels[2]
            kept = _spread(np.linalg.norm(tip - end, axis=1) < 3.0 * near if close else np.ones(len(tip), dtype=bool))
            ax.plot(hand[kept, i], hand[kept, j], color=HAND, lw=1.1, label="hand, scaled")
            ax.plot(tip[kept, i], tip[kept, j], color=TIP, lw=1.8, label="tip")
            if not close:
                ax.plot(tip[0, i], tip[0, j], "o", color=CARD, mec=INK, mew=1.3, ms=6.5, label="start")
            if goal is not None:
                angle = np.linspace(0.0, 2.0 * math.pi, 60)
                ring = (end[i] + radius * np.cos(angle), end[j] + radius * np.sin(angle))
                ax.fill(*ring, color=GOOD, alpha=0.22, lw=0)
                ax.plot(*ring, color=GOOD, lw=1.3, label="goal")
            ax.set_title(title)
            ax.set_xlabel(f"{AXES[i]} [mm]")
            ax.set_ylabel(f"{AXES[j]} [mm]")
            ax.set_aspect("equal", adjustable="box" if close else "datalim")
            ax.xaxis.set_major_locator(MaxNLocator(5))
            ax.yaxis.set_major_locator(MaxNLocator(6))
            if close:
                ax.set_xlim(end[i] - near, end[i] + near)
                ax.set_ylim(end[j] - near, end[j] + near)
            else:
                ax.margins(0.08)
        panels[1].invert_yaxis()
        drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=4)
        return svg(
            drawn,
            "path",
            "Path in space",
            "The path of the tip and of the scaled hand from the start to the goal: as the operator sees it,"
            " from above, and close to the goal.",
        )


def _spread(mask: NDArray[np.bool_], points: int = 2500) -> NDArray[np.intp]:
    """Indices where a mask is True, evenly thinned."""
    where = np.nonzero(mask)[0]
    return where[:: max(len(where) // points, 1)]


def tracking(episode: Episode, happened: tuple[Event, ...]) -> str:
    """How far the tip was from its set-point and from the hand, over time."""
    lag = 1e3 * np.linalg.norm(episode.tip - episode.hand, axis=1)
    error = 1e3 * np.linalg.norm(episode.tip - episode.arm["setpoint"][:, :3], axis=1)
    lag = np.where(episode.following, lag, np.nan)
    with figure(9.0, 2.5) as drawn:
        ax = drawn.subplots()
        ax.plot(*thin(episode.time, lag), color=HAND, label="from the hand, scaled")
        ax.plot(*thin(episode.time, error), color=TIP, label="from its set-point")
        ax.set_ylabel("distance [mm]")
        ax.set_xlabel("time [s]")
        ax.set_ylim(bottom=0.0)
        ax.set_xlim(0.0, float(episode.time[-1]))
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
        _shade(ax, happened)
        return svg(
            drawn,
            "tracking",
            "Tracking error",
            "Distance of the tip from the scaled hand and from the set-point of the loop against time.",
        )


def force(episode: Episode, happened: tuple[Event, ...]) -> str:
    """Contact force over time; empty where it was not measured or nothing was touched."""
    size = np.linalg.norm(episode.arm["wrench"][:, :3], axis=1)
    if not np.any(size > _TOUCH_N):
        return ""
    with figure(9.0, 2.1) as drawn:
        ax = drawn.subplots()
        x, y = thin(episode.time, size)
        ax.fill_between(x, y, color=ACCENT, alpha=0.25, lw=0)
        ax.plot(x, y, color=ACCENT)
        ax.set_ylabel("force [N]")
        ax.set_xlabel("time [s]")
        ax.set_ylim(0.0, max(1.15 * float(np.nanmax(size)), 0.1))
        ax.set_xlim(0.0, float(episode.time[-1]))
        _shade(ax, happened)
        return svg(drawn, "force", "Contact force", "Size of the contact force on the tip against time.")


def _shade(ax: Any, happened: tuple[Event, ...]) -> None:
    for event in happened:
        if event.kind in _FILL and event.kind != "filter":
            ax.axvspan(event.start_s, event.end_s, color=_FILL[event.kind], alpha=0.13, lw=0)


def _timeline(ax: Any, happened: tuple[Event, ...], end: float) -> None:
    """Events on one strip: spans as bars with their names above them, instants as marks with theirs above those."""
    ax.set_ylim(0.0, 3.5)
    ax.set_xlim(0.0, end)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    free = {0.98: -math.inf, 2.0: -math.inf, 2.9: -math.inf}  # where the next name may begin, by row
    reached = [event.start_s for event in happened if event.kind == "success"]
    for event in happened:
        width = 0.013 * end * len(event.label)
        if event.kind in _FILL:
            length = event.end_s - event.start_s
            ax.barh(0.45, length, left=event.start_s, height=0.7, color=_FILL[event.kind], alpha=0.75)
            if event.start_s >= free[0.98]:
                ax.text(event.start_s, 0.98, event.label, fontsize=8, color=MUTED, va="bottom")
                free[0.98] = event.start_s + width
            continue
        if event.kind == "phase" and event.start_s in reached:
            continue  # the phase that success begins says the same
        colour = GOOD if event.kind == "success" else ACCENT
        ax.plot([event.start_s], [0.45], "D" if event.kind == "success" else "|", color=colour, ms=8, mew=2)
        left = min(event.start_s, end - width)
        row = next((row for row in (2.0, 2.9) if left >= free[row]), None)
        if row is not None:
            ax.text(left, row, event.label, fontsize=8.5, color=colour, va="bottom")
            free[row] = left + width
