"""Every decoder fed with what no sender would say: nothing may break, and no frame that was damaged may be taken.

python -m benchmarks.fuzz_decoders [--inputs 10000000] [--jobs 2]

Joint board: frames of every message with bits turned, bytes lost, added or changed, cut off, run into each other, and
noise, to the host's receiver; and to the firmware, compiled with sanitizers of addresses and undefined behaviour, which
runs all the while: its states, limits and guards are watched as well (`hardware/firmware/boards/native/fuzz.c`). What
is taken has to be a frame that was sent. Dynamixel: its checksum has 16 bits, and promises to find up to three wrong
bits behind the length; of those none may be taken. Of what is damaged otherwise the protocol itself lets one in 65,536
pass: that is told beside what it should be. Exits 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks._report import console, print_machine
from hardware.dynamixel import packets
from hardware.dynamixel.decoder import Decoder
from hardware.firmware.build import build
from hardware.joint_board.frame import Receiver, encode
from hardware.joint_board.messages import LAYOUTS, TYPES, AnyMessage

PIECE = 100_000
"""Inputs of a piece of the work, each with a seed of its own."""

POOL = 4000
"""Frames of which inputs are made, drawn anew in each piece."""

BITS = {"B": (0, 2**8 - 1), "H": (0, 2**16 - 1), "I": (0, 2**32 - 1), "h": (-(2**15), 2**15 - 1),
        "i": (-(2**31), 2**31 - 1)}  # fmt: skip


@dataclass(frozen=True)
class Fuzzed:
    """What became of a piece.

    Attributes:
        what: Which decoder.
        inputs: How many inputs.
        damaged: How many of them were damaged, in a way that has to be found.
        passed: Whole frames that were given between them, and taken.
        taken: Damaged ones that were taken.
        chance: Damaged otherwise, of which some pass by chance, and how many did.
        broken: What went wrong else, in words; empty where nothing did.
    """

    what: str
    inputs: int
    damaged: int
    passed: int
    taken: int
    chance: tuple[int, int] = (0, 0)
    broken: str = ""


def message(draw: random.Random, joints: int, channels: int) -> AnyMessage:
    """Any message."""
    counts = {"joints": joints, "channels": channels}
    kind = TYPES[draw.choice(sorted(TYPES))]
    values: list[object] = []
    for letter, count, of in LAYOUTS[kind]:
        members = list(of) if of else None

        def number(letter: str = letter, members: list[object] | None = members) -> object:
            return draw.choice(members) if members else draw.randint(*BITS[letter])

        many = counts.get(str(count), count)
        values.append(number() if count == 1 else tuple(number() for _ in range(int(many))))
    made: AnyMessage = kind(*values)
    return made


def spoil(draw: random.Random, frame: bytes, other: bytes) -> bytes:
    """A frame that was damaged, without its end."""
    kind, spoilt = draw.randrange(8), bytearray(frame)
    if kind == 0:  # a bit
        spoilt[draw.randrange(len(frame))] ^= 1 << draw.randrange(8)
    elif kind == 1:  # some bits
        for _ in range(draw.randrange(2, 9)):
            spoilt[draw.randrange(len(frame))] ^= 1 << draw.randrange(8)
    elif kind == 2:  # bytes changed
        for _ in range(draw.randrange(1, 6)):
            spoilt[draw.randrange(len(frame))] = draw.randrange(256)
    elif kind == 3:  # bytes lost
        at = draw.randrange(len(frame))
        del spoilt[at : at + draw.randrange(1, 5)]
    elif kind == 4:  # bytes added
        spoilt[draw.randrange(len(frame)) : 0] = draw.randbytes(draw.randrange(1, 5))
    elif kind == 5:  # cut off
        del spoilt[draw.randrange(len(frame)) :]
    elif kind == 6:  # the end lost: it runs into the next
        spoilt += other
    else:  # noise
        spoilt[:] = draw.randbytes(draw.randrange(1, 200))
    return bytes(spoilt)


def host(seed: int, count: int) -> Fuzzed:
    """The host's receiver of a joint board's line."""
    draw = random.Random(seed)
    joints, channels = draw.randint(1, 8), draw.randint(0, 24)
    receiver, pool = Receiver(), []
    for _ in range(POOL):
        pool.append(
            encode(message(draw, joints, channels), draw.randrange(2**16), draw.randrange(2**32), joints, channels)
        )
    sent = set(pool)
    damaged = passed = taken = 0
    for _ in range(count):
        receiver.joints, receiver.channels = joints, channels
        frame, other = draw.choice(pool), draw.choice(pool)
        whole = draw.randrange(8) == 0
        data = frame if whole else spoil(draw, frame[:-1], other[:-1]) + b"\0"
        damaged += not whole
        came = []
        for found in receiver.feed(data):
            came.append(encode(found.message, found.sequence, found.time_us, joints, channels))
        taken += sum(each not in sent for each in came)
        if whole and came != [frame]:  # whatever stood before it
            return Fuzzed("joint board, host", count, damaged, passed, taken, broken="a whole frame was not taken")
        passed += whole
    return Fuzzed("joint board, host", count, damaged, passed, taken)


def dynamixel(seed: int, count: int) -> Fuzzed:
    """The decoder of a Dynamixel bus."""
    draw, decoder = random.Random(seed), Decoder()
    pool = [
        packets.status(draw.randrange(253), draw.randrange(8), draw.randbytes(draw.randrange(0, 24)))
        for _ in range(POOL)
    ]
    tail = bytes(64)  # completes what was cut off, and holds nothing that a packet begins with
    damaged = passed = taken = other = chance = 0
    for _ in range(count):
        frame = draw.choice(pool)
        kind = draw.randrange(8)
        decoder.reset()
        if kind == 0:
            passed += len(list(decoder.feed(frame)))
            continue
        if kind < 5:
            spoilt = bytearray(frame)
            for bit in draw.sample(range(56, 8 * len(frame)), draw.randrange(1, 4)):
                spoilt[bit // 8] ^= 1 << bit % 8
            damaged += 1
            taken += len(list(decoder.feed(bytes(spoilt) + tail)))
            continue
        wide = spoil(draw, frame, b"") + tail
        if frame in wide:
            continue
        other += 1
        chance += len(list(decoder.feed(wide)))
    return Fuzzed("dynamixel, host", count, damaged, passed, taken, (other, chance))


def firmware(seed: int, count: int) -> Fuzzed:
    """The firmware, with sanitizers."""
    done = subprocess.run([str(build("fuzz")), str(count), str(seed)], capture_output=True, text=True, check=False)
    said = done.stdout.split()
    if done.returncode or len(said) < 6:
        return Fuzzed("joint board, firmware", count, 0, 0, 0, broken=(done.stderr or done.stdout).strip()[-400:])
    whole, turned = int(said[2]), int(said[5])  # it fails where it takes a turned one
    return Fuzzed("joint board, firmware", count, turned, whole, 0)


DECODERS: dict[str, Callable[[int, int], Fuzzed]] = {"host": host, "firmware": firmware, "dynamixel": dynamixel}


def main() -> None:
    """Fuzz and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000_000, help="to each decoder")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--only", choices=DECODERS, help="one decoder")
    asked = parser.parse_args()
    print_machine("pyserial")
    if asked.only in (None, "firmware"):
        build("fuzz")
    work = [
        (body, seed, min(PIECE, asked.inputs - seed * PIECE))
        for name, body in DECODERS.items()
        if asked.only in (None, name)
        for seed in range(-(-asked.inputs // PIECE))
    ]
    columns = (TextColumn("Pieces"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    began, found = time.monotonic(), []
    with ProcessPoolExecutor(asked.jobs) as pool, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Pieces", total=len(work))
        waiting: list[Future[Fuzzed]] = [pool.submit(body, seed + 1, count) for body, seed, count in work]
        try:
            for done in as_completed(waiting):
                found.append(done.result())
                progress.advance(bar)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    sys.exit(told(found, time.monotonic() - began))


def told(found: list[Fuzzed], seconds: float) -> int:
    """Print what was found; 1 where anything was wrong."""
    table = Table("decoder", "inputs", "whole, taken", "damaged", "of them taken", "else damaged", "taken (by chance)")
    wrong = [f"{each.what}: {each.broken}" for each in found if each.broken]
    for what in dict.fromkeys(each.what for each in found):
        of = [each for each in found if each.what == what]
        taken, other = sum(each.taken for each in of), sum(each.chance[0] for each in of)
        passed = sum(each.passed for each in of)
        if taken or not passed or not sum(each.damaged for each in of):
            wrong.append(f"{what}: {taken} damaged ones were taken, {passed} whole ones")
        table.add_row(
            what,
            f"{sum(each.inputs for each in of):,}",
            f"{passed:,}",
            f"{sum(each.damaged for each in of):,}",
            str(taken),
            f"{other:,}" if other else "-",
            f"{sum(each.chance[1] for each in of)} ({other / 65536:.0f})" if other else "-",
        )
    console.print(table)
    console.print(f"{seconds:.0f} s")
    for each in wrong:
        console.print(f"wrong: {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    main()
