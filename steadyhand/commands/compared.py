"""A real arm beside the simulator: by how much they differed, as a table, a plot and a CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from steadyhand.shadow import Shadow

REAL, SIMULATED = "#0b5fa5", "#d9541e"
"""Colours of the two arms."""

PLOT, FIGURES = "shadow.png", "shadow.csv"
"""Files in the session's folder."""


def report_shadow(console: Console, shadow: Shadow, folder: Path) -> None:
    """Print the differences, and write plot and figures into the session's folder."""
    found = shadow.differences()
    if not found:
        console.print(
            "[yellow]Shadow   the simulated arm never stood where the real one was: nothing is compared[/yellow]"
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), title="Real arm less simulated one", title_justify="left")
    table.add_column("")
    for column in ("rms", "worst", "", "at"):
        table.add_column(column, justify="left" if not column else "right")
    for each in found:
        table.add_row(each.name, f"{each.rms:.3g}", f"{each.worst:.3g}", each.unit, f"{each.worst_at_s:.1f} s")
    console.print(table)
    draw(shadow, folder / PLOT)
    write_figures(shadow, folder / FIGURES)
    console.print(f"Shadow   {folder / PLOT}", highlight=False, soft_wrap=True)


def write_figures(shadow: Shadow, path: Path) -> None:
    """Every instant that was noted: time, then real and simulated position of each joint [s, rad or m], tips [mm]."""
    names = ["time_s"]
    names += [f"{name}_{kind}" for kind in ("real", "simulated") for name in shadow.joints]
    values = np.column_stack([shadow.time_s, shadow.real, shadow.simulated, shadow.tip_mm])
    np.savetxt(path, values, fmt="%.7g", delimiter=",", header=",".join([*names, "tip_mm"]), comments="")


def draw(shadow: Shadow, path: Path) -> None:
    """Real and simulated position of each joint over time, and their difference, as a picture."""
    from matplotlib.figure import Figure

    count = len(shadow.joints)
    scale = np.where(shadow.prismatic, 1e3, 180.0 / np.pi)
    made = Figure(figsize=(11.0, 1.5 * count + 0.8), layout="constrained")
    axes = made.subplots(count, 2, sharex=True, squeeze=False, gridspec_kw={"width_ratios": (3, 2)})
    for j, (left, right) in enumerate(axes):
        left.plot(shadow.time_s, shadow.real[:, j] * scale[j], color=REAL, lw=1.8, label="real")
        left.plot(shadow.time_s, shadow.simulated[:, j] * scale[j], color=SIMULATED, lw=1.2, ls="--", label="simulated")
        left.set_ylabel(f"{shadow.joints[j].replace('_', ' ')} [{shadow.unit(j)}]")
        right.plot(shadow.time_s, shadow.apart[:, j], color=REAL, lw=1.2)
        right.axhline(0.0, color="0.6", lw=0.8)
        for ax in (left, right):
            ax.grid(color="0.9")
            ax.spines[["top", "right"]].set_visible(False)
            ax.ticklabel_format(useOffset=False)
    axes[0, 0].set_title("Position", loc="left", fontweight="bold")
    axes[0, 1].set_title("Real less simulated", loc="left", fontweight="bold")
    axes[0, 0].legend(loc="best", ncols=2, frameon=False)
    for ax in axes[-1]:
        ax.set_xlabel("time [s]")
    made.align_ylabels()
    made.savefig(path, dpi=130)
