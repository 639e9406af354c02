"""`steadyhand tremor`: the evidence for the tremor filters, on anyone's recording, and a preset of one's own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from control.tremor.campaign import Result
from control.tremor.evaluation import Plan, plans
from control.tremor.motion_file import ReadingOptions
from control.tremor.recording_facts import RecordingFacts, peak_frequency, recording_facts, size_in_words
from control.tremor.tuning import Fit, Halves, Preset, fit, halves_of_file, preset_for
from robotics.errors import ArgumentError
from steadyhand.calibration import calibration_order, record_calibration
from steadyhand.commands.options import Columns, Kind, RateHz, Sessions, Units, ViewName, json_option
from steadyhand.commands.output import check_writable, console_for, make_folder, write_json
from steadyhand.commands.tremor_gain import as_json, draw_gain, print_changes, print_gain, write_preset
from steadyhand.commands.tremor_tables import print_recording, print_results, rows, summary
from steadyhand.order import Order
from steadyhand.people import check_name, check_room, folder_of

GUIDE = """[bold]Calibration[/], in the window that opens now. Keep the left button pressed all the time (by keyboard:
press space once); time runs only while you do. The window says what to do, and counts down:
  1. hold the tip still in the ball     10 s
  2. follow the ball with the tip       10 s
  3. rest your arm, keep driving        10 s"""

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


@app.command("tune")
def tune(
    name: Annotated[str, typer.Option(help="Pseudonym of the person, as p07; never a real name.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="[MY.csv]", help="Recording of the hand; guided calibration if none.")
    ] = None,
    filter_name: Annotated[
        str, typer.Option("--filter", help="Filter to start from, by name or TOML file.")
    ] = "default",
    input_name: Annotated[
        str, typer.Option("--input", help="What moves the hand in a guided calibration, as of `steadyhand run`.")
    ] = "mouse",
    view: ViewName = "default",
    seconds: Annotated[float, typer.Option(help="Time for the search; Ctrl-C ends it earlier with the best.")] = 40.0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the preset goes; people/NAME/filter.toml if unset.")
    ] = None,
    columns: Columns = None,
    units: Units = None,
    kind: Kind = None,
    rate_hz: RateHz = None,
    sessions: Sessions = None,
    json_file: Annotated[Path | None, json_option("what it gained")] = None,
) -> None:
    """Fit a tremor filter to one person in under a minute, and show what that gained.

    Without a recording you are guided through a short calibration in the view's window: hold still, trace a figure,
    rest, ten seconds each. One half of it is searched on, the other one judges: a preset that is not better there is
    not saved.

    Examples:

        steadyhand tremor tune --name p07
        steadyhand tremor tune my_hand.csv --name p07
        steadyhand tremor tune my_hand.csv --name p07 --filter kalman --seconds 20 --out kalman_p07.toml
        steadyhand run needle_reach --filter people/p07/filter.toml
    """
    check_name(name)
    check_writable(json_file)
    if not 1.0 <= seconds <= 3600.0:
        raise ArgumentError(f"--seconds is {seconds:g}, must lie in [1, 3600]")
    if out is not None and out.suffix != ".toml":
        raise ArgumentError(f"--out {out}: a preset's file ends in .toml")
    check_room(name, out)
    console = console_for(json_file)
    reading = ReadingOptions(columns, units, kind, rate_hz)
    preset_for(filter_name, "surgical")  # refuses a filter that cannot be tuned before anybody trembles for it
    if file is not None:
        print_recording(console, recording_facts(file, reading))
        halves, source = halves_of_file(file, reading), f"the tremor of {file.name}"
    else:
        order = calibration_order(input_name, reading=reading, view=view, sessions=sessions)
        halves, source = _calibrate(console, order), f"a guided calibration, input {input_name}"
    start = preset_for(filter_name, halves.scale)
    found = _fit(console, start, halves, seconds)
    print_gain(console, found)
    target = None
    if found.accepted:
        target = out or folder_of(name) / "filter.toml"
        write_preset(target, found, name, source)
        picture = target.with_suffix(".png")
        draw_gain(picture, found, halves.validation, name)
        print_changes(console, found)
        if found.gain_db.low <= 0.0:
            console.print("[yellow]Note:[/] the interval of the gain holds zero: another day it may gain nothing.")
        console.print(f"Preset   {target}\nPicture  {picture}", highlight=False, soft_wrap=True)
        console.print(f"Use it   steadyhand run needle_reach --filter {target}", highlight=False, soft_wrap=True)
    else:
        console.print(f"'{start.name}' stays as it is and nothing is saved: {found.why_not}.", highlight=False)
    if json_file is not None:
        write_json(json_file, {**as_json(found), "person": name, "preset": None if target is None else str(target)})


def _calibrate(console: Console, order: Order) -> Halves:
    """Guide a person through the calibration; a hand that is nobody's goes through it by itself."""
    if order.from_elsewhere:
        console.print(GUIDE)
    bars = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*bars, console=console, transient=True) as progress:
        bar = progress.add_task("Starting")

        def say(text: str) -> None:
            progress.console.print(f"[dim]{escape(text)}[/]", highlight=False)

        found, folder = record_calibration(order, say, lambda *_: progress.update(bar, description="Calibrating"))
    rms = float(np.sqrt(np.mean(found.tremor**2)))
    halves = found.halves()
    console.print(
        f"[bold]Hand[/]     tremor at {peak_frequency(found.tremor, found.rate_hz):.1f} Hz, {size_in_words(rms)} rms "
        f"per axis, from {' and '.join(found.tremors)}: {halves.scale} presets",
        highlight=False,
    )
    console.print(f"Session  {folder}", highlight=False, soft_wrap=True)
    return halves


def _fit(console: Console, start: Preset, halves: Halves, seconds: float) -> Fit:
    bars = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeRemainingColumn()
    with Progress(*bars, console=console, transient=True) as progress:
        task = progress.add_task(f"Fitting {start.name}", total=seconds, said="Ctrl-C keeps the best so far")
        began = time.monotonic()

        def told(best: float, tried: int) -> None:
            said = f"{best:.1f} dB, {tried} tried; Ctrl-C keeps the best"
            progress.update(task, completed=min(time.monotonic() - began, seconds), said=said)

        found = fit(start, halves, lambda: time.monotonic() - began >= seconds, told)
    how = "stopped by Ctrl-C" if found.found.interrupted else f"in {time.monotonic() - began:.0f} s"
    console.print(f"Tried {found.found.tried} settings of '{start.name}', {how}", highlight=False)
    return found


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
