"""The firmware's binary on a simulated ATmega2560, in virtual time: the same run every time, bit for bit."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
from ctypes.util import find_library
from pathlib import Path

from hardware.emulation.native_board import ESTOP_CLOSED, SUPPLY_GOOD, SURE, Driven, check_layout
from hardware.firmware.build import BUILD, build, one_at_a_time
from hardware.joint_board.messages import MOST_CHANNELS, MOST_JOINTS
from robotics.errors import DeviceError

CYCLES_PER_MS = 16000
"""Of the processor."""

_SOURCE = Path(__file__).with_name("harness.c")
_LINE = 65536


class Sensed(ctypes.Structure):
    """What a drive stage says."""

    _pack_ = 1
    _fields_ = (("q", ctypes.c_int32), ("dq", ctypes.c_int16), ("tau", ctypes.c_int16), ("flags", ctypes.c_uint8))


class _PackedDriven(ctypes.Structure):
    _pack_ = 1
    _fields_ = Driven._fields_


class _Harness(ctypes.Structure):
    """`harness_t` of the harness."""

    _fields_ = (
        ("joints", ctypes.c_uint8),
        ("channels", ctypes.c_uint8),
        ("inputs", ctypes.c_uint8),
        ("broken", ctypes.c_uint8),
        ("lit", ctypes.c_uint8),
        ("exchanges", ctypes.c_uint32),
        ("refused", ctypes.c_uint32),
        ("asleep", ctypes.c_uint64),
        ("sensors", ctypes.c_int16 * MOST_CHANNELS),
        ("sensed", Sensed * MOST_JOINTS),
        ("driven", _PackedDriven * MOST_JOINTS),
        ("begun", ctypes.c_uint32),
        ("come", ctypes.c_uint32),
        ("gone", ctypes.c_uint32),
        ("from_host", ctypes.c_uint8 * _LINE),
        ("to_host", ctypes.c_uint8 * _LINE),
    )


def harness() -> Path:
    """The harness, compiled where it is not there already.

    Raises:
        DeviceError: The compiler or libsimavr is not there.
    """
    if shutil.which("gcc") is None or find_library("simavr") is None:
        raise DeviceError(
            "a simulated ATmega2560 needs a compiler and libsimavr: sudo apt-get install gcc libsimavr-dev"
        )
    mark = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:16]
    library = BUILD / f"avr_harness_{mark}.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(library.parent):
        if library.exists():
            return library
        part = library.with_suffix(".part")
        command = ["gcc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", str(part), str(_SOURCE), "-lsimavr"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise DeviceError(f"the harness of libsimavr does not compile:\n{done.stderr}")
        part.replace(library)
    return library


class AvrBoard:
    """A board on a simulated ATmega2560. There is one in a process: another instance is a new chip in its place.

    Args:
        arm: Arm whose joints it has.
        joints: How many those are.
        channels: Further sensors that it has.
        target: Which firmware of that chip: ``"avr"``, or ``"blink"``, which has a joint of its own.
        incremental: Whether its encoders have to be homed.

    Attributes:
        sensed: What its drive stages say.
        driven: What it asks of them.
        channels: What its further sensors say.

    Raises:
        DeviceError: Firmware or harness cannot be compiled, or its `harness_t` is not the one that is known here.
    """

    def __init__(
        self, arm: str = "psm", joints: int = 7, channels: int = 0, target: str = "avr", incremental: bool = False
    ) -> None:
        self._elf = build(target, arm, channels, incremental=incremental)
        self._library = ctypes.CDLL(str(harness()))
        check_layout(_Harness, self._library, "harness_layout")
        self._library.harness_run.argtypes = [ctypes.c_uint64]
        self._here = _Harness(joints=joints, channels=channels, inputs=ESTOP_CLOSED | SUPPLY_GOOD)
        self.sensed, self.driven, self.channels = self._here.sensed, self._here.driven, self._here.sensors
        for each in self.sensed:
            each.flags = SURE
        self._start(erased=True)

    def start(self) -> None:
        """Switch it off and on; what is in its EEPROM stays."""
        self._start(erased=False)

    def _start(self, erased: bool) -> None:
        if not self._library.harness_start(str(self._elf).encode(), ctypes.byref(self._here), int(erased)):
            raise DeviceError(f"{self._elf}: the simulated ATmega2560 does not take it")
        self._library.harness_estop(self._here.inputs & ESTOP_CLOSED)

    @property
    def inputs(self) -> int:
        """Its inputs: `ESTOP_CLOSED`, `SUPPLY_GOOD`."""
        return int(self._here.inputs)

    @inputs.setter
    def inputs(self, value: int) -> None:
        self._here.inputs = value
        self._library.harness_estop(value & ESTOP_CLOSED)

    @property
    def lit(self) -> bool:
        """Whether the LED of an Arduino Mega, on PB7, is lit."""
        return bool(self._here.lit)

    @property
    def asleep(self) -> int:
        """Cycles in which the processor had nothing to do."""
        return int(self._here.asleep)

    def give(self, data: bytes) -> None:
        """Bytes of the host, which take their time on the line."""
        end = self._here.come
        data = data[: _LINE - end]
        ctypes.memmove(ctypes.addressof(self._here.from_host) + end, data, len(data))
        self._here.come = end + len(data)

    def step(self) -> bytes:
        """A millisecond; what it sends.

        Raises:
            DeviceError: The processor has come to a standstill.
        """
        if not self._library.harness_run(CYCLES_PER_MS):
            raise DeviceError("the simulated ATmega2560 has come to a standstill")
        said = bytes(self._here.to_host[: self._here.gone])
        self._here.gone = 0
        return said
