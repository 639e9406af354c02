"""`steadyhand rehab run`: one exercise, recorded, measured and told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from steadyhand.commands.options import Listen, PlantName, Sessions, Stereo, ViewName, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.commands.rehab.options import Seed, Simulated, Wearables
from steadyhand.plants import SIMULATOR


def command(
    exercise: Annotated[str, typer.Argument(help="Exercise; see `steadyhand list exercises`.")],
    patient: Simulated = "healthy",
    law: Annotated[
        str | None, typer.Option(help="Law; see `steadyhand list laws`. The exercise's own where left out.")
    ] = None,
    rig: Annotated[str | None, typer.Option(help="Rig; the exercise's own where left out.")] = None,
    side: Annotated[str | None, typer.Option(help="left or right; the patient's own where left out.")] = None,
    joint: Annotated[
        str | None, typer.Option(help="Joint to assess, of an assessment; its own where left out.")
    ] = None,
    relaxed: Annotated[
        bool, typer.Option("--relaxed", help="The patient lets a leading law move his arm; of arcs of one joint.")
    ] = False,
    seed: Seed = 0,
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
    wearables: Wearables = None,
    gui: Annotated[bool, typer.Option("--gui", help="Show PyBullet's own window as well.")] = False,
    plant: PlantName = SIMULATOR,
    listen: Listen = "",
    json_file: Annotated[Path | None, json_option("the results")] = None,
    sessions: Sessions = None,
) -> None:
    """Run one exercise with a simulated patient under a law.

    Ctrl-C brings the arm to rest and keeps what was done. An exercise that was stopped ends with exit code 1.

    Examples:

        steadyhand rehab run elbow_flexion --patient stroke_moderate --law wolbrecht
        steadyhand rehab run centre_out --patient cerebellar_ataxia --repetitions 8 --lockstep --headless --json -
        steadyhand rehab run elbow_flexion --patient stroke_moderate --plant board:avr --lockstep --headless
    """
    from steadyhand.rehab.card import print_result, print_stop
    from steadyhand.rehab.order import ExerciseOrder
    from steadyhand.rehab.recorded import run_recorded

    check_writable(json_file)
    order = ExerciseOrder(
        exercise=exercise,
        patient=patient,
        law=law,
        rig=rig,
        side=side,
        joint=joint,
        relaxed=relaxed,
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
        wearables=tuple(wearables or ()),
        plant=plant,
        sessions=sessions,
        listen=listen,
    )
    console = console_for(json_file)
    result, data, ran = run_recorded(order, console)
    print_result(console, result)
    for note in ran.notes:
        console.print(f"[yellow]{note}[/yellow]")
    print_stop(console, result)
    console.print(f"Session  {ran.session.folder}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, data)
    if result.stop:
        raise typer.Exit(1)
