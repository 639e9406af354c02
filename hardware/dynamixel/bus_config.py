"""Buses as configurations: ``configs/buses/<name>.toml`` says which servo moves which joint, and how.

A joint's position follows from the count of its servo:
``q = sign (count - zero_count) rad_per_count / gear``, velocity likewise, and torque as ``sign gear`` times the
servo's. Friction and efficiency of a gear of one's own are not in it.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta, field

from hardware.dynamixel.servo_config import MODES, ServoConfig, load_servo
from hardware.dynamixel.wire import LAST_ID
from robotics.config import Config, find, load
from robotics.contracts import DriveMode
from robotics.errors import ConfigError, UnknownNameError
from robotics.shape_config import Finite, Positive

DRIVEN_BY = {
    "position": DriveMode.POSITION,
    "extended_position": DriveMode.POSITION,
    "current_position": DriveMode.POSITION,
    "velocity": DriveMode.VELOCITY,
    "current": DriveMode.TORQUE,
}
"""What the commands of a plant are in each operating mode."""

FEEDBACK_BYTES = 10
"""Present current, velocity and position of a servo, one after the other."""

_WATCHDOG_UNIT_MS = 20

SHARED = ("torque_enable", "bus_watchdog", "hardware_error_status", "status_return_level", "present_position")
"""Registers of which one packet asks all servos of a bus, or which it sets."""


class JointConfig(Config, frozen=True, kw_only=True):
    """A joint and the servo that moves it; the file's keys add the unit: ``lower_rad``.

    Attributes:
        name: Name, unique within its arm.
        servo: Id of the servo.
        model: Name of its model in ``configs/servos``.
        sign: 1 where the joint turns as its servo counts, -1 where it turns the other way.
        zero_count: What the servo reads where the joint is at zero.
        gear: Turns of the servo per turn of the joint, of a gear outside of it.
        nm_per_a: Torque of the servo's horn per ampere as it was measured; None for that of its model.
        lower: Lower position limit [rad].
        upper: Upper position limit [rad].
        velocity: Velocity limit [rad/s].
        effort: Torque limit [Nm].
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    servo: Annotated[int, Meta(ge=0, le=LAST_ID)]
    model: str
    sign: Literal[1, -1] = 1
    zero_count: int = 2048
    gear: Positive = 1.0
    nm_per_a: Positive | None = None
    lower: Finite = field(name="lower_rad")
    upper: Finite = field(name="upper_rad")
    velocity: Positive = field(name="velocity_rad_s")
    effort: Positive = field(name="effort_nm")

    def __post_init__(self) -> None:
        if not self.lower < self.upper:
            raise ValueError(f"lower_rad: {self.lower:g} of '{self.name}' is not below upper_rad, {self.upper:g}")

    def nm_per_unit(self, model: ServoConfig) -> float:
        """Torque of the horn per unit of the registers of current [Nm]; NaN where none is measured."""
        if self.nm_per_a is None or model.current_unit_a is None:
            return model.nm_per_unit
        return self.nm_per_a * model.current_unit_a

    def count(self, q: float, model: ServoConfig) -> int:
        """What the servo reads where the joint is at ``q`` [rad]."""
        return round(self.zero_count + self.sign * self.gear * q / model.rad_per_count)

    def position(self, count: int, model: ServoConfig) -> float:
        """Where the joint is when the servo reads ``count`` [rad]."""
        return self.sign * (count - self.zero_count) * model.rad_per_count / self.gear


class ArmJoints(Config, frozen=True, kw_only=True):
    """The joints of one arm, base to tip.

    Attributes:
        name: Name of the arm in the rig.
        joints: Its joints.
        jaw: Whether the last of them is its jaw.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    joints: Annotated[tuple[JointConfig, ...], Meta(min_length=1)]
    jaw: bool = False


class BusConfig(Config, frozen=True, kw_only=True):
    """Servos on one line.

    Attributes:
        title: What a person reads.
        baud: Speed of the line [bit/s].
        period_s: Period at which it is read and written: 200 to 400 Hz for seven servos.
        mode: Operating mode of all servos.
        watchdog_ms: Silence on the line after which a servo stops by itself, a multiple of 20.
        command_timeout_s: Time without a command after which the plant stops by itself while it is armed.
        latency_s: How long adapter and host may keep a reply: 1 ms of an FTDI chip, and what the host adds.
        plausible_rad: How far beyond its limits a joint may read before that is not believed.
        arms: The arms, in the rig's order.
    """

    title: str
    baud: Annotated[int, Meta(ge=9600, le=4_500_000)]
    period_s: Annotated[float, Meta(ge=0.001, le=0.1)]
    mode: Literal["position", "extended_position", "current_position", "velocity", "current"] = "position"
    watchdog_ms: Annotated[int, Meta(ge=20, le=2540, multiple_of=_WATCHDOG_UNIT_MS)] = 100
    command_timeout_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.1
    latency_s: Annotated[float, Meta(ge=0.0, le=0.05)] = 0.0015
    plausible_rad: Annotated[float, Meta(gt=0, le=math.pi)] = 0.2
    arms: Annotated[tuple[ArmJoints, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        arms, ids = [arm.name for arm in self.arms], [joint.servo for joint in self.joints]
        for name in arms:
            if arms.count(name) > 1:
                raise ValueError(f"arms: the name '{name}' is given {arms.count(name)} times")
        for servo in ids:
            if ids.count(servo) > 1:
                raise ValueError(f"arms: id {servo} moves {ids.count(servo)} joints; each servo has an id of its own")
        for arm in self.arms:
            names = [joint.name for joint in arm.joints]
            if len(set(names)) < len(names):
                raise ValueError(f"arms: a name of '{arm.name}' is given twice among {', '.join(names)}")
        if self.cycle_s > self.period_s:
            raise ValueError(
                f"period_s: {len(ids)} servos at {self.baud} baud need {1e3 * self.cycle_s:.2f} ms with a latency of "
                f"{1e3 * self.latency_s:.2f} ms, more than {1e3 * self.period_s:g}"
            )

    @property
    def joints(self) -> tuple[JointConfig, ...]:
        """All joints in the plant's order."""
        return tuple(joint for arm in self.arms for joint in arm.joints)

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of all servos in the plant's order."""
        return tuple(joint.servo for joint in self.joints)

    @property
    def drive(self) -> DriveMode:
        """What commands are."""
        return DRIVEN_BY[self.mode]

    @property
    def operating_mode(self) -> int:
        """Value of the register for `mode`."""
        return MODES[self.mode]

    @property
    def watchdog(self) -> int:
        """Value of the register for `watchdog_ms`."""
        return self.watchdog_ms // _WATCHDOG_UNIT_MS

    @property
    def cycle_s(self) -> float:
        """Time that one fast read and one write of goals of all servos take on the line, with the latency [s]."""
        count = len(self.joints)
        asked, told, set_goals = 14 + count, 8 + count * (FEEDBACK_BYTES + 4), 14 + 5 * count
        return (asked + told + set_goals) * 10.0 / self.baud + self.latency_s


def load_bus(name: str) -> tuple[BusConfig, tuple[ServoConfig, ...]]:
    """Load the bus ``name`` from ``configs/buses``, or from a path that ends in ``.toml``.

    Returns:
        The bus, and the model of each joint's servo.

    Raises:
        UnknownNameError: No such bus.
        ConfigError: The file, or one of a model, says something that cannot be.
    """
    path = find("buses", name)
    config = load(path, BusConfig)
    try:
        models = tuple(load_servo(joint.model) for joint in config.joints)
    except UnknownNameError as error:
        raise ConfigError(path, "arms", str(error)) from error
    for shared in SHARED:
        if len({model.register(shared).address for model in models}) > 1:
            raise ConfigError(path, "arms", f"models whose '{shared}' is not at the same address cannot share a bus")
    for joint, model in zip(config.joints, models, strict=True):
        key = f"arms, joint '{joint.name}'"
        if config.mode not in model.modes:
            raise ConfigError(path, key, f"{model.title} has no mode '{config.mode}': {', '.join(model.modes)}")
        if config.baud not in model.bauds:
            raise ConfigError(
                path, key, f"{model.title} knows no {config.baud} baud: {', '.join(map(str, model.bauds))}"
            )
        if joint.nm_per_a is not None and model.current_unit_a is None:
            raise ConfigError(path, key, f"nm_per_a: {model.title} measures no current")
        most_nm = model.register("current_limit").initial * joint.nm_per_unit(model) if model.torque else math.inf
        if config.mode == "current" and joint.effort / joint.gear > most_nm:
            raise ConfigError(
                path,
                key,
                f"effort_nm: {joint.effort:g} is more than {model.title} takes as a goal, "
                f"{most_nm * joint.gear:.3g} at this joint",
            )
        turn, count = model.counts_per_turn, joint.gear / model.rad_per_count
        if (joint.upper - joint.lower + 2.0 * config.plausible_rad) * count >= turn:
            raise ConfigError(
                path,
                key,
                "lower_rad to upper_rad, with plausible_rad on both sides, is a turn of the servo or more: "
                "after power on it does not know which turn it is in",
            )
        low, high = sorted(joint.count(at, model) for at in (joint.lower, joint.upper))
        if config.mode == "position" and not 0 <= low <= high < turn:
            raise ConfigError(
                path,
                key,
                f"its limits are counts {low} and {high} of the servo, outside of [0, {turn - 1}]: "
                "mount or calibrate it so that they are inside, or use the mode 'extended_position'",
            )
    return config, models
