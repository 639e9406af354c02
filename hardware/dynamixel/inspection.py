"""What has to be true of servos before a plant takes them: the right ones, one of each id, set as it needs them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from hardware.dynamixel.bus import Bus, Reply
from hardware.dynamixel.bus_config import BusConfig, JointConfig
from hardware.dynamixel.servo_config import MODES, ServoConfig
from hardware.dynamixel.troubles import NoReply, ServoRefused, bit_names
from hardware.serial_port import MOST_LATENCY_MS, latency_timer

LOOKS = 3
"""How often a servo is asked for what changes all the time, to find two of the same id; ours."""

NO_SECOND_ID = 253
"""From this value on a servo listens to no second id (ROBOTIS e-Manual, Secondary ID)."""


def wanted_settings(config: BusConfig) -> dict[str, int]:
    """Registers that a plant needs to have certain values, in the order in which they are set.

    No answer is delayed, all writes are answered, goals do not switch the torque on, and neither does power: a servo
    has torque only where it is armed.
    """
    return {
        "status_return_level": 2,
        "return_delay_time": 0,
        "drive_mode": 0,
        "operating_mode": config.operating_mode,
        "startup_configuration": 0,
        "secondary_id": 255,
    }


def wanted_limits(config: BusConfig, joint: JointConfig, model: ServoConfig) -> list[tuple[str, int, int]]:
    """Registers of limits with the least and greatest value at which no goal of a plant is beyond them.

    A servo refuses a goal beyond its limits, and nobody is told: the packet that sets all goals has no answer.
    """
    if config.mode == "position":
        counts = [joint.count(at, model) for at in (joint.lower, joint.upper)]
        last = model.counts_per_turn - 1
        return [("min_position_limit", 0, min(counts)), ("max_position_limit", max(counts), last)]
    if config.mode == "velocity":
        register = model.register("velocity_limit")
        most = register.range[1] if register.range else register.initial
        return [("velocity_limit", math.ceil(joint.velocity * joint.gear / model.rad_s_per_unit), most)]
    if config.mode in {"current", "current_position"}:
        most = model.register("current_limit").initial
        return [("current_limit", min(most, math.ceil(joint.effort / joint.gear / joint.nm_per_unit(model))), most)]
    return []


def inspect(bus: Bus, config: BusConfig, models: tuple[ServoConfig, ...]) -> tuple[list[str], bool]:
    """Look at all servos of a bus.

    Returns:
        What keeps a plant from taking them, in sentences, and whether all know the fast reads.
    """
    problems: list[str] = []
    fast = True
    for joint, model in zip(config.joints, models, strict=True):
        try:
            firmware = _identify(bus, joint, model, config, problems)
            if firmware is None:
                continue
            fast = fast and firmware >= model.fast_read_firmware
            _check_settings(bus, joint, model, config, problems)
        except NoReply as error:
            silent = "" if error.damaged else "; it answers a ping: its status_return_level may be below 2"
            problems.append(f"joint '{joint.name}': {error}{silent}")
        except ServoRefused as error:
            problems.append(f"joint '{joint.name}': {error}")
    return problems, fast


def latency_problem(path: str | Path) -> str:
    """What is wrong with the adapter's latency timer, and how to mend it; empty where nothing is."""
    file = latency_timer(path)
    if file is None:
        return ""
    try:
        value = int(file.read_text())
    except (OSError, ValueError) as error:
        return f"{file}: cannot be read: {error}"
    if value <= MOST_LATENCY_MS:
        return ""
    return (
        f"the adapter keeps replies for {value} ms: echo {MOST_LATENCY_MS} | sudo tee {file}  (until it is plugged in "
        'anew; for good, a udev rule: ACTION=="add", SUBSYSTEM=="usb-serial", DRIVER=="ftdi_sio", '
        f'ATTR{{latency_timer}}="{MOST_LATENCY_MS}")'
    )


def fix_settings(bus: Bus, config: BusConfig, models: tuple[ServoConfig, ...]) -> list[str]:
    """Set what `wanted_settings` asks for where it differs, with the torque off; what was changed, in sentences."""
    changed = []
    level = models[0].register("status_return_level")
    bus.sync_write(level, dict.fromkeys(config.ids, 2))  # unanswered: who answers no writes answers this one neither
    for joint, model in zip(config.joints, models, strict=True):
        bus.write(joint.servo, model.register("torque_enable"), 0)
        for name, value in wanted_settings(config).items():
            register = model.register(name)
            found = bus.read(joint.servo, register)
            if found != value and not _as_good(name, found):
                bus.write(joint.servo, register, value)
                changed.append(f"servo {joint.servo} (joint '{joint.name}'): {name} {found} -> {value}")
        for name, least, most in wanted_limits(config, joint, model):
            register = model.register(name)
            found = bus.read(joint.servo, register)
            if not least <= found <= most:
                value = min(max(found, least), most)
                bus.write(joint.servo, register, value)
                changed.append(f"servo {joint.servo} (joint '{joint.name}'): {name} {found} -> {value}")
    return changed


def _identify(bus: Bus, joint: JointConfig, model: ServoConfig, config: BusConfig, problems: list[str]) -> int | None:
    """Firmware of a joint's servo; None where it is not the one that is wanted."""
    who = f"servo {joint.servo} (joint '{joint.name}')"
    damaged = bus.counts.corrupt
    replies = bus.ping(joint.servo)
    if not replies:
        if bus.counts.corrupt > damaged:
            problems.append(f"{who} answers damaged bytes: two servos have this id, or the line is disturbed")
        else:
            problems.append(f"{who} does not answer at {config.baud} baud")
        return None
    if len(replies) > 1 or not _alone(lambda: bus.read(joint.servo, model.register("realtime_tick"))):
        problems.append(f"{who}: more than one servo has this id; connect one alone and give it another")
        return None
    number, firmware = _identity(replies[0])
    if number != model.model_number:
        problems.append(f"{who} is a model {number}, not {model.title} ({model.model_number})")
        return None
    if firmware < model.watchdog_firmware:
        problems.append(f"{who} has firmware {firmware}; from {model.watchdog_firmware} on it has a bus watchdog")
    return firmware


def _identity(reply: Reply) -> tuple[int, int]:
    return int.from_bytes(reply.data[:2], "little"), reply.data[2]


def _alone(look: Callable[[], int]) -> bool:
    """Whether a value that changes all the time comes undamaged; two servos that answer at once differ in it."""
    good = 0
    for _ in range(LOOKS):
        try:
            look()
            good += 1
        except NoReply as error:
            if not error.damaged:
                raise
    return good > 0


def _check_settings(bus: Bus, joint: JointConfig, model: ServoConfig, config: BusConfig, problems: list[str]) -> None:
    who = f"servo {joint.servo} (joint '{joint.name}')"
    for name, value in wanted_settings(config).items():
        found = bus.read(joint.servo, model.register(name))
        if found != value and not _as_good(name, found):
            problems.append(f"{who}: {name} is {_named(name, found)}, must be {_named(name, value)}")
    for name, least, most in wanted_limits(config, joint, model):
        found = bus.read(joint.servo, model.register(name))
        if not least <= found <= most:
            problems.append(f"{who}: {name} is {found}, must be in [{least}, {most}]: goals beyond it are refused")
    bits = bus.read(joint.servo, model.register("hardware_error_status"))
    if bits:
        problems.append(f"{who} has shut down: {', '.join(bit_names(bits))}; mend the cause, then reboot it")


def _as_good(name: str, found: int) -> bool:
    return name == "secondary_id" and found >= NO_SECOND_ID


def _named(name: str, value: int) -> str:
    if name == "operating_mode":
        return next((f"{value} ({mode})" for mode, number in MODES.items() if number == value), str(value))
    return str(value)
