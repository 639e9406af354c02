"""`steadyhand rehab`: guided exercise with a simulated patient, from one exercise to a course of sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from steadyhand.commands.options import Sessions, Stereo, ViewName, json_option
from steadyhand.commands.output import check_writable, console_for, write_json

app = typer.Typer(
    name="rehab",
    help="Guided exercise: rehearse a prescription on a simulated patient, measure, compare, report.",
    no_args_is_help=True,
)


@app.command("run")
def run_command(
    exercise: Annotated[str, typer.Argument(help="Exercise; see `steadyhand list exercises`.")],
    patient: Annotated[str, typer.Option(help="Simulated patient; see `steadyhand list patients`.")] = "healthy",
    law: Annotated[
        str | None, typer.Option(help="Law; see `steadyhand list laws`. The exercise's own where left out.")
    ] = None,
    rig: Annotated[str | None, typer.Option(help="Rig; the exercise's own where left out.")] = None,
    side: Annotated[str | None, typer.Option(help="left or right; the patient's own where left out.")] = None,
    joint: Annotated[
        str | None, typer.Option(help="Joint to assess, of an assessment; its own where left out.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn; the same seed gives the same course.")] = 0,
    repetitions: Annotated[int | None, typer.Option(help="How many; the exercise's own where left out.")] = None,
    support: Annotated[
        float | None,
        typer.Option(help="Share of the arm's weight that is carried, 0 to 1; the exercise's own if unset."),
    ] = None,
    assistance: Annotated[float, typer.Option(help="Upper bound on the law's help, 0 to 1.")] = 1.0,
    amplitude: Annotated[float, typer.Option(help="Times the exercise's amplitude.")] = 1.0,
    speed: Annotated[float, typer.Option(help="Times the exercise's speed.")] = 1.0,
    lockstep: Annotated[bool, typer.Option("--lockstep", help="As fast as it can instead of in real time.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Without a view.")] = False,
    view: ViewName = "default",
    stereo: Stereo = False,
    gui: Annotated[bool, typer.Option("--gui", help="Show PyBullet's own window as well.")] = False,
    json_file: Annotated[Path | None, json_option("the results")] = None,
    sessions: Sessions = None,
) -> None:
    """Run one exercise with a simulated patient under a law.

    Example: steadyhand rehab run elbow_flexion --patient stroke_moderate --law wolbrecht --lockstep --headless
    """
    from steadyhand.rehab.order import ExerciseOrder
    from steadyhand.rehab.results import as_json, evaluate
    from steadyhand.run import run

    check_writable(json_file)
    order = ExerciseOrder(
        exercise=exercise,
        patient=patient,
        law=law,
        rig=rig,
        side=side,
        joint=joint,
        seed=seed,
        repetitions=repetitions,
        support=support,
        assistance=assistance,
        amplitude=amplitude,
        speed=speed,
        lockstep=lockstep,
        headless=headless,
        view=view,
        stereo=stereo,
        gui=gui,
        sessions=sessions,
    )
    console = console_for(json_file)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(exercise, total=None)
        ran = run(order, console.print, lambda time_s, _: bar.update(task, description=f"{exercise} {time_s:.0f} s"))
    results = evaluate(ran.session)
    from steadyhand.rehab.card import print_result

    print_result(console, results)
    for note in ran.notes:
        console.print(f"[yellow]{note}[/yellow]")
    ran.session.write_results(as_json(results, ran))
    console.print(f"Session: {ran.session.folder}")
    if json_file is not None:
        write_json(json_file, as_json(results, ran))
    if results.stop == "fault":
        raise typer.Exit(1)
