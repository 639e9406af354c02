"""A lesson's rig on Dynamixel servos: the loop drives them, the scene's arm goes along, and a wrong bus is refused."""

from __future__ import annotations

import time
from dataclasses import replace as with_fields
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from control.tick import State
from hardware.dynamixel.emulator import EmulatedBus
from robotics.errors import ArgumentError, ConfigError
from steadyhand.plants import ServosOnPort, through
from steadyhand.rig import Rig, build, plan
from tests.hardware.servo_bench import XM430, servos, until
from vr_training.inputs.parked import ParkedHand

RIG = "iiwa_over_tissue"


def bus_file(folder: Path, rig: Rig, name: str) -> Path:
    """A bus with the joints of a rig's arm, none of which may turn all the way."""
    chain = rig.arms[0].chain
    rows = zip(chain.joint_names, chain.lower, chain.upper, chain.velocity, strict=True)
    joints = "".join(
        f"""
[[arms.joints]]
name = "{joint}"
servo = {number}
model = "xm430_w350"
lower_rad = {max(lower, -2.9)}
upper_rad = {min(upper, 2.9)}
velocity_rad_s = {velocity}
effort_nm = 3.0
"""
        for number, (joint, lower, upper, velocity) in enumerate(rows, 1)
    )
    head = """title = "an arm of servos"
baud = 1_000_000
period_s = 0.01
latency_s = 0.005
mode = "position"
watchdog_ms = 400
command_timeout_s = 0.4
plausible_rad = 0.1
"""
    path = folder / "arm.toml"
    path.write_text(f'{head}\n[[arms]]\nname = "{name}"\n{joints}', encoding="utf-8")
    return path


@pytest.mark.slow
@pytest.mark.alone
def test_a_rig_goes_home_on_servos_and_the_scenes_arm_with_it(tmp_path: Path) -> None:
    rig = plan("needle_reach", rig=RIG)
    # A machine that is busy reads late.
    lenient = [replace(each, guard=replace(each.guard, max_measurement_age_s=0.3)) for each in rig.controllers]
    rig = with_fields(rig, controllers=tuple(lenient))
    home, made = rig.arms[0].start, servos(7)
    for servo, q in zip(made, home + 0.05, strict=True):
        servo.motor.place((2048 + round(float(q) / XM430.rad_per_count)) * XM430.rad_per_count)
    path = bus_file(tmp_path, rig, rig.operated[0])
    with (
        EmulatedBus(made, timed=False) as bus,
        build(rig, {name: ParkedHand() for name in rig.operated}, 0, through=ServosOnPort(str(path), bus.path)) as (
            loop,
            _,
        ),
    ):
        assert until(lambda: loop.plant.read().valid), loop.plant.read()
        loop.power_on(lambda: time.sleep(0.01))
        assert loop.states.state is State.HOMING, loop.states.reason
        end, deadline = time.monotonic() + 40.0, time.monotonic()
        while loop.states.state is State.HOMING and time.monotonic() < end:
            loop.tick()
            deadline = max(deadline + rig.config.period_s, time.monotonic())
            time.sleep(max(deadline - time.monotonic(), 0.0))
        assert loop.states.state is State.READY, loop.states.reason
        q = loop.plant.read().q
        assert np.abs(q - home).max() < 0.03
        simulated = loop.plant._simulated.read().q  # type: ignore[attr-defined]
        assert np.abs(simulated - q).max() < 0.03


def test_a_bus_of_another_arm_is_refused(tmp_path: Path) -> None:
    rig = plan("needle_reach", rig=RIG)
    path = bus_file(tmp_path, rig, "another")
    hands = {name: ParkedHand() for name in rig.operated}
    with (
        pytest.raises(ConfigError, match=r"moves another/a1.*the rig has iiwa1/a1"),
        build(rig, hands, 0, through=ServosOnPort(str(path), "/dev/null")),
    ):
        pass


@pytest.mark.parametrize("name", ["dynamixel", "dynamixel:seven_on_bench", "dynamixel::/dev/ttyUSB0"])
def test_servos_need_their_bus_and_their_port(name: str) -> None:
    with pytest.raises(ArgumentError, match="dynamixel:BUS:PORT"):
        through(name)


def test_a_bus_and_a_port_are_told_apart() -> None:
    assert isinstance(through("dynamixel:seven_on_bench:/dev/serial/by-id/usb-U2D2"), ServosOnPort)
