"""What stands on a virtual display: its pixels, read where its server keeps them, at no cost to a busy machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MANY_COLOURS = 64
"""A picture of the scene has more colours than this, shaded as its surfaces are; an empty window has one."""


class Pixels:
    """The pixels of a virtual display's windows.

    Args:
        display: Name of the display.
        folder: Where it was told to keep its pixels, as an X window dump (XWD).
    """

    def __init__(self, display: str, folder: Path) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._file = folder / "Xvfb_screen0"

    def screen(self) -> NDArray[np.uint8]:
        """The whole screen, shape (height, width, 3) RGB."""
        dump = np.fromfile(self._file, np.uint8)
        header = dump[:100].view(">u4")
        start, width, height, line, colours = (int(header[k]) for k in (0, 4, 5, 12, 19))
        rows = dump[start + 12 * colours :][: line * height].reshape(height, line)
        return np.ascontiguousarray(rows[:, : 4 * width].reshape(height, width, 4)[:, :, 2::-1])

    def window(self, title: str) -> int | None:
        """Identifier of the window that shows, by a part of its title; None where there is none."""
        found = self._ask("search", "--onlyvisible", "--name", title).split()
        return int(found[0]) if found else None

    def picture(self, window: int) -> NDArray[np.uint8]:
        """What a window shows, shape (height, width, 3) RGB; empty once the window is gone."""
        place = dict(line.split("=") for line in self._ask("getwindowgeometry", "--shell", str(window)).splitlines())
        if "X" not in place:
            return np.zeros((0, 0, 3), np.uint8)
        x, y, width, height = (int(place[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))
        return self.screen()[y : y + height, x : x + width]

    def press(self, window: int, key: str) -> None:
        """Press a key with the pointer in the middle of a window: there is nothing that gives a window the focus."""
        picture = self.picture(window)
        middle = [str(size // 2) for size in (picture.shape[1], picture.shape[0])]
        self._ask("mousemove", "--window", str(window), *middle, "key", key)

    def _ask(self, *words: str) -> str:
        asked = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False, timeout=180
        )
        return asked.stdout


def is_drawn(picture: NDArray[np.uint8]) -> bool:
    """Whether a picture shows something: it has many colours, every fourth pixel looked at."""
    sparse = picture[::4, ::4].reshape(-1, 3).astype(np.uint32)
    return len(np.unique(sparse @ np.array([65536, 256, 1], np.uint32))) > MANY_COLOURS


def changed_share(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    """Share of the pixels of the middle quarter that differ plainly: what is written stands about the edges."""
    height, width = one.shape[:2]
    middle = (slice(height // 4, height - height // 4), slice(width // 4, width - width // 4))
    apart = np.abs(one[middle].astype(int) - two[middle].astype(int)).sum(axis=2)
    return float((apart > 60).mean())
