"""Checks of a machine: each says what holds, and how to mend what does not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from control.realtime import Sleeper, loop_core, realtime
from control.timing import Histogram
from steadyhand.facts import processor, program_version


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        name: What was looked at.
        level: ``"ok"``, ``"note"`` for less than the best, ``"bad"`` where sessions cannot run.
        said: What was found.
        fix: How to mend it; empty where nothing needs to be.
    """

    name: str
    level: Literal["ok", "note", "bad"]
    said: str
    fix: str = ""


def check_program() -> Finding:
    """Python and the program's own packages."""
    version = f"Steadyhand {program_version()} on Python {platform.python_version()}, {processor()}"
    if sys.version_info[:2] not in ((3, 10), (3, 11)):
        return Finding("program", "bad", version, "use Python 3.10 or 3.11: PyBullet has wheels for no newer one")
    return Finding("program", "ok", version)


def check_physics() -> Finding:
    """Whether PyBullet steps."""
    from simulation.settings import SimulationConfig
    from simulation.world import BulletWorld

    with BulletWorld(SimulationConfig()) as world:
        world.step()
    return Finding("physics", "ok", "PyBullet steps")


def check_renderer() -> Finding:
    """Which renderer the view would use."""
    from vr_training.view.probe import verdict

    found = verdict("filament")
    if found.works:
        return Finding("renderer", "ok", f"graphics card through Filament, {found.fps:.0f} pictures a second")
    said = f"software: ray casting on the processor; the graphics card is not used: {found.reason}"
    return Finding("renderer", "note", said, "a graphics card with a Vulkan driver draws more pictures a second")


def check_display() -> Finding:
    """Whether a window can be opened."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform != "linux":
        return Finding("display", "ok", f"display {os.environ.get('DISPLAY', 'of the desktop')}")
    return Finding(
        "display",
        "note",
        "no display: the view runs off-screen, mouse and keyboard cannot drive",
        "run on a desktop, or on a virtual display: xvfb-run -a steadyhand run ...",
    )


def check_realtime() -> Finding:
    """Which real-time rights are granted, and how late the loop would wake."""
    import time

    wake = Histogram()
    with realtime(core=loop_core()) as rights:
        sleeper, deadline = Sleeper(), time.monotonic_ns()
        for _ in range(500):
            deadline += 1_000_000
            sleeper.until(deadline)
            wake.add(time.monotonic_ns() - deadline)
    said = "; ".join(right.said for right in rights)
    said += f"; wake-up p50 {1e6 * wake.percentile(0.5):.0f} us, p99 {1e6 * wake.percentile(0.99):.0f} us over 0.5 s"
    if all(right.granted for right in rights):
        return Finding("real time", "ok", said)
    fix = "in /etc/security/limits.conf: `USER - rtprio 99` and `USER - memlock unlimited`, then log in again"
    return Finding("real time", "note", said, fix)


def check_memory() -> Finding:
    """Whether shared memory has room for a session's ring."""
    folder = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free / 2**20
    if free < 32:
        return Finding(
            "shared memory", "bad", f"{free:.0f} MiB free in {folder}", f"mount -o remount,size=64M {folder}"
        )
    return Finding("shared memory", "ok", f"{free:.0f} MiB free in {folder}")


def check_sessions() -> Finding:
    """Whether sessions can be written."""
    from vr_training.records.session import sessions_folder

    folder = sessions_folder().absolute()
    base = folder if folder.exists() else folder.parent
    if not os.access(base, os.W_OK):
        return Finding("sessions", "bad", f"{folder} cannot be written", "set STEADYHAND_SESSIONS to a folder of yours")
    free = shutil.disk_usage(base).free / 2**30
    return Finding("sessions", "ok", f"go to {folder}, {free:.0f} GiB free")


def check_serial() -> Finding:
    """Which serial ports there are, and whether they may be opened."""
    from serial.tools import list_ports

    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    if not ports:
        return Finding("serial ports", "note", "none found", "plug the device in; simulation needs none")
    closed = [port.device for port in ports if not os.access(port.device, os.R_OK | os.W_OK)]
    said = ", ".join(f"{port.device} ({port.description})" for port in ports)
    if closed:
        fix = "sudo usermod -aG dialout $USER, then log in again"
        return Finding("serial ports", "note", f"{said}; not allowed: {', '.join(closed)}", fix)
    return Finding("serial ports", "ok", said)


def check_devices() -> Finding:
    """Which gamepads and 3-D mice there are, and whether the optional libraries for devices are installed."""
    from robotics.errors import DeviceError
    from vr_training.inputs import gamepad, spacemouse
    from vr_training.inputs.library import INSTALL, has

    libraries = {"hid": "spacemouse", "pygame": "gamepad", "pyigtl": "igtl"}
    missing = [name for module, name in libraries.items() if not has(module)]
    names: list[str] = []
    for module in (gamepad, spacemouse):
        try:
            names += module.found()
        except DeviceError:  # its library is missing, which is said below
            continue
    said = f"found {', '.join(names)}" if names else "no gamepad and no 3-D mouse found"
    if missing:
        fix = INSTALL.format(extra="devices,igtl")
        return Finding("devices", "note", f"{said}; no library for --input {', '.join(missing)}", fix)
    return Finding("devices", "ok", f"{said}; libraries for gamepad, 3-D mouse and OpenIGTLink are installed")


CHECKS: tuple[Callable[[], Finding], ...] = (
    check_program,
    check_physics,
    check_renderer,
    check_display,
    check_realtime,
    check_memory,
    check_sessions,
    check_serial,
    check_devices,
)
"""All checks, in the order in which they are told."""
