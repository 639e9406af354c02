"""The parts that subtracting filters share: the high-pass undone, the Riccati equation, the gate's settings."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from scipy import signal

from control.filters.subtracting.bank import grid
from control.filters.subtracting.gate import Gate, subtract
from control.filters.subtracting.highpass import bandpass, highpass, inverse_at, sections
from control.filters.subtracting.riccati import steady_state
from robotics.errors import ArgumentError

GATE = Gate(
    limit_mm=1.0,
    floor_um=10.0,
    explained_low=0.2,
    explained_high=0.6,
    settle_s=0.5,
    watch_s=0.2,
    fade_in_s=0.1,
    fade_out_s=0.05,
)


def test_the_inverse_undoes_the_high_pass_at_a_frequency() -> None:
    sos = highpass(3.0, 3, 1000.0)
    _, response = signal.sosfreqz(sos, worN=[5.0, 9.0, 12.0], fs=1000.0)
    real, imaginary = inverse_at(sos, np.array([5.0, 9.0, 12.0]), 1000.0)
    np.testing.assert_allclose((real + 1j * imaginary) * response, 1.0, rtol=1e-9)


def test_sections_filter_as_scipy_does() -> None:
    rng = np.random.default_rng(2)
    x, sos = rng.normal(size=200), bandpass(6.0, 14.0, 2, 500.0)
    state = np.zeros((len(sos), 2, 1))
    np.testing.assert_allclose([sections(sos, state, 0, value) for value in x], signal.sosfilt(sos, x), atol=1e-12)


def test_the_steady_state_is_where_the_recursion_ends() -> None:
    a, c = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([1.0, 0.0])
    q, r = np.diag([0.01, 0.02]), 0.5
    found, p = steady_state(a, c, q, r), np.eye(2)
    for _ in range(500):
        k = p @ c / (c @ p @ c + r)
        p = a @ (p - np.outer(k, c @ p)) @ a.T + q
    np.testing.assert_allclose(found.prior, p, rtol=1e-9)
    np.testing.assert_allclose(found.gain, k, rtol=1e-9)


def test_a_model_that_noise_never_reaches_has_no_steady_state() -> None:
    with pytest.raises(ArgumentError, match="steady state"):
        steady_state(np.array([[2.0]]), np.array([0.0]), np.array([[1.0]]), 1.0)


def opened(rms: float, missed: float, seconds: float) -> float:
    """How far the gate has opened on a sine of which the estimate misses a share."""
    state, constants = np.zeros((5, 1)), GATE.constants(1000.0)
    for k in range(int(seconds * 1000)):
        value = rms * np.sqrt(2) * np.sin(0.06 * k)
        subtract(value, value, value, missed * value, 0, state, constants)
    return float(state[3, 0])


def test_the_gate_opens_to_a_tremor_that_is_there_and_understood() -> None:
    assert opened(1e-4, 0.1, 3.0) > 0.99
    assert opened(1e-4, 0.1, 0.49) == 0.0
    assert opened(5e-6, 0.1, 3.0) == 0.0
    assert opened(1e-4, 0.95, 3.0) == 0.0
    assert 0.3 < opened(1e-4, np.sqrt(0.6), 3.0) < 0.7


def test_a_gate_that_opens_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="explained_low"):
        msgspec.structs.replace(GATE, explained_low=0.7).__post_init__()


def test_a_grid_has_both_ends_of_its_band() -> None:
    np.testing.assert_allclose(grid(6.0, 8.0, 0.5), [6.0, 6.5, 7.0, 7.5, 8.0])
    np.testing.assert_allclose(grid(6.0, 6.2, 1.0), [6.0, 6.2])
