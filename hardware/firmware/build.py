"""Compiles the firmware for an arm and a target, where what was compiled is not of these sources.

python -m hardware.firmware.build [--arm ARM] [--channels N] [--incremental] TARGET ...
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hardware.firmware.guards import GUARDS, core_without
from hardware.firmware.joint_table import BRAKE, BuiltJoint, joints_of, led_joint
from robotics.arm_config import load_arm_config
from robotics.errors import DeviceError, UnknownNameError

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "firmware"

_WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections")


@dataclass(frozen=True)
class Target:
    """What the firmware is compiled for.

    Attributes:
        compiler: The compiler.
        package: Debian's package that has it.
        board: Folders of its board.
        flags: What the compiler is told.
        output: Name of what is made.
        servo_hz: Rate of its servo.
        rate_hz: Telemetry and commands that it bears.
        leave_out: Files of the board that do not belong to it.
        example: Whether it has a joint of its own, and no arm's.
    """

    compiler: str
    package: str
    board: tuple[str, ...]
    flags: tuple[str, ...]
    output: str
    servo_hz: int = 1000
    rate_hz: int = 1000
    leave_out: tuple[str, ...] = ()
    example: bool = False


_HOST = ("-O2", "-Wconversion", "-Wshadow", "-Wpedantic")
_AVR = ("-mmcu=atmega2560", "-DF_CPU=16000000UL", "-O3", "-flto", "-Wl,--gc-sections")
_SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")

TARGETS = {
    "native": Target("gcc", "gcc", ("native", "bench"), _HOST, "joint_board", leave_out=("fuzz.c",)),
    "library": Target(
        "gcc", "gcc", ("native", "bench"), (*_HOST, "-shared", "-fPIC"), "joint_board.so",
        leave_out=("fuzz.c", "main.c"),
    ),
    "fuzz": Target("gcc", "gcc", ("native", "bench"), _SANITIZED, "fuzz", leave_out=("main.c",)),
    "avr": Target(
        "avr-gcc", "gcc-avr avr-libc", ("atmega2560",), _AVR, "joint_board.elf", servo_hz=500, rate_hz=250
    ),
    "blink": Target(
        "avr-gcc", "gcc-avr avr-libc", ("atmega2560", "bench", "blink"), _AVR, "joint_board.elf",
        servo_hz=500, rate_hz=250, leave_out=("board.c",), example=True,
    ),
    "cortex_m3": Target(
        "arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi", ("lm3s6965", "bench"),
        ("-mcpu=cortex-m3", "-mthumb", "-O2", "-nostartfiles", "--specs=nosys.specs", "-Wl,--gc-sections",
         "-T", str(HERE / "boards" / "lm3s6965" / "memory.ld")),
        "joint_board.elf",
        rate_hz=250,  # QEMU's UART bears no more: each byte is a change of threads
    ),
}  # fmt: skip
"""By name."""


def build(target: str, arm: str = "psm", channels: int = 0, without: str = "", incremental: bool = False) -> Path:
    """Compile the firmware, where it is not there already; its path.

    Args:
        target: One of `TARGETS`.
        arm: Name of the arm whose joints the board has.
        channels: Further sensors that it has.
        without: A guard that is left out, for tests: one of `hardware.firmware.guards.GUARDS`; none where empty.
        incremental: Whether its encoders have to be homed.

    Raises:
        UnknownNameError: No such target, arm or guard.
        DeviceError: The compiler is not there, or fails.
    """
    if target not in TARGETS:
        raise UnknownNameError("target", target, TARGETS)
    made = TARGETS[target]
    boards: list[Path] = []
    for board in made.board:
        boards += [each for each in sorted((HERE / "boards" / board).glob("*.c")) if each.name not in made.leave_out]
    table = arm_table(arm, made, channels, _digest(target, made), incremental)
    kind = f"{arm}-{channels}{'-incremental' if incremental else ''}"
    folder = BUILD / kind / "-without-".join(filter(None, (target, without.replace(" ", "-"))))
    output, stamp = folder / made.output, folder / "made-of"
    mark = hashlib.sha256((table + str(GUARDS.get(without, ""))).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder):
        if output.exists() and stamp.exists() and stamp.read_text() == mark:
            return output
        compiler = shutil.which(made.compiler)
        if compiler is None:
            raise DeviceError(f"{made.compiler} is not there: sudo apt-get install {made.package}")
        (folder / "arm.c").write_text(table, encoding="utf-8")
        part = output.with_suffix(".part")
        core = HERE / "core" if not without else core_without(without, HERE / "core", folder / "core")
        told = [*_WARNINGS, *made.flags, f"-DSH_SERVO_HZ={made.servo_hz}", f"-I{core}"]
        sources = [folder / "arm.c", *sorted(core.glob("*.c")), *boards]
        command = [compiler, *told, "-o", str(part), *map(str, sources)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise DeviceError(f"{made.compiler} could not compile the firmware:\n{done.stderr}")
        part.replace(output)
        stamp.write_text(mark)
    return output


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a folder for one process: others that would make the same wait, and find it made."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(target: str, made: Target) -> bytes:
    """Hash of the sources and of how they are compiled."""
    found = hashlib.sha256(
        repr((target, made.flags, made.servo_hz, made.rate_hz)).encode().replace(str(HERE).encode(), b"")
    )
    for folder in ("core", *(f"boards/{board}" for board in made.board)):
        for file in sorted((HERE / folder).iterdir()):
            found.update(file.name.encode() + file.read_bytes())
    return found.digest()[:8]


def target_of(build: bytes) -> str:
    """Target whose firmware of these very sources says that it is this build; empty where none does."""
    return next((name for name, made in TARGETS.items() if _digest(name, made) == build), "")


def arm_table(arm: str, made: Target, channels: int, digest: bytes, incremental: bool = False) -> str:
    """C source of what a board is built with."""
    joints = (led_joint(),) if made.example else joints_of(load_arm_config(arm), incremental)
    if made.example:
        arm = "led"
    rows = "\n".join(_row(joint) for joint in joints)
    return f"""/* Joints of {arm}. Made by hardware.firmware.build of its configuration. */
#include "board.h"

const sh_board_info sh_board = {{
    .name = "{arm[:15]}", .joints = {len(joints)}, .channels = {channels}, .servo_hz = SH_SERVO_HZ,
    .rate_hz = {made.rate_hz},
    .watchdog_least_ms = 5, .watchdog_most_ms = 200,
}};

const uint8_t sh_build[8] = {{{", ".join(f"0x{byte:02x}" for byte in digest)}}};

const sh_joint_built sh_joints_built[] = {{
{rows}
}};
"""


def _row(joint: BuiltJoint) -> str:
    return (
        f"    {{.prismatic = {str(joint.prismatic).lower()}, .brake = {str(BRAKE).lower()}, "
        f".absolute = {str(joint.absolute).lower()}, "
        f".safe = SH_SAFE_BEHAVIOUR_DAMP, .dq_unit = {joint.dq_unit}u, .tau_unit = {joint.tau_unit}u,\n"
        f"     .lower = {joint.lower}, .upper = {joint.upper}, .home = {joint.lower}, .velocity = {joint.velocity}, "
        f".effort = {joint.effort}, .breakaway = {joint.breakaway}, .tracking = {joint.tracking},\n"
        f"     .stiffness = {joint.stiffness}u, .damping = {joint.damping}u}}, /* {joint.name} */"
    )


def main() -> None:
    """Compile what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+", choices=TARGETS, metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--arm", default="psm", help="arm whose joints the board has")
    parser.add_argument("--channels", type=int, default=0, help="further sensors")
    parser.add_argument("--incremental", action="store_true", help="its encoders have to be homed")
    asked = parser.parse_args()
    for target in asked.targets:
        print(build(target, asked.arm, asked.channels, incremental=asked.incremental))


if __name__ == "__main__":
    main()
