"""Scores of recorded episodes: pure functions of tick records, so that a recording scored again gives the same figures.

May import `control` and `robotics`. `score_lesson` scores a lesson, as its configuration weighs the measures; the other
modules hold one measure each, and `points` the figure from 0 to 100.
"""

from __future__ import annotations

from vr_training.scoring.episode import Episode, Setup
from vr_training.scoring.events import Event, events
from vr_training.scoring.goals import Goals
from vr_training.scoring.lesson import score_lesson
from vr_training.scoring.lines import is_good

__all__ = ["Episode", "Event", "Goals", "Setup", "events", "is_good", "score_lesson"]
