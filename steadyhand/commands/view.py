"""`steadyhand view`: look at a running session from another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from control.realtime import loop_core
from robotics.errors import ArgumentError
from steadyhand.commands.options import (
    ClipFile,
    InsetCamera,
    Sessions,
    Sound,
    Stereo,
    StereoAs,
    ViewName,
    json_option,
    stereo_layout,
)
from steadyhand.commands.output import check_writable, console_for, write_json
from vr_training.stream.endpoints import find_live, place, tcp_endpoints
from vr_training.stream.keys import read_key
from vr_training.view.app import ViewRequest, run_view
from vr_training.view.clip import Clip
from vr_training.view.settings import load_view_settings


def command(
    session: Annotated[str, typer.Argument(help="Name of the session; may be left out where one runs.")] = "",
    look: ViewName = "default",
    stereo: Stereo = False,
    stereo_as: StereoAs = "",
    camera: Annotated[str, typer.Option(help="Camera to begin with; C changes it.")] = "",
    inset: InsetCamera = "",
    ar: ClipFile = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where pictures go that are taken with P.")] = None,
    json_file: Annotated[Path | None, json_option("how the view ended")] = None,
    sessions: Sessions = None,
    sound: Sound = False,
    connect: Annotated[
        str, typer.Option(metavar="HOST[:PORT]", help="Look on at a session that listens on another machine.")
    ] = "",
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="The key that was made for you there.")
    ] = None,
) -> None:
    """Attach to a running session and show it; any number of views may look on.

    A session listens for other machines with `--listen`, and `steadyhand keys make NAME` there makes the key.

    Examples:

        steadyhand view
        steadyhand view --stereo --camera room
        steadyhand view --stereo-as anaglyph --inset room
        steadyhand view --ar theatre.mp4
        steadyhand view --connect 192.168.1.5 --keys bedside.key
    """
    check_writable(json_file)
    layout = stereo_layout(stereo, stereo_as)
    if (connect == "") is not (keys is None):
        raise ArgumentError("--connect HOST and --keys FILE go together")
    if connect and session:
        raise ArgumentError("a session is named on this machine, --connect looks on at another one: give one of them")
    client = None if keys is None else read_key(keys).client
    endpoints = tcp_endpoints("", *place(connect), pid=0) if connect else find_live(sessions, session)
    request = ViewRequest(
        folder=out,
        window="always",
        drive=False,
        stereo=layout,
        camera=camera,
        inset=inset,
        clip=None if ar is None else Clip(ar),
        avoid_core=loop_core(),
        name="observer",
        keys=client,
        sound=sound,
    )
    console = console_for(json_file)
    code = run_view(endpoints, load_view_settings(look), request, say=lambda text: console.print(text, highlight=False))
    if json_file is not None:
        write_json(json_file, {"session": endpoints.session, "ended_well": code == 0})
    if code:
        raise typer.Exit(code)
