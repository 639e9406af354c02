"""Servo models and buses as configurations: all that ship hold together, and what cannot be is refused with its key."""

from __future__ import annotations

import math
from typing import Any

import pytest

from hardware.dynamixel.bus_config import DRIVEN_BY, BusConfig, load_bus
from hardware.dynamixel.feedback import Feedback
from hardware.dynamixel.inspection import wanted_limits, wanted_settings
from hardware.dynamixel.plant import DynamixelPlant
from hardware.dynamixel.rounds import GOAL_REGISTERS
from hardware.dynamixel.servo_config import MODES, ServoConfig, load_servo
from robotics.config import convert, find, names, read
from robotics.errors import ConfigError, UnknownNameError
from tests.hardware.servo_bench import bus_config

USED = {
    "model_number": (0, 2),
    "id": (7, 1),
    "baud_rate": (8, 1),
    "operating_mode": (11, 1),
    "homing_offset": (20, 4),
    "torque_enable": (64, 1),
    "hardware_error_status": (70, 1),
    "bus_watchdog": (98, 1),
    "goal_velocity": (104, 4),
    "profile_velocity": (112, 4),
    "goal_position": (116, 4),
    "present_velocity": (128, 4),
    "present_position": (132, 4),
}
"""Registers of the X series that the plant goes by: address and size by the e-Manual."""


@pytest.mark.parametrize("name", names("servos"))
def test_every_model_has_what_a_plant_needs(name: str) -> None:
    model = load_servo(name)
    assert "e-Manual" in model.source
    for register, (address, size) in USED.items():
        found = model.register(register)
        assert (found.address, found.size) == (address, size), register
    assert model.rad_per_count == pytest.approx(2 * math.pi / 4096)
    assert model.rad_s_per_unit == pytest.approx(0.0239808, rel=1e-5)
    assert (model.torque is None) is ("present_current" not in model.registers)
    assert model.register("model_number").initial == model.model_number
    Feedback([1], [model], fast=True)
    for mode in model.modes:
        if mode not in DRIVEN_BY:
            continue
        config = bus_config(1, mode, name)
        for register in (
            *wanted_settings(config),
            *(each[0] for each in wanted_limits(config, config.joints[0], model)),
        ):
            assert register in model.registers
        assert GOAL_REGISTERS[config.drive] in model.registers
        DynamixelPlant(config, [model], "/nowhere").describe()


def test_models_differ() -> None:
    numbers = [load_servo(name).model_number for name in names("servos")]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("name", names("buses"))
def test_every_bus_that_ships_is_one(name: str) -> None:
    config, models = load_bus(name)
    assert len(models) == len(config.joints)
    assert 200.0 <= 1.0 / config.period_s <= 400.0
    DynamixelPlant(config, models, "/nowhere").describe()


def test_a_register_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(
        UnknownNameError, match="unknown register of DYNAMIXEL XL430-W250 'goal_current'; choose one of"
    ):
        load_servo("xl430_w250").register("goal_current")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"torque": None}, "torque: a servo that measures its current has"),
        ({"registers": {"a": {"address": 0, "size": 4}, "b": {"address": 2, "size": 1}}}, "b.address: 2 lies inside"),
        ({"registers": {"a": {"address": 0, "size": 4, "within": "c"}}}, "a.within: no register 'c'"),
        ({"registers": {"a": {"address": 0, "size": 3}}}, "registers"),
        ({"modes": ["sideways"]}, "modes"),
        ({"counts_per_turn": 0}, "counts_per_turn"),
    ],
)
def test_models_that_cannot_be_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        convert(read(find("servos", "xm430_w350")) | change, ServoConfig)


def joints(**change: Any) -> dict[str, Any]:
    data = read(find("buses", "seven_on_bench"))
    data["arms"][0]["joints"][1] |= change
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (joints(servo=1), "id 1 moves 2 joints"),
        (joints(name="joint_1"), "a name of 'arm' is given twice"),
        (joints(lower_rad=3.0), "lower_rad: 3 of 'joint_2' is not below"),
        (joints() | {"period_s": 0.002}, "7 servos at 1000000 baud need 3.26 ms .* more than 2"),
        (joints() | {"watchdog_ms": 50}, "watchdog_ms"),
        (joints() | {"mode": "pwm"}, "mode"),
    ],
)
def test_buses_that_cannot_be_are_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        convert(data, BusConfig)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (joints(model="xm999"), "unknown servo 'xm999'; choose one of"),
        (joints(model="xl430_w250") | {"mode": "current"}, "XL430-W250 has no mode 'current': velocity"),
        (joints(model="xl430_w250", nm_per_a=1.0), "nm_per_a: DYNAMIXEL XL430-W250 measures no current"),
        (joints(model="xl330_m288") | {"baud": 4_500_000, "period_s": 0.01}, "XL330-M288 knows no 4500000 baud"),
        (joints(upper_rad=3.0, lower_rad=-3.0), "is a turn of the servo or more"),
        (
            joints(effort_nm=6.0) | {"mode": "current"},
            "effort_nm: 6 is more than DYNAMIXEL XM430-W350 takes as a goal, 5.7",
        ),
        (joints(gear=2.0), "is a turn of the servo or more"),
        (joints(zero_count=100), r"counts -1530 and 1730 of the servo, outside of \[0, 4095\]"),
    ],
)
def test_buses_that_no_servo_fits_are_refused(data: dict[str, Any], said: str, tmp_path: Any) -> None:
    import json

    def text(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {text(each)}" for key, each in value.items()) + "}"
        return "[" + ", ".join(map(text, value)) + "]" if isinstance(value, list) else json.dumps(value)

    file = tmp_path / "bus.toml"
    file.write_text("\n".join(f"{key} = {text(value)}" for key, value in data.items()))
    with pytest.raises(ConfigError, match=said):
        load_bus(str(file))


def test_the_register_of_each_mode_is_the_vendors() -> None:
    assert MODES == {
        "current": 0,
        "velocity": 1,
        "position": 3,
        "extended_position": 4,
        "current_position": 5,
        "pwm": 16,
    }
