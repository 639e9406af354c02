"""Runs a hub in a process of its own, as a session does, so that tests can kill it."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

import msgspec

from robotics.errors import DeviceError
from vr_training.records.info import SessionInfo
from vr_training.records.writer import Recorder
from vr_training.stream.endpoints import ipc_endpoints, remove_sockets
from vr_training.stream.hub import Hub, HubReport
from vr_training.stream.messages import Endpoints, SceneMessage
from vr_training.stream.security import ServerKeys

START_S = 60.0
"""How long a hub may take to listen [s]; a cold start compiles kernels."""


@dataclass(frozen=True)
class HubJob:
    """Everything a hub process needs.

    Attributes:
        ring: Name of the ring of ticks.
        mailbox: Name of the mailbox.
        scene: The scene.
        endpoints: Where to listen; fresh ones inside this machine where None.
        recording: File to record into, in an existing folder; None to record nothing.
        info: What the recording says about the session; needed with ``recording``.
        folder: Folder of the session, where ``live.json`` goes.
        keys: Keys, where it listens on the network.
    """

    ring: str
    mailbox: str
    scene: SceneMessage
    endpoints: Endpoints | None = None
    recording: Path | None = None
    info: SessionInfo | None = None
    folder: Path | None = None
    keys: ServerKeys | None = None


class HubProcess:
    """A hub in a child process. ``with`` starts it and waits until it listens; at the end it is ended if it still runs.

    Args:
        job: What it is to do.

    Attributes:
        endpoints: Where it listens, once it does.
    """

    def __init__(self, job: HubJob) -> None:
        self._job = job
        self.endpoints: Endpoints | None = None
        self._report: HubReport | None = None

    def __enter__(self) -> HubProcess:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(self._job, theirs), name="steadyhand-hub")
        self._process.start()
        theirs.close()
        try:
            if self._pipe.poll(START_S):
                first = self._pipe.recv()
                if isinstance(first, Endpoints):
                    self.endpoints = first
                    return self
                raise DeviceError(f"the hub did not start: {first}")
            raise DeviceError(f"the hub did not listen within {START_S:g} s")
        except EOFError as error:
            self._process.join(5.0)
            raise DeviceError(f"the hub ended as it started, exit code {self._process.exitcode}") from error
        except BaseException:
            self._end()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid or 0

    @property
    def runs(self) -> bool:
        """Whether it is alive."""
        return self._process.is_alive()

    def wait(self, timeout_s: float, progress: Callable[[float], None] | None = None) -> HubReport:
        """Wait until the hub has drained the ring and closed the recording. Close the ring first.

        Args:
            timeout_s: Longest time without a sign of progress [s].
            progress: Told the share of the recording that is closed, 0 to 1.

        Returns:
            Its report; where it died, one whose ``problem`` says so.
        """
        while self._report is None:
            try:
                if not self._pipe.poll(timeout_s):
                    return HubReport(problem=f"the hub did not end within {timeout_s:g} s")
                word = self._pipe.recv()
            except EOFError:
                self._process.join(5.0)
                self._report = HubReport(problem=f"the hub died, exit code {self._process.exitcode}")
                break
            if isinstance(word, HubReport):
                self._report = word
                self._process.join(5.0)
            elif isinstance(word, str):
                self._report = HubReport(problem=word)
            elif progress is not None:
                progress(word)
        return self._report

    def kill(self) -> None:
        """Kill it at once, as a crash would."""
        self._process.kill()
        self._process.join(10.0)

    def _end(self) -> None:
        if self._process.is_alive() and self._report is None:
            self._process.terminate()
        self._process.join(10.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(10.0)
        self._pipe.close()
        if self.endpoints is not None:
            remove_sockets(self.endpoints)


def _serve(job: HubJob, pipe: Connection) -> None:
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told > 0.1 or share >= 1.0:
            told = time.monotonic()
            pipe.send(share)

    try:
        endpoints = job.endpoints or ipc_endpoints(job.scene.session)
        endpoints = msgspec.structs.replace(endpoints, pid=os.getpid())
        recorder = Recorder(job.recording, job.scene, job.info) if job.recording and job.info else None
        hub = Hub(
            job.ring, job.mailbox, job.scene, endpoints, recorder=recorder, folder=job.folder, keys=job.keys
        )  # fmt: skip
        with hub:
            pipe.send(hub.endpoints)
            report = hub.run(tell)
        pipe.send(report)
    except BrokenPipeError:
        return  # whoever started this process is gone; the session was served all the same
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")
        raise
