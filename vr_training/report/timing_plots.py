"""Plots of the loop's timing: how late it woke, and how long a tick took."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vr_training.report.figure import ACCENT, MUTED, TIP, WEAK, figure, svg


def histograms(ticks: NDArray[np.void], period_s: float) -> str:
    """Wake-up latency and tick time, with the deadline; empty for a run in lockstep."""
    timing = ticks["timing"]
    if len(ticks) == 0 or not np.any(timing["tick_ns"]):
        return ""
    deadline = 1e6 * period_s
    values = [
        ("Wake-up latency", 1e-3 * timing["wake_latency_ns"], TIP),
        ("Time of a tick", 1e-3 * timing["tick_ns"], ACCENT),
    ]
    top = max(2.0 * deadline, *(1.3 * float(value.max()) for _, value, _ in values))
    bins = np.geomspace(1.0, top, 90)
    with figure(9.0, 2.9) as drawn:
        for ax, (title, value, colour) in zip(drawn.subplots(1, 2, sharey=True), values, strict=True):
            count, _ = np.histogram(np.clip(value, bins[0], bins[-1]), bins)
            ax.stairs(np.maximum(count, 0.5), bins, baseline=0.5, fill=True, color=colour, alpha=0.3, lw=0)
            ax.stairs(np.maximum(count, 0.5), bins, baseline=0.5, color=colour, lw=1.3)
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_ylim(0.5, max(4.0 * float(count.max()), 10.0))
            ax.set_xlim(1.0, top)
            ax.axvline(deadline, color=WEAK, lw=1.3, ls=(0, (4, 3)))
            ax.annotate(
                "deadline", (deadline, 1.0), (3, -4), ("data", "axes fraction"), "offset points",
                color=WEAK, fontsize=8.5, rotation=90, va="top",
            )  # fmt: skip
            half, most = np.percentile(value, (50, 99))
            for mark, label in ((half, "p50"), (most, "p99")):
                ax.axvline(mark, color=MUTED, lw=0.9)
                ax.annotate(
                    f"{label} {mark:.0f}", (mark, 0.0), (2, 6), ("data", "axes fraction"), "offset points",
                    color=MUTED, fontsize=8, rotation=90,
                )  # fmt: skip
            decades = [tick for tick in (1, 10, 100, 1000, 10_000, 100_000) if tick <= top]
            ax.set_xticks(decades, [f"{tick:,}" for tick in decades])
            ax.set_xticks([], minor=True)
            ax.set_title(title)
            ax.set_xlabel("µs")
        drawn.axes[0].set_ylabel("ticks")
        return svg(
            drawn,
            "timing",
            "Loop timing",
            "Histograms of wake-up latency and of the time that a tick took, on logarithmic axes, with the deadline.",
        )
