"""The plot of a learning curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vr_training.progress.curve import Curve
from vr_training.report.figure import GOOD, INK, TIP, figure, svg


def draw(ax: Any, curve: Curve, label: str, bar: float | None, colours: tuple[str, str, str]) -> None:
    """Draw tries, curve, band and the experts' bar.

    Args:
        ax: Axes of Matplotlib.
        curve: The curve.
        label: Of the vertical axis.
        bar: Where the experts' bar lies; None where there is none.
        colours: Of tries, curve and bar.
    """
    tries, line, goal = colours
    n = np.arange(1, len(curve.values) + 1)
    if np.isfinite(curve.low).any():
        ax.fill_between(n, curve.low, curve.high, color=line, alpha=0.18, lw=0, label="95 % band of the curve")
    if len(n) > 1:
        ax.plot(n, curve.mean, color=line, lw=2.0, label=f"curve ({curve.method})")
    ax.plot(n, curve.values, "o", color=tries, ms=5, label="tries")
    if bar is not None:
        ax.axhline(bar, color=goal, lw=1.3, ls=(0, (4, 3)), label="experts' bar")
    ax.set_xlabel("try")
    ax.set_ylabel(label)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2, frameon=False)


def curve_svg(curve: Curve, label: str, bar: float | None) -> str:
    """The plot for a report."""
    with figure(9.0, 2.7) as drawn:
        draw(drawn.subplots(), curve, label, bar, (INK, TIP, GOOD))
        return svg(drawn, "curve", "Learning curve", f"{label} from try to try, with a curve and its confidence band.")


def curve_png(curve: Curve, label: str, bar: float | None, heading: str) -> Figure:
    """The plot as a figure of its own, on white."""
    drawn = Figure(figsize=(8.0, 4.2), dpi=150, layout="constrained", facecolor="white")
    ax = drawn.subplots()
    draw(ax, curve, label, bar, ("#15202b", "#0a6f78", "#1d7f47"))
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#dde3e9", lw=0.7)
    ax.set_axisbelow(True)
    drawn.suptitle(heading, x=0.01, ha="left", fontsize=13, fontweight="bold")
    return drawn
