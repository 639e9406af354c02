"""A virtual display, and a `steadyhand run` on it as a child process that is ended for certain."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
VIEW = "small"
"""Settings of the view: small pictures, as a slow machine wants them."""
MISSING = tuple(tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None)


class GaveUp(AssertionError):
    """What the person waited for did not come."""


@contextmanager
def virtual_display(width: int = 1440, height: int = 900, pixels: Path | None = None) -> Iterator[str]:
    """A virtual display of its own; gives its name.

    Args:
        width: Of its screen [px].
        height: Of its screen [px].
        pixels: Folder in which its pixels are kept, for `tests.steadyhand.pixels.Pixels`; in none where None.
    """
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    if pixels is not None:
        command += ["-fbdir", str(pixels)]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            name = f":{pipe.readline().strip()}"
        yield name
    finally:
        server.terminate()
        server.wait()


@dataclass
class Run:
    """A `steadyhand run` as a child process on a display.

    Attributes:
        sessions: Folder of its sessions.
        process: The child, leader of a group of its own.
        log: What it says.
    """

    sessions: Path
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it has said so far, as one line."""
        return " ".join(self.log.read_text(encoding="utf-8", errors="replace").split())

    def wait(self, seconds: float) -> int:
        """Its exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise GaveUp(f"the run did not end within {seconds:g} s; it said: {self.said}") from None


@contextmanager
def steadyhand_run(
    display: str, folder: Path, *options: str, words: tuple[str, ...] = ("run", "needle_reach")
) -> Iterator[Run]:
    """Start ``steadyhand run needle_reach`` on a display; whatever is left of it in the end is killed."""
    sessions, log = folder / "sessions", folder / "said.txt"
    environment = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
    environment |= {"DISPLAY": display, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "steadyhand.cli", *words, "--view", VIEW]
    command += ["--sessions", str(sessions), *options]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield Run(sessions, process, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def results_of(run: Run) -> tuple[Path, dict[str, object]]:
    """The one session of a run: its folder, and its results."""
    (folder,) = (path for path in run.sessions.iterdir() if path.is_dir())
    return folder, msgspec.json.decode((folder / "session.json").read_bytes())


class _ClientMessage(ctypes.Structure):
    """X's XClientMessageEvent, as long as any event."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 12),
    )


def close_window(display_name: str, window: int) -> None:
    """Ask the window to close, as the cross in its title bar does."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.argtypes, x11.XInternAtom.restype = (
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int],
        ctypes.c_ulong,
    )
    x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(display_name.encode())
    message = _ClientMessage(type=33, window=window, format=32)  # 33 is X's ClientMessage
    message.message_type = x11.XInternAtom(display, b"WM_PROTOCOLS", 0)
    message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    x11.XSendEvent(display, window, 0, 0, ctypes.byref(message))
    x11.XCloseDisplay(display)  # sends what is still to be sent
