"""Guided exercise as a person reads it on the terminal: results, what will be done, how a patient has changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from robotics.rehab_measures import REHAB_MEASURES
from steadyhand.rehab.changes import MeasureChange
from vr_training import exercises
from vr_training.rehab.adaptation import Difficulty
from vr_training.rehab.change import Trend, Verdict
from vr_training.rehab.prescription import Assessment, Block, JointAssessment, Plan
from vr_training.rehab.report.glance import Glance
from vr_training.rehab.results import ExerciseResult

SHOWN = (
    "patient_share",
    "mean_assistance",
    "range_deg",
    "range_cm",
    "active_range_deg",
    "passive_range_deg",
    "movement_time",
    "tracking_error_deg",
    "tracking_error_cm",
    "hold_error_deg",
    "hold_error_cm",
    "path_ratio",
    "speed_peaks",
    "sparc",
    "compensation",
    "peak_cuff_force",
    "tone",
    "strength_nm",
    "strength_n",
    "arm_weight",
    "arm_weight_average",
    "arm_weight_residual",
)
"""Measures that stand on the card, in this order."""

COLOURS = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.CHANGED: "yellow"}


def print_result(console: Console, result: ExerciseResult) -> None:
    """Print what an exercise came to."""
    title = f"{escape(result.title)}: {result.patient}, {result.side} arm, law {result.law}"
    console.print(f"[bold]{title}[/bold]", highlight=False, soft_wrap=True)
    table = _table("", ">", "")
    table.show_header = False
    table.add_row("Repetitions passed", f"{result.successes} of {result.planned}", "")
    for name in SHOWN:
        if name in result.measures:
            known = REHAB_MEASURES[name]
            table.add_row(known.title, f"{result.measures[name]:.3g}", known.unit)
    for joint, kinds in result.ranges_deg.items():
        for kind, (low, high) in kinds.items():
            table.add_row(f"{_words(joint)}, {kind} range", _span((low, high)), "deg")
    console.print(table)
    for each in result.repetitions:
        if not each.success:
            console.print(f"Repetition {each.repetition + 1}: {escape(each.reason)}", highlight=False)


def found_ranges(result: ExerciseResult) -> str:
    """Ranges that an exercise found, behind what else is said of it; empty where it looked for none."""
    return "".join(
        f"; {joint.replace('_', ' ')} {kind} {_span(ends)} deg"
        for joint, kinds in result.ranges_deg.items()
        for kind, ends in kinds.items()
    )


def print_stop(console: Console, result: ExerciseResult) -> None:
    """Say in one line why an exercise was stopped; nothing where it was not."""
    if result.stop:
        console.print(f"[red]{escape(stop_line(result))}[/red]", highlight=False, soft_wrap=True)


def stop_line(result: ExerciseResult) -> str:
    """Why an exercise was stopped, when, and how far it had come."""
    when = "" if result.stop_time_s is None else f" at {result.stop_time_s:.1f} s"
    done = f"{len(result.repetitions)} of {result.planned} repetitions were over"
    return f"Stopped ({result.stop}){when}: {result.stop_reason}; {done}."


def print_whom(console: Console, pseudonym: str, patient: str, assessment: Assessment | None) -> None:
    """Print whose session it is, and on which assessment it rests.

    Args:
        console: Where to.
        pseudonym: Whose it is.
        patient: Name of the simulated patient.
        assessment: What was found at him; None where nothing was.
    """
    simulated = "simulated" if pseudonym == patient else f"simulated by {patient}"
    found = "not assessed" if assessment is None else f"assessed on {assessment.date}"
    console.print(f"[bold]{pseudonym}[/bold], {simulated}, {found}", highlight=False, soft_wrap=True)


def print_plan(console: Console, plan: Plan, difficulties: Sequence[Difficulty], seconds: Sequence[float]) -> None:
    """Print what a session will do: blocks, doses, difficulty and the longest time of each.

    Args:
        console: Where to.
        plan: The plan.
        difficulties: How hard each block begins.
        seconds: Longest time of each, rests and all [s].
    """
    console.print(f"[bold]{escape(plan.title)}[/bold]: {plan.arm}, {plan.side} arm", highlight=False, soft_wrap=True)
    table = _table("Block", "Exercise", "Law", "Dose", ">Help", ">Amplitude", ">Speed", ">At most")
    for number, (block, hard, longest) in enumerate(zip(plan.blocks, difficulties, seconds, strict=True), 1):
        shares = (f"{100.0 * value:.0f} %" for value in (hard.assistance, hard.amplitude, hard.speed))
        title = exercises.load(block.exercise).title
        table.add_row(str(number), title, block.law, _dose(block), *shares, f"{longest / 60.0:.1f} min")
    console.print(table)
    console.print(f"At most {sum(seconds) / 60.0:.0f} min in all.", highlight=False)


def print_blocks(console: Console, results: Sequence[ExerciseResult]) -> None:
    """Print what the blocks of a session came to, a line each."""
    table = _table("Exercise", "Law", ">Passed", ">Own work", ">Help", "Stopped")
    for result in results:
        share, help_ = (result.measures.get(name) for name in ("patient_share", "mean_assistance"))
        table.add_row(
            result.title,
            result.law,
            f"{result.successes} of {result.planned}",
            "" if share is None else f"{share:.0f} %",
            "" if help_ is None else f"{help_:.0f} %",
            escape(result.stop_reason),
        )
    console.print(table)


def print_assessment(console: Console, assessment: Assessment) -> None:
    """Print what was found at a patient, a line a joint."""
    console.print(
        f"[bold]Assessment of {assessment.patient}[/bold], {assessment.date}: {assessment.arm or 'by hand'}, "
        f"{assessment.side} arm",
        highlight=False,
        soft_wrap=True,
    )
    hurts = any(found.pain_deg for found in assessment.joints.values())
    titles = ("Joint", ">Active, deg", ">Passive, deg", ">Strength, Nm", ">Tone, Nm s/rad", ">Grade")
    table = _table(*titles, *((">Pain, deg",) if hurts else ()))
    for joint, found in assessment.joints.items():
        table.add_row(
            _words(joint),
            *(_span(ends) for ends in (found.active_deg, found.passive_deg)),
            "" if found.strength_nm is None else f"{'≥ ' * found.strength_at_least}{found.strength_nm:.2g}",
            _tone(found),
            found.tone_grade or "",
            *((", ".join(f"{angle:.0f}" for angle in found.pain_deg),) if hurts else ()),
        )
    console.print(table)
    if assessment.loads:
        console.print(f"Weighed: {_loads(assessment)}", highlight=False, soft_wrap=True)


def _tone(found: JointAssessment) -> str:
    slope = "" if found.tone_nms_rad is None else f"{found.tone_nms_rad:.2g}"
    return f"{slope} spasm".strip() if found.spasm else slope


def print_glance(console: Console, seen: Glance) -> None:
    """Print whether a patient gets better without help, how much the robot helps, and what was changed."""
    console.print(f"[bold]{escape(seen.verdict)}[/bold]", highlight=False)
    for texts in (seen.own, seen.robot, seen.plan):
        for text in texts:
            console.print(f"  {escape(text)}", highlight=False, soft_wrap=True)


def print_changes(console: Console, changes: Sequence[MeasureChange]) -> None:
    """Print how a patient has changed, exercise by exercise."""
    for exercise in dict.fromkeys((each.title, each.law, each.side, each.probe) for each in changes):
        title, law, side, probe = exercise
        done = "to measure" if probe else f"law {law}"
        console.print(f"[bold]{escape(title)}[/bold]: {side} arm, {done}", highlight=False, soft_wrap=True)
        table = _table("Measure", ">Before", ">Now", ">Change", ">MDC95", ">df", "Verdict", "Trend a week")
        for each in changes:
            found = each.change
            if (each.title, each.law, each.side, each.probe) != exercise or found.measure not in SHOWN:
                continue
            known, colour = REHAB_MEASURES[found.measure], COLOURS.get(found.verdict)
            verdict = found.said if colour is None else f"[{colour}]{found.said}[/{colour}]"
            table.add_row(
                f"{known.title} [dim]{known.unit}[/dim]",
                "" if found.before is None else f"{found.before:.3g}",
                f"{found.after:.3g}",
                "" if found.change is None else f"{found.change:+.3g}",
                "" if found.mdc95 is None else f"{found.mdc95:.3g}",
                "" if found.sem is None else f"{found.df}",
                verdict,
                _trend(each.trend),
            )
        console.print(table)


def _trend(found: Trend | None) -> str:
    if found is None:
        return ""
    return f"{found.per_week:+.2g} ({found.low:+.2g} to {found.high:+.2g})" + ("" if found.certain else " uncertain")


def _table(*columns: str) -> Table:
    """A table without rules; a column whose title begins with > is of figures."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in columns:
        table.add_column(title.removeprefix(">"), justify="right" if title.startswith(">") else "left")
    return table


def _dose(block: Block) -> str:
    dose = f"{block.repetitions}"
    dose = dose if block.sets == 1 else f"{block.sets} x {dose}, {block.rest_s:.0f} s rest"
    return f"{block.probes} without help, then {dose}" if block.probes else dose


def _span(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"{round(ends[0])} to {round(ends[1])}"


def _loads(assessment: Assessment) -> str:
    """What the links carry, for a person; how the mass is shared among them is partly a table's."""
    kilograms = sum(load.mass_kg for load in assessment.loads)
    return f"{kilograms:.2g} kg of arm on {len(assessment.loads)} links; its support goes by that"


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
