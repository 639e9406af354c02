"""Exchanges one filter for another while the hand moves, without a jump of the output."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Filter, Trust, Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel

WARM_S = 0.25
"""Shortest time for which a new filter only listens; ours [s]."""

WARM_DELAYS = 5.0
"""Delays for which it listens at least: a first-order low-pass that started at rest has forgotten 99.3 % of it."""

LONGEST_S = 3.0
"""Longest time for which it may settle before it takes over all the same; ours [s]."""

FADE_S = 0.3
"""Time of the cross-fade: long against a period of the slowest tremor, short against a gesture; ours [s]."""

STEEPEST = 1.875
"""Largest slope of the cross-fade's share over ``FADE_S``: that of a minimum-jerk step."""


@kernel
def fade_share(progress: float) -> float:
    """Share of the new filter at ``progress`` 0 to 1: a minimum-jerk step, flat at both ends to the second order."""
    return progress * progress * progress * (10.0 + progress * (6.0 * progress - 15.0))


@kernel
def _mix(old: Vector, new: Vector, share: float) -> bool:
    """Move ``old`` towards ``new``, both of shape (axes,), in place; leaves it and says False where ``new`` is bad."""
    for axis in range(old.shape[0]):
        if not math.isfinite(new[axis]):
            return False
    for axis in range(old.shape[0]):
        old[axis] += share * (new[axis] - old[axis])
    return True


class Exchange:
    """A `robotics.contracts.Filter` that plays another one, which may be exchanged at any moment.

    The new filter first listens beside the old one, which drives, until it says that it has settled (`LONGEST_S` at
    the most) and a start in full motion is forgotten. Then the output fades over. At every instant the output is a
    convex combination of two running filters, so that it lies between them, and a tick moves it by no more than the
    faster of the two does, plus ``STEEPEST / fade_s * dt`` of the distance between them.

    Making a filter allocates, so it is made beforehand; `hand_over` itself only takes it.

    Args:
        first: The filter to begin with.
        rate_hz: Sampling rate of all of them [Hz].
        fade_s: Time of the cross-fade [s].
    """

    def __init__(self, first: Filter, rate_hz: float, fade_s: float = FADE_S) -> None:
        if not 0.0 < fade_s <= 10.0:
            raise ArgumentError(f"fade_s is {fade_s:g}, must lie in (0, 10]")
        self.axes, self._rate_hz = first.axes, rate_hz
        self._fade_ticks = max(round(fade_s * rate_hz), 1)
        self._active: Filter = first
        self._incoming: Filter | None = None
        self._waiting: Filter | None = None
        self._heard = self._faded = 0
        self._fading = self._started = False
        self._new = np.zeros(first.axes)
        _mix(self._new, self._new, fade_share(0.0))  # no tick has time to compile

    @property
    def exchanging(self) -> bool:
        """Whether a new filter is listening, fading in, or waiting for its turn."""
        return self._incoming is not None

    def plays(self, other: Filter) -> bool:
        """Whether it has ``other`` already: driving, listening or waiting."""
        return other in (self._active, self._incoming, self._waiting)

    def hand_over(self, new: Filter) -> None:
        """Exchange the present filter for ``new``.

        A filter that still listens is dropped for it; while one is fading in, ``new`` waits for the end of that.

        Raises:
            ArgumentError: It has another number of axes, or has been handed over before.
        """
        if self.plays(new):
            raise ArgumentError("the new filter is in use already; make another one")
        if new.axes != self.axes:
            raise ArgumentError(f"the new filter has {new.axes} axes, the present one {self.axes}")
        new.reset()
        if not self._started:
            self._active = new  # nothing has come out yet that could jump
        elif self._fading:
            self._waiting = new
        else:
            self._listen(new)

    def update(self, x: ArrayLike, y: Vector | None = None) -> Vector:
        """Filter one sample; see `robotics.contracts.Filter.update`."""
        y = self._active.update(x, y)
        self._started = True
        if self._incoming is not None:
            self._exchange(self._incoming, x, y)
        return y

    def reset(self, x: ArrayLike | None = None) -> None:
        """Forget the past; see `robotics.contracts.Filter.reset`. An exchange under way is done with at once."""
        self._active = self._waiting or self._incoming or self._active
        self._incoming = self._waiting = None
        self._fading, self._started = False, x is not None
        self._active.reset(x)

    def delay(self) -> float:
        """Delay of slow motion through the filter [s]; in a cross-fade the longer one of the two."""
        if self._fading and self._incoming is not None:
            return max(self._active.delay(), self._incoming.delay())
        return self._active.delay()

    def bound(self, span: float) -> float:
        """Furthest that the output can leave the range of the motion; in a cross-fade the wider one of the two [m]."""
        if self._fading and self._incoming is not None:
            return max(self._active.bound(span), self._incoming.bound(span))
        return self._active.bound(span)

    def trust(self) -> Trust:
        """Whether to rely on the filter that drives; in a cross-fade the lower word of the two."""
        if self._fading and self._incoming is not None:
            return min(self._active.trust(), self._incoming.trust())
        return self._active.trust()

    def _listen(self, new: Filter) -> None:
        self._incoming, self._heard, self._faded, self._fading = new, 0, 0, False

    def _exchange(self, incoming: Filter, x: ArrayLike, y: Vector) -> None:
        """Let the new filter hear ``x``, and fade it into ``y`` once it has settled."""
        incoming.update(x, self._new)
        self._heard += 1
        if not self._fading:
            heard_s = self._heard / self._rate_hz
            if heard_s < LONGEST_S and (
                heard_s < max(WARM_S, WARM_DELAYS * incoming.delay()) or incoming.trust() is Trust.SETTLING
            ):
                return
            self._fading = True
        self._faded += 1
        if not _mix(y, self._new, fade_share(self._faded / self._fade_ticks)):
            # A filter that gives no numbers never gets a say, and one that stops to loses it.
            self._end(self._active)
        elif self._faded >= self._fade_ticks:
            self._end(incoming)

    def _end(self, active: Filter) -> None:
        self._active, self._incoming, self._fading = active, None, False
        if self._waiting is not None:
            self._listen(self._waiting)
            self._waiting = None
