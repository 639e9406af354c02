"""What a renderer promises: a scene once, then pictures of it from any camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.stream.messages import DeformableState, SceneMessage


@dataclass(frozen=True)
class Camera:
    """A pinhole camera in world.

    Attributes:
        T_world_camera: Pose, shape (4, 4); x right, y down, z forward, as in OpenCV.
        fov_y_rad: Vertical field of view [rad].
        width: Picture width [px].
        height: Picture height [px].
        hidden: Indices of the bodies that it does not see.
    """

    T_world_camera: Vector
    fov_y_rad: float
    width: int
    height: int
    hidden: tuple[int, ...] = ()


@dataclass(frozen=True)
class Frame:
    """A rendered picture.

    Attributes:
        colour: sRGB, shape (height, width, 3), uint8.
        depth: Distance along the camera's z axis [m], shape (height, width), float32; inf where nothing is.
    """

    colour: NDArray[np.uint8]
    depth: NDArray[np.float32]


class Renderer(Protocol):
    """One way to draw. Constructing it may fail on a host that cannot; choose by probing in a child process."""

    name: str

    def load(self, scene: SceneMessage) -> None:
        """Take a scene; replaces the one before."""
        ...

    def bend(self, shapes: tuple[DeformableState, ...]) -> None:
        """Give the scene's deformables other shapes; they keep them until the next call.

        Args:
            shapes: One for each of the scene's deformables.
        """
        ...

    def render(self, poses: Vector, camera: Camera) -> Frame:
        """Draw the scene.

        Args:
            poses: Pose of each body in world, shape (bodies, 7).
            camera: Where to look from.
        """
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...
