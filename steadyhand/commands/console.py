"""`steadyhand console`: everything from a page in the browser."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from steadyhand.commands.options import Sessions
from vr_training.records.session import sessions_folder

PORT = 8088


def command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = PORT,
    sessions: Sessions = None,
) -> None:
    """Serve the console: lessons, live view, results, from any browser of this machine.

    Examples:

        steadyhand console
        steadyhand console --port 9000
    """
    folder = (sessions or sessions_folder()).resolve()
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(folder / ".console" / "browsers"))  # read as it is imported
    from steadyhand.console.server import build, serve

    app, _ = build(folder)
    Console().print(f"Console  http://127.0.0.1:{port}  (Ctrl-C ends it)", highlight=False)
    serve(app, "127.0.0.1", port)
