"""One emulated servo of the X series: what it answers, and what it does of what it is asked for.

Source:
    ROBOTIS e-Manual, pages of the models and Protocol 2.0. What they leave open is marked as assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from hardware.dynamixel.emulated_body import OVERLOAD_BIT, Body, Faults
from hardware.dynamixel.emulated_motor import Motor
from hardware.dynamixel.emulated_table import GOALS, Table
from hardware.dynamixel.packets import ALERT, CLEAR_TURNS, Instruction, Trouble
from hardware.dynamixel.servo_config import EEPROM_END, ServoConfig
from robotics.errors import UnknownNameError

BOOT_S, DELAY_UNIT_S = 0.15, 2e-6
"""How long a start takes, assumed; what 1 means in the return delay."""

TORQUE_BY_GOAL = 0x08
"""Bit of the drive mode by which a goal switches the torque on."""

HOT_C = 95.0
"""Temperature of a servo that overheats: beyond the limit of every model; ours."""

_GAINS = ("velocity_i_gain", "velocity_p_gain", "position_d_gain", "position_i_gain", "position_p_gain")


class EmulatedServo:
    """A servo that hears packets and lets time pass.

    Args:
        model: Its model.
        servo: Its id.
        baud: Speed of its line [bit/s].
        firmware: Its firmware; the model's own where None.
    """

    def __init__(self, model: ServoConfig, servo: int, baud: int, firmware: int | None = None) -> None:
        self.model, self.table = model, Table(model, servo, model.bauds.index(baud))
        if firmware is not None:
            self.table["firmware_version"] = firmware
        self.body = Body(self.table)
        self.body.stay()
        self._up, self._begun = 0.0, False
        self._registered: tuple[int, bytes] | None = None
        self._orders: dict[int, Callable[[bytes], Trouble]] = {
            Instruction.WRITE: self._write,
            Instruction.REG_WRITE: self._reg_write,
            Instruction.ACTION: self._action,
            Instruction.REBOOT: self._reboot,
            Instruction.FACTORY_RESET: self._reset,
            Instruction.CLEAR: self._clear,
        }

    @property
    def servo(self) -> int:
        """Its id."""
        return self.table["id"]

    @property
    def baud(self) -> int:
        """Speed of its line [bit/s]."""
        return self.model.bauds[self.table["baud_rate"]]

    @property
    def motor(self) -> Motor:
        """Its motor."""
        return self.body.motor

    @property
    def faults(self) -> Faults:
        """What is wrong with it."""
        return self.body.faults

    @property
    def answers(self) -> bool:
        """Whether it is up and speaks."""
        return not self.faults.silent and self.body.now >= self._up

    @property
    def delay_s(self) -> float:
        """Time from an instruction's end to its reply's begin [s]."""
        return self.table["return_delay_time"] * DELAY_UNIT_S + self.faults.late_s

    def advance(self, now: float) -> None:
        """Let time pass until ``now`` [s]; it begins with the first call."""
        if not self._begun:
            self._begun, self.body.now, self.body.heard, self._up = True, now, now, now
        self.body.advance(now)

    def hear(self, now: float) -> None:
        """An instruction was on the line, whoever it was for."""
        self.advance(now)
        self.body.heard = now

    def inject(self, fault: str) -> None:
        """Let something go wrong with it: one of `FAULTS`.

        Raises:
            UnknownNameError: There is no such fault.
        """
        if fault not in FAULTS:
            raise UnknownNameError("fault", fault, FAULTS)
        FAULTS[fault](self)

    def fail(self, bits: int) -> None:
        """Find something wrong with the hardware; it shuts down where that is set so."""
        self.body.fail(bits)

    def read(self, address: int, size: int) -> tuple[int, bytes]:
        """Error byte and data of a part of the table."""
        trouble, data = self.table.read(address, size)
        return int(trouble) | self._alert(), data

    def obey(self, instruction: int, parameters: bytes) -> tuple[int, bytes, bool]:
        """Do what an instruction to this servo alone asks for.

        Returns:
            Error byte, data of the reply, and whether there is a reply at this return level.
        """
        level = self.table["status_return_level"]
        if instruction == Instruction.PING:
            return self._alert(), self._identity(), True
        if instruction == Instruction.READ:
            if len(parameters) != 4:
                return Trouble.DATA_LENGTH | self._alert(), b"", level >= 1
            error, data = self.read(int.from_bytes(parameters[:2], "little"), int.from_bytes(parameters[2:], "little"))
            return error, data if not error & ~ALERT else b"", level >= 1
        order = self._orders.get(instruction)
        trouble = order(parameters) if order is not None else Trouble.INSTRUCTION
        return int(trouble) | self._alert(), b"", level >= 2

    def write(self, address: int, data: bytes) -> Trouble:
        """Set a part of the table, with all that follows from it."""
        if trouble := self.table.check(address, data):
            return trouble
        for name, register, part in list(self.table.parts(address, data)):
            if register is not None and (trouble := self._set(name, register.decode(part))):
                return trouble
        self.body.sense()
        return Trouble.NONE

    def reboot(self) -> None:
        """Start anew: RAM as it was, torque off, errors gone, silent for a while."""
        firmware = self.table["firmware_version"]
        self.table.restore(EEPROM_END, 1 << 16)
        self.table["firmware_version"] = firmware
        self._up, self._registered = self.body.now + BOOT_S, None
        self.body.calm()
        self.body.stay()

    def _alert(self) -> int:
        return ALERT if self.table["hardware_error_status"] else 0

    def _identity(self) -> bytes:
        return self.table["model_number"].to_bytes(2, "little") + bytes([self.table["firmware_version"]])

    def _write(self, parameters: bytes) -> Trouble:
        return self.write(int.from_bytes(parameters[:2], "little"), parameters[2:])

    def _reg_write(self, parameters: bytes) -> Trouble:
        address, data = int.from_bytes(parameters[:2], "little"), parameters[2:]
        if trouble := self.table.check(address, data):
            return trouble
        self._registered, self.table["registered_instruction"] = (address, data), 1
        return Trouble.NONE

    def _action(self, _: bytes) -> Trouble:
        if self._registered is None:
            return Trouble.INSTRUCTION
        (address, data), self._registered, self.table["registered_instruction"] = self._registered, None, 0
        return self.write(address, data)

    def _reboot(self, _: bytes) -> Trouble:
        self.reboot()
        return Trouble.NONE

    def _reset(self, parameters: bytes) -> Trouble:
        if parameters not in {b"\xff", b"\x01", b"\x02"}:
            return Trouble.DATA_RANGE
        kept = {"firmware_version": self.table["firmware_version"]}
        kept |= {"id": self.table["id"]} if parameters != b"\xff" else {}
        kept |= {"baud_rate": self.table["baud_rate"]} if parameters == b"\x02" else {}
        self.table.restore(0, EEPROM_END)
        for name, value in kept.items():
            self.table[name] = value
        self.reboot()
        return Trouble.NONE

    def _clear(self, parameters: bytes) -> Trouble:
        if parameters != CLEAR_TURNS:
            return Trouble.DATA_RANGE
        if self.table["moving"]:
            return Trouble.RESULT_FAIL
        self.motor.place(self.motor.position % (2.0 * math.pi))
        self.body.stay()
        return Trouble.NONE

    def _set(self, name: str, value: int) -> Trouble:
        table = self.table
        if name == "torque_enable" and value:
            if table["hardware_error_status"] & table["shutdown"]:
                return Trouble.RESULT_FAIL  # which error it is is assumed; that only a reboot helps is the e-Manual's
            if not table["torque_enable"]:
                self.body.stay()
        if name in {"torque_enable", "bus_watchdog"}:
            self.body.heard = self.body.now
        table[name] = value
        if name == "operating_mode":
            for gain in _GAINS:
                table[gain] = self.model.register(gain).initial
            table["profile_velocity"] = table["profile_acceleration"] = 0
            self.body.stay()
        if name in GOALS and table["drive_mode"] & TORQUE_BY_GOAL:
            table["torque_enable"] = 1
        return Trouble.NONE


def _overheat(servo: EmulatedServo) -> None:
    servo.body.temperature_c = HOT_C


FAULTS: dict[str, Callable[[EmulatedServo], None]] = {
    "silent": lambda servo: setattr(servo.faults, "silent", True),
    "corrupt": lambda servo: setattr(servo.faults, "corrupt", True),
    "stuck": lambda servo: setattr(servo.faults, "stuck", True),
    "blocked": lambda servo: setattr(servo.motor, "blocked", True),
    "overload": lambda servo: servo.fail(OVERLOAD_BIT),
    "overheating": _overheat,
    "reboot": EmulatedServo.reboot,
}
"""What can go wrong with a servo: no answers, damaged checksums, a stuck encoder, a horn that something holds, hardware
errors, a start of its own.
"""
