"""A triangle mesh, the common ground of shapes, simulation and view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Mesh:
    """Triangles with smooth normals.

    Attributes:
        vertices: float32 (v, 3) [m].
        normals: float32 (v, 3), unit.
        faces: uint32 (f, 3), counter-clockwise seen from outside.
        colours: uint8 (v, 3) sRGB, or None where the material alone colours it.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.uint32]
    colours: NDArray[np.uint8] | None = None
