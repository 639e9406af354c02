"""What a page and the server say to each other over one WebSocket, from its opening to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from contextlib import ExitStack
from typing import Protocol

import msgspec

from robotics.errors import SteadyhandError
from vr_training.browser.driving import Eye, HeadsetHand, PageMessage, PointerHand
from vr_training.browser.feed import Feed, Feeds, Sent, Viewer
from vr_training.stream.client import StreamClient
from vr_training.stream.messages import Endpoints
from vr_training.view.settings import HandSettings

SILENT_S = 0.25
"""A page that has said nothing for this long while it drives is let go of [s]: what it asked for is old."""


class Socket(Protocol):
    """One WebSocket, as Starlette has it."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        ...

    async def send_text(self, data: str) -> None:
        """Send a text."""
        ...

    async def receive_text(self) -> str:
        """The next text; raises once the other side has gone."""
        ...


class Relay:
    """One page that looks at a session, and perhaps drives it.

    Args:
        feeds: All feeds.
        endpoints: Where the session's hub listens.
        settings: Gains and speeds of mouse and keys.
        name: What others see of it while it drives.
        may_drive: Whether it may command at all.
    """

    def __init__(
        self, feeds: Feeds, endpoints: Endpoints, settings: HandSettings, name: str = "browser", may_drive: bool = True
    ) -> None:
        self._feeds, self._endpoints, self._settings = feeds, endpoints, settings
        self._name, self._may_drive = name, may_drive
        self._decoder = msgspec.json.Decoder(PageMessage)
        self._pointer: PointerHand | None = None
        self._headset: HeadsetHand | None = None
        self._eye: Eye | None = None
        self._heard = 0.0
        self._stack = ExitStack()

    async def run(self, socket: Socket, gone: type[Exception]) -> None:
        """Serve a page until it goes, or the session has ended and it has been told so.

        Args:
            socket: Its socket, accepted.
            gone: What the socket raises once the page has gone.
        """
        try:
            feed = await self._feeds.of(self._endpoints)
        except SteadyhandError as error:
            await _told(socket, "error", str(error))
            return
        viewer = feed.join()
        try:
            with self._stack:
                await socket.send_text(msgspec.json.encode({"scene": feed.packer.description()}).decode())
                await _first_of(self._send(socket, feed, viewer), self._receive(socket, feed, viewer), self._watch())
        except gone:
            return
        finally:
            self._feeds.leave(feed, viewer)

    async def _send(self, socket: Socket, feed: Feed, viewer: Viewer) -> None:
        while True:
            sent: Sent = await viewer.next(feed)
            head = {**sent.head, "mine": self._names(), "driven": 0 if self._pointer is None else self._pointer.driven}
            await socket.send_bytes(feed.packer.message(head, sent.poses, sent.shapes, viewer.seen))
            if not sent.state.running:
                return

    async def _watch(self) -> None:
        """Let go for a page that has fallen silent."""
        while True:
            await asyncio.sleep(0.5 * SILENT_S)
            if self._pointer is not None and time.monotonic() - self._heard > SILENT_S:
                self._pointer.release()

    async def _receive(self, socket: Socket, feed: Feed, viewer: Viewer) -> None:
        while True:
            text = await socket.receive_text()
            self._heard = time.monotonic()
            try:
                message = self._decoder.decode(text)
            except msgspec.DecodeError as error:
                await _told(socket, "error", f"not a message of this page: {error}")
                continue
            for _ in range(message.shown):
                viewer.answered()
            try:
                self._take(message, feed)
            except SteadyhandError as error:
                await _told(socket, "error", str(error))

    def _take(self, message: PageMessage, feed: Feed) -> None:
        if message.stop:
            with StreamClient(self._endpoints, self._name) as client:
                client.stop(message.stop)
        if not self._may_drive:
            return
        scene = feed.snapshot.scene
        if message.drive and self._pointer is None and scene.inputs:
            self._pointer = self._stack.enter_context(PointerHand(self._endpoints, scene, self._settings, self._name))
        self._eye = message.eye or self._eye
        newest = feed.newest
        if self._pointer is not None:
            if message.release or message.drive is False:
                self._pointer.release()
            for event in message.events:
                self._pointer.handle(event)
            if message.shown and newest is not None:
                self._pointer.shown(newest.state, self._eye)
        if message.held:
            if self._headset is None and scene.inputs:
                self._headset = self._stack.enter_context(HeadsetHand(self._endpoints, scene, f"{self._name}-headset"))
            if self._headset is not None:
                for held in message.held:
                    self._headset.send(held, None if newest is None else newest.state)

    def _names(self) -> list[str]:
        """What this page drives under."""
        return [hand.name for hand in (self._pointer, self._headset) if hand is not None]


async def _told(socket: Socket, kind: str, text: str) -> None:
    await socket.send_text(msgspec.json.encode({kind: text}).decode())


async def _first_of(*work: Awaitable[None]) -> None:
    """Wait for the first of several to end, and end the others; raises what it raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
