"""What a task puts into the world besides the arms, as shapes that a view can draw."""

from __future__ import annotations

from dataclasses import dataclass

from robotics.shape_config import Shape

WORLD, TARGET = "world", "target"
"""Owners of shapes that never move, and of those that mark the task's target."""


@dataclass(frozen=True)
class SceneShape:
    """A shape and what it belongs to: an object's name, `WORLD` or `TARGET`; it sits in its owner's frame."""

    owner: str
    part: Shape
