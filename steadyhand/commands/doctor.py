"""`steadyhand doctor`: what this machine can do, and how to mend what it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from steadyhand.commands.options import json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.health import CHECKS


def command(
    json_file: Annotated[Path | None, json_option("the findings")] = None,
) -> None:
    """See what this machine can do: renderer, display, real-time rights, serial ports, devices; each with its fix.

    Example:

        steadyhand doctor
    """
    check_writable(json_file)
    console = console_for(json_file)
    findings = []
    for check in CHECKS:
        finding = check()
        findings.append(finding)
        mark = {"ok": "[green]ok  [/green]", "note": "[yellow]note[/yellow]", "bad": "[red]bad [/red]"}[finding.level]
        console.print(f"{mark} [bold]{finding.name}[/bold]: {escape(finding.said)}", highlight=False, soft_wrap=True)
        if finding.fix:
            console.print(f"       fix: {escape(finding.fix)}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, findings)
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(1)
