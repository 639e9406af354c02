"""`steadyhand clip`: a stand-in for the film of a real camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from robotics.errors import ArgumentError
from steadyhand.commands.options import SessionName, Sessions, ViewName
from steadyhand.commands.output import console_for, make_folder
from vr_training.records.reader import Recording
from vr_training.records.session import resolve
from vr_training.view.settings import load_view_settings
from vr_training.view.stand_in import make_clip


def command(
    session: SessionName = "newest",
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.mp4", help="Where the film goes.")] = Path(
        "clip.mp4"
    ),
    camera: Annotated[str, typer.Option(help="Camera that stands for the real one.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of the sensor's noise.")] = 0,
    view: ViewName = "default",
    sessions: Sessions = None,
) -> None:
    """Make a stand-in for the film of a real camera: a session's scene without its arms, through an imperfect lens.

    With it augmented reality can be tried where no calibrated camera is at hand. The calibration goes beside the film,
    as `docs/VIEW.md` describes it for films of your own.

    Examples:

        steadyhand clip newest -o theatre.mp4
        steadyhand replay newest --ar theatre.mp4
    """
    if out.suffix.lower() != ".mp4":
        raise ArgumentError(f"--out {out}: the name of a film ends in .mp4")
    console = console_for(None)
    recording = Recording.open(resolve(session, sessions).recording)
    make_folder("--out", out.parent)
    with Progress(TextColumn("Filming"), BarColumn(), TimeRemainingColumn(), console=console, transient=True) as told:
        bar = told.add_task("", total=1.0)
        made = make_clip(
            recording, load_view_settings(view), out, camera, seed, lambda share: told.update(bar, completed=share)
        )
    console.print(f"Film     {made.path} ({made.frames} pictures)", highlight=False, soft_wrap=True)
    console.print(f"Lens     {made.calibration}", highlight=False, soft_wrap=True)
