"""The body of an emulated servo: its motor, what its sensors put into the control table, and its protections.

Source:
    ROBOTIS e-Manual, pages of the models. What they leave open is marked as assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hardware.dynamixel.emulated_motor import Drive, Motor
from hardware.dynamixel.emulated_table import Table
from hardware.dynamixel.servo_config import MODES

VOLTAGE_BIT, ENCODER_BIT, HEAT_BIT, SHOCK_BIT, OVERLOAD_BIT = 0x01, 0x08, 0x04, 0x10, 0x20
"""Bits of the hardware error status."""

WATCHDOG_UNIT_S = 0.020
"""What 1 means in the bus watchdog."""

OVERLOAD_S = 1.0
"""How long a motor may push with all that it has before that is an overload; assumed."""

FULL_PWM, HOMING_COUNTS = 885.0, 1024
"""PWM that is all of the supply, and greatest homing offset that counts in position mode."""

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


class Body:
    """What moves, warms up and breaks.

    Args:
        table: The control table.

    Attributes:
        motor: The motor.
        faults: What is wrong.
        temperature_c: Temperature inside.
        voltage_v: Supply.
        heard: When an instruction was last on the line [s].
        now: Until when time has passed [s].
    """

    def __init__(self, table: Table) -> None:
        self.table, self.model, self.faults = table, table.model, Faults()
        self.motor = Motor(self.model.motor.stall_torque_nm, self.model.motor.no_load_rev_min * _TWO_PI / 60.0)
        self.motor.place(math.pi)
        self.temperature_c, self.voltage_v = 32.0, self.model.motor.voltage_v
        self.now, self.heard, self._pushed_s, self._stuck_at = 0.0, 0.0, 0.0, 0
        self.sense()

    def advance(self, now: float) -> None:
        """Let time pass until ``now`` [s], the bus watchdog's end where it comes before."""
        watchdog = self.table["bus_watchdog"]
        if watchdog > 0 and self.table["torque_enable"]:
            due = self.heard + watchdog * WATCHDOG_UNIT_S
            if now > due:
                self._move(max(due, self.now))
                self.table["bus_watchdog"] = -1
                self.table["profile_velocity"] = self.table["profile_acceleration"] = 0
                self.stay()
        self._move(now)
        self._protect()
        self.sense()

    def stay(self) -> None:
        """Set goals to what they are when the torque comes on: nothing moves."""
        self.motor.hold()
        self.sense()
        table, mode = self.table, self.table["operating_mode"]
        table["goal_position"], table["goal_velocity"] = table["present_position"], 0
        table["goal_pwm"] = 0 if mode == MODES["pwm"] else table["pwm_limit"]
        if "goal_current" in table:
            table["goal_current"] = 0 if mode == MODES["current"] else table["current_limit"]

    def fail(self, bits: int) -> None:
        """Find something wrong with the hardware: it shuts down where that is set so."""
        self.table["hardware_error_status"] |= bits
        if bits & self.table["shutdown"]:
            self.table["torque_enable"] = 0

    def calm(self) -> None:
        """Forget for how long the motor has pushed."""
        self._pushed_s = 0.0

    def sense(self) -> None:
        """Put what sensors read into the table."""
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
        table["realtime_tick"] = int(self.now * 1000.0) % 32768
        table["present_input_voltage"] = round(10.0 * self.voltage_v)
        table["present_temperature"] = round(self.temperature_c)

    def _move(self, now: float) -> None:
        seconds, self.now = max(now - self.now, 0.0), max(now, self.now)
        drive, goal, most = self._driven()
        speed = self.table["profile_velocity"] * self.model.rad_s_per_unit
        acceleration = self.table["profile_acceleration"] * self.model.acceleration_unit_rev_min2 * _TWO_PI / 3600.0
        self.motor.advance(seconds, drive, goal, most, speed, acceleration)
        pushing = drive is not Drive.OFF and abs(self.motor.torque) >= 0.98 * self.model.motor.stall_torque_nm
        self._pushed_s = self._pushed_s + seconds if pushing else 0.0

    def _driven(self) -> tuple[Drive, float, float]:
        """What the motor follows, its goal, and its greatest torque."""
        table, model, mode = self.table, self.model, self.table["operating_mode"]
        most = model.motor.stall_torque_nm
        if not table["torque_enable"]:
            return Drive.OFF, 0.0, most
        if mode in _POSITION_MODES:
            if mode == MODES["current_position"]:
                most = abs(table["goal_current"]) * model.nm_per_unit
            return Drive.POSITION, self._actual(table["goal_position"]), most
        if mode == MODES["velocity"]:
            return Drive.VELOCITY, table["goal_velocity"] * model.rad_s_per_unit, most
        if mode == MODES["current"]:
            return Drive.CURRENT, table["goal_current"] * model.nm_per_unit, most
        return Drive.PWM, table["goal_pwm"] / FULL_PWM, most

    def _protect(self) -> None:
        table, volts = self.table, round(10.0 * self.voltage_v)
        if not table["min_voltage_limit"] <= volts <= table["max_voltage_limit"]:
            self.fail(VOLTAGE_BIT)
        if self.temperature_c > table["temperature_limit"]:
            self.fail(HEAT_BIT)
        if self._pushed_s > OVERLOAD_S:
            self.fail(OVERLOAD_BIT)

    def _offset(self) -> int:
        offset = self.table["homing_offset"]
        if self.table["operating_mode"] == MODES["position"] and abs(offset) > HOMING_COUNTS:
            return 0  # such an offset is ignored in this mode
        return offset

    def _actual(self, position: int) -> float:
        """Where the horn is when its register of position reads so [rad]."""
        turned = (position - self._offset()) * self.model.rad_per_count
        if self.table["operating_mode"] == MODES["position"]:  # the register knows no turns
            turned += _TWO_PI * math.floor(self.motor.position / _TWO_PI)
        return turned
