"""A bank of oscillators at fixed frequencies with constant gains: what both band-limited combiners come down to.

The references sin and cos of a combiner turn; seen from them its weights stand still, seen from the weights the
references do. Here the weights turn, so that the recursion has constant coefficients and no phase to keep.
"""

from __future__ import annotations

import numpy as np

from control.filters.subtracting.base import SubtractingFilter
from control.filters.subtracting.gate import Gate, subtract
from control.filters.subtracting.highpass import highpass, inverse_at, sections
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel


@kernel
def _bank(
    x: Vector,
    y: Vector,
    origin: Vector,
    high: Vector,
    high_state: Vector,
    turns: Vector,
    gains: Vector,
    undo: Vector,
    phasors: Vector,
    gate: Vector,
    constants: Vector,
) -> None:
    """One sample of every axis.

    ``turns``, ``gains`` and ``undo`` are (2, n), real and imaginary; ``phasors`` is (axes, 2, n).
    """
    n = turns.shape[1]
    for axis in range(x.shape[0]):
        heard = sections(high, high_state, axis, x[axis] - origin[axis])
        missed = heard
        for k in range(n):
            u, v = phasors[axis, 0, k], phasors[axis, 1, k]
            phasors[axis, 0, k] = turns[0, k] * u - turns[1, k] * v
            phasors[axis, 1, k] = turns[1, k] * u + turns[0, k] * v
            missed -= phasors[axis, 0, k]
        estimate = 0.0
        for k in range(n):
            phasors[axis, 0, k] += gains[0, k] * missed
            phasors[axis, 1, k] += gains[1, k] * missed
            estimate += undo[0, k] * phasors[axis, 0, k] - undo[1, k] * phasors[axis, 1, k]
        y[axis] = subtract(x[axis], estimate, heard, missed, axis, gate, constants)


class OscillatorBank(SubtractingFilter):
    """Estimates the high-passed motion by oscillators of fixed frequency and subtracts them at zero phase.

    Args:
        frequencies_hz: Frequencies of the oscillators, shape (n,) [Hz].
        gains: How the innovation moves each phasor, real and imaginary, shape (2, n).
        highpass_hz: Cut-off of the high-pass in front [Hz].
        highpass_order: Its order.
        gate: When and how much is subtracted; |y - x| stays within its ``limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.
    """

    def __init__(
        self,
        frequencies_hz: Vector,
        gains: Vector,
        highpass_hz: float,
        highpass_order: int,
        gate: Gate,
        rate_hz: float,
        axes: int,
    ) -> None:
        super().__init__(gate, rate_hz, axes)
        self._high = highpass(highpass_hz, highpass_order, rate_hz)
        self._high_state = np.zeros((len(self._high), 2, axes))
        angles = 2.0 * np.pi * frequencies_hz / rate_hz
        self._turns = np.array([np.cos(angles), np.sin(angles)])
        self._gains = np.ascontiguousarray(gains)
        self._undo = inverse_at(self._high, frequencies_hz, rate_hz)
        self._phasors = np.zeros((axes, 2, len(frequencies_hz)))

    def _forget(self) -> None:
        self._high_state[:] = 0.0
        self._phasors[:] = 0.0

    def _filter(self, x: Vector, y: Vector) -> None:
        _bank(
            x,
            y,
            self._origin,
            self._high,
            self._high_state,
            self._turns,
            self._gains,
            self._undo,
            self._phasors,
            self._gate,
            self._constants,
        )


def grid(low_hz: float, high_hz: float, step_hz: float) -> Vector:
    """Frequencies from ``low_hz`` to ``high_hz`` in equal steps of about ``step_hz``, both ends among them [Hz]."""
    frequencies: Vector = np.linspace(
        low_hz, high_hz, 1 + max(1, round((high_hz - low_hz) / step_hz)), dtype=np.float64
    )
    return frequencies
