"""Boards for tests, where this machine can compile and run them; else the test says that it was skipped."""

from __future__ import annotations

import shutil
from ctypes.util import find_library

import numpy as np
import pytest

from hardware.emulation.native_board import NativeBoard
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.contracts import DriveMode, JointGroup, PlantDescription

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
