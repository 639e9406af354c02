"""What a task puts into the world besides the arms, as shapes that a view can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from robotics.shape_config import Shape

WORLD, TARGET = "world", "target"
"""Owners of shapes that never move, and of those that mark the task's target."""


@dataclass(frozen=True)
class SceneShape:
    """A shape and what it belongs to: an object's name, `WORLD` or `TARGET`; it sits in its owner's frame."""

    owner: str
    part: Shape


@dataclass(frozen=True)
class Deformable:
    """A sheet that bends, as a view draws it: a grid of nodes whose places travel with every state.

    Attributes:
        name: Its name.
        nodes: Nodes along both sides; node ``i * ny + j``.
        cells: Cells along a link: what is cut or marked shows by cell ``a * (ny - 1) * cells + b``.
        size_m: Sides when flat [m].
        thickness_m: Thickness [m].
        material: How it looks.
        rest: Where the nodes are before anything moves, in world, shape (n, 3) [m].
    """

    name: str
    nodes: tuple[int, int]
    cells: int
    size_m: tuple[float, float]
    thickness_m: float
    material: str
    rest: Vector

    @property
    def count(self) -> int:
        """Number of nodes."""
        return self.nodes[0] * self.nodes[1]

    @property
    def words(self) -> int:
        """64-bit words that have a bit for each cell."""
        return -(-((self.nodes[0] - 1) * (self.nodes[1] - 1) * self.cells**2) // 64)

    @property
    def layout(self) -> tuple[str, int, int]:
        """Its part of a tick's layout: name, number of nodes, number of words."""
        return self.name, self.count, self.words


def deformables(task: object) -> Sequence[Deformable]:
    """The deformables of a task; most have none, and need not say so."""
    found: Sequence[Deformable] = getattr(task, "deformables", ())
    return found


def quantised(places: Vector) -> Vector:
    """Places rounded to 2^-18 m, 4 um: finer than anyone sees, and the zeros behind pack well."""
    rounded: Vector = np.rint(places * 2.0**18) * 2.0**-18
    return rounded
