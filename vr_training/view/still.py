"""Still pictures on disk: numbered, named by their moment, never half-written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vr_training.view.contracts import Camera


def save_picture(picture: NDArray[np.uint8], path: Path) -> Path:
    """Write a picture, shape (height, width, 3) sRGB, as the format of its name; whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    Image.fromarray(picture).save(partial, optimize=False)
    os.replace(partial, path)
    return path


def shrink(picture: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Reduce a picture by a whole factor, averaging, so that edges become smooth."""
    return picture if factor == 1 else np.array(Image.fromarray(picture).reduce(factor))


def enlarged(camera: Camera, factor: int) -> Camera:
    """The same camera with a picture ``factor`` times as large."""
    return Camera(camera.T_world_camera, camera.fov_y_rad, camera.width * factor, camera.height * factor)


class Album:
    """A folder of stills: ``01_start.png``, ``02_reach.png`` and so on.

    Args:
        folder: Where they go; made with the first picture.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.paths: list[Path] = []

    def add(self, name: str, picture: NDArray[np.uint8]) -> Path:
        """Save a picture under the next number and a name."""
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "picture"
        number = len(self.paths) + 1
        path = save_picture(picture, self.folder / f"{number:02d}_{plain}.png")
        self.paths.append(path)
        return path
