"""The head-up display: what an operator needs at a glance, at the edges of the picture, away from the tissue.

Colours are those of an operating room's screens: quiet blue-grey, with green, amber and red kept for what they mean,
and each of those doubled by a word and a shape.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vr_training.view.painter import AMBER, CYAN, GREEN, WHITE, Painter
from vr_training.view.panel import Panel, Rgb, Text, blend
from vr_training.view.status import Status


@dataclass(frozen=True)
class Placed:
    """A panel at its place in the frame: pixels, top left corner, and the texts in it in the panel's own pixels."""

    name: str
    x: int
    y: int
    pixels: NDArray[np.uint8]
    texts: tuple[Text, ...]


class Hud:
    """Draws the head-up display for one size of picture.

    Args:
        width: Width of the picture [px].
        height: Height of the picture [px].
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.unit = unit_of(width, height)
        paint = Painter(width, self.unit)
        self.margin = paint.margin
        # A panel is drawn anew only when what it shows has changed.
        self._title = functools.lru_cache(8)(paint.title)
        self._clock = functools.lru_cache(64)(paint.clock)
        self._state = functools.lru_cache(16)(paint.state)
        self._distance = functools.lru_cache(64)(paint.distance)
        self._force = functools.lru_cache(64)(paint.force)
        self._arms = functools.lru_cache(16)(paint.arms)
        self._banner = functools.lru_cache(8)(paint.banner)
        self._jaws = functools.lru_cache(64)(paint.jaws)
        self._keys = functools.lru_cache(1)(paint.keys)
        self._help = functools.lru_cache(1)(paint.help)
        self._tenth: tuple[object, ...] = ()
        self._figures: tuple[float | None, float | None, float, int] = (None, None, 0.0, 0)

    def draw(self, frame: NDArray[np.uint8], status: Status, help_shown: bool = False, shift_px: float = 0.0) -> None:
        """Blend the display into a frame.

        Args:
            frame: sRGB picture, shape (height, width, 3), written in place.
            status: What to show.
            help_shown: Whether to list the keys.
            shift_px: Moves everything to the right: the disparity of a display that floats in a stereo picture.
        """
        for panel in self.panels(status, help_shown):
            blend(frame, panel.pixels, panel.x + round(shift_px), panel.y)

    def panels(self, s: Status, help_shown: bool = False) -> list[Placed]:
        """All panels for a status, placed."""
        m = self.margin
        age, distance_mm, force_n, rate = self._steady(s)
        title = self._title(s.title, s.phases, s.phase, s.success)
        clock = self._clock(clock_text(s.time_s), age, s.stale, s.camera, s.replay, s.control)
        distance = self._distance(distance_mm, round(s.goal_m * 1e3, 1), s.asked)
        force = self._force(force_n, s.force_full_n, s.force_warn_n, s.missed, s.dropped, s.renderer, rate)
        state = self._state(s.state, s.tone, s.notes)
        placed = [
            self._place("title", title, m, m),
            self._place("clock", clock, self.width - m - clock[0].width, m),
            self._place("state", state, m, self.height - m - state[0].height),
            self._place("force", force, self.width - m - force[0].width, self.height - m - force[0].height),
        ]
        if distance_mm is not None:
            left, right = m + state[0].width, self.width - m - force[0].width
            x = round(0.5 * (left + right) - 0.5 * distance[0].width)
            placed.append(self._place("distance", distance, x, self.height - m - distance[0].height))
        if s.arms:
            arms = self._arms(s.arms)
            y = self.height - m - state[0].height - round(0.5 * m) - arms[0].height
            placed.append(self._place("arms", arms, m, y))
        if s.jaws:
            jaws = self._jaws(s.jaws, s.holding, None if math.isnan(s.wrist_deg) else round(s.wrist_deg), s.placed)
            left, right = m + state[0].width, self.width - m - force[0].width
            y = self.height - m - jaws[0].height - (distance[0].height + m // 2 if distance_mm is not None else 0)
            placed.append(self._place("jaws", jaws, round(0.5 * (left + right - jaws[0].width)), y))
        text, colour = _banner_of(s)
        if s.keys and not text and not help_shown:
            keys = self._keys()
            y = round(m + max(title[0].height, clock[0].height) + 0.5 * m)
            placed.append(self._place("keys", keys, (self.width - keys[0].width) // 2, y))
        if text:
            banner = self._banner(text, colour)
            y = round(m + max(title[0].height, clock[0].height) + 0.5 * m)
            placed.append(self._place("banner", banner, (self.width - banner[0].width) // 2, y))
        if help_shown:
            panel = self._help()
            x, y = (self.width - panel[0].width) // 2, (self.height - panel[0].height) // 2
            placed.append(self._place("help", panel, x, y))
        return placed

    def _steady(self, s: Status) -> tuple[float | None, float | None, float, int]:
        """Age [ms, or s where stale], distance [mm], force [N] and frame rate, renewed ten times a second.

        Faster figures cannot be read, and each costs a panel drawn anew.
        """
        age = s.age_s if math.isfinite(s.age_s) else 0.0
        tenth = (
            math.floor(s.time_s * 10.0),
            math.floor(age * 10.0),
            math.isfinite(s.age_s),
            s.stale,
            s.success,
            s.tone,
        )
        if tenth != self._tenth:
            self._tenth = tenth
            shown = None if not math.isfinite(s.age_s) else round(age, 1) if s.stale else round(age * 1e3)
            distance = round(s.distance_m * 1e3, 1) if math.isfinite(s.distance_m) else None
            self._figures = (shown, distance, round(s.force_n, 2), round(s.rate_hz))
        return self._figures

    def _place(self, name: str, drawn: tuple[Panel, NDArray[np.uint8]], x: int, y: int) -> Placed:
        return Placed(name, x, y, drawn[1], tuple(drawn[0].texts))


def unit_of(width: int, height: int) -> float:
    """Pixels of a picture per pixel of the design, which is 1280 by 720; no smaller than can be read."""
    return min(max(min(width / 1280.0, height / 720.0), 0.66), 4.0)


def clock_text(time_s: float) -> str:
    """Minutes, seconds and tenths."""
    tenths = max(int(time_s * 10.0 + 1e-6), 0)
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _banner_of(s: Status) -> tuple[str, Rgb]:
    """The one message that matters most, and its colour."""
    if s.banner:
        return s.banner, AMBER
    if s.success:
        return "GOAL REACHED", GREEN
    if s.instruction:
        return s.instruction, CYAN
    return "", WHITE
