"""A hub that serves a small scene from a thread of the test."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from two_arm_scene import LAYOUT, make_scene

from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import unique_name
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import ipc_endpoints
from vr_training.stream.hub import Hub
from vr_training.stream.messages import SceneMessage


@pytest.fixture
def scene() -> SceneMessage:
    return make_scene()


@dataclass
class Served:
    """A hub that runs, and what belongs to it."""

    ring: TickRing
    mailbox: Mailbox
    hub: Hub
    thread: threading.Thread
    folder: Path

    def client(self, name: str = "view") -> StreamClient:
        return StreamClient(self.hub.endpoints, name)

    def end(self) -> None:
        self.ring.close()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def served(tmp_path: Path, scene: SceneMessage) -> Iterator[Served]:
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 256) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
    ):
        hub = Hub(ring.name, mailbox.name, scene, ipc_endpoints(scene.session), folder=tmp_path)
        with hub:
            thread = threading.Thread(target=hub.run)
            thread.start()
            made = Served(ring, mailbox, hub, thread, tmp_path)
            try:
                yield made
            finally:
                made.end()
