"""How servos get their torque: at rest, where they stand, and only once each has shown that its watchdog bites.

A bus watchdog (register 98) stops a servo on which nobody speaks any more. Whether it does is tried each time: the
host falls silent for longer than it is set to, and each servo has to say that it noticed. It counts only while the
torque is on, so that the try is made with torque on, at rest and at the present position.

Source:
    ROBOTIS e-Manual, Bus Watchdog(98).
"""

from __future__ import annotations

import math
import time

from hardware.dynamixel.bus_config import JointConfig
from hardware.dynamixel.feedback import POSITION, VELOCITY
from hardware.dynamixel.rounds import STILL_UNITS, Rounds
from hardware.dynamixel.servo_config import ServoConfig
from hardware.dynamixel.troubles import NoReply, ServoRefused
from robotics.contracts import DriveMode
from robotics.errors import DeviceError, LinkLost

BITTEN = -1
"""What the register reads once the watchdog has stopped the servo."""

MARGIN_S = 0.04
"""Silence beyond what the watchdog is set to: two of its units, as it counts in whole ones; ours [s]."""

TRIES = 5
"""How many rounds have to bring a report of each servo; ours."""


def arm(rounds: Rounds) -> None:
    """Give the servos their torque. They hold the present position, or stand still; on failure they have no torque.

    Raises:
        DeviceError: They move, are not all read, have faults, or a watchdog did not bite; a stop was asked for.
        LinkLost: The line is gone.
    """
    try:
        _check(rounds)
        _prepare(rounds)
        _set_torque(rounds, 1)
        _prove_watchdogs(rounds)
        _let_go_on(rounds)
    except (NoReply, ServoRefused) as error:
        rounds.power_off()
        raise DeviceError(f"not armed: {error}") from error
    except LinkLost:
        raise
    except BaseException:
        rounds.power_off()
        raise
    rounds.powered()


def _check(rounds: Rounds) -> None:
    state, joints = rounds.state, rounds.config.joints
    for _ in range(TRIES):
        _refuse_stop(rounds)
        rounds.step()
        if state.got.all():
            break
    if state.faults:
        raise DeviceError("not armed: " + "; ".join(map(str, state.faults.values())))
    for k, joint in enumerate(joints):
        if not state.got[k]:
            raise DeviceError(f"not armed: servo {joint.servo} (joint '{joint.name}') did not report")
        q, slack = joint.position(int(state.raw[k, POSITION]), rounds.models[k]), rounds.config.plausible_rad
        if not joint.lower - slack <= q <= joint.upper + slack:
            raise DeviceError(
                f"not armed: joint '{joint.name}' (servo {joint.servo}) reads {q:.3g} rad, outside of "
                f"[{joint.lower:g}, {joint.upper:g}]: bring it in by hand, or calibrate it"
            )
        if abs(int(state.raw[k, VELOCITY])) > STILL_UNITS:
            raise DeviceError(f"not armed: servo {joint.servo} (joint '{joint.name}') moves")


def _prepare(rounds: Rounds) -> None:
    """Set up what is lost with the power: watchdog off for now, profile, and greatest current."""
    config, bus = rounds.config, rounds.bus
    for joint, model in zip(config.joints, rounds.models, strict=True):
        bus.write(joint.servo, model.register("bus_watchdog"), 0)
        if config.drive is DriveMode.POSITION:  # a goal that jumps is gone to no faster than the joint may move
            speed = max(1, round(joint.velocity * joint.gear / model.rad_s_per_unit))
            bus.write(joint.servo, model.register("profile_acceleration"), 0)
            bus.write(joint.servo, model.register("profile_velocity"), min(speed, 32767))
        if config.mode == "current_position":
            bus.write(joint.servo, model.register("goal_current"), _most_current(joint, model))


def _most_current(joint: JointConfig, model: ServoConfig) -> int:
    """Current that exerts no more than the joint may, in units of its register."""
    bound = model.register("current_limit").initial
    return min(bound, max(1, math.floor(joint.effort / joint.gear / joint.nm_per_unit(model))))


def _set_torque(rounds: Rounds, value: int) -> None:
    rounds.hold_here()
    for joint, model in zip(rounds.config.joints, rounds.models, strict=True):
        _refuse_stop(rounds)
        rounds.bus.write(joint.servo, model.register("torque_enable"), value)


def _prove_watchdogs(rounds: Rounds) -> None:
    config, bus = rounds.config, rounds.bus
    register = rounds.models[0].register("bus_watchdog")
    bus.sync_write(register, dict.fromkeys(config.ids, config.watchdog))
    until = time.monotonic() + 1e-3 * config.watchdog_ms + MARGIN_S
    while (left := until - time.monotonic()) > 0.0:
        _refuse_stop(rounds)
        time.sleep(min(left, 0.01))
    replies = bus.sync_read(config.ids, register)
    for joint in config.joints:
        reply = replies.get(joint.servo)
        if reply is None or register.decode(reply.data) != BITTEN:
            said = "did not answer" if reply is None else f"reads {register.decode(reply.data)}"
            raise DeviceError(
                f"not armed: the bus watchdog of servo {joint.servo} (joint '{joint.name}') did not bite within "
                f"{config.watchdog_ms} ms of silence: it {said}"
            )


def _let_go_on(rounds: Rounds) -> None:
    """Clear the watchdogs, set them anew, and see that all of it holds."""
    config, bus = rounds.config, rounds.bus
    for joint, model in zip(config.joints, rounds.models, strict=True):
        bus.write(joint.servo, model.register("bus_watchdog"), 0)
    _prepare(rounds)  # a watchdog that bites takes the profile with it
    rounds.hold_here()
    for joint, model in zip(config.joints, rounds.models, strict=True):
        bus.write(joint.servo, model.register("bus_watchdog"), config.watchdog)
    for joint, model in zip(config.joints, rounds.models, strict=True):
        for name, value in (("bus_watchdog", config.watchdog), ("torque_enable", 1)):
            found = bus.read(joint.servo, model.register(name))
            if found != value:
                raise DeviceError(f"not armed: {name} of servo {joint.servo} (joint '{joint.name}') reads {found}")
    _refuse_stop(rounds)


def _refuse_stop(rounds: Rounds) -> None:
    if rounds.state.stop is not None:
        raise DeviceError("not armed: a stop was asked for")
