"""Still pictures on disk: numbered, named by their moment, never half-written."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vr_training.view.contracts import Camera, Frame
from vr_training.view.resample import enlarged

STILLS_FOLDER = "frames"
"""Name of the folder of a session's pictures."""


def save_picture(picture: NDArray[np.uint8], path: Path) -> Path:
    """Write a picture, shape (height, width, 3) sRGB, as the format of its name; whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    Image.fromarray(picture).save(partial, optimize=False)
    os.replace(partial, path)
    return path


def enlarge(frame: Frame, width: int, height: int) -> Frame:
    """A frame of its own at full size, however small it was drawn: colours smoothly, depth by its nearest pixel."""
    if frame.depth.shape == (height, width):
        return Frame(frame.colour.copy(), frame.depth)
    colour = enlarged(frame.colour, width, height)
    rows = np.arange(height) * frame.depth.shape[0] // height
    columns = np.arange(width) * frame.depth.shape[1] // width
    return Frame(colour, frame.depth.take(columns, axis=1).take(rows, axis=0))


def scaled(camera: Camera, scale: float) -> Camera:
    """The same camera with a picture ``scale`` times as large."""
    width, height = max(round(camera.width * scale), 1), max(round(camera.height * scale), 1)
    return replace(camera, width=width, height=height)


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
