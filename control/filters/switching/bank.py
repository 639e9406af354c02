"""A bank of Kalman filters that differ in the kind of hand and in how vigorously it may move, and switch as it does.

State of one filter, for the axes of a group together: position, velocity and acceleration of what the hand means, axis
by axis, then a phasor per line of the tremor and axis. The velocity and the acceleration forget in times that make the
filter's kind: a hand that glides keeps its velocity, in one that keeps its place both die away at once. They are driven
by white jerk, of a density that is the filter's own: from a hand that rests to one that is thrown. The phasors turn at
their line's frequency, lose their phase at the rate of its linewidth (a constant share of its frequency: slow tremors
keep time longer), and are excited together: a hand trembles as one body, so what is seen of its tremor across the
motion tells of the tremor along it.

The filters interact as in Blom and Bar-Shalom 1988 (IEEE Trans. Automatic Control 33:780): corrected by each sample,
weighed by how well they foresaw it, and mixed by the probability of switching, some 250 times a second. One set of
weights serves all axes of a group. Where a lag is allowed, positions of the last few mixings stay in the state: what
they turn out to have been is a fixed-lag smoother's answer.
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
_AT_FIRST = (2.5e3, 1e8, 1e10)  # variances of position, velocity, acceleration: 50 um, 10 mm/s, 100 mm/s^2
_TREMOR_AT_FIRST = 2.5e3  # 50 um


@dataclass(frozen=True)
class Bank:
    """Model and state of one group's filters; J filters, n states, A axes, L lines, D positions kept for a lag.

    Attributes:
        motion: Transition of position, velocity, acceleration over one sample, of each filter; shape (J, 3, 3).
        jerk: Their covariance from white jerk over one sample, of each filter; shape (J, 3, 3) [um, s].
        switching: Probability of going from one filter to another in a mixing, shape (J, J).
        weight: Probability of each filter, and a scratch row, shape (2, J).
        state: Of each filter, from one mixing to the next in one half, then in the other; shape (2, J, n) [um, s].
        spread: Their covariances, shape (2, J, n, n).
        scratch: Scratch, shape (2, n).
        turn: Cosine and sine of each line's turn in a sample, shrunk by what it forgets; shape (2, L).
        fresh: Covariance of the tremor that a sample brings, shape (2 L A, 2 L A) [um^2].
        moment: Second moments of the phasors between axes, shape (L, A, A) [um^2].
        phasor: Newest phasors, shape (L, A) [um].
        track: Frequency of each line [Hz], then its mean turning, real and imaginary; shape (3, L).
        count: Mixings so far, shape (1,).
    """

    motion: Vector
    jerk: Vector
    switching: Vector
    weight: Vector
    state: Vector
    spread: Vector
    scratch: Vector
    turn: Vector
    fresh: Vector
    moment: NDArray[np.complex128]
    phasor: NDArray[np.complex128]
    track: Vector
    count: Vector

    def reset(self) -> None:
        """Start at rest at zero, with no filter preferred and nothing known of the tremor."""
        axes = self.phasor.shape[1]
        self.weight[:] = 1.0 / self.weight.shape[1]
        for array in (self.state, self.spread, self.moment, self.phasor, self.turn, self.fresh, self.track, self.count):
            array[:] = 0.0
        at = np.arange(axes)
        for k, variance in enumerate(_AT_FIRST):
            self.spread[0][:, 3 * at + k, 3 * at + k] = variance
        for line in range(LINES):
            self.moment[line, at, at] = 1.0
            for part in range(2):
                index = 3 * axes + 2 * (line * axes + at) + part
                self.spread[0][:, index, index] = _TREMOR_AT_FIRST


def make_bank(
    axes: int,
    sample_s: float,
    mixing_s: float,
    forgetting_s: tuple[tuple[float, float], ...],
    densities: Vector,
    persistence_s: tuple[float, float],
    kept: int,
) -> Bank:
    """Filters for ``axes`` signals: one of each kind of hand and each density.

    Args:
        axes: Number of signals that are filtered together.
        sample_s: Time between samples [s].
        mixing_s: Time between mixings [s].
        forgetting_s: Times in which the velocity and the acceleration of each kind of hand forget [s].
        densities: Densities of white jerk, growing [um^2/s^6/Hz].
        persistence_s: Mean time for which the hand is of one kind, and for which it stays with one density [s].
        kept: Number of past positions to keep, one of each mixing.
    """
    moves = [_moves(sample_s, *times, density) for times in forgetting_s for density in densities]
    count, size = len(moves), (3 + 2 * LINES + kept) * axes
    ladder = _ladder(len(densities), np.exp(-mixing_s / persistence_s[1]))
    kinds, turns = len(forgetting_s), -np.expm1(-mixing_s / persistence_s[0])
    between = np.eye(1) if kinds == 1 else np.full((kinds, kinds), turns / (kinds - 1))
    np.fill_diagonal(between, 1.0 - turns if kinds > 1 else 1.0)
    return Bank(
        motion=np.ascontiguousarray([motion for motion, _ in moves]),
        jerk=np.ascontiguousarray([jerk for _, jerk in moves]),
        switching=np.asarray(np.kron(between, ladder), np.float64),
        weight=np.zeros((2, count)),
        state=np.zeros((2, count, size)),
        spread=np.zeros((2, count, size, size)),
        scratch=np.zeros((2, size)),
        turn=np.zeros((2, LINES)),
        fresh=np.zeros((2 * LINES * axes, 2 * LINES * axes)),
        moment=np.zeros((LINES, axes, axes), dtype=np.complex128),
        phasor=np.zeros((LINES, axes), dtype=np.complex128),
        track=np.zeros((3, LINES)),
        count=np.zeros(1),
    )


def _moves(sample_s: float, velocity_s: float, acceleration_s: float, density: float) -> tuple[Vector, Vector]:
    """Transition and covariance of a hand's position, velocity and acceleration over one sample, shape (3, 3) each."""
    drift = np.array([[0.0, 1.0, 0.0], [0.0, -1.0 / velocity_s, 1.0], [0.0, 0.0, -1.0 / acceleration_s]])
    noise = np.diag([0.0, 0.0, density])
    # Van Loan 1978, IEEE Trans. Automatic Control 23:395.
    block = expm(np.block([[-drift, noise], [np.zeros((3, 3)), drift.T]]) * sample_s)
    motion = block[3:, 3:].T
    return motion, motion @ block[:3, 3:]


def _ladder(count: int, stay: float) -> Vector:
    """Probability of going from one rung to another when only the next ones can be reached, shape (count, count)."""
    switching = np.eye(count) * (stay if count > 1 else 1.0)
    for i in range(count):
        neighbours = [j for j in (i - 1, i + 1) if 0 <= j < count]
        switching[i, neighbours] = (1.0 - stay) / max(len(neighbours), 1)
    return switching


@kernel
def take_in(
    z: Vector,
    noise: float,
    motion: Vector,
    jerk: Vector,
    weight: Vector,
    state: Vector,
    spread: Vector,
    scratch: Vector,
    turn: Vector,
    fresh: Vector,
) -> None:
    """Go on by one sample ``z``, shape (A,) [um], whose own noise has variance ``noise`` [um^2].

    ``state`` is (J, n) and ``spread`` (J, n, n): the half in use; the rest as in `Bank`.
    """
    filters, axes = state.shape[0], z.shape[0]
    lines = turn.shape[1]
    best = -1e300
    for j in range(filters):
        mean, cover = state[j], spread[j]
        _predict(mean, cover, axes, motion[j], turn)
        for axis in range(axes):
            for u in range(3):
                for v in range(3):
                    cover[3 * axis + u, 3 * axis + v] += jerk[j, u, v]
        for p in range(fresh.shape[0]):
            row, more = cover[3 * axes + p], fresh[p]
            for q in range(fresh.shape[0]):
                row[3 * axes + q] += more[q]
        weight[1, j] = np.log(weight[0, j]) + _correct(mean, cover, scratch[0], z, noise, lines)
        best = max(best, weight[1, j])
    total = 0.0
    for j in range(filters):
        weight[0, j] = max(np.exp(weight[1, j] - best), _LEAST)
        total += weight[0, j]
    for j in range(filters):
        weight[0, j] /= total


@kernel
def mix(
    switching: Vector, weight: Vector, state: Vector, spread: Vector, scratch: Vector, axes: int, after: int
) -> None:
    """Let every filter start afresh from those that may have led to it, in half ``after``, and keep the positions."""
    filters, n = state.shape[1], state.shape[2]
    before, apart = 1 - after, scratch[0]
    for j in range(filters):
        reach = 0.0
        for i in range(filters):
            reach += switching[i, j] * weight[0, i]
        weight[1, j] = reach
        mean, cover = state[after, j], spread[after, j]
        mean[:] = 0.0
        cover[:] = 0.0
        for i in range(filters):
            if switching[i, j] > 0.0:
                share = switching[i, j] * weight[0, i] / reach
                for p in range(n):
                    mean[p] += share * state[before, i, p]
        for i in range(filters):
            if switching[i, j] > 0.0:
                share = switching[i, j] * weight[0, i] / reach
                for p in range(n):
                    apart[p] = state[before, i, p] - mean[p]
                for p in range(n):
                    row, source, far = cover[p], spread[before, i, p], apart[p]
                    for q in range(n):
                        row[q] += share * (source[q] + far * apart[q])
        _keep(mean, cover, axes)
    weight[0] = weight[1]


@kernel
def _keep(mean: Vector, cover: Vector, axes: int) -> None:
    """Move the kept positions on by one place, and put the newest in the first."""
    n = mean.shape[0]
    first = 3 * axes + 2 * LINES * axes
    for i in range(n - 1, first - 1, -1):
        source = i - axes if i - axes >= first else 3 * (i - first)
        mean[i] = mean[source]
        for q in range(n):
            cover[i, q] = cover[source, q]
    for p in range(n):
        row = cover[p]
        for i in range(n - 1, first - 1, -1):
            row[i] = row[i - axes] if i - axes >= first else row[3 * (i - first)]


@kernel
def _predict(mean: Vector, cover: Vector, axes: int, motion: Vector, turn: Vector) -> None:
    """One sample ahead, without new excitation: F x and F P F', in place."""
    n, lines = mean.shape[0], turn.shape[1]
    m01, m02, m11, m12, m22 = motion[0, 1], motion[0, 2], motion[1, 1], motion[1, 2], motion[2, 2]
    for axis in range(axes):
        i = 3 * axis
        mean[i] += m01 * mean[i + 1] + m02 * mean[i + 2]
        mean[i + 1] = m11 * mean[i + 1] + m12 * mean[i + 2]
        mean[i + 2] *= m22
        first, second, third = cover[i], cover[i + 1], cover[i + 2]
        for q in range(n):
            first[q] += m01 * second[q] + m02 * third[q]
            second[q] = m11 * second[q] + m12 * third[q]
            third[q] *= m22
    for line in range(lines):
        cos, sin = turn[0, line], turn[1, line]
        for axis in range(axes):
            i = 3 * axes + 2 * (line * axes + axis)
            real = cos * mean[i] - sin * mean[i + 1]
            mean[i + 1] = sin * mean[i] + cos * mean[i + 1]
            mean[i] = real
            first, second = cover[i], cover[i + 1]
            for q in range(n):
                a, b = first[q], second[q]
                first[q] = cos * a - sin * b
                second[q] = sin * a + cos * b
    for p in range(n):
        row = cover[p]
        for axis in range(axes):
            i = 3 * axis
            row[i] += m01 * row[i + 1] + m02 * row[i + 2]
            row[i + 1] = m11 * row[i + 1] + m12 * row[i + 2]
            row[i + 2] *= m22
        for line in range(lines):
            cos, sin = turn[0, line], turn[1, line]
            for axis in range(axes):
                i = 3 * axes + 2 * (line * axes + axis)
                a, b = row[i], row[i + 1]
                row[i] = cos * a - sin * b
                row[i + 1] = sin * a + cos * b


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
            row = cover[i]
            for p in range(n):
                gain[p] += row[p]
        variance = noise + gain[3 * axis]
        for line in range(lines):
            variance += gain[3 * axes + 2 * (line * axes + axis)]
        error = z[axis] - foreseen
        for p in range(n):
            share = gain[p] / variance
            mean[p] += share * error
            row = cover[p]
            for q in range(n):
                row[q] -= share * gain[q]
        fit -= 0.5 * (error * error / variance + np.log(variance))
    return float(fit)


@kernel
def learn(
    now: float,
    sample_s: float,
    mixing_s: float,
    memory_s: float,
    width: Vector,
    heard_hz: Vector,
    power: Vector,
    weight: Vector,
    state: Vector,
    spread: Vector,
    turn: Vector,
    fresh: Vector,
    moment: NDArray[np.complex128],
    phasor: NDArray[np.complex128],
    track: Vector,
) -> None:
    """Learn from all filters how the axes tremble together and at which frequency, and prepare the next samples for it.

    Args:
        now: Time since the start [s].
        sample_s, mixing_s: Time between samples, and between mixings [s].
        memory_s: Time over which the correlation between axes is learnt [s].
        width: Linewidth of each line over its frequency, shape (L,).
        heard_hz: Where the monitor hears the lines, shape (L,) [Hz].
        power: How strong it hears them, shape (L, A) [um^2].
        weight, state, spread: Of the filters, shapes (J,), (J, n), (J, n, n).
        turn, fresh, moment, phasor, track: As in `Bank`.
    """
    lines, axes = phasor.shape
    pace = 1.0 - np.exp(-mixing_s / min(memory_s, 0.3 + 0.5 * now))
    keep, close = np.exp(-mixing_s / _TRACK_S), min(mixing_s / _CLOSE_S, 1.0)
    for line in range(lines):
        first = 2 * line * axes
        turning = complex(track[1, line], track[2, line]) * keep
        for a in range(axes):
            newest = complex(0.0, 0.0)
            for j in range(state.shape[0]):
                i = 3 * axes + first + 2 * a
                newest += weight[j] * complex(state[j, i], state[j, i + 1])
            turning += newest * phasor[line, a].conjugate() / (moment[line, a, a].real + 1.0)
            phasor[line, a] = newest
        track[1, line], track[2, line] = turning.real, turning.imag
        if now > _FIRST_S and turning != 0.0:
            hz = np.arctan2(turning.imag, turning.real) / (2.0 * np.pi * mixing_s)
            track[0, line] += close * (hz - track[0, line])
        track[0, line] = min(max(track[0, line], heard_hz[line] - _NEAR_HZ), heard_hz[line] + _NEAR_HZ)
        for a in range(axes):
            for b in range(a + 1):
                i, k = 3 * axes + first + 2 * a, 3 * axes + first + 2 * b
                seen = complex(0.0, 0.0)
                for j in range(state.shape[0]):
                    x, y = complex(state[j, i], state[j, i + 1]), complex(state[j, k], state[j, k + 1])
                    unknown = complex(
                        spread[j, i, k] + spread[j, i + 1, k + 1], spread[j, i + 1, k] - spread[j, i, k + 1]
                    )
                    seen += 0.5 * weight[j] * (x * y.conjugate() + unknown)
                moment[line, a, b] += pace * (seen - moment[line, a, b])
                moment[line, b, a] = moment[line, a, b].conjugate()
            moment[line, a, a] = complex(max(moment[line, a, a].real, 1e-3), 0.0)

        decay = np.pi * width[line] * track[0, line] * sample_s
        angle = 2.0 * np.pi * track[0, line] * sample_s
        turn[0, line], turn[1, line] = np.exp(-decay) * np.cos(angle), np.exp(-decay) * np.sin(angle)
        new = 1.0 - np.exp(-2.0 * decay)
        for a in range(axes):
            i = first + 2 * a
            for b in range(axes):
                k = first + 2 * b
                size = complex(new * np.sqrt(power[line, a] * power[line, b]), 0.0)
                if a != b:
                    norm = np.sqrt(moment[line, a, a].real * moment[line, b, b].real)
                    size *= _SHARED * moment[line, a, b] / norm
                fresh[i, k], fresh[i + 1, k + 1] = size.real, size.real
                fresh[i + 1, k], fresh[i, k + 1] = size.imag, -size.imag
