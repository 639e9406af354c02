"""One fault as a stage that timed bytes pass: what comes in, and what comes out and when.

A stage knows no time but what it is told. What it gives out does not depend on how often it is asked: what waits comes
out with the time at which it was due, and before whatever comes in later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hardware.faults.plan import FaultConfig, Kind
from hardware.faults.resampled import resampled

PATIENCE_US = 20_000
"""How long the beginning of a piece waits for its end, and a unit for the next one to pass it; ours [us]."""

LONGEST = 512
"""Longest piece that is waited for [bytes]."""


class Timed(NamedTuple):
    """Bytes, and when [us]."""

    time_us: int
    data: bytes


class Stage:
    """A line without a fault: the base of those with one.

    Args:
        fault: The fault.
        rng: What is drawn from.
        ends: Byte that ends a piece; -1 where a piece is what comes at once.
        begin_us: When the plan begins [us].

    Attributes:
        injected: Units that were struck.
    """

    def __init__(self, fault: FaultConfig, rng: np.random.Generator, ends: int, begin_us: int) -> None:
        self.fault, self.injected = fault, 0
        self._rng, self._ends = rng, ends
        self._first = begin_us + round(1e6 * fault.at_s)
        self._end = self._first + round(1e6 * fault.for_s) if fault.for_s else None
        self._until_next = self._gap()

    def put(self, time_us: int, data: bytes) -> list[Timed]:
        """Bytes that come in at a time; what comes out by then."""
        return [*self.due(time_us), *self._put(time_us, data)]

    def due(self, time_us: int) -> list[Timed]:  # noqa: ARG002 - a line without a fault holds nothing back
        """What comes out by a time without anything coming in."""
        return []

    def next_us(self) -> int | None:
        """When something comes out of itself; None where nothing does [us]."""
        return None

    def active(self, time_us: int) -> bool:
        """Whether the fault is there at a time."""
        return self._first <= time_us and (self._end is None or time_us < self._end) and not self._spent()

    def _put(self, time_us: int, data: bytes) -> list[Timed]:
        return [Timed(time_us, data)]

    def _spent(self) -> bool:
        return 0 < self.fault.most <= self.injected

    def _gap(self) -> int:
        return 1 if self.fault.rate == 1.0 else int(self._rng.geometric(self.fault.rate))

    def _struck(self, time_us: int) -> bool:
        """Whether the next unit is struck; counted where it is."""
        if not self.active(time_us):
            return False
        self._until_next -= 1
        if self._until_next > 0:
            return False
        self._until_next = self._gap()
        self.injected += 1
        return True


class UnitStage(Stage):
    """A fault that strikes units: single bytes, or pieces, which wait until they are whole."""

    def __init__(self, fault: FaultConfig, rng: np.random.Generator, ends: int, begin_us: int) -> None:
        super().__init__(fault, rng, ends, begin_us)
        self._piece, self._begun = bytearray(), 0

    def due(self, time_us: int) -> list[Timed]:
        """What comes out by a time: pieces whose end does not come."""
        late = self._begun + PATIENCE_US
        if not self._piece or time_us < late:
            return []
        piece = bytes(self._piece)
        self._piece.clear()
        return self._unit(late, piece)

    def next_us(self) -> int | None:
        """When a piece is waited for no longer."""
        return self._begun + PATIENCE_US if self._piece else None

    def _put(self, time_us: int, data: bytes) -> list[Timed]:
        out: list[Timed] = []
        for unit in self._units(time_us, data):
            out += self._unit(time_us, unit)
        return _joined(out)

    def _units(self, time_us: int, data: bytes) -> Iterator[bytes]:
        if self.fault.unit == "byte":
            yield from (bytes((byte,)) for byte in data)
        elif self._ends < 0:
            yield data
        else:
            for byte in data:
                if not self._piece:
                    self._begun = time_us
                self._piece.append(byte)
                if byte == self._ends or len(self._piece) >= LONGEST:
                    piece = bytes(self._piece)
                    self._piece.clear()
                    yield piece

    def _unit(self, time_us: int, unit: bytes) -> list[Timed]:
        return [Timed(time_us, unit)]


class Drop(UnitStage):
    """Units are lost."""

    def _unit(self, time_us: int, unit: bytes) -> list[Timed]:
        return [] if self._struck(time_us) else [Timed(time_us, unit)]


class Truncate(UnitStage):
    """A piece loses its end, a byte of it at least."""

    def _unit(self, time_us: int, unit: bytes) -> list[Timed]:
        if self._struck(time_us):
            unit = unit[: int(self._rng.integers(len(unit)))]
        return [Timed(time_us, unit)] if unit else []


class Reorder(UnitStage):
    """A unit comes after the next one."""

    _held: Timed | None = None

    def due(self, time_us: int) -> list[Timed]:
        """What comes out by a time: a unit that no other passes."""
        out = super().due(time_us)
        if self._held is not None and time_us >= self._held.time_us + PATIENCE_US:
            out.append(Timed(self._held.time_us + PATIENCE_US, self._held.data))
            self._held = None
        return out

    def next_us(self) -> int | None:
        """When something waits no longer."""
        times = [at for at in (super().next_us(), self._held and self._held.time_us + PATIENCE_US) if at is not None]
        return min(times, default=None)

    def _unit(self, time_us: int, unit: bytes) -> list[Timed]:
        if self._held is not None:
            out, self._held = [Timed(time_us, unit), Timed(time_us, self._held.data)], None
            return out
        if self._struck(time_us):
            self._held = Timed(time_us, unit)
            return []
        return [Timed(time_us, unit)]


class Later(UnitStage):
    """The base of what holds units back until a time of their own."""

    def __init__(self, fault: FaultConfig, rng: np.random.Generator, ends: int, begin_us: int) -> None:
        super().__init__(fault, rng, ends, begin_us)
        self._held: deque[Timed] = deque()

    def due(self, time_us: int) -> list[Timed]:
        """What comes out by a time."""
        out = super().due(time_us)
        while self._held and self._held[0].time_us <= time_us:
            out.append(self._held.popleft())
        return out

    def next_us(self) -> int | None:
        """When the next unit is due."""
        times = [at for at in (super().next_us(), self._held[0].time_us if self._held else None) if at is not None]
        return min(times, default=None)

    def _late_us(self) -> int:
        jitter = self.fault.jitter_s * self._rng.random() if self.fault.jitter_s else 0.0
        return round(1e6 * (self.fault.delay_s + jitter))


class Delay(Later):
    """Units come later; none passes another."""

    def _unit(self, time_us: int, unit: bytes) -> list[Timed]:
        late = self._late_us() if self._struck(time_us) else 0
        if not late and not self._held:
            return [Timed(time_us, unit)]
        last = self._held[-1].time_us if self._held else time_us
        self._held.append(Timed(max(time_us + late, last), unit))
        return []


class Duplicate(Later):
    """A unit comes twice."""

    def _unit(self, time_us: int, unit: bytes) -> list[Timed]:
        out = [Timed(time_us, unit)]
        if self._struck(time_us):
            late = self._late_us()
            if not late:
                return [*out, Timed(time_us, unit)]
            self._held.append(Timed(time_us + late, unit))
            if len(self._held) > 1 and self._held[-2].time_us > self._held[-1].time_us:
                self._held = deque(sorted(self._held, key=lambda each: each.time_us))
        return out


class Flip(Stage):
    """A bit of a byte turns."""

    def _put(self, time_us: int, data: bytes) -> list[Timed]:
        out = bytearray(data)
        for at in range(len(out)):
            if self._struck(time_us):
                out[at] ^= 1 << int(self._rng.integers(8))
        return [Timed(time_us, bytes(out))]


class Stall(Stage):
    """Nothing comes, and at the end all of it at once."""

    def __init__(self, fault: FaultConfig, rng: np.random.Generator, ends: int, begin_us: int) -> None:
        super().__init__(fault, rng, ends, begin_us)
        self._held = bytearray()

    def due(self, time_us: int) -> list[Timed]:
        """What came in meanwhile, once it is over."""
        if not self._held or self._end is None or time_us < self._end:
            return []
        out = [Timed(self._end, bytes(self._held))]
        self._held.clear()
        return out

    def next_us(self) -> int | None:
        """When it is over."""
        return self._end if self._held else None

    def _put(self, time_us: int, data: bytes) -> list[Timed]:
        if not self.active(time_us):
            return [Timed(time_us, data)]
        self._held += data
        self.injected += len(data)
        return []


class Babble(Stage):
    """Noise comes of itself, between and within what was sent."""

    def due(self, time_us: int) -> list[Timed]:
        """The noise until a time."""
        out = []
        while (at := self.next_us()) is not None and at <= time_us:
            out.append(Timed(at, bytes((int(self._rng.integers(256)),))))
            self.injected += 1
        return _joined(out)

    def next_us(self) -> int | None:
        """When the next byte of noise comes."""
        at = self._first + int((self.injected + 1) * 1e6 / self.fault.bytes_s)
        return at if self.active(at) else None


class Cut(Stage):
    """Nothing passes."""

    def _put(self, time_us: int, data: bytes) -> list[Timed]:
        if not self.active(time_us):
            return [Timed(time_us, data)]
        self.injected += len(data)
        return []


class Baud(Stage):
    """The ends differ in their speed."""

    def _put(self, time_us: int, data: bytes) -> list[Timed]:
        if not self.active(time_us):
            return [Timed(time_us, data)]
        self.injected += len(data)
        return [Timed(time_us, resampled(data, self.fault.baud_ratio))]


STAGES: dict[Kind, type[Stage]] = {
    "drop": Drop, "flip": Flip, "duplicate": Duplicate, "reorder": Reorder, "delay": Delay, "stall": Stall,
    "babble": Babble, "truncate": Truncate, "cut": Cut, "replug": Cut, "baud": Baud,
}  # fmt: skip
"""By kind of fault. What goes to a port that is not plugged in is lost as on a wire that is cut."""


def _joined(units: list[Timed]) -> list[Timed]:
    """The same with what comes at the same time in one."""
    out: list[Timed] = []
    parts: list[bytes] = []
    for unit in units:
        if out and out[-1].time_us == unit.time_us:
            parts.append(unit.data)
            continue
        if parts:
            out[-1] = Timed(out[-1].time_us, b"".join(parts))
        out.append(unit)
        parts = [unit.data]
    if parts:
        out[-1] = Timed(out[-1].time_us, b"".join(parts))
    return out
