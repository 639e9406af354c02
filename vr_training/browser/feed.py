"""The states of running sessions, for any number of browsers: the newest one only, and never more than two on the way.

What a socket's own buffers hold cannot be called back: a browser that stood still for seconds would be shown every
state of those seconds. So a browser says which state it has shown, and gets no third one while two are unanswered.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from robotics.errors import SteadyhandError
from vr_training.browser.packet import Packer, Seen
from vr_training.browser.scene_asset import scene_glb
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import closed
from vr_training.stream.messages import DeformableState, Endpoints, Snapshot, StateMessage

WINDOW = 2
"""States that may be on their way to a browser, unanswered."""

WAIT_S = 0.25
"""How long the thread of a feed waits for a state before it looks whether it is still wanted [s]."""


@dataclass(frozen=True)
class Sent:
    """A state, as every browser gets it."""

    state: StateMessage
    head: dict[str, Any]
    poses: bytes

    @property
    def shapes(self) -> tuple[DeformableState, ...]:
        """Shapes of its deformables."""
        return self.state.deformables


@dataclass(eq=False)
class Viewer:
    """One browser that looks on.

    Attributes:
        sent: States that it was sent.
        shown: States that it has shown.
    """

    seen: Seen = field(default_factory=Seen)
    sent: int = 0
    shown: int = 0
    _last: Sent | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self) -> None:
        """Take a browser's word that it has shown one more state."""
        self.shown = min(self.shown + 1, self.sent)
        self._news.set()

    def wake(self) -> None:
        """Say that there is something new."""
        self._news.set()

    async def next(self, feed: Feed) -> Sent:
        """The newest state that this browser has not been sent, once there is one and it may be sent."""
        while True:
            newest = feed.newest
            if newest is not None and newest is not self._last and self.sent - self.shown < WINDOW:
                self._last = newest
                self.sent += 1
                return newest
            self._news.clear()
            await self._news.wait()


class Feed:
    """One running session, connected to while anybody looks on.

    Args:
        endpoints: Where its hub listens.

    Attributes:
        snapshot: Its scene, and the state it began with.
        packer: Makes messages of its states.
        newest: Its newest state; None before the first.
        over: Whether it has ended, or its hub has gone.
    """

    snapshot: Snapshot
    packer: Packer

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints
        self.newest: Sent | None = None
        self.over = False
        self._viewers: set[Viewer] = set()
        self._glb: bytes | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Connect.

        Raises:
            StaleError: The hub does not answer.
            InputFileError: It speaks another version of the protocol.
        """
        loop = asyncio.get_running_loop()
        began: asyncio.Future[None] = loop.create_future()

        def settle(error: SteadyhandError | None) -> None:
            if began.done():
                return
            if error is None:
                began.set_result(None)
            else:
                began.set_exception(error)

        self._thread = threading.Thread(target=self._run, args=(loop, settle), name="feed", daemon=True)
        self._thread.start()
        await began

    def stop(self) -> None:
        """Let go of the hub."""
        self._stop.set()

    def glb(self) -> bytes:
        """The scene as binary glTF."""
        if self._glb is None:
            self._glb = scene_glb(self.snapshot.scene)
        return self._glb

    def join(self) -> Viewer:
        """One more browser."""
        viewer = Viewer()
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> bool:
        """One browser less; whether nobody is left."""
        self._viewers.discard(viewer)
        return not self._viewers

    def _run(self, loop: asyncio.AbstractEventLoop, settle: Callable[[SteadyhandError | None], None]) -> None:
        try:
            with StreamClient(self.endpoints, "browser") as client:
                self.snapshot = client.snapshot()
                self.packer = Packer(self.snapshot.scene)
                if self.snapshot.state is not None:
                    self.newest = self._made(self.snapshot.state)
                loop.call_soon_threadsafe(settle, None)
                while not self._stop.is_set():
                    state = client.wait(WAIT_S)
                    if state is not None:
                        loop.call_soon_threadsafe(self._take, self._made(state))
                        if not state.running:
                            break
                    elif closed(self.endpoints):
                        break
        except SteadyhandError as error:
            loop.call_soon_threadsafe(settle, error)
        except RuntimeError:
            return  # the loop has been closed
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._end)

    def _made(self, state: StateMessage) -> Sent:
        return Sent(state, *self.packer.common(state))

    def _take(self, sent: Sent) -> None:
        self.newest = sent
        for viewer in self._viewers:
            viewer.wake()

    def _end(self) -> None:
        self.over = True
        for viewer in self._viewers:
            viewer.wake()


class Feeds:
    """The feeds of all sessions that somebody looks at, each once."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}
        self._lock = asyncio.Lock()

    async def of(self, endpoints: Endpoints) -> Feed:
        """The feed of a session; raises like `Feed.start`."""
        async with self._lock:
            feed = self._feeds.get(endpoints.state)
            if feed is None or feed.over:
                feed = Feed(endpoints)
                await feed.start()
                self._feeds[endpoints.state] = feed
            return feed

    def leave(self, feed: Feed, viewer: Viewer) -> None:
        """One browser less; the last one lets go of the hub."""
        if feed.leave(viewer):
            feed.stop()
            if self._feeds.get(feed.endpoints.state) is feed:
                del self._feeds[feed.endpoints.state]
