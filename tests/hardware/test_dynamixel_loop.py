"""The control loop drives seven servos as it drives a simulated arm, and comes to a safe end when one of them fails."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from msgspec.structs import replace

from control.controller_config import ControllerConfig
from control.loop import ControlLoop
from control.teleoperated_arm import TeleoperatedArm
from control.tick import State
from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.emulator import EmulatedBus
from hardware.dynamixel.plant import DynamixelPlant
from robotics.chain import Chain, load_arm
from robotics.config import load_named
from tests.hardware.servo_bench import XM430, bus_config, servos, until
from vr_training.inputs.parked import ParkedHand

PERIOD_S = 0.01


def bus_of(chain: Chain) -> BusConfig:
    """A bus whose joints are those of an arm."""
    rows = zip(chain.joint_names, chain.lower, chain.upper, chain.velocity, strict=True)
    joints = [
        {
            "name": name,
            "servo": number,
            "model": "xm430_w350",
            "lower_rad": float(lower),
            "upper_rad": float(upper),
            "velocity_rad_s": float(velocity),
            "effort_nm": 3.0,
        }
        for number, (name, lower, upper, velocity) in enumerate(rows, 1)
    ]
    arms = [{"name": "arm", "joints": joints}]
    return bus_config(7, arms=arms, period_s=PERIOD_S, plausible_rad=0.1)


def ticks(loop: ControlLoop, so: Callable[[], bool], seconds: float) -> bool:
    """Run the loop in real time until something is so."""
    deadline = time.monotonic()
    end = deadline + seconds
    while time.monotonic() < end:
        loop.tick()
        if so():
            return True
        deadline = max(deadline + PERIOD_S, time.monotonic())
        time.sleep(max(deadline - time.monotonic(), 0.0))
    return so()


def test_seven_servos_go_home_are_held_there_and_stop_with_one_that_fails() -> None:
    chain, made = load_arm("iiwa_needle"), servos(7)
    config, start = bus_of(chain), chain.home + 0.2
    for joint, servo, q in zip(config.joints, made, start, strict=True):
        servo.motor.place(joint.count(float(q), XM430) * XM430.rad_per_count)
    settings = load_named("controllers", "teleoperation", ControllerConfig)
    settings = replace(settings, guard=replace(settings.guard, max_measurement_age_s=0.3))  # a machine that is busy
    with EmulatedBus(made, timed=False) as bus, DynamixelPlant(config, [XM430] * 7, bus.path, arm=True) as plant:
        described = plant.describe()
        arm = TeleoperatedArm(
            name="arm",
            index=0,
            chain=chain,
            group=described.groups[0],
            jaw=None,
            T_world_base=np.eye(4),
            home=chain.home,
            operator=ParkedHand(),
            filter_name="default",
            R_operator_world=np.eye(3),
            config=settings,
            dt=PERIOD_S,
        )
        for _ in range(20):  # a reading may be missed, and a loop starts from none that was
            loop = ControlLoop(plant, [arm], None, None, plant.period_s)
            loop.rehearse()
            if until(lambda: plant.read().valid):
                loop.power_on()
            if loop.states.state is State.HOMING:
                break
        assert loop.states.state is State.HOMING, loop.states.reason
        assert ticks(loop, lambda: arm.homed, 30.0), loop.states.reason
        ticks(loop, lambda: False, 0.3)
        assert loop.states.state not in {State.LATCHED_FAULT, State.POWER_OFF}, loop.states.reason
        assert np.nanmax(np.abs(plant.read().q - chain.home)) < 0.02
        assert plant.armed
        with bus.lock:
            made[3].faults.silent = True
        assert ticks(loop, lambda: loop.states.state is State.LATCHED_FAULT, 10.0)
        assert ticks(loop, lambda: not plant.armed, 10.0)
        assert [fault.servo for fault in plant.faults] == [4]
        with bus.lock:
            assert [each.table["torque_enable"] for each in made if each is not made[3]] == [0] * 6
