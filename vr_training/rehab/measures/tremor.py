"""Tremor: power of the motion from 4 to 12 Hz, and where it is strongest.

Motion is differenced twice before the transform and integrated back after it: voluntary motion is far stronger than
tremor, and its spectrum would leak into the band. What voluntary motion itself has there remains.

Source:
    Band: essential tremor 4 to 12 Hz, Parkinsonian 3 to 8, physiological 8 to 12. Estimate: Welch 1967.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import welch

from vr_training.rehab.measures.motion import Motion

BAND_HZ = (4.0, 12.0)
"""Band in which motion counts as tremor [Hz]."""

SHORTEST_S = 1.0
"""Shorter recordings cannot tell tremor from motion [s]; ours."""

WINDOW_S = 2.0
STANDS_OUT = 4.0
"""Times the mean of the band that its strongest frequency must have to be called one; ours."""

SHOULDER = 0.2
"""Share of the strongest that the ends of the band may have: else it is the shoulder of something beside it; ours."""


def tremor(motion: Motion) -> Iterator[tuple[str, float]]:
    """Power summed over the coordinates [deg^2 or mm^2], and its peak frequency where there is one [Hz]."""
    rate, x = motion.rate_hz, np.asarray(motion.trace.x, dtype=np.float64)
    if len(x) < SHORTEST_S * rate + 2 or rate <= 2.0 * BAND_HZ[1]:
        return
    size = min(len(x) - 2, round(WINDOW_S * rate))
    acceleration = np.diff(x, 2, axis=0) * rate**2
    frequency, density = welch(acceleration, rate, "hann", size, nfft=4 * round(WINDOW_S * rate), axis=0)
    band = (frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1])
    frequency, shaken = frequency[band], density[band].sum(axis=1)
    moved = shaken / (2.0 * rate * np.sin(np.pi * frequency / rate)) ** 4
    power = float(np.trapezoid(moved, frequency))
    unit, per = ("deg2", np.degrees(1.0)) if motion.trace.joint else ("mm2", 1e3)
    yield f"tremor_power_{unit}", power * per**2
    top = int(np.argmax(shaken))
    if shaken[top] >= STANDS_OUT * shaken.mean() and max(shaken[0], shaken[-1]) <= SHOULDER * shaken[top]:
        yield "tremor_frequency", float(frequency[top])
