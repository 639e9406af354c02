"""Paints the panels of the head-up display, each by itself, for one size of picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vr_training.view.panel import Panel, Rgb, Rgba, text_width
from vr_training.view.status import ArmLine, Tone

WHITE: Rgb = (238, 243, 247)
GREY: Rgb = (158, 172, 186)
DIM: Rgb = (118, 132, 146)
CYAN: Rgb = (92, 205, 240)
GREEN: Rgb = (88, 214, 141)
AMBER: Rgb = (250, 190, 64)
RED: Rgb = (248, 100, 96)
VIOLET: Rgb = (190, 150, 255)
GLASS: Rgba = (11, 16, 22, 190)
EDGE: Rgba = (255, 255, 255, 26)

SMALLEST_FONT_PX = 12

MOST_DOTS = 16
"""Phases up to this many are shown as a row of dots, and counted."""

TONES: dict[Tone, Rgb] = {"go": GREEN, "pause": AMBER, "stop": RED, "idle": CYAN, "over": GREY}

HELP: tuple[tuple[str, str], ...] = (
    ("Left drag", "move in the picture plane (hold to engage)"),
    ("Wheel", "deeper or nearer while engaged"),
    ("Right drag", "turn the instrument"),
    ("Space", "engage or clutch for keyboard driving"),
    ("A D  Q E", "left, right, down, up"),
    ("W S", "deeper, nearer"),
    ("J", "hold to turn the jaws as the guide shows"),
    ("R F  T Y  Z X", "pitch, yaw, roll"),
    ("Shift", "slow and fine"),
    ("G", "close or open the jaws"),
    ("Tab", "go on to the next arm"),
    ("C  V", "next camera, next stereo layout"),
    ("I  P", "second camera in the picture, save it"),
    ("H", "this help"),
    ("Esc", "STOP"),
)

KEYS: tuple[tuple[str, str], ...] = (
    ("Hold left", "move"),
    ("Wheel", "depth"),
    ("G", "jaws"),
    ("J", "turn as shown"),
    ("H", "all keys"),
    ("Esc", "stop"),
)
"""What a new operator needs first, on the display until the arm moves."""

ALIGNED_DEG = 11.0
"""A wrist that is off by no more is good enough to grasp."""


def rgba(colour: Rgb, alpha: int = 255) -> Rgba:
    """A colour with an opacity 0..255."""
    return (*colour, alpha)


class Painter:
    """What each panel looks like. Every method gives a panel and its pixels, and depends on nothing but its arguments.

    Args:
        width: Width of the picture [px].
        unit: Pixels of the picture per pixel of the design, which is 1280 by 720.
    """

    def __init__(self, width: int, unit: float) -> None:
        self.width, self.unit = width, unit
        self.margin = self.px(18)

    def px(self, size: float) -> int:
        """A length of the design, in pixels of this picture."""
        return max(round(size * self.unit), 1)

    def _font(self, size: float) -> int:
        """Font size for the picture; never below 12 px, under which it stops being readable."""
        return max(round(size * self.unit), SMALLEST_FONT_PX)

    def _glass(self, width: float, height: float) -> Panel:
        panel = Panel(math.ceil(width), math.ceil(height))
        panel.box(0, 0, panel.width, panel.height, self.px(9), GLASS, EDGE)
        return panel

    def _fit(self, text: str, size: int, room: float, weight: float = 0.0) -> tuple[str, int]:
        """The largest size from ``size`` down at which a text has room, else the text cut short."""
        while size > SMALLEST_FONT_PX and text_width(text, size, weight) > room:
            size -= 1
        if text_width(text, size, weight) > room:
            while text and text_width(text + "...", size, weight) > room:
                text = text[:-1].rstrip()
            text += "..."
        return text, size

    def title(self, title: str, phases: tuple[str, ...], phase: int, success: bool) -> tuple[Panel, NDArray[np.uint8]]:
        """What the lesson is, and which of its phases goes on."""
        pad, room = self.px(16), 0.46 * self.width
        big, small, bold = self._font(21), self._font(14), 0.35 * self.unit
        title, big = self._fit(title, big, room, bold)
        n = len(phases)
        name = phases[phase].replace("_", " ").capitalize() if 0 <= phase < n else ""
        step = f"{phase + 1} of {n}" if name else ""
        step = step if n <= MOST_DOTS else ""  # phases that are told in several orders are no count of what is to come
        dots = n * self.px(13) if 1 < n <= MOST_DOTS else 0
        line = text_width(name, small) + (self.px(10) + text_width(step, small) if step else 0) + dots + self.px(8)
        p = self._glass(2 * pad + max(text_width(title, big, bold), line, self.px(190)), self.px(66 if name else 44))
        p.text(pad, self.px(23), title, big, rgba(WHITE), bold)
        if name:
            y, x = self.px(47), float(pad)
            for i in range(n if dots else 0):
                centre = x + self.px(4) + i * self.px(13)
                done = success or i < phase
                now = i == phase and not success
                p.disc(
                    centre,
                    y,
                    (4.2 if now else 3.2) * self.unit,
                    rgba(CYAN if now else GREEN) if done or now else None,
                    None if done or now else rgba(DIM),
                )
            x += dots + (self.px(6) if dots else 0)
            x += p.text(x, y, name, small, rgba(WHITE)) + self.px(10)
            p.text(x, y, step, small, rgba(GREY))
        return p, p.pixels()

    def clock(
        self, clock: str, age: float | None, stale: bool, camera: str, replay: str, control: str
    ) -> tuple[Panel, NDArray[np.uint8]]:
        """Time, how old the picture is, and through which camera it is seen."""
        pad, big, small = self.px(16), self._font(24), self._font(13)
        if replay:
            badge, colour = replay, CYAN
        elif stale:
            badge, colour = "STALE" if age is None else f"STALE  {age:.1f} s", RED
        elif age is None:
            badge, colour = "STILL", GREY
        else:
            badge, colour = f"LIVE  {age:.0f} ms", GREEN
        second = "  ".join(part for part in (camera.replace("_", " "), control) if part)
        second, small = self._fit(second, small, 0.3 * self.width)
        chip = text_width(badge, small) + self.px(21) + 12
        inner = max(text_width(clock, big, 0.3), text_width(second, small), chip, self.px(132))
        p = self._glass(2 * pad + inner, self.px(92))
        right = p.width - pad
        p.text(right, self.px(24), clock, big, rgba(WHITE), 0.3, "r")
        y = self.px(51)
        p.box(right - chip, y - self.px(11), right, y + self.px(11), self.px(11), rgba(colour, 44), rgba(colour, 120))
        x = right - chip + self.px(12)
        if stale:
            p.regular(x, y + self.px(1), 5.5 * self.unit, 3, -math.pi / 2, rgba(colour))
        elif replay:
            p.regular(x, y, 5.5 * self.unit, 3, 0.0, rgba(colour))
        else:
            p.disc(x, y, 4.0 * self.unit, rgba(colour))
        p.text(right - self.px(11), y, badge, small, rgba(WHITE), 0.2, "r")
        p.text(right, self.px(76), second, small, rgba(GREY), 0.0, "r")
        return p, p.pixels()

    def state(self, word: str, tone: Tone, notes: tuple[str, ...]) -> tuple[Panel, NDArray[np.uint8]]:
        """The state of the arm by word, colour and shape, with what limits it."""
        pad, size, small, bold = self.px(14), self._font(18), self._font(13), 0.35 * self.unit
        colour, u = TONES[tone], self.unit
        inner = max(text_width(word, size, bold) + self.px(34), self.px(150))
        inner = max([inner, *(text_width(note, small) + self.px(20) for note in notes)])
        row = self.px(22)
        p = self._glass(2 * pad + inner, self.px(48) + len(notes) * row + (self.px(12) if notes else 0))
        for i, note in enumerate(notes):
            y = self.px(17) + i * row
            p.regular(pad + self.px(6), y + 1.0 * u, 6.0 * u, 3, -math.pi / 2, rgba(AMBER))
            p.text(pad + self.px(20), y, note, small, rgba(WHITE))
        y = p.height - self.px(24)
        p.box(0, p.height - self.px(48), p.width, p.height, self.px(9), rgba(colour, 46), rgba(colour, 90))
        x = pad + self.px(9)
        if tone == "go":
            p.disc(x, y, 8.0 * u, rgba(colour))
        elif tone == "pause":
            for side in (-1, 1):
                p.box(x + side * 5 * u - 2.5 * u, y - 8 * u, x + side * 5 * u + 2.5 * u, y + 8 * u, 1, rgba(colour))
        elif tone == "stop":
            p.regular(x, y, 10.0 * u, 8, math.pi / 8, rgba(colour))
        elif tone == "idle":
            p.disc(x, y, 7.5 * u, None, rgba(colour))
        else:
            p.box(x - 7 * u, y - 7 * u, x + 7 * u, y + 7 * u, 2, rgba(colour))
        p.text(pad + self.px(30), y, word, size, rgba(WHITE), bold)
        return p, p.pixels()

    def arms(self, arms: tuple[ArmLine, ...]) -> tuple[Panel, NDArray[np.uint8]]:
        """A line for each arm: a disc where the hand drives it, a ring where not, and a word for what the task asks."""
        pad, size, row = self.px(14), self._font(14), self.px(24)
        name = max(text_width(arm.name, size, 0.2) for arm in arms)
        words = [" ".join(w for w, said in (("driven", a.driven), ("asked", a.asked)) if said) for a in arms]
        width = 2 * pad + self.px(20) + name + self.px(14) + text_width("driven asked", size)
        p = self._glass(width, 2 * pad + len(arms) * row - self.px(8))
        for i, (arm, word) in enumerate(zip(arms, words, strict=True)):
            y, r = pad + self.px(8) + i * row, 5.5 * self.unit
            p.disc(pad + self.px(6), y, r, rgba(GREEN) if arm.driven else None, None if arm.driven else rgba(DIM))
            p.text(pad + self.px(20), y, arm.name, size, rgba(WHITE if arm.driven else GREY), 0.2)
            # Asked and not driven is what the person has to act on.
            tone = AMBER if arm.asked and not arm.driven else CYAN if arm.asked else GREY
            p.text(pad + self.px(20) + name + self.px(14), y, word, size, rgba(tone))
        return p, p.pixels()

    def distance(self, distance_mm: float | None, goal_mm: float, arm: str) -> tuple[Panel, NDArray[np.uint8]]:
        """How far the tip is from the goal, in figures and on a logarithmic bar."""
        pad, big, small = self.px(16), self._font(28), self._font(13)
        label = f"{arm} to goal" if arm else "Distance"
        inside = distance_mm is not None and distance_mm <= goal_mm
        colour = GREEN if inside else WHITE
        shown = 0.0 if distance_mm is None else min(distance_mm, 999.9)
        number = text_width("888.8", big, 0.3) + text_width("mm", small) + self.px(22)
        width = math.ceil(2 * pad + text_width(label, small) + number)
        p = self._glass(width, self.px(82))
        p.text(pad, self.px(25), label, small, rgba(WHITE if arm else GREY))
        p.text(pad, self.px(25) + self.px(19), f"goal {goal_mm:g} mm", small, rgba(GREEN if inside else DIM))
        unit = p.text(width - pad, self.px(36), "mm", small, rgba(GREY), 0.0, "r")
        p.text(width - pad - unit - self.px(5), self.px(33), f"{shown:.1f}", big, rgba(colour), 0.3, "r")
        # Logarithmic from 100 mm on the left to a tenth of the goal on the right: the last millimetres get the room.
        x0, x1, y = pad, width - pad, self.px(66)
        low, high = 0.1 * max(goal_mm, 0.1), 100.0

        def place(mm: float) -> float:
            share = (math.log(high) - math.log(min(max(mm, low), high))) / (math.log(high) - math.log(low))
            return x0 + share * (x1 - x0)

        h = 2.5 * self.unit
        p.box(x0, y - h, x1, y + h, h, rgba(DIM, 110))
        p.box(place(goal_mm), y - h, x1, y + h, h, rgba(GREEN, 110))
        p.box(x0, y - h, place(shown), y + h, h, rgba(GREEN if inside else CYAN))
        p.disc(place(shown), y, 2.2 * h, rgba(WHITE))
        return p, p.pixels()

    def force(
        self, force: float, full: float, warn: float, missed: int, dropped: int, renderer: str, rate: int
    ) -> tuple[Panel, NDArray[np.uint8]]:
        """The force on the tip as a bar, and how the session runs."""
        pad, small, bold = self.px(16), self._font(13), 0.25
        middle = self._font(16)
        late = f"{missed} late, {dropped} lost" if dropped else "1 late tick" if missed == 1 else f"{missed} late ticks"
        text = f"{renderer} {rate} fps" if rate else renderer
        least = text_width(late, small) + text_width(text, small) + self.px(14)
        width = math.ceil(2 * pad + max(self.px(182), least))
        p = self._glass(width, self.px(82))
        high = force >= full
        colour = RED if high else AMBER if force >= warn else CYAN
        label = "Tip force HIGH" if high else "Tip force"
        p.text(pad, self.px(20), label, small, rgba(RED if high else GREY))
        p.text(width - pad, self.px(20), f"{min(force, 99.99):.2f} N", middle, rgba(WHITE), bold, "r")
        x0, x1, y, h = pad, width - pad, self.px(39), 3.0 * self.unit
        p.box(x0, y - h, x1, y + h, h, rgba(DIM, 110))
        share = min(force / full, 1.0)
        if share > 0.01:
            p.box(x0, y - h, x0 + max(share * (x1 - x0), 2 * h), y + h, h, rgba(colour))
        at = x0 + warn / full * (x1 - x0)
        p.box(at - 0.75, y - 2.2 * h, at + 0.75, y + 2.2 * h, 0, rgba(AMBER, 220))
        y = self.px(63)
        p.text(pad, y, late, small, rgba(GREY if missed + dropped == 0 else AMBER))
        p.text(width - pad, y, text, small, rgba(DIM), 0.0, "r")
        return p, p.pixels()

    def banner(self, text: str, colour: Rgb) -> tuple[Panel, NDArray[np.uint8]]:
        """The one message that matters most."""
        size, bold = self._font(22), 0.4 * self.unit
        text, size = self._fit(text, size, self.width - 2 * self.margin - self.px(80), bold)
        p = Panel(math.ceil(text_width(text, size, bold)) + self.px(78), self.px(48))
        p.box(0, 0, p.width, p.height, self.px(24), (11, 16, 22, 200), rgba(colour, 200))
        p.box(0, 0, p.width, p.height, self.px(24), rgba(colour, 50))
        x, y, u = self.px(27), p.height / 2, self.unit
        if colour == GREEN:
            p.disc(x, y, 9 * u, rgba(GREEN))
            tick = [(-4.6, 0.2), (-1.4, 3.6), (4.8, -3.2), (3.4, -4.6), (-1.4, 0.9), (-3.3, -1.1)]
            p.polygon([(x + dx * u, y + dy * u) for dx, dy in tick], (11, 16, 22, 255))
        else:
            p.regular(x, y + 1.5 * u, 10 * u, 3, -math.pi / 2, rgba(colour))
        p.text(self.px(48), y, text, size, rgba(WHITE), bold)
        return p, p.pixels()

    def jaws(self, word: str, holding: bool, wrist_deg: int | None, placed: str) -> tuple[Panel, NDArray[np.uint8]]:
        """What the jaws do, and by how much the wrist is off the guide's, with the key that turns it there."""
        pad, size, u, bold = self.px(12), self._font(14), self.unit, 0.3
        off = wrist_deg is not None and wrist_deg > ALIGNED_DEG
        wrist = (
            "" if wrist_deg is None else f"wrist {wrist_deg}\N{DEGREE SIGN} off: hold J" if off else "wrist as shown"
        )
        colour, icon = GREEN if holding else CYAN, self.px(24)
        gap = self.px(14) if wrist else 0
        last = self.px(14) if placed else 0
        inner = text_width(word, size, bold) + gap + text_width(wrist, size) + last + text_width(placed, size)
        p = self._glass(2 * pad + icon + inner, self.px(32))
        # Two jaws, seen from the side: apart, or shut; shut around something where they hold it.
        x, y, spread = pad + self.px(8), 0.5 * p.height, 5.0 * u if "open" in word or holding else 1.6 * u
        for side in (-1, 1):
            tip, root = x + side * spread, x + side * 1.6 * u
            p.polygon(
                [(root - u, y - 8 * u), (root + u, y - 8 * u), (tip + u, y + 8 * u), (tip - u, y + 8 * u)], rgba(colour)
            )
        if holding:
            p.disc(x, y + 4.5 * u, 3.4 * u, rgba(AMBER))
        at = pad + icon + p.text(pad + icon, y, word, size, rgba(GREEN if holding else WHITE), bold) + gap
        at += p.text(at, y, wrist, size, rgba(AMBER if off else GREEN)) + last
        p.text(at, y, placed, size, rgba(GREY))
        return p, p.pixels()

    def keys(self) -> tuple[Panel, NDArray[np.uint8]]:
        """The few keys that matter first, in one line."""
        pad, size, near, far = self.px(16), self._font(15), self.px(7), self.px(22)
        widths = [text_width(key, size, 0.3) + near + text_width(word, size) for key, word in KEYS]
        p = self._glass(2 * pad + sum(widths) + far * (len(KEYS) - 1), self.px(40))
        x, y = float(pad), 0.5 * p.height
        for (key, word), width in zip(KEYS, widths, strict=True):
            after = x + p.text(x, y, key, size, rgba(CYAN), 0.3) + near
            p.text(after, y, word, size, rgba(WHITE))
            x += width + far
        return p, p.pixels()

    def help(self) -> tuple[Panel, NDArray[np.uint8]]:
        """All keys."""
        return self.table(HELP)

    def table(self, lines: tuple[tuple[str, str], ...]) -> tuple[Panel, NDArray[np.uint8]]:
        """Keys, and what each of them does."""
        pad, size, row, gap = self.px(22), self._font(14), self.px(25), self.px(20)
        keys = max(text_width(key, size, 0.2) for key, _ in lines)
        words = max(text_width(word, size) for _, word in lines)
        p = Panel(math.ceil(2 * pad + keys + gap + words), 2 * pad + len(lines) * row - self.px(6))
        p.box(0, 0, p.width, p.height, self.px(12), (11, 16, 22, 222), EDGE)
        for i, (key, word) in enumerate(lines):
            y = pad + self.px(8) + i * row
            p.text(pad, y, key, size, rgba(CYAN), 0.2)
            p.text(pad + keys + gap, y, word, size, rgba(WHITE))
        return p, p.pixels()
