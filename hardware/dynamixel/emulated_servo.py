"""One emulated servo of the X series: its answers, its protections, and what can go wrong with it.

Source:
    ROBOTIS e-Manual, pages of the models and Protocol 2.0. What they leave open is marked as assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hardware.dynamixel.emulated_motor import Drive, Motor
from hardware.dynamixel.emulated_table import GOALS, Table
from hardware.dynamixel.packets import ALERT, CLEAR_TURNS, Instruction, Trouble
from hardware.dynamixel.servo_config import EEPROM_END, MODES, ServoConfig

VOLTAGE_BIT, ENCODER_BIT, HEAT_BIT, SHOCK_BIT, OVERLOAD_BIT = 0x01, 0x08, 0x04, 0x10, 0x20
"""Bits of the hardware error status."""

BOOT_S, WATCHDOG_UNIT_S, DELAY_UNIT_S = 0.15, 0.020, 2e-6
"""How long a start takes, assumed; units of bus watchdog and return delay."""

OVERLOAD_S = 1.0
"""How long a motor may push with all that it has before that is an overload; assumed."""

_POSITION_MODES = {MODES["position"], MODES["extended_position"], MODES["current_position"]}
_TWO_PI = 2.0 * math.pi


@dataclass
class Faults:
    """What is wrong with a servo, set from outside.

    Attributes:
        silent: It does not answer.
        corrupt: Its checksums are wrong.
        stuck: Its encoder gives the same count whatever happens.
        late_s: Its answers are so much later [s].
    """

    silent: bool = False
    corrupt: bool = False
    stuck: bool = False
    late_s: float = 0.0


class EmulatedServo:
    """A servo that hears packets and lets time pass.

    Args:
        model: Its model.
        servo: Its id.
        baud: Speed of its line [bit/s].
        firmware: Its firmware; the model's own where None.
    """

    def __init__(self, model: ServoConfig, servo: int, baud: int, firmware: int | None = None) -> None:
        self.model, self.faults = model, Faults()
        self.table = Table(model, servo, model.bauds.index(baud))
        if firmware is not None:
            self.table["firmware_version"] = firmware
        self._firmware = self.table["firmware_version"]
        self.motor = Motor(model.motor.stall_torque_nm, model.motor.no_load_rev_min * _TWO_PI / 60.0)
        self.motor.place(math.pi)
        self.temperature_c, self.voltage_v = 32.0, model.motor.voltage_v
        self._now, self._heard, self._up, self._pushed_s = 0.0, 0.0, 0.0, 0.0
        self._registered: tuple[int, bytes] | None = None
        self._stuck_at, self._begun = 0, False
        self._refresh()

    @property
    def servo(self) -> int:
        """Its id."""
        return self.table["id"]

    @property
    def baud(self) -> int:
        """Speed of its line [bit/s]."""
        return self.model.bauds[self.table["baud_rate"]]

    @property
    def answers(self) -> bool:
        """Whether it is up and speaks."""
        return not self.faults.silent and self._now >= self._up

    @property
    def delay_s(self) -> float:
        """Time from an instruction's end to its reply's begin [s]."""
        return self.table["return_delay_time"] * DELAY_UNIT_S + self.faults.late_s

    def alert(self) -> int:
        """Bit of a reply's error byte."""
        return ALERT if self.table["hardware_error_status"] else 0

    def hear(self, now: float) -> None:
        """An instruction was on the line, whoever it was for."""
        self.advance(now)
        self._heard = now

    def advance(self, now: float) -> None:
        """Let time pass until ``now`` [s]; it begins with the first call."""
        if not self._begun:
            self._begun, self._now, self._heard, self._up = True, now, now, now
        watchdog = self.table["bus_watchdog"]
        if watchdog > 0 and self.table["torque_enable"]:
            due = self._heard + watchdog * WATCHDOG_UNIT_S
            if now > due:
                self._move(max(due, self._now))
                self._bite()
        self._move(now)
        self._protect()
        self._refresh()

    def read(self, address: int, size: int) -> tuple[int, bytes]:
        """Error byte and data of a part of the table."""
        trouble, data = self.table.read(address, size)
        return int(trouble) | self.alert(), data

    def obey(self, instruction: int, parameters: bytes) -> tuple[int, bytes, bool]:
        """Do what an instruction to this servo alone asks for.

        Returns:
            Error byte, data of the reply, and whether there is a reply at this return level.
        """
        level = self.table["status_return_level"]
        if instruction == Instruction.PING:
            return self.alert(), self._identity(), True
        if instruction == Instruction.READ:
            if len(parameters) != 4:
                return Trouble.DATA_LENGTH | self.alert(), b"", level >= 1
            error, data = self.read(int.from_bytes(parameters[:2], "little"), int.from_bytes(parameters[2:], "little"))
            return error, data if not error & 0x7F else b"", level >= 1
        trouble = self._do(instruction, parameters)
        return int(trouble) | self.alert(), b"", level >= 2

    def write(self, address: int, data: bytes) -> Trouble:
        """Set a part of the table, with all that follows from it."""
        if trouble := self.table.check(address, data):
            return trouble
        parts = list(self.table.parts(address, data))
        for name, register, part in parts:
            if register is not None and (trouble := self._set(name, register.decode(part))):
                return trouble
        self._refresh()
        return Trouble.NONE

    def reboot(self) -> None:
        """Start anew: RAM as it was, torque off, errors gone, silent for a while."""
        self.table.restore(EEPROM_END, 1 << 16)
        self.table["firmware_version"] = self._firmware
        self._up, self._registered, self._pushed_s = self._now + BOOT_S, None, 0.0
        self._start_modes()
        self._refresh()

    def fail(self, bits: int) -> None:
        """Find something wrong with the hardware: it shuts down where that is set so."""
        self.table["hardware_error_status"] |= bits
        if bits & self.table["shutdown"]:
            self.table["torque_enable"] = 0

    def _identity(self) -> bytes:
        return self.table["model_number"].to_bytes(2, "little") + bytes([self.table["firmware_version"]])

    def _do(self, instruction: int, parameters: bytes) -> Trouble:
        if instruction in {Instruction.WRITE, Instruction.REG_WRITE}:
            if len(parameters) < 3:
                return Trouble.DATA_LENGTH
            address, data = int.from_bytes(parameters[:2], "little"), parameters[2:]
            if instruction == Instruction.WRITE:
                return self.write(address, data)
            if trouble := self.table.check(address, data):
                return trouble
            self._registered, self.table["registered_instruction"] = (address, data), 1
            return Trouble.NONE
        if instruction == Instruction.ACTION:
            if self._registered is None:
                return Trouble.INSTRUCTION
            (address, data), self._registered, self.table["registered_instruction"] = self._registered, None, 0
            return self.write(address, data)
        if instruction == Instruction.REBOOT:
            self.reboot()
            return Trouble.NONE
        if instruction == Instruction.FACTORY_RESET:
            return self._reset(parameters)
        if instruction == Instruction.CLEAR:
            return self._clear(parameters)
        return Trouble.INSTRUCTION

    def _reset(self, parameters: bytes) -> Trouble:
        if parameters not in {b"\xff", b"\x01", b"\x02"}:
            return Trouble.DATA_RANGE
        servo, baud = self.table["id"], self.table["baud_rate"]
        self.table.restore(0, EEPROM_END)
        if parameters != b"\xff":
            self.table["id"] = servo
        if parameters == b"\x02":
            self.table["baud_rate"] = baud
        self.reboot()
        return Trouble.NONE

    def _clear(self, parameters: bytes) -> Trouble:
        if parameters != CLEAR_TURNS:
            return Trouble.DATA_RANGE
        if self.table["moving"]:
            return Trouble.RESULT_FAIL
        self.motor.place(self.motor.position % _TWO_PI)
        return Trouble.NONE

    def _set(self, name: str, value: int) -> Trouble:
        if name == "torque_enable" and value:
            if self.table["hardware_error_status"] & self.table["shutdown"]:
                return Trouble.RESULT_FAIL  # assumed; that only a reboot helps is the e-Manual's
            if not self.table["torque_enable"]:
                self._start_modes()
                self._heard = self._now
        if name == "bus_watchdog":
            self._heard = self._now
        self.table[name] = value
        if name == "operating_mode":
            self._reset_for_mode()
        if name in GOALS and self.table["drive_mode"] & 0x08:
            self.table["torque_enable"] = 1
        return Trouble.NONE

    def _reset_for_mode(self) -> None:
        for name in ("velocity_i_gain", "velocity_p_gain", "position_d_gain", "position_i_gain", "position_p_gain"):
            self.table[name] = self.model.register(name).initial
        self.table["profile_velocity"] = self.table["profile_acceleration"] = 0
        self._start_modes()

    def _start_modes(self) -> None:
        """Goals as they are when torque comes on: stay here."""
        self.motor.hold()
        self._refresh()
        self.table["goal_position"], self.table["goal_velocity"] = self.table["present_position"], 0
        self.table["goal_pwm"] = self.table["pwm_limit"] if self.table["operating_mode"] != MODES["pwm"] else 0
        if "goal_current" in self.table:
            mode = self.table["operating_mode"]
            self.table["goal_current"] = 0 if mode == MODES["current"] else self.table["current_limit"]

    def _bite(self) -> None:
        """The bus watchdog: stop, and take no goals until it is cleared."""
        self.table["bus_watchdog"] = -1
        self.table["profile_velocity"] = self.table["profile_acceleration"] = 0
        self._start_modes()

    def _move(self, now: float) -> None:
        seconds, self._now = max(now - self._now, 0.0), max(now, self._now)
        table, model = self.table, self.model
        drive, goal = Drive.OFF, 0.0
        most = model.motor.stall_torque_nm
        if "current_limit" in table:
            most = table["current_limit"] * model.nm_per_unit
        if table["torque_enable"]:
            mode = table["operating_mode"]
            if mode in _POSITION_MODES:
                drive, goal = Drive.POSITION, self._actual(table["goal_position"])
                if mode == MODES["current_position"]:
                    most = abs(table["goal_current"]) * model.nm_per_unit
            elif mode == MODES["velocity"]:
                drive, goal = Drive.VELOCITY, table["goal_velocity"] * model.rad_s_per_unit
            elif mode == MODES["current"]:
                drive, goal = Drive.CURRENT, table["goal_current"] * model.nm_per_unit
            else:
                drive, goal = Drive.PWM, table["goal_pwm"] / 885.0
        speed = table["profile_velocity"] * model.rad_s_per_unit
        acceleration = table["profile_acceleration"] * model.acceleration_unit_rev_min2 * _TWO_PI / 3600.0
        self.motor.advance(seconds, drive, goal, most, speed, acceleration)
        pushing = drive is not Drive.OFF and abs(self.motor.torque) >= 0.98 * model.motor.stall_torque_nm
        self._pushed_s = self._pushed_s + seconds if pushing else 0.0

    def _protect(self) -> None:
        table = self.table
        volts = round(10.0 * self.voltage_v)
        if not table["min_voltage_limit"] <= volts <= table["max_voltage_limit"]:
            self.fail(VOLTAGE_BIT)
        if self.temperature_c > table["temperature_limit"]:
            self.fail(HEAT_BIT)
        if self._pushed_s > OVERLOAD_S:
            self.fail(OVERLOAD_BIT)

    def _offset(self) -> int:
        offset = self.table["homing_offset"]
        if self.table["operating_mode"] == MODES["position"] and abs(offset) > 1024:
            return 0  # such an offset is ignored in this mode
        return offset

    def _actual(self, position: int) -> float:
        """Where the horn is when its register of position reads so [rad]."""
        turned = (position - self._offset()) * self.model.rad_per_count
        if self.table["operating_mode"] == MODES["position"]:  # the register knows no turns
            turned += _TWO_PI * math.floor(self.motor.position / _TWO_PI)
        return turned

    def _refresh(self) -> None:
        table, model = self.table, self.model
        counts = math.floor(self.motor.position / model.rad_per_count + 0.5)
        if table["operating_mode"] == MODES["position"]:
            counts %= model.counts_per_turn
        if self.faults.stuck:
            counts = self._stuck_at
        self._stuck_at = counts
        velocity = round(self.motor.velocity / model.rad_s_per_unit)
        table["present_position"], table["present_velocity"] = counts + self._offset(), velocity
        if "present_current" in table:
            table["present_current"] = round(self.motor.torque / model.nm_per_unit)
        else:
            table["present_load"] = round(1000.0 * self.motor.torque / model.motor.stall_torque_nm)
        table["moving"] = int(abs(velocity) > table["moving_threshold"])
        table["realtime_tick"] = int(self._now * 1000.0) % 32768
        table["present_input_voltage"] = round(10.0 * self.voltage_v)
        table["present_temperature"] = round(self.temperature_c)
