"""The band-limited combiners cancel a multisine; optimal weights do better than those of least mean squares."""

from __future__ import annotations

import numpy as np
import pytest

from control.filters import create

RATE_HZ = 1000.0


def multisine(frequencies: list[float]) -> np.ndarray:
    t = np.arange(12000) / RATE_HZ
    return 6e-5 * sum(np.sin(2 * np.pi * f * t + k) for k, f in enumerate(frequencies))


def left(name: str, tremor: np.ndarray, meant: np.ndarray | float = 0.0) -> float:
    """What is left of a tremor, over the tremor, once settled."""
    f = create(name, RATE_HZ, axes=1)
    y = np.array([f.update([value])[0] for value in tremor + meant])
    return float((y - meant)[8000:].std() / tremor[8000:].std())


@pytest.mark.parametrize(("name", "most"), [("bmflc", 0.1), ("bmflc_kalman", 0.02), ("ebmflc_kalman", 0.3)])
def test_a_multisine_of_frequencies_on_the_grid_is_cancelled(name: str, most: float) -> None:
    assert left(name, multisine([8.0, 9.5, 11.0])) < most


def test_between_the_grid_optimal_weights_leave_less_than_least_mean_squares() -> None:
    tremor = multisine([8.25, 9.7, 10.8])
    assert left("bmflc_kalman", tremor) < left("bmflc", tremor) < 0.9


@pytest.mark.parametrize("name", ["bmflc", "bmflc_kalman"])
def test_a_tremor_is_taken_from_a_reach_at_zero_phase(name: str) -> None:
    t = np.arange(12000) / RATE_HZ
    assert left(name, multisine([9.0, 10.5]), 2.5e-3 * np.sin(2 * np.pi * 0.4 * t)) < 0.2


@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 4000.0])
def test_the_gain_exists_at_every_rate(rate_hz: float) -> None:
    f = create("bmflc_kalman", rate_hz, axes=1)
    t = np.arange(int(8 * rate_hz)) / rate_hz
    x = 1e-4 * np.sin(2 * np.pi * 9.0 * t)
    y = np.array([f.update([value])[0] for value in x])
    assert y[len(y) // 2 :].std() < 0.05 * x.std()
