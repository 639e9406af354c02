"""Devices as hands: opened by name, read at a steady rate, and sent to the hub from a process of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Protocol

from robotics.config import find, load
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.inputs.rate_control import RateConfig, RateHands

SEND_S = 0.005
"""Time from one hand message to the next [s]: 200 a second, as the view's window sends them."""


@dataclass(frozen=True)
class Sensed:
    """One arm's hand as a device gives it; ``age_s`` is how old it is [s], ``pose`` in the operator's frame."""

    arm: int
    pose: Vector
    grip: float
    clutch: bool
    age_s: float = 0.0


class HandSource(Protocol):
    """A device that gives hands; ``with`` opens it."""

    def __enter__(self) -> HandSource: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def describe(self) -> str:
        """What the device is, in words."""
        ...

    def read(self, dt: float) -> list[Sensed]:
        """The newest hands, ``dt`` [s] after the last call; none while the device says nothing.

        Raises:
            DeviceError: It is gone.
        """
        ...


class Steering(Protocol):
    """A stick or 3-D mouse; ``with`` opens it."""

    name: str
    axes: tuple[str, ...]
    buttons: tuple[str, ...]

    def __enter__(self) -> Steering: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def read(self) -> tuple[dict[str, float], frozenset[str]] | None:
        """Deflection of each axis, -1 to 1, and the buttons that are down; None where it fell silent while deflected.

        Raises:
            DeviceError: It is gone.
        """
        ...


class RateSource:
    """A `Steering` device that moves hands by rate control.

    Args:
        device: The device, not yet open.
        config: The map of its axes and buttons.
        scale: Metres of tip motion per metre of hand motion.
        arms: How many arms there are.
        driven: Index of the arm that is driven first.
    """

    def __init__(self, device: Steering, config: RateConfig, scale: float, arms: int, driven: int) -> None:
        self.device, self.hands = device, RateHands(config, scale, arms, driven)

    def __enter__(self) -> RateSource:
        self.device.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.device.__exit__(kind, error, trace)

    def describe(self) -> str:
        """What the device is, in words."""
        return f"{self.hands.config.title}: {self.device.name}"

    def read(self, dt: float) -> list[Sensed]:
        """See `HandSource.read`; a device that fell silent lets go, and what it says next starts with a fresh press."""
        state = self.device.read()
        if state is None:
            self.hands.release()
            return []
        return [Sensed(arm, *hand) for arm, hand in enumerate(self.hands.advance(*state, dt))]


def open_device(spec: str, scale: float = 1.0, arms: int = 1, driven: int = 0) -> HandSource:
    """The device that an input names, not yet open.

    Args:
        spec: ``"gamepad"`` or ``"spacemouse"``, each with ``:CONFIG`` after it, or ``"igtl"`` with ``:HOST:PORT``.
        scale: Metres of tip motion per metre of hand motion.
        arms: How many arms there are.
        driven: Index of the arm that is driven first.

    Raises:
        DeviceError: No such device, or its library is not installed; says how to mend it.
        ArgumentError: The address is none.
        ConfigError: The configuration does not fit the device.
    """
    name, _, rest = spec.partition(":")
    if name == "igtl":
        from vr_training.inputs.igtl import Tracker, TrackerConfig

        return Tracker(load(find("inputs", "igtl"), TrackerConfig), *_address(rest), arms)
    device: Steering
    if name == "gamepad":
        from vr_training.inputs.gamepad import Gamepad

        device = Gamepad()
    elif name == "spacemouse":
        from vr_training.inputs.spacemouse import SpaceMouse

        device = SpaceMouse()
    else:
        raise ArgumentError(f"'{name}' is no device")
    path = find("inputs", rest or name)
    config = load(path, RateConfig)
    config.refuse_unknown(str(path), device.axes, device.buttons)
    return RateSource(device, config, scale, arms, driven)


def _address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``HOST`` or nothing; OpenIGTLink's own port where none is given."""
    from vr_training.inputs.igtl import HOST, PORT

    host, _, port = text.partition(":")
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ArgumentError(f"'{text}' is no address: igtl[:HOST:PORT], with a port from 1 to 65535")
    return host or HOST, int(port) if port else PORT


def serve(source: HandSource, send: Callable[[Sensed], object], pipe: Connection, period_s: float = SEND_S) -> None:
    """Read a device and pass its hands on, at a steady rate, until the pipe closes or says something.

    Raises:
        DeviceError: The device is gone.
    """
    last = due = time.monotonic()
    while True:
        due = max(due + period_s, last)  # never bursts to catch up
        try:
            if pipe.poll(max(due - time.monotonic(), 0.0)):
                return
        except (EOFError, OSError):
            return
        now = time.monotonic()
        for hand in source.read(now - last):
            send(hand)
        last = now
