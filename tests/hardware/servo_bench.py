"""Emulated servos on a pseudo terminal, and a plant's configuration that fits them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.emulated_line import EmulatedLine
from hardware.dynamixel.emulated_servo import EmulatedServo
from hardware.dynamixel.emulator import EmulatedBus
from hardware.dynamixel.plant import DynamixelPlant
from hardware.dynamixel.servo_config import ServoConfig, load_servo
from robotics.config import convert

BAUD = 1_000_000
XM430 = load_servo("xm430_w350")


def servos(count: int, model: ServoConfig = XM430, set_up: bool = True) -> list[EmulatedServo]:
    """Servos with ids from 1 on; set up as a plant needs them, or as they leave the factory."""
    made = [EmulatedServo(model, number, BAUD) for number in range(1, count + 1)]
    for each in made:
        each.table["return_delay_time"] = 0 if set_up else 250
    return made


def bus_config(count: int, mode: str = "position", model: str = "xm430_w350", **changes: Any) -> BusConfig:
    """A bus whose times leave room for a machine that is busy."""
    joints = [
        {
            "name": f"joint_{number}",
            "servo": number,
            "model": model,
            "lower_rad": -2.0,
            "upper_rad": 2.0,
            "velocity_rad_s": 3.0,
            "effort_nm": 0.4,
        }
        for number in range(1, count + 1)
    ]
    data: dict[str, Any] = {
        "title": "bench",
        "baud": BAUD,
        "period_s": 0.01,
        "latency_s": 0.005,
        "mode": mode,
        "watchdog_ms": 400,
        "command_timeout_s": 0.4,
        "arms": [{"name": "arm", "joints": joints}],
    }
    return convert(data | changes, BusConfig)


@contextmanager
def plant_on(
    bus: EmulatedBus, config: BusConfig, model: ServoConfig = XM430, configure: bool = False
) -> Iterator[DynamixelPlant]:
    """A plant on an emulated bus."""
    with DynamixelPlant(config, [model] * len(config.joints), bus.path, configure) as plant:
        yield plant


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether something becomes true within a time that a busy machine keeps, too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.002)
    return condition()


class Exchange:
    """A line without a terminal: what the host sends is answered at once, and time passes only where it is told to."""

    def __init__(self, made: list[EmulatedServo]) -> None:
        self.line, self.now = EmulatedLine(made, timed=False), 0.0
        self.line.start(self.now)

    def send(self, data: bytes) -> bytes:
        """Everything that comes back."""
        return b"".join(answer for _, answer in self.line.hear(data, self.now, BAUD))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        for each in self.line.servos:
            each.advance(self.now)
