"""`steadyhand rehab start`: a session of a plan, with the therapist's consent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from robotics.errors import ArgumentError
from steadyhand.commands.options import Listen, PlantName, Sessions, Stereo, ViewName, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.commands.rehab.options import PlanName, Seed, Simulated, Wearables, Whose, pseudonym_of
from steadyhand.plants import SIMULATOR

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.console import Console

    from steadyhand.rehab.session import Course
    from vr_training.rehab.adaptation import Knob


def command(
    patient: Simulated,
    plan_name: PlanName,
    seed: Seed = 0,
    hold: Annotated[
        str, typer.Option(metavar="WHAT,...", help="What does not adapt: assistance, amplitude, speed.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; a stop then ends the session.")] = False,
    person: Whose = None,
    lockstep: Annotated[bool, typer.Option("--lockstep", help="As fast as it can instead of in real time.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Without a view.")] = False,
    view: ViewName = "default",
    wearables: Wearables = None,
    stereo: Stereo = False,
    plant: PlantName = SIMULATOR,
    listen: Listen = "",
    json_file: Annotated[Path | None, json_option("what the session came to")] = None,
    sessions: Sessions = None,
) -> None:
    """Run a session: the blocks of a plan one after the other, each set recorded, measured and kept.

    The plan is held against the patient's newest assessment and refused with every reason that speaks against it.
    Difficulty follows his successes, from session to session. A stop ends its block, and nothing continues by itself:
    the therapist is asked, and where nobody can be asked the session ends there, saved, with exit code 1. Before each
    further set he may make it a step easier or harder, and hold or free help, amplitude and speed; Enter goes on.

    Examples:

        steadyhand rehab start --patient stroke_moderate --plan elbow_after_stroke
        steadyhand rehab start --patient stroke_moderate --plan my_plan.toml --hold assistance,speed
        steadyhand rehab start --patient healthy --plan planar_strength --as p07 --lockstep --headless --yes --json -
    """
    import datetime

    from steadyhand.rehab.assess import needed
    from steadyhand.rehab.blocks import Wanted, check, refusal, unwatched
    from steadyhand.rehab.card import print_blocks, print_plan, print_whom
    from steadyhand.rehab.company import Therapist
    from steadyhand.rehab.session import conduct, difficulties_of
    from vr_training.rehab.prescription import load_plan
    from vr_training.rehab.records import PatientRecords

    check_writable(json_file)
    held = _knobs(hold)
    if seed < 0:
        raise ArgumentError(f"seed is {seed}, must not be negative")
    console = console_for(json_file)
    plan, name = load_plan(plan_name), Path(plan_name).stem
    records = PatientRecords(pseudonym_of(patient, person), sessions)
    assessment = records.assessment(plan.side)
    wanted = Wanted(
        patient=patient,
        seed=seed,
        lockstep=lockstep,
        headless=headless,
        view=view,
        stereo=stereo,
        sessions=sessions,
        listen=listen,
        wearables=tuple(wearables or ()),
        plant=plant,
        sessions_before=sum(not each.baseline for each in records.sessions()),
    )
    difficulties = difficulties_of(plan, name, records.difficulties(), held)
    checked = check(plan, assessment, difficulties, wanted)
    if checked.reasons:
        arm, joints = needed(plan)
        more = f"\nAssess first: steadyhand rehab assess --patient {patient} --arm {arm} --side {plan.side}"
        more += f" --joints {','.join(joints)}" + (f" --as {person}" if person else "")
        raise ArgumentError(refusal(name, checked) + (more if checked.lacking else ""))
    records.refuse_unwritable()
    print_whom(console, records.pseudonym, patient, assessment)
    print_plan(console, plan, difficulties, checked.seconds)
    notes = tuple(unwatched(plan, wanted))
    for note in (*notes, *_other_arm(patient, plan.side), *_unseen(headless)):
        console.print(f"[yellow]{note[:1].upper()}{note[1:]}.[/yellow]", highlight=False)
    asks = not yes and sys.stdin.isatty()
    if asks and not _consents(console):
        raise KeyboardInterrupt
    therapist = Therapist(console, plan, asks, waits=not lockstep)
    try:
        course = conduct(
            plan,
            name,
            assessment,
            difficulties,
            wanted,
            therapist.run,
            records,
            datetime.date.today().isoformat(),
            therapist,
            notes=notes,
        )
    except KeyboardInterrupt:
        # Between two sets nothing moves: what was done is kept, and whoever left is told of it.
        if therapist.course is None or not therapist.course.record.results:
            raise
        course = therapist.course
    print_blocks(console, course.record.results)
    console.print(f"Session  {course.path}", highlight=False, soft_wrap=True)
    console.print(f"Next     steadyhand rehab progress --patient {records.pseudonym}", highlight=False)
    if json_file is not None:
        write_json(json_file, _data(course, name))
    if not course.finished:
        raise typer.Exit(1)


def _consents(console: Console) -> bool:
    """Whether the therapist lets it begin; who leaves with Ctrl-C or Ctrl-D does not."""
    try:
        console.input("Enter to begin, Ctrl-C to leave: ")
    except EOFError:
        return False
    return True


def _other_arm(patient: str, side: str) -> list[str]:
    """That a plan is for the arm that is not affected."""
    from steadyhand.rehab.assess import side_of

    affected = side_of(patient, None)
    if affected == side:
        return []
    return [f"the plan is for the {side} arm, and {patient} is affected at the {affected} one"]


def _unseen(headless: bool) -> list[str]:
    """What a therapist should know before he lets an exercise begin that no window shows."""
    from vr_training.view.display import display_answers

    seen = headless or display_answers()
    return [] if seen else ["there is no display that a window could be shown on: nothing will be seen"]


def _knobs(text: str) -> Collection[Knob]:
    """What is held, of a list with commas.

    Raises:
        ArgumentError: One of them is nothing that adapts.
    """
    from vr_training.rehab.adaptation import KNOBS

    asked = [each.strip() for each in text.split(",") if each.strip()]
    wrong = [each for each in asked if each not in KNOBS]
    if wrong:
        raise ArgumentError(f"--hold {', '.join(wrong)}: choose of {', '.join(KNOBS)}")
    return [knob for knob in KNOBS if knob in asked]


def _data(course: Course, plan: str) -> dict[str, Any]:
    """What a session came to, as plain data."""
    import msgspec

    return {
        **msgspec.to_builtins(course.record),
        "plan": plan,
        "finished": course.finished,
        "stops": [
            {"exercise": each.exercise, "stop": each.stop, "reason": each.stop_reason, "time_s": each.stop_time_s}
            for each in course.stops
        ],
        "difficulty": msgspec.to_builtins(course.difficulties, order="deterministic"),
        "kept": str(course.path),
    }
