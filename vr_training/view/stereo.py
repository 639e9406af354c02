"""Two eyes side by side, with the head-up display floating at one depth in both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vr_training.stream.messages import CameraView
from vr_training.view.cameras import camera, project, stereo
from vr_training.view.contracts import Camera
from vr_training.view.settings import StereoLayout

HUD_DEPTH_SHARE = 0.9
"""The display floats a little nearer than the point looked at: in front of the work, with hardly any disparity."""


def eye_size(width: int, height: int, layout: StereoLayout) -> tuple[int, int]:
    """Width and height of one eye's picture: half as wide for ``half``, whole for ``full`` and without stereo."""
    return (width // 2 if layout == "half" else width), height


def picture_size(width: int, height: int, layout: StereoLayout) -> tuple[int, int]:
    """Width and height of the whole picture."""
    return (2 * width if layout == "full" else width), height


def eyes(view: CameraView, width: int, height: int, layout: StereoLayout) -> tuple[Camera, ...]:
    """The camera of a view, or its left and right eye."""
    w, h = eye_size(width, height, layout)
    return (camera(view, w, h),) if layout == "off" else stereo(view, w, h)


def hud_shift(view: CameraView, eye: Camera) -> float:
    """How far to the right an eye sees what floats in front of the view's middle [px]; 0 without stereo."""
    toward = np.asarray(view.look_at_m) - np.asarray(view.eye_m)
    floating = np.asarray(view.eye_m) + HUD_DEPTH_SHARE * toward
    return float(project(eye, floating)[0]) - 0.5 * eye.width


def side_by_side(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """One picture of all eyes, left to right."""
    return pictures[0] if len(pictures) == 1 else np.concatenate(pictures, axis=1)
