"""`steadyhand rehab assess`: what a patient's joints can do, as the robot finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from steadyhand.commands.options import Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.commands.rehab.options import Seed, Simulated, Whose, bars, day_of, pseudonym_of


def command(
    patient: Simulated,
    arm: Annotated[str, typer.Option(help="Robot: arm_exo or wrist_exo.")] = "arm_exo",
    joints: Annotated[
        str, typer.Option(metavar="JOINT,...", help="Only these joints; all that the robot moves if unset.")
    ] = "",
    side: Annotated[str | None, typer.Option(help="left or right; the patient's affected side if unset.")] = None,
    seed: Seed = 0,
    person: Whose = None,
    date: Annotated[str | None, typer.Option(metavar="DAY", help="Day, as 2026-03-01; today if unset.")] = None,
    json_file: Annotated[Path | None, json_option("the assessment")] = None,
    sessions: Sessions = None,
) -> None:
    """Assess a simulated patient: range of motion, strength and tone of the joints that the robot moves.

    What is found is kept in the patient's folder; a plan is held against the newest assessment of its arm and side.

    Examples:

        steadyhand rehab assess --patient stroke_moderate --joints elbow_flexion
        steadyhand rehab assess --patient stroke_moderate --arm wrist_exo --side right --as p07
    """
    import datetime

    import msgspec

    from steadyhand.rehab.assess import Assessing, assess, assessing, is_taken, missing, side_of
    from steadyhand.rehab.card import print_assessment, stop_line
    from steadyhand.rehab.order import ExerciseOrder
    from steadyhand.rehab.rehearse import rehearse
    from vr_training.rehab.prescription import Assessment
    from vr_training.rehab.records import PatientRecords
    from vr_training.rehab.results import ExerciseResult

    check_writable(json_file)
    console = console_for(json_file)
    records = PatientRecords(pseudonym_of(patient, person), sessions)
    which = side_of(patient, side)
    day = day_of("--date", date) or datetime.date.today()
    asked = [joint.strip() for joint in joints.split(",") if joint.strip()]
    todo = assessing(arm, asked)
    records.refuse_unwritable()
    for sentence in missing(arm, asked):
        console.print(f"[yellow]Skipped: {sentence}.[/yellow]", highlight=False)
    stopped: list[str] = []
    so_far: list[Assessment] = []
    with bars(console) as shown:
        bar = shown.add_task("Assessing", total=len(todo))

        def told(each: Assessing, result: ExerciseResult, found: Assessment) -> None:
            so_far.append(found)
            shown.update(bar, advance=1)
            if result.stop:
                taken = "Taken up to where it hurt" if is_taken(result) else "Not taken"
                stopped.append(f"{taken}: {each.exercise} of {', '.join(each.joints)}.")

        def run(order: ExerciseOrder) -> ExerciseResult:
            shown.update(bar, description=", ".join(filter(None, (order.exercise, order.joint))))
            result = rehearse(order)
            if result.stop:
                of = f" of {order.joint}" if order.joint else ""
                stopped.append(f"{order.exercise}{of}: {stop_line(result)}")
            return result

        made: Assessment | None = None
        try:
            made = assess(
                patient,
                records.pseudonym,
                arm,
                which,
                day,
                run,
                joints=asked,
                seed=seed,
                sessions_before=sum(not each.baseline for each in records.sessions()),
                told=told,
            )
        except KeyboardInterrupt:
            if so_far and (so_far[-1].joints or so_far[-1].loads):
                made = so_far[-1]
    whole = len(so_far) == len(todo)
    if made is None:
        console.print("Interrupted before anything was found: nothing is kept.", highlight=False)
        raise KeyboardInterrupt
    path = records.add_assessment(made)
    print_assessment(console, made)
    for line in stopped:
        console.print(f"[red]{line}[/red]", highlight=False, soft_wrap=True)
    console.print(f"Assessment  {path}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, msgspec.to_builtins(made))
    if not whole:
        console.print(f"Interrupted after {len(so_far)} of {len(todo)}; what they found is kept.", highlight=False)
        raise KeyboardInterrupt
