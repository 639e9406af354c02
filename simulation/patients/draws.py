"""Random numbers within a patient's kernels, from a state of their own that a session's generator has seeded."""

from __future__ import annotations

import math

from robotics.kernels.compiled import Words, kernel
from robotics.kernels.ik import next_uniform


@kernel
def normal(words: Words) -> float:
    """Draw from the standard normal distribution (Box and Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - next_uniform(words)))
    return radius * math.cos(2.0 * math.pi * next_uniform(words))
