"""A bank of Kalman filters that differ in how vigorously the hand may move, and switch as the hand does.

State of one filter, for the axes of a group together: position, velocity and acceleration of what the hand means, axis by
axis, then a phasor per line of the tremor and axis. The acceleration forgets in a tenth of a second or less and is driven
by white jerk, of a density that is the filter's own: from a hand that rests to one that is thrown. The phasors turn at
their line's frequency, lose their phase at the rate of its linewidth (a constant share of its frequency: slow tremors
keep time longer), and are excited together: a hand trembles as one
body, so what is seen of its tremor across the motion tells of the tremor along it.

The filters interact as in Blom and Bar-Shalom 1988 (IEEE Trans. Automatic Control 33:780): mixed by the probability of
switching, each corrected by the sample, weighed by how well it foresaw it. One set of weights serves all axes of a group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from control.filters.switching.monitor import LINES
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

_LEAST = 1e-6  # weight that a filter keeps, so that it can come back
_TRACK_S = 1.5  # over which the phasors' turning is averaged
_NEAR_HZ = 0.6  # how far a line may be from where the monitor hears it
_CLOSE_S = 0.2  # in which the line's frequency closes in on that of the phasors
_SHARED = 0.95  # of the correlation seen between axes: what is learnt is never quite certain
_FIRST_S = 0.3  # before which no phasor is worth following


@dataclass(frozen=True)
class Bank:
    """Model and state of one group's filters; J filters, n states, A axes, L lines.

    Attributes:
        motion: Transition of position, velocity, acceleration over one step, shape (3, 3).
        jerk: Their covariance from white jerk of unit density over one step, shape (3, 3).
        density: Density of white jerk of each filter, shape (J,) [um^2/s^6/Hz].
        switching: Probability of going from one filter to another in a step, shape (J, J).
        weight: Probability of each filter, and a scratch row, shape (2, J).
        state: Of each filter, and mixed, shape (2, J, n) [um, s].
        spread: Their covariances, shape (2, J, n, n).
        turned: Scratch, shape (n, n).
        moment: Second moments of the phasors between axes, shape (L, A, A) [um^2].
        phasor: Newest phasors, shape (L, A) [um].
        track: Frequency of each line [Hz], then its mean turning, real and imaginary; shape (3, L).
        count: Steps so far, shape (1,).
    """

    motion: Vector
    jerk: Vector
    density: Vector
    switching: Vector
    weight: Vector
    state: Vector
    spread: Vector
    turned: Vector
    moment: NDArray[np.complex128]
    phasor: NDArray[np.complex128]
    track: Vector
    count: Vector

    def reset(self, z: Vector) -> None:
        """Start at rest at ``z``, shape (A,) [um], with no filter preferred and nothing known of the tremor."""
        axes = len(z)
        self.weight[:] = 1.0 / self.weight.shape[1]
        self.state[:], self.spread[:], self.moment[:], self.phasor[:] = 0.0, 0.0, 0.0, 0.0
        self.track[:], self.count[:] = 0.0, 0.0
        at = np.arange(axes)
        self.state[0][:, 3 * at] = z
        for k, variance in enumerate(_AT_FIRST):
            self.spread[0][:, 3 * at + k, 3 * at + k] = variance
        for line in range(LINES):
            self.moment[line, at, at] = 1.0
            for part in range(2):
                index = 3 * axes + 2 * (line * axes + at) + part
                self.spread[0][:, index, index] = _TREMOR_AT_FIRST


_AT_FIRST = (2.5e3, 1e8, 1e10)  # variances of position, velocity, acceleration: 50 um, 10 mm/s, 100 mm/s^2
_TREMOR_AT_FIRST = 2.5e3  # 50 um


def make_bank(axes: int, dt: float, densities: Vector, persistence_s: float, forgetting_s: float) -> Bank:
    """Filters for ``axes`` signals.

    Args:
        axes: Number of signals that are filtered together.
        dt: Time between samples [s].
        densities: Densities of white jerk, growing, shape (J,) [um^2/s^6/Hz].
        persistence_s: Mean time for which the hand stays with one of them [s].
        forgetting_s: Time in which the acceleration forgets [s].
    """
    count, size = len(densities), (3 + 2 * LINES) * axes
    drift = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0 / forgetting_s]])
    noise = np.diag([0.0, 0.0, 1.0])
    # Van Loan 1978, IEEE Trans. Automatic Control 23:395.
    block = expm(np.block([[-drift, noise], [np.zeros((3, 3)), drift.T]]) * dt)
    motion = block[3:, 3:].T
    stay = np.exp(-dt / persistence_s)
    switching = np.eye(count) * stay
    for i in range(count):
        neighbours = [j for j in (i - 1, i + 1) if 0 <= j < count]
        switching[i, neighbours] = (1.0 - stay) / len(neighbours)
    if count == 1:
        switching[:] = 1.0
    return Bank(
        motion=np.ascontiguousarray(motion),
        jerk=np.ascontiguousarray(motion @ block[:3, 3:]),
        density=np.array(densities, dtype=np.float64),
        switching=switching,
        weight=np.zeros((2, count)),
        state=np.zeros((2, count, size)),
        spread=np.zeros((2, count, size, size)),
        turned=np.zeros((size, size)),
        moment=np.zeros((LINES, axes, axes), dtype=np.complex128),
        phasor=np.zeros((LINES, axes), dtype=np.complex128),
        track=np.zeros((3, LINES)),
        count=np.zeros(1),
    )


@kernel
def think(
    z: Vector,
    dt: float,
    noise: float,
    memory_s: float,
    width: Vector,
    heard_hz: Vector,
    power: Vector,
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
) -> None:
    """Take in one sample ``z``, shape (A,) [um].

    Args:
        z: The sample.
        dt: Time since the sample before [s].
        noise: Variance of the sample's own noise [um^2].
        memory_s: Time over which the correlation between axes is learnt [s].
        width: Linewidth of each line over its frequency, shape (L,).
        heard_hz: Where the monitor hears the lines, shape (L,) [Hz].
        power: How strong it hears them, shape (L, A) [um^2].
        motion, jerk, density, switching, weight, state, spread, turned, moment, phasor, track, count: As in `Bank`.
    """
    filters, lines, axes = state.shape[1], width.shape[0], z.shape[0]
    now = count[0] * dt
    count[0] += 1.0
    for line in range(lines):
        track[0, line] = min(max(track[0, line], heard_hz[line] - _NEAR_HZ), heard_hz[line] + _NEAR_HZ)

    best = -1e300
    for j in range(filters):
        _mix(j, switching, weight, state, spread)
        _predict(state[1, j], spread[1, j], turned, axes, dt, width, track, motion)
        _excite(spread[1, j], axes, dt, width, track, power, moment, jerk, density[j])
        fit = np.log(weight[1, j]) + _correct(state[1, j], spread[1, j], turned[0], z, noise, lines)
        weight[1, j] = fit
        best = max(best, fit)
    total = 0.0
    for j in range(filters):
        weight[0, j] = max(np.exp(weight[1, j] - best), _LEAST)
        total += weight[0, j]
    for j in range(filters):
        weight[0, j] /= total
    state[0] = state[1]
    spread[0] = spread[1]
    _learn(now, dt, memory_s, weight[0], state[0], spread[0], moment, phasor, track)


@kernel
def _mix(j: int, switching: Vector, weight: Vector, state: Vector, spread: Vector) -> None:
    """What filter ``j`` starts from: those that may have led to it, merged."""
    filters, n = state.shape[1], state.shape[2]
    reach = 0.0
    for i in range(filters):
        reach += switching[i, j] * weight[0, i]
    weight[1, j] = reach
    mean, cover = state[1, j], spread[1, j]
    mean[:] = 0.0
    cover[:] = 0.0
    for i in range(filters):
        if switching[i, j] > 0.0:
            share = switching[i, j] * weight[0, i] / reach
            for p in range(n):
                mean[p] += share * state[0, i, p]
    for i in range(filters):
        if switching[i, j] > 0.0:
            share = switching[i, j] * weight[0, i] / reach
            for p in range(n):
                apart = share * (state[0, i, p] - mean[p])
                for q in range(n):
                    cover[p, q] += share * spread[0, i, p, q] + apart * (state[0, i, q] - mean[q])


@kernel
def _predict(
    mean: Vector, cover: Vector, turned: Vector, axes: int, dt: float, width: Vector, track: Vector, motion: Vector
) -> None:
    """One step ahead, without new excitation: F x and F P F'."""
    n, lines = mean.shape[0], width.shape[0]
    for axis in range(axes):
        i = 3 * axis
        mean[i] += motion[0, 1] * mean[i + 1] + motion[0, 2] * mean[i + 2]
        mean[i + 1] += motion[1, 2] * mean[i + 2]
        mean[i + 2] *= motion[2, 2]
    for line in range(lines):
        keep = np.exp(-np.pi * width[line] * track[0, line] * dt)
        cos = keep * np.cos(2.0 * np.pi * track[0, line] * dt)
        sin = keep * np.sin(2.0 * np.pi * track[0, line] * dt)
        for axis in range(axes):
            i = 3 * axes + 2 * (line * axes + axis)
            real = cos * mean[i] - sin * mean[i + 1]
            mean[i + 1] = sin * mean[i] + cos * mean[i + 1]
            mean[i] = real
    # Rows of F P, written as columns; the same once more gives F (F P)' = F P F', for P is symmetric.
    for _ in range(2):
        for axis in range(axes):
            i = 3 * axis
            for q in range(n):
                a, b, c = cover[i, q], cover[i + 1, q], cover[i + 2, q]
                turned[q, i] = a + motion[0, 1] * b + motion[0, 2] * c
                turned[q, i + 1] = b + motion[1, 2] * c
                turned[q, i + 2] = motion[2, 2] * c
        for line in range(lines):
            keep = np.exp(-np.pi * width[line] * track[0, line] * dt)
            cos = keep * np.cos(2.0 * np.pi * track[0, line] * dt)
            sin = keep * np.sin(2.0 * np.pi * track[0, line] * dt)
            for axis in range(axes):
                i = 3 * axes + 2 * (line * axes + axis)
                for q in range(n):
                    a, b = cover[i, q], cover[i + 1, q]
                    turned[q, i] = cos * a - sin * b
                    turned[q, i + 1] = sin * a + cos * b
        cover[:] = turned


@kernel
def _excite(
    cover: Vector,
    axes: int,
    dt: float,
    width: Vector,
    track: Vector,
    power: Vector,
    moment: NDArray[np.complex128],
    jerk: Vector,
    density: float,
) -> None:
    """Add what a step's jerk and a step's new tremor may have changed."""
    for axis in range(axes):
        for u in range(3):
            for v in range(3):
                cover[3 * axis + u, 3 * axis + v] += density * jerk[u, v]
    for line in range(width.shape[0]):
        fresh = 1.0 - np.exp(-2.0 * np.pi * width[line] * track[0, line] * dt)
        for a in range(axes):
            i = 3 * axes + 2 * (line * axes + a)
            for b in range(axes):
                k = 3 * axes + 2 * (line * axes + b)
                size = fresh * np.sqrt(power[line, a] * power[line, b])
                if a == b:
                    cover[i, i] += size
                    cover[i + 1, i + 1] += size
                else:
                    norm = np.sqrt(moment[line, a, a].real * moment[line, b, b].real)
                    real = _SHARED * size * moment[line, a, b].real / norm
                    imag = _SHARED * size * moment[line, a, b].imag / norm
                    cover[i, k] += real
                    cover[i + 1, k + 1] += real
                    cover[i + 1, k] += imag
                    cover[i, k + 1] -= imag


@kernel
def _correct(mean: Vector, cover: Vector, gain: Vector, z: Vector, noise: float, lines: int) -> float:
    """Correct a filter by the sample, axis after axis; its log-likelihood but for a constant."""
    n, axes = mean.shape[0], z.shape[0]
    fit = 0.0
    for axis in range(axes):
        foreseen = mean[3 * axis]
        gain[:] = cover[3 * axis]
        for line in range(lines):
            i = 3 * axes + 2 * (line * axes + axis)
            foreseen += mean[i]
            for p in range(n):
                gain[p] += cover[i, p]
        variance = noise + gain[3 * axis]
        for line in range(lines):
            variance += gain[3 * axes + 2 * (line * axes + axis)]
        error = z[axis] - foreseen
        for p in range(n):
            share = gain[p] / variance
            mean[p] += share * error
            for q in range(n):
                cover[p, q] -= share * gain[q]
        fit -= 0.5 * (error * error / variance + np.log(variance))
    return fit


@kernel
def _learn(
    now: float,
    dt: float,
    memory_s: float,
    weight: Vector,
    state: Vector,
    spread: Vector,
    moment: NDArray[np.complex128],
    phasor: NDArray[np.complex128],
    track: Vector,
) -> None:
    """Merge the phasors of all filters; learn how axes go together, and at which frequency the lines turn."""
    filters = state.shape[0]
    lines, axes = phasor.shape
    pace = 1.0 - np.exp(-dt / min(memory_s, 0.3 + 0.5 * now))
    keep, close = np.exp(-dt / _TRACK_S), min(dt / _CLOSE_S, 1.0)
    for line in range(lines):
        first = 3 * axes + 2 * line * axes
        turn = complex(track[1, line], track[2, line]) * keep
        for a in range(axes):
            newest = complex(0.0, 0.0)
            for j in range(filters):
                newest += weight[j] * complex(state[j, first + 2 * a], state[j, first + 2 * a + 1])
            turn += newest * phasor[line, a].conjugate() / (moment[line, a, a].real + 1.0)
            phasor[line, a] = newest
        track[1, line], track[2, line] = turn.real, turn.imag
        if now > _FIRST_S and turn != 0.0:
            hz = np.arctan2(turn.imag, turn.real) / (2.0 * np.pi * dt)
            track[0, line] += close * (hz - track[0, line])
        for a in range(axes):
            for b in range(a + 1):
                i, k = first + 2 * a, first + 2 * b
                seen = complex(0.0, 0.0)
                for j in range(filters):
                    x, y = complex(state[j, i], state[j, i + 1]), complex(state[j, k], state[j, k + 1])
                    unknown = complex(
                        spread[j, i, k] + spread[j, i + 1, k + 1], spread[j, i + 1, k] - spread[j, i, k + 1]
                    )
                    seen += 0.5 * weight[j] * (x * y.conjugate() + unknown)
                moment[line, a, b] += pace * (seen - moment[line, a, b])
                moment[line, b, a] = moment[line, a, b].conjugate()
            moment[line, a, a] = complex(max(moment[line, a, a].real, 1e-3), 0.0)
