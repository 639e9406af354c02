"""`steadyhand console`: everything from a page in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from robotics.errors import ArgumentError
from steadyhand.commands.options import Sessions
from vr_training.records.session import sessions_folder

PORT = 8088
HERE = "127.0.0.1"


def command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the page.")] = PORT,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Address to listen at; beyond this machine with certificate and token."),
    ] = HERE,
    cert: Annotated[
        Path | None, typer.Option("--cert", metavar="FILE", help="Certificate (PEM); its own where left out.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="Key of --cert (PEM).")] = None,
    make_cert: Annotated[
        bool, typer.Option("--make-cert", help="Make a certificate for this machine, say what it is, and end.")
    ] = False,
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Go on in the background until --stop, or half an hour after the last look."),
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the one that goes on in the background.")] = False,
    sessions: Sessions = None,
) -> None:
    """Serve the console: lessons, live view, results, from any browser of this machine.

    From other machines, a headset among them, it is reached over HTTPS with --host, by whoever has the link that is
    printed then.

    Examples:

        steadyhand console
        steadyhand console --port 9000
        steadyhand console --make-cert
        steadyhand console --host 192.168.1.5
        steadyhand console --detach
    """
    from steadyhand.console import background
    from steadyhand.console.access import Certificate, is_loopback, make_certificate, token_of

    say = Console()
    folder = (sessions or sessions_folder()).resolve()
    own = folder / ".console"
    if make_cert:
        made = make_certificate(own, () if host == HERE else (host,))
        say.print(f"Certificate  {made.certificate}", highlight=False, soft_wrap=True)
        say.print(f"SHA-256      {made.fingerprint}", highlight=False, soft_wrap=True)
        say.print("A browser asks once whether to trust it: compare the SHA-256.", highlight=False)
        return
    if stop:
        ended = background.end(own)
        say.print("The console has ended." if ended else "No console goes on in the background.", highlight=False)
        return
    if (cert is None) is not (key is None):
        raise ArgumentError("--cert and --key go together")
    beyond = not is_loopback(host)
    certificate = Certificate.of(own) if cert is None or key is None else Certificate(cert, key)
    if beyond:
        certificate.check()
    link = f"https://{host}:{port}/login?token={token_of(own)}" if beyond else f"http://{host}:{port}"
    if detach:
        if beyond:
            raise ArgumentError("--detach is for this machine alone: leave --host out")
        background.start(own, folder, port)
        say.print(f"Console  {link}  (steadyhand console --stop ends it)", highlight=False, soft_wrap=True)
        return
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(own / "browsers"))  # read as it is imported
    from steadyhand.console.server import build, serve

    app, shared = build(folder, token_of(own) if beyond else "")
    say.print(f"Console  {link}  (Ctrl-C ends it)", highlight=False, soft_wrap=True)
    idle = os.environ.get(background.IDLE, "")
    serve(app, host, port, certificate if beyond else None, float(idle) if idle else None, shared.runs)
