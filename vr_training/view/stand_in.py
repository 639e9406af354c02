"""A stand-in for the film of a real camera, made of a recording: the scene without its arms, through an imperfect lens.

For trying augmented reality where no calibrated camera is at hand. The lens bends straight lines and darkens the
corners, the sensor is noisy, and the hand that holds the camera sways; all of it is in the calibration that is written
beside the film, but for the noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.records.reader import Recording
from vr_training.stream.messages import CameraView
from vr_training.view.app import render_process
from vr_training.view.augment import simulated
from vr_training.view.cameras import look_at
from vr_training.view.clip import Calibration, Lookup, Pose7, distorted, pose7, remapped
from vr_training.view.contracts import Camera
from vr_training.view.lines import warm_up
from vr_training.view.presenter import Presenter, poses_of
from vr_training.view.reel import Reel
from vr_training.view.settings import ViewSettings
from vr_training.view.video import VideoWriter

LENS = (-0.18, 0.05, 0.0006, -0.0009, 0.0)
"""A barrel as that of a wide lens: straight lines near the edge bend by some percent of the picture's width."""
OFF_CENTRE = (0.012, -0.008)
"""Where the axis meets the sensor, off its middle, as a share of width and height."""
SWAY_M, SWAY_S = 0.0015, 4.0
"""How far the camera sways, and how long a sway takes: the film repeats without a jump."""
WIDER = 1.3
"""How much more the picture shows that the lens then bends: enough for its corners."""
NOISE = 2.0
"""Noise of the sensor, standard deviation in steps of 255."""
CORNER = 0.72
"""How bright the corners are."""


@dataclass(frozen=True)
class Film:
    """What was made: the film, its calibration beside it, and how many pictures it has."""

    path: Path
    calibration: Path
    frames: int


def make_clip(
    recording: Recording,
    settings: ViewSettings,
    path: Path,
    camera: str = "",
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Film:
    """Film the scene of a recording as a real camera would have seen it before the arms came.

    Args:
        recording: Whose scene.
        settings: Size of the pictures and rate of the film.
        path: Where the film goes, ending in ``.mp4``.
        camera: Name of the camera; the scene's first where empty.
        seed: Of the sensor's noise.
        progress: Told the share that is done, 0 to 1.

    Raises:
        ArgumentError: An arm carries the camera.
        UnknownNameError: There is no such camera.
    """
    reel, width, height = Reel(recording.scene, recording.ticks), settings.width_px, settings.height_px
    presenter = Presenter(recording.scene, settings, camera=camera)
    if presenter.carrier:
        raise ArgumentError(f"camera '{presenter.view.name}' is carried by an arm, and a film is made without the arms")
    view, count = presenter.view, round(SWAY_S * settings.video_rate_hz)
    focal = 0.5 * height / math.tan(0.5 * view.fov_y_rad)
    cx, cy = (0.5 + OFF_CENTRE[0]) * width, (0.5 + OFF_CENTRE[1]) * height
    columns, rows = _bent(width, height, focal, cx, cy)
    x, y = (np.arange(width) - cx) / width, (np.arange(height) - cy) / height
    away2 = (x[None, :] ** 2 + y[:, None] ** 2) / 0.5
    light = (1.0 - (1.0 - CORNER) * away2)[..., None]
    noise, hidden = np.random.default_rng(seed), simulated(recording.scene)
    state = reel.state(0)
    poses, cameras = poses_of(recording.scene, state), [_swayed(view, k / count) for k in range(count)]
    warm_up()
    with ExitStack() as stack:
        process = stack.enter_context(render_process(recording.scene, presenter, yields=False))
        writer = stack.enter_context(VideoWriter(path, width, height, settings.video_rate_hz, settings.video_quality))
        for k, T in enumerate(cameras):
            wide = 2.0 * math.atan(WIDER * math.tan(0.5 * view.fov_y_rad))
            (frame,) = process.render(poses, (Camera(T, wide, width, height, hidden),), "live")
            bent = remapped(frame.colour, columns, rows).astype(np.float64) * light
            grain = noise.normal(0.0, NOISE, (height, width, 1))
            writer.write(np.clip(np.round(bent + grain), 0, 255).astype(np.uint8))
            if progress is not None:
                progress((k + 1) / count)
    known = Calibration(
        width_px=width,
        height_px=height,
        fx_px=focal,
        fy_px=focal,
        cx_px=cx,
        cy_px=cy,
        distortion=LENS,
        poses=tuple(pose7(T) for T in cameras),
    )
    beside = path.with_suffix(".toml")
    beside.write_text(calibration_text(known), encoding="utf-8")
    return Film(path, beside, count)


def calibration_text(known: Calibration) -> str:
    """A calibration as the TOML that `vr_training.view.clip.Clip` reads."""

    def numbers(values: tuple[float, ...] | Pose7) -> str:
        return "[" + ", ".join(f"{value:.9g}" for value in values) + "]"

    lines = [f"width_px = {known.width_px}", f"height_px = {known.height_px}"]
    lines += [f"{name} = {float(getattr(known, name)):.6f}" for name in ("fx_px", "fy_px", "cx_px", "cy_px")]
    lines += [f"distortion = {numbers(known.distortion)} # k1, k2, p1, p2, k3", "poses = ["]
    lines += [f"  {numbers(pose)}," for pose in known.poses]
    return "\n".join([*lines, "]", ""])


def _swayed(view: CameraView, phase: float) -> Vector:
    """Where the camera stands after a share of a sway; it keeps to the point that it looks at."""
    angle = 2.0 * math.pi * phase
    base = look_at(view.eye_m, view.look_at_m, view.up)
    shift = SWAY_M * (math.sin(angle) * base[:3, 0] + 0.5 * math.sin(2.0 * angle) * base[:3, 1])
    return look_at(np.asarray(view.eye_m) + shift, view.look_at_m, view.up)


def _bent(width: int, height: int, focal: float, cx: float, cy: float) -> Lookup:
    """Where in the wider picture each pixel behind the lens is seen."""
    seen_x, seen_y = np.broadcast_arrays(
        ((np.arange(width) + 0.5 - cx) / focal)[None, :], ((np.arange(height) + 0.5 - cy) / focal)[:, None]
    )
    x, y = seen_x, seen_y
    for _ in range(30):  # what the lens bends there: by small steps, as there is no formula for the way back
        there_x, there_y = distorted(x, y, LENS)
        x, y = x + (seen_x - there_x), y + (seen_y - there_y)
    wide = focal / WIDER
    return (wide * x + 0.5 * width - 0.5).astype(np.float32), (wide * y + 0.5 * height - 0.5).astype(np.float32)
