"""Where points of the world land in a picture, and which way a picture's axes point in the world."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from vr_training.view.contracts import Camera


def focal_px(camera: Camera) -> float:
    """Focal length of a camera [px]; pixels are square."""
    return 0.5 * camera.height / math.tan(0.5 * camera.fov_y_rad)


def project(p_world: ArrayLike, camera: Camera) -> Vector:
    """Project points into a picture.

    Args:
        p_world: Points in world, shape (n, 3) or (3,) [m].
        camera: The camera.

    Returns:
        Shape (n, 3): x and y [px] from the top left corner, pixel centres at halves, and depth along the camera's
        axis [m]. Points behind the camera have a depth below zero and no meaningful x and y.
    """
    p = np.asarray(p_world, np.float64).reshape(-1, 3)
    p_camera = (p - camera.T_world_camera[:3, 3]) @ camera.T_world_camera[:3, :3]
    z = p_camera[:, 2]
    safe = np.where(np.abs(z) < 1e-9, 1e-9, z)
    f = focal_px(camera)
    return np.column_stack(
        (0.5 * camera.width + f * p_camera[:, 0] / safe, 0.5 * camera.height + f * p_camera[:, 1] / safe, z)
    )


def metres_per_pixel(p_world: ArrayLike, camera: Camera) -> float:
    """Size of a pixel at a point's depth [m/px]; at least that of 1 cm in front of the camera."""
    depth = float(project(p_world, camera)[0, 2])
    return max(depth, 0.01) / focal_px(camera) if math.isfinite(depth) else 0.1 / focal_px(camera)


def operator_from_view(operator_from_world: Vector, camera: Camera) -> Vector:
    """Rotation from the viewer's axes (x right, y up, z towards the viewer) into the operator's frame, shape (3, 3)."""
    R_world_view = camera.T_world_camera[:3, :3] @ np.diag((1.0, -1.0, -1.0))
    return np.asarray(operator_from_world, np.float64).reshape(3, 3) @ R_world_view
