"""Switching filter: a bank of Kalman filters that knows holds from reaches, and learns the tremor as it goes.

The hand's tremor and what the hand means overlap: how much of the one can be told from the other depends on how
vigorously the hand moves at the moment, over five decades between a hold and a reach. No fixed filter serves both. This
one runs several Kalman filters, each for a hand of other vigour, and believes those which foresee the hand best
(interacting multiple models). How strongly, and at which frequencies, the hand trembles is heard by a robust monitor
beside it, so that the same settings serve a surgeon's 50 um at 10 Hz and a patient's 2 mm at 4 Hz. Up to three axes are
filtered together, since a hand trembles as one body.

The filter thinks some 250 times a second; in between, the tremor it foresees is followed and subtracted.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from control.filters.base import BaseFilter
from control.filters.switching.bank import Bank, make_bank, think
from control.filters.switching.monitor import LINES, Monitor, listen, make_monitor
from robotics.config import Config
from robotics.contracts import Trust, Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel

TOGETHER = 3
"""Most axes that are filtered together: those of a position, or of an orientation."""

Hertz = Annotated[float, Meta(ge=2.5, le=20.0)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a switching filter.

    Attributes:
        lowest_hz, highest_hz: Band in which the tremor is looked for [Hz].
        linewidth: Width at half power of the tremor's strongest line, and of the next, over its frequency.
        strength: Power that the tremor is taken to have over what the monitor hears: more takes away more tremor, and
            more of the motion with it.
        listening_s: Time over which the monitor judges the tremor [s].
        sharing_s: Time over which it is learnt how the axes tremble together [s].
        densities: Least and greatest density of white jerk that the hand may have [um^2/s^6/Hz].
        filters: Number of filters between them.
        persistence_s: Mean time for which a hand keeps its vigour [s].
        forgetting_s: Time in which the hand's acceleration forgets [s].
        noise_um: Noise of the hand's sensor in a step's mean [um].
        residue: Part of the tremor's amplitude that its lines cannot describe; counts as noise.
        settle_s: Time from the start until which the motion passes as it is; then the filter fades in [s].
        faintest_um: Tremor under which there is none to take away, root mean square of an axis [um].
        limit_mm: Largest correction of an axis [mm].
        limit_rms: The same over the tremor's root mean square.
        lag_ms: Fixed lag by which the output may be late [ms].
    """

    kind: str
    title: str = ""
    lowest_hz: Hertz = 3.5
    highest_hz: Hertz = 13.25
    linewidth: tuple[Annotated[float, Meta(gt=0, le=1)], Annotated[float, Meta(gt=0, le=1)]] = (0.16, 0.2)
    strength: Annotated[float, Meta(gt=0, le=100)] = 1.0
    listening_s: Annotated[float, Meta(ge=0.2, le=30)] = 3.0
    sharing_s: Annotated[float, Meta(ge=0.2, le=30)] = 3.0
    densities: tuple[Annotated[float, Meta(gt=0)], Annotated[float, Meta(gt=0)]] = (1e4, 1e16)
    filters: Annotated[int, Meta(ge=1, le=12)] = 7
    persistence_s: Annotated[float, Meta(gt=0.02, le=100)] = 0.4
    forgetting_s: Annotated[float, Meta(ge=0.01, le=10)] = 0.05
    noise_um: Annotated[float, Meta(gt=0, le=1000)] = 2.0
    residue: Annotated[float, Meta(ge=0, le=0.5)] = 0.0
    settle_s: Annotated[float, Meta(ge=0.2, le=10)] = 0.7
    faintest_um: Annotated[float, Meta(ge=0, le=1000)] = 4.0
    limit_mm: Annotated[float, Meta(gt=0, le=100)] = 15.0
    limit_rms: Annotated[float, Meta(ge=1, le=20)] = 4.0
    lag_ms: Annotated[float, Meta(ge=0, le=50)] = 0.0


STEP_HZ = 250.0
"""About how often the filter thinks [Hz]."""

_FADE_S = 0.5

_AGE, _LEFT, _OPEN = range(3)


class Imm(BaseFilter):
    """The switching filter.

    Its correction |y - x| (x as late as y, where there is a lag) is on no axis larger than ``limit``, nor than
    ``limit_rms`` times the tremor that it hears.

    Args:
        settings: See `Settings`.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals; each three from the first are filtered together.

    Attributes:
        limit: The bound of the correction [m].

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
        self.limit = 1e-3 * settings.limit_mm
        self._settings = settings
        self._every = max(round(rate_hz / STEP_HZ), 1)
        self._dt = self._every / rate_hz
        self._lag = round(1e-3 * settings.lag_ms * rate_hz)
        self._groups = [
            _Group(settings, self._dt, self._every, slice(first, min(first + TOGETHER, axes)))
            for first in range(0, axes, TOGETHER)
        ]
        self._clock = np.zeros(3)
        self._sum, self._mean = np.zeros(axes), np.zeros(axes)
        self._shown, self._slope, self._bound = np.zeros(axes), np.zeros(axes), np.zeros(axes)
        self._origin = np.zeros(axes)
        self._past = np.zeros((self._lag + 1, axes))
        self._settle, self._fade = settings.settle_s * rate_hz, _FADE_S * rate_hz
        self._width = np.array(settings.linewidth)
        self._hears = False

    def delay(self) -> float:
        """The fixed lag, and none besides [s]."""
        return self._lag / self.rate_hz

    def trust(self) -> Trust:
        """Settling at first; then whether there is a tremor to take away."""
        if self._clock[_AGE] < self._settle + self._fade:
            return Trust.SETTLING
        return Trust.TRUSTED if self._hears else Trust.NO_TREMOR

    def tremor(self) -> tuple[Vector, Vector]:
        """What is heard of the tremor: frequency of each group's strongest line [Hz], rms of each axis [m]."""
        frequency = np.array([group.bank.track[0, 0] for group in self._groups])
        power = np.concatenate([group.monitor.power.max(axis=0) for group in self._groups])
        return frequency, 1e-6 * np.sqrt(power)

    def _start(self, x: Vector) -> None:
        self._origin[:] = x
        self._clock[:], self._sum[:], self._shown[:], self._slope[:], self._bound[:] = 0.0, 0.0, 0.0, 0.0, 0.0
        self._clock[_LEFT] = self._every
        self._past[:] = x
        self._hears = False
        for group in self._groups:
            group.monitor.reset()
            group.bank.reset(np.zeros(group.axes.stop - group.axes.start))

    def _filter(self, x: Vector, y: Vector) -> None:
        _follow(
            x, y, self._origin, self._sum, self._shown, self._slope, self._bound, self._past, self._clock,
            self._settle, self._fade, self.limit,
        )  # fmt: skip
        if self._clock[_LEFT] <= 0.0:
            self._think()

    def _think(self) -> None:
        settings, self._hears = self._settings, False
        self._mean[:] = self._sum / self._every
        self._sum[:], self._clock[_LEFT] = 0.0, self._every
        for group in self._groups:
            at, m, b = group.axes, group.monitor, group.bank
            heard = _advance(
                self._mean[at], self._shown[at], self._slope[at], self._bound[at],
                self._dt, self._every, settings.noise_um**2, settings.residue**2, settings.listening_s,
                settings.sharing_s, settings.strength, settings.faintest_um**2, settings.limit_rms, self._width,
                group.power, m.grid, m.turn, m.low, m.energy, m.last, m.memory, m.frequency, m.power, m.noise,
                b.motion, b.jerk, b.density, b.switching, b.weight, b.state, b.spread, b.turned, b.moment, b.phasor,
                b.track, b.count,
            )  # fmt: skip
            self._hears = self._hears or heard


class _Group:
    """Axes that are filtered together."""

    def __init__(self, settings: Settings, dt: float, every: int, axes: slice) -> None:
        self.axes = axes
        size = axes.stop - axes.start
        self.power = np.zeros((LINES, size))
        self.monitor: Monitor = make_monitor(size, dt, settings.lowest_hz, settings.highest_hz)
        densities = np.geomspace(*settings.densities, settings.filters)
        self.bank: Bank = make_bank(size, dt, densities, settings.persistence_s, settings.forgetting_s)


@kernel
def _follow(
    x: Vector,
    y: Vector,
    origin: Vector,
    total: Vector,
    shown: Vector,
    slope: Vector,
    bound: Vector,
    past: Vector,
    clock: Vector,
    settle: float,
    fade: float,
    limit: float,
) -> None:
    """One sample of every axis: subtract the tremor foreseen.

    ``shown`` and its ``slope`` a sample are the tremor foreseen [um], ``bound`` the largest correction [um]; ``past``
    (lag + 1, axes) is a ring of samples; ``clock`` is age in samples, samples left in this step, and how far the filter
    has faded in.
    """
    depth = past.shape[0]
    now = int(clock[_AGE]) % depth
    then = (now + 1) % depth
    s = min(max((clock[_AGE] - settle) / fade, 0.0), 1.0)
    clock[_OPEN] = s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)
    clock[_AGE] += 1.0
    clock[_LEFT] -= 1.0
    for axis in range(x.shape[0]):
        past[now, axis] = x[axis]
        total[axis] += 1e6 * (x[axis] - origin[axis])
        shown[axis] += slope[axis]
        most = min(bound[axis], 1e6 * limit)
        tremor = min(max(shown[axis], -most), most)
        y[axis] = past[then, axis] - 1e-6 * clock[_OPEN] * tremor


@kernel
def _advance(
    z: Vector,
    shown: Vector,
    slope: Vector,
    bound: Vector,
    dt: float,
    every: int,
    noise: float,
    residue: float,
    listening_s: float,
    sharing_s: float,
    strength: float,
    faintest: float,
    limit_rms: float,
    width: Vector,
    power: Vector,
    grid: Vector,
    turn: NDArray[np.complex128],
    low: NDArray[np.complex128],
    energy: Vector,
    last: Vector,
    memory: Vector,
    frequency: Vector,
    heard: Vector,
    hiss: Vector,
    motion: Vector,
    jerk: Vector,
    density: Vector,
    switching: Vector,
    weight: Vector,
    state: Vector,
    spread: Vector,
    turned: Vector,
    moment: NDArray[np.complex128],
    phasor: NDArray[np.complex128],
    track: Vector,
    count: Vector,
) -> bool:
    """One step of a group, with the mean ``z`` of its samples, shape (A,) [um]; whether there is a tremor."""
    lines, axes = power.shape
    listen(z, dt, listening_s, grid, turn, low, energy, last, memory, frequency, heard, hiss)
    loudest = 0.0
    for axis in range(axes):
        for line in range(lines):
            power[line, axis] = max(strength * heard[line, axis], 0.1)
            loudest = max(loudest, heard[line, axis])
    own = 0.0
    for axis in range(axes):
        own += (hiss[axis] + residue * heard[0, axis]) / axes
    own = max(own, noise)
    think(
        z, dt, own, sharing_s, width, frequency, power, motion, jerk, density, switching, weight, state, spread,
        turned, moment, phasor, track, count,
    )  # fmt: skip
    # The mean of a step's samples stands in its middle; the next step's tremor is foreseen for its last sample.
    ahead = dt * (1.0 + 0.5 * (every - 1.0) / every)
    for axis in range(axes):
        tremor = 0.0
        both = 0.0
        for line in range(lines):
            angle = 2.0 * np.pi * track[0, line] * ahead
            tremor += phasor[line, axis].real * np.cos(angle) - phasor[line, axis].imag * np.sin(angle)
            both += heard[line, axis]
        slope[axis] = (tremor - shown[axis]) / every
        bound[axis] = limit_rms * np.sqrt(both)
    return loudest > faintest


def build(settings: Settings, rate_hz: float, axes: int) -> Imm:
    """Make the filter from its settings."""
    return Imm(settings, rate_hz, axes)
