"""The tips' ways through space as the report's script draws them: few points, in the operator's frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode

_POINTS = 1500  # of an arm: what a canvas draws anew sixty times a second without effort
_SPEED_HZ = 5.0  # of what colours the path: tremor is seen as shape, not as colour


def path_data(episode: Episode, goal: Vector | None, goal_radius_m: float) -> dict[str, Any]:
    """Times, ways, speeds and forces of every tip as plain data.

    Args:
        episode: The recording, of at least two ticks.
        goal: Pose that the tip was asked to reach, in world, shape (7,); None where there is none.
        goal_radius_m: Radius within which it counts as reached [m].

    Returns:
        ``time`` [s]; of each of ``arms`` its ``name``, ``xyz`` right, up and towards the operator from where the first
        arm began to follow [mm], ``speed`` [mm/s] and ``force`` [N]; ``goal`` [mm] or null, ``radius`` [mm].
    """
    rotation, origin = episode.setup.operator_from_world, episode.tip[episode.start]
    kept = np.unique(np.linspace(0, len(episode) - 1, _POINTS).round().astype(int))
    arms = []
    for arm in episode.all_arms:
        smooth = arm.smooth(arm.tip, _SPEED_HZ)
        speed = np.linalg.norm(np.gradient(smooth, axis=0), axis=1) * arm.rate_hz
        force = np.nan_to_num(np.linalg.norm(arm.arm["wrench"][:, :3], axis=1))
        # The largest of each piece: a short blow must not fall between two points.
        force = np.maximum.reduceat(force, kept)
        arms.append(
            {
                "name": arm.setup.arm,
                "xyz": _rounded(1e3 * (arm.tip[kept] - origin) @ rotation.T, 3),
                "speed": _rounded(1e3 * speed[kept], 2),
                "force": _rounded(force, 3),
            }
        )
    return {
        "time": _rounded(episode.time[kept], 3),
        "arms": arms,
        "goal": None if goal is None else _rounded(1e3 * rotation @ (goal[:3] - origin), 3),
        "radius": 1e3 * goal_radius_m,
    }


def _rounded(x: Vector, digits: int) -> Any:
    return np.round(np.nan_to_num(x), digits).tolist()
