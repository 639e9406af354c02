"""A hand's tremor as a few lines, and the noise of its sensor, fitted to the spectrum of its motion.

The periodogram of a short record is the true spectrum smeared by the record's length. The model is smeared alike and
compared with it by Whittle's likelihood, so that a line comes out as narrow as it is and not as narrow as the window.

Source:
    Whittle 1953, Estimation and information in stationary time series: the likelihood of a periodogram I under a
    spectrum S is exp(-sum(ln S + I / S)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import find_peaks
from scipy.signal.windows import hann

from control.tremor.oscillators import Oscillators
from robotics.contracts import Vector
from vr_training.scoring.spectrum import BAND_HZ

_FITTED_HZ = (1.5, 25.0)
_QUIET_HZ = 40.0
"""Above it there is nothing but the noise of the sensor [Hz]."""

_WINDOW_S = 4.0
_PASSES = 2
_OUTLIER = 5.0  # times the median: a sum over three axes is there once in a hundred thousand
_FACTORS = (math.log(1e-2), math.log(10.0))  # of the voluntary motion next to the tremor, over white jerk
_LINES = 3  # most hands have one or two
_WORTH = 6.0  # of log-likelihood for a line's three figures: about twice what Akaike asks for
_WIDTHS_HZ = (0.2, 6.0)
_LEAST_NOISE = 1e-3  # of the tremor: a model without any noise has no filter


@dataclass(frozen=True)
class TremorLines:
    """What trembles and what the sensor adds.

    Attributes:
        tremor: The lines, each seen by all axes in part alike and in part by each for itself.
        noise_m: Noise of the sensor on an axis, root mean square [m].
    """

    tremor: Oscillators
    noise_m: float

    def jerk(self, frequency_hz: Vector) -> Vector:
        """Density of the jerk of the lines, mean over the axes, shape (m,) [m^2/s^6/Hz]."""
        bank = self.tremor
        powers = 0.5 * np.mean(np.abs(bank.shared) ** 2 + bank.own**2, axis=0)
        lines = [_line(frequency_hz, *line) for line in zip(powers, bank.centre_hz, bank.linewidth_hz, strict=True)]
        return np.asarray((2.0 * np.pi * frequency_hz) ** 6 * np.sum(lines, axis=0))


@dataclass(frozen=True)
class _Spectrum:
    """Cross-spectra of acceleration and what smears them.

    Attributes:
        frequency: Shape (m,) [Hz].
        cross: Shape (m, axes, axes) [m^2/s^4/Hz].
        smear: Mean autocorrelation of the windows, shape (nfft,).
        weight: Independent values that a frequency holds, all axes together.
        rate_hz: Sampling rate [Hz].
    """

    frequency: Vector
    cross: Vector
    smear: Vector
    weight: float
    rate_hz: float

    @property
    def axes(self) -> int:
        """Number of axes."""
        return int(self.cross.shape[1])

    @cached_property
    def power(self) -> Vector:
        """Density of acceleration, all axes together, shape (m,)."""
        return np.asarray(np.trace(self.cross, axis1=1, axis2=2).real)

    @cached_property
    def to_acceleration(self) -> Vector:
        """From the density of position to that of its second difference over the square of the period, shape (m,)."""
        return np.asarray((2.0 * self.rate_hz * np.sin(np.pi * self.frequency / self.rate_hz)) ** 4)

    def smearing(self, rows: NDArray[np.intp], columns: int) -> Vector:
        """`smeared` as a matrix, for densities that are known at the first so many frequencies only."""
        kernel = np.fft.fft(self.smear).real / len(self.smear)
        j = np.arange(columns)
        mirrored = np.where(j > 0, kernel[(rows[:, None] + j) % len(kernel)], 0.0)
        return np.asarray(kernel[rows[:, None] - j] + mirrored)

    def smeared(self, density: Vector) -> Vector:
        """What a periodogram of a process with this spectrum is on average."""
        return np.asarray(np.fft.rfft(np.fft.irfft(density) * self.smear).real)


def fit_lines(stretches: list[Vector], rate_hz: float, jerk_psd: float) -> TremorLines | None:
    """Fit lines and noise to stretches of motion, each of shape (n, axes) [m].

    Args:
        stretches: The motion.
        rate_hz: Sampling rate [Hz].
        jerk_psd: Where the fit of the voluntary motion starts: density of its jerk on an axis [m^2/s^6/Hz].

    Returns:
        Lines and noise; None where no line stands out.
    """
    found = _spectrum(stretches, rate_hz)
    if found is None:
        return None
    noise, tails = 0.0, np.zeros_like(found.frequency)
    for _ in range(_PASSES):
        # A line's tail reaches far beyond its own frequency: taken for noise it would make a poor sensor.
        noise = _noise(found, tails)
        x = _fit(found, jerk_psd, noise)
        tails = _tremor(found, x, np.ones(len(found.frequency), dtype=bool))
    return _bank(found, x, noise) if len(x) > 1 else None


def _fit(found: _Spectrum, jerk_psd: float, noise: float) -> Vector:
    """Add lines while they are worth it.

    Returns:
        Logarithms of the voluntary motion's factor on ``jerk_psd`` and of each line's power, frequency and width.
    """
    f = found.frequency
    band, near = (f >= _FITTED_HZ[0]) & (f <= _FITTED_HZ[1]), f <= 2.0 * _FITTED_HZ[1]
    smear = found.smearing(np.flatnonzero(band), np.count_nonzero(near))
    slow = smear @ (found.axes * jerk_psd / np.maximum(2.0 * np.pi * f[near], 2.0 * np.pi * f[1]) ** 2)
    floor = noise * found.smeared(found.to_acceleration)[band]
    power = found.power[band]

    def expected(x: Vector) -> Vector:
        return np.asarray(math.exp(x[0]) * slow + smear @ _tremor(found, x, near) + floor)

    def cost(x: Vector) -> float:
        mean = np.maximum(expected(x), 1e-30)
        return float(np.mean(np.log(mean) + power / mean))

    first = minimize(cost, np.zeros(1), method="L-BFGS-B", bounds=[_FACTORS])
    x, best, independent = np.asarray(first.x), float(first.fun), found.weight * np.count_nonzero(band)
    for _ in range(_LINES):
        more = _another(found, np.flatnonzero(band), expected(x))
        if more is None:
            break
        start = np.concatenate([x, more])
        bounds = [_FACTORS, *[(None, None), np.log(BAND_HZ), np.log(_WIDTHS_HZ)] * (len(start) // 3)]
        tried = minimize(cost, start, method="L-BFGS-B", bounds=bounds)
        if (best - float(tried.fun)) * independent < _WORTH:
            break
        x, best = np.asarray(tried.x), float(tried.fun)
    return x


def _tremor(found: _Spectrum, x: Vector, where: NDArray[np.bool_]) -> Vector:
    """Density of the acceleration of all lines where a mask over the frequencies is True."""
    f = found.frequency[where]
    lines = np.zeros_like(f)
    for power, centre, width in np.exp(x[1:]).reshape(-1, 3):
        lines += _line(f, power, centre, width)
    return np.asarray(lines * found.to_acceleration[where])


def _another(found: _Spectrum, band: NDArray[np.intp], expected: Vector) -> Vector | None:
    """Where to look for one more line: logarithms of its power, frequency and width."""
    excess = np.convolve(found.power[band] / expected, np.ones(5) / 5.0, "same")
    f, width = found.frequency[band], 1.0
    peaks, _ = find_peaks(np.where((f >= BAND_HZ[0]) & (f <= BAND_HZ[1]), excess, 0.0))
    if len(peaks) == 0:
        return None
    at = band[peaks[np.argmax(excess[peaks])]]
    power = 0.5 * np.pi * width * float(found.power[at] / found.to_acceleration[at])
    return np.log([power, found.frequency[at], width]) if power > 0.0 else None


def _line(f: Vector, power: float, centre_hz: float, width_hz: float) -> Vector:
    """Lorentzian of a given power, one-sided, shape (m,) [m^2/Hz]."""
    half = 0.5 * width_hz
    return np.asarray(
        power / np.pi * (half / ((f - centre_hz) ** 2 + half**2) + half / ((f + centre_hz) ** 2 + half**2))
    )


def _bank(found: _Spectrum, x: Vector, noise: float) -> TremorLines:
    """The lines as oscillators: how the axes share each of them, by the cross-spectra around it."""
    f, axes = found.frequency, found.axes
    lines = np.exp(x[1:]).reshape(-1, 3)
    shared, own = np.zeros((axes, len(lines)), dtype=complex), np.zeros((axes, len(lines)))
    for k, (power, centre, width) in enumerate(lines):
        # Around the line its share of the power is that of its cross-spectra: the voluntary motion is far below.
        near = np.abs(f - centre) <= max(0.5 * width, 0.5)
        cross = np.einsum("f,fab->ab", 1.0 / found.power[near], found.cross[near])
        values, vectors = np.linalg.eigh(cross)
        values *= 2.0 * power / float(values.sum())
        # What all directions have is each axis's own; what the strongest has beyond it is common to all.
        alone = float(values[:-1].mean()) if axes > 1 else 0.0
        shared[:, k] = vectors[:, -1] * math.sqrt(max(float(values[-1]) - alone, 0.0))
        total = np.einsum("ak,k,ak->a", vectors, values, vectors.conj()).real
        own[:, k] = np.sqrt(np.maximum(total - np.abs(shared[:, k]) ** 2, 0.0))
    tremor = math.sqrt(float(lines[:, 0].sum()) / axes)
    return TremorLines(
        Oscillators(lines[:, 1].copy(), lines[:, 2].copy(), shared, own),
        max(math.sqrt(0.5 * noise / axes * found.rate_hz), _LEAST_NOISE * tremor),
    )


def _noise(found: _Spectrum, tails: Vector) -> float:
    """Density of the sensor's noise, all axes together, beside the lines' tails [m^2/Hz]."""
    f = found.frequency
    quiet = (f >= min(_QUIET_HZ, 0.35 * found.rate_hz)) & (f < 0.48 * found.rate_hz)
    rest = (found.power - found.smeared(tails))[quiet] / found.smeared(found.to_acceleration)[quiet]
    if len(rest) == 0:
        return 0.0
    # What stands far out is the mains or the line of a drive.
    return max(float(np.mean(rest[rest <= _OUTLIER * np.median(np.abs(rest))])), 0.0)


def _spectrum(stretches: list[Vector], rate_hz: float) -> _Spectrum | None:
    """Cross-spectra over Hann windows of up to four seconds that overlap by half or more."""
    size = round(_WINDOW_S * rate_hz)
    nfft = 2 * size
    axes = stretches[0].shape[1] if stretches else 0
    cross, smear = np.zeros((size + 1, axes, axes), dtype=complex), np.zeros(nfft)
    weight, independent = 0.0, 0.0
    for stretch in stretches:
        acceleration = np.diff(stretch, 2, axis=0) * rate_hz**2
        spare = max(len(acceleration) - size, 0)
        for start in np.linspace(0, spare, math.ceil(2 * spare / size) + 1).astype(int):
            x = acceleration[start : start + size]
            window = hann(len(x), sym=False)
            z = np.fft.rfft((x - x.mean(axis=0)) * window[:, None], nfft, axis=0)
            energy = float(np.sum(window**2))
            cross += len(x) * 2.0 / (rate_hz * energy) * z[:, :, None] * z[:, None, :].conj()
            correlation = np.fft.irfft(np.abs(np.fft.rfft(window, nfft)) ** 2) / energy
            smear += len(x) * correlation
            weight += len(x)
        independent += len(acceleration) / nfft
    if weight == 0.0:
        return None
    frequency = np.asarray(np.fft.rfftfreq(nfft, 1.0 / rate_hz), dtype=np.float64)
    return _Spectrum(frequency, cross / weight, smear / weight, independent, rate_hz)
