"""Pictures a second by renderer, quality and scene: ``python benchmarks/view.py [--seconds S]``.

Every body moves in every picture. Ratios are against one eye drawn ``live`` in software, measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from robotics.contracts import Vector
from vr_training.stream.messages import CameraView, SceneMessage
from vr_training.view import gallery
from vr_training.view.cameras import camera, stereo
from vr_training.view.contracts import Camera, Renderer
from vr_training.view.probe import verdict
from vr_training.view.software import SoftwareRenderer
from vr_training.view.software.renderer import available_cores

VIEWS = {
    "close-up": CameraView(
        name="close", eye_m=(-0.03, -0.05, -0.07), look_at_m=(0.03, 0.03, -0.11), up=(0, 0, 1), fov_y_rad=0.75
    ),
    "whole arm": CameraView(
        name="whole", eye_m=(-1.0, -0.8, 0.6), look_at_m=(0, 0.3, 0.15), up=(0, 0, 1), fov_y_rad=0.6
    ),
}


def measure(renderer: Renderer, scene: SceneMessage, poses: Vector, cameras: Sequence[Camera], for_s: float) -> float:
    """Median time of drawing the scene once for each camera [s]."""
    renderer.load(scene)
    took: list[float] = []
    rng = np.random.default_rng(0)
    for eye in cameras:
        renderer.render(poses, eye)
    end = time.perf_counter() + for_s
    while time.perf_counter() < end or len(took) < 3:
        moved = poses.copy()
        moved[:, :3] += rng.normal(0.0, 1e-4, (len(poses), 3))
        start = time.perf_counter()
        for eye in cameras:
            renderer.render(moved, eye)
        took.append(time.perf_counter() - start)
    return float(np.median(took))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="time to measure each row for")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=480)
    options = parser.parse_args()
    cores = available_cores()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.system()} {platform.machine()}, {cores} of {os.cpu_count()} cores, load {load:.1f} at the start")
    print(f"{options.width}x{options.height} a picture")
    renderers: list[tuple[str, Renderer]] = []
    for threads in sorted({1, cores}):
        for quality in ("live", "fast"):
            renderers.append((f"software {quality}, {threads} threads", SoftwareRenderer(quality, threads)))
    card = verdict("filament")
    if card.works:
        from vr_training.view.filament import FilamentRenderer

        renderers.append(("filament", FilamentRenderer()))
    else:
        print(f"filament: {card.reason}")
    for title, view in VIEWS.items():
        parts, _ = gallery.close_up("psm") if title == "close-up" else gallery.whole("psm")  # type: ignore[misc]
        scene, poses = gallery.scene(parts)
        triangles = sum(len(part.body.faces) // 12 for part in parts)
        print(
            f"\n{title}: {len(parts)} bodies, {triangles} triangles\n{'':28}  mono ms    fps  ratio   stereo ms    fps"
        )
        one = camera(view, options.width, options.height)
        left, right = stereo(view, options.width, options.height)
        first = 0.0
        for name, renderer in renderers:
            mono = measure(renderer, scene, poses, (one,), options.seconds)
            two = measure(renderer, scene, poses, (left, right), options.seconds)
            first = first or mono
            print(f"{name:28} {mono * 1e3:8.1f} {1 / mono:6.1f} {first / mono:6.2f} {two * 1e3:11.1f} {1 / two:6.1f}")
    for _, renderer in renderers:
        renderer.close()


if __name__ == "__main__":
    main()
