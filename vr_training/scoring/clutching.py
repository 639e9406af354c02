"""How often and for how long the clutch was pressed."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode
from vr_training.scoring.events import Event


def clutches(episode: Episode, happened: tuple[Event, ...]) -> int:
    """Times that the clutch was pressed after the tip first followed: taking the arm up is no clutching."""
    return sum(event.kind == "clutch" and event.start_s >= episode.time[episode.start] for event in happened)


def clutch_share(episode: Episode) -> float:
    """Share of the time with the clutch pressed, from when the tip first followed until success [%].

    Ours: time with the clutch pressed is time without an instrument.
    """
    pressed = episode.arm["clutch"][episode.window] != 0
    return 100.0 * float(np.mean(pressed)) if episode.segments and len(pressed) else 0.0
