"""The key light's shadow map, fitted to what the camera sees so that its texels are spent where they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from vr_training.view.cameras import look_at
from vr_training.view.software.raster import Floats

KEY_DIRECTION = np.array([0.42, -0.38, 1.0]) / np.linalg.norm([0.42, -0.38, 1.0])
"""From where the key light shines, in world."""
SOFTNESS = 0.006
"""Half width of a shadow's edge, as a share of the map."""


STEPS = 16
"""The map's corner sits on a grid of this many steps to its side, so that it stays while things move a little."""


@dataclass(frozen=True)
class Fit:
    """Where the shadow map lies in the light's frame.

    Attributes:
        left: x of the left border [m].
        top: y of the upper border [m].
        per_metre: Texels per metre.
    """

    left: float
    top: float
    per_metre: float


def light_frame() -> Vector:
    """T_world_light, shape (4, 4): the light shines along its +z."""
    return look_at(KEY_DIRECTION, np.zeros(3), np.array([0.0, 1.0, 0.0]))


def seen_points(inverse: Floats, focal: float, stride: int) -> Vector:
    """Points in the camera's frame that a coarse grid of samples sees, shape (n, 3) [m]."""
    rows, columns = np.arange(stride // 2, inverse.shape[0], stride), np.arange(stride // 2, inverse.shape[1], stride)
    value = inverse[np.ix_(rows, columns)].astype(np.float64)
    seen = value > 0.0
    z = 1.0 / np.where(seen, value, 1.0)
    x = (columns[None, :] + 0.5 - inverse.shape[1] / 2) / focal * z
    y = (rows[:, None] + 0.5 - inverse.shape[0] / 2) / focal * z
    points: Vector = np.stack([x, y, z], axis=-1)[seen]
    return points


def fit(seen: Vector, light_from_camera: Vector, size: int) -> Fit:
    """The map of ``size`` texels that covers the points seen, in coarse steps.

    Args:
        seen: Points in the camera's frame, shape (n, 3), at least one.
        light_from_camera: Shape (3, 4).
        size: Texels along its side.
    """
    points = light_from_camera[:2, :3] @ seen.T + light_from_camera[:2, 3:]
    low, high = points.min(axis=1), points.max(axis=1)
    least = (1.06 * float((high - low).max()) + 1e-4) * STEPS / (STEPS - 1)
    side = 2.0 ** (np.ceil(4.0 * np.log2(least)) / 4.0)
    step = side / STEPS
    corner = np.round(((low + high) / 2 - side / 2) / step) * step
    return Fit(float(corner[0]), float(corner[1]), float(size / side))
