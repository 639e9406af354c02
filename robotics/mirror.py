"""The other side of an arm: its mirror image in the plane that its base's x and z axes span.

A mirror image has no frames of its own, since a reflected frame is left-handed. So each frame is reflected once more
along one of its own axes: along y in the base and at the tip, along z in the link of a joint that turns, along y in
that of a joint that slides. Then every joint value means the same on both sides: flexion stays flexion.

The image is an `ArmConfig` like any other, in modified Denavit-Hartenberg rows: all that works from one works for it.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace

from robotics.arm_config import (
    BASE,
    ArmConfig,
    BodyConfig,
    FrameConfig,
    JointConfig,
    LinkShape,
    RevoluteJoint,
    TipConfig,
)
from robotics.chain import chain_from_config, frame_matrix, matrix_rpy, rpy_matrix
from robotics.contracts import Vector
from robotics.cuff_config import CuffConfig
from robotics.shape_config import Box, Extrusion, Loft, Shape, Triple, Tube

Y, Z = 1, 2
"""Axes that frames are reflected along."""

_OTHER = {"left": "right", "right": "left", "": ""}


def mirrored(config: ArmConfig) -> ArmConfig:
    """The mirror image of an arm for a person's other side.

    At equal joint values its tip stands at ``S p`` with the rotation ``S R S``, where the arm's own is at ``p``, ``R``
    and ``S = diag(1, -1, 1)``. A closed-form inverse of the arm is not that of its image, which has none.

    Args:
        config: The arm.
    """
    joints = config.joints
    axes = {BASE: Y} | {joint.name: _axis(joint) for joint in joints}
    before = [Y, *(axes[joint.name] for joint in joints)]
    leads = [(joint.a_m, joint.alpha_rad) for joint in joints]
    if config.convention == "standard_dh":
        # The a and alpha of a standard row stand before the next joint, those of a modified row before its own.
        leads = [(0.0, 0.0), *leads[:-1]]
    return replace(
        config,
        convention="modified_dh",
        inverse="",
        side=_OTHER[config.side],
        mount=_frame(frame_matrix(config.mount), Y, Y),
        joints=tuple(
            _joint(joint, a, alpha, start) for joint, (a, alpha), start in zip(joints, leads, before, strict=False)
        ),
        tip=_tip(config, before[-1]),
        jaw=None if config.jaw is None else replace(config.jaw, body=_body(config.jaw.body, before[-1])),
        cuffs=tuple(_cuff(cuff, axes[cuff.link]) for cuff in config.cuffs),
        visuals=tuple(_link_shape(shape, axes[shape.link]) for shape in config.visuals),
        collisions=tuple(_link_shape(shape, axes[shape.link]) for shape in config.collisions),
    )


def mirrored_shape(shape: Shape, axis: int) -> Shape:
    """The mirror image of a shape, placed in the image of its parent's frame.

    Args:
        shape: The shape. The unevenness of a pad of tissue stays as it is.
        axis: Axis that its parent's frame is reflected along: 0, 1 or 2.
    """
    # A shape is reflected along an axis of its own along which it is symmetric, or its outline is turned over.
    own = axis if isinstance(shape, Box) else Z if isinstance(shape, Tube) else Y
    T = _reflect(_pose(shape.xyz_m, shape.rpy_rad), axis, own)
    changes: dict[str, object] = {"xyz_m": _triple(T[:3, 3]), "rpy_rad": matrix_rpy(T[:3, :3])}
    if isinstance(shape, Extrusion):
        changes["outline_m"] = tuple((x, -y) for x, y in reversed(shape.outline_m))
    elif isinstance(shape, Loft):
        changes["sections_m"] = tuple((x, -y, z, half_x, half_y) for x, y, z, half_x, half_y in shape.sections_m)
    elif isinstance(shape, Tube):
        changes["points_m"] = tuple((x, y, -z) for x, y, z in shape.points_m)
    return replace(shape, **changes)


def _axis(joint: JointConfig) -> int:
    return Z if isinstance(joint, RevoluteJoint) else Y


def _joint(joint: JointConfig, a: float, alpha: float, start: int) -> JointConfig:
    """A joint behind the lead ``a``, ``alpha``, its image's frame reflected along its own axis, the one before it along
    ``start``: reflection turns the sense of alpha, and of d along z or theta along y; y for z is a half turn about x.
    """
    own = _axis(joint)
    turned = -alpha if start == own else math.pi - alpha
    d, theta = (-joint.d_m, joint.theta_offset_rad) if own == Z else (joint.d_m, -joint.theta_offset_rad)
    return replace(
        joint, a_m=a, alpha_rad=turned, d_m=d, theta_offset_rad=theta, body=_body(joint.body, own), fit=joint.fit
    )


def _tip(config: ArmConfig, axis: int) -> TipConfig:
    frame = _frame(chain_from_config(config).T_link_tip, axis, Y)
    return TipConfig(xyz_m=frame.xyz_m, rotation=frame.rotation, fit=config.tip.fit)


def _body(body: BodyConfig, axis: int) -> BodyConfig:
    S = _signs(axis)
    xx, yy, zz, xy, xz, yz = body.inertia_kgm2
    return BodyConfig(
        mass_kg=body.mass_kg,
        com_m=_triple(S * body.com_m),
        inertia_kgm2=(xx, yy, zz, xy * S[0] * S[1], xz * S[0] * S[2], yz * S[1] * S[2]),
    )


def _cuff(cuff: CuffConfig, axis: int) -> CuffConfig:
    T = _reflect(_pose(cuff.xyz_m, cuff.rpy_rad), axis, axis)
    return replace(cuff, xyz_m=_triple(T[:3, 3]), rpy_rad=matrix_rpy(T[:3, :3]))


def _link_shape(shape: LinkShape, axis: int) -> LinkShape:
    return replace(shape, part=mirrored_shape(shape.part, axis))


def _frame(T: Vector, axis: int, own: int) -> FrameConfig:
    image = _reflect(T, axis, own)
    x, y, z = (_triple(row) for row in image[:3, :3])
    return FrameConfig(xyz_m=_triple(image[:3, 3]), rotation=(x, y, z))


def _reflect(T: Vector, axis: int, own: int) -> Vector:
    """A pose between two frames, shape (4, 4), once the outer is reflected along ``axis``, the inner along ``own``."""
    image = np.eye(4)
    image[:3, :3] = _signs(axis)[:, None] * T[:3, :3] * _signs(own)
    image[:3, 3] = _signs(axis) * T[:3, 3]
    return image


def _pose(xyz: Triple, rpy: Triple) -> Vector:
    T = np.eye(4)
    T[:3, :3] = rpy_matrix(*rpy)
    T[:3, 3] = xyz
    return T


def _signs(axis: int) -> Vector:
    """Diagonal of the reflection along an axis, shape (3,)."""
    signs = np.ones(3)
    signs[axis] = -1.0
    return signs


def _triple(values: Vector) -> Triple:
    x, y, z = (float(value) for value in values)
    return x, y, z
