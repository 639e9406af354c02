"""`steadyhand train`: a lesson of the curriculum, for whoever sits there."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from robotics.difficulty import STANDARD
from robotics.errors import UnknownNameError
from simulation import tasks
from steadyhand import progress
from steadyhand.commands import run
from steadyhand.commands.options import (
    Arm,
    DelayMs,
    Difficulty,
    Drives,
    ExpertPath,
    JitterMs,
    Listen,
    Loss,
    Person,
    Sessions,
    Sound,
    Stereo,
    ViewName,
    json_option,
)
from steadyhand.commands.output import console_for
from steadyhand.people import check_name
from vr_training.inputs import NOBODY
from vr_training.view.display import why_no_window

SEEDS = 100_000
"""Seeds are drawn below this."""


def command(
    lesson: Annotated[str, typer.Argument(help="Lesson; see `steadyhand list lessons`.")],
    input_name: Annotated[
        str | None,
        typer.Option(
            "--input",
            help="What moves the hand: mouse, keyboard, gamepad, spacemouse, igtl, remote, expert, scripted, "
            "recorded:FILE, idle or random; see `steadyhand list inputs`. The mouse where there is a display, else the "
            "expert.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Of everything that is drawn; the same seed gives the same episode. Drawn anew where left out."
        ),
    ] = None,
    filter_name: Annotated[str | None, typer.Option("--filter", help="Tremor filter; the rig's own if unset.")] = None,
    rig: Annotated[str | None, typer.Option(help="Rig by name or TOML file; the lesson's own if unset.")] = None,
    duration: Annotated[float | None, typer.Option(help="Longest time in seconds; its limit if unset.")] = None,
    lockstep: Annotated[bool, typer.Option("--lockstep", help="As fast as it can instead of in real time.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Without a view and without pictures.")] = False,
    view: ViewName = "default",
    stereo: Stereo = False,
    json_file: Annotated[Path | None, json_option("the results")] = None,
    sessions: Sessions = None,
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
) -> None:
    """Train a lesson: do it with your own hand, or watch how the expert does it.

    Examples:

        steadyhand train peg_transfer
        steadyhand train peg_transfer --as p07
        steadyhand train peg_transfer --as p07 --difficulty hard
        steadyhand train peg_transfer --expert-path --sound
        steadyhand train needle_pick --input expert
        steadyhand train needle_pick --input gamepad --delay-ms 200 --jitter-ms 20
        steadyhand train gauze_retrieve --input expert --seed 3 --lockstep --headless --json out.json
    """
    known = tasks.lessons()
    if lesson not in known and not lesson.endswith(".toml"):
        raise UnknownNameError("lesson", lesson, known)
    if input_name is None:
        problem = why_no_window()
        input_name = "expert" if problem or headless or lockstep else "mouse"
        if problem and not headless:
            console_for(json_file).print(f"[dim]The expert shows it, for you cannot drive: {problem}[/dim]")
    if person is not None and input_name in NOBODY:
        console_for(json_file).print(f"[dim]What '{input_name}' does is not entered as {escape(person)}'s.[/dim]")
        person = None
    if seed is None:
        seed = secrets.randbelow(SEEDS)
        console_for(json_file).print(f"[dim]Scene {seed}: --seed {seed} brings it again.[/dim]", highlight=False)
    if person is not None and lesson in known:
        warning = progress.locked(lesson, check_name(person), sessions)
        if warning:
            console_for(json_file).print(f"[yellow]{escape(warning)}[/yellow]", highlight=False)
    run.command(
        task=lesson,
        rig=rig,
        filter_name=filter_name,
        input_name=input_name,
        seed=seed,
        duration=duration,
        lockstep=lockstep,
        headless=headless,
        view=view,
        stereo=stereo,
        json_file=json_file,
        sessions=sessions,
        listen=listen,
        delay_ms=delay_ms,
        jitter_ms=jitter_ms,
        loss=loss,
        arm=arm,
        person=person,
        difficulty=difficulty,
        drives=drives,
        with_path=with_path,
        sound=sound,
    )
