"""Cameras that see all that an exercise asks for: where they do not, they look elsewhere and stand farther off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from robotics.contracts import Vector
from robotics.guidance import SEGMENTS, Space
from robotics.kinematics import forward
from steadyhand.rehab.build import Prepared
from vr_training.exercises.movement import Movement
from vr_training.stream.messages import CameraView
from vr_training.view.cameras import look_at

ASIDE, ABOVE, BELOW = 0.42, 0.34, 0.44
"""How far from the middle of the picture a hand may be, in heights of the picture: within one eye's half of a picture
of 16 to 9, below the words that are said, above the lower edge; ours."""

HAND_M = 0.07
"""What is about the middle of a hand belongs to it [m]; ours."""

POINTS = 24
"""Points of a way that are looked at; ours."""

_TRIES = 12


def framed(view: CameraView, points: Vector) -> CameraView:
    """A camera that sees all points: the same where it does, else moved as little as it takes.

    Args:
        view: The camera.
        points: Middles of hands in world, shape (n, 3) [m].
    """
    eye, target = np.array(view.eye_m), np.array(view.look_at_m)
    scale = 2.0 * math.tan(0.5 * view.fov_y_rad)
    for _ in range(_TRIES):
        T = look_at(eye, target, view.up)
        across, down, depth = ((points - eye) @ T[:3, :3]).T
        around = HAND_M / np.maximum(depth, HAND_M) / scale
        across, down = across / np.maximum(depth, HAND_M) / scale, down / np.maximum(depth, HAND_M) / scale
        left, right = float((across - around).min()), float((across + around).max())
        high, low = float((down - around).min()), float((down + around).max())
        if left >= -ASIDE and right <= ASIDE and high >= -ABOVE and low <= BELOW:
            break
        away = max((right - left) / (2.0 * ASIDE), (low - high) / (ABOVE + BELOW), 1.0)
        eye = target + 1.01 * away * (eye - target)
        picture = float(np.linalg.norm(eye - target)) * scale / away
        shift_x, shift_y = _shift(left, right, -ASIDE, ASIDE), _shift(high, low, -ABOVE, BELOW)
        shift = picture * (shift_x * T[:3, 0] + shift_y * T[:3, 1])
        eye, target = eye + shift, target + shift
    ex, ey, ez = (float(value) for value in eye)
    x, y, z = (float(value) for value in target)
    return replace(view, eye_m=(ex, ey, ez), look_at_m=(x, y, z))


def _shift(first: float, last: float, least: float, most: float) -> float:
    """How far to move so that what reaches from first to last comes between two bounds, or to their middle."""
    if last - first >= most - least:
        return 0.5 * (first + last) - 0.5 * (least + most)
    return max(last - most, 0.0) + min(first - least, 0.0)


def hands(prepared: Prepared, movements: Sequence[Movement]) -> Vector:
    """Where the hand is at the start and on all ways, in world, shape (n, 3) [m]."""
    return np.array(list(_hands(prepared, movements)))


def _hands(prepared: Prepared, movements: Sequence[Movement]) -> Iterator[Vector]:
    patient, exercise = prepared.patient, prepared.exercise
    hand = patient.T_world_segment[SEGMENTS.index("hand")]
    palm: Vector = hand[:3, :3] @ patient.chain.T_link_tip[:3, 3] + hand[:3, 3]
    yield palm
    coordinates = exercise.coordinates
    chain, axes = patient.chain, list(coordinates.axes)
    moved = [chain.joint_names.index(joint) for joint in coordinates.joints]
    q = patient.q.copy()
    for movement in movements:
        path = movement.path.points
        for point in path[:: max(len(path) // POINTS, 1)] if len(path) > 2 else np.linspace(path[0], path[-1], 5):
            if coordinates.space is Space.JOINT:
                q[moved] = point
                T = prepared.T_world_shoulder @ forward(chain, q)
                yield T[:3, 3]
            else:
                at = palm.copy()
                at[axes] += point - exercise.context.tip[axes]
                yield at
