"""An OpenIGTLink tracker on the loopback for whoever tests a session: pyigtl's server in its own process."""

from __future__ import annotations

import multiprocessing
import socket
import time
from multiprocessing.connection import Connection
from types import TracebackType

import numpy as np

from robotics.config import find, load
from vr_training.inputs.igtl import TrackerConfig


class Playing:
    """A tracker that stands still with its clutch pressed, until it is told otherwise."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_play, args=(self.port, theirs), daemon=True)

    def __enter__(self) -> Playing:
        self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join(5.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def release_and_move(self) -> None:
        self._pipe.send("move")

    def fall_silent(self) -> None:
        self._pipe.send("silent")


def _play(port: int, pipe: Connection) -> None:
    import pyigtl

    names = load(find("inputs", "igtl"), TrackerConfig).hands[0]
    server = pyigtl.OpenIGTLinkServer(port=port, local_server=True)
    doing, began = "rest", 0.0
    try:
        while True:
            if pipe.poll(0.01):
                doing, began = pipe.recv(), time.monotonic()
            if doing == "silent":
                continue
            T = np.eye(4)
            # Right and back by 40 mm: a tracker's millimetres.
            T[0, 3] = 20.0 * (1.0 - np.cos(time.monotonic() - began)) if doing == "move" else 0.0
            server.send_message(pyigtl.TransformMessage(T, device_name=names.device), wait=False)
            clutch = "0" if doing == "move" else "1"
            server.send_message(pyigtl.StringMessage(clutch, device_name=names.clutch), wait=False)
    except (EOFError, OSError):
        return
