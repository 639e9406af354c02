"""How often, and for how long, the camera was moved by the hand."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode, joined
from vr_training.scoring.idle import STILL_M_S

_SPEED_HZ = 3.0  # tremor is no motion
_REST_S = 0.3  # rests shorter than this do not end a move; ours


def camera_use(episode: Episode) -> dict[str, float]:
    """Times that the camera was moved, and the share of the time in which it moved [%]; empty where no arm carries it.

    A camera moves where the tip of the arm that carries it goes faster than 2 mm/s below 3 Hz, from when any arm first
    followed until success.

    Source:
        Camera moves and their frequency tell novices from experts on the da Vinci: Jarc and Curet 2017, Surg. Endosc.
        31.
    """
    carriers = [arm for arm in episode.all_arms if arm.setup.arm == episode.setup.carrier]
    window = slice(min((each.start for each in episode.moved), default=episode.start), episode.window.stop)
    if not carriers or window.stop - window.start < 2:
        return {}
    (arm,) = carriers
    tip = arm.smooth(arm.tip[window], _SPEED_HZ)
    moving = np.linalg.norm(np.gradient(tip, axis=0), axis=1) * episode.rate_hz > STILL_M_S
    moves = len(joined(moving, round(_REST_S * episode.rate_hz)))
    return {"camera_moves": float(moves), "camera_share": 100.0 * float(np.mean(moving))}
