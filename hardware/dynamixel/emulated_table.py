"""The control table of an emulated servo: what may be read and written, and what a refusal is called.

Source:
    ROBOTIS e-Manual, Protocol 2.0, Error; where it leaves a case open the choice is marked as assumed.
"""

from __future__ import annotations

from collections.abc import Iterator

from hardware.dynamixel.packets import Trouble
from hardware.dynamixel.servo_config import EEPROM_END, MODES, Register, ServoConfig

GOALS = ("goal_pwm", "goal_current", "goal_velocity", "goal_position")
"""Registers that a bus watchdog locks once it has bitten."""

TURNS_LIMIT = 1_048_575
"""Furthest goal of the modes that count turns."""


class Table:
    """Values of all registers of one servo.

    Args:
        model: The model.
        servo: Its id.
        baud: Code of its speed.
    """

    def __init__(self, model: ServoConfig, servo: int, baud: int) -> None:
        self.model = model
        self._size = max(each.end for each in model.registers.values())
        self._memory = bytearray(self._size)
        self._owner: list[str] = [""] * self._size
        for name, each in model.registers.items():
            self._owner[each.address : each.end] = [name] * each.size
        self.restore(0, self._size)
        self["id"], self["baud_rate"] = servo, baud

    def __contains__(self, name: str) -> bool:
        return name in self.model.registers

    def __getitem__(self, name: str) -> int:
        each = self.model.register(name)
        return each.decode(bytes(self._memory[each.address : each.end]))

    def __setitem__(self, name: str, value: int) -> None:
        each = self.model.register(name)
        self._memory[each.address : each.end] = each.encode(value)

    def restore(self, start: int, stop: int) -> None:
        """Set the registers in ``[start, stop)`` to what a servo leaves the factory with."""
        for name, each in self.model.registers.items():
            if start <= each.address < stop:
                self[name] = each.initial

    def read(self, address: int, size: int) -> tuple[Trouble, bytes]:
        """A part of the table. Between registers it reads zeros, assumed; it begins and ends within the table."""
        if size == 0 or address + size > self._size or not self._owner[address]:
            return Trouble.ACCESS, bytes(size)
        return Trouble.NONE, bytes(self._memory[address : address + size])

    def check(self, address: int, data: bytes) -> Trouble:
        """What keeps some data from being written; all of it is refused where a part is, assumed."""
        if not data:
            return Trouble.DATA_LENGTH
        for name, register, part in self.parts(address, data):
            if not name or register is None or not register.writable:
                return Trouble.ACCESS
            if register.address < EEPROM_END and self["torque_enable"]:
                return Trouble.ACCESS
            if len(part) < register.size:
                return Trouble.DATA_LENGTH
            if trouble := self._check_value(name, register, register.decode(part)):
                return trouble
        return Trouble.NONE

    def parts(self, address: int, data: bytes) -> Iterator[tuple[str, Register | None, bytes]]:
        """The registers that some data cover, each with its bytes; no name where none begins."""
        at = 0
        while at < len(data):
            here = address + at
            name = self._owner[here] if here < self._size else ""
            register = self.model.registers.get(name)
            if register is None or register.address != here:
                yield "", None, b""
                return
            yield name, register, data[at : at + register.size]
            at += register.size

    def _check_value(self, name: str, register: Register, value: int) -> Trouble:
        bitten = self["bus_watchdog"] == -1
        if bitten and (name in GOALS or (name == "bus_watchdog" and value != 0)):  # assumed: only 0 clears it
            return Trouble.DATA_RANGE
        if name == "operating_mode" and value not in {MODES[mode] for mode in self.model.modes}:
            return Trouble.DATA_RANGE
        if register.range is not None and not register.range[0] <= value <= register.range[1]:
            return Trouble.DATA_RANGE
        if register.within and abs(value) > self[register.within]:
            return Trouble.DATA_LIMIT
        if name == "goal_position" and not self._in_reach(value):
            return Trouble.DATA_LIMIT
        return Trouble.NONE

    def _in_reach(self, position: int) -> bool:
        if self["operating_mode"] == MODES["position"]:
            return self["min_position_limit"] <= position <= self["max_position_limit"]
        return abs(position) <= TURNS_LIMIT
