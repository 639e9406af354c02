"""How hard the instruments touched."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode

_TOUCHING_N = 0.01  # below it a force sensor has nothing to say


@dataclass(frozen=True)
class Contact:
    """Contact force over a whole recording; of several arms the one that pressed hardest in each tick.

    Attributes:
        peak_n: Largest force [N].
        mean_n: Mean force while touching [N]; 0 where nothing was touched.
        integral_n_s: Magnitude of the force, integrated over time [N s].
        over_limit_s: Time above the lesson's limit [s]; NaN where it has none.
    """

    peak_n: float
    mean_n: float
    integral_n_s: float
    over_limit_s: float


def contact(episode: Episode, limit_n: float | None = None) -> Contact | None:
    """Measure the contact force; None where no arm measured one.

    Args:
        episode: The recording.
        limit_n: Force above which it is too much [N]; None where the lesson has no limit.

    Source:
        Peak force and force over time tell novices from experts: Horeman et al. 2010, Surg. Endosc. 24; Trejos et al.
        2014, Surg. Endosc. 28. GEARS judges the same as force sensitivity (Goh et al. 2012, J. Urol. 187).
    """
    force = np.max([_magnitude(arm) for arm in episode.all_arms], axis=0)
    force = force[force >= 0.0]
    if force.size == 0:
        return None
    period = episode.setup.period_s
    touching = force > _TOUCHING_N
    return Contact(
        peak_n=float(force.max()),
        mean_n=float(force[touching].mean()) if touching.any() else 0.0,
        integral_n_s=float(force.sum()) * period,
        over_limit_s=math.nan if limit_n is None else float(np.count_nonzero(force > limit_n)) * period,
    )


def _magnitude(episode: Episode) -> Vector:
    """Force on an arm's tip, shape (n,) [N]; -1 where it was not measured."""
    force = np.linalg.norm(episode.arm["wrench"][:, :3], axis=1)
    return np.where(np.isfinite(force), force, -1.0)
