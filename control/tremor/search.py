"""Searches a filter's settings, one number after the other; may be stopped at any time with the best so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from control.tremor.dials import Dial, Values

FIRST_STEP, LAST_STEP = math.log(2.0), math.log(1.1)
"""Logarithms of the factors by which numbers are turned, at first and at last."""

_BETTER_DB = 0.005  # less is no improvement
_ROUND_DB = 0.1  # a round that gains less halves the step


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        values: The best settings.
        start: What the settings were worth that it started from [dB].
        best: What the best ones are worth [dB].
        tried: How many were tried.
        step: Factor of the last step.
        interrupted: Whether Ctrl-C ended it.
    """

    values: Values
    start: float
    best: float
    tried: int
    step: float
    interrupted: bool


def search(
    values: Values,
    dials: Sequence[Dial],
    worth: Callable[[Sequence[Values]], Sequence[float]],
    out_of_time: Callable[[], bool],
    told: Callable[[float, int], object] | None = None,
) -> Found:
    """Turn one dial after the other both ways, keep what is better, and halve the steps once a round gains little.

    Args:
        values: Settings to start from.
        dials: What may be turned.
        worth: What each of some settings is worth [dB], minus infinity for those that no filter can have.
        out_of_time: Asked before each dial.
        told: Told what the best is worth, and how many have been tried.
    """
    start = best = worth([values])[0]
    tried, step, interrupted = 1, FIRST_STEP, False
    try:
        while step > LAST_STEP:
            before = best
            for dial in dials:
                if out_of_time():
                    return Found(values, start, best, tried, math.exp(step), interrupted)
                around = [made for by in (-step, step) if (made := dial.turned(values, by)) is not None]
                if not around:
                    continue
                found = list(worth(around))
                tried += len(around)
                if max(found) > best + _BETTER_DB:
                    best, values = max(found), around[found.index(max(found))]
                if told is not None:
                    told(best, tried)
            if best < before + _ROUND_DB:
                step *= 0.5
    except KeyboardInterrupt:
        interrupted = True
    return Found(values, start, best, tried, math.exp(step), interrupted)
