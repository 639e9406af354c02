"""Options that several commands share, so that one word means the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from robotics.errors import UnknownNameError
from vr_training.view.settings import StereoLayout

SessionName = Annotated[str, typer.Argument(help="Session: its name, the beginning of it, its folder, or 'newest'.")]
"""Which session a command is about."""

Sessions = Annotated[
    Path | None, typer.Option("--sessions", metavar="DIR", help="Folder of all sessions; ./sessions where left out.")
]
"""Where sessions are kept."""

ViewName = Annotated[str, typer.Option("--view", help="View settings: default, small, or a TOML file.")]
"""How the view looks."""

Stereo = Annotated[bool, typer.Option("--stereo", help="Show the endoscope's two eyes side by side.")]
"""Whether there are two eyes."""

StereoAs = Annotated[
    str,
    typer.Option(
        "--stereo-as",
        metavar="LAYOUT",
        help="Two eyes, put together as: side-by-side, side-by-side-full (each at full width), top-bottom, "
        "anaglyph (red and cyan glasses) or windows (one for each eye).",
    ),
]
"""How two eyes come together."""

Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        metavar="ADDRESS[:PORT]",
        help="Let whoever has a key look on from another machine, at this machine's address; see `steadyhand keys`.",
    ),
]
"""Where others may attach from."""

ClipFile = Annotated[
    Path | None,
    typer.Option(
        "--ar",
        metavar="CLIP.mp4",
        help="Show it over what a real camera saw; CLIP.toml beside it says how that was calibrated.",
    ),
]
"""What a real camera saw."""

InsetCamera = Annotated[str, typer.Option("--inset", help="A second camera, shown small in the picture; I changes it.")]
"""What is seen besides."""

STEREO_LAYOUTS: dict[str, StereoLayout] = {
    "side-by-side": "half",
    "side-by-side-full": "full",
    "top-bottom": "top_bottom",
    "anaglyph": "anaglyph",
    "windows": "windows",
}
"""Stereo layouts by the names that people give them."""


def stereo_layout(stereo: bool, stereo_as: str) -> StereoLayout:
    """The layout that ``--stereo`` and ``--stereo-as`` ask for together.

    Raises:
        UnknownNameError: There is no such layout; lists those there are.
    """
    if stereo_as and stereo_as not in STEREO_LAYOUTS:
        raise UnknownNameError("stereo layout", stereo_as, STEREO_LAYOUTS)
    return STEREO_LAYOUTS[stereo_as] if stereo_as else "half" if stereo else "off"


Columns = Annotated[
    str | None, typer.Option(help="Columns of a recorded FILE, as 't,x,y,z'; - skips one. Guessed if unset.")
]
"""Which column of a recording is what."""

Units = Annotated[
    str | None, typer.Option(help="Units of a recorded FILE, time then axes, as 'ns,m/s2'. Guessed if unset.")
]
"""What a recording's numbers are in."""

Kind = Annotated[
    str | None, typer.Option(help="What a recorded FILE holds: position or acceleration. Guessed if unset.")
]
"""What a recording holds."""

RateHz = Annotated[
    float | None, typer.Option("--rate-hz", help="Sampling rate of a recorded FILE without a time column.")
]
"""How fast a recording was sampled."""


DelayMs = Annotated[
    float | None,
    typer.Option(help="Delay between hand and arm, the whole round trip, up to 1000 ms; the lesson's own if unset."),
]
"""How late the hand arrives."""

JitterMs = Annotated[float | None, typer.Option(help="Jitter of that delay, up to 100 ms; the lesson's own if unset.")]
"""How unevenly it arrives."""

Loss = Annotated[
    float | None, typer.Option(help="Share of the hand's poses that are lost, 0 to 0.5; the lesson's own if unset.")
]
"""How much of it does not."""

Difficulty = Annotated[
    str, typer.Option(help="How hard: easy, standard or hard; `steadyhand list lessons` says which a lesson has.")
]
"""How hard a lesson is made, or at which difficulty tries are looked at."""

Drives = Annotated[
    str | None,
    typer.Option(
        help="real: with the cables' backlash and the joints' friction; ideal: without. The rig's own if unset."
    ),
]
"""What lies between motors and joints."""

PlantName = Annotated[
    str,
    typer.Option(
        "--plant",
        help="What is driven: simulator; serial:PORT or serial:PORT@BAUD, a joint board and its arm; "
        "dynamixel:BUS:PORT, servos as a bus of configs/buses has them; board:native or board:avr, its firmware in "
        "virtual time before a simulated arm (needs --lockstep).",
    ),
]
"""What the loop drives."""

Sound = Annotated[
    bool,
    typer.Option("--sound", help="Tones say what happens: next step, goal, something dropped or torn, force, stop."),
]
"""Whether the view sounds."""

ExpertPath = Annotated[
    bool,
    typer.Option(
        "--expert-path",
        help="Draw the way of the expert's tips through this very scene; the expert goes first, in fast time.",
    ),
]
"""Whether the view shows how the expert goes."""

Arm = Annotated[
    str | None, typer.Option("--arm", help="Arm of a rig with several that you drive first; Tab goes on to the next.")
]
"""Which arm a person drives first."""

Person = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Whose session it is: a pseudonym such as p07, never a real name."),
]
"""Whose tries a command is about, or whose a session becomes."""


def json_option(what: str) -> Any:
    """The option ``--json FILE`` of a command that can write ``what`` it found."""
    return typer.Option("--json", metavar="FILE", help=f"Write {what} as JSON to FILE; - prints it.")
