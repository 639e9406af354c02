"""Serves the console: pages, streams, scenes and the files of sessions."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from starlette.types import ASGIApp, Receive, Scope, Send

import vr_training.browser
from robotics.errors import SteadyhandError
from steadyhand.console.access import Certificate, Gate
from steadyhand.console.runs import Runs
from steadyhand.console.view_element import STATIC
from vr_training.browser.feed import Feeds
from vr_training.browser.relay import Relay
from vr_training.records.session import resolve
from vr_training.stream.endpoints import find_live
from vr_training.stream.messages import Endpoints
from vr_training.view.settings import load_view_settings

FOLDER = ".console"
"""Folder of the console's own in that of all sessions."""
SCRIPTS = Path(vr_training.browser.__file__).with_name("static")
LOOK_S = 1.0
FILES = ("report.html", "video.mp4", "recording.mcap", "session.json")
"""What of a session's folder is handed out."""


@dataclass
class Console:
    """What pages need: where sessions are, what has been started, who looks on.

    Attributes:
        sessions: Folder of all sessions.
        runs: What the console has started.
        feeds: Sessions that somebody looks at.
    """

    sessions: Path
    runs: Runs
    feeds: Feeds

    def endpoints(self, session: str) -> Endpoints:
        """Where a running session's hub listens; raises like `vr_training.stream.endpoints.find_live`."""
        return find_live(self.sessions, session)


def build(sessions: Path, token: str = "") -> tuple[FastAPI, Console]:
    """The application, and what its pages share.

    Args:
        sessions: Folder of all sessions.
        token: What whoever uses it has to show; nothing where empty, for this machine alone.
    """
    from steadyhand.console.pages import register

    console = Console(sessions, Runs(sessions), Feeds())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(console.runs.close)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.mount(STATIC, StaticFiles(directory=SCRIPTS))
    hand = load_view_settings().hand

    @app.websocket("/stream/{session}")
    async def stream(socket: WebSocket, session: str) -> None:
        if not _same_origin(socket):
            await socket.close(1008)
            return
        await socket.accept()
        try:
            endpoints = console.endpoints(session)
        except SteadyhandError as error:
            await socket.send_json({"error": str(error)})
            await socket.close()
            return
        await Relay(console.feeds, endpoints, hand).run(socket, WebSocketDisconnect)

    @app.get("/scene/{session}.glb")
    async def scene(session: str) -> Response:
        try:
            feed = await console.feeds.of(console.endpoints(session))
        except SteadyhandError as error:
            raise HTTPException(404, str(error)) from error
        return Response(await asyncio.to_thread(feed.glb), media_type="model/gltf-binary")

    @app.get("/sessions/{session}/{name}")
    async def file(session: str, name: str) -> FileResponse:
        try:
            path = resolve(session, console.sessions).folder / name
        except SteadyhandError as error:
            raise HTTPException(404, str(error)) from error
        if name not in FILES or not path.is_file():
            raise HTTPException(404, f"there is no {name} of session {session}")
        return FileResponse(path)

    register(console)
    ui.run_with(
        app, title="Steadyhand", dark=None, language="en-GB", storage_secret=_secret(sessions),
        show_welcome_message=False,
    )  # fmt: skip
    if token:
        app.add_middleware(Gate, token=token)
    return app, console


def _secret(sessions: Path) -> str:
    """What signs the cookies of this console's browsers, the same at every start."""
    path = sessions / FOLDER / "secret"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError), open(path, "x", encoding="ascii", opener=_private) as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _same_origin(socket: WebSocket) -> bool:
    """Whether a socket was opened by a page of ours: a browser says which page opens it, and others may ask, too."""
    origin = socket.headers.get("origin")
    return origin is None or origin.split("://", 1)[-1] == socket.headers.get("host")


class Attention:
    """Notices whether anybody looks on: how long ago the last request came, while no socket is open."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._open, self._last = app, 0, time.monotonic()

    @property
    def idle_s(self) -> float:
        """How long nobody has looked on [s]."""
        return 0.0 if self._open else time.monotonic() - self._last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one socket."""
        counts = scope["type"] in ("http", "websocket")
        self._open += counts
        try:
            await self._app(scope, receive, send)
        finally:
            self._open -= counts
            if counts:
                self._last = time.monotonic()


def serve(
    app: FastAPI,
    host: str,
    port: int,
    certificate: Certificate | None = None,
    idle_s: float | None = None,
    runs: Runs | None = None,
) -> None:
    """Serve until an interrupt or a termination, or until nobody has looked on for a while and nothing goes on.

    Args:
        app: What `build` made.
        host: Address to listen at.
        port: Port.
        certificate: For HTTPS; plain HTTP where None.
        idle_s: How long nobody may look on; as long as he likes where None.
        runs: What the console has started: it is not left, and not ended, while it goes on.
    """
    seen = Attention(app)
    config = uvicorn.Config(seen, host=host, port=port, log_level="warning", ws_per_message_deflate=False)
    if certificate is not None:
        config.ssl_certfile, config.ssl_keyfile = str(certificate.certificate), str(certificate.key)
    server = uvicorn.Server(config)

    def look() -> None:
        while not server.should_exit:
            time.sleep(LOOK_S)
            if idle_s is not None and seen.idle_s > idle_s and not (runs is not None and runs.going):
                server.should_exit = True

    threading.Thread(target=look, daemon=True).start()
    server.run()
