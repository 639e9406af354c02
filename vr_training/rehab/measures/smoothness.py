"""Smoothness of the movement from onset to offset; see `vr_training.metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from vr_training.metrics import ldlj, sparc
from vr_training.rehab.measures.motion import Motion

PROFILE_HZ = 100.0
"""Rate at which profiles are judged [Hz]: the published figures are of this one, and jerk depends on it a little."""

SHORTEST_S = 0.3
"""Shorter movements have no spectrum to speak of [s]; ours."""


def smoothness(motion: Motion) -> Iterator[tuple[str, float]]:
    """SPARC and log dimensionless jerk."""
    window = motion.window
    if window is None or window.stop - window.start < SHORTEST_S * motion.rate_hz:
        return
    step = max(round(motion.rate_hz / PROFILE_HZ), 1)
    profile = motion.speed[window][::step]
    yield "sparc", sparc(profile, motion.rate_hz / step)
    yield "ldlj", ldlj(profile, motion.rate_hz / step)
