"""The scorecard on the terminal: compact, and it explains itself."""

from __future__ import annotations

import math

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from control.timing import TimingSummary
from robotics.contracts import Score, Scorecard
from robotics.difficulty import STANDARD
from steadyhand.results import Results
from vr_training.scoring import is_good
from vr_training.scoring.points import most_points

SHOWN = (
    "time",
    "work_done",
    "final_error",
    "drops",
    "crushed",
    "collisions",
    "bumps",
    "stray_touches",
    "mean_distance",
    "max_distance",
    "path_length",
    "path_ratio",
    "economy_of_motion",
    "idle_time",
    "intent_ratio",
    "tremor_removed",
    "tremor_bound",
    "tremor_hand",
    "tremor_tip",
    "delay",
    "steadiness",
    "peak_force",
    "force_over_limit",
    "tissue_peak_force",
    "balance",
    "clutches",
)
"""Lines that stand on the terminal; all others are in the report."""


def print_card(console: Console, results: Results, timing: TimingSummary | None, notes: tuple[str, ...]) -> None:
    """Print verdict, points, lines, timing and notes."""
    card = results.scorecard
    verdict = "[bold green]PASSED[/bold green]" if card.success else "[bold red]NOT PASSED[/bold red]"
    console.print(f"\n{verdict}  {escape(card.summary)}", highlight=False)
    _print_points(console, card)
    if results.recording.info.difficulty != STANDARD:
        console.print(f"Difficulty   {results.recording.info.difficulty}", highlight=False)
    added = results.recording.info.line.describe()
    if added:
        console.print(f"Added delay  {added}, between hand and arm", highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for name in SHOWN:
        for line in card.scores:
            if line.name == name:
                table.add_row(line.title, *_figures(line))
    console.print(table)
    if timing is not None:
        _print_timing(console, timing)
    for note in notes:
        console.print(f"[yellow]Note:[/yellow] {escape(note)}", highlight=False)


def _print_points(console: Console, card: Scorecard) -> None:
    if not math.isfinite(card.points):
        return
    most = most_points(card.scores, card.success)
    unfinished = "" if card.success else f"  [dim]not achieved: at most {most:.0f}[/dim]"
    console.print(f"[bold]Score {card.points:.0f} of 100[/bold]{unfinished}", highlight=False)
    for cost in card.costs:
        console.print(f"  [dim]{escape(cost)}[/dim]", highlight=False)


def _figures(line: Score) -> tuple[str, str, str]:
    good = is_good(line)
    mark = {True: "[green]good[/green]", False: "[yellow]work on it[/yellow]", None: ""}[good]
    return f"{line.value:.3g} {line.unit}".strip(), mark, escape(line.advice)


def _print_timing(console: Console, timing: TimingSummary) -> None:
    if timing.wake_p50_s != timing.wake_p50_s:  # lockstep has no deadlines
        console.print(f"Loop     {timing.ticks} ticks in lockstep, tick p50 {1e6 * timing.tick_p50_s:.0f} us")
        return
    console.print(
        f"Loop     {timing.ticks} ticks at {1.0 / timing.period_s:.0f} Hz; wake-up p50 {1e6 * timing.wake_p50_s:.0f}, "
        f"p99 {1e6 * timing.wake_p99_s:.0f} us; tick p50 {1e6 * timing.tick_p50_s:.0f}, "
        f"p99 {1e6 * timing.tick_p99_s:.0f} us; missed {timing.missed} ({100 * timing.missed_share:.3f} %)",
        highlight=False,
    )
    console.print(f"[dim]         {'; '.join(timing.rights)}[/dim]", highlight=False)
