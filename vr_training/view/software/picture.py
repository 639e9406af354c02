"""What is remembered of a picture, so that the next one from the same camera costs only what has changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.contracts import Camera
from vr_training.view.software.raster import NOTHING, Floats, Ids, Marks
from vr_training.view.software.shadow import Fit
from vr_training.view.software.tiles import CELL, Flags, grid

CEILING, HORIZON, FLOOR = (0.30, 0.35, 0.40), (0.10, 0.125, 0.15), (0.025, 0.03, 0.037)
"""Backdrop from top to bottom, display-linear."""
Bounds = tuple[Floats, Floats]


class Picture:
    """The samples, tiles and shadow map of one camera's picture, all shapes by row and column.

    Args:
        width: Width [px].
        height: Height [px].
        factor: Samples along a pixel's side.
        texels: Texels along the shadow map's side, a multiple of `CELL`; 0 for none.

    Attributes:
        ids: Face that each sample sees among solid bodies.
        inverse: Its inverse depth [1/m].
        over: Face that each sample sees among translucent ones.
        inverse_over: Its inverse depth [1/m].
        marks: Bodies that touch each tile, as bits.
        stale: Tiles that must be lit again.
        prints: Where each tile's surfaces lie in the light's frame [m], from `tiles.footprints`.
        shade: Shadow map.
        bounds: Least and greatest depth around each of its cells, from `umbra.summarise`.
        colour: The finished picture.
        distance: Its depth [m].
        backdrop: Colour of each row where nothing is.
        poses: Poses of the bodies in it.
        shown: Bodies in it.
        bent: How often each body has changed its shape.
        lamp: Lights in it.
        fit: Place of its shadow map.
    """

    def __init__(self, width: int, height: int, factor: int, texels: int) -> None:
        self.width, self.height, self.factor = width, height, factor
        size = (height * factor, width * factor)
        self.ids: Ids = np.empty(size, np.int32)
        self.inverse: Floats = np.empty(size, np.float32)
        self.over: Ids = np.empty(size, np.int32)
        self.inverse_over: Floats = np.empty(size, np.float32)
        tiles = grid(height, width)
        self.marks: Marks = np.zeros(tiles, np.uint64)
        self.stale: Flags = np.ones(tiles, np.bool_)
        self.prints: Floats = np.zeros((*tiles, 6), np.float32)
        self.shade: Floats = np.empty((max(texels, 1),) * 2, np.float32)
        cells = (max(texels // CELL, 1),) * 2
        self.bounds: Bounds = (np.full(cells, np.inf, np.float32), np.full(cells, np.inf, np.float32))
        self.colour: NDArray[np.uint8] = np.empty((height, width, 3), np.uint8)
        self.distance: Floats = np.empty((height, width), np.float32)
        self.backdrop = _backdrop(height)
        self.base: _Base | None = None
        self.camera: Camera | None = None
        self.poses: Vector = np.empty(0)
        self.shown: Flags = np.empty(0, np.bool_)
        self.bent: NDArray[np.int64] = np.empty(0, np.int64)
        self.lamp: Vector = np.empty(0)
        self.fit: Fit | None = None

    def shows(self, camera: Camera, factor: int) -> bool:
        """Whether it is a picture of this size from this very camera."""
        return (
            self.camera is not None
            and self.fits(camera, factor)
            and self.camera.fov_y_rad == camera.fov_y_rad
            and np.array_equal(self.camera.T_world_camera, camera.T_world_camera)
        )

    def fits(self, camera: Camera, factor: int) -> bool:
        """Whether a camera's picture has its size."""
        return (self.width, self.height, self.factor) == (camera.width, camera.height, factor)

    def clear(self) -> None:
        """Begin anew: nothing is seen and every tile must be lit."""
        self.marks.fill(0)
        self.stale.fill(True)
        self.fit = None

    def keep_base(self) -> _Base:
        """Room for what bodies at rest look like, made when first asked for."""
        if self.base is None:
            self.base = _Base(self)
        return self.base


class _Base:
    """Samples and shadows of bodies that never move, and what was seen in tiles before they were put back."""

    def __init__(self, picture: Picture) -> None:
        self.ids, self.inverse = np.empty_like(picture.ids), np.empty_like(picture.inverse)
        self.ids_before, self.over_before = np.empty_like(picture.ids), np.empty_like(picture.over)
        self.marks_before = np.zeros_like(picture.marks)
        self.shade, self.shade_before = np.empty_like(picture.shade), np.empty_like(picture.shade)
        cells = len(picture.shade) // CELL
        self.drawn = False
        self.cast: tuple[Fit, bytes, bytes] | None = None
        self.reference = 0.0
        self.changes: NDArray[np.int32] = np.zeros((cells + 1, cells + 1), np.int32)


def empty(ids: Ids, inverse: Floats) -> None:
    """Let samples see nothing."""
    ids.fill(NOTHING)
    inverse.fill(0.0)


def _backdrop(height: int) -> Vector:
    """Colour of each row where nothing is, shape (height, 3)."""
    t = (np.arange(height) + 0.5) / height
    stops: Any = np.array([CEILING, HORIZON, FLOOR])
    return np.ascontiguousarray(np.stack([np.interp(t, [0.0, 0.55, 1.0], stops[:, k]) for k in range(3)], axis=-1))
