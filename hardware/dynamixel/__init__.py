"""Dynamixel servos on a serial bus, Protocol 2.0. May import `control`, `robotics` and `hardware.serial_port`."""

from hardware.dynamixel.bus_config import BusConfig, load_bus
from hardware.dynamixel.plant import DynamixelPlant
from hardware.dynamixel.servo_config import ServoConfig, load_servo

__all__ = ["BusConfig", "DynamixelPlant", "ServoConfig", "load_bus", "load_servo"]
