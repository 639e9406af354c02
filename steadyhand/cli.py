"""The door: `steadyhand COMMAND`. Every command teaches itself with ``--help``."""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from robotics.errors import DeviceError, SteadyhandError

app = typer.Typer(
    name="steadyhand",
    help=(
        "Train robotic surgery and rehabilitation in simulation, with tremor-filtered motion at 1 kHz.\n\n"
        "Start with [bold]steadyhand run needle_reach[/bold]. "
        "A research and training system, not a medical device."
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _group() -> None:
    """Keep commands below `steadyhand` even where one alone is registered."""


BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130
"""Exit codes: something to mend in what was asked for; something that went wrong; Ctrl-C."""


COMMANDS = {
    "run": "run",
    "train": "train",
    "view": "view",
    "console": "console",
    "keys": "keys",
    "replay": "replay",
    "video": "video",
    "clip": "clip",
    "report": "report",
    "rehab": "rehab",
    "tremor": "tremor",
    "hardware": "hardware",
    "sessions": "sessions",
    "curriculum": "curriculum",
    "curve": "curve",
    "reference": "reference",
    "list": "listing",
    "demos": "demos",
    "doctor": "doctor",
    "warm-up": "warm",
}
"""Every command, as the help lists them, and its module in `steadyhand.commands`: an ``app`` of its own, or one
``command``."""


def register(asked: Sequence[str] = ()) -> None:
    """Add the commands to `app`: the one that was asked for, or all where none of them was.

    Args:
        asked: The words after ``steadyhand``. Importing all commands takes seconds, one alone a part of it.
    """
    word = asked[0] if asked else ""
    for name in [word] if word in COMMANDS else COMMANDS:
        module = importlib.import_module(f"steadyhand.commands.{COMMANDS[name]}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(module.command)


def _interrupt(*_: object) -> NoReturn:
    """A termination ends everything as Ctrl-C does: at rest and saved."""
    raise KeyboardInterrupt


def _refuse_strangers() -> None:
    """Stop where `control` or another of our folders is somebody else's package."""
    import control

    if not getattr(control, "STEADYHAND", False):
        where = getattr(control, "__file__", "somewhere unknown")
        raise SteadyhandError(
            f"the package 'control' at {where} is not Steadyhand's (PyPI's python-control has the same name); "
            "install Steadyhand into an environment of its own: `make setup`"
        )


def main() -> NoReturn:
    """Entry point: one clear message and an exit code for whatever goes wrong."""
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _refuse_strangers()
        register(sys.argv[1:])
        try:
            app()
        except SystemExit as ended:  # typer turns Ctrl-C within a command into this, and says nothing
            if ended.code == INTERRUPTED:
                raise KeyboardInterrupt from ended
            raise
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted.[/yellow]")
        sys.exit(INTERRUPTED)
    except DeviceError as error:
        console.print(f"[red]Error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(FAILED)
    except SteadyhandError as error:
        console.print(f"[red]Error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(BAD_INPUT)
    sys.exit(0)


if __name__ == "__main__":
    main()
