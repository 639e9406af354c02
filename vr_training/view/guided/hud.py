"""The display of a guided exercise: what is asked in large type above, how it goes below, a stop across the middle."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from vr_training.view.guided.painter import Drawn, GuidedPainter
from vr_training.view.guided.status import GuidedStatus
from vr_training.view.hud import Placed, clock_text, unit_of
from vr_training.view.painter import AMBER
from vr_training.view.panel import blend


class GuidedHud:
    """Draws the display for one size of picture.

    Args:
        width: Width of the picture [px].
        height: Height of the picture [px].
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        paint = GuidedPainter(width, unit_of(width, height))
        self.margin = paint.margin
        # A panel is drawn anew only when what it shows has changed.
        self._count = functools.lru_cache(16)(paint.count)
        self._clock = functools.lru_cache(64)(paint.clock)
        self._words = functools.lru_cache(32)(paint.words)
        self._state = functools.lru_cache(16)(paint.state)
        self._way = functools.lru_cache(128)(paint.way)
        self._gauges = functools.lru_cache(128)(paint.gauges)
        self._stopped = functools.lru_cache(8)(paint.stopped)
        self._banner = functools.lru_cache(8)(paint.banner)
        self._keys = functools.lru_cache(1)(paint.first_keys)
        self._help = functools.lru_cache(1)(paint.keys_of)
        self._tenth: tuple[object, ...] = ()
        self._figures: tuple[str, int | None, int, int | None, int | None, float | None] = ("", 0, 0, None, None, None)

    def draw(
        self, frame: NDArray[np.uint8], status: GuidedStatus, help_shown: bool = False, shift_px: float = 0.0
    ) -> None:
        """Blend the display into a frame; see `vr_training.view.hud.Hud.draw`."""
        for panel in self.panels(status, help_shown):
            blend(frame, panel.pixels, panel.x + round(shift_px), panel.y)

    def panels(self, s: GuidedStatus, help_shown: bool = False) -> list[Placed]:
        """All panels for a status, placed."""
        m, half = self.margin, self.margin // 2
        place, percent, help_percent, force, share, age = self._steady(s)
        count = self._count(s.title, s.repetition, s.repetitions, s.passed, s.failed, s.verdict, s.points)
        clock = self._clock(clock_text(s.time_s), age, s.stale, f"camera: {s.camera}", s.replay, "")
        state = self._state(s.state, s.tone, ())
        limit = round(s.cuff_limit_n) if math.isfinite(s.cuff_limit_n) else None
        gauges = self._gauges(help_percent, force, limit, s.force_level, share)
        bottom = self.height - m
        placed = [
            _placed("count", count, m, m),
            _placed("clock", clock, self.width - m - clock[0].width, m),
            _placed("state", state, m, bottom - state[0].height),
            _placed("gauges", gauges, self.width - m - gauges[0].width, bottom - gauges[0].height),
        ]
        if s.way and not s.stop:  # above the state, not in the middle: there the arm is
            way = self._way(s.way, place, s.goal, s.remark, percent, s.there)
            placed.append(_placed("way", way, m, bottom - state[0].height - half - way[0].height))
        left, right = m + count[0].width + m, self.width - m - clock[0].width - m
        top = m
        keys = self._keys()
        if not s.replay and not s.ended:  # above the gauges, where it fits at every size
            y = bottom - gauges[0].height - half - keys[0].height
            placed.append(_placed("keys", keys, self.width - m - keys[0].width, y))
        if s.say and not s.stop:  # after a stop only what stopped it counts
            narrow = right - left < 0.4 * self.width
            words = self._words(s.say, s.left_s, self.width - 2 * m if narrow else right - left)
            top = m + max(count[0].height, clock[0].height) + half if narrow else m
            x = (self.width - words[0].width) // 2  # in the middle, where the panels beside it leave it there
            x = x if narrow else min(max(x, left), right - words[0].width)
            placed.append(_placed("words", words, x, top))
            top += words[0].height
        under = max(top, m + max(count[0].height, clock[0].height)) + half
        if s.stop:  # above the arm, not over it: whoever looks wants to see where it is now
            stop = self._stopped(s.stop, s.after)
            fits = stop[0].width <= right - left
            y = m if fits else under
            placed.append(_placed("stop", stop, left + (right - left - stop[0].width) // 2 if fits else m, y))
            under = y + stop[0].height + half
        if s.banner:
            banner = self._banner(s.banner, AMBER)
            placed.append(_placed("banner", banner, (self.width - banner[0].width) // 2, under))
        if help_shown:
            panel = self._help()
            placed.append(
                _placed("help", panel, (self.width - panel[0].width) // 2, (self.height - panel[0].height) // 2)
            )
        return placed

    def _steady(self, s: GuidedStatus) -> tuple[str, int | None, int, int | None, int | None, float | None]:
        """Place, progress [%], help [%], force [N], share [%], age [ms, or s where stale], renewed ten times a second.

        Faster figures cannot be read, and each costs a panel drawn anew.
        """
        age = s.age_s if math.isfinite(s.age_s) else 0.0
        tenth = (
            math.floor(s.time_s * 10.0),
            math.floor(age * 10.0),
            math.isfinite(s.age_s),
            s.stale,
            s.tone,
            s.way,
            s.remark,
        )
        if tenth != self._tenth:
            self._tenth = tenth
            shown = None if not math.isfinite(s.age_s) else round(age, 1) if s.stale else round(age * 1e3)
            self._figures = (
                s.place,
                round(100.0 * s.progress) if math.isfinite(s.progress) else None,
                round(100.0 * s.assistance),
                round(s.cuff_n) if math.isfinite(s.cuff_n) else None,
                round(s.share) if math.isfinite(s.share) else None,
                shown,
            )
        return self._figures


def _placed(name: str, drawn: Drawn, x: int, y: int) -> Placed:
    return Placed(name, x, y, drawn[1], tuple(drawn[0].texts))
