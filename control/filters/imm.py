"""Switching filter: a bank of Kalman filters that knows holds from reaches, and learns the tremor as it goes.

The hand's tremor and what the hand means overlap: how much of the one can be told from the other depends on how
vigorously the hand moves at the moment, over five decades between a hold and a reach, and on whether it glides or keeps
its place. No fixed filter serves all. This one runs several Kalman filters, each for a hand of other kind and vigour,
and believes those which foresee the hand best (interacting multiple models). How strongly, and at which frequencies,
the hand trembles is heard by a robust monitor beside it, so that the same settings serve a surgeon's 50 um at 10 Hz and
a patient's 2 mm at 4 Hz. Up to three axes are filtered together, since a hand trembles as one body.

Samples are taken in a thousand times a second, or as fast as they come where that is slower; some 250 times a second
the filters are mixed and, half-way between two mixings where there is a sample to spare, the tremor is judged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from control.filters.base import BaseFilter
from control.filters.switching.bank import Bank, learn, make_bank, mix, take_in
from control.filters.switching.monitor import LINES, Monitor, listen, make_monitor
from control.filters.switching.settings import TUNABLE, Settings
from robotics.contracts import Trust, Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import Indices, kernel

__all__ = ["TUNABLE", "Imm", "Settings", "build"]

TOGETHER = 3
"""Most axes that are filtered together: those of a position, or of an orientation."""

SAMPLE_HZ, MIXING_HZ = 1000.0, 250.0
"""About how often samples are taken in, and the filters are mixed [Hz]."""

_FADE_S = 0.5

_AGE, _SINCE, _TAKEN, _HALF, _LOUDEST = range(5)
_ORIGIN, _FEW, _MANY, _SHOWN, _SLOPE, _BOUND = range(6)
_SETTLE, _FADE, _LIMIT, _LIMIT_RMS, _SAMPLE_S, _MIXING_S = range(6)
_NOISE, _LEAST_NOISE, _LISTENING_S, _SHARING_S, _STRENGTH, _EASE = range(6, 12)
_FAINTER, _FAINT_LOG, _STRONG_LOG = range(12, 15)


class Imm(BaseFilter):
    """The switching filter.

    Its correction |y - x| (x as late as y, where there is a lag) is on no axis larger than ``limit``, nor than
    ``limit_rms`` times the tremor and noise that it hears.

    Args:
        settings: See `Settings`.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals; each three from the first are filtered together.

    Attributes:
        limit: The bound of the correction [m].
        groups: Bank and monitor of each three axes.

    Source:
        Blom and Bar-Shalom 1988 (interacting multiple models); Riviere, Rader and Khosla 1997 (what hands do).
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        super().__init__(rate_hz, axes)
        if settings.highest_hz - settings.lowest_hz < 3.0:
            raise ArgumentError(
                f"highest_hz is {settings.highest_hz:g}, must be at least 3 Hz above lowest_hz {settings.lowest_hz:g}"
            )
        low, high = settings.densities
        if not low <= high:
            raise ArgumentError(f"densities are {low:g} and {high:g}, must grow")
        faint, strong = settings.faint_um
        if not faint < strong:
            raise ArgumentError(f"faint_um is {faint:g} and {strong:g}, must grow")
        self.limit = 1e-3 * settings.limit_mm
        self._ready_s = settings.settle_s + _FADE_S
        self._faintest = settings.faintest_um**2
        self._lag = round(1e-3 * settings.lag_ms * rate_hz)
        self.groups = [
            _Group(settings, rate_hz, self._lag, slice(first, min(first + TOGETHER, axes)))
            for first in range(0, axes, TOGETHER)
        ]

    def delay(self) -> float:
        """The fixed lag, and none besides [s]."""
        return self._lag / self.rate_hz

    def bound(self, span: float) -> float:  # noqa: ARG002 - the same for any
        """The bound of the correction [m]."""
        return self.limit

    def trust(self) -> Trust:
        """Settling at first, in which the motion passes as it is; then whether there is a tremor to take away.

        Where there is none, the voluntary motion passes, and what is smoothed is the sensor's noise.
        """
        if not self._started or self.groups[0].clock[_AGE] < self._ready_s * self.rate_hz:
            return Trust.SETTLING
        loudest = max(group.clock[_LOUDEST] for group in self.groups)
        return Trust.TRUSTED if loudest > self._faintest else Trust.NO_TREMOR

    def tremor(self) -> tuple[Vector, Vector]:
        """What is heard of the tremor: frequency of each group's strongest line [Hz], rms of each axis [m]."""
        frequency = np.array([group.bank.track[0, 0] for group in self.groups])
        power = np.concatenate([group.monitor.power.max(axis=0) for group in self.groups])
        return frequency, 1e-6 * np.sqrt(power)

    def _start(self, x: Vector) -> None:
        for group in self.groups:
            group.start(x[group.axes])

    def _filter(self, x: Vector, y: Vector) -> None:
        for group in self.groups:
            group.update(x[group.axes], y[group.axes])


class _Group:
    """Axes that are filtered together."""

    def __init__(self, settings: Settings, rate_hz: float, lag: int, axes: slice) -> None:
        self.axes, size = axes, axes.stop - axes.start
        every = max(round(rate_hz / SAMPLE_HZ), 1)
        sample_s = every / rate_hz
        mixing = max(round(1.0 / (MIXING_HZ * sample_s)), 1)
        mixing_s = mixing * sample_s
        kept = int(np.ceil(lag / rate_hz / mixing_s - 1e-9)) + 1 if lag else 0
        self._pace = np.array([every, mixing, lag], dtype=np.int64)
        self._numbers = np.array([
            settings.settle_s * rate_hz, _FADE_S * rate_hz, 1e3 * settings.limit_mm, settings.limit_rms, sample_s,
            mixing_s, settings.noise_um**2, settings.noise_um**2, settings.listening_s, settings.sharing_s,
            settings.strength, 1.0 - np.exp(-sample_s / (1e-3 * settings.ease_ms)), np.log(settings.fainter),
            *np.log(np.square(settings.faint_um)),
        ])  # fmt: skip
        self.clock = np.zeros(5)
        self._rows = np.zeros((6, size))
        self._past = np.zeros((lag + 1, size))
        self._width = np.array(settings.linewidth)
        self._power = np.zeros((LINES, size))
        self.monitor: Monitor = make_monitor(size, mixing_s, settings.lowest_hz, settings.highest_hz)
        densities = np.geomspace(*settings.densities, settings.filters, dtype=np.float64)
        self.bank: Bank = make_bank(
            size, sample_s, mixing_s, settings.forgetting_s, densities, settings.persistence_s, kept
        )

    def start(self, x: Vector) -> None:
        """Start at rest at ``x``, shape (A,) [m]."""
        for array in (self.clock, self._rows, self._past, self._power):
            array[:] = 0.0
        self._rows[_ORIGIN] = x
        self._numbers[_NOISE] = self._numbers[_LEAST_NOISE]
        self.monitor.reset()
        self.bank.reset()

    def update(self, x: Vector, y: Vector) -> None:
        """Filter the sample ``x`` into ``y``, both of shape (A,) [m]."""
        b = self.bank
        judging, mixing = _follow(
            x, y, self._pace, self._numbers, self.clock, self._rows, self._past, b.motion, b.jerk,
            b.weight, b.state, b.spread, b.scratch, b.turn, b.fresh,
        )  # fmt: skip
        if judging:
            m = self.monitor
            _judge(
                self._pace, self._numbers, self.clock, self._rows, self._width, self._power, m.grid, m.turn, m.low,
                m.energy, m.last, m.memory, m.frequency, m.power, m.noise, b.weight, b.state, b.spread, b.scratch,
                b.turn, b.fresh, b.moment, b.phasor, b.track, b.count,
            )  # fmt: skip
        if mixing:
            _mix(self.clock, b.switching, b.weight, b.state, b.spread, b.scratch, len(x))


@kernel
def _follow(
    x: Vector,
    y: Vector,
    pace: Indices,
    numbers: Vector,
    clock: Vector,
    rows: Vector,
    past: Vector,
    motion: Vector,
    jerk: Vector,
    weight: Vector,
    state: Vector,
    spread: Vector,
    scratch: Vector,
    turn: Vector,
    fresh: Vector,
) -> tuple[bool, bool]:
    """One sample of a group; whether the tremor is due to be judged, and the filters to be mixed.

    ``rows`` are, of each axis: origin [m], sum of the samples to be taken in as one, sum of those since the last
    judgement, voluntary motion as shown and its slope a sample, largest correction [um]. ``past`` (lag + 1, A) is a
    ring of samples.
    """
    axes, every, lag = x.shape[0], pace[0], pace[2]
    now = int(clock[_AGE]) % (lag + 1)
    then = (now + 1) % (lag + 1)
    for axis in range(axes):
        past[now, axis] = 1e6 * (x[axis] - rows[_ORIGIN, axis])
        rows[_FEW, axis] += past[now, axis]
        rows[_MANY, axis] += past[now, axis]
        rows[_SHOWN, axis] += rows[_SLOPE, axis]
    s = min(max((clock[_AGE] - numbers[_SETTLE]) / numbers[_FADE], 0.0), 1.0)
    clock[_AGE] += 1.0
    clock[_SINCE] += 1.0
    half = int(clock[_HALF])
    taken = clock[_SINCE] >= every
    if taken:
        clock[_SINCE] = 0.0
        clock[_TAKEN] += 1.0
        z = scratch[1, :axes]
        for axis in range(axes):
            z[axis] = rows[_FEW, axis] / every
            rows[_FEW, axis] = 0.0
        take_in(z, numbers[_NOISE], motion, jerk, weight, state[half], spread[half], scratch, turn, fresh)
        if lag == 0:
            # The mean of the samples stands in their middle; the last of them is now.
            dt = numbers[_SAMPLE_S]
            since = 0.5 * dt * (every - 1.0) / every
            for axis in range(axes):
                i = 3 * axis
                at, speed = 0.0, 0.0
                for j in range(weight.shape[1]):
                    at += weight[0, j] * (state[half, j, i] + since * state[half, j, i + 1])
                    speed += weight[0, j] * (state[half, j, i + 1] + since * state[half, j, i + 2])
                rows[_SHOWN, axis] += numbers[_EASE] * (at - rows[_SHOWN, axis])
                rows[_SLOPE, axis] = speed * dt / every
    if lag > 0:
        _look_back(pace, numbers, clock, rows, weight, state[half], axes)
    open_ = s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)
    for axis in range(axes):
        most = min(rows[_BOUND, axis], numbers[_LIMIT])
        correction = min(max(rows[_SHOWN, axis] - past[then, axis], -most), most)
        y[axis] = rows[_ORIGIN, axis] + 1e-6 * (past[then, axis] + open_ * correction)
    return taken and clock[_TAKEN] == (pace[1] + 1) // 2, clock[_TAKEN] >= pace[1]


@kernel
def _look_back(
    pace: Indices, numbers: Vector, clock: Vector, rows: Vector, weight: Vector, state: Vector, axes: int
) -> None:
    """Show what the hand meant a lag ago: between two of the positions that were kept at mixings."""
    every, lag = pace[0], pace[2]
    first = 3 * axes + 2 * LINES * axes
    kept = (state.shape[1] - first) // axes
    span = numbers[_MIXING_S] / numbers[_SAMPLE_S] * every
    # Samples from the newest kept position to the moment that is shown; the mean of samples stands in their middle.
    ago = (lag - 0.5 * (every - 1.0) - (clock[_TAKEN] * every + clock[_SINCE])) / span
    place = min(max(ago, 0.0), kept - 1.0)
    older = min(int(place) + 1, kept - 1)
    share = place - int(place)
    for axis in range(axes):
        near, far = 0.0, 0.0
        for j in range(state.shape[0]):
            near += weight[0, j] * state[j, first + int(place) * axes + axis]
            far += weight[0, j] * state[j, first + older * axes + axis]
        rows[_SHOWN, axis] = near + share * (far - near)
        rows[_SLOPE, axis] = 0.0


@kernel
def _judge(
    pace: Indices,
    numbers: Vector,
    clock: Vector,
    rows: Vector,
    width: Vector,
    power: Vector,
    grid: Vector,
    hearing: NDArray[np.complex128],
    low: NDArray[np.complex128],
    energy: Vector,
    last: Vector,
    memory: Vector,
    frequency: Vector,
    heard: Vector,
    hiss: Vector,
    weight: Vector,
    state: Vector,
    spread: Vector,
    scratch: Vector,
    turn: Vector,
    fresh: Vector,
    moment: NDArray[np.complex128],
    phasor: NDArray[np.complex128],
    track: Vector,
    count: Vector,
) -> None:
    """Listen to the mean of the samples since the last time, and judge the tremor."""
    lines, axes = power.shape
    half, samples = int(clock[_HALF]), pace[0] * pace[1]
    z = scratch[1, :axes]
    for axis in range(axes):
        z[axis] = rows[_MANY, axis] / samples
        rows[_MANY, axis] = 0.0
    listen(
        z, numbers[_MIXING_S], numbers[_LISTENING_S], grid, hearing, low, energy, last, memory, frequency, heard, hiss
    )
    clock[_LOUDEST] = 0.0
    noise = 0.0
    strength = numbers[_STRENGTH] * np.exp(numbers[_FAINTER] * _faintness(heard, numbers))
    for axis in range(axes):
        both = 0.0
        for line in range(lines):
            power[line, axis] = max(strength * heard[line, axis], 0.1)
            clock[_LOUDEST] = max(clock[_LOUDEST], heard[line, axis])
            both += heard[line, axis]
        noise += hiss[axis] * pace[1] / axes
        rows[_BOUND, axis] = numbers[_LIMIT_RMS] * np.sqrt(both + hiss[axis] * samples)
    numbers[_NOISE] = max(noise, numbers[_LEAST_NOISE])
    learn(
        count[0] * numbers[_MIXING_S], numbers[_SAMPLE_S], numbers[_MIXING_S], numbers[_SHARING_S], width, frequency,
        power, weight[0], state[half], spread[half], turn, fresh, moment, phasor, track,
    )  # fmt: skip
    count[0] += 1.0


@kernel
def _faintness(heard: Vector, numbers: Vector) -> float:
    """1 for a faint tremor, 0 for a strong one, of the power heard of each line and axis, shape (L, A) [um^2]."""
    power = 1e-9
    for line in range(heard.shape[0]):
        for axis in range(heard.shape[1]):
            power += heard[line, axis] / heard.shape[1]
    share = (np.log(power) - numbers[_FAINT_LOG]) / (numbers[_STRONG_LOG] - numbers[_FAINT_LOG])
    return float(1.0 - min(max(share, 0.0), 1.0))


@kernel
def _mix(
    clock: Vector, switching: Vector, weight: Vector, state: Vector, spread: Vector, scratch: Vector, axes: int
) -> None:
    """Mix the filters into the other half."""
    after = 1 - int(clock[_HALF])
    mix(switching, weight, state, spread, scratch, axes, after)
    clock[_HALF], clock[_TAKEN] = after, 0.0


def build(settings: Settings, rate_hz: float, axes: int) -> Imm:
    """Make the filter from its settings."""
    return Imm(settings, rate_hz, axes)
