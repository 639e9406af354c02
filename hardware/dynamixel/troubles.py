"""What goes wrong between host and servos, each with the servo that it is about."""

from __future__ import annotations

from dataclasses import dataclass

from hardware.dynamixel.packets import Trouble
from robotics.errors import DeviceError, StaleError

HARDWARE_BITS = {
    0x01: "input voltage",
    0x02: "motor hall sensor",
    0x04: "overheating",
    0x08: "motor encoder",
    0x10: "electrical shock",
    0x20: "overload",
}
"""Names of the bits of the hardware error status (ROBOTIS e-Manual, Shutdown)."""

_WHY = {
    Trouble.RESULT_FAIL: "it could not do it",
    Trouble.INSTRUCTION: "it does not know the instruction",
    Trouble.CRC: "the packet reached it damaged",
    Trouble.DATA_RANGE: "the value is out of range, or its bus watchdog has bitten",
    Trouble.DATA_LENGTH: "the data are too short",
    Trouble.DATA_LIMIT: "the value is beyond one of its limits",
    Trouble.ACCESS: "it is read only, not there, or locked while torque is on",
}


class NoReply(StaleError, DeviceError):
    """A servo did not answer in time, or what came was damaged. Nothing that it might have said is used.

    Args:
        servo: Its id.
        asked: What it was asked for.
        damaged: Whether something came whose checksum was wrong.
    """

    def __init__(self, servo: int, asked: str, damaged: bool = False) -> None:
        self.servo, self.asked, self.damaged = servo, asked, damaged
        how = "answered damaged bytes" if damaged else "did not answer"
        super().__init__(f"servo {servo} {how}: {asked}")


class ServoRefused(DeviceError):
    """A servo answered that it will not do what it was asked for.

    Args:
        servo: Its id.
        asked: What it was asked for.
        trouble: What it says of it.
    """

    def __init__(self, servo: int, asked: str, trouble: int) -> None:
        self.servo, self.asked, self.trouble = servo, asked, trouble
        why = _WHY.get(Trouble(trouble), "") if trouble in set(Trouble) else f"error {trouble}"
        super().__init__(f"servo {servo} refuses: {asked}: {why}")


def bit_names(bits: int) -> tuple[str, ...]:
    """Names of what a hardware error status says."""
    known = [name for bit, name in HARDWARE_BITS.items() if bits & bit]
    unknown = bits & ~sum(HARDWARE_BITS)
    return (*known, *([f"unknown bits 0x{unknown:02x}"] if unknown else []))


@dataclass(frozen=True)
class ServoFault:
    """Something wrong with one servo; it stays until it is cleared.

    Attributes:
        servo: Its id.
        joint: The joint that it moves.
        what: Names of what is wrong, such as ``"overheating"`` or ``"silent"``.
    """

    servo: int
    joint: str
    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"servo {self.servo} (joint '{self.joint}'): {', '.join(self.what)}"
