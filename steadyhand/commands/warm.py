"""`steadyhand warm-up`: compile every kernel once, with progress; part of the set-up."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from steadyhand.warmup import STEPS


def command() -> None:
    """Compile the kernels into their cache, so that the first run starts at once.

    Example:

        steadyhand warm-up
    """
    console = Console()
    began = time.monotonic()
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        bar = progress.add_task("Compiling", total=len(STEPS))
        for title, step in STEPS:
            progress.update(bar, description=title)
            step()
            progress.advance(bar)
    console.print(f"Kernels ready after {time.monotonic() - began:.0f} s.", highlight=False)
