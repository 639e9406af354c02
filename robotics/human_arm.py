"""The human arm as a chain: seven joints, sized and weighted from a person's sex, mass and height.

The base frame lies in the centre of the shoulder: x forward, y to the left, z up. At ``q = 0`` the arm hangs, the elbow
is straight, the thumb points forward. Flexion turns about an axis fixed to the trunk, then abduction, then rotation
about the upper arm, so each of flexion and abduction is the anatomical angle while the other is zero.

Positive: flexion forwards, abduction outwards, internal rotation, elbow flexion, pronation, wrist flexion, ulnar
deviation.

Source:
    de Leva 1996, Adjustments to Zatsiorsky-Seluyanov's segment inertia parameters, J. Biomechanics 29(9), table 4:
    masses, centres of mass, radii of gyration (hand to the tip of the third finger). Winter 2009, Biomechanics and
    Motor Control of Human Movement, figure 4.1: lengths of the segments. American Academy of Orthopaedic Surgeons
    1965, Joint Motion: ranges; adduction of 30 degrees is ours, where the trunk is in the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError, UnknownNameError
from robotics.kernels.kinematics import REVOLUTE


@dataclass(frozen=True)
class Segment:
    """One segment of the arm, as shares of the person.

    Attributes:
        mass: Share of the body's mass.
        com: Centre of mass from the proximal end, as a share of the segment's length.
        sagittal: Radius of gyration about the axis that points forward with the palm forward, as a share of length.
        transverse: The same about the axis that points sideways.
        longitudinal: The same about the segment's own axis.
    """

    mass: float
    com: float
    sagittal: float
    transverse: float
    longitudinal: float


SEGMENTS = {
    "female": (
        Segment(0.0255, 0.5754, 0.278, 0.260, 0.148),
        Segment(0.0138, 0.4559, 0.261, 0.257, 0.094),
        Segment(0.0056, 0.3427, 0.244, 0.208, 0.154),
    ),
    "male": (
        Segment(0.0271, 0.5772, 0.285, 0.269, 0.158),
        Segment(0.0162, 0.4574, 0.276, 0.265, 0.121),
        Segment(0.0061, 0.3624, 0.288, 0.235, 0.184),
    ),
}
"""Upper arm, forearm, hand by sex; de Leva 1996, table 4."""

LENGTHS = (0.186, 0.146, 0.108)
"""Upper arm, forearm, hand as shares of the height; Winter 2009."""

KNUCKLE = 0.459
"""Wrist to third knuckle over wrist to fingertip: 86.2 of 187.9 mm (male), 78.0 of 170.1 (female); de Leva 1996."""

RANGES_DEG = {
    "shoulder_flexion": (-60.0, 180.0),
    "shoulder_abduction": (-30.0, 180.0),
    "shoulder_rotation": (-90.0, 70.0),
    "elbow_flexion": (0.0, 150.0),
    "forearm_pronation": (-80.0, 80.0),
    "wrist_flexion": (-70.0, 80.0),
    "wrist_deviation": (-20.0, 30.0),
}
"""Ranges of a healthy adult by joint, base to tip [deg]."""

OLDER_RANGES_DEG = {
    "shoulder_flexion": (-44.0, 165.0),
    "shoulder_abduction": (-30.0, 165.0),
    "shoulder_rotation": (-81.0, 62.0),
    "elbow_flexion": (4.0, 143.0),
    "forearm_pronation": (-74.0, 71.0),
    "wrist_flexion": (-63.0, 64.0),
    "wrist_deviation": (-19.0, 26.0),
}
"""Mean active ranges of healthy adults of 65 to 85 years by joint, base to tip [deg].

Source:
    Walker et al. 1984, Active mobility of the extremities in older subjects, Physical Therapy 64(6): 30 men and 30
    women, as Norkin and White, Measurement of Joint Motion, table A.1, have them. Adduction of 30 degrees is ours.
"""

# Axes at q = 0 along base axes, for a right arm; the left one is its mirror image in the sagittal plane.
_AXES_RIGHT = np.array(
    [
        [0.0, -1.0, 0.0],
        [-1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.0, -1.0, 0.0],
        [0.0, 0.0, 1.0],
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
    ]
)
_ORIGIN_OF = (0, 0, 0, 1, 1, 2, 2)  # shoulder, elbow, wrist
_CARRIER = (2, 4, 6)  # joints whose links are upper arm, forearm, hand


def human_arm(sex: str, mass_kg: float, height_m: float, side: str) -> Chain:
    """The arm of a person as a chain; the tip is the third knuckle, with the axes of the base while ``q = 0``.

    The links between the axes of one joint (two in the shoulder, one each in elbow and wrist) have no mass. A person's
    strength is no property of the chain: velocity, acceleration, jerk and effort are unbounded, friction is zero.

    Args:
        sex: ``"female"`` or ``"male"``: whose averages to take.
        mass_kg: Mass of the whole body [kg].
        height_m: Height [m].
        side: ``"left"`` or ``"right"``.

    Raises:
        UnknownNameError: ``sex`` or ``side`` is none of these.
        ArgumentError: Mass outside of 2 to 400 kg, or height outside of 0.4 to 2.6 m.
    """
    if sex not in SEGMENTS:
        raise UnknownNameError("sex", sex, SEGMENTS)
    if side not in ("left", "right"):
        raise UnknownNameError("side", side, ("left", "right"))
    if not 2.0 <= mass_kg <= 400.0:
        raise ArgumentError(f"mass_kg must be within 2 to 400 kg, is {mass_kg}")
    if not 0.4 <= height_m <= 2.6:
        raise ArgumentError(f"height_m must be within 0.4 to 2.6 m, is {height_m}")
    names = tuple(RANGES_DEG)
    n = len(names)
    lengths = np.array(LENGTHS) * height_m
    axes = _AXES_RIGHT * ((1.0, 1.0, 1.0) if side == "right" else (-1.0, 1.0, -1.0))
    frames = np.tile(np.eye(4), (n + 1, 1, 1))  # each link in base at q = 0; the last one is the tip
    for i in range(n):
        frames[i, :3, :3] = _frame_about(axes[i])
        frames[i, 2, 3] = -lengths[: _ORIGIN_OF[i]].sum()
    frames[n, 2, 3] = -(lengths[0] + lengths[1] + KNUCKLE * lengths[2])
    mass, com, inertia = np.zeros(n), np.zeros((n, 3)), np.zeros((n, 3, 3))
    for segment, length, link in zip(SEGMENTS[sex], lengths, _CARRIER, strict=True):
        to_link = frames[link, :3, :3].T
        # The table's posture has the palm forward; with the thumb forward, forearm and hand are a quarter turn on.
        across = (segment.sagittal, segment.transverse)
        x, y = across if link == _CARRIER[0] else across[::-1]
        mass[link] = segment.mass * mass_kg
        com[link] = to_link @ (0.0, 0.0, -segment.com * length)
        gyration = np.square(np.array([x, y, segment.longitudinal]) * length)
        inertia[link] = to_link @ np.diag(mass[link] * gyration) @ to_link.T
    limits = np.radians(np.array(list(RANGES_DEG.values())))
    home = np.zeros(n)
    home[names.index("elbow_flexion")] = math.radians(90.0)
    return Chain(
        name=f"{side}_arm",
        joint_names=names,
        placement=np.array([_inverse(frames[i - 1]) @ frames[i] if i else frames[0] for i in range(n)]),
        kind=np.full(n, REVOLUTE, dtype=np.int64),
        lower=limits[:, 0].copy(),
        upper=limits[:, 1].copy(),
        velocity=np.full(n, np.inf),
        acceleration=np.full(n, np.inf),
        jerk=np.full(n, np.inf),
        effort=np.full(n, np.inf),
        viscous=np.zeros(n),
        coulomb=np.zeros(n),
        backlash=np.zeros(n),
        mass=mass,
        com=com,
        inertia=inertia,
        T_link_tip=_inverse(frames[n - 1]) @ frames[n],
        remote_centre="none",
        inverse="",
        home=home,
    )


def _frame_about(axis: Vector) -> Vector:
    """A rotation whose z axis is a given one of the base's axes, of either sign, shape (3, 3)."""
    x = np.roll(np.abs(axis), 1)
    return np.column_stack([x, np.cross(axis, x), axis])


def _inverse(T: Vector) -> Vector:
    """Inverse of a pose, shape (4, 4)."""
    inverse = np.eye(4)
    inverse[:3, :3] = T[:3, :3].T
    inverse[:3, 3] = -T[:3, :3].T @ T[:3, 3]
    return inverse
