"""Small scenes for the view's tests."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.mesh import Mesh
from robotics.shape_config import Shape
from robotics.shapes import mesh
from vr_training.stream.messages import Body, SceneMessage
from vr_training.view.materials import material

REST = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def body(name: str, shape: Shape, casts_shadow: bool = True, moving: bool = True) -> Body:
    m: Mesh = mesh(shape)
    return Body(
        name=name,
        owner="world",
        vertices=m.vertices.astype("<f4").tobytes(),
        normals=m.normals.astype("<f4").tobytes(),
        faces=m.faces.astype("<u4").tobytes(),
        colours=b"" if m.colours is None else m.colours.tobytes(),
        material=material(shape.material),
        casts_shadow=casts_shadow,
        moving=moving,
    )


def scene(*bodies: Body) -> tuple[SceneMessage, Vector]:
    poses = np.tile(REST, (len(bodies), 1))
    message = SceneMessage(
        session="test",
        epoch=0,
        title="Test",
        task="",
        period_s=0.001,
        bodies=bodies,
        static_poses=poses.tobytes(),
        arms=(),
        objects=(),
        target=(),
        goal_radius_m=0.0,
        cameras=(),
        signals=(),
        phases=(),
        inputs=False,
        scale=1.0,
        operator_from_world=np.eye(3).tobytes(),
        layout="{}",
    )
    return message, poses
