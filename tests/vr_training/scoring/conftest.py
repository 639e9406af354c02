"""Hand-made recordings whose figures are known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from control.tick import State, TickLayout, tick_dtype
from vr_training.scoring import Episode, Setup

DT = 1e-3


def make(tip: np.ndarray, signals: tuple[str, ...] = (), other: np.ndarray | None = None) -> np.ndarray:
    """Ticks of an arm `a` that follows throughout, with a second one `b` where ``other`` says where its tip was."""
    names = ("a",) if other is None else ("a", "b")
    ticks = np.zeros(len(tip), tick_dtype(TickLayout(arms=tuple((name, 6) for name in names), signals=signals)))
    ticks["sequence"], ticks["time"] = np.arange(len(tip)), DT * np.arange(len(tip))
    ticks["state"], ticks["target"] = int(State.ENGAGED), np.nan
    for name, path in zip(names, (tip, other), strict=False):
        arm = ticks["arms"][name]
        arm["tip"][:, :3] = arm["setpoint"][:, :3] = path
        arm["hand"][:, :3] = arm["hand_filtered"][:, :3] = 4.0 * path
        for pose in ("tip", "setpoint", "hand", "hand_filtered"):
            arm[pose][:, 3] = 1.0
    return ticks


def travel(seconds: float, length: float, duration: float, start: float = 0.0) -> np.ndarray:
    """A straight minimum-jerk reach along x, shape (n, 3)."""
    s = np.clip((np.arange(round(seconds / DT)) * DT - start) / duration, 0.0, 1.0)
    path = np.zeros((len(s), 3))
    path[:, 0] = length * s**3 * (10.0 - 15.0 * s + 6.0 * s**2)
    return path


@pytest.fixture(scope="session")
def made() -> Callable[..., np.ndarray]:
    """See `make`."""
    return make


@pytest.fixture(scope="session")
def reach() -> Callable[..., np.ndarray]:
    """See `travel`."""
    return travel


@pytest.fixture(scope="session")
def setup() -> Setup:
    """What the ticks of `made` do not say."""
    return Setup(arm="a", period_s=DT, scale=0.25)


@pytest.fixture(scope="session")
def seen(setup: Setup) -> Callable[[np.ndarray], Episode]:
    """Ticks of `made` seen through arm `a`."""
    return lambda ticks: Episode(ticks, setup)
