"""Finding servos on a line and setting them up, one by one, each change read back.

Source:
    ROBOTIS e-Manual, control table of the X series, through the vendor's SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hardware.dynamixel.servo_config import MODES, ServoConfig
from hardware.dynamixel.troubles import NoReply
from hardware.dynamixel.vendor import VendorPort, model_of
from hardware.dynamixel.wire import LAST_ID
from robotics.errors import ArgumentError, DeviceError

SCANNED_BAUDS = (57_600, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 115_200)
"""Speeds that a scan tries, what servos leave the factory with first; 9600 takes minutes and has to be asked for."""


@dataclass(frozen=True)
class Found:
    """A servo that answers.

    Attributes:
        servo: Its id.
        baud: Speed of its line [bit/s].
        model_number: What it says it is.
        model: Name of that model in ``configs/servos``; empty where there is none.
        title: What a person reads.
        firmware: Its firmware.
        settings: Registers that matter for a plant, by name; empty where its model is not known.
    """

    servo: int
    baud: int
    model_number: int
    model: str
    title: str
    firmware: int
    settings: dict[str, int]


SHOWN = ("return_delay_time", "operating_mode", "drive_mode", "homing_offset", "hardware_error_status")
"""Settings that a scan shows."""


def scan(path: str, bauds: Sequence[int] = SCANNED_BAUDS, ids: Sequence[int] = ()) -> Iterator[Found | str]:
    """Look for servos at some speeds: all at once, or id by id where ``ids`` names some or answers come damaged.

    Yields:
        What is found, and sentences about what is wrong on the line.
    """
    with VendorPort(path, bauds[0]) as port:
        for baud in bauds:
            port.set_baud(baud)
            candidates: dict[int, int] = {}
            damaged = False
            if not ids:
                found, damaged = port.ping_all()
                candidates = {servo: firmware for servo, (_, firmware) in found.items()}
            if damaged:
                yield f"{baud} baud: damaged answers, as of two servos with one id: looking one by one"
            for servo in ids or (range(LAST_ID + 1) if damaged else sorted(candidates)):
                yield from _look(port, servo)


def configure(
    path: str, baud: int, servo: int, changes: dict[str, int], torque_off: bool = False
) -> list[tuple[str, int, int]]:
    """Change settings of one servo, each read back; id and speed last, as it answers by them from then on.

    Args:
        path: Path of the port.
        baud: Speed at which the servo listens now.
        servo: Id that it has now.
        changes: Values by name of register; ``baud_rate`` in bit/s.
        torque_off: Take its torque where it has some; refused otherwise, as what it holds may fall.

    Returns:
        Name, former and new value of each.

    Raises:
        DeviceError: It is not there, refuses, has torque, or the new id is taken.
        ArgumentError: A value that it cannot have.
    """
    with VendorPort(path, baud) as port:
        model = _known(port, servo)
        if port.read(servo, model.register("torque_enable")):
            if not torque_off:
                raise DeviceError(f"servo {servo} has torque; what it holds may fall: say --torque-off to take it")
            port.write(servo, model.register("torque_enable"), 0)
        done = []
        for name in sorted(changes, key=lambda each: (each == "baud_rate", each == "id")):
            done.append((name, *_change(port, model, servo, name, changes[name])))
            servo = changes["id"] if name == "id" else servo
        return done


def mode_number(mode: str) -> int:
    """Value of an operating mode by its name.

    Raises:
        ArgumentError: There is none of this name.
    """
    if mode not in MODES:
        raise ArgumentError(f"no operating mode '{mode}'; choose one of: {', '.join(MODES)}")
    return MODES[mode]


def _look(port: VendorPort, servo: int) -> Iterator[Found | str]:
    try:
        answer = port.ping(servo)
        if answer is None:
            return
        number, _ = answer
        known = model_of(number)
        if known is None:
            yield Found(servo, port.baud, number, "", f"unknown model {number}", 0, {})
            return
        name, model = known
        firmware = port.read(servo, model.register("firmware_version"))
        settings = {each: port.read(servo, model.register(each)) for each in SHOWN}
        _see_it_alone(port, servo, model)
        yield Found(servo, port.baud, number, name, model.title, firmware, settings)
    except NoReply as error:
        yield f"{port.baud} baud: {error}" + ("; two servos may have this id" if error.damaged else "")


def _see_it_alone(port: VendorPort, servo: int, model: ServoConfig) -> None:
    """Read what differs between servos that share an id: their answers collide then."""
    for _ in range(3):
        port.read(servo, model.register("realtime_tick"))


def _known(port: VendorPort, servo: int) -> ServoConfig:
    answer = port.ping(servo)
    if answer is None:
        raise DeviceError(f"servo {servo} does not answer at {port.baud} baud; steadyhand hardware scan finds it")
    known = model_of(answer[0])
    if known is None:
        raise DeviceError(f"servo {servo} is a model {answer[0]} that no file in configs/servos describes")
    return known[1]


def _change(port: VendorPort, model: ServoConfig, servo: int, name: str, value: int) -> tuple[int, int]:
    register = model.register(name)
    before = port.read(servo, register)
    if name == "baud_rate":
        if value not in model.bauds:
            raise ArgumentError(
                f"{model.title} knows no {value} baud; choose one of: {', '.join(map(str, model.bauds))}"
            )
        if value != model.bauds[before]:
            _read_back(port, servo, name, model.bauds.index(value), lambda: _go_to(port, model, servo, value))
        return model.bauds[before], value
    if name == "id" and value != servo and _taken(port, value):
        raise DeviceError(f"id {value} is taken: another servo answers to it")
    if register.range is not None and not register.range[0] <= value <= register.range[1]:
        raise ArgumentError(f"{name}: {value} is outside of [{register.range[0]}, {register.range[1]}]")
    port.write(servo, register, value)
    now = value if name == "id" else servo
    _read_back(port, now, name, value, lambda: port.read(now, register))
    return before, value


def _go_to(port: VendorPort, model: ServoConfig, servo: int, baud: int) -> int:
    port.write(servo, model.register("baud_rate"), model.bauds.index(baud))
    port.set_baud(baud)
    return port.read(servo, model.register("baud_rate"))


def _read_back(port: VendorPort, servo: int, name: str, value: int, look: Callable[[], int]) -> None:
    found = look()
    if found != value:
        raise DeviceError(f"servo {servo} on {port.path}: {name} was set to {value} and reads {found}")


def _taken(port: VendorPort, servo: int) -> bool:
    try:
        return port.ping(servo) is not None
    except NoReply:
        return True
