"""The tick record as a ROS 2 message definition, so that other tools open a recording's bytes as they are.

A tick record has only eight-byte fields, and arrays of narrower ones that fill whole words of eight bytes, and no
padding. Its bytes are therefore the CDR encoding of the message that is written here: CDR aligns an eight-byte number
to eight bytes after the encapsulation header, and lays structs and fixed arrays out without anything between their
members.

Source:
    OMG, DDS Interoperability Wire Protocol 2.5, 10.2 (CDR_LE encapsulation ``00 01 00 00``); MCAP's registry of
    well-known encodings, ``ros2msg`` and ``cdr``.
"""

from __future__ import annotations

import re

import numpy as np

from control.tick import TickLayout, tick_dtype
from robotics.errors import ArgumentError

PACKAGE = "steadyhand_msgs"
SCHEMA_NAME = f"{PACKAGE}/msg/Tick"
CDR_HEADER = bytes([0, 1, 0, 0])
"""Encapsulation header of plain little-endian CDR."""

POSE_FIELDS = ("x", "y", "z", "qw", "qx", "qy", "qz")
POSES = frozenset({"hand", "hand_filtered", "target", "setpoint", "tip"})
"""Seven-number fields that are poses; joint arrays of seven joints are not."""

_TYPES = {"<f8": "float64", "<u8": "uint64", "<i8": "int64", "<f4": "float32"}
_NAME = re.compile(r"[a-z](?:_?[a-z0-9])*")
_SEPARATOR = "\n" + "=" * 80 + "\n"


def schema_text(layout: TickLayout) -> str:
    """Definition of the message ``steadyhand_msgs/msg/Tick`` for a layout, with the definitions that it uses.

    Raises:
        ArgumentError: The name of an arm, object or signal is no lower_snake name, an arm has no joints, or a
            deformable an odd number of nodes.
    """
    _refuse(layout)
    named = {"objects": layout.objects, "signals": layout.signals}
    # What has a struct of its own for each of its members, and the name of that message.
    members = {
        "arms": {arm: f"Arm{joints}" for arm, joints in layout.arms},
        "deformables": {body: f"Deformable{body.title().replace('_', '')}" for body, _, _ in layout.deformables},
        "guided": {each.arm: f"Guided{each.size}Cuffs{each.cuffs}Wearables{each.wearables}" for each in layout.guided},
    }
    messages: dict[str, str] = {}
    top = []
    dtype = tick_dtype(layout)
    for name in dtype.names or ():
        if name in named:
            kind = "Pose" if name == "objects" else "float64"
            messages[name.capitalize()] = "\n".join(f"{kind} {item}" for item in named[name])
            top.append(f"{name.capitalize()} {name}")
        elif name in members:
            for member, kind in members[name].items():
                messages[kind] = _fields(dtype[name][member])
            messages[name.capitalize()] = "\n".join(f"{kind} {member}" for member, kind in members[name].items())
            top.append(f"{name.capitalize()} {name}")
        elif dtype[name].names:
            messages[name.capitalize()] = _fields(dtype[name])
            top.append(f"{name.capitalize()} {name}")
        else:
            top.append(_field(name, dtype[name]))
    messages["Pose"] = "\n".join(f"float64 {name}" for name in POSE_FIELDS)
    parts = ["\n".join(top)] + [f"MSG: {PACKAGE}/{name}\n{text}" for name, text in messages.items()]
    return _SEPARATOR.join(parts) + "\n"


def _refuse(layout: TickLayout) -> None:
    """Refuse names that are no lower_snake names, and arms and deformables that fill no record."""
    named = {
        "arm": [name for name, _ in layout.arms],
        "object": layout.objects,
        "signal": layout.signals,
        "deformable": [name for name, _, _ in layout.deformables],
    }
    for kind, names in named.items():
        for name in names:
            if not _NAME.fullmatch(name):
                raise ArgumentError(f"{kind} '{name}': a recorded name is lower_snake, such as 'psm1'")
    for name, joints in layout.arms:
        if joints < 1:
            raise ArgumentError(f"arm '{name}' has {joints} joints: it needs at least 1")
    for name, nodes, words in layout.deformables:
        if nodes % 2 or nodes < 2 or words < 1:
            raise ArgumentError(f"deformable '{name}' has {nodes} nodes, {words} words: it needs 2, 4, ... and 1, ...")


def _fields(dtype: np.dtype[np.void]) -> str:
    return "\n".join(_field(name, dtype[name]) for name in dtype.names or ())


def _field(name: str, dtype: np.dtype[np.generic]) -> str:
    if name in POSES:
        return f"Pose {name}"
    size = f"[{int(np.prod(dtype.shape))}]" if dtype.shape else ""
    return f"{_TYPES[dtype.base.str]}{size} {name}"
