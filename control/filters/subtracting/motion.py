"""The stochastic model of a hand: voluntary motion driven by white jerk, tremor as oscillators of some width."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta
from scipy import linalg

from control.filters.subtracting.riccati import rotation
from robotics.config import Config
from robotics.contracts import Vector


class Oscillator(Config, frozen=True, kw_only=True):
    """One line of the tremor's spectrum.

    Attributes:
        frequency_hz: Its middle [Hz].
        width_hz: Its full width at half of its height [Hz].
        rms_um: Its root mean square [um].
    """

    frequency_hz: Annotated[float, Meta(gt=0, le=40)]
    width_hz: Annotated[float, Meta(gt=0, le=20)]
    rms_um: Annotated[float, Meta(gt=0, le=1e5)]


def white_jerk(density: float, dt: float) -> tuple[Vector, Vector]:
    """Transition and process noise of position, velocity and acceleration under white jerk, each shape (3, 3).

    Args:
        density: Two-sided density of the jerk [um^2/s^6/Hz].
        dt: Time step [s].
    """
    transition = np.array([[1.0, dt, dt * dt / 2.0], [0.0, 1.0, dt], [0.0, 0.0, 1.0]])
    process = density * np.array(
        [
            [dt**5 / 20.0, dt**4 / 8.0, dt**3 / 6.0],
            [dt**4 / 8.0, dt**3 / 3.0, dt**2 / 2.0],
            [dt**3 / 6.0, dt**2 / 2.0, dt],
        ]
    )
    return transition, process


def oscillation(oscillator: Oscillator, dt: float) -> tuple[Vector, Vector]:
    """Transition and process noise of a phasor that turns, decays and is driven anew, each shape (2, 2) [um].

    A decay rate of pi times the width gives its real part a spectrum of that width at half of its height.
    """
    decay = np.exp(-np.pi * oscillator.width_hz * dt)
    transition = decay * rotation(2.0 * np.pi * oscillator.frequency_hz * dt)
    return transition, np.eye(2) * oscillator.rms_um**2 * (1.0 - decay * decay)


def hand(density: float, oscillators: tuple[Oscillator, ...], dt: float) -> tuple[Vector, Vector, Vector]:
    """Transition, output row and process noise of motion and tremor together: (n, n), (n,), (n, n) [um, s]."""
    parts = [white_jerk(density, dt), *(oscillation(each, dt) for each in oscillators)]
    transition = linalg.block_diag(*[part[0] for part in parts])
    process = linalg.block_diag(*[part[1] for part in parts])
    output = np.concatenate([[1.0, 0.0, 0.0], np.tile([1.0, 0.0], len(oscillators))])
    return transition, output, process
