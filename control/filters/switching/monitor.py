"""Listens for tremor: a robust spectrum of the hand's acceleration, its strongest line, and the next one.

The hand's position is differenced twice and demodulated at a grid of frequencies. Differencing whitens: it weighs a
10 Hz tremor a thousand times more than the slow motion under it. In each cell the mean power is taken with the newest
value clipped to a few times the mean, so that a reach, which is over soon, weighs little. What voluntary motion has at
a cell is judged from its power at the grid's first frequency, below all tremor, at the same moment, and subtracted: the
spectrum of a hand's motion falls with the sixth power of the frequency or faster (white jerk).

The strongest line is where what is left has most power, weighed with the cube of the frequency (between that of the
velocity and that of the acceleration, so that neither slow corrections nor a harmonic pass for it). It changes its
place at once only when another line is clearly stronger, and follows a drifting one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

LINES = 2
"""How many lines of the tremor's spectrum are followed."""

REFERENCE_HZ = 2.25
"""Frequency at which the voluntary motion is judged: 98.9 % of its power lies below 2 Hz (Riviere 1997), all tremor
above 3 Hz [Hz]."""

SPACING_HZ = 0.75
"""Distance of the grid's frequencies, a third of a cell's width [Hz]; ours."""

_WIDTH_HZ = 2.5  # of a cell, as fine as a second of listening can be; ours
_TWO_POLES = 1.55  # two equal poles must be this much wider apart than one for the same width at half power
_CLIP = (
    30.0  # newest power over the mean: of a steady tremor's, which is exponentially distributed, hardly any lies above
)
_FAINT = 10.0  # mean power under which nothing is clipped, (3 um)^2, so that a tremor can set in from nothing [um^2]
_LEAVE_HZ = 1.5  # a line that jumps further is another line
_APART_HZ = 1.6  # the second line is not the skirt of the first
_STRONGER = 1.5  # power by which another line must exceed the present one to take its place
_FOLLOW_S = 0.3  # time in which the line's frequency is followed
_FIRST_S = 0.4  # from the start: plain mean
_SHARE = 0.03  # least power of the second line over that of the first: no tremor is a single Lorentzian line

_T, _CELL, _LINE = range(3)


@dataclass(frozen=True)
class Monitor:
    """State of one group's monitor.

    Attributes:
        grid: Frequency [Hz], gain of the two differences, cosine and minus sine of a step's turn, shape (4, cells).
        turn: Phasor of each cell's demodulation, shape (cells,).
        low: The two stages of each cell's low-pass, shape (2, axes, cells).
        energy: Power of each cell that voluntary motion does not explain, shape (axes, cells) [um^2].
        last: Last position and its last three differences, shape (4, axes) [um].
        memory: Steps so far, present cell, present line [Hz].
        frequency: Found lines, the strongest first, shape (2,) [Hz].
        power: Their power, shape (2, axes) [um^2].
        noise: White noise of each axis, shape (axes,) [um^2].
    """

    grid: Vector
    turn: NDArray[np.complex128]
    low: NDArray[np.complex128]
    energy: Vector
    last: Vector
    memory: Vector
    frequency: Vector
    power: Vector
    noise: Vector

    def reset(self) -> None:
        """Hear afresh."""
        self.turn[:] = 1.0
        for array in (self.low, self.energy, self.last, self.memory, self.power, self.noise):
            array[:] = 0.0


def make_monitor(axes: int, dt: float, lowest_hz: float, highest_hz: float) -> Monitor:
    """A monitor of ``axes`` signals for lines from ``lowest_hz`` to ``highest_hz``, a sample every ``dt`` [s]."""
    cells = int(np.ceil((highest_hz - lowest_hz) / SPACING_HZ)) + 1
    frequency = np.append(REFERENCE_HZ, lowest_hz + SPACING_HZ * np.arange(cells))
    angle = 2.0 * np.pi * frequency * dt
    grid = np.stack([frequency, 1.0 / (2.0 * np.sin(angle / 2.0)) ** 4, np.cos(angle), -np.sin(angle)])
    size = len(frequency)
    return Monitor(
        grid=np.ascontiguousarray(grid),
        turn=np.ones(size, dtype=np.complex128),
        low=np.zeros((2, axes, size), dtype=np.complex128),
        energy=np.zeros((axes, size)),
        last=np.zeros((4, axes)),
        memory=np.zeros(3),
        frequency=np.full(LINES, 0.5 * (lowest_hz + highest_hz)),
        power=np.zeros((LINES, axes)),
        noise=np.zeros(axes),
    )


@kernel
def listen(
    z: Vector,
    dt: float,
    memory_s: float,
    grid: Vector,
    turn: NDArray[np.complex128],
    low: NDArray[np.complex128],
    energy: Vector,
    last: Vector,
    memory: Vector,
    frequency: Vector,
    power: Vector,
    noise: Vector,
) -> None:
    """Take in one sample ``z``, shape (axes,) [um], and find the lines; the rest as in `Monitor`."""
    axes, cells = energy.shape
    now = memory[_T] * dt
    memory[_T] += 1.0
    pace = 1.0 - np.exp(-dt / min(memory_s, 0.15 + 0.5 * now))
    follow = 1.0 - np.exp(-np.pi * _WIDTH_HZ * _TWO_POLES * dt)
    for g in range(cells):
        turned = turn[g] * complex(grid[2, g], grid[3, g])
        turn[g] = turned * (1.5 - 0.5 * (turned.real**2 + turned.imag**2))  # stays on the unit circle
    for axis in range(axes):
        first = z[axis] - last[0, axis]
        second = first - last[1, axis]
        third = second - last[2, axis]
        fourth = third - last[3, axis]
        last[0, axis], last[1, axis], last[2, axis], last[3, axis] = z[axis], first, second, third
        if memory[_T] <= 2.0:
            second = 0.0
        if memory[_T] > 4.0:
            # The fourth difference of unit white noise has variance 70; of a 10 Hz tremor nothing is left in it.
            noise[axis] = _robust(noise[axis], fourth * fourth / 70.0, memory[_T] - 4.0, now, pace)
        voluntary = 0.0
        for g in range(cells):
            low[0, axis, g] += follow * (second * turn[g] - low[0, axis, g])
            low[1, axis, g] += follow * (low[0, axis, g] - low[1, axis, g])
            newest = 2.0 * (low[1, axis, g].real ** 2 + low[1, axis, g].imag ** 2) * grid[1, g]
            if g == 0:
                voluntary = newest
            newest = max(newest - voluntary * (grid[0, 0] / grid[0, g]) ** 6, 0.0)
            energy[axis, g] = _robust(energy[axis, g], newest, memory[_T], now, pace)
    frequency[0] = _strongest_line(now, dt, grid, energy, memory)
    _second_line(grid, energy, frequency, power)


@kernel
def _strongest_line(now: float, dt: float, grid: Vector, energy: Vector, memory: Vector) -> float:
    """Where the strongest line is now [Hz]."""
    cells = energy.shape[1]
    best, most = 1, -1.0
    cell = int(memory[_CELL])
    for g in range(1, cells):
        strength = _strength(g, grid, energy)
        if strength > most:
            most, best = strength, g
    if cell == 0 or now < 1.0 or most > _STRONGER * _strength(cell, grid, energy):
        cell = best
    for g in range(max(cell - 1, 1), min(cell + 2, cells)):
        if _strength(g, grid, energy) > _strength(cell, grid, energy):
            cell = g
    memory[_CELL] = cell
    weight, moment = 1e-12, 1e-12 * grid[0, cell]
    for g in range(max(cell - 1, 1), min(cell + 2, cells)):
        strength = _strength(g, grid, energy)
        weight += strength
        moment += strength * grid[0, g]
    line = moment / weight
    if memory[_LINE] == 0.0 or abs(line - memory[_LINE]) > _LEAVE_HZ:
        memory[_LINE] = line
    else:
        memory[_LINE] += (1.0 - np.exp(-dt / _FOLLOW_S)) * (line - memory[_LINE])
    return float(memory[_LINE])


@kernel
def _second_line(grid: Vector, energy: Vector, frequency: Vector, power: Vector) -> None:
    """Where the next line is, and how strong both are on each axis.

    The next line's power solves two equations an axis: both lines explain what the cell nearest to the first and that
    of the next hear. The first line's is what the loudest cell about it hears.
    """
    axes, cells = energy.shape
    near = 1
    for g in range(1, cells):
        if abs(grid[0, g] - frequency[0]) < abs(grid[0, near] - frequency[0]):
            near = g
    other, most = 0, -1.0
    for g in range(1, cells):
        if abs(grid[0, g] - frequency[0]) > _APART_HZ:
            left = 0.0
            for axis in range(axes):
                left += _unexplained(axis, g, near, frequency[0], grid, energy)
            if left * grid[0, g] ** 3 > most:
                most, other = left * grid[0, g] ** 3, g
    # In a band so narrow that nothing lies apart, the next line stays where it is, as faint as it may be.
    frequency[1] = grid[0, other] if other > 0 else frequency[1]
    for axis in range(axes):
        strongest = 0.0
        for g in range(1, cells):
            if abs(grid[0, g] - frequency[0]) <= _APART_HZ:
                strongest = max(strongest, energy[axis, g])
        weaker = _unexplained(axis, other, near, frequency[0], grid, energy) if other > 0 else 0.0
        power[0, axis] = strongest
        power[1, axis] = max(min(weaker, strongest), _SHARE * strongest)


@kernel
def _unexplained(axis: int, cell: int, near: int, line_hz: float, grid: Vector, energy: Vector) -> float:
    """Power of a second line at ``cell`` that a first one at ``line_hz``, heard best by ``near``, leaves over."""
    whole, skirt = _heard(grid[0, near], line_hz), _heard(grid[0, cell], line_hz)
    back = _heard(grid[0, near], grid[0, cell])
    left = whole * energy[axis, cell] - skirt * energy[axis, near]
    return float(max(left, 0.0) / (whole - skirt * back))


@kernel
def _heard(cell_hz: float, line_hz: float) -> float:
    """Power that a cell hears of a line of unit power: the two poles of its low-pass, and its gain."""
    apart = 2.0 * (line_hz - cell_hz) / (_WIDTH_HZ * _TWO_POLES)
    return float((line_hz / cell_hz) ** 4 / (1.0 + apart * apart) ** 2)


@kernel
def _robust(mean: float, newest: float, samples: float, now: float, pace: float) -> float:
    """Mean power with a new sample of it; a sample far above the mean counts as a few times the mean."""
    if now < _FIRST_S:
        return float(mean + (newest - mean) / (0.5 * samples + 0.5))
    return float(mean + pace * (min(newest, _CLIP * max(mean, _FAINT)) / (1.0 - np.exp(-_CLIP)) - mean))


@kernel
def _strength(g: int, grid: Vector, energy: Vector) -> float:
    """Power of a cell over all axes, weighed with the cube of its frequency."""
    total = 0.0
    for axis in range(energy.shape[0]):
        total += energy[axis, g]
    return float(total * grid[0, g] ** 3)
