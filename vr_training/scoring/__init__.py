"""Scores of recorded episodes: pure functions of tick records, so that a recording scored again gives the same figures.

May import `control` and `robotics`. `score_reach` scores a reach lesson; the other modules hold one measure each.
"""

from __future__ import annotations

from vr_training.scoring.episode import Episode, Setup
from vr_training.scoring.events import Event, events
from vr_training.scoring.reach import ReachGoals, score_reach

__all__ = ["Episode", "Event", "ReachGoals", "Setup", "events", "score_reach"]
