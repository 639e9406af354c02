"""Whether both hands took part."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode

_PATH_HZ = 10.0  # as for the length of the path in `movement`
_MOVED_M = 0.005  # less is an arm that only stood by


def path_shares(episode: Episode) -> dict[str, float]:
    """Share of each arm in the path of all, by name, 0 to 1; empty where fewer than two arms moved by 5 mm or more.

    Paths are those of the tips below 10 Hz, from when the scored arm first followed until success.
    """
    if len(episode) < 2 or len(episode.all_arms) < 2:
        return {}
    paths = {}
    for arm in episode.all_arms:
        if arm.setup.arm == episode.setup.carrier:
            continue  # the camera's does no part of the work
        tip = arm.smooth(arm.tip[episode.window], _PATH_HZ)
        paths[arm.setup.arm] = float(np.linalg.norm(np.diff(tip, axis=0), axis=1).sum())
    moved = {name: path for name, path in paths.items() if path >= _MOVED_M}
    total = sum(moved.values())
    return {name: path / total for name, path in moved.items()} if len(moved) > 1 else {}


def balance(shares: dict[str, float]) -> float:
    """Share of the arm that moved least, over an even share: 1 where all moved alike.

    Source:
        GEARS, bimanual dexterity (Goh et al. 2012, J. Urol. 187); path of each hand as a measure: Datta et al. 2001.
    """
    return len(shares) * min(shares.values())
