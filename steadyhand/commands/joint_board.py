"""`steadyhand hardware monitor, home, clear, emulate joint_board`: a board is looked at, homed, let go, emulated."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from robotics.errors import ArgumentError, DeviceError, UnknownNameError
from steadyhand.commands.options import json_option
from steadyhand.commands.output import check_writable, console_for, write_json

if TYPE_CHECKING:
    from hardware.joint_board.conversation import Conversation

Port = Annotated[
    str,
    typer.Argument(
        metavar="PORT[@BAUD]",
        help="Serial port; one of /dev/serial/by-id keeps its name. A board on an ATmega2560 speaks at 2000000 bit/s, "
        "which has to be named; else it is 1000000.",
    ),
]

SHOWN_HZ = 10
"""How often the table is drawn anew."""


def monitor(
    port: Port,
    seconds: Annotated[float | None, typer.Option("--seconds", help="How long; until Ctrl-C if unset.")] = None,
) -> None:
    """Show what a joint board says, live. It is neither armed nor changed.

    Examples:

        steadyhand hardware monitor /dev/serial/by-id/usb-BOARD
        steadyhand hardware monitor /dev/serial/by-id/usb-ARDUINO@2000000
    """
    from hardware.joint_board.examining import Examination
    from hardware.joint_board.lines import BAUD, SerialLine
    from hardware.serial_port import port_and_speed

    line = SerialLine(*port_and_speed(port, BAUD))
    with Examination(line) as examination, Live(console=Console(), auto_refresh=False) as live:
        talk = examination.conversation
        now = began = line.now_us()
        while seconds is None or now - began < 1e6 * seconds:
            live.update(_table(talk, now), refresh=True)
            until = now + 1_000_000 // SHOWN_HZ
            while (now := line.now_us()) < until:
                if ping := talk.ping(now):
                    line.write(ping)
                examination.wait(until)


def _table(talk: Conversation, now_us: int) -> Table:
    """What a board says, as a table."""
    from hardware.joint_board.units import POSITION, Units, unit_of

    hello, told = talk.hello, talk.told
    assert hello is not None
    assert told is not None
    telemetry, joints = told.telemetry, [talk.joints[k] for k in range(hello.joints)]
    units = Units(joints)
    name = bytes(hello.board).rstrip(b"\0").decode(errors="replace")
    closed = "closed" if telemetry.inputs & 1 else "OPEN"
    title = (
        f"{name}, firmware {hello.firmware}, build {bytes(hello.build).hex()}: "
        f"{telemetry.state.name}, {telemetry.fault.name.lower()}, emergency stop line {closed}"
    )
    age_ms = 1e-3 * (now_us - talk.clock.host_us(told.time_us, now_us)) if talk.clock.known else float("nan")
    caption = (
        f"age {age_ms:.1f} ms, clock within {1e-3 * talk.clock.bound_us(now_us):.2f} ms; lost {talk.lost}, "
        f"corrupt {talk.corrupt} here and {telemetry.corrupt} there, {telemetry.late} commands came late"
    )
    table = Table("joint", "position", "velocity", "effort", "range", "", title=title, caption=caption)
    for k, joint in enumerate(joints):
        unit = unit_of(joint)
        sure = "" if not telemetry.invalid >> k & 1 else "not to be trusted" if joint.homed else "no reference yet"
        table.add_row(
            str(k),
            f"{telemetry.q[k] * POSITION:9.4f} {unit}",
            f"{telemetry.dq[k] * units.dq[k]:9.4f} {unit}/s",
            f"{telemetry.tau[k] * units.tau[k]:9.4f} {'N' if joint.prismatic else 'Nm'}",
            f"{joint.lower * POSITION:.3f} to {joint.upper * POSITION:.3f}",
            sure,
        )
    return table


def home(
    port: Port,
    json_file: Annotated[Path | None, json_option("where the joints are")] = None,
) -> None:
    """Have joints that do not know where they are look for their home switches. DRIVES ARE POWERED, THE ARM MOVES.

    Each joint that has no reference goes down to its switch, slowly and one after the other, the first one first.
    Drives are off again afterwards. Nothing is powered where all joints have their references. Ctrl-C stops the arm and
    switches its drives off.

    Examples:

        steadyhand hardware home /dev/serial/by-id/usb-BOARD
        steadyhand hardware home /dev/serial/by-id/usb-ARDUINO@2000000
    """
    from hardware.joint_board import homing
    from hardware.joint_board.lines import BAUD
    from hardware.joint_board.messages import State
    from hardware.joint_board.units import unit_of
    from hardware.serial_port import port_and_speed
    from steadyhand.commands.powering import examined, listening, progress_bar, think_better

    check_writable(json_file)
    console = console_for(json_file)
    with examined(console, *port_and_speed(port, BAUD)) as examination:
        wanted = homing.without_reference(examination)
        if wanted and examination.state is State.IDLE:
            many = f"{len(wanted)} of {examination.hello.joints} joints have no reference"
            said = f"{many}. Drives will be powered, and these joints move to their home switches, one after the other."
            think_better(console, said, listening(examination))
        with progress_bar(console, "Homing") as progress:
            found = homing.home(examination, progress)
        where = [f"{q:.4f} {unit_of(joint)}" for q, joint in zip(found.q, examination.joints, strict=True)]
        did = f"joints {', '.join(map(str, found.joints))} have found" if found.joints else "all joints had"
        console.print(f"{port}: {did} their references; they are at {', '.join(where)}.", highlight=False)
    if json_file is not None:
        write_json(json_file, {"homed": list(found.joints), "q": list(found.q)})


def clear(port: Port) -> None:
    """Let a joint board go from SAFE or ESTOP to IDLE, once its cause is gone. Look at the arm before.

    Examples:

        steadyhand hardware clear /dev/serial/by-id/usb-BOARD
        steadyhand hardware clear /dev/serial/by-id/usb-ARDUINO@2000000
    """
    from hardware.joint_board.clearing import clear_board
    from hardware.joint_board.lines import BAUD, SerialLine
    from hardware.serial_port import port_and_speed

    Console().print(clear_board(SerialLine(*port_and_speed(port, BAUD))), highlight=False)


def emulate_board(
    link: Annotated[Path, typer.Option("--link", metavar="PATH", help="Where to put a link to the terminal.")],
    target: Annotated[str, typer.Option("--target", help="It runs on: native, avr, cortex_m3; or blink.")] = "native",
    arm: Annotated[str, typer.Option("--arm", help="Arm of configs/arms whose joints it has.")] = "psm",
    incremental: Annotated[bool, typer.Option("--incremental", help="Its encoders have to be homed.")] = False,
) -> None:
    """Put an emulated joint board on a pseudo terminal, until Ctrl-C. It runs the firmware; its motors are reckoned.

    To drive one in real time take native: the simulated AVR needs a fast core. Of seven joints a millisecond takes it
    about 1.1 ms on a shared machine of two cores; where it cannot keep up, its clock is slow and a run may be stopped.

    Examples:

        steadyhand hardware emulate joint_board --link /tmp/board
        steadyhand hardware emulate joint_board --target avr --link /tmp/board
        steadyhand run needle_reach --plant serial:/tmp/board --input mouse          # in another terminal
        steadyhand hardware emulate joint_board --target blink --link /tmp/blink     # one joint and an LED
        python -m hardware.examples.blink /tmp/blink                                 # in another terminal
    """
    from hardware.emulation.devices import EXAMPLE, TARGETS, EmulatedBoard

    if incremental and target == EXAMPLE:
        raise ArgumentError("--incremental: the example's joint knows where it is")
    if target not in (*TARGETS, EXAMPLE):
        raise UnknownNameError("target", target, (*TARGETS, EXAMPLE))
    with EmulatedBoard(target, arm, link=link, incremental=incremental) as running:
        what = "one joint" if target == EXAMPLE else arm
        Console().print(f"{what} on {target} on {running.path}, linked at {link}. Ctrl-C ends it.", highlight=False)
        while running.process.poll() is None:
            time.sleep(0.1)
        raise DeviceError(f"the emulated board ended with {running.process.returncode}")
