"""An arm that is set to the lengths of a person, as its adjustable links allow.

A joint whose row says ``fit`` takes a length of the person as its ``d_m`` or ``a_m``, the tip as one of its
coordinates. What sits on an adjustable link says what it keeps to: the link's own frame, that of the link before it,
the tip, or both ends. Masses and inertias stay as they are: what moves is light.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from msgspec.structs import replace

from robotics.arm_config import TIP_AXES, ArmConfig, FitConfig, JointConfig, LinkShape
from robotics.contracts import Vector
from robotics.cuff_config import CuffConfig
from robotics.errors import ArgumentError
from robotics.human_arm import KNUCKLE, LENGTHS
from robotics.shape_config import Box

TIP = "tip"
"""What the left-over of the tip is called."""

_Part = TypeVar("_Part", LinkShape, CuffConfig)


def person_lengths(height_m: float) -> dict[str, float]:
    """Lengths of a person's arm by name [m]: of the averages that `robotics.human_arm` builds an arm from.

    ``palm`` reaches from the wrist to the third knuckle, where a held grip lies.

    Args:
        height_m: Height [m].

    Raises:
        ArgumentError: Height outside of 0.4 to 2.6 m.
    """
    if not 0.4 <= height_m <= 2.6:
        raise ArgumentError(f"height_m must be within 0.4 to 2.6 m, is {height_m}")
    upper_arm, forearm, hand = (share * height_m for share in LENGTHS)
    palm = KNUCKLE * hand
    return {"upper_arm": upper_arm, "forearm": forearm, "palm": palm, "elbow_to_palm": forearm + palm}


def fitted(config: ArmConfig, lengths: Mapping[str, float]) -> tuple[ArmConfig, dict[str, float]]:
    """Set an arm to a person's lengths, as far as its ranges go.

    Args:
        config: The arm, of either side.
        lengths: The person's lengths by name [m], as of `person_lengths`; those that the arm does not ask for are
            ignored.

    Returns:
        The arm, and for each joint that can be set, and `TIP`, what the person is longer than it can be set to [m]:
        zero where it fits, negative where the person is shorter.

    Raises:
        ArgumentError: A length that the arm asks for is missing, or is not above zero.
    """
    over: dict[str, float] = {}
    moved: dict[str, Vector] = {}
    joints = []
    for joint in config.joints:
        set_to = joint if joint.fit is None else _set(joint, joint.fit, lengths, over)
        joints.append(set_to)
        moved[joint.name] = np.array([0.0, 0.0, joint.d_m - set_to.d_m])
    tip, tip_moved = config.tip, np.zeros(3)
    if tip.fit is not None:
        axis = TIP_AXES.index(tip.fit.along)
        value = np.copysign(_length(tip.fit, lengths, over, TIP), tip.xyz_m[axis])
        tip_moved[axis] = value - tip.xyz_m[axis]
        tip = replace(tip, xyz_m=_moved(tip.xyz_m, tip_moved))

    def follow(part: _Part) -> _Part:
        return _follow(part, moved.get(part.link, np.zeros(3)), tip_moved)

    config = replace(
        config,
        joints=tuple(joints),
        tip=tip,
        cuffs=tuple(follow(cuff) for cuff in config.cuffs),
        visuals=tuple(follow(shape) for shape in config.visuals),
        collisions=tuple(follow(shape) for shape in config.collisions),
    )
    return config, over


def _set(joint: JointConfig, fit: FitConfig, lengths: Mapping[str, float], over: dict[str, float]) -> JointConfig:
    value = _length(fit, lengths, over, joint.name)
    if fit.along == "d_m":
        return replace(joint, d_m=float(np.copysign(value, joint.d_m)))
    return replace(joint, a_m=float(np.copysign(value, joint.a_m)))


def _length(fit: FitConfig, lengths: Mapping[str, float], over: dict[str, float], whose: str) -> float:
    """The person's length within the range; what is left over goes to ``over[whose]``."""
    if fit.length not in lengths:
        raise ArgumentError(f"lengths has no '{fit.length}', which '{whose}' is set to; it has: {', '.join(lengths)}")
    length = lengths[fit.length]
    if not length > 0.0:
        raise ArgumentError(f"lengths: '{fit.length}' must be above 0 m, is {length}")
    low, high = fit.range_m
    value = min(max(length, low), high)
    over[whose] = length - value
    return value


def _follow(part: _Part, previous: Vector, tip: Vector) -> _Part:
    """A part of a link after the link before it went by ``previous`` in the link's frame, and the tip by ``tip``."""
    if part.anchor == "link":
        return part
    if isinstance(part, CuffConfig):
        return replace(part, xyz_m=_moved(part.xyz_m, previous if part.anchor == "previous" else tip))
    shape = part.part
    if part.anchor == "between" and isinstance(shape, Box):
        by = previous if previous.any() else tip
        axis = int(np.argmax(np.abs(by)))
        # The end that lies towards where the other end went moves with it.
        centre = shape.xyz_m[axis]
        size = list(shape.size_m)
        size[axis] += float(by[axis]) * (1.0 if centre > 0.0 else -1.0)
        placed = replace(shape, xyz_m=_moved(shape.xyz_m, 0.5 * by), size_m=(size[0], size[1], size[2]))
        return replace(part, part=placed)
    by = previous if part.anchor == "previous" else tip
    return replace(part, part=replace(shape, xyz_m=_moved(shape.xyz_m, by)))


def _moved(xyz: tuple[float, float, float], by: Vector) -> tuple[float, float, float]:
    x, y, z = np.array(xyz) + by
    return float(x), float(y), float(z)
