"""Two eyes in one picture, with the head-up display floating at one depth in both.

Source:
    Dubois 2001, a projection method to generate anaglyph stereo images: the matrices for red and cyan glasses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vr_training.stream.messages import CameraView
from vr_training.view.cameras import camera, project, stereo
from vr_training.view.contracts import Camera
from vr_training.view.settings import StereoLayout

Picture = NDArray[np.uint8]

HUD_DEPTH_SHARE = 0.9
"""The display floats a little nearer than the point looked at: in front of the work, with hardly any disparity."""

LEFT_EYE = np.array(
    [[0.4561, 0.500484, 0.176381], [-0.0400822, -0.0378246, -0.0157589], [-0.0152161, -0.0205971, -0.00546856]],
    np.float32,
)
RIGHT_EYE = np.array(
    [[-0.0434706, -0.0879388, -0.00155529], [0.378476, 0.73364, -0.0184503], [-0.0721527, -0.112961, 1.2264]],
    np.float32,
)
"""What red and cyan glasses let an eye see of a colour, in linear light: the least-squares match of what is meant."""

_FINE = 4096
_SRGB = np.arange(256) / 255.0
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4).astype(np.float32)
_LIGHT = np.linspace(0.0, 1.0, _FINE)
_ENCODED = np.round(
    255.0 * np.where(_LIGHT <= 0.0031308, 12.92 * _LIGHT, 1.055 * _LIGHT ** (1.0 / 2.4) - 0.055)
).astype(np.uint8)


@dataclass(frozen=True)
class Layout:
    """How two eyes come together.

    Attributes:
        join: Puts the left and the right eye's picture together.
        eye: Width of an eye's picture as a share of the view's.
        wide: Width of the whole picture as a multiple of the view's.
        steady: Whether a person may change it while the view is open: the size of the picture stays.
    """

    join: Callable[[Picture, Picture], Picture]
    eye: float = 1.0
    wide: int = 1
    steady: bool = True


def beside(left: Picture, right: Picture) -> Picture:
    """Left beside right."""
    return np.concatenate((left, right), axis=1)


def above(left: Picture, right: Picture) -> Picture:
    """Left above right, each squeezed to half its height, as three-dimensional displays take them."""
    eyes = np.concatenate((left, right))
    pairs = eyes.reshape(len(eyes) // 2, 2, *eyes.shape[1:])
    squeezed: Picture = ((pairs.astype(np.uint16).sum(axis=1) + 1) // 2).astype(np.uint8)
    return squeezed


def anaglyph(left: Picture, right: Picture) -> Picture:
    """Both in one, for glasses that are red on the left and cyan on the right."""
    out = np.empty_like(left)
    _mix(left, right, LEFT_EYE, RIGHT_EYE, _LINEAR, _ENCODED, out)
    return out


LAYOUTS: dict[StereoLayout, Layout] = {
    "half": Layout(beside, eye=0.5),
    "top_bottom": Layout(above),
    "anaglyph": Layout(anaglyph),
    "full": Layout(beside, wide=2, steady=False),
    "windows": Layout(beside, wide=2, steady=False),
}
"""All but ``off``, which is one eye. Those before ``full`` can be changed to while the view is open."""


def after(layout: StereoLayout) -> StereoLayout:
    """The layout that follows on one while the view is open; one that fixes the picture's size stays."""
    turns: list[StereoLayout] = ["off", *(name for name, each in LAYOUTS.items() if each.steady)]
    return turns[(turns.index(layout) + 1) % len(turns)] if layout in turns else layout


def eye_size(width: int, height: int, layout: StereoLayout) -> tuple[int, int]:
    """Width and height of one eye's picture."""
    return (width if layout == "off" else int(width * LAYOUTS[layout].eye)), height


def picture_size(width: int, height: int, layout: StereoLayout) -> tuple[int, int]:
    """Width and height of the whole picture."""
    return (width if layout == "off" else width * LAYOUTS[layout].wide), height


def eyes(view: CameraView, width: int, height: int, layout: StereoLayout) -> tuple[Camera, ...]:
    """The camera of a view, or its left and right eye."""
    w, h = eye_size(width, height, layout)
    return (camera(view, w, h),) if layout == "off" else stereo(view, w, h)


def hud_shift(view: CameraView, eye: Camera) -> float:
    """How far to the right an eye sees what floats in front of the view's middle [px]; 0 without stereo."""
    toward = np.asarray(view.look_at_m) - np.asarray(view.eye_m)
    floating = np.asarray(view.eye_m) + HUD_DEPTH_SHARE * toward
    return float(project(eye, floating)[0]) - 0.5 * eye.width


def joined(pictures: list[Picture], layout: StereoLayout) -> Picture:
    """One picture of all eyes."""
    return pictures[0] if layout == "off" else LAYOUTS[layout].join(*pictures)


@njit(cache=True, nogil=True)
def _mix(left, right, left_eye, right_eye, linear, encoded, out):  # type: ignore[no-untyped-def] # pragma: no cover
    """Mix two pictures through the glasses' matrices, in linear light."""
    last = len(encoded) - 1
    for y in range(left.shape[0]):
        for x in range(left.shape[1]):
            r, g, b = linear[left[y, x, 0]], linear[left[y, x, 1]], linear[left[y, x, 2]]
            s, h, c = linear[right[y, x, 0]], linear[right[y, x, 1]], linear[right[y, x, 2]]
            for k in range(3):
                light = left_eye[k, 0] * r + left_eye[k, 1] * g + left_eye[k, 2] * b
                light += right_eye[k, 0] * s + right_eye[k, 1] * h + right_eye[k, 2] * c
                out[y, x, k] = encoded[int(min(max(light, 0.0), 1.0) * last + 0.5)]


def warm_up() -> None:
    """Compile the mixing now rather than in the middle of a session."""
    anaglyph(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8))
