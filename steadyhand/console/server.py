"""Serves the console: pages, streams, scenes and the files of sessions."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from nicegui import ui

import vr_training.browser
from robotics.errors import SteadyhandError
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


def build(sessions: Path) -> tuple[FastAPI, Console]:
    """The application, and what its pages share.

    Args:
        sessions: Folder of all sessions.
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


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until an interrupt or a termination."""
    uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", ws_per_message_deflate=False)).run()
