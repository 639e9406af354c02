"""`steadyhand hardware faults`: a tty with faults in place of a device's own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from robotics.errors import ArgumentError
from steadyhand.commands.options import json_option
from steadyhand.commands.output import check_writable, console_for, write_json


def command(
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="The device's tty, as /dev/ttyUSB0.")],
    link: Annotated[Path, typer.Option("--link", metavar="PATH", help="Where to put a link to the tty with faults.")],
    fault: Annotated[
        str | None, typer.Option("--fault", help="drop, flip, duplicate, reorder, delay, stall, babble, ..., baud.")
    ] = None,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE.toml", help="Several faults, as a TOML file.")
    ] = None,
    direction: Annotated[str, typer.Option("--direction", help="to_board, from_board or both.")] = "both",
    rate: Annotated[float, typer.Option("--rate", help="Share of the bytes or pieces that are struck.")] = 1.0,
    unit: Annotated[str, typer.Option("--unit", help="What is struck: byte or piece.")] = "piece",
    most: Annotated[int, typer.Option("--most", help="Strike so often at most; 0 for no bound.")] = 0,
    at_s: Annotated[float, typer.Option("--at", metavar="S", help="When it begins.")] = 0.0,
    for_s: Annotated[float, typer.Option("--for", metavar="S", help="How long it lasts; 0 for ever.")] = 0.0,
    delay_ms: Annotated[float, typer.Option("--delay-ms", help="How much later, for delay and duplicate.")] = 0.0,
    jitter_ms: Annotated[float, typer.Option("--jitter-ms", help="And by how much more at most.")] = 0.0,
    bytes_s: Annotated[float, typer.Option("--bytes-s", help="Noise of babble, in bytes a second.")] = 0.0,
    baud_ratio: Annotated[float, typer.Option("--baud-ratio", help="Speed of the sender over the listener's.")] = 1.0,
    ends: Annotated[int, typer.Option("--ends", help="Byte that ends a piece; -1: what is sent at once.")] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of what is drawn.")] = 0,
    baud: Annotated[int, typer.Option("--baud", help="Speed of the device's line in bit/s.")] = 1_000_000,
    seconds: Annotated[float, typer.Option("--seconds", help="How long to run; 0 until Ctrl-C.")] = 0.0,
    json_file: Annotated[Path | None, json_option("what was injected")] = None,
) -> None:
    """Put a tty with faults in place of a device's own, until Ctrl-C; then say what was injected.

    Examples:

        steadyhand hardware faults /dev/ttyUSB0 --link /tmp/faulty --fault flip --rate 0.01 --seed 1
        steadyhand hardware faults /dev/ttyUSB0 --link /tmp/faulty --fault replug --at 5 --for 2
        steadyhand hardware faults /dev/ttyUSB0 --link /tmp/faulty --plan bad_cable.toml
    """
    from hardware.faults.plan import FaultPlan
    from hardware.faults.proxy import FaultProxy
    from robotics.config import convert, load

    check_writable(json_file)
    console = console_for(json_file)
    if (fault is None) is (plan_file is None):
        raise ArgumentError("give either --fault or --plan")
    if plan_file is not None:
        plan = load(plan_file, FaultPlan)
    else:
        one: dict[str, Any] = {
            "kind": fault, "direction": direction, "rate": rate, "unit": unit, "most": most, "at_s": at_s,
            "for_s": for_s, "delay_s": 1e-3 * delay_ms, "jitter_s": 1e-3 * jitter_ms, "bytes_s": bytes_s,
            "baud_ratio": baud_ratio,
        }  # fmt: skip
        plan = convert({"seed": seed, "ends": ends, "faults": [one]}, FaultPlan, "--fault")
    proxy = FaultProxy(device, link, plan, baud)
    with proxy:
        _say(console, f"{device} with {', '.join(each.kind for each in plan.faults)} at {link}. Ctrl-C ends it.")
        until = time.monotonic() + seconds if seconds else float("inf")
        try:
            while proxy.lost is None and time.monotonic() < until:
                time.sleep(0.05)
        except KeyboardInterrupt:
            pass
    struck = proxy.injected
    for index, each in enumerate(plan.faults):
        _say(console, f"{each.kind}: {struck['to_board'][index]} to the board, {struck['from_board'][index]} from it.")
    if proxy.overflown:
        _say(console, f"{proxy.overflown} bytes were lost as an end did not take them.")
    if json_file is not None:
        write_json(json_file, {"injected": struck, "overflown": proxy.overflown})
    if proxy.lost is not None:
        raise proxy.lost


def _say(console: Console, what: object) -> None:
    console.print(what, highlight=False, soft_wrap=True)
