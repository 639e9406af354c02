"""Runs an exercise as a recorded session, with a bar that says how far it is."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from control.shared import sweep
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.results import as_json, evaluate
from steadyhand.rehab.worn import receiving
from steadyhand.run import Ran, run
from vr_training.child_process import deaf_to_interrupts
from vr_training.rehab.results import ExerciseResult


def run_recorded(order: ExerciseOrder, console: Console, label: str = "") -> tuple[ExerciseResult, dict[str, Any], Ran]:
    """Run an exercise, record it, and write its results.

    Args:
        order: What to run.
        console: Where a person is told.
        label: What stands before the bar.

    Returns:
        The results, the same as plain data, and how it ran.

    Raises:
        SteadyhandError: Something that a person can mend; nothing is left behind half-written.
    """
    sweep()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    limit = ExerciseRun(order).duration_s
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task(label or order.exercise, total=limit)

        def say(text: str) -> None:
            bars.console.print(f"[dim]{escape(text)}[/dim]", highlight=False)

        def watch(time_s: float, what: str) -> None:
            if trouble := ailing():
                say(trouble)
            told = f"{label or order.exercise}  {what}" if what else label or order.exercise
            bars.update(bar, completed=min(time_s, limit), description=escape(told))

        with receiving(order) as (received, ailing):
            ran = run(received, say, watch)
    with deaf_to_interrupts():
        result = evaluate(ran.session)
        data = as_json(result, ran)
        ran.session.write_results(data)
    return result, data, ran
