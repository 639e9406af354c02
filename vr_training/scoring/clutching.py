"""How often and for how long the clutch was pressed."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode
from vr_training.scoring.events import Event


def clutches(episode: Episode, happened: tuple[Event, ...]) -> int:
    """Times that one arm's clutch was pressed after its tip first followed: taking the arm up is no clutching.

    Args:
        episode: The recording, seen through that arm.
        happened: What happened to that arm.
    """
    return sum(event.kind == "clutch" and event.start_s >= episode.time[episode.start] for event in happened)


def clutch_share(episode: Episode) -> float:
    """Share of the time with the clutch pressed, from when the tip first followed until success [%].

    Ours: time with the clutch pressed is time without an instrument. Of several arms the mean: pressed throughout for
    one of two hands is half of the time of both.
    """
    shares = [np.mean(arm.arm["clutch"][arm.window] != 0) for arm in episode.driven if arm.took_s > 0.0]
    return 100.0 * float(np.mean(shares)) if shares else 0.0
