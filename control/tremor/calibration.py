"""A guided calibration: what a hand did while it held, traced and rested, taken apart and put together anew.

The tremor is what lies in 3-15 Hz while the hand holds still or rests, the voluntary motion what lies below 2 Hz while
it traces, both without delay. They were never in the hand at the same time, so that their sum has a truth that is
known. Each part is cut in the middle: the first halves are for a search, the second ones for the judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from control.tremor.displacement import loop, tremor
from control.tremor.draws import SPLITS, Draws, Split
from control.tremor.motion_file import MotionFile
from control.tremor.real import scale_of
from control.tremor.records import Record, sensed
from control.tremor.scales import Scale
from control.tremor.tuning import TRAIN_COUNT, TRAIN_S, VALIDATION_COUNT, VALIDATION_S, Halves, moving_far
from control.tremor.voluntary import voluntary
from robotics.contracts import Vector
from robotics.errors import InputFileError

PHASES = ("hold", "trace", "rest")
"""What the hand is asked to do, in this order."""

VOLUNTARY_HZ = 2.0
"""Voluntary motion lies below it: 98.9 % of its power in microsurgery (Riviere, Rader and Khosla 1997) [Hz]."""

LEAD_S = 0.75
"""Left out of each part at its start, where the hand still takes in what to do; free choice [s]."""

SHORTEST_S = 6.5
"""Shortest part without a break that will do: 5 s of it are left for two halves [s]."""

_SHARE = 1.0 / 3.0  # of the stronger tremor that the weaker one must have to be fitted to, free choice
_MOTIONS = ("trace", "holds", "gestures")


@dataclass(frozen=True)
class Calibration:
    """A hand's parts at an even rate.

    Attributes:
        rate_hz: Sampling rate [Hz].
        hold: Tremor while it held still, shape (n, 3) [m].
        rest: Tremor while it rested, shape (m, 3) [m].
        trace: Voluntary motion while it traced, shape (k, 3) [m].
    """

    rate_hz: float
    hold: Vector
    rest: Vector
    trace: Vector

    @property
    def tremors(self) -> dict[str, Vector]:
        """What the filter is fitted to: of hold and rest both, or the one that trembles more by far."""
        sizes = {name: float(np.sqrt(np.mean(x**2))) for name, x in (("hold", self.hold), ("rest", self.rest))}
        return {name: getattr(self, name) for name, rms in sizes.items() if rms >= _SHARE * max(sizes.values())}

    @property
    def tremor(self) -> Vector:
        """All of that tremor, shape (n, 3) [m]."""
        return np.concatenate(list(self.tremors.values()))

    def halves(self) -> Halves:
        """Records from the first and from the second halves of every part.

        Raises:
            InputFileError: The hand does not tremble.
        """
        scale = scale_of(self.tremor)
        return Halves(
            moving_far(self._records("train", scale, TRAIN_COUNT, TRAIN_S)),
            moving_far(self._records("test", scale, VALIDATION_COUNT, VALIDATION_S)),
        )

    def _records(self, split: Split, scale: Scale, count: int, seconds: float) -> list[Record]:
        sources = {name: self._half(x, split, keep_power=True) for name, x in self.tremors.items()}
        trace = self._half(self.trace, split, keep_power=False)
        made, samples = [], round(seconds * self.rate_hz)
        for k in range(count):
            draws = Draws(split, 3, k)
            motion = _MOTIONS[k % len(_MOTIONS)]
            name = list(sources)[(k // len(_MOTIONS)) % len(sources)]
            shake = _cut(sources[name], draws.share(), samples)
            meant: Vector = _cut(trace, draws.share(), samples)
            holds: Vector = np.zeros(samples, dtype=bool)
            if motion != "trace":
                meant, holds = voluntary(motion, scale.voluntary, draws, samples, 3, self.rate_hz)
            measured = sensed(meant + shake, scale, draws.rng)
            title = f"{name} tremor on {motion}, {split}"
            made.append(Record(title, scale.name, motion, self.rate_hz, meant, shake, measured, holds))
        return made

    def _half(self, x: Vector, split: Split, keep_power: bool) -> Vector:
        """One round of the half of a part that belongs to a split, shape (n, 3) [m]."""
        middle = len(x) // 2
        part = x[:middle] if split == SPLITS[0] else x[middle:]
        return loop(np.arange(len(part)) / self.rate_hz, part, 1.0 / self.rate_hz, keep_power)


def calibration(hand: Vector, phase: NDArray[np.int64], rate_hz: float) -> Calibration:
    """Take a recorded calibration apart.

    Args:
        hand: Where the hand was at every sample, shape (n, 3) [m].
        phase: What it was asked to do and did, an index into `PHASES`; -1 where it was not engaged, shape (n,).
        rate_hz: Sampling rate [Hz].

    Raises:
        InputFileError: A part is missing, or broken off again and again.
    """
    hold, trace, rest = (_part(hand, phase, k, rate_hz) for k in range(len(PHASES)))
    low = butter(2, VOLUNTARY_HZ, fs=rate_hz, output="sos")
    return Calibration(
        rate_hz=rate_hz,
        hold=_tremor(hold, rate_hz),
        rest=_tremor(rest, rate_hz),
        trace=np.asarray(sosfiltfilt(low, trace - trace[0], axis=0)),
    )


def _part(hand: Vector, phase: NDArray[np.int64], wanted: int, rate_hz: float) -> Vector:
    """The longest stretch of a phase without a break, shape (n, 3) [m]."""
    inside = np.concatenate(([0], (phase == wanted).astype(int), [0]))
    edges = np.flatnonzero(np.diff(inside)).reshape(-1, 2)
    begin, end = max(edges, key=lambda edge: edge[1] - edge[0], default=(0, 0))
    if end - begin < SHORTEST_S * rate_hz:
        raise InputFileError(
            f"the {PHASES[wanted]} has {(end - begin) / rate_hz:.1f} s without a break, {SHORTEST_S:g} s are needed: "
            "keep driving the arm from the beginning to the end of each part"
        )
    return hand[begin + round(LEAD_S * rate_hz) : end]


def _tremor(x: Vector, rate_hz: float) -> Vector:
    time = np.arange(len(x)) / rate_hz
    return tremor(MotionFile(Path("calibration"), time, x, "position", ()))[1]


def _cut(one_round: Vector, share: float, samples: int) -> Vector:
    """A piece of an endless loop that starts at a share of its length, shape (samples, 3)."""
    start = int(share * len(one_round))
    return np.take(one_round, np.arange(start, start + samples), axis=0, mode="wrap")
