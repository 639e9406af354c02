"""`steadyhand rehab course`: weeks of sessions with a patient who recovers, in minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from steadyhand.commands.options import Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.commands.rehab.options import PlanName, Seed, Simulated, Whose, bars, day_of, pseudonym_of


def command(
    patient: Simulated,
    plan_name: PlanName,
    count: Annotated[
        int, typer.Option("--sessions-count", help="How many sessions the patient has had at the end, baselines aside.")
    ] = 12,
    baselines: Annotated[
        int,
        typer.Option(help="Sessions that measure the patient before, the first of which is not counted; 3 or more."),
    ] = 5,
    days_between: Annotated[int, typer.Option(help="Days from one session to the next.")] = 2,
    first_day: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Day of the first session, as 2026-03-01; if unset, the last is today's."),
    ] = None,
    repetitions: Annotated[
        int | None, typer.Option(help="At most so many of each block, in one set; the plan's own if unset.")
    ] = None,
    seed: Seed = 0,
    person: Whose = None,
    json_file: Annotated[Path | None, json_option("the sessions")] = None,
    sessions: Sessions = None,
) -> None:
    """Rehearse a whole course: baseline sessions, then sessions in which the patient recovers.

    Every session runs in lockstep without a view, and no recording is kept: its results are, with their dates. A course
    that was interrupted goes on where it was when it is asked for again. A simulated course goes on with the next block
    after a stop; every stop is told and kept. The fewer the baselines, the larger a change must be to be seen: of three
    sessions 18 times their scatter, of five 4.5 times.

    Examples:

        steadyhand rehab course --patient stroke_recovering --plan elbow_after_stroke
        steadyhand rehab course --patient stroke_recovering --plan planar_strength --sessions-count 6 --repetitions 4
    """
    import datetime

    import msgspec

    from steadyhand.rehab.blocks import with_repetitions
    from steadyhand.rehab.course import CoursePlan, prepare, run_course, sets_left
    from vr_training.rehab.prescription import load_plan
    from vr_training.rehab.records import PatientRecords

    check_writable(json_file)
    console = console_for(json_file)
    course = CoursePlan(
        plan=with_repetitions(load_plan(plan_name), repetitions),
        plan_name=Path(plan_name).stem,
        patient=patient,
        sessions=count,
        days_between=days_between,
        first_day=day_of("--first-day", first_day),
        seed=seed,
        baselines=baselines,
    )
    records = PatientRecords(pseudonym_of(patient, person), sessions)
    records.refuse_unwritable()
    prepared = prepare(course, records, datetime.date.today())
    with bars(console) as shown:
        bar = shown.add_task("Starting", total=sets_left(course, prepared))

        def watch(sets: int, what: str) -> None:
            shown.update(bar, completed=sets, description=what)

        def said(text: str) -> None:
            shown.console.print(f"[red]{text}[/red]", highlight=False, soft_wrap=True)

        ran = run_course(course, prepared, records, watch, said)
    console.print(
        f"{len(ran)} sessions from {ran[0].record.date} to {ran[-1].record.date}, "
        f"{sum(len(each.stops) for each in ran)} blocks were stopped.",
        highlight=False,
    )
    console.print(f"Records  {records.folder}", highlight=False, soft_wrap=True)
    console.print(f"Next     steadyhand rehab progress --patient {records.pseudonym}", highlight=False)
    if json_file is not None:
        write_json(json_file, [msgspec.to_builtins(each.record) for each in ran])
