"""How a picture's pixels and axes relate to the scene: what turns a drag on the screen into motion of a tip."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from vr_training.view.contracts import Camera


def focal_px(camera: Camera) -> float:
    """Focal length of a camera [px]; pixels are square."""
    return 0.5 * camera.height / math.tan(0.5 * camera.fov_y_rad)


def metres_per_pixel(p_world: ArrayLike, camera: Camera) -> float:
    """Size of a pixel at a point's depth [m/px], as at 1 cm for whatever is nearer or not finite.

    Args:
        p_world: Point in world, shape (3,) [m].
        camera: The camera.
    """
    T = camera.T_world_camera
    depth = float((np.asarray(p_world, np.float64) - T[:3, 3]) @ T[:3, 2])
    return (max(depth, 0.01) if math.isfinite(depth) else 0.01) / focal_px(camera)


def operator_from_view(operator_from_world: ArrayLike, camera: Camera) -> Vector:
    """Rotation from the viewer's axes (x right, y up, z towards the viewer) into the operator's frame, shape (3, 3)."""
    R_world_view = camera.T_world_camera[:3, :3] @ np.diag((1.0, -1.0, -1.0))
    R_operator_view: Vector = np.asarray(operator_from_world, np.float64).reshape(3, 3) @ R_world_view
    return R_operator_view
