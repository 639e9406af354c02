"""Options that several commands of guided exercise share, and how they show that something goes on."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from robotics.errors import ArgumentError

Simulated = Annotated[str, typer.Option(help="Simulated patient; see `steadyhand list patients`.")]
"""Who is in the arm."""

Whose = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Under which pseudonym it is kept, such as p07, never a real name; the simulated patient's if unset.",
    ),
]
"""Whose folder a command keeps things in."""

Kept = Annotated[
    str, typer.Option("--patient", help="Pseudonym that sessions were kept under; a simulated patient's own name.")
]
"""Whose folder a command reads."""

PlanName = Annotated[str, typer.Option("--plan", help="Plan by name or TOML file; see `steadyhand list plans`.")]
"""What is prescribed."""

Seed = Annotated[int, typer.Option(help="Of everything that is drawn; the same seed gives the same results.")]
"""Where chance comes from."""


def pseudonym_of(patient: str, name: str | None) -> str:
    """Under which pseudonym a simulated patient's sessions are kept.

    Raises:
        ArgumentError: It may be somebody's name: it has no digit.
    """
    if name is not None and not any(letter.isdigit() for letter in name):
        raise ArgumentError(f"'{name}' may be a name: a pseudonym has a digit, such as p07; never use a real name")
    return Path(patient).stem if name is None else name


def day_of(option: str, text: str | None) -> datetime.date | None:
    """A day that an option names.

    Raises:
        ArgumentError: It is none.
    """
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentError(f"{option} is '{text}', must be a day such as 2026-03-01") from error


def bars(console: Console) -> Progress:
    """Bars of what goes on, gone once it is over."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


Wearables = Annotated[
    list[str] | None,
    typer.Option("--wearable", help="What he wears, of configs/wearables; may be given again. Real time only."),
]
"""What is received over the Lab Streaming Layer, recorded in step with the loop, and stops by its rules."""
