"""A 3-D mouse of 3Dconnexion, by its HID reports.

Report 1 carries three displacements, and on newer devices the three turns after them; report 2 carries the turns on
the others; report 3 carries the buttons as bits. Numbers are 16-bit little-endian, some 350 at full deflection. The
device's frame has x to the right, y towards the person and z down, turns about the same axes.

A cap that is deflected reports many times a second; at rest it says nothing. So silence means rest, unless the last
word was of a deflection: then the device, its cable or its radio is gone.

Source:
    Report layout and product numbers: devices.toml of pyspacemouse 2.1.0; scale: its ``axis_scale``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from robotics.errors import DeviceError
from vr_training.inputs.library import need

FULL = 350.0
"""Value at full deflection."""

SILENT_S = 0.3
"""Silence after a deflection from which on the device counts as gone [s]; ours, some twenty reports."""

PRODUCTS: dict[tuple[int, int], str] = {
    (0x046D, 0xC625): "SpacePilot",
    (0x046D, 0xC626): "SpaceNavigator",
    (0x046D, 0xC627): "SpaceExplorer",
    (0x046D, 0xC629): "SpacePilot Pro",
    (0x046D, 0xC62B): "SpaceMouse Pro",
    (0x256F, 0xC62E): "SpaceMouse Wireless",
    (0x256F, 0xC632): "SpaceMouse Pro Wireless",
    (0x256F, 0xC633): "SpaceMouse Enterprise",
    (0x256F, 0xC635): "SpaceMouse Compact",
    (0x256F, 0xC638): "SpaceMouse Pro Wireless, Bluetooth",
    (0x256F, 0xC63A): "SpaceMouse Wireless, Bluetooth",
    (0x256F, 0xC652): "Universal Receiver",
}
"""Vendor and product number of each device that is known."""

_MOTION, _TURN, _BUTTONS = 1, 2, 3
_AXES = ("x", "y", "z", "turn_x", "turn_y", "turn_z")
_BITS = 32


class Reports:
    """What a device's reports came to so far."""

    def __init__(self) -> None:
        self.axes = dict.fromkeys(_AXES, 0.0)
        self.pressed: frozenset[str] = frozenset()

    @property
    def deflected(self) -> bool:
        """Whether the cap is away from its middle."""
        return any(self.axes.values())

    def take(self, report: bytes) -> bool:
        """Take one report; whether it is one that is known, and whole."""
        kind, body = (report[0], report[1:]) if report else (0, b"")
        if kind == _MOTION and len(body) >= 6:
            self._take_axes(_AXES if len(body) >= 12 else _AXES[:3], body)
        elif kind == _TURN and len(body) >= 6:
            self._take_axes(_AXES[3:], body)
        elif kind == _BUTTONS and body:
            bits = int.from_bytes(body[: _BITS // 8], "little")
            self.pressed = frozenset(f"button_{i + 1}" for i in range(_BITS) if bits >> i & 1)
        else:
            return False
        return True

    def _take_axes(self, names: tuple[str, ...], body: bytes) -> None:
        for i, name in enumerate(names):
            value = int.from_bytes(body[2 * i : 2 * i + 2], "little", signed=True) / FULL
            self.axes[name] = min(max(value, -1.0), 1.0)


class SpaceMouse:
    """The first 3-D mouse that is found; ``with`` opens it.

    Args:
        clock: Monotonic time [s].
    """

    axes: tuple[str, ...] = _AXES
    buttons: tuple[str, ...] = tuple(f"button_{i + 1}" for i in range(_BITS))

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = "3-D mouse"
        self._device: Any = None
        self._clock, self._reports, self._heard = clock, Reports(), clock()

    def __enter__(self) -> SpaceMouse:
        hid = need("hid", "devices", "input 'spacemouse'")
        known = _known(hid)
        if not known:
            raise DeviceError(f"no 3-D mouse was found: plug one in; {_RIGHTS}")
        path, self.name = known[0]
        self._device = hid.device()
        try:
            self._device.open_path(path)
        except OSError as error:
            raise DeviceError(f"the {self.name} cannot be opened ({error}): {_RIGHTS}") from error
        self._device.set_nonblocking(1)
        self._heard = self._clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._device is not None:
            self._device.close()
        self._device = None

    def read(self) -> tuple[dict[str, float], frozenset[str]] | None:
        """Take all reports that wait; see `vr_training.inputs.devices.Steering.read`.

        Raises:
            DeviceError: The device is gone.
        """
        while True:
            try:
                report = self._device.read(64)
            except (OSError, ValueError) as error:
                raise DeviceError(f"the {self.name} is gone: {error}") from error
            if not report:
                break
            if self._reports.take(bytes(report)):
                self._heard = self._clock()
        if self._reports.deflected and self._clock() - self._heard > SILENT_S:
            return None
        return self._reports.axes, self._reports.pressed


_RIGHTS = (
    "see that you may read it: a udev rule such as "
    'KERNEL=="hidraw*", ATTRS{idVendor}=="256f", MODE="0660", TAG+="uaccess" in /etc/udev/rules.d'
)


def found() -> list[str]:
    """Names of the 3-D mice that are there.

    Raises:
        DeviceError: The library is not installed.
    """
    return [name for _, name in _known(need("hid", "devices", "input 'spacemouse'"))]


def _known(hid: Any) -> list[tuple[bytes, str]]:
    """Path and name of each 3-D mouse; of several interfaces of one device the one for motion comes first."""
    devices = sorted(hid.enumerate(), key=lambda each: each.get("interface_number", 0))
    return [
        (each["path"], PRODUCTS[each["vendor_id"], each["product_id"]])
        for each in devices
        if (each["vendor_id"], each["product_id"]) in PRODUCTS
    ]
