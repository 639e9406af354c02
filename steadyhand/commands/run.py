"""`steadyhand run`: one session, from the first tick to the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from control.shared import sweep
from robotics.difficulty import STANDARD
from robotics.errors import ArgumentError, DeviceError
from steadyhand import progress, results
from steadyhand.commands.card import print_card
from steadyhand.commands.compared import report_shadow
from steadyhand.commands.options import (
    Arm,
    Columns,
    DelayMs,
    Difficulty,
    Drives,
    ExpertPath,
    JitterMs,
    Kind,
    Listen,
    Loss,
    Person,
    PlantName,
    RateHz,
    Sessions,
    Sound,
    Stereo,
    Units,
    ViewName,
    json_option,
)
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.expert_path import expert_path
from steadyhand.order import Order
from steadyhand.people import check_name
from steadyhand.plants import SIMULATOR, is_real
from steadyhand.rig import plan
from steadyhand.run import Ran, run
from steadyhand.variation import vary
from vr_training.inputs import ReadingOptions
from vr_training.records.reader import Recording
from vr_training.stream.messages import ArmPath
from vr_training.view.filming import Look, render_recording
from vr_training.view.settings import load_view_settings

MOVES = "Drives will be powered, and the arm goes to its home position at once, before any hand leads it."
"""What a run does to a real arm."""


def command(
    task: Annotated[str, typer.Argument(help="Lesson or exercise; see `steadyhand list tasks`.")],
    rig: Annotated[str | None, typer.Option(help="Rig by name or TOML file; the task's own where left out.")] = None,
    filter_name: Annotated[
        str | None, typer.Option("--filter", help="Tremor filter by name or TOML file; the rig's own where left out.")
    ] = None,
    input_name: Annotated[
        str | None,
        typer.Option("--input", help="What moves the hand; see `steadyhand list inputs`. scripted where left out."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn; the same seed gives the same episode.")] = 0,
    duration: Annotated[float | None, typer.Option(help="Longest time in seconds; the task's limit if unset.")] = None,
    lockstep: Annotated[bool, typer.Option("--lockstep", help="As fast as it can instead of in real time.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Without a view and without pictures.")] = False,
    view: ViewName = "default",
    stereo: Stereo = False,
    gui: Annotated[bool, typer.Option("--gui", help="Show PyBullet's own window as well.")] = False,
    json_file: Annotated[Path | None, json_option("the results")] = None,
    sessions: Sessions = None,
    columns: Columns = None,
    units: Units = None,
    kind: Kind = None,
    rate_hz: RateHz = None,
    use: Annotated[
        str, typer.Option(help="Of a recorded FILE: its tremor, on top of the lesson's motion, or its whole motion.")
    ] = "tremor",
    gain: Annotated[float, typer.Option(help="Factor on a recorded FILE's amplitude.")] = 1.0,
    delay_ms: DelayMs = None,
    jitter_ms: JitterMs = None,
    loss: Loss = None,
    arm: Arm = None,
    person: Person = None,
    difficulty: Difficulty = STANDARD,
    drives: Drives = None,
    with_path: ExpertPath = False,
    sound: Sound = False,
    listen: Listen = "",
    plant: PlantName = SIMULATOR,
    shadow: Annotated[
        bool,
        typer.Option("--shadow", help="Give the simulator the same commands, and show how it differs from --plant."),
    ] = False,
) -> None:
    """Run a lesson: a hand drives the arm, the view shows it, and a scorecard and a report come out.

    Examples:

        steadyhand run needle_reach
        steadyhand run needle_reach --input mouse
        steadyhand run needle_reach --input expert --delay-ms 200 --jitter-ms 20 --loss 0.01
        steadyhand run needle_reach --input mouse --rig psms_over_tissue --arm psm2
        steadyhand run needle_reach --input recorded:tremor.csv --units ns,m/s2
        steadyhand run needle_reach --input expert --difficulty hard --drives real
        steadyhand run needle_reach --plant serial:/dev/serial/by-id/usb-BOARD --input mouse
        steadyhand run needle_reach --plant serial:/dev/serial/by-id/usb-BOARD --input expert --shadow
        steadyhand run needle_reach --plant board:avr --input expert --lockstep --headless
        steadyhand run needle_reach --lockstep --seed 7 --headless --json out.json
    """
    if input_name is None and is_real(plant):
        raise ArgumentError(f"--plant {plant} moves a real arm: say what is to move it, with --input")
    if use not in ("tremor", "motion"):
        raise ArgumentError(f"--use is '{use}'; choose one of: tremor, motion")
    order = Order(
        task=task,
        rig=rig,
        filter=filter_name,
        difficulty=difficulty,
        drives=drives,
        input=input_name or "scripted",
        reading=ReadingOptions(columns, units, kind, rate_hz),
        use="motion" if use == "motion" else "tremor",
        gain=gain,
        delay_ms=delay_ms,
        jitter_ms=jitter_ms,
        loss=loss,
        arm=arm,
        plant=plant,
        shadow=shadow,
        seed=seed,
        duration_s=duration,
        lockstep=lockstep,
        headless=headless,
        view=view,
        stereo=stereo,
        sound=sound,
        gui=gui,
        sessions=sessions,
        listen=listen,
    )
    check_writable(json_file)
    if person is not None:
        check_name(person)
    console = console_for(json_file)
    paths = _expert_path(order, console) if with_path else ()
    if is_real(plant):
        from steadyhand.commands.powering import think_better

        think_better(console, MOVES)
    ran = _run(order, console, paths)
    if ran.left:
        console.print(f"Arm      {escape(ran.left)}", highlight=False, soft_wrap=True)
    outcome, data, notes = _keep(ran, person)
    with _progress(console) as bars:
        if not order.headless:
            bar = bars.add_task("Rendering the pictures", total=1.0)
            if not console.is_terminal:  # nobody sees the bar
                console.print("[dim]Rendering the pictures[/dim]")
            _picture(outcome, order, lambda share: bars.update(bar, completed=share))
        bar = bars.add_task("Writing the report", total=1.0)
        page = results.report(outcome, ran.timing, lambda _what, share: bars.update(bar, completed=share))
    print_card(console, outcome, ran.timing, notes)
    if ran.shadow is not None:
        report_shadow(console, ran.shadow, ran.session.folder)
    console.print(f"Session  {ran.session.folder}", highlight=False, soft_wrap=True)
    console.print(f"Report   {page}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, data)
    if ran.state == "LATCHED_FAULT":
        raise DeviceError(f"the loop ended in a fault: {ran.reason}")
    if not outcome.scorecard.success:
        raise typer.Exit(1)


def _keep(ran: Ran, person: str | None) -> tuple[results.Results, dict[str, Any], tuple[str, ...]]:
    """Score a session, write its results and enter it into the index; what a person should know of it comes last."""
    outcome = results.evaluate(ran.session, ran.timing)
    notes = (f"the run was stopped: {ran.reason}", *ran.notes) if ran.reason else ran.notes
    level = results.level(outcome.recording)
    more: dict[str, Any] = {"state": ran.state, "reason": ran.reason, "person": person, "level": level}
    if ran.left:
        more["left"] = ran.left
    if ran.shadow is not None:
        more["shadow"] = [dataclasses.asdict(each) for each in ran.shadow.differences()]
    data = results.as_json(outcome, ran.timing, notes=list(notes), **more)
    ran.session.write_results(data)
    entered = progress.enter(ran.session, data)
    return outcome, data, (*notes, *entered, *progress.delay_cost(ran.session, data))


def _expert_path(order: Order, console: Console) -> tuple[ArmPath, ...]:
    """How the expert goes through the scene, from an earlier session or a new one."""

    def show(asked: Order) -> Recording | None:
        console.print("[dim]The expert goes first, to show the way[/dim]")
        ran = _run(asked, console)
        outcome, _, _ = _keep(ran, None)
        if ran.reason:  # whoever stops the expert does not want to go on
            console.print(f"The expert was stopped: {escape(ran.reason)}", highlight=False)
            raise typer.Exit(1)
        return outcome.recording if outcome.scorecard.success else None

    rig = vary(plan(order.task, order.rig, order.filter, order.difficulty, order.drives), order.seed)
    found = expert_path(order, rig, show)
    if not found:
        console.print("[yellow]The expert does not master this scene: no way is shown.[/yellow]")
    return found


def _run(order: Order, console: Console, paths: tuple[ArmPath, ...] = ()) -> Ran:
    sweep()
    limit = (
        order.duration_s
        or plan(order.task, order.rig, order.filter, order.difficulty, order.drives).task_settings.time_limit_s
    )
    with _progress(console) as progress:
        bar = progress.add_task("Starting", total=limit)

        def say(text: str) -> None:
            progress.console.print(f"[dim]{escape(text)}[/dim]", highlight=False)

        def watch(time_s: float, what: str) -> None:
            progress.update(bar, completed=time_s, description=what or "Running")

        ran = run(order, say, watch, paths)
        progress.update(bar, completed=limit)
    return ran


def _picture(outcome: results.Results, order: Order, progress: Callable[[float], None]) -> None:
    """Careful stills for the report, and the video."""
    render_recording(
        outcome.recording,
        load_view_settings(order.view),
        outcome.session.folder,
        look=Look(stereo="half" if order.stereo else "off"),
        progress=progress,
    )


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
