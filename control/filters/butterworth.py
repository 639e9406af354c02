"""Butterworth low-pass of any order: maximally flat, -3 dB at its cut-off, and late by its phase."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta
from scipy import signal

from control.filters.base import BaseFilter
from robotics.config import Config
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a Butterworth low-pass."""

    kind: str
    title: str = ""
    cutoff_hz: Annotated[float, Meta(ge=0.05, le=1000)]
    order: Annotated[int, Meta(ge=1, le=12)] = 2


_DEAD = 1e-9  # share of it at which an impulse response has died away


@kernel
def _cascade(sos: Vector, state: Vector, x: Vector, y: Vector) -> None:
    """One sample through second-order sections in transposed direct form II; state (sections, 2, axes)."""
    for axis in range(x.shape[0]):
        value = x[axis]
        for k in range(sos.shape[0]):
            out = sos[k, 0] * value + state[k, 0, axis]
            state[k, 0, axis] = sos[k, 1] * value - sos[k, 4] * out + state[k, 1, axis]
            state[k, 1, axis] = sos[k, 2] * value - sos[k, 5] * out
            value = out
        y[axis] = value


class Butterworth(BaseFilter):
    """A causal Butterworth low-pass as a cascade of second-order sections.

    Args:
        cutoff_hz: Frequency of -3 dB, below half the rate [Hz].
        order: Order of the filter.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Butterworth 1930; bilinear design by `scipy.signal.butter`.
    """

    def __init__(self, cutoff_hz: float, order: int, rate_hz: float, axes: int) -> None:
        super().__init__(rate_hz, axes)
        if not 0.0 < cutoff_hz < rate_hz / 2:
            raise ArgumentError(f"cutoff_hz is {cutoff_hz:g}, must lie in (0, {rate_hz / 2:g}), half of the rate")
        self._sos = np.ascontiguousarray(signal.butter(order, cutoff_hz, fs=rate_hz, output="sos"))
        self._settled = np.ascontiguousarray(signal.sosfilt_zi(self._sos))
        self._state = np.zeros((len(self._sos), 2, axes))
        _, poles, _ = signal.butter(order, cutoff_hz, fs=rate_hz, output="zpk")
        impulse = np.zeros(math.ceil(math.log(_DEAD) / math.log(float(np.abs(poles).max()))))
        impulse[0] = 1.0
        self._overshoot = 0.5 * (float(np.abs(signal.sosfilt(self._sos, impulse)).sum()) - 1.0)
        frequency = np.array([1e-3 * cutoff_hz])
        _, response = signal.sosfreqz(self._sos, worN=frequency, fs=rate_hz)
        self._delay = float(-np.angle(response[0]) / (2 * np.pi * frequency[0]))

    def delay(self) -> float:
        """Phase delay towards zero frequency [s]."""
        return self._delay

    def bound(self, span: float) -> float:
        """Overshoot of the worst motion, which jumps with the sign of the impulse response [m].

        An output is a sum of samples with weights that add up to one; what is below zero among them adds so much.
        """
        return self._overshoot * span

    def _start(self, x: Vector) -> None:
        self._state[:] = self._settled[:, :, None] * x

    def _filter(self, x: Vector, y: Vector) -> None:
        _cascade(self._sos, self._state, x, y)


def build(settings: Settings, rate_hz: float, axes: int) -> Butterworth:
    """Make the filter from its settings."""
    return Butterworth(settings.cutoff_hz, settings.order, rate_hz, axes)
