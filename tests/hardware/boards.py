"""Boards for tests, where this machine can compile and run them; else the test says that it was skipped."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from ctypes.util import find_library

import numpy as np
import pytest

from hardware.emulation.native_board import NativeBoard
from hardware.joint_board.lines import VirtualBoard
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.contracts import DriveMode, JointGroup, PlantDescription

LONG_S = 20.0
"""Longest wait for what has to happen [s]."""

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")
needs_avr = pytest.mark.skipif(
    shutil.which("gcc") is None or shutil.which("avr-gcc") is None or find_library("simavr") is None,
    reason="gcc, gcc-avr, avr-libc or libsimavr-dev is not installed",
)


def psm_description() -> PlantDescription:
    """The surgical arm as a plant describes it, jaw last."""
    arm = load_arm_config("psm")
    chain, jaw = chain_from_config(arm), arm.jaw
    assert jaw is not None
    return PlantDescription(
        "psm", "test", (*(f"psm/{name}" for name in chain.joint_names), "psm/jaw"), (JointGroup("psm", 0, 6, 6),),
        np.append(chain.lower, jaw.lower), np.append(chain.upper, jaw.upper),
        np.append(chain.velocity, jaw.velocity), np.append(chain.effort, jaw.effort), (DriveMode.POSITION,),
    )  # fmt: skip


def bench_board() -> NativeBoard:
    """A native board with motors that are reckoned."""
    return NativeBoard()


class Deaf:
    """A board that hears nothing of what comes in its first half second, as one that is still starting."""

    def __init__(self, board: VirtualBoard, deaf_ms: int = 500) -> None:
        self._board, self._deaf_ms = board, deaf_ms

    def give(self, data: bytes) -> None:
        """Bytes of the host; heard or not."""
        if self._deaf_ms <= 0:
            self._board.give(data)

    def step(self) -> bytes:
        """A millisecond of the board; what it sends."""
        self._deaf_ms -= 1
        return self._board.step()


def until(true: Callable[[], bool]) -> bool:
    """Whether something becomes true in good time, on however busy a machine."""
    end = time.monotonic() + LONG_S
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.002)
    return False
