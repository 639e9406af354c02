"""Measures of guided exercise: pure functions of recorded movements.

What each is called, its unit and its direction stand in `robotics.rehab_measures`. May import `robotics`,
`vr_training.metrics`, `vr_training.scoring.episode` and `vr_training.rehab.results`.
"""

from __future__ import annotations

from vr_training.rehab.measures.measure import measure, summarise
from vr_training.rehab.measures.ranges import assessed_ranges

__all__ = ["assessed_ranges", "measure", "summarise"]
