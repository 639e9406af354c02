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

from vr_training.view.panel import Panel, Rgb, Rgba, Text, blend, text_width
from vr_training.view.status import ArmLine, Status, Tone

WHITE: Rgb = (238, 243, 247)
GREY: Rgb = (158, 172, 186)
DIM: Rgb = (118, 132, 146)
CYAN: Rgb = (92, 205, 240)
GREEN: Rgb = (88, 214, 141)
AMBER: Rgb = (250, 190, 64)
RED: Rgb = (248, 100, 96)
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
    ("C  V  P", "camera, stereo, picture"),
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


@dataclass(frozen=True)
class Placed:
    """A panel at its place in the frame: pixels, top left corner, and the texts in it in the panel's own pixels."""

    name: str
    x: int
    y: int
    pixels: NDArray[np.uint8]
    texts: tuple[Text, ...]


def rgba(colour: Rgb, alpha: int = 255) -> Rgba:
    """A colour with an opacity 0..255."""
    return (*colour, alpha)


class Hud:
    """Draws the head-up display for one size of picture.

    Args:
        width: Width of the picture [px].
        height: Height of the picture [px].
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.unit = min(max(min(width / 1280.0, height / 720.0), 0.66), 4.0)
        self.margin = self._px(18)
        # A panel is drawn anew only when what it shows has changed.
        self._title = functools.lru_cache(8)(self._draw_title)
        self._clock = functools.lru_cache(64)(self._draw_clock)
        self._state = functools.lru_cache(16)(self._draw_state)
        self._distance = functools.lru_cache(64)(self._draw_distance)
        self._force = functools.lru_cache(64)(self._draw_force)
        self._arms = functools.lru_cache(16)(self._draw_arms)
        self._banner = functools.lru_cache(8)(self._draw_banner)
        self._jaws = functools.lru_cache(64)(self._draw_jaws)
        self._keys = functools.lru_cache(1)(self._draw_keys)
        self._help = functools.lru_cache(1)(self._draw_help)
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
        clock = self._clock(_clock_text(s.time_s), age, s.stale, s.camera, s.replay, s.control)
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

    def _px(self, size: float) -> int:
        return max(round(size * self.unit), 1)

    def _font(self, size: float) -> int:
        """Font size for the picture; never below 12 px, under which it stops being readable."""
        return max(round(size * self.unit), SMALLEST_FONT_PX)

    def _glass(self, width: float, height: float) -> Panel:
        panel = Panel(math.ceil(width), math.ceil(height))
        panel.box(0, 0, panel.width, panel.height, self._px(9), GLASS, EDGE)
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

    def _draw_title(
        self, title: str, phases: tuple[str, ...], phase: int, success: bool
    ) -> tuple[Panel, NDArray[np.uint8]]:
        pad, room = self._px(16), 0.46 * self.width
        big, small, bold = self._font(21), self._font(14), 0.35 * self.unit
        title, big = self._fit(title, big, room, bold)
        n = len(phases)
        name = phases[phase].replace("_", " ").capitalize() if 0 <= phase < n else ""
        step = f"{phase + 1} of {n}" if name else ""
        step = step if n <= MOST_DOTS else ""  # phases that are told in several orders are no count of what is to come
        dots = n * self._px(13) if 1 < n <= MOST_DOTS else 0
        line = text_width(name, small) + (self._px(10) + text_width(step, small) if step else 0) + dots + self._px(8)
        p = self._glass(2 * pad + max(text_width(title, big, bold), line, self._px(190)), self._px(66 if name else 44))
        p.text(pad, self._px(23), title, big, rgba(WHITE), bold)
        if name:
            y, x = self._px(47), float(pad)
            for i in range(n if dots else 0):
                centre = x + self._px(4) + i * self._px(13)
                done = success or i < phase
                now = i == phase and not success
                p.disc(
                    centre,
                    y,
                    (4.2 if now else 3.2) * self.unit,
                    rgba(CYAN if now else GREEN) if done or now else None,
                    None if done or now else rgba(DIM),
                )
            x += dots + (self._px(6) if dots else 0)
            x += p.text(x, y, name, small, rgba(WHITE)) + self._px(10)
            p.text(x, y, step, small, rgba(GREY))
        return p, p.pixels()

    def _draw_clock(
        self, clock: str, age: float | None, stale: bool, camera: str, replay: str, control: str
    ) -> tuple[Panel, NDArray[np.uint8]]:
        pad, big, small = self._px(16), self._font(24), self._font(13)
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
        chip = text_width(badge, small) + self._px(21) + 12
        inner = max(text_width(clock, big, 0.3), text_width(second, small), chip, self._px(132))
        p = self._glass(2 * pad + inner, self._px(92))
        right = p.width - pad
        p.text(right, self._px(24), clock, big, rgba(WHITE), 0.3, "r")
        y = self._px(51)
        p.box(
            right - chip, y - self._px(11), right, y + self._px(11), self._px(11), rgba(colour, 44), rgba(colour, 120)
        )
        x = right - chip + self._px(12)
        if stale:
            p.regular(x, y + self._px(1), 5.5 * self.unit, 3, -math.pi / 2, rgba(colour))
        elif replay:
            p.regular(x, y, 5.5 * self.unit, 3, 0.0, rgba(colour))
        else:
            p.disc(x, y, 4.0 * self.unit, rgba(colour))
        p.text(right - self._px(11), y, badge, small, rgba(WHITE), 0.2, "r")
        p.text(right, self._px(76), second, small, rgba(GREY), 0.0, "r")
        return p, p.pixels()

    def _draw_state(self, word: str, tone: Tone, notes: tuple[str, ...]) -> tuple[Panel, NDArray[np.uint8]]:
        pad, size, small, bold = self._px(14), self._font(18), self._font(13), 0.35 * self.unit
        colour, u = TONES[tone], self.unit
        inner = max(text_width(word, size, bold) + self._px(34), self._px(150))
        inner = max([inner, *(text_width(note, small) + self._px(20) for note in notes)])
        row = self._px(22)
        p = self._glass(2 * pad + inner, self._px(48) + len(notes) * row + (self._px(12) if notes else 0))
        for i, note in enumerate(notes):
            y = self._px(17) + i * row
            p.regular(pad + self._px(6), y + 1.0 * u, 6.0 * u, 3, -math.pi / 2, rgba(AMBER))
            p.text(pad + self._px(20), y, note, small, rgba(WHITE))
        y = p.height - self._px(24)
        p.box(0, p.height - self._px(48), p.width, p.height, self._px(9), rgba(colour, 46), rgba(colour, 90))
        x = pad + self._px(9)
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
        p.text(pad + self._px(30), y, word, size, rgba(WHITE), bold)
        return p, p.pixels()

    def _draw_arms(self, arms: tuple[ArmLine, ...]) -> tuple[Panel, NDArray[np.uint8]]:
        """A line for each arm: a disc where the hand drives it, a ring where not, and a word for what the task asks."""
        pad, size, row = self._px(14), self._font(14), self._px(24)
        name = max(text_width(arm.name, size, 0.2) for arm in arms)
        words = [" ".join(w for w, said in (("driven", a.driven), ("asked", a.asked)) if said) for a in arms]
        width = 2 * pad + self._px(20) + name + self._px(14) + text_width("driven asked", size)
        p = self._glass(width, 2 * pad + len(arms) * row - self._px(8))
        for i, (arm, word) in enumerate(zip(arms, words, strict=True)):
            y, r = pad + self._px(8) + i * row, 5.5 * self.unit
            p.disc(pad + self._px(6), y, r, rgba(GREEN) if arm.driven else None, None if arm.driven else rgba(DIM))
            p.text(pad + self._px(20), y, arm.name, size, rgba(WHITE if arm.driven else GREY), 0.2)
            # Asked and not driven is what the person has to act on.
            tone = AMBER if arm.asked and not arm.driven else CYAN if arm.asked else GREY
            p.text(pad + self._px(20) + name + self._px(14), y, word, size, rgba(tone))
        return p, p.pixels()

    def _draw_distance(self, distance_mm: float | None, goal_mm: float, arm: str) -> tuple[Panel, NDArray[np.uint8]]:
        pad, big, small = self._px(16), self._font(28), self._font(13)
        label = f"{arm} to goal" if arm else "Distance"
        inside = distance_mm is not None and distance_mm <= goal_mm
        colour = GREEN if inside else WHITE
        shown = 0.0 if distance_mm is None else min(distance_mm, 999.9)
        number = text_width("888.8", big, 0.3) + text_width("mm", small) + self._px(22)
        width = math.ceil(2 * pad + text_width(label, small) + number)
        p = self._glass(width, self._px(82))
        p.text(pad, self._px(25), label, small, rgba(WHITE if arm else GREY))
        p.text(pad, self._px(25) + self._px(19), f"goal {goal_mm:g} mm", small, rgba(GREEN if inside else DIM))
        unit = p.text(width - pad, self._px(36), "mm", small, rgba(GREY), 0.0, "r")
        p.text(width - pad - unit - self._px(5), self._px(33), f"{shown:.1f}", big, rgba(colour), 0.3, "r")
        # Logarithmic from 100 mm on the left to a tenth of the goal on the right: the last millimetres get the room.
        x0, x1, y = pad, width - pad, self._px(66)
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

    def _draw_force(
        self, force: float, full: float, warn: float, missed: int, dropped: int, renderer: str, rate: int
    ) -> tuple[Panel, NDArray[np.uint8]]:
        pad, small, bold = self._px(16), self._font(13), 0.25
        middle = self._font(16)
        late = f"{missed} late, {dropped} lost" if dropped else "1 late tick" if missed == 1 else f"{missed} late ticks"
        text = f"{renderer} {rate} fps" if rate else renderer
        least = text_width(late, small) + text_width(text, small) + self._px(14)
        width = math.ceil(2 * pad + max(self._px(182), least))
        p = self._glass(width, self._px(82))
        high = force >= full
        colour = RED if high else AMBER if force >= warn else CYAN
        label = "Tip force HIGH" if high else "Tip force"
        p.text(pad, self._px(20), label, small, rgba(RED if high else GREY))
        p.text(width - pad, self._px(20), f"{min(force, 99.99):.2f} N", middle, rgba(WHITE), bold, "r")
        x0, x1, y, h = pad, width - pad, self._px(39), 3.0 * self.unit
        p.box(x0, y - h, x1, y + h, h, rgba(DIM, 110))
        share = min(force / full, 1.0)
        if share > 0.01:
            p.box(x0, y - h, x0 + max(share * (x1 - x0), 2 * h), y + h, h, rgba(colour))
        at = x0 + warn / full * (x1 - x0)
        p.box(at - 0.75, y - 2.2 * h, at + 0.75, y + 2.2 * h, 0, rgba(AMBER, 220))
        y = self._px(63)
        p.text(pad, y, late, small, rgba(GREY if missed + dropped == 0 else AMBER))
        p.text(width - pad, y, text, small, rgba(DIM), 0.0, "r")
        return p, p.pixels()

    def _draw_banner(self, text: str, colour: Rgb) -> tuple[Panel, NDArray[np.uint8]]:
        size, bold = self._font(22), 0.4 * self.unit
        text, size = self._fit(text, size, self.width - 2 * self.margin - self._px(80), bold)
        p = Panel(math.ceil(text_width(text, size, bold)) + self._px(78), self._px(48))
        p.box(0, 0, p.width, p.height, self._px(24), (11, 16, 22, 200), rgba(colour, 200))
        p.box(0, 0, p.width, p.height, self._px(24), rgba(colour, 50))
        x, y, u = self._px(27), p.height / 2, self.unit
        if colour == GREEN:
            p.disc(x, y, 9 * u, rgba(GREEN))
            tick = [(-4.6, 0.2), (-1.4, 3.6), (4.8, -3.2), (3.4, -4.6), (-1.4, 0.9), (-3.3, -1.1)]
            p.polygon([(x + dx * u, y + dy * u) for dx, dy in tick], (11, 16, 22, 255))
        else:
            p.regular(x, y + 1.5 * u, 10 * u, 3, -math.pi / 2, rgba(colour))
        p.text(self._px(48), y, text, size, rgba(WHITE), bold)
        return p, p.pixels()

    def _draw_jaws(
        self, word: str, holding: bool, wrist_deg: int | None, placed: str
    ) -> tuple[Panel, NDArray[np.uint8]]:
        """What the jaws do, and by how much the wrist is off the guide's, with the key that turns it there."""
        pad, size, u, bold = self._px(12), self._font(14), self.unit, 0.3
        off = wrist_deg is not None and wrist_deg > ALIGNED_DEG
        wrist = (
            "" if wrist_deg is None else f"wrist {wrist_deg}\N{DEGREE SIGN} off: hold J" if off else "wrist as shown"
        )
        colour, icon = GREEN if holding else CYAN, self._px(24)
        gap = self._px(14) if wrist else 0
        last = self._px(14) if placed else 0
        inner = text_width(word, size, bold) + gap + text_width(wrist, size) + last + text_width(placed, size)
        p = self._glass(2 * pad + icon + inner, self._px(32))
        # Two jaws, seen from the side: apart, or shut; shut around something where they hold it.
        x, y, spread = pad + self._px(8), 0.5 * p.height, 5.0 * u if "open" in word or holding else 1.6 * u
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

    def _draw_keys(self) -> tuple[Panel, NDArray[np.uint8]]:
        """The few keys that matter first, in one line."""
        pad, size, near, far = self._px(16), self._font(15), self._px(7), self._px(22)
        widths = [text_width(key, size, 0.3) + near + text_width(word, size) for key, word in KEYS]
        p = self._glass(2 * pad + sum(widths) + far * (len(KEYS) - 1), self._px(40))
        x, y = float(pad), 0.5 * p.height
        for (key, word), width in zip(KEYS, widths, strict=True):
            after = x + p.text(x, y, key, size, rgba(CYAN), 0.3) + near
            p.text(after, y, word, size, rgba(WHITE))
            x += width + far
        return p, p.pixels()

    def _draw_help(self) -> tuple[Panel, NDArray[np.uint8]]:
        pad, size, row, gap = self._px(22), self._font(14), self._px(25), self._px(20)
        keys = max(text_width(key, size, 0.2) for key, _ in HELP)
        words = max(text_width(word, size) for _, word in HELP)
        p = Panel(math.ceil(2 * pad + keys + gap + words), 2 * pad + len(HELP) * row - self._px(6))
        p.box(0, 0, p.width, p.height, self._px(12), (11, 16, 22, 222), EDGE)
        for i, (key, word) in enumerate(HELP):
            y = pad + self._px(8) + i * row
            p.text(pad, y, key, size, rgba(CYAN), 0.2)
            p.text(pad + keys + gap, y, word, size, rgba(WHITE))
        return p, p.pixels()


def _clock_text(time_s: float) -> str:
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
