"""Joint boards that are emulated on a pty, as processes: what opens it finds the firmware behind a real tty."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import tty
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from hardware.firmware.build import build
from robotics.errors import DeviceError, UnknownNameError

TARGETS = ("native", "avr", "cortex_m3")
"""What the firmware of an arm can be run on."""

EXAMPLE = "blink"
"""The first example, on a simulated ATmega2560: it has one joint of its own, and an LED."""

START_S = 20.0
"""Longest that QEMU may take to open its line [s]."""

_ROOT = Path(__file__).resolve().parents[2]


class EmulatedBoard:
    """An emulated board; ``with`` starts it and gives the path of its line.

    Args:
        target: One of `TARGETS`, or `EXAMPLE`.
        arm: Arm whose joints it has.
        channels: Further sensors that it has.
        link: Where a link to its line is to stand; none where None.
        without: A guard that its firmware lacks, for tests: one of `hardware.firmware.guards.GUARDS`; none where empty.
            The AVR's is run whole alone.
        pace: Of the simulated AVR's time beside the clock's, where a machine cannot keep up; its host's time has to go
            by as slowly.
        incremental: Whether its encoders have to be homed.

    Raises:
        UnknownNameError: No such target.
        DeviceError: What it needs is not installed, or it does not start.
    """

    def __init__(
        self,
        target: str,
        arm: str = "psm",
        channels: int = 0,
        link: Path | None = None,
        without: str = "",
        pace: float = 1.0,
        incremental: bool = False,
    ) -> None:
        if target not in (*TARGETS, EXAMPLE):
            raise UnknownNameError("target", target, (*TARGETS, EXAMPLE))
        if without and target in ("avr", EXAMPLE):
            raise DeviceError("the AVR's firmware is run whole alone")
        self._target, self._arm, self._channels, self._link, self._without = target, arm, channels, link, without
        self._pace, self._incremental = pace, incremental
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: list[int] = []
        self.path = ""

    def __enter__(self) -> EmulatedBoard:
        program = build(self._target, self._arm, self._channels, self._without, self._incremental)
        if self._link is not None and self._link.exists() and not self._link.is_symlink():
            raise DeviceError(f"{self._link}: is there already, and no link")
        try:
            if self._target == "cortex_m3":
                self._start_qemu(program)
            else:
                self._start(program)
            if self._link is not None:
                self._link.unlink(missing_ok=True)
                self._link.symlink_to(self.path)
        except BaseException:  # an interruption as well: what stands by then is taken away
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()
        while self._kept:
            with suppress(OSError):
                os.close(self._kept.pop())
        if self._link is not None and self.path:
            with suppress(OSError):
                if os.readlink(self._link) == self.path:
                    self._link.unlink()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that is the board."""
        if self._process is None:
            raise DeviceError("the emulated board is not running; use it in a with block")
        return self._process

    def freeze(self) -> None:
        """Stop it in its tracks, as if its clock stood still."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def _start(self, program: Path) -> None:
        device, line = pty.openpty()
        tty.setraw(line)
        self.path = os.ttyname(line)
        # The line's other end stays open here: a pty that nobody has open would end the device's reading.
        self._kept = [line]
        if self._target == "native":
            command = [str(program), str(device)]
        else:
            command = [
                sys.executable,
                "-m",
                "hardware.emulation.avr.process",
                str(device),
                self._arm,
                str(self._channels),
                self._target,
                str(self._pace),
                "incremental" if self._incremental else "absolute",
            ]
        try:
            self._process = subprocess.Popen(command, pass_fds=(device,), cwd=_ROOT, stdin=subprocess.DEVNULL)
        finally:
            os.close(device)

    def _start_qemu(self, program: Path) -> None:
        qemu = shutil.which("qemu-system-arm")
        if qemu is None:
            raise DeviceError("qemu-system-arm is not there: sudo apt-get install qemu-system-arm")
        command = [qemu, "-machine", "lm3s6965evb", "-display", "none", "-monitor", "none", "-kernel", str(program),
                   "-chardev", "pty,id=line", "-serial", "chardev:line"]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        out, said, until = self._process.stdout, b"", time.monotonic() + START_S
        assert out is not None
        while not (found := re.search(rb"redirected to (\S+)", said)):
            if not select.select([out], [], [], max(until - time.monotonic(), 0.0))[0]:
                raise DeviceError(f"QEMU opened no line within {START_S:g} s: {said.decode(errors='replace')}")
            piece = os.read(out.fileno(), 4096)
            if not piece:
                raise DeviceError(f"QEMU ended: {said.decode(errors='replace')}")
            said += piece
        self.path = found[1].decode()
        line = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        self._kept = [line]
