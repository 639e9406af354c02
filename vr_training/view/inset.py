"""A second camera's picture, small within the first: at the right edge, between what the display says there."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vr_training.view.painter import EDGE, GLASS, WHITE, rgba
from vr_training.view.panel import Panel, blend, text_width

SHARE = 0.27
"""Width and height of the inset as a share of the picture's."""
TOP = 0.19
"""Its top edge as a share of the picture's height: below the clock, above the forces."""
MARGIN = 18.0 / 1280.0
"""Its distance from the picture's edge as a share of the width: as of all panels."""
FONT_PX = 12
BORDER = (196, 206, 216)


@dataclass(frozen=True)
class Inset:
    """Where the inset lies in a picture of one size [px]."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    @functools.lru_cache(maxsize=8)
    def of(cls, width: int, height: int) -> Inset:
        """The inset of a picture ``width`` by ``height``."""
        w, h = round(SHARE * width), round(SHARE * height)
        return cls(width - w - round(MARGIN * width), round(TOP * height), w, h)

    def name(self, picture: NDArray[np.uint8], camera: str) -> None:
        """Write into the inset's picture which camera it is from, in place."""
        label = _label(camera.replace("_", " "))
        blend(picture, label, 4, self.height - label.shape[0] - 4)

    def put(self, frame: NDArray[np.uint8], picture: NDArray[np.uint8], shift_px: float = 0.0) -> None:
        """Lay the inset into a picture, in place.

        Args:
            frame: The picture, shape (height, width, 3).
            picture: What the inset shows, shape (`height`, `width`, 3).
            shift_px: Moves it to the right, as the display that floats in a stereo picture.
        """
        x = min(max(self.x + round(shift_px), 2), frame.shape[1] - self.width - 2)
        frame[self.y - 2 : self.y + self.height + 2, x - 2 : x + self.width + 2] = BORDER
        frame[self.y : self.y + self.height, x : x + self.width] = picture


@functools.lru_cache(maxsize=16)
def _label(text: str) -> NDArray[np.uint8]:
    panel = Panel(round(text_width(text, FONT_PX)) + 12, FONT_PX + 8)
    panel.box(0, 0, panel.width, panel.height, 4, GLASS, EDGE)
    panel.text(6, panel.height / 2, text, FONT_PX, rgba(WHITE))
    return panel.pixels()
