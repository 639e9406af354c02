"""The firmware as a library: the same board as on a chip, in this process, at a time that the caller says."""

from __future__ import annotations

import ctypes
from pathlib import Path

from hardware.firmware.build import build
from hardware.joint_board.messages import MOST_CHANNELS, MOST_JOINTS
from robotics.errors import DeviceError

_LINE = 4096


class Sensed(ctypes.Structure):
    """What a drive stage says: `sh_sensed` of the firmware."""

    _fields_ = (("q", ctypes.c_int32), ("dq", ctypes.c_int16), ("tau", ctypes.c_int16), ("flags", ctypes.c_uint8))


class Driven(ctypes.Structure):
    """What a drive stage is asked for: `sh_driven` of the firmware."""

    _fields_ = (("effort", ctypes.c_int16), ("flags", ctypes.c_uint8))


class _Here(ctypes.Structure):
    """`sh_native` of the firmware."""

    _fields_ = (
        ("time_us", ctypes.c_uint32),
        ("boot", ctypes.c_uint32),
        ("inputs", ctypes.c_uint8),
        ("bench", ctypes.c_bool),
        ("channels", ctypes.c_int16 * MOST_CHANNELS),
        ("sensed", Sensed * MOST_JOINTS),
        ("driven", Driven * MOST_JOINTS),
        ("begun", ctypes.c_uint16),
        ("come", ctypes.c_uint16),
        ("gone", ctypes.c_uint16),
        ("from_host", ctypes.c_uint8 * _LINE),
        ("to_host", ctypes.c_uint8 * _LINE),
    )


def check_layout(mirror: type[ctypes.Structure], library: ctypes.CDLL, name: str) -> None:
    """Refuse a structure that is not laid out here as it is in C.

    Args:
        mirror: The structure as it is here.
        library: What was compiled of the C.
        name: Where that says the structure's size, and where its last field lies [bytes].

    Raises:
        DeviceError: They differ.
    """
    there = tuple((ctypes.c_uint32 * 2).in_dll(library, name))
    last = getattr(mirror, mirror._fields_[-1][0])
    here = ctypes.sizeof(mirror), last.offset
    if here != there:
        raise DeviceError(
            f"{name}: {there[0]} bytes, the last field at {there[1]}; {mirror.__name__} of {mirror.__module__} has "
            f"{here[0]}, the last field at {here[1]}: their fields differ"
        )


class NativeBoard:
    """A board in this process. There is one of each library: another instance starts the same board afresh.

    Args:
        arm: Arm whose joints it has.
        channels: Further sensors that it has.
        bench: Whether its joints are reckoned motors; else `sensed` is given and `driven` is taken.
        library: The compiled firmware; compiled where None.
        incremental: Whether its encoders have to be homed.

    Attributes:
        sensed: What its drive stages say.
        driven: What it asks of them.
        channels: What its further sensors say.
        time_us: Time of its clock [us].

    Raises:
        DeviceError: The library cannot be compiled, or its `sh_native` is not the one that is known here.
    """

    def __init__(
        self,
        arm: str = "psm",
        channels: int = 0,
        bench: bool = True,
        library: Path | None = None,
        incremental: bool = False,
    ) -> None:
        self._library = ctypes.CDLL(str(library or build("library", arm, channels, incremental=incremental)))
        check_layout(_Here, self._library, "sh_native_layout")
        self._here = _Here.in_dll(self._library, "sh_here")
        self.sensed, self.driven, self.channels = self._here.sensed, self._here.driven, self._here.channels
        self._here.bench, self._here.inputs = bench, ESTOP_CLOSED | SUPPLY_GOOD
        for each in self.sensed:
            each.q = each.dq = each.tau = 0
            each.flags = SURE
        self._taken = (ctypes.c_uint8 * _LINE)()
        self._library.sh_bench_rest()
        self.start(1)

    def start(self, boot: int) -> None:
        """Switch it off and on."""
        self.time_us = 0
        self._library.sh_native_start(ctypes.c_uint32(boot))

    @property
    def inputs(self) -> int:
        """Its inputs: `ESTOP_CLOSED`, `SUPPLY_GOOD`."""
        return int(self._here.inputs)

    @inputs.setter
    def inputs(self, value: int) -> None:
        self._here.inputs = value

    def give(self, data: bytes) -> None:
        """Bytes of the host."""
        self._library.sh_native_give(data, len(data))

    def step(self) -> bytes:
        """A millisecond, one step of its servo; what it sends."""
        self.time_us += 1000
        self._library.sh_native_step(ctypes.c_uint32(self.time_us & 0xFFFFFFFF))
        length = self._library.sh_native_take(self._taken, _LINE)
        return bytes(self._taken[:length])

    def said_again(self, number: int, payload: bytes, joints: int, channels: int) -> bytes | None:
        """A payload as the firmware unpacks it and packs it again; None where it refuses it."""
        out = (ctypes.c_uint8 * 256)()
        length = self._library.sh_said_again(number, payload, len(payload), joints, channels, out)
        return None if length & 0xFF == 255 else bytes(out[: length & 0xFF])


ESTOP_CLOSED, SUPPLY_GOOD = 1, 2
SURE, FAILED, HOT, AT_HOME = 1, 2, 4, 8
POWER, BRAKE = 1, 2
