"""One small translucent panel of the head-up display: shapes and text laid out, drawn once, blended often."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Rgb = tuple[int, int, int]
Rgba = tuple[int, int, int, int]

OVERSAMPLE = 3
"""Shapes and letters are drawn this many times larger and reduced: smooth edges, and spacing free of whole pixels."""


@functools.lru_cache(maxsize=64)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """The interface font that Pillow carries (Aileron; Latin letters only, digits of one width)."""
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size_px))


def text_width(text: str, size_px: int, weight: float = 0.0) -> float:
    """Width of a line of text [px]."""
    return font(size_px * OVERSAMPLE).getlength(text) / OVERSAMPLE + 2.0 * weight


@dataclass(frozen=True)
class Text:
    """A line of text in a panel: what, and the box that its ink fills, in the panel's pixels."""

    text: str
    box: tuple[float, float, float, float]


class Panel:
    """A picture with an alpha channel that is drawn by hand and blended into frames.

    Args:
        width: Width [px].
        height: Height [px].
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.texts: list[Text] = []
        self._shapes = Image.new("RGBA", (width * OVERSAMPLE, height * OVERSAMPLE), (0, 0, 0, 0))
        self._pen = ImageDraw.Draw(self._shapes, "RGBA")
        self._lines: list[tuple[float, float, str, int, Rgba, float]] = []

    def box(
        self, x0: float, y0: float, x1: float, y1: float, radius: float, fill: Rgba, edge: Rgba | None = None
    ) -> None:
        """A rounded rectangle, with a hairline edge where one is given."""
        k = OVERSAMPLE
        left, top, right, bottom = (round(v * k) for v in (x0, y0, x1, y1))
        if right <= left or bottom <= top:
            return
        layer = Image.new("RGBA", (right - left, bottom - top), (0, 0, 0, 0))
        outline = (0, 0, right - left - 1, bottom - top - 1)
        ImageDraw.Draw(layer).rounded_rectangle(outline, radius * k, fill, edge, k if edge else 0)
        cut = (max(-left, 0), max(-top, 0))
        self._shapes.alpha_composite(layer, (max(left, 0), max(top, 0)), cut)

    def polygon(self, points: list[tuple[float, float]], fill: Rgba) -> None:
        """A filled polygon."""
        self._pen.polygon([(x * OVERSAMPLE, y * OVERSAMPLE) for x, y in points], fill)

    def disc(self, x: float, y: float, radius: float, fill: Rgba | None, edge: Rgba | None = None) -> None:
        """A disc, or a ring where ``fill`` is None."""
        k = OVERSAMPLE
        xy = ((x - radius) * k, (y - radius) * k, (x + radius) * k, (y + radius) * k)
        self._pen.ellipse(xy, fill, edge, round(1.5 * k) if edge else 0)

    def regular(self, x: float, y: float, radius: float, corners: int, turn_rad: float, fill: Rgba) -> None:
        """A filled regular polygon."""
        step = 2.0 * math.pi / corners
        self.polygon(
            [
                (x + radius * math.cos(turn_rad + i * step), y + radius * math.sin(turn_rad + i * step))
                for i in range(corners)
            ],
            fill,
        )

    def text(
        self, x: float, y: float, text: str, size_px: int, colour: Rgba, weight: float = 0.0, align: str = "l"
    ) -> float:
        """A line of text with its vertical middle of capitals at ``y``; returns its width.

        Args:
            x: Left, centre or right of the text, as ``align`` says.
            y: Middle of the capitals.
            text: What to write.
            size_px: Size of the font.
            colour: Colour and opacity.
            weight: Extra thickness of the strokes [px].
            align: ``"l"``, ``"m"`` or ``"r"``.
        """
        k, large = OVERSAMPLE, font(size_px * OVERSAMPLE)
        width = text_width(text, size_px, weight)
        left = x - {"l": 0.0, "m": 0.5, "r": 1.0}[align] * width + weight
        capital = large.getbbox("H", anchor="ls")
        baseline = round(y - 0.5 * (capital[1] + capital[3]) / k)  # on a pixel row, so that feet stay crisp
        ink = large.getbbox(text, anchor="ls", stroke_width=weight * k)
        box = (left + ink[0] / k, baseline + ink[1] / k, left + ink[2] / k, baseline + ink[3] / k)
        self.texts.append(Text(text, box))
        self._lines.append((left * k, baseline * k, text, size_px * k, colour, weight * k))
        return width

    def pixels(self) -> NDArray[np.uint8]:
        """The panel, shape (height, width, 4), straight alpha."""
        layer = Image.new("RGBA", self._shapes.size, (0, 0, 0, 0))
        pen = ImageDraw.Draw(layer)
        for x, y, text, size, colour, weight in self._lines:
            pen.text((x, y), text, colour, font(size), anchor="ls", stroke_width=weight, stroke_fill=colour)
        return np.array(Image.alpha_composite(self._shapes, layer).reduce(OVERSAMPLE))


def blend(frame: NDArray[np.uint8], panel: NDArray[np.uint8], x: int, y: int) -> None:
    """Blend a panel into a frame in place, its top left corner at ``x``, ``y``; what lies outside is cut off."""
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + panel.shape[1], frame.shape[1]), min(y + panel.shape[0], frame.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    over = panel[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.uint16)
    under = frame[y0:y1, x0:x1]
    alpha = over[..., 3:]
    under[...] = ((over[..., :3] * alpha + under.astype(np.uint16) * (255 - alpha) + 127) // 255).astype(np.uint8)
