"""Findings as a person sees them: a line each, with its fix under it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from steadyhand.health import Finding

_MARKS = {"ok": "[green]ok  [/green]", "note": "[yellow]note[/yellow]", "bad": "[red]bad [/red]"}


def show(console: Console, finding: Finding) -> None:
    """Print one finding."""
    mark = _MARKS[finding.level]
    console.print(f"{mark} [bold]{finding.name}[/bold]: {escape(finding.said)}", highlight=False, soft_wrap=True)
    if finding.fix:
        console.print(f"       fix: {escape(finding.fix)}", highlight=False, soft_wrap=True)
