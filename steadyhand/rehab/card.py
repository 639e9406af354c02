"""The result of a guided exercise as a person reads it on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from robotics.rehab_measures import REHAB_MEASURES
from vr_training.rehab.results import ExerciseResult

SHOWN = (
    "patient_share",
    "mean_assistance",
    "range_deg",
    "range_cm",
    "movement_time",
    "tracking_error_deg",
    "tracking_error_cm",
    "hold_error_deg",
    "hold_error_cm",
    "path_ratio",
    "speed_peaks",
    "sparc",
    "compensation",
    "peak_force",
    "tone",
    "strength",
)
"""Measures that stand on the card, in this order."""


def print_result(console: Console, result: ExerciseResult) -> None:
    """Print what an exercise came to."""
    table = Table(title=f"{result.title}: {result.patient}, {result.side} arm, law {result.law}", title_justify="left")
    table.add_column("Measure")
    table.add_column("Value", justify="right")
    table.add_column("Unit")
    table.add_row("Repetitions passed", f"{result.successes} of {result.planned}", "")
    for name in SHOWN:
        if name in result.measures:
            known = REHAB_MEASURES[name]
            table.add_row(known.title, f"{result.measures[name]:.3g}", known.unit)
    console.print(table)
    for each in result.repetitions:
        if not each.success:
            console.print(f"Repetition {each.repetition + 1}: {each.reason}")
    if result.stop:
        console.print(f"[red]Stopped at {result.stop_time_s:.1f} s: {result.stop_reason}[/red]")
