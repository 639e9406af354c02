"""The host's guards, each left out on request: a case of the fault matrix that it guards against has to fail then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

from benchmarks._fault_bench import Bench
from control.loop import ControlLoop
from hardware.joint_board import frame as frames
from hardware.joint_board.plant import JointBoardPlant


@contextmanager
def _age(b: Bench) -> Iterator[None]:
    """Old measurements are believed."""
    for arm in b.loop.arms:
        arm._joint_guard._max_age = 1e9  # type: ignore[attr-defined]
    yield


@contextmanager
def _grace(b: Bench) -> Iterator[None]:
    """However long nothing valid is measured, that is no fault."""
    b.loop.states._grace = 10**9
    yield


@contextmanager
def _errors(_: Bench) -> Iterator[None]:
    """What a plant raises ends the tick, as it once did."""

    def fail(_: ControlLoop, error: Exception) -> None:
        raise error

    with mock.patch.object(ControlLoop, "_fail", fail):
        yield


@contextmanager
def _state(_: Bench) -> Iterator[None]:
    """What the board says of its own state is not looked at."""
    with mock.patch.object(JointBoardPlant, "_refuse_safe"):
        yield


@contextmanager
def _checksum(_: Bench) -> Iterator[None]:
    """Any bytes of the right length are a frame."""

    def decode(stuffed: bytes, joints: int = 0, channels: int = 0) -> Any:
        body = frames.unstuff(stuffed)[: -frames._CRC.size]
        if len(body) < frames._HEADER.size:
            raise frames.FrameError("no frame")
        _, number, sequence, time_us = frames._HEADER.unpack_from(body)
        return frames.Frame(sequence, time_us, frames.unpack(number, body[frames._HEADER.size :], joints, channels))

    with mock.patch.object(frames, "decode", decode):
        yield


HOST_GUARDS: dict[str, Callable[[Bench], AbstractContextManager[None]]] = {
    "age of a measurement": _age,
    "time without a measurement": _grace,
    "errors of the plant": _errors,
    "state of the board": _state,
    "checksum": _checksum,
}
"""By name."""

FIRMWARE_PROOFS: tuple[tuple[str, str, str], ...] = (
    ("watchdog", "wire cut, to the board", "engaged"),
    ("expired on arrival", "15 ms late, to the board", "engaged"),
    ("expired in use", "wire cut, to the board", "homing"),
    ("checksum", "a bit in 200 bytes flipped, to the board", "engaged"),
    ("order", "20% of frames overtaken, to the board", "homing"),
    ("emergency stop", "emergency stop", "engaged"),
    ("supply", "supply lost", "engaged"),
    ("drive", "drive stage does not answer", "hold"),
    ("temperature", "drive stage too hot", "clutched"),
    ("encoder sure", "encoder not sure", "clutched"),
    ("encoder jump", "encoder jumps by 0.02 rad", "engaged"),
    ("encoder stuck", "encoder stuck", "engaged"),
    ("distrust", "wire cut, and an encoder jumps in SAFE", "engaged"),
    ("tracking", "drive has 0% of its effort", "engaged"),
    ("velocity", "drive pushes with all its effort", "hold"),
    ("overrun", "processor stands still for 30 ms", "clutched"),
)
"""A guard of the firmware, and a case in a state of the loop that fails without it."""

HOST_PROOFS: tuple[tuple[str, str, str], ...] = (
    ("age of a measurement", "wire cut, from the board", "engaged"),
    ("time without a measurement", "stalled for 100 ms, from the board", "clutched"),
    ("errors of the plant", "unplugged for 300 ms", "engaged"),
    ("state of the board", "emergency stop", "engaged"),
    ("checksum", "a bit in 200 bytes flipped, from the board", "engaged"),
)
"""The same of the host."""
