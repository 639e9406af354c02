"""`steadyhand tremor`: the evidence for the tremor filters, on anyone's recording, and a preset of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from control.tremor.campaign import Result
from control.tremor.evaluation import Plan, plans
from control.tremor.motion_file import ReadingOptions
from control.tremor.recording_facts import RecordingFacts, recording_facts
from steadyhand.commands.options import Columns, Kind, RateHz, Units, json_option
from steadyhand.commands.output import check_writable, console_for, make_folder, write_json
from steadyhand.commands.tremor_tables import print_recording, print_results, rows, summary

app = typer.Typer(help="Compare tremor filters on anyone's recording, and fit one to a person.", no_args_is_help=True)


@app.command("evaluate")
def evaluate(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[MY.csv]...", help="Recordings of a hand; made-up hands if none.")
    ] = None,
    filters: Annotated[
        str | None, typer.Option(help="Filters by name or TOML file, as 'kalman,people/p07/filter.toml'; all if unset.")
    ] = None,
    lag: Annotated[
        float | None, typer.Option(metavar="MS", help="Run filters that can smooth with this lag as well.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Records for each recording, or for each scale without one.")] = 6,
    columns: Columns = None,
    units: Units = None,
    kind: Kind = None,
    rate_hz: RateHz = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Draw spectra, a hold and a reach into DIR.")] = None,
    json_file: Annotated[Path | None, json_option("all scores")] = None,
) -> None:
    """Compare all tremor filters on a recording of your own: how much tremor each takes, and what that costs.

    The recording's tremor is laid on voluntary motion that is known - holds, gestures, pursuit - so that every error
    of a filter can be measured. Without a recording the hands are made up, surgical and rehabilitation ones.

    Examples:

        steadyhand tremor evaluate
        steadyhand tremor evaluate my_hand.csv --out pictures
        steadyhand tremor evaluate phone.csv --columns t,x,y,z --units ns,m/s2 --filters kalman,one_euro
        steadyhand tremor evaluate my_hand.csv --lag 20 --json scores.json
    """
    check_writable(json_file)
    if out is not None:
        make_folder("--out", out)
    console = console_for(json_file)
    reading = ReadingOptions(columns, units, kind, rate_hz)
    facts = [recording_facts(path, reading) for path in files or ()]
    for found in facts:
        print_recording(console, found)
    if any("guessed" in note for found in facts for note in found.notes):
        console.print("[dim]If a guess is wrong, state it: --columns, --units, --kind or --rate-hz[/]")
    chosen = [name.strip() for name in filters.split(",")] if filters else []
    data = []
    for plan in plans(facts, reading, filters=chosen, lag_s=None if lag is None else 1e-3 * lag, count=seeds):
        results = _run(console, plan)
        print_results(console, _title(plan, facts), results, plan.contenders)
        data.append({"scale": plan.scale, "filters": summary(results, plan.contenders), "records": rows(results)})
        if out is not None:
            _draw(console, out, plan)
    if json_file is not None:
        write_json(json_file, {"recordings": [_plain(found) for found in facts], "scales": data})


def _run(console: Console, plan: Plan) -> list[Result]:
    bars = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*bars, console=console, transient=True) as progress:
        task = progress.add_task(f"{plan.scale}: records", total=len(plan.orders))
        return plan.run(done=lambda: progress.advance(task))


def _title(plan: Plan, facts: list[RecordingFacts]) -> str:
    files = [found.path.name for found in facts if found.scale == plan.scale]
    what = f"second half of {', '.join(files)}" if files else "made-up hands, test split"
    return f"{plan.scale}: {len(plan.orders)} records, {what}; mean and 95 % interval"


def _draw(console: Console, folder: Path, plan: Plan) -> None:
    """Pictures of a few filters at work: spectra and a reach of a gesture, and a hold."""
    from vr_training.report import filter_figures as figures

    names = figures.shown([contender.name for contender in plan.contenders if contender.lag_s is None])
    gesture, hold = plan.example("gestures"), plan.example("holds")
    made = figures.outputs(gesture, names)
    for path in (
        figures.spectra(folder / f"{plan.scale}_spectra.png", gesture, made),
        figures.reach(folder / f"{plan.scale}_reach.png", gesture, made),
        figures.hold(folder / f"{plan.scale}_hold.png", hold, figures.outputs(hold, names)),
    ):
        console.print(f"Picture  {path}", highlight=False, soft_wrap=True)


def _plain(facts: RecordingFacts) -> dict[str, object]:
    return {
        "file": str(facts.path),
        "seconds": facts.seconds,
        "rate_hz": facts.rate_hz,
        "kind": facts.kind,
        "tremor_hz": facts.frequency_hz,
        "tremor_rms_m": facts.rms_m,
        "scale": facts.scale,
        "notes": list(facts.notes),
    }
