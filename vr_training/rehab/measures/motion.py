"""What all measures of a movement begin with: velocity without noise, and when the movement began and ended.

Onset is the first moment after the goal was shown from which on the speed stays above 5 % of its peak for 50 ms. Offset
is where the last such stretch ends that began while the movement was asked for. So a pause on the way does not end a
movement, and unrest while the goal is held does not prolong it.

Source:
    Botzer and Karniel 2009, Front. Neurosci. 3:002, on thresholds of the speed; the share and the 50 ms are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import butter, sosfiltfilt

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Moment
from vr_training.rehab.results import Trace
from vr_training.scoring.episode import Mask, stretches

CUTOFF_HZ = 10.0
"""Motion above it is left out before speed is taken [Hz]; ours, voluntary motion and tremor lie below."""

THRESHOLD = 0.05
"""Share of the peak speed above which an arm moves."""

STEADY_S = 0.05
"""How long the speed must stay above it to count [s]."""

LEAST_SPEED = {True: math.radians(1.0), False: 0.005}
"""Peak speed below which nobody moved, of joints [rad/s] and of a tip [m/s]; ours."""

LEAST_SAMPLES = 16


@dataclass(frozen=True)
class Motion:
    """A trace with its velocity, onset and offset.

    Attributes:
        trace: What was recorded.
        x: Position without anything above 10 Hz and without delay, shape (t, m) [rad or m].
        v: Its velocity, shape (t, m).
        speed: Its size, shape (t,).
        go: Index of the first sample in which the movement was asked for; None where none was.
        onset: Index of the onset; None where nobody moved.
        offset: Index one past the movement's last sample; None where nobody moved.
    """

    trace: Trace
    x: Vector
    v: Vector
    speed: Vector
    go: int | None
    onset: int | None
    offset: int | None

    @property
    def rate_hz(self) -> float:
        """Samples per second."""
        return self.trace.rate_hz

    @property
    def size(self) -> float:
        """What a length of the exercise's coordinates is multiplied by to be read: to [deg] or [cm]."""
        return math.degrees(1.0) if self.trace.joint else 100.0

    @property
    def window(self) -> slice | None:
        """The samples from onset to offset; None where nobody moved."""
        return None if self.onset is None or self.offset is None else slice(self.onset, self.offset)

    @cached_property
    def way(self) -> Vector:
        """Unit vector from start to goal, shape (m,); zero where they are one."""
        way = np.asarray(self.trace.goal, dtype=np.float64) - self.trace.start
        distance = float(np.linalg.norm(way))
        return way / distance if distance > 0.0 else np.zeros_like(way)

    def asked(self, *moments: Moment) -> Mask:
        """In which samples one of these was asked for, shape (t,) bool."""
        return np.asarray(np.isin(self.trace.moment, [int(moment) for moment in moments]))


def motion(trace: Trace) -> Motion:
    """Take velocity, onset and offset of a trace.

    Raises:
        ArgumentError: The rate is not above zero, or arrays are not of one length.
    """
    _check(trace)
    x = low_passed(np.asarray(trace.x, dtype=np.float64), trace.rate_hz, CUTOFF_HZ)
    v = np.gradient(x, 1.0 / trace.rate_hz, axis=0) if len(x) > 1 else np.zeros_like(x)
    speed = np.linalg.norm(v, axis=1)
    moves = np.nonzero(np.asarray(trace.moment) == Moment.MOVE)[0]
    if not moves.size:
        return Motion(trace, x, v, speed, None, None, None)
    go, end = int(moves[0]), int(moves[-1]) + 1
    peak = float(speed[go:end].max())
    onset = offset = None
    if peak >= LEAST_SPEED[trace.joint]:
        shortest = max(round(STEADY_S * trace.rate_hz), 1)
        parts = [part for part in stretches(speed[go:] > THRESHOLD * peak, shortest) if go + part.start < end]
        if parts:
            onset, offset = go + parts[0].start, go + parts[-1].stop
    return Motion(trace, x, v, speed, go, onset, offset)


def low_passed(x: Vector, rate_hz: float, cutoff_hz: float) -> Vector:
    """``x``, shape (t, m), without anything above a frequency and without delay: a second-order Butterworth, twice."""
    if len(x) < LEAST_SAMPLES or cutoff_hz >= 0.45 * rate_hz:
        return x
    sos = butter(2, cutoff_hz / (0.5 * rate_hz), output="sos")
    return np.asarray(sosfiltfilt(sos, x, axis=0, padlen=min(len(x) - 1, round(0.5 * rate_hz))))


def _check(trace: Trace) -> None:
    if not trace.rate_hz > 0.0:
        raise ArgumentError(f"the sampling rate is {trace.rate_hz} Hz; it must be above 0")
    t = len(trace.moment)
    arrays = {
        "x": trace.x, "reference": trace.reference, "robot": trace.robot, "patient": trace.patient,
        "assistance": trace.assistance, "trunk": trace.trunk, "cuff_n": trace.cuff_n,
    }  # fmt: skip
    for name, array in arrays.items():
        if len(array) != t:
            raise ArgumentError(f"{name} has {len(array)} samples, moment has {t}; they must be of one length")
    m = len(trace.goal)
    if np.ndim(trace.x) != 2 or np.shape(trace.x)[1] != m:
        raise ArgumentError(f"x has shape {np.shape(trace.x)} where the goal has {m} coordinates; it must be (t, {m})")
