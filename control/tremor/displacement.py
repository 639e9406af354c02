"""From a recording to motion of the hand: tremor out of accelerations or positions, at any rate, as an endless loop."""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import detrend

from control.tremor.motion_file import MotionFile
from robotics.contracts import Vector
from robotics.errors import InputFileError

BAND_HZ = (3.0, 15.0)
"""Band in which motion counts as tremor [Hz]."""

TAPER_S = 0.75
"""Length of the taper at either end of a recording, left out of its loop [s]."""

_EDGE_HZ = 0.5  # half width of the band's raised-cosine edges: narrow, yet its ringing dies within the taper
_FOLD_S = 1.0  # longest cross-fade from the end of a loop to its beginning


def tremor(motion: MotionFile) -> tuple[Vector, Vector]:
    """Displacement in the tremor band of a recording, without delay.

    Accelerations lose their mean, with it gravity, and are band-passed and integrated twice in the frequency domain;
    positions are band-passed. The ends are tapered first, and cut off afterwards. Gravity that turns with a phone
    counts as motion: an accelerometer alone cannot tell the two apart.

    Args:
        motion: The recording.

    Returns:
        Times from 0, shape (n,) [s], evenly spaced, and displacement, shape (n, 3) [m].

    Raises:
        InputFileError: The recording is too short to keep a second of it.
    """
    time, x = _even(motion)
    rate = 1.0 / (time[1] - time[0])
    taper = round(TAPER_S * rate)
    if len(time) < 2 * taper + rate:
        raise InputFileError(
            f"{motion.path}: {time[-1]:.3g} s are too short for tremor; at least {2 * TAPER_S + 1.0:g} s are needed"
        )
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(taper) + 0.5) / taper)
    x = np.asarray(detrend(x, axis=0))
    x[:taper] *= ramp[:, None]
    x[-taper:] *= ramp[::-1, None]
    # Twice the length in zeros keeps what the integration spreads out from coming round to the other end.
    size = 3 * len(x)
    frequency = np.fft.rfftfreq(size, 1.0 / rate)
    gain = band_gain(frequency, min(BAND_HZ[1], 0.45 * motion.rate_hz))
    if motion.kind == "acceleration":
        gain = np.divide(-gain, (2.0 * np.pi * frequency) ** 2, out=np.zeros_like(gain), where=frequency > 0.0)
    y = np.fft.irfft(np.fft.rfft(x, size, axis=0) * gain[:, None], size, axis=0)[: len(x)]
    kept = y[taper:-taper]
    return np.arange(len(kept)) / rate, np.asarray(kept - kept.mean(axis=0))


def whole(motion: MotionFile) -> tuple[Vector, Vector]:
    """The whole motion of a recording of positions, from where it starts.

    Returns:
        Times from 0, shape (n,) [s], evenly spaced, and displacement, shape (n, 3) [m].

    Raises:
        InputFileError: It holds accelerations: where a hand went cannot be told from them.
    """
    if motion.kind != "position":
        raise InputFileError(
            f"{motion.path} holds accelerations, from which a hand's whole motion cannot be told;"
            " use its tremor instead"
        )
    time, x = _even(motion)
    return time, np.asarray(x - x[0])


def loop(time: Vector, x: Vector, dt: float, keep_power: bool) -> Vector:
    """Resample a motion and fold its end onto its beginning, so that it repeats without a seam.

    Args:
        time: Times from 0, shape (n,) [s].
        x: Motion, shape (n, 3) [m].
        dt: Period of the result [s].
        keep_power: Cross-fade so that the power stays level, as tremor wants; else so that the mean does.

    Returns:
        One round of the loop, shape (m, 3) [m]; row 0 follows row m - 1 smoothly.
    """
    length = float(time[-1])
    fold = min(_FOLD_S, length / 4.0)
    fine = CubicSpline(time, x, axis=0)(np.arange(math.floor(length / dt) + 1) * dt)
    count = max(round(fold / dt), 1)
    share = (np.arange(count) + 0.5) / count
    rising = np.sin(0.5 * np.pi * share) if keep_power else share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
    falling = np.cos(0.5 * np.pi * share) if keep_power else 1.0 - rising
    body = fine[:-count].copy()
    body[:count] = rising[:, None] * fine[:count] + falling[:, None] * fine[-count:]
    return np.ascontiguousarray(body)


def band_gain(frequency: Vector, high_hz: float = BAND_HZ[1]) -> Vector:
    """Gain of the tremor band with raised-cosine edges, a half at its corners; shape as ``frequency`` [Hz]."""
    low = np.clip((frequency - BAND_HZ[0]) / (2.0 * _EDGE_HZ) + 0.5, 0.0, 1.0)
    high = np.clip((high_hz - frequency) / (2.0 * _EDGE_HZ) + 0.5, 0.0, 1.0)
    return np.asarray(np.sin(0.5 * np.pi * low) ** 2 * np.sin(0.5 * np.pi * high) ** 2)


def _even(motion: MotionFile) -> tuple[Vector, Vector]:
    """The samples at even spacing, by a cubic spline: straight lines would lose 7 % of 8 Hz at 55 samples a second."""
    steps = max(round(float(motion.time[-1]) * motion.rate_hz), 2)
    time = np.asarray(np.linspace(0.0, float(motion.time[-1]), steps + 1), dtype=np.float64)
    return time, np.asarray(CubicSpline(motion.time, motion.samples, axis=0)(time))
