"""`steadyhand replay`: show a recording again, in a window or as pictures and a video."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

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
from vr_training.view.filming import Look, render_recording
from vr_training.view.playback import play
from vr_training.view.settings import load_view_settings


def command(
    session: SessionName = "newest",
    speed: Annotated[float, typer.Option(help="Seconds of the recording per second.")] = 1.0,
    view: ViewName = "default",
    stereo: Stereo = False,
    stereo_as: StereoAs = "",
    camera: Annotated[str, typer.Option(help="Camera to look through.")] = "",
    inset: InsetCamera = "",
    ar: ClipFile = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Render stills and a video into DIR instead of a window.")
    ] = None,
    json_file: Annotated[Path | None, json_option("what was shown or made")] = None,
    sessions: Sessions = None,
) -> None:
    """Show a recording: space pauses, arrows seek, plus and minus change the speed.

    Examples:

        steadyhand replay newest
        steadyhand replay newest --camera room --out pictures
    """
    check_writable(json_file)
    layout = stereo_layout(stereo, stereo_as)
    console = console_for(json_file)
    recording = Recording.open(resolve(session, sessions).recording)
    for name in (camera, inset):  # one that is unknown must not leave a folder behind
        find_camera(recording.scene.cameras, name)
    clip = None if ar is None else Clip(ar)
    if not recording.complete:
        console.print(f"[yellow]The recording was cut off; {len(recording.ticks)} ticks were recovered.[/yellow]")
    settings = load_view_settings(view)
    if out is None:
        play(recording, settings, speed=speed, stereo=layout, camera=camera, inset=inset, clip=clip)
        if json_file is not None:
            write_json(json_file, _facts(recording))
        return
    make_folder("--out", out)
    with Progress(TextColumn("Rendering"), BarColumn(), TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("", total=1.0)
        made = render_recording(
            recording,
            settings,
            out,
            look=Look(layout, camera, inset, clip),
            progress=lambda share: progress.update(bar, completed=share),
        )
    for still in made.stills:
        console.print(f"Still    {still}", highlight=False, soft_wrap=True)
    console.print(f"Video    {made.video}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, {**_facts(recording), "stills": [str(s) for s in made.stills], "video": str(made.video)})


def _facts(recording: Recording) -> dict[str, object]:
    return {
        "session": recording.info.session,
        "ticks": len(recording.ticks),
        "complete": recording.complete,
        "intact": recording.chain.intact,
    }
