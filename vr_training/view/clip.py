"""What a real camera saw, as a renderer's camera would have seen it: a film, and how the camera was calibrated.

Beside ``NAME.mp4`` stands ``NAME.toml`` with the camera's intrinsics, its distortion and where it stood. Pictures are
undistorted and brought to the size wanted, so that whatever is drawn over them lies where it belongs.

Source:
    Brown 1971, close-range camera calibration: radial and tangential distortion, coefficients in the order that is
    usual today: k1, k2, p1, p2, k3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from msgspec import Meta
from numba import njit
from numpy.typing import NDArray

from robotics.config import Config, load
from robotics.contracts import Vector
from robotics.errors import InputFileError, MissingFileError
from robotics.kernels.rotation import matrix_from_pose
from vr_training.view.contracts import Camera

Picture = NDArray[np.uint8]
Lookup = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Columns and rows at which another picture is looked up [px]."""
Pose7 = tuple[float, float, float, float, float, float, float]

MOST_FRAMES = 2000
"""A clip is held in memory and repeats: 2000 pictures are 80 s at 25 a second."""


MOST_STEPS = 200
"""Steps of one percent that a picture is enlarged by to be filled; a lens that needs more is not filled."""


class Calibration(Config, frozen=True, kw_only=True):
    """How the camera of a clip sees, and where it stood.

    Attributes:
        width_px: Width of its pictures.
        height_px: Height of them.
        fx_px: Focal length along a row [px].
        fy_px: Focal length along a column [px].
        cx_px: Column of the principal point [px].
        cy_px: Row of it [px].
        distortion: k1, k2, p1, p2, k3.
        poses: Pose of the camera in world, [m, quaternion w x y z]; x right, y down, z forward. One for all pictures,
            or one for each.
    """

    width_px: Annotated[int, Meta(ge=16, le=7680)]
    height_px: Annotated[int, Meta(ge=16, le=7680)]
    fx_px: Annotated[float, Meta(gt=0.0)]
    fy_px: Annotated[float, Meta(gt=0.0)]
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    poses: tuple[Pose7, ...]

    def __post_init__(self) -> None:
        if not self.poses:
            raise ValueError("poses: none is given")
        if not 0.0 < self.cx_px < self.width_px or not 0.0 < self.cy_px < self.height_px:
            raise ValueError("cx_px, cy_px: the principal point lies outside of the picture")
        for k, pose in enumerate(self.poses):
            if abs(math.hypot(*pose[3:]) - 1.0) > 1e-3:
                raise ValueError(f"poses: the quaternion of number {k} has length {math.hypot(*pose[3:]):.4g}, not 1")


class Clip:
    """A clip that can be looked at.

    Args:
        path: The film, ``NAME.mp4``; its calibration is ``NAME.toml`` beside it.

    Raises:
        MissingFileError: One of them is not there.
        InputFileError: The film cannot be read, holds no picture or another size than was calibrated.
        ConfigError: The calibration is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise MissingFileError(f"{self.path}: no such clip")
        self.calibration = known = load(self.path.with_suffix(".toml"), Calibration)
        self._frames, self.rate_hz = _read(self.path)
        size = (known.height_px, known.width_px)
        if self._frames[0].shape[:2] != size:
            height, width = self._frames[0].shape[:2]
            raise InputFileError(
                f"{self.path}: pictures of {width} x {height} px, calibrated are {size[1]} x {size[0]} px"
            )
        if len(known.poses) not in (1, len(self._frames)):
            raise InputFileError(f"{self.path}: {len(self._frames)} pictures, but {len(known.poses)} poses")
        self._maps: dict[tuple[int, int], Lookup] = {}
        self._focals: dict[tuple[int, int], float] = {}

    def __len__(self) -> int:
        """How many pictures it has."""
        return len(self._frames)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures [px]."""
        return self.calibration.width_px, self.calibration.height_px

    def index(self, time_s: float) -> int:
        """Which picture belongs to a time; the clip repeats."""
        return int(max(time_s, 0.0) * self.rate_hz + 1e-6) % len(self._frames)

    def camera(self, index: int, width: int, height: int) -> Camera:
        """The camera without distortion that stood where the clip's did, for pictures ``width`` by ``height``."""
        poses = self.calibration.poses
        T = np.eye(4)
        matrix_from_pose(np.array(poses[index % len(poses)], np.float64), T)
        return Camera(T, 2.0 * math.atan(0.5 * height / self._focal(width, height)), width, height)

    def picture(self, index: int, width: int, height: int) -> Picture:
        """A picture as that camera sees it, shape (height, width, 3)."""
        if (width, height) not in self._maps:
            self._maps[width, height] = undistortion(self.calibration, width, height, self._focal(width, height))
        return remapped(self._frames[index], *self._maps[width, height])

    def _focal(self, width: int, height: int) -> float:
        if (width, height) not in self._focals:
            self._focals[width, height] = filling(self.calibration, width, height)
        return self._focals[width, height]


def remapped(picture: Picture, columns: NDArray[np.float32], rows: NDArray[np.float32]) -> Picture:
    """A picture of what another one shows at places between its pixels; black outside of it.

    Args:
        picture: Shape (any, any, 3).
        columns: Where each pixel is looked up, shape (height, width) [px], pixel centres at whole numbers.
        rows: The same.
    """
    out = np.empty((*columns.shape, 3), np.uint8)
    _remap(picture, columns, rows, out)
    return out


def filling(known: Calibration, width: int, height: int) -> float:
    """Focal length at which an undistorted picture shows as much as it can and nothing that the clip did not see [px].

    Args:
        known: How the clip's camera sees.
        width: Width of the undistorted picture [px].
        height: Height of it [px].
    """
    focal = max(known.fy_px * height / known.height_px, known.fx_px * width / known.width_px)
    for _ in range(MOST_STEPS):
        columns, rows = undistortion(known, width, height, focal)
        edges = [part for grid in (columns, rows) for part in (grid[0], grid[-1], grid[:, 0], grid[:, -1])]
        x, y = np.concatenate(edges[:4]), np.concatenate(edges[4:])
        if min(x.min(), y.min()) >= -0.5 and x.max() <= known.width_px - 0.5 and y.max() <= known.height_px - 0.5:
            break
        focal *= 1.01
    return float(focal)


def undistortion(known: Calibration, width: int, height: int, focal_px: float) -> Lookup:
    """Where in a clip's picture each pixel of an undistorted one is seen.

    Args:
        known: How the clip's camera sees.
        width: Width of the undistorted picture [px].
        height: Height of it [px].
        focal_px: Focal length of the camera that sees it [px].

    Returns:
        Columns and rows, each of shape (height, width) [px], pixel centres at whole numbers.
    """
    x: Vector = ((np.arange(width, dtype=np.float64) + 0.5 - 0.5 * width) / focal_px)[None, :]
    y: Vector = ((np.arange(height, dtype=np.float64) + 0.5 - 0.5 * height) / focal_px)[:, None]
    seen_x, seen_y = distorted(x, y, known.distortion)
    columns = known.fx_px * seen_x + known.cx_px - 0.5
    rows = known.fy_px * seen_y + known.cy_px - 0.5
    return columns.astype(np.float32), rows.astype(np.float32)


def distorted(x: Vector, y: Vector, coefficients: tuple[float, ...]) -> tuple[Vector, Vector]:
    """Where a lens shows what lies in a direction, both as tangents of the angle to the axis.

    Args:
        x: To the right.
        y: Down; broadcast against ``x``.
        coefficients: k1, k2, p1, p2, k3.
    """
    k1, k2, p1, p2, k3 = coefficients
    r2 = x * x + y * y
    radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x), y * radial + p1 * (
        r2 + 2.0 * y * y
    ) + 2.0 * p2 * x * y


def pose7(T: Vector) -> Pose7:
    """A camera's pose as a calibration has it, of a matrix of shape (4, 4)."""
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(T[:3, :3]).as_quat()
    a, b, c = T[:3, 3]
    return float(a), float(b), float(c), float(w), float(x), float(y), float(z)


def _read(path: Path) -> tuple[list[Picture], float]:
    import av

    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            rate = float(stream.average_rate or 25.0)
            frames = list(_decoded(container))
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise InputFileError(f"{path}: cannot be read as a film: {error}") from error
    if not frames:
        raise InputFileError(f"{path}: holds no picture")
    return frames, rate


def _decoded(container: object) -> Iterator[Picture]:
    for k, frame in enumerate(container.decode(video=0)):  # type: ignore[attr-defined]
        if k == MOST_FRAMES:
            raise ValueError(f"more than {MOST_FRAMES} pictures: cut a part out of it")
        yield frame.to_ndarray(format="rgb24")


@njit(cache=True, nogil=True)
def _remap(picture, columns, rows, out):  # type: ignore[no-untyped-def] # pragma: no cover
    """Bilinear look-up; black outside."""
    height, width = picture.shape[:2]
    for v in range(out.shape[0]):
        for u in range(out.shape[1]):
            x, y = columns[v, u], rows[v, u]
            if x < -0.5 or y < -0.5 or x > width - 0.5 or y > height - 0.5:
                out[v, u, 0], out[v, u, 1], out[v, u, 2] = 0, 0, 0
                continue
            x, y = min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)
            i, j = min(int(x), width - 2), min(int(y), height - 2)
            s, t = x - i, y - j
            for k in range(3):
                above = picture[j, i, k] * (1.0 - s) + picture[j, i + 1, k] * s
                below = picture[j + 1, i, k] * (1.0 - s) + picture[j + 1, i + 1, k] * s
                out[v, u, k] = int(above * (1.0 - t) + below * t + 0.5)
