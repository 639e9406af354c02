"""Filters a whole hand: position in metres, orientation in the tangent space as metres at a lever arm.

Orientation is no vector, and a filter keeps a state in coordinates. Any fixed chart wraps somewhere, and one that moves
along would have to carry the states of every filter with it. So the turns are unrolled instead: the rotation of each
tick, along the hand's own axes, is added up to a path of three coordinates (`control.hand_path`). That path is
filtered, and what the filter *corrects*, filtered path less raw path, turns the raw orientation:

    R_filtered = R_raw exp(correction / lever)

- The path never wraps, for any number of turns, and no state is ever moved to another chart: nothing jumps.
- The output hangs on the raw orientation, not on the sum: nothing drifts, and where the correction dies out, as it does
  for a hand at rest, the output is the hand, exactly.
- About a fixed axis it is exact for any angle. Otherwise the error is of second order in what the hand turns within the
  filter's memory. A tremor on top of a turn at rate w keeps about w / (2 pi f) of itself: 3.5 % at 2 rad/s and 9 Hz,
  where the best filters leave 20 %.
- A constant turn of the frame turns the output by the same, to rounding, whatever the filter does.
- No feedback from the output into the filter: it is as stable as the filter is.

Both corrections are bounded by `REACH_M`: whatever a filter does, the hand that the loop follows stays that near to the
real one, and at the bound it moves with it, without a jump. A filter that gives no numbers is passed by and started
afresh.

Source:
    Development of a curve on SO(3) along its body velocity (Cartan); right-trivialised error as in invariant filtering
    (Barrau and Bonnabel 2017).
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from control.filters.exchange import FADE_S, Exchange
from control.filters.registry import create
from control.hand_path import HandPath
from robotics.contracts import Filter, Trust, Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import quaternion_from_rotation_vector, quaternion_product

LEVER_M = 0.1
"""Length at which a turn of the hand weighs as much as a shift: about a hand's breadth [m]."""

REACH_M = 0.1
"""Largest correction of a hand's position, and of its turn at the lever: 1 rad. Above what a filter's delay
makes of any motion of a hand at an instrument, ours [m]."""

_POSITION_BAD, _TURN_BAD = 1, 2


class FilterPair(NamedTuple):
    """The filters of one hand, made and not yet used; see `HandFilter.prepare`."""

    name: str
    position: Filter
    turn: Filter


def make_pair(name: str, rate_hz: float) -> FilterPair:
    """Make the filters of one hand, compiled and as new; see `control.filters.create` for arguments and errors."""
    pair = FilterPair(name, create(name, rate_hz, axes=3), create(name, rate_hz, axes=3))
    for made in (pair.position, pair.turn):
        made.update(np.zeros(3))
        made.reset()
    return pair


@kernel
def _bounded(wanted: Vector, present: Vector, reach: float, correction: Vector) -> bool:
    """The ``correction`` from ``present`` to ``wanted``, no longer than the reach, all of shape (3,).

    False, and no correction, where it is not finite.
    """
    square = 0.0
    for i in range(3):
        correction[i] = wanted[i] - present[i]
        square += correction[i] * correction[i]
    length = math.sqrt(square)
    if length <= reach:
        return True
    finite = math.isfinite(length)
    for i in range(3):
        correction[i] = correction[i] * reach / length if finite else 0.0
    return finite


@kernel
def _correct(
    raw: Vector,
    arc: Vector,
    smooth: Vector,
    smooth_arc: Vector,
    correction: Vector,
    quat_wxyz: Vector,
    out: Vector,
) -> int:
    """Correct the raw pose, shape (7,), into ``out``; says which filter gave no numbers.

    ``arc`` and ``smooth_arc`` are the unrolled turn at the lever before and after its filter, ``smooth`` is the
    filtered position, shape (3,) [m]; ``correction`` (3,) and ``quat_wxyz`` (4,) are for use in here.
    """
    bad = 0 if _bounded(smooth, raw[:3], REACH_M, correction) else _POSITION_BAD
    for i in range(3):
        out[i] = raw[i] + correction[i]
    if not _bounded(smooth_arc, arc, REACH_M, correction):
        bad |= _TURN_BAD
    for i in range(3):
        correction[i] /= LEVER_M
    quaternion_from_rotation_vector(correction, quat_wxyz)
    quaternion_product(raw[3:], quat_wxyz, out[3:])
    length = math.sqrt(out[3] * out[3] + out[4] * out[4] + out[5] * out[5] + out[6] * out[6])
    for i in range(3, 7):
        out[i] /= length
    return bad


class HandFilter:
    """The tremor filter of one hand, position and orientation with the same filter, exchangeable while it runs.

    Args:
        name: Name of the filter, see `control.filters.create`.
        rate_hz: Sampling rate [Hz].
        fade_s: Time of the cross-fade when the filter is exchanged [s].

    Attributes:
        name: Name of the filter that was asked for last.
    """

    def __init__(self, name: str, rate_hz: float, fade_s: float = FADE_S) -> None:
        self.name = name
        self._rate_hz = rate_hz
        pair = make_pair(name, rate_hz)
        self._position, self._turn = (Exchange(f, rate_hz, fade_s) for f in (pair.position, pair.turn))
        self._offered: deque[FilterPair] = deque(maxlen=1)  # its ends are safe between threads
        self._path = HandPath(rate_hz)
        self._arc, self._smooth, self._smooth_arc = np.zeros(3), np.zeros(3), np.zeros(3)
        self._correction, self._quaternion = np.zeros(3), np.zeros(4)

    def prepare(self, name: str) -> FilterPair:
        """Make the filters called ``name`` for an `exchange`; may be called from any thread.

        Raises:
            UnknownNameError: No filter of that name.
            ConfigError: The config does not fit the filter's settings.
        """
        return make_pair(name, self._rate_hz)

    def exchange(self, new: str | FilterPair) -> None:
        """Exchange the filter without a jump; see `control.filters.exchange.Exchange`.

        The next `update` takes it over; may be called from any thread. A tick has no time to make a filter: `prepare`
        it first.

        Args:
            new: Name of the filter, or a pair made by `prepare` for this once.

        Raises:
            ArgumentError: The pair is in use already.
        """
        pair = self.prepare(new) if isinstance(new, str) else new
        if self._position.plays(pair.position) or self._turn.plays(pair.turn) or pair in self._offered:
            raise ArgumentError(f"this filter {pair.name!r} is in use already; prepare another one")
        self._offered.append(pair)
        self.name = pair.name

    @property
    def exchanging(self) -> bool:
        """Whether an exchange is under way."""
        return bool(self._offered) or self._position.exchanging or self._turn.exchanging

    def update(self, pose: Vector, out: Vector, age_s: float = 0.0) -> None:
        """Filter one pose.

        Args:
            pose: The hand as read, ``[x, y, z, qw, qx, qy, qz]``, shape (7,); the same sample may come several times.
            out: Result, shape (7,).
            age_s: How old the pose is; says with the pose whether it is a new one [s].

        Raises:
            ArgumentError: The pose is not finite; nothing has changed.
        """
        self._path.update(pose, age_s)
        if self._offered:
            pair = self._offered.pop()
            self._position.hand_over(pair.position)
            self._turn.hand_over(pair.turn)
        np.multiply(self._path.turn, LEVER_M, self._arc)
        self._position.update(self._path.position, self._smooth)
        self._turn.update(self._arc, self._smooth_arc)
        bad = _correct(
            self._path.pose, self._arc, self._smooth, self._smooth_arc, self._correction, self._quaternion, out
        )
        if bad & _POSITION_BAD:
            self._position.reset()
        if bad & _TURN_BAD:
            self._turn.reset()

    def reset(self) -> None:
        """Forget the past; the next output starts at the next pose."""
        self._path.reset()
        self._position.reset()
        self._turn.reset()

    def delay(self) -> float:
        """Delay of slow motion, that of an uneven input included [s]."""
        return self._path.delay() + max(self._position.delay(), self._turn.delay())

    def trust(self) -> Trust:
        """Whether the filter may be relied on: settling while either part is, trusted where either found a tremor."""
        position, turn = self._position.trust(), self._turn.trust()
        return min(position, turn) if Trust.SETTLING in (position, turn) else max(position, turn)
