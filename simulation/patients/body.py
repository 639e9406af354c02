"""What a patient looks like: the arm that is trained, in the frames of its links, and the person who sits there.

Drawn for a right arm in the frames of `robotics.human_arm`; the left one is its mirror image. The hand is a fist that
holds a grip in its palm. Girths grow with the square root of mass over height, as a body's of one shape do.

Source:
    Winter 2009, Biomechanics and Motor Control of Human Movement, figure 4.1: lengths, heights and widths of the body.
    Girths and the shape of hand, head and clothes: ours.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace

from robotics.chain import Chain, matrix_rpy, rpy_matrix
from robotics.contracts import Vector
from robotics.human_arm import KNUCKLE, LENGTHS, human_arm
from robotics.kinematics import forward, link_poses
from robotics.mirror import Y, Z, mirrored_shape
from robotics.shape_config import Capsule, Loft, Shape, Sphere, Tube
from simulation.patients.seated import SHOULDER_HALF, chair, floor_m, head, legs, loft, thigh_top, torso
from simulation.scenery import SceneShape

ARM = ("upper_arm", "forearm", "hand")
"""Segments that move: each in the frame of its link of `robotics.human_arm`, links 2, 4 and 6."""
TRUNK, SEAT = "trunk", "seat"
"""What moves with the shoulder: trunk, head, other arm; what stays: chair and legs. Both in the arm's base frame."""

GHOST = "demonstration"
"""Material of an arm that shows how a movement goes."""

_RADII = {"male": (0.0490, 0.0430, 0.0437, 0.0272), "female": (0.0455, 0.0395, 0.0400, 0.0248)}
"""Mean radius of upper arm, elbow, forearm, wrist [m] of those of `_BUILD`, men of 1.75 m, women of 1.65 m: ours."""
_BUILD = {"male": 75.0 / 1.75, "female": 62.0 / 1.65}
"""Mass over height that these belong to [kg/m]."""
_GRIP = 0.0165
"""Radius of what the hand holds [m]; ours, that of the arms' grips."""
_ON_THIGH = (0.15, 0.12, 0.25, 1.15, 0.9, 0.0, 0.0)
_ON_TABLE = (0.35, 0.25, 0.55, 1.15, 0.9, 0.0, 0.0)
"""Postures of the other arm, whose elbow bends until the hand lies on what carries it [rad]; ours."""
_FINGER_STEP_RAD = 0.24
"""Angle that one piece of a finger spans: three hands are drawn, and a finger is a few pixels wide [rad]; ours."""
_PALM_M = 0.038
"""Height of the palm of a fist above what it lies on, of a person of 1.75 m [m]; ours."""
_BENT = (0.2, 2.2)
"""Between these the resting elbow bends [rad]."""


def segment_shapes(
    sex: str, mass_kg: float, height_m: float, side: str, floor: float | None = None, table: float | None = None
) -> dict[str, list[SceneShape]]:
    """Shapes of a seated person by part: `ARM`, `TRUNK` and `SEAT`; the part is the shapes' owner.

    Args:
        sex: ``"female"`` or ``"male"``.
        mass_kg: Mass of the whole body [kg].
        height_m: Height [m].
        side: Which arm is trained, ``"left"`` or ``"right"``.
        floor: Height of the floor above the shoulder [m]; where his thighs lie level if None. They tilt with it.
        table: Height of a table's top above the shoulder, on which his other hand lies [m]; on his thigh if None.

    Raises:
        UnknownNameError: ``sex`` or ``side`` is none of these.
        ArgumentError: Mass or height is out of the range of `robotics.human_arm.human_arm`.
    """
    human_arm(sex, mass_kg, height_m, side)  # refuses what no person is
    build = math.sqrt(mass_kg / height_m / _BUILD[sex])
    arm = dict(
        zip(ARM, (_upper_arm(sex, build, height_m), _forearm(sex, build, height_m), _hand(height_m)), strict=True)
    )
    middle = SHOULDER_HALF * height_m
    trunk = [*torso(build, height_m), *head(height_m)]
    floor = floor_m(height_m) if floor is None else floor
    other = human_arm(sex, mass_kg, height_m, "left")
    poses = link_poses(other, _resting(other, build, height_m, floor, table))
    for segment, link in zip(ARM, (2, 4, 6), strict=True):
        poses[link][1, 3] += 2.0 * middle
        trunk += [_placed(mirrored_shape(shape, Z), poses[link]) for shape in arm[segment]]
    seat = [*legs(build, height_m, floor), *chair(height_m, floor)]
    if side == "left":
        arm = {segment: [mirrored_shape(shape, Z) for shape in shapes] for segment, shapes in arm.items()}
        trunk, seat = ([mirrored_shape(shape, Y) for shape in shapes] for shapes in (trunk, seat))
    return {
        name: [SceneShape(name, shape) for shape in shapes]
        for name, shapes in (arm | {TRUNK: trunk, SEAT: seat}).items()
    }


def ghost_shapes(sex: str, mass_kg: float, height_m: float, side: str) -> dict[str, list[SceneShape]]:
    """The arm alone, translucent, by segment: what shows how a movement goes; see `segment_shapes`."""
    shapes = segment_shapes(sex, mass_kg, height_m, side)
    return {
        segment: [SceneShape(segment, replace(shape.part, material=GHOST)) for shape in shapes[segment]]
        for segment in ARM
    }


def _resting(arm: Chain, build: float, height: float, floor: float, table: float | None) -> Vector:
    """Posture of the other arm whose hand lies on the table, or on the thigh, shape (7,) [rad]."""
    q = np.array(_ON_THIGH if table is None else _ON_TABLE)
    low, high = _BENT
    for _ in range(30):  # the more it bends, the higher is the hand
        q[3] = 0.5 * (low + high)
        x, _, z = forward(arm, q)[:3, 3]
        below = thigh_top(build, height, floor, float(x)) if table is None else table
        low, high = (q[3], high) if z - _PALM_M * height / 1.75 < below else (low, q[3])
    return q


def _upper_arm(sex: str, build: float, height: float) -> list[Shape]:
    length, (r, elbow, _, _) = LENGTHS[0] * height, (build * radius for radius in _RADII[sex])
    return [
        loft(
            "skin",
            (0.0, 0.0, -1.13 * length, 0.0, 0.0),
            (0.0, 0.0, -1.11 * length, 0.55 * elbow, 0.55 * elbow),
            (0.0, 0.0, -1.06 * length, 0.88 * elbow, 0.88 * elbow),
            (0.0, 0.0, -0.97 * length, 0.98 * elbow, 0.98 * elbow),
            (0.0, 0.0, -0.80 * length, 0.96 * elbow, 0.92 * elbow),
            (0.004, 0.0, -0.55 * length, 1.03 * r, 0.95 * r),
            (0.002, 0.0, -0.30 * length, 1.05 * r, 0.98 * r),
            (0.0, 0.0, -0.05 * length, 1.0 * r, 1.0 * r),
            (0.0, 0.0, 0.02 * length, 0.8 * r, 0.8 * r),
        ),
        loft(
            "shirt",
            (0.002, 0.0, -0.36 * length, 1.16 * r, 1.14 * r),
            (0.002, 0.0, -0.33 * length, 1.19 * r, 1.16 * r),
            (0.0, 0.0, -0.12 * length, 1.24 * r, 1.20 * r),
            (0.0, 0.004, 0.02 * length, 1.20 * r, 1.16 * r),
            (0.0, 0.008, 0.12 * length, 0.90 * r, 0.88 * r),
            (0.0, 0.012, 0.17 * length, 0.5 * r, 0.5 * r),
            (0.0, 0.014, 0.185 * length, 0.0, 0.0),
        ),
    ]


def _forearm(sex: str, build: float, height: float) -> list[Shape]:
    length, (_, elbow, r, wrist) = LENGTHS[1] * height, (build * radius for radius in _RADII[sex])
    return [
        loft(
            "skin",
            (0.0, 0.0, -1.095 * length, 0.0, 0.0),
            (0.0, 0.0, -1.085 * length, 0.55 * wrist, 0.40 * wrist),
            (0.0, 0.0, -1.05 * length, 0.95 * wrist, 0.68 * wrist),
            (0.0, 0.0, -0.99 * length, 1.15 * wrist, 0.81 * wrist),
            (0.0, 0.0, -0.86 * length, 1.14 * wrist, 0.88 * wrist),
            (0.0, 0.0, -0.66 * length, 0.80 * r, 0.74 * r),
            (0.0, 0.0, -0.40 * length, 0.98 * r, 0.94 * r),
            (0.0, 0.0, -0.20 * length, 1.03 * r, 1.0 * r),
            (0.0, 0.0, -0.02 * length, 1.0 * elbow, 1.0 * elbow),
            (0.0, 0.0, 0.10 * length, 0.82 * elbow, 0.82 * elbow),
            (0.0, 0.0, 0.15 * length, 0.5 * elbow, 0.5 * elbow),
            (0.0, 0.0, 0.165 * length, 0.0, 0.0),
        )
    ]


def _hand(height: float) -> list[Shape]:
    """A fist about a grip at the third knuckle: x to the elbow, y where the thumb points, z out of the palm."""
    s = height / 1.75
    grip = -KNUCKLE * LENGTHS[2] * height
    # The back of the hand, its own z towards the elbow, x to the thumb, y out of the palm.
    along = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    knuckle = _GRIP + 0.0105 * s
    back = Loft(
        material="skin",
        rpy_rad=matrix_rpy(along),
        power=2.6,
        sections_m=(
            (0.0, -knuckle, grip - 0.013 * s, 0.0, 0.0),
            (0.0, -knuckle, grip - 0.009 * s, 0.034 * s, 0.006 * s),
            (0.0, -knuckle, grip, 0.0415 * s, 0.0105 * s),
            (0.0005 * s, -0.66 * knuckle, grip + 0.028 * s, 0.0415 * s, 0.0145 * s),
            (0.001 * s, -0.27 * knuckle, grip + 0.056 * s, 0.0365 * s, 0.0185 * s),
            (0.0, -0.001 * s, grip + 0.078 * s, 0.0315 * s, 0.0205 * s),
            (0.0, 0.0, 0.005 * s, 0.0295 * s, 0.0195 * s),
            (0.0, 0.0, 0.0125 * s, 0.023 * s, 0.0150 * s),
            (0.0, 0.0, 0.0175 * s, 0.013 * s, 0.0090 * s),
            (0.0, 0.0, 0.0195 * s, 0.0, 0.0),
        ),
    )
    palm = Loft(
        material="skin",
        rpy_rad=matrix_rpy(along),
        power=2.3,
        sections_m=(
            (0.0, 0.004 * s, grip + _GRIP + 0.003 * s, 0.0, 0.0),
            (0.0, 0.004 * s, grip + _GRIP + 0.006 * s, 0.029 * s, 0.011 * s),
            (0.002 * s, 0.006 * s, grip + 0.040 * s, 0.038 * s, 0.0175 * s),
            (0.001 * s, 0.004 * s, grip + 0.060 * s, 0.035 * s, 0.0185 * s),
            (0.0, 0.0, 0.0, 0.026 * s, 0.0175 * s),
            (0.0, 0.0, 0.010 * s, 0.014 * s, 0.010 * s),
            (0.0, 0.0, 0.013 * s, 0.0, 0.0),
        ),
    )
    shapes: list[Shape] = [back, palm]
    for y, radius, sweep in (
        (0.0315, 0.0094, 4.25),
        (0.0108, 0.0098, 4.35),
        (-0.0100, 0.0094, 4.35),
        (-0.0300, 0.0083, 4.2),
    ):
        shapes += _finger(grip, y * s, radius * s, sweep)
    thumb = (
        (-0.026, 0.024, 0.009),
        (-0.052, 0.042, 0.018),
        (-0.075, 0.0425, 0.030),
        (-0.093, 0.033, 0.039),
        (-0.103, 0.021, 0.0415),
    )
    path = tuple((x * s, y * s, z * s) for x, y, z in thumb)
    shapes += [
        Tube(material="skin", radius_m=0.0108 * s, points_m=path),
        Sphere(material="skin", radius_m=0.0108 * s, segments=14, xyz_m=path[-1]),
        Capsule(
            material="skin",
            radius_m=0.0155 * s,
            length_m=0.038 * s,
            xyz_m=(-0.056 * s, 0.028 * s, 0.013 * s),
            rpy_rad=(0.0, 1.81, -0.42),
        ),
    ]
    return shapes


def _finger(grip: float, y: float, radius: float, sweep: float) -> list[Shape]:
    """A finger bent about the grip, from the knuckle on the back of the hand round to the palm."""
    bend = _GRIP + radius
    # The arc's own x starts at the knuckle, its y leads away from the elbow, so that it winds about the thumb's way.
    R = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])
    end = (grip - bend * math.sin(sweep), y, -bend * math.cos(sweep))
    return [
        Tube(
            material="skin",
            radius_m=radius,
            arc_radius_m=bend,
            arc_rad=sweep,
            step_rad=_FINGER_STEP_RAD,
            xyz_m=(grip, y, 0.0),
            rpy_rad=matrix_rpy(R),
        ),
        Sphere(material="skin", radius_m=radius, segments=10, xyz_m=(grip, y, -bend)),
        Sphere(material="skin", radius_m=radius, segments=10, xyz_m=end),
    ]


def _placed(shape: Shape, T: Vector) -> Shape:
    """A shape of a link in the frame that the link stands in with the pose ``T``, shape (4, 4)."""
    x, y, z = T[:3, :3] @ np.array(shape.xyz_m) + T[:3, 3]
    return replace(
        shape, xyz_m=(float(x), float(y), float(z)), rpy_rad=matrix_rpy(T[:3, :3] @ rpy_matrix(*shape.rpy_rad))
    )
