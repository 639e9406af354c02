"""A gamepad, through SDL's game controllers: some hundred pads under one layout, without a window.

SDL knows each pad's own layout and gives all of them the names of the Xbox one. Its own log of a lost connection is
what tells that a pad is gone; a wireless pad that fell asleep counts as lost, too.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from robotics.errors import DeviceError
from vr_training.inputs.library import need

FULL = 32767.0
"""SDL's value of a stick at its stop; a trigger goes from 0 to it."""

AXES = {
    "left_x": "LEFTX",
    "left_y": "LEFTY",
    "right_x": "RIGHTX",
    "right_y": "RIGHTY",
    "left_trigger": "TRIGGERLEFT",
    "right_trigger": "TRIGGERRIGHT",
}
"""Our names of the axes, and SDL's. Sticks count right and down as positive."""

BUTTONS = {
    "a": "A",
    "b": "B",
    "x": "X",
    "y": "Y",
    "back": "BACK",
    "start": "START",
    "left_stick": "LEFTSTICK",
    "right_stick": "RIGHTSTICK",
    "left_shoulder": "LEFTSHOULDER",
    "right_shoulder": "RIGHTSHOULDER",
    "up": "DPAD_UP",
    "down": "DPAD_DOWN",
    "left": "DPAD_LEFT",
    "right": "DPAD_RIGHT",
}
"""Our names of the buttons, and SDL's."""


class Gamepad:
    """The first gamepad that is found; ``with`` opens it."""

    axes: tuple[str, ...] = tuple(AXES)
    buttons: tuple[str, ...] = tuple(BUTTONS)

    def __init__(self) -> None:
        self.name = "gamepad"
        self._pygame: Any = None
        self._pad: Any = None

    def __enter__(self) -> Gamepad:
        self._pygame, controllers = _start()
        pads = [i for i in range(controllers.get_count()) if controllers.is_controller(i)]
        if not pads:
            raise DeviceError(
                "no gamepad was found: plug one in, or pair it, and see that you may read /dev/input/event* "
                "(sudo usermod -aG input $USER, then log in again)"
            )
        self._pad = controllers.Controller(pads[0])
        self.name = str(self._pad.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pad is not None:
            self._pad.stop_rumble()
            self._pad.quit()
        self._pad = None

    def read(self) -> tuple[dict[str, float], frozenset[str]]:
        """Deflection of each axis, -1 to 1, and the buttons that are down.

        Raises:
            DeviceError: The pad is gone.
        """
        self._pygame.event.pump()
        if not self._pad.attached():
            raise DeviceError(f"the gamepad '{self.name}' is gone")
        constant = {name: getattr(self._pygame, f"CONTROLLER_AXIS_{sdl}") for name, sdl in AXES.items()}
        axes = {name: max(self._pad.get_axis(code) / FULL, -1.0) for name, code in constant.items()}
        pressed = (
            name
            for name, sdl in BUTTONS.items()
            if self._pad.get_button(getattr(self._pygame, f"CONTROLLER_BUTTON_{sdl}"))
        )
        return axes, frozenset(pressed)

    def rumble(self, slow: float, quick: float, seconds: float) -> None:
        """Let the slow, heavy motor and the quick, light one run for a while at these strengths, 0 to 1.

        A pad without motors does nothing. What is not renewed ends by itself.
        """
        self._pad.rumble(slow, quick, round(1e3 * seconds))


def found() -> list[str]:
    """Names of the gamepads that are there.

    Raises:
        DeviceError: The library is not installed.
    """
    _, controllers = _start()
    return [str(controllers.name_forindex(i)) for i in range(controllers.get_count()) if controllers.is_controller(i)]


def _start() -> tuple[Any, Any]:
    """SDL, started without a window and without a sound, and its game controllers."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS", "1")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    pygame = need("pygame", "devices", "input 'gamepad'")
    controllers = need("pygame._sdl2.controller", "devices", "input 'gamepad'")
    pygame.display.init()
    controllers.init()
    pygame.event.pump()
    return pygame, controllers
