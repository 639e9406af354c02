"""Paints the panels of a guided exercise's display: few, large, in plain words, to be read from a chair."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vr_training.view.painter import AMBER, CYAN, DIM, GREEN, GREY, RED, SMALLEST_FONT_PX, WHITE, Painter, rgba
from vr_training.view.panel import Panel, Rgb, text_width

Drawn = tuple[Panel, NDArray[np.uint8]]

FIRST: tuple[tuple[str, str], ...] = (("Esc", "STOP"), ("H", "help"))
"""Keys that are always shown while an exercise runs: whoever looks on for the first time can stop it."""

HELP: tuple[tuple[str, str], ...] = (
    ("Esc", "STOP"),
    ("C", "next camera"),
    ("Middle drag", "turn the picture"),
    ("Wheel", "nearer, farther"),
    ("V", "two eyes, in turn in each layout"),
    ("I", "a second camera in the picture"),
    ("P", "keep a picture"),
    ("H", "this help"),
)


class GuidedPainter(Painter):
    """What each panel looks like; as in `Painter`, each depends on nothing but its arguments."""

    def count(
        self,
        title: str,
        repetition: int,
        repetitions: int,
        passed: int,
        failed: int,
        verdict: str,
        points: int | None = None,
    ) -> Drawn:
        """Which exercise it is, which repetition, how many passed, and why the last one did not count."""
        pad, room = self.px(16), 0.25 * self.width
        small, big, bold = self._font(15), self._font(30), 0.4 * self.unit
        title, title_size = self._fit(title, small, room)
        number, of, gap = str(repetition), f"of {repetitions}", self.px(9)
        told = f"{passed} passed" if points is None else f"{passed} passed, {points} points"
        last, last_size = self._fit(f"Last: {verdict}", small, room) if verdict else ("", small)
        width = text_width(number, big, bold) + gap + text_width(of, big, bold) + self.px(22) + text_width(told, small)
        inner = max(text_width(title, title_size), width, text_width(last, last_size), self.px(190))
        p = self._glass(2 * pad + inner, self.px(122 if last else 98))
        p.text(pad, self.px(22), title, title_size, rgba(GREY))
        y = self.px(53)
        after = pad + p.text(pad, y, number, big, rgba(WHITE), bold)
        p.text(after + gap, y, of, big, rgba(GREY), bold)
        p.text(p.width - pad, y, told, small, rgba(GREEN if passed else GREY), 0.2, "r")
        y, h, x0 = self.px(81), 4.0 * self.unit, pad
        span = p.width - 2 * pad
        p.box(x0, y - h, x0 + span, y + h, h, rgba(DIM, 110))
        done = min(passed + failed, repetitions)
        if done:
            least = 2 * h
            p.box(x0, y - h, x0 + max(done / repetitions * span, least), y + h, h, rgba(AMBER))
        if passed:
            p.box(x0, y - h, x0 + max(min(passed, repetitions) / repetitions * span, 2 * h), y + h, h, rgba(GREEN))
        if last:
            p.text(pad, self.px(104), last, last_size, rgba(AMBER))
        return p, p.pixels()

    def words(self, say: str, left_s: int, room: float) -> Drawn:
        """What is said to the patient, as large as there is room, and the seconds that are left."""
        pad, bold, gap = self.px(22), 0.45 * self.unit, self.px(18)
        disc = self.px(27) if left_s else 0
        aside = 2 * disc + gap if left_s else 0
        lines, size = self._lines(say, self._font(34), room - 2 * pad - aside, bold)
        row = round(1.3 * size)
        inner = max(text_width(line, size, bold) for line in lines)
        height = max(row * len(lines) + self.px(30), 2 * disc + self.px(20))
        p = Panel(math.ceil(2 * pad + inner + aside), math.ceil(height))
        p.box(0, 0, p.width, p.height, self.px(14), (11, 16, 22, 205), rgba(CYAN, 90))
        for i, line in enumerate(lines):
            y = 0.5 * p.height + (i - 0.5 * (len(lines) - 1)) * row
            p.text(pad + 0.5 * inner, y, line, size, rgba(WHITE), bold, "m")
        if left_s:
            x, y = p.width - pad - disc, 0.5 * p.height
            p.disc(x, y, disc, rgba(CYAN, 60), rgba(CYAN))
            number, digits = self._fit(str(left_s), self._font(34), 1.6 * disc, bold)
            p.text(x, y, number, digits, rgba(WHITE), bold, "m")
        return p, p.pixels()

    def stopped(self, stop: str, after: str) -> Drawn:
        """What stopped the exercise, large and red, and what that means."""
        pad, bold = self.px(30), 0.6 * self.unit
        room, icon = self.width - 2 * self.margin - 2 * pad, self.px(40)
        head, big = self._fit(stop, self._font(46), room - 2 * icon - self.px(22), bold)
        foot, small = self._fit(after, self._font(24), room)
        top = 2 * icon + self.px(22) + text_width(head, big, bold)
        p = Panel(math.ceil(2 * pad + max(top, text_width(foot, small))), self.px(176))
        p.box(0, 0, p.width, p.height, self.px(16), (40, 8, 10, 228), rgba(RED))
        x, y, u = 0.5 * (p.width - top) + icon, self.px(66), self.unit
        p.regular(x, y, 38 * u, 8, math.pi / 8, rgba(RED))
        p.box(x - 19 * u, y - 6 * u, x + 19 * u, y + 6 * u, 2 * u, rgba(WHITE))
        p.text(x + icon + self.px(22), y, head, big, rgba(WHITE), bold)
        p.text(0.5 * p.width, self.px(138), foot, small, rgba(WHITE), 0.2, "m")
        return p, p.pixels()

    def way(self, name: str, place: str, goal: str, remark: str, percent: int | None, there: bool) -> Drawn:
        """Where the arm is on its way: in figures, and on a bar that ends at the goal, full and green once it is there.

        Without a goal a remark stands in its place, and without a way there is no bar.
        """
        pad, small, big, bold = self.px(16), self._font(15), self._font(28), 0.3
        end = f"goal {goal}{', reached' if there else ''}" if goal else remark
        tint = GREEN if there else AMBER
        name, small = self._fit(name, small, self.px(220))
        widest = text_width("888.8 cm" if not goal and not remark else "-188\N{DEGREE SIGN}", big, bold)
        inner = max(text_width(name, small), text_width(end, small)) + self.px(16) + widest
        p = self._glass(2 * pad + max(inner, self.px(270)), self.px(84))
        x0, x1, y = pad, p.width - pad, self.px(66)
        p.text(pad, self.px(22 if end else 31), name, small, rgba(GREY))
        if end:
            p.text(pad, self.px(44), end, small, rgba(tint if goal else WHITE))
        p.text(x1, self.px(32), place, big, rgba(WHITE), bold, "r")
        if percent is None:
            return p, p.pixels()
        h, full = 4.0 * self.unit, 100 if there and not remark else percent
        p.box(x0, y - h, x1, y + h, h, rgba(DIM, 110))
        if full > 0:
            p.box(x0, y - h, x0 + max(full / 100.0 * (x1 - x0), 2 * h), y + h, h, rgba(GREEN if there else CYAN))
        if there and not remark:  # another shape, for whoever does not tell the colours apart
            p.disc(x1 - h, y, 2.2 * h, rgba(GREEN), rgba(WHITE))
        elif not remark:
            p.regular(x1 - h, y, 2.2 * h, 4, 0.0, rgba(AMBER))
        return p, p.pixels()

    def gauges(self, help_percent: int, force: int | None, limit: int | None, level: int, share: int | None) -> Drawn:
        """How much the robot helps, how hard the cuffs press against what is allowed, and what is the patient's own."""
        pad, size, bold, row = self.px(16), self._font(15), 0.3, self.px(38)
        colour = (CYAN, AMBER, RED)[level]
        word = ("Force", "Force: high", "Force: too high")[level]
        said = "-" if force is None else f"{force} N" if limit is None else f"{force} of {limit} N"
        full = 0.0 if force is None or not limit else force / limit
        own = "-" if share is None else f"{share} %"
        lines: list[tuple[str, str, float, Rgb]] = [
            ("Robot helps", f"{help_percent} %", help_percent / 100.0, CYAN),
            (word, said, full, colour),
            ("Own share", own, (share or 0) / 100.0, GREEN),
        ]
        inner = max(*(text_width(a, size) + text_width(b, size, bold) for a, b, _, _ in lines), self.px(196))
        p = self._glass(2 * pad + inner + self.px(14), self.px(16) + row * len(lines))
        x0, x1, h = pad, p.width - pad, 3.5 * self.unit
        for i, (name, value, filled, tint) in enumerate(lines):
            y = self.px(20) + i * row
            p.text(x0, y, name, size, rgba(tint if i == 1 and level else GREY))
            p.text(x1, y, value, size, rgba(WHITE), bold, "r")
            y += self.px(17)
            p.box(x0, y - h, x1, y + h, h, rgba(DIM, 110))
            if filled > 0.005:
                p.box(x0, y - h, x0 + max(min(filled, 1.0) * (x1 - x0), 2 * h), y + h, h, rgba(tint))
        return p, p.pixels()

    def first_keys(self) -> Drawn:
        """The keys that everyone at the bedside has to know, in one line."""
        pad, size, near, far = self.px(14), self._font(15), self.px(7), self.px(20)
        widths = [text_width(key, size, 0.3) + near + text_width(word, size) for key, word in FIRST]
        p = self._glass(2 * pad + sum(widths) + far * (len(FIRST) - 1), self.px(48))
        x, y = float(pad), 0.5 * p.height
        for (key, word), width in zip(FIRST, widths, strict=True):
            after = x + p.text(x, y, key, size, rgba(CYAN), 0.3) + near
            p.text(after, y, word, size, rgba(WHITE))
            x += width + far
        return p, p.pixels()

    def keys_of(self) -> Drawn:
        """All keys of a view that drives nothing."""
        return self.table(HELP)

    def _lines(self, text: str, size: int, room: float, weight: float) -> tuple[list[str], int]:
        """A text in one line or in two about as long, at the largest size from ``size`` down that has room."""
        while size > SMALLEST_FONT_PX:
            if text_width(text, size, weight) <= room:
                return [text], size
            halves = _halves(text, size, weight)
            if max(text_width(half, size, weight) for half in halves) <= room:
                return halves, size
            size -= 1
        return [self._fit(half, size, room, weight)[0] for half in _halves(text, size, weight)], size


def _halves(text: str, size: int, weight: float) -> list[str]:
    """A text in two lines as equally long as its words allow; one where it is a single word."""
    words = text.split()
    cuts = [[" ".join(words[:k]), " ".join(words[k:])] for k in range(1, len(words))]
    return min(cuts, key=lambda cut: max(text_width(line, size, weight) for line in cut), default=[text])
