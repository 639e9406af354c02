"""What a window reports, and which key asks for what; the codes are GLFW's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto


class Button(IntEnum):
    """Mouse buttons."""

    LEFT = 0
    RIGHT = 1
    MIDDLE = 2


@dataclass(frozen=True)
class PointerMoved:
    """The pointer is at ``x``, ``y`` in the picture [px]."""

    x: float
    y: float


@dataclass(frozen=True)
class ButtonChanged:
    """A mouse button went down or up."""

    button: int
    pressed: bool


@dataclass(frozen=True)
class Scrolled:
    """The wheel turned by ``notches``, away from the user positive."""

    notches: float


@dataclass(frozen=True)
class KeyChanged:
    """A key went down or up; ``code`` is GLFW's, which for letters is the capital's ASCII code."""

    code: int
    pressed: bool


Event = PointerMoved | ButtonChanged | Scrolled | KeyChanged

KEY_ESCAPE, KEY_RIGHT, KEY_LEFT, KEY_DOWN, KEY_UP = 256, 262, 263, 264, 265
KEY_HOME, KEY_END = 268, 269
KEY_LEFT_SHIFT, KEY_RIGHT_SHIFT = 340, 344

MOVES: dict[int, tuple[int, float]] = {
    ord("A"): (0, -1.0),
    ord("D"): (0, 1.0),
    KEY_LEFT: (0, -1.0),
    KEY_RIGHT: (0, 1.0),
    ord("Q"): (1, -1.0),
    ord("E"): (1, 1.0),
    KEY_DOWN: (1, -1.0),
    KEY_UP: (1, 1.0),
    ord("W"): (2, -1.0),
    ord("S"): (2, 1.0),
}
"""Axis in the viewer's frame (x right, y up, z towards the viewer) and direction of each motion key."""

TURNS: dict[int, tuple[int, float]] = {
    ord("R"): (0, 1.0),
    ord("F"): (0, -1.0),
    ord("T"): (1, 1.0),
    ord("Y"): (1, -1.0),
    ord("Z"): (2, 1.0),
    ord("X"): (2, -1.0),
}
"""Axis in the viewer's frame and direction of each rotation key."""

KEY_ENGAGE, KEY_GRIP, KEY_ALIGN = ord(" "), ord("G"), ord("J")
KEY_SWITCH = 258  # Tab


class Action(Enum):
    """What a key asks of the view rather than of the hand."""

    CAMERA = auto()
    STEREO = auto()
    INSET = auto()
    PICTURE = auto()
    HELP = auto()
    STOP = auto()


ACTIONS: dict[int, Action] = {
    ord("C"): Action.CAMERA,
    ord("V"): Action.STEREO,
    ord("I"): Action.INSET,
    ord("P"): Action.PICTURE,
    ord("H"): Action.HELP,
    KEY_ESCAPE: Action.STOP,
}


def action_of(event: Event) -> Action | None:
    """The action that an event asks of the view, None where it asks none."""
    return ACTIONS.get(event.code) if isinstance(event, KeyChanged) and event.pressed else None
