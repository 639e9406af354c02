"""Whether a board is fit to drive a rig's arm: its watchdog, its sensors, and whether it was built for that arm."""

from __future__ import annotations

from collections.abc import Sequence

from hardware.joint_board.messages import Hello, Joint
from hardware.joint_board.units import POSITION
from robotics.contracts import PlantDescription
from robotics.errors import DeviceError

FITS = 1e-3
"""Share of a joint's range by which a board's may be narrower: it says it in whole units; ours."""

_DOES = ("turns", "slides")


def refuse_unfit(line: str, hello: Hello, joints: int, channels: int, watchdog_ms: int) -> None:
    """Refuse a board that drives another number of joints, has too few sensors, or would go on alone.

    Args:
        line: Name of its line.
        hello: What it says of itself.
        joints: How many the rig has.
        channels: How many further sensors its cuffs need.
        watchdog_ms: Longest silence that it is to bear [ms].

    Raises:
        DeviceError: It is one of these.
    """
    if hello.joints != joints:
        raise DeviceError(f"{line}: the board has {hello.joints} joints, the rig {joints}")
    if not hello.watchdog_least <= watchdog_ms <= hello.watchdog_most:
        raise DeviceError(
            f"{line}: the board has no watchdog of {watchdog_ms} ms "
            f"({hello.watchdog_least} to {hello.watchdog_most} ms); it would go on alone"
        )
    if hello.channels < channels:
        raise DeviceError(f"{line}: the board has {hello.channels} sensors, the cuffs need {channels}")


def refuse_other_arms(
    line: str, wanted: PlantDescription, joints: Sequence[Joint], prismatic: Sequence[bool] | None
) -> None:
    """Refuse a board that was built for another arm.

    Args:
        line: Name of its line.
        wanted: What the rig has.
        joints: What the board says of its joints, as many.
        prismatic: Which joints of the rig slide, shape (n,); not looked at where None.

    Raises:
        DeviceError: A joint turns where the rig's slides, or its widest range does not hold the rig's.
    """
    for k, (name, joint) in enumerate(zip(wanted.joints, joints, strict=True)):
        there = bool(joint.prismatic)
        if prismatic is not None and there is not bool(prismatic[k]):
            said = f"{_DOES[there]} on the board and {_DOES[not there]} in the rig"
            raise DeviceError(f"{line}: joint {name} {said}: the board was built for another arm")
        lower, upper = wanted.lower[k], wanted.upper[k]
        built_lower, built_upper = joint.built_lower * POSITION, joint.built_upper * POSITION
        spare = FITS * (upper - lower)
        if built_lower > lower + spare or built_upper < upper - spare:
            raise DeviceError(
                f"{line}: joint {name} goes from {built_lower:.4g} to {built_upper:.4g} on the board, and from "
                f"{lower:.4g} to {upper:.4g} in the rig: it was built for another arm, or the rig asks too much of it"
            )
