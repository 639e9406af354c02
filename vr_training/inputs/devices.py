"""Devices as hands: opened by name, read at a steady rate, and sent to the hub from a process of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Protocol, runtime_checkable

from robotics.config import find, load
from robotics.contracts import Vector
from robotics.errors import ArgumentError, ConfigError
from vr_training.inputs.rate_control import RateConfig, RateHands
from vr_training.inputs.rumble import RUMBLE_S, Rumble

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

    def feel(self, forces_n: Sequence[float]) -> None:
        """Let the person feel the force on each arm's tip [N]; a device that cannot does nothing."""
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


@runtime_checkable
class Rumbling(Protocol):
    """A device with motors that can be felt."""

    def rumble(self, slow: float, quick: float, seconds: float) -> None:
        """Let the slow, heavy motor and the quick, light one run for a while at these strengths, 0 to 1."""
        ...


class RateSource:
    """A `Steering` device that moves hands by rate control.

    Args:
        device: The device, not yet open.
        config: The map of its axes and buttons.
        scale: Metres of tip motion per metre of hand motion.
        arms: How many arms there are.
        driven: Index of the arm that is driven first.
        force_limit_n: Force that is too much in the lesson [N]; None for the map's own.
        clock: Time that grows [s].
    """

    def __init__(
        self,
        device: Steering,
        config: RateConfig,
        scale: float,
        arms: int,
        driven: int,
        force_limit_n: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device, self.hands = device, RateHands(config, scale, arms, driven)
        self._rumble = Rumble(config.rumble.up_to(force_limit_n)) if config.rumble is not None else None
        self._clock = clock

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

    def feel(self, forces_n: Sequence[float]) -> None:
        """See `HandSource.feel`: the force on the tip that is driven, while it is."""
        if self._rumble is None or not isinstance(self.device, Rumbling):
            return
        hands = self.hands
        driven = hands.engaged and hands.driven < len(forces_n)
        strengths = self._rumble.tell(forces_n[hands.driven] if driven else 0.0, self._clock())
        if strengths is not None:
            self.device.rumble(*strengths, RUMBLE_S)


def open_device(
    spec: str, scale: float = 1.0, arms: int = 1, driven: int = 0, force_limit_n: float | None = None
) -> HandSource:
    """The device that an input names, not yet open.

    Args:
        spec: ``"gamepad"`` or ``"spacemouse"``, each with ``:CONFIG`` after it, or ``"igtl"`` with ``:HOST:PORT``.
        scale: Metres of tip motion per metre of hand motion.
        arms: How many arms there are.
        driven: Index of the arm that is driven first.
        force_limit_n: Force that is too much in the lesson [N], for what lets it be felt; None for the map's own.

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
    if config.rumble is not None and not isinstance(device, Rumbling):
        raise ConfigError(str(path), "rumble", f"a {name} has no motors")
    return RateSource(device, config, scale, arms, driven, force_limit_n)


def _address(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``HOST`` or nothing; OpenIGTLink's own port where none is given."""
    from vr_training.inputs.igtl import HOST, PORT

    host, _, port = text.partition(":")
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ArgumentError(f"'{text}' is no address: igtl[:HOST:PORT], with a port from 1 to 65535")
    return host or HOST, int(port) if port else PORT


def serve(
    source: HandSource,
    send: Callable[[Sensed], object],
    forces: Callable[[], Sequence[float] | None],
    pipe: Connection,
    period_s: float = SEND_S,
) -> None:
    """Read a device, pass its hands on and let it be felt, at a steady rate, until the pipe closes or says something.

    Args:
        source: The device, open.
        send: Takes a hand.
        forces: Gives the force on each arm's tip [N] where there are newer ones, else None.
        pipe: Ends this by closing, or by anything that it says.
        period_s: Time from one reading to the next [s].

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
        felt = forces()
        if felt is not None:
            source.feel(felt)
        last = now
