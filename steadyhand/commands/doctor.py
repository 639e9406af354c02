"""`steadyhand doctor`: what this machine, or a joint board on a port, can do, and how to mend what it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from robotics.errors import ArgumentError
from steadyhand.commands.findings import show
from steadyhand.commands.options import json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.health import CHECKS


def command(
    port: Annotated[
        str | None,
        typer.Option(
            "--port", metavar="PORT[@BAUD]", help="Examine the joint board on a serial port instead of this machine."
        ),
    ] = None,
    prove_watchdog: Annotated[
        bool,
        typer.Option(
            "--prove-watchdog",
            help="Of a board on --port: POWER THE DRIVES, hold the joints, fall silent, and see that the board makes "
            "itself safe. Be ready at the emergency stop; nobody may be in the arm.",
        ),
    ] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.2, max=60.0, help="How long the line of a board is measured.")
    ] = 2.0,
    json_file: Annotated[Path | None, json_option("the findings")] = None,
) -> None:
    """See what this machine can do: renderer, display, real-time rights, serial ports, devices; each with its fix.

    With --port: what the joint board there is, how fast it and its line are, how long it takes to answer, its
    adapter, its watchdog. Nothing is armed unless --prove-watchdog asks for it. The exit code is 1 where anything
    is bad.

    Examples:

        steadyhand doctor

        steadyhand doctor --port /dev/serial/by-id/usb-ARDUINO@2000000

        steadyhand doctor --port /dev/serial/by-id/usb-BOARD --prove-watchdog --json board.json
    """
    check_writable(json_file)
    console = console_for(json_file)
    if port is not None:
        from steadyhand.commands.doctor_board import examine

        findings = examine(console, port, seconds, prove_watchdog)
    elif prove_watchdog:
        raise ArgumentError("--prove-watchdog: the watchdog of which board? Give its --port")
    else:
        findings = []
        for check in CHECKS:
            findings.append(finding := check())
            show(console, finding)
    if json_file is not None:
        write_json(json_file, findings)
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(1)
