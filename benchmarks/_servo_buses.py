"""Emulated servo buses in processes of their own, so that what is measured shares no interpreter with them."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAIN = "from steadyhand.cli import main; main()"


@contextmanager
def emulated_bus(baud: int, timed: bool = True, joints: int = 7) -> Iterator[str]:
    """Path of a bus that `steadyhand hardware emulate dynamixel` serves meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        link = str(Path(folder) / "servos")
        command = [sys.executable, "-c", _MAIN, "hardware", "emulate", "dynamixel", "--link", link]
        command += ["--joints", str(joints), "--baud", str(baud), "--timed" if timed else "--untimed"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
            try:
                if running.stdout is None or not running.stdout.readline():
                    raise RuntimeError("the emulated bus did not start")
                yield link
            finally:
                running.send_signal(signal.SIGINT)
                running.wait(20)
