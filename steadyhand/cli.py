"""The door: `steadyhand COMMAND`. Every command teaches itself with ``--help``."""

from __future__ import annotations

import signal
import sys
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

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130
"""Exit codes: something to mend in what was asked for; something that went wrong; Ctrl-C."""


def _register() -> None:
    from steadyhand.commands import (
        curriculum,
        curve,
        demos,
        doctor,
        hardware,
        listing,
        reference,
        rehab,
        replay,
        report,
        run,
        sessions,
        train,
        tremor,
        view,
        warm,
    )

    app.command("run")(run.command)
    app.command("train")(train.command)
    app.command("view")(view.command)
    app.command("replay")(replay.command)
    app.command("report")(report.command)
    app.add_typer(rehab.app, name="rehab")
    app.add_typer(tremor.app, name="tremor")
    app.add_typer(hardware.app, name="hardware")
    app.command("sessions")(sessions.command)
    app.command("curriculum")(curriculum.command)
    app.command("curve")(curve.command)
    app.command("reference")(reference.command)
    app.command("list")(listing.command)
    app.command("demos")(demos.command)
    app.command("doctor")(doctor.command)
    app.command("warm-up")(warm.command)


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
        _register()
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
