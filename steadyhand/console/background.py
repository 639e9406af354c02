"""A console that goes on in the background, until it is ended or nobody has looked at it for a while."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil

from robotics.errors import ArgumentError, DeviceError

IDLE = "STEADYHAND_CONSOLE_IDLE_S"
"""Names how long nobody may look on before it ends by itself [s]."""
IDLE_S = 1800
START_S = 60.0
END_S = 60.0


class Known(msgspec.Struct, frozen=True):
    """What is kept of it: its process, when that began, and its port."""

    pid: int
    began: float
    port: int

    @property
    def process(self) -> psutil.Process | None:
        """The process; None where it has ended, whoever has its number by now."""
        try:
            found = psutil.Process(self.pid)
            return found if abs(found.create_time() - self.began) < 1.0 else None
        except psutil.NoSuchProcess:
            return None


def known(own: Path) -> Known | None:
    """What goes on in the background; None where nothing does."""
    try:
        found = msgspec.json.decode((own / "background.json").read_bytes(), type=Known)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.process is not None else None


def start(own: Path, sessions: Path, port: int) -> None:
    """Start one, and wait until it answers; one that goes on at this port already is left as it is.

    Args:
        own: Folder of the console's own.
        sessions: Folder of all sessions.
        port: Its port.

    Raises:
        ArgumentError: Something else listens at the port, or one goes on at another port.
        DeviceError: It ended at once, or does not answer.
    """
    before = known(own)
    if before is not None:
        if before.port == port:
            return
        raise ArgumentError(f"a console goes on at port {before.port}: end it with: steadyhand console --stop")
    if answers(port):
        raise ArgumentError(f"something listens at port {port} already: name another one with --port")
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = own / "background.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "steadyhand", "console", "--port", str(port), "--sessions", str(sessions)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, IDLE: os.environ.get(IDLE, str(IDLE_S)), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    began = psutil.Process(process.pid).create_time()
    (own / "background.json").write_bytes(msgspec.json.encode(Known(process.pid, began, port)))
    until = time.monotonic() + START_S
    while not answers(port):
        if process.poll() is not None:
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise DeviceError(f"the console ended at once: {last[-1] if last else 'it said nothing'}")
        if time.monotonic() > until:
            process.terminate()
            raise DeviceError(f"the console does not answer within {START_S:g} s; see {log}")
        time.sleep(0.1)


def end(own: Path) -> bool:
    """End the one that goes on in the background; whether there was one.

    Raises:
        DeviceError: It does not end.
    """
    found = known(own)
    process = None if found is None else found.process
    if process is None:
        return False
    process.terminate()
    try:
        process.wait(END_S)
    except psutil.TimeoutExpired as error:
        raise DeviceError(f"the console, process {process.pid}, does not end within {END_S:g} s") from error
    (own / "background.json").unlink(missing_ok=True)
    return True


def answers(port: int) -> bool:
    """Whether something listens at a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
