"""Servo models as configurations: ``configs/servos/<name>.toml`` holds units, motor and control table of one."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta

from robotics.config import Config, load_named
from robotics.errors import UnknownNameError
from robotics.shape_config import Positive

EEPROM_END = 64
"""First address of the RAM of an X series servo; what is below is locked while torque is on."""

MODES = {"current": 0, "velocity": 1, "position": 3, "extended_position": 4, "current_position": 5, "pwm": 16}
"""Operating modes by name, as the register has them."""

Mode = Literal["current", "velocity", "position", "extended_position", "current_position", "pwm"]


class Register(Config, frozen=True, kw_only=True):
    """A value of the control table.

    Attributes:
        address: Where it begins.
        size: How many bytes, low byte first.
        signed: Whether it is a two's complement.
        writable: Whether it can be set.
        initial: What it is when a servo leaves the factory, or after a start where it is in RAM.
        range: Least and greatest value that it can be set to; None where that depends on others, or on nothing.
        within: Name of the register that bounds its size.
    """

    address: Annotated[int, Meta(ge=0, le=0xFFFF)]
    size: Literal[1, 2, 4]
    signed: bool = False
    writable: bool = False
    initial: int = 0
    range: tuple[int, int] | None = None
    within: str = ""

    @property
    def end(self) -> int:
        """One past its last address."""
        return self.address + self.size

    def encode(self, value: int) -> bytes:
        """A value as the table has it; OverflowError where it does not fit."""
        return value.to_bytes(self.size, "little", signed=self.signed)

    def decode(self, data: bytes) -> int:
        """The value that its bytes mean."""
        return int.from_bytes(data[: self.size], "little", signed=self.signed)


class MotorConfig(Config, frozen=True, kw_only=True):
    """What a servo can do at its recommended voltage.

    Attributes:
        voltage_v: That voltage.
        stall_torque_nm: Torque at standstill.
        stall_current_a: Current at standstill.
        no_load_rev_min: Speed without load.
    """

    voltage_v: Positive
    stall_torque_nm: Positive
    stall_current_a: Positive
    no_load_rev_min: Positive


class TorqueConfig(Config, frozen=True, kw_only=True):
    """How torque follows from the measured current.

    Attributes:
        nm_per_a: Torque at the horn per ampere.
        source: Where that number comes from.
    """

    nm_per_a: Positive
    source: str


class ServoConfig(Config, frozen=True, kw_only=True):
    """A servo model.

    Attributes:
        title: What a person reads.
        source: Where the numbers come from.
        model_number: What it answers to a ping.
        bauds: Speeds of its line, in the order of the register's values [bit/s].
        modes: Operating modes that it has.
        counts_per_turn: Positions of one turn.
        velocity_unit_rev_min: What 1 means in registers of velocity.
        acceleration_unit_rev_min2: What 1 means in the profile's acceleration.
        current_unit_a: What 1 means in registers of current; None where it measures none.
        fast_read_firmware: First firmware that knows the fast reads.
        watchdog_firmware: First firmware that has a bus watchdog.
        motor: What it can do.
        torque: How torque follows from current; None where it measures none.
        registers: The control table by name.
    """

    title: str
    source: str
    model_number: Annotated[int, Meta(ge=1, le=0xFFFF)]
    bauds: Annotated[tuple[int, ...], Meta(min_length=1)]
    modes: Annotated[tuple[Mode, ...], Meta(min_length=1)]
    counts_per_turn: Annotated[int, Meta(gt=0)]
    velocity_unit_rev_min: Positive
    acceleration_unit_rev_min2: Positive
    current_unit_a: Positive | None = None
    fast_read_firmware: Annotated[int, Meta(ge=0, le=255)]
    watchdog_firmware: Annotated[int, Meta(ge=0, le=255)]
    motor: MotorConfig
    torque: TorqueConfig | None = None
    registers: dict[str, Register]

    def __post_init__(self) -> None:
        if (self.torque is None) != (self.current_unit_a is None):
            raise ValueError("torque: a servo that measures its current has [torque], another has none")
        ordered = sorted(self.registers.items(), key=lambda item: item[1].address)
        for (name, one), (other, two) in pairwise(ordered):
            if one.end > two.address:
                raise ValueError(f"registers.{other}.address: {two.address} lies inside of '{name}'")
        for name, each in self.registers.items():
            if each.within and each.within not in self.registers:
                raise ValueError(f"registers.{name}.within: no register '{each.within}'")

    def register(self, name: str) -> Register:
        """A register by name; `UnknownNameError` where the model has none of it."""
        try:
            return self.registers[name]
        except KeyError:
            raise UnknownNameError(f"register of {self.title}", name, self.registers) from None

    @property
    def rad_per_count(self) -> float:
        """Turn of the horn per count of position [rad]."""
        return 2.0 * math.pi / self.counts_per_turn

    @property
    def rad_s_per_unit(self) -> float:
        """What 1 means in registers of velocity [rad/s]."""
        return self.velocity_unit_rev_min * 2.0 * math.pi / 60.0

    @property
    def nm_per_unit(self) -> float:
        """What 1 means in registers of current, as torque of the horn [Nm]; NaN where none is measured."""
        if self.torque is None or self.current_unit_a is None:
            return math.nan
        return self.torque.nm_per_a * self.current_unit_a


def load_servo(name: str) -> ServoConfig:
    """Load the model ``name`` from ``configs/servos``, or from a path that ends in ``.toml``.

    Raises:
        UnknownNameError: No such model.
        ConfigError: The file says something that cannot be.
    """
    return load_named("servos", name, ServoConfig)
