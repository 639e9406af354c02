"""`steadyhand list`: what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from robotics import config
from robotics.errors import UnknownNameError
from steadyhand.commands.options import json_option
from steadyhand.commands.output import console_for, write_json

Rows = list[tuple[str, str]]


def _arms() -> Rows:
    from robotics.arm_config import load_arm_config

    rows = []
    for name in config.names("arms"):
        arm = load_arm_config(name)
        rows.append((name, f"{arm.title}; {len(arm.joints)} joints"))
    return rows


def _filters() -> Rows:
    from control.filters import available, describe

    return [(name, describe(name)) for name in available()]


def _tasks() -> Rows:
    from simulation import tasks

    return [(name, tasks.title(name)) for name in tasks.available()]


def _lessons() -> Rows:
    from simulation import tasks

    return [
        (name, f"level {s.level}: {s.title}, {s.summary} ({', '.join(tasks.difficulties(s))})")
        for name, s in tasks.lessons().items()
    ]


def _lesson_details() -> dict[str, dict[str, Any]]:
    """What a program wants to know of each lesson besides its name and title."""
    from simulation import tasks
    from steadyhand.rig_config import RigConfig

    return {
        name: {
            "level": settings.level,
            "rig": settings.rig,
            "arms": [arm.name for arm in config.load_named("rigs", settings.rig, RigConfig).arms],
            "thresholds": settings.passed_by,
            "force_limit_n": settings.force_limit_n,
            "difficulties": tasks.difficulties(settings),
            "changes": settings.difficulty,
        }
        for name, settings in tasks.lessons().items()
    }


def _rigs() -> Rows:
    from steadyhand.rig_config import RigConfig

    return [(name, config.load_named("rigs", name, RigConfig).title) for name in config.names("rigs")]


def _inputs() -> Rows:
    return [
        ("scripted", "A hand that knows the lesson, with physiological tremor"),
        ("expert", "The same hand, brisk and precise: how a lesson is best done"),
        ("idle", "A hand that rests: passes nothing"),
        ("random", "A hand that wanders and grips at random: what chance scores"),
        ("recorded:FILE", "A recording: its tremor on top of the lesson's motion, or its whole motion (--use motion)"),
        ("mouse", "Your hand in the view's window: hold the left button to move the arm, Tab for the next arm"),
        ("keyboard", "Your hand in the view's window: space takes the arm, W A S D Q E move it, Tab for the next arm"),
        ("gamepad", "Sticks give speed, a shoulder button held takes the arm; gamepad:FILE.toml for a map of your own"),
        ("spacemouse", "A 3-D mouse of 3Dconnexion: its cap gives speed; spacemouse:FILE.toml for a map of your own"),
        ("igtl[:HOST:PORT]", "A tracker that speaks OpenIGTLink: its TRANSFORM messages are the hands"),
        ("remote", "Any program that sends hands to the session's hub over ZeroMQ; see docs/INPUTS.md"),
    ]


def _exercises() -> Rows:
    from vr_training import exercises

    rows = []
    for name in exercises.names():
        settings = exercises.load(name)
        rows.append((name, f"{settings.title} ({', '.join(settings.rigs)})"))
    return rows


def _exercise_details() -> dict[str, dict[str, Any]]:
    """What a program wants to know of each exercise: where it is done, what it moves, and under which laws."""
    from steadyhand.rehab.rig import fitting_laws
    from vr_training import exercises

    loaded = {name: exercises.load(name) for name in exercises.names()}
    return {
        name: {
            "title": settings.title,
            "rigs": settings.rigs,
            "space": settings.space,
            "joints": settings.joints,
            "laws": fitting_laws(settings),
            "law": settings.law,
            "repetitions": settings.repetitions,
        }
        for name, settings in loaded.items()
    }


def _patients() -> Rows:
    from simulation.patients.config import PatientConfig

    loaded = ((name, config.load_named("patients", name, PatientConfig)) for name in config.names("patients"))
    return [(name, f"{patient.title} ({patient.side})") for name, patient in loaded]


def _patient_details() -> dict[str, dict[str, Any]]:
    from simulation.patients.config import PatientConfig

    loaded = {name: config.load_named("patients", name, PatientConfig) for name in config.names("patients")}
    return {
        name: {"title": patient.title, "side": patient.side, "recovers": patient.recovery is not None}
        for name, patient in loaded.items()
    }


def _laws() -> Rows:
    from control import laws

    loaded = ((name, laws.load(name)) for name in laws.names())
    return [(name, f"{law.title} ({', '.join(space.value for space in law.spaces())})") for name, law in loaded]


def _law_details() -> dict[str, dict[str, Any]]:
    from control import laws

    loaded = {name: laws.load(name) for name in laws.names()}
    return {
        name: {
            "title": law.title,
            "source": law.source,
            "spaces": [space.value for space in law.spaces()],
            "fits": law.fits,
        }
        for name, law in loaded.items()
    }


def _plans() -> Rows:
    from vr_training.rehab.prescription import load_plan

    rows = []
    for name in config.names("plans"):
        plan = load_plan(name)
        suits = f"; for {plan.suits}" if plan.suits else ""
        rows.append((name, f"{plan.title} ({plan.arm}, {plan.side} arm, {len(plan.blocks)} blocks){suits}"))
    return rows


def _wearables() -> Rows:
    from vr_training.wearables.config import load_wearables, wearable_names

    rows = []
    for name in wearable_names():
        (worn,) = load_wearables((name,))
        measured = ", ".join(f"{channel.name} [{channel.unit}]" for channel in worn.channels)
        rows.append((name, f"{worn.title}: {measured}"))
    return rows


def _plan_details() -> dict[str, dict[str, Any]]:
    from vr_training.rehab.prescription import load_plan

    loaded = {name: load_plan(name) for name in config.names("plans")}
    return {
        name: {
            "title": plan.title,
            "arm": plan.arm,
            "side": plan.side,
            "suits": plan.suits,
            "exercises": [block.exercise for block in plan.blocks],
            "repetitions": plan.repetitions,
        }
        for name, plan in loaded.items()
    }


def _sessions() -> Rows:
    from vr_training.records.session import sessions

    rows = []
    for session in sessions():
        try:
            rows.append((session.name, str(session.read_results().get("summary", ""))))
        except (FileNotFoundError, ValueError):
            rows.append((session.name, "did not end in good order"))
    return rows


LISTS: dict[str, Callable[[], Rows]] = {
    "arms": _arms,
    "filters": _filters,
    "tasks": _tasks,
    "lessons": _lessons,
    "rigs": _rigs,
    "inputs": _inputs,
    "exercises": _exercises,
    "patients": _patients,
    "laws": _laws,
    "plans": _plans,
    "wearables": _wearables,
    "sessions": _sessions,
}


DETAILS: dict[str, Callable[[], dict[str, dict[str, Any]]]] = {
    "lessons": _lesson_details,
    "exercises": _exercise_details,
    "patients": _patient_details,
    "laws": _law_details,
    "plans": _plan_details,
}
"""What ``--json`` adds to each row of a list."""


def command(
    what: Annotated[str, typer.Argument(help=f"One of: {', '.join(LISTS)}.")],
    json_file: Annotated[Path | None, json_option("the list")] = None,
) -> None:
    """List what there is to choose from.

    Examples:

        steadyhand list arms
        steadyhand list exercises --json -
    """
    if what not in LISTS:
        raise UnknownNameError("list", what, LISTS)
    rows = LISTS[what]()
    if json_file is not None:
        details = DETAILS[what]() if what in DETAILS else {}
        write_json(json_file, [{"name": name, "title": title, **details.get(name, {})} for name, title in rows])
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for row in rows:
        table.add_row(*row)
    console_for(json_file, log_width=240).print(table if rows else "None yet.")
