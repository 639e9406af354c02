"""How far the trunk went along with the arm: what a patient does who cannot reach with the arm alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vr_training.rehab.measures.motion import Motion


def compensation(motion: Motion) -> Iterator[tuple[str, float]]:
    """Largest displacement of the shoulder [cm]; nothing where it was not measured."""
    away = np.linalg.norm(np.asarray(motion.trace.trunk), axis=1)
    away = away[np.isfinite(away)]
    if len(away):
        yield "compensation", 100.0 * float(away.max())
