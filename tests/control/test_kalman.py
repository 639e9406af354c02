"""The steady-state Kalman filter is as good as its Riccati equation says, and better when it may be late."""

from __future__ import annotations

import itertools

import msgspec
import numpy as np
import pytest

from control.filters import create
from control.filters.kalman import Kalman, Settings, build
from control.filters.subtracting.gate import Gate
from control.filters.subtracting.motion import hand
from robotics import config

RATE_HZ = 500.0
OPEN = Gate(
    limit_mm=100.0,
    floor_um=1e-3,
    explained_low=-1.0,
    explained_high=0.0,
    settle_s=1e-3,
    watch_s=0.1,
    fade_in_s=1e-2,
    fade_out_s=1e-2,
)


def made(lag_ms: float, rate_hz: float = RATE_HZ, name: str = "kalman") -> tuple[Kalman, Settings]:
    """The filter with its gate wide open, so that it is the linear one."""
    settings = msgspec.structs.replace(config.load_named("filters", name, Settings), lag_ms=lag_ms, gate=OPEN)
    return build(settings, rate_hz, 8), settings


def record(settings: Settings, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Eight hands drawn from the filter's own model: voluntary motion and measurement, shape (samples, 8) [m]."""
    rng = np.random.default_rng(11)
    transition, output, process = hand(settings.jerk_density, settings.tremor, 1 / RATE_HZ)
    kicks = np.linalg.cholesky(process)
    state = np.zeros((len(output), 8))
    for i, line in enumerate(settings.tremor):
        state[3 + 2 * i : 5 + 2 * i] = line.rms_um * rng.normal(size=(2, 8))
    noise = settings.noise_um_per_sqrt_hz * np.sqrt(RATE_HZ / 2)
    meant, seen = np.empty((samples, 8)), np.empty((samples, 8))
    for k in range(samples):
        state = transition @ state + kicks @ rng.normal(size=state.shape)
        meant[k] = state[0]
        seen[k] = output @ state + noise * rng.normal(size=8)
    return 1e-6 * meant, 1e-6 * seen


@pytest.mark.parametrize("name", ["kalman", "kalman_rehab"])
@pytest.mark.parametrize("lag_ms", [0.0, 10.0, 30.0])
def test_the_error_on_its_own_model_is_the_one_that_the_riccati_equation_predicts(name: str, lag_ms: float) -> None:
    f, settings = made(lag_ms, name=name)
    meant, seen = record(settings, 10000)
    y = np.array([f.update(row) for row in seen])
    late = round(f.delay() * RATE_HZ)
    error = y[2000:] - meant[2000 - late : len(meant) - late]
    assert np.sqrt((error**2).mean()) == pytest.approx(f.predicted_error(), rel=0.08)


def test_the_later_the_better() -> None:
    errors = [made(lag_ms)[0].predicted_error() for lag_ms in (0.0, 10.0, 20.0, 30.0, 50.0)]
    assert all(later < sooner for sooner, later in itertools.pairwise(errors))
    assert errors[2] < 0.8 * errors[0]


def test_the_predicted_error_does_not_hang_on_the_rate() -> None:
    errors = [made(0.0, rate_hz)[0].predicted_error() for rate_hz in (250.0, 1000.0, 4000.0)]
    np.testing.assert_allclose(errors, errors[1], rtol=0.03)


def test_a_lag_asked_for_is_the_delay() -> None:
    assert create("kalman", 1000.0, 3).delay() == 0.0
    assert create("kalman", 1000.0, 3, lag_s=0.02).delay() == pytest.approx(0.02)
    f = create("kalman", 1000.0, 1, lag_s=0.02)
    for k in range(3000):
        y = f.update([1e-3 * k / 1000.0])[0]
    assert y == pytest.approx(1e-3 * (2.999 - 0.02), abs=1e-9)
