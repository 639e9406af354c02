"""`steadyhand video`: a recorded session as a film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from robotics.errors import ArgumentError
from steadyhand.commands.options import (
    ClipFile,
    InsetCamera,
    SessionName,
    Sessions,
    Stereo,
    StereoAs,
    ViewName,
    json_option,
    stereo_layout,
)
from steadyhand.commands.output import check_writable, console_for, make_folder, write_json
from vr_training.records.reader import Recording
from vr_training.records.session import resolve
from vr_training.view.cameras import find_camera
from vr_training.view.clip import Clip
from vr_training.view.filming import Look, Span, film
from vr_training.view.settings import load_view_settings


def command(
    session: SessionName = "newest",
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE.mp4", help="Where it goes.")] = None,
    camera: Annotated[str, typer.Option(help="Camera to look through.")] = "",
    inset: InsetCamera = "",
    ar: ClipFile = None,
    stereo: Stereo = False,
    stereo_as: StereoAs = "",
    start: Annotated[float, typer.Option(min=0.0, help="Session time to begin at [s].")] = 0.0,
    stop: Annotated[float | None, typer.Option(help="Session time to end at [s]; the end if unset.")] = None,
    speed: Annotated[float, typer.Option(help="Seconds of the recording per second of the film.")] = 1.0,
    view: ViewName = "default",
    json_file: Annotated[Path | None, json_option("what was made")] = None,
    sessions: Sessions = None,
) -> None:
    """Make a video of a recorded session, as the live view shows it.

    Examples:

        steadyhand video newest -o lesson.mp4
        steadyhand video newest -o slow.mp4 --start 10 --stop 14 --speed 0.25
        steadyhand video newest -o augmented.mp4 --ar theatre.mp4
        steadyhand video newest -o both_eyes.mp4 --stereo --inset room
    """
    check_writable(json_file)
    layout = stereo_layout(stereo, stereo_as)
    console = console_for(json_file)
    recording = Recording.open(resolve(session, sessions).recording)
    for name in (camera, inset):
        find_camera(recording.scene.cameras, name)
    clip = None if ar is None else Clip(ar)
    path = out if out is not None else Path(f"{recording.info.session}.mp4")
    if path.suffix.lower() != ".mp4":
        raise ArgumentError(f"--out {path}: the name of a video ends in .mp4")
    if path.is_dir():
        raise ArgumentError(f"--out {path}: is a folder, must be a file")
    span = Span(start, float("inf") if stop is None else stop, speed)
    settings = load_view_settings(view)
    make_folder("--out", path.parent)
    with Progress(
        TextColumn("Filming"), BarColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as progress:
        bar = progress.add_task("", total=1.0)
        frames = film(
            recording,
            settings,
            path,
            Look(layout, camera, inset, clip),
            span,
            progress=lambda share: progress.update(bar, completed=share),
        )
    seconds = frames / settings.video_rate_hz
    console.print(f"Video    {path} ({seconds:.1f} s)", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, {"session": recording.info.session, "video": str(path), "frames": frames})
