"""`steadyhand hardware`: find servos, set them up, calibrate them, and emulate a bus of them."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from robotics.errors import ArgumentError
from steadyhand.commands import hardware_faults, joint_board
from steadyhand.commands.options import json_option
from steadyhand.commands.output import check_writable, console_for, write_json

app = typer.Typer(help="Servos and boards on a serial port: find, set up, calibrate, emulate.", no_args_is_help=True)
emulate = typer.Typer(help="Devices that are not there, on a pseudo terminal.", no_args_is_help=True)
app.add_typer(emulate, name="emulate")
app.command("monitor")(joint_board.monitor)
app.command("home")(joint_board.home)
app.command("clear")(joint_board.clear)
app.command("faults")(hardware_faults.command)
emulate.command("joint_board")(joint_board.emulate_board)

Port = Annotated[
    str, typer.Option("--port", metavar="PATH", help="Serial port; one of /dev/serial/by-id keeps its name.")
]
Baud = Annotated[int, typer.Option("--baud", help="Speed of the line in bit/s.")]
Bus = Annotated[str, typer.Option("--bus", metavar="BUS", help="Bus of configs/buses, or a TOML file.")]


@app.command("scan")
def scan(
    port: Port,
    bauds: Annotated[str, typer.Option("--bauds", help="Speeds to try, as '57600,1000000'; the usual if unset.")] = "",
    ids: Annotated[str, typer.Option("--ids", help="Ids to ask one by one, as '1-7,12'; all at once if unset.")] = "",
    json_file: Annotated[Path | None, json_option("what was found")] = None,
) -> None:
    """Find Dynamixel servos: all speeds, all ids, with what matters of their settings.

    Examples:

        steadyhand hardware scan --port /dev/ttyUSB0
        steadyhand hardware scan --port /dev/ttyUSB0 --bauds 1000000 --ids 1-7
    """
    from hardware.dynamixel import configure as servos
    from hardware.dynamixel.inspection import latency_problem

    check_writable(json_file)
    console = console_for(json_file)
    tried = _numbers("--bauds", bauds) or servos.SCANNED_BAUDS
    found: list[servos.Found] = []
    for each in servos.scan(port, tried, _numbers("--ids", ids)):
        if isinstance(each, str):
            _say(console, f"[yellow]{escape(each)}[/]")
        else:
            found.append(each)
    table = Table("id", "baud", "model", "firmware", *(name.replace("_", "\n") for name in servos.SHOWN))
    for one in found:
        cells = [one.settings.get(name) for name in servos.SHOWN]
        table.add_row(
            str(one.servo), str(one.baud), one.title.removeprefix("DYNAMIXEL "), str(one.firmware), *map(str, cells)
        )
    _say(console, table if found else f"No servo answers at {', '.join(map(str, tried))} baud.")
    if problem := latency_problem(port):
        _say(console, f"[yellow]{escape(problem)}[/]")
    if json_file is not None:
        write_json(json_file, [asdict(each) for each in found])
    if not found:
        raise typer.Exit(1)


@app.command("configure")
def configure(
    port: Port,
    servo: Annotated[int, typer.Option("--id", help="Id that the servo has now.")],
    baud: Baud = 1_000_000,
    new_id: Annotated[int | None, typer.Option("--new-id", help="Id to give it.")] = None,
    new_baud: Annotated[int | None, typer.Option("--new-baud", help="Speed to give it, in bit/s.")] = None,
    mode: Annotated[str | None, typer.Option("--mode", help="Operating mode, as position or current.")] = None,
    return_delay: Annotated[int | None, typer.Option("--return-delay", help="Return delay in units of 2 us.")] = None,
    watchdog_ms: Annotated[int | None, typer.Option("--watchdog-ms", help="Bus watchdog, until power off.")] = None,
    register: Annotated[list[str] | None, typer.Option("--set", help="Any other register, as NAME=VALUE.")] = None,
    torque_off: Annotated[bool, typer.Option("--torque-off", help="Take its torque; what it holds may fall.")] = False,
) -> None:
    """Change settings of one servo; each is read back.

    Examples:

        steadyhand hardware configure --port /dev/ttyUSB0 --baud 57600 --id 1 --new-id 3 --new-baud 1000000
        steadyhand hardware configure --port /dev/ttyUSB0 --id 3 --return-delay 0 --mode position
    """
    from hardware.dynamixel import configure as servos

    changes = dict(_assignment(each) for each in register or ())
    if mode is not None:
        changes["operating_mode"] = servos.mode_number(mode)
    if watchdog_ms is not None and watchdog_ms % 20:
        raise ArgumentError(f"--watchdog-ms: {watchdog_ms} is no multiple of 20")
    given = {
        "id": new_id,
        "baud_rate": new_baud,
        "return_delay_time": return_delay,
        "bus_watchdog": None if watchdog_ms is None else watchdog_ms // 20,
    }
    changes |= {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise ArgumentError("nothing to change was given; see --help")
    for name, before, after in servos.configure(port, baud, servo, changes, torque_off):
        _say(Console(), f"{name}: {before} -> {after}")


@app.command("calibrate")
def calibrate(
    port: Port,
    bus: Bus,
    pose: Annotated[
        list[str] | None, typer.Option("--joint", help="A joint and where it stands, as arm/elbow=1.57 (rad).")
    ] = None,
    zero: Annotated[bool, typer.Option("--zero", help="All joints stand at zero.")] = False,
) -> None:
    """Have the present pose read as a stated one: homing offsets are written into the servos, and read back.

    Examples:

        steadyhand hardware calibrate --port /dev/ttyUSB0 --bus seven_on_bench --zero
        steadyhand hardware calibrate --port /dev/ttyUSB0 --bus seven_on_bench --joint arm/joint_2=0.5
    """
    from hardware.dynamixel.bus_config import load_bus
    from hardware.dynamixel.calibrate import calibrate as calibrate_bus

    config, models = load_bus(bus)
    stated = {f"{arm.name}/{joint.name}": 0.0 for arm in config.arms for joint in arm.joints} if zero else {}
    for each in pose or ():
        name, _, value = each.partition("=")
        try:
            stated[name] = float(value)
        except ValueError as error:
            raise ArgumentError(f"--joint {each}: must be NAME=RADIANS") from error
    if not stated:
        raise ArgumentError("no pose was given: --zero, or --joint NAME=RADIANS for each joint")
    for done in calibrate_bus(port, config, models, stated):
        _say(
            Console(),
            f"{done.joint} (servo {done.servo}) reads {done.q:g} rad: homing offset {done.before} -> {done.after}",
        )


@emulate.command("dynamixel")
def emulate_dynamixel(
    link: Annotated[Path, typer.Option("--link", metavar="PATH", help="Where to put a link to the terminal.")],
    joints: Annotated[int, typer.Option("--joints", min=1, max=100, help="How many servos, with ids from 1 on.")] = 7,
    model: Annotated[str, typer.Option("--model", help="Model of configs/servos.")] = "xm430_w350",
    baud: Baud = 1_000_000,
    timed: Annotated[bool, typer.Option("--timed/--untimed", help="Whether bytes take their time.")] = True,
    echo: Annotated[bool, typer.Option("--echo", help="Give back what the host sends, as some adapters do.")] = False,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="What goes wrong, as overheating:3:5: servo 3 after 5 s.")
    ] = None,
) -> None:
    """Put an emulated servo bus on a pseudo terminal, until Ctrl-C.

    Faults are silent, corrupt, stuck, blocked, overload, overheating and reboot.

    Examples:

        steadyhand hardware emulate dynamixel --joints 7 --link /tmp/servos
        steadyhand hardware emulate dynamixel --link /tmp/servos --fault silent:2:10 --fault overload:5:20
    """
    from hardware.dynamixel.emulated_servo import FAULTS, EmulatedServo
    from hardware.dynamixel.emulator import EmulatedBus
    from hardware.dynamixel.servo_config import load_servo

    config = load_servo(model)
    if baud not in config.bauds:
        raise ArgumentError(
            f"--baud: {config.title} knows no {baud}; choose one of: {', '.join(map(str, config.bauds))}"
        )
    servos = [EmulatedServo(config, number, baud) for number in range(1, joints + 1)]
    faults = sorted((_fault(each, FAULTS, joints) for each in fault or ()), key=lambda each: each[2])
    with EmulatedBus(servos, link, timed, echo) as running:
        _say(
            Console(), f"{joints} x {config.title} at {baud} baud on {running.path}, linked at {link}. Ctrl-C ends it."
        )
        began = time.monotonic()
        while running.serves:
            while faults and time.monotonic() - began >= faults[0][2]:
                what, number, _ = faults.pop(0)
                with running.lock:
                    running.servo(number).inject(what)
                _say(Console(), f"Servo {number}: {what}.")
            time.sleep(0.05)


def _numbers(option: str, text: str) -> tuple[int, ...]:
    """Numbers of a list such as ``1-7,12``."""
    numbers: list[int] = []
    try:
        for part in filter(None, text.split(",")):
            first, _, last = part.partition("-")
            numbers += range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise ArgumentError(f"{option} {text}: must be numbers, as 1-7,12") from error
    return tuple(numbers)


def _assignment(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), int(value, 0)
    except ValueError as error:
        raise ArgumentError(f"--set {text}: must be NAME=VALUE, with a whole number") from error


def _fault(text: str, known: Collection[str], joints: int) -> tuple[str, int, float]:
    """Fault, servo and time of ``overheating:3:5``."""
    what, _, rest = text.partition(":")
    servo, _, seconds = rest.partition(":")
    try:
        found = what, int(servo), float(seconds or 0.0)
    except ValueError as error:
        raise ArgumentError(f"--fault {text}: must be FAULT:SERVO:SECONDS") from error
    if what not in known or not 1 <= found[1] <= joints:
        raise ArgumentError(f"--fault {text}: faults are {', '.join(known)}; servos are 1 to {joints}")
    return found


def _say(console: Console, what: object) -> None:
    console.print(what, highlight=False, soft_wrap=True)
