"""The skin of a deformable: two smooth layers over a grid of nodes, with what is cut open left out."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.mesh import Mesh
from robotics.shapes.tissue import flesh
from vr_training.stream.messages import Body, DeformableScene, DeformableState, array

PALE = np.array([0.87, 0.60, 0.47])
"""sRGB of a membrane: paler and yellower than what lies below."""
PALENESS = 0.5
"""Share of it in the colour of flesh."""
INK = np.array([0.20, 0.10, 0.42])
"""sRGB of gentian violet, which surgeons mark with."""
CHAR = np.array([0.22, 0.07, 0.05])
"""sRGB of the edge of a cut."""


@dataclass(frozen=True)
class Bent:
    """A skin in one shape: vertices (v, 3), normals, sRGB colours, faces (f, 3), of which hidden ones are points."""

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    colours: NDArray[np.uint8]
    faces: NDArray[np.int32]

    def body(self, of: Body) -> Body:
        """The body with this shape."""
        return msgspec.structs.replace(
            of,
            vertices=self.vertices.astype("<f4").tobytes(),
            normals=self.normals.astype("<f4").tobytes(),
            colours=self.colours.tobytes(),
            faces=self.faces.astype("<u4").tobytes(),
        )


class Skin:
    """Gives one body the shapes of a deformable.

    Args:
        scene: The deformable.
        body: Its body, with the mesh of `skin_mesh`.
    """

    def __init__(self, scene: DeformableScene, body: Body) -> None:
        self.body = scene.body
        self._surface = _Surface(scene.nodes, scene.cells, scene.thickness_m)
        self._faces, self._cell = self._surface.faces()
        self._colours = np.asarray(array(body.colours, "u1", -1, 3), np.float64) / 255.0

    def bend(self, shape: DeformableState) -> Bent:
        """The skin in a shape."""
        surface = self._surface
        nodes = np.asarray(array(shape.nodes, "<f4", *surface.nodes, 3), np.float64)
        open_ = surface.cell_bits(shape.open)
        gone = surface.around(open_)
        vertices, normals = surface.layers(nodes, gone > 0.0)
        colours = self._colours
        ink = 0.85 * surface.around(surface.cell_bits(shape.marked))
        for share, colour in ((ink, INK), (np.minimum(2.0 * gone, 0.9), CHAR)):
            if share.any():
                both = np.tile(share.ravel(), 2)[:, None]
                colours = colours + (colour - colours) * both
        faces = np.where(open_.ravel()[self._cell][:, None], self._faces[:, :1], self._faces)
        return Bent(vertices, normals, np.round(255.0 * colours).astype(np.uint8), faces.astype(np.int32))


def skin_mesh(
    rest: Vector, nodes: tuple[int, int], cells: int, size_m: tuple[float, float], thickness_m: float
) -> Mesh:
    """The mesh of a skin at rest.

    Args:
        rest: Where its nodes are, shape (n, 3) [m].
        nodes: Nodes along both sides.
        cells: Cells along a link.
        size_m: Its sides when flat [m].
        thickness_m: Distance of its layers [m].
    """
    surface = _Surface(nodes, cells, thickness_m)
    shape = surface.shape
    vertices, normals = surface.layers(np.reshape(rest, (*nodes, 3)), np.zeros(shape, np.bool_))
    size = np.array([*size_m, thickness_m])
    x, y = np.meshgrid(*(np.linspace(-0.5 * size[k], 0.5 * size[k], shape[k]) for k in (0, 1)), indexing="ij")
    one = flesh(x.ravel(), y.ravel(), size, np.random.default_rng(5))
    colours = np.clip(one + (PALE - one) * PALENESS, 0.0, 1.0)
    return Mesh(
        vertices,
        normals,
        surface.faces()[0].astype(np.uint32),
        np.round(255.0 * np.tile(colours, (2, 1))).astype(np.uint8),
    )


class _Surface:
    """The fine grid between nodes: Catmull-Rom splines along both sides, which pass through the nodes smoothly."""

    def __init__(self, nodes: tuple[int, int], cells: int, thickness_m: float) -> None:
        self.nodes, self.thickness_m = nodes, thickness_m
        self._weights = tuple(_spline(n, cells) for n in nodes)
        self.shape = (len(self._weights[0]), len(self._weights[1]))

    def layers(self, nodes: Vector, gone: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Vertices and normals of both layers, shape (2 v, 3); they meet where cells are ``gone``."""
        middle = np.einsum("ai,ijk,bj->abk", self._weights[0], nodes, self._weights[1], optimize=True)
        normal = np.cross(np.gradient(middle, axis=0), np.gradient(middle, axis=1))
        normal /= np.linalg.norm(normal, axis=2, keepdims=True) + 1e-12
        half = np.where(gone, 0.02, 0.5) * self.thickness_m
        off = normal * half[..., None]
        vertices = np.concatenate([(middle + off).reshape(-1, 3), (middle - off).reshape(-1, 3)])
        normals = np.concatenate([normal.reshape(-1, 3), -normal.reshape(-1, 3)])
        return vertices.astype(np.float32), normals.astype(np.float32)

    def faces(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Triangles of both layers and of the rim between them, shape (f, 3), and the cell of each, shape (f,)."""
        na, nb = self.shape
        a, b = (k.ravel() for k in np.meshgrid(np.arange(na - 1), np.arange(nb - 1), indexing="ij"))
        c, cell = a * nb + b, a * (nb - 1) + b
        top = np.concatenate([np.stack([c, c + nb, c + nb + 1], 1), np.stack([c, c + nb + 1, c + 1], 1)])
        low = na * nb
        index = np.arange(na * nb).reshape(na, nb)
        cells = np.arange((na - 1) * (nb - 1)).reshape(na - 1, nb - 1)
        ring = np.concatenate([index[:-1, 0], index[-1, :-1], index[:0:-1, -1], index[0, :0:-1]])
        of = np.concatenate([cells[:, 0], cells[-1, :], cells[::-1, -1], cells[0, ::-1]])
        ahead = np.roll(ring, -1)
        walls = np.concatenate([np.stack([ring, ring + low, ahead + low], 1), np.stack([ring, ahead + low, ahead], 1)])
        return np.concatenate([top, top[:, ::-1] + low, walls]), np.concatenate([cell, cell, cell, cell, of, of])

    def cell_bits(self, words: bytes) -> NDArray[np.bool_]:
        """Cells whose bit is set, shape (cells along u, cells along v)."""
        na, nb = self.shape[0] - 1, self.shape[1] - 1
        bits = np.unpackbits(np.frombuffer(words, np.uint8), bitorder="little")[: na * nb]
        return bits.astype(np.bool_).reshape(na, nb)

    def around(self, cells: NDArray[np.bool_]) -> Vector:
        """Share of the cells about each vertex that is set, of the fine grid's shape."""
        total = np.zeros(self.shape)
        for corner in ((slice(None, -1), slice(None, -1)), (slice(1, None), slice(None, -1)),
                       (slice(None, -1), slice(1, None)), (slice(1, None), slice(1, None))):  # fmt: skip
            total[corner] += 0.25 * cells
        return total


def _spline(nodes: int, cells: int) -> Vector:
    """Weights of the nodes in each point of a Catmull-Rom spline with straight ends, shape (points, nodes)."""
    points = (nodes - 1) * cells + 1
    weights = np.zeros((points, nodes))
    for k in range(points):
        i = min(k // cells, nodes - 2)
        t = k / cells - i
        parts = (
            0.5 * (-t + 2 * t**2 - t**3),
            0.5 * (2 - 5 * t**2 + 3 * t**3),
            0.5 * (t + 4 * t**2 - 3 * t**3),
            0.5 * (t**3 - t**2),
        )
        for offset, part in zip((-1, 0, 1, 2), parts, strict=True):
            n = i + offset
            if n < 0:  # a ghost beyond the end, on the straight line through it
                weights[k, 0] += 2.0 * part
                weights[k, 1] -= part
            elif n >= nodes:
                weights[k, -1] += 2.0 * part
                weights[k, -2] -= part
            else:
                weights[k, n] += part
    return weights
