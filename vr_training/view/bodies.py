"""Bodies as the view draws them, from meshes and materials, and scenes of bodies alone, without a session."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from control.layout import encode_layout
from control.tick import TickLayout
from robotics.contracts import Vector
from robotics.mesh import Mesh
from robotics.shape_config import Shape
from robotics.shapes import mesh
from vr_training.stream.messages import Body, SceneMessage
from vr_training.view.materials import material

AT_REST = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
"""Pose of a body that stands at the origin of the world."""


def body(
    name: str, surface: str, shape: Mesh, owner: str = "world", *, moving: bool = True, casts_shadow: bool = True
) -> Body:
    """A body of one mesh and one material.

    Args:
        name: Unique name.
        surface: Name of its material.
        shape: Its mesh, in its own frame.
        owner: What it belongs to.
        moving: Whether its pose changes at all.
        casts_shadow: Whether it darkens what lies behind it.

    Raises:
        UnknownNameError: There is no such material.
    """
    return Body(
        name=name,
        owner=owner,
        vertices=shape.vertices.astype("<f4").tobytes(),
        normals=shape.normals.astype("<f4").tobytes(),
        faces=shape.faces.astype("<u4").tobytes(),
        colours=b"" if shape.colours is None else shape.colours.astype("u1").tobytes(),
        material=material(surface),
        moving=moving,
        casts_shadow=casts_shadow,
    )


def shape_body(
    name: str, shape: Shape, owner: str = "world", *, moving: bool = True, casts_shadow: bool = True
) -> Body:
    """A body of one shape in the shape's own material; see `body`."""
    return body(name, shape.material, mesh(shape), owner, moving=moving, casts_shadow=casts_shadow)


def still_scene(*bodies: Body, poses: ArrayLike | None = None) -> tuple[SceneMessage, Vector]:
    """A scene of bodies alone: no arms, no task, nobody drives.

    Args:
        bodies: The bodies.
        poses: Pose of each in world, shape (bodies, 7); all `AT_REST` where None.

    Returns:
        The scene, and the poses, shape (bodies, 7).
    """
    placed = np.array(np.tile(AT_REST, (len(bodies), 1)) if poses is None else poses, dtype=np.float64)
    scene = SceneMessage(
        session="still",
        epoch=0,
        title="",
        task="",
        period_s=0.001,
        bodies=bodies,
        static_poses=placed.astype("<f8").tobytes(),
        arms=(),
        objects=(),
        target=(),
        goal_radius_m=0.0,
        cameras=(),
        signals=(),
        phases=(),
        inputs=False,
        scale=1.0,
        operator_from_world=np.eye(3, dtype="<f8").tobytes(),
        layout=encode_layout(TickLayout(())),
    )
    return scene, placed
