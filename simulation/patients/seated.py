"""The person whose arm is trained, without that arm: trunk and head, legs, and the chair that he sits on.

In the base frame of a right arm of `robotics.human_arm`: the shoulder at the origin, x forward, y to the left, z up.

Source:
    Winter 2009, Biomechanics and Motor Control of Human Movement, figure 4.1: lengths, heights and widths of the body.
    Shapes of trunk, head and clothes: ours.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace

from robotics.chain import matrix_rpy, rpy_matrix
from robotics.shape_config import Box, Capsule, Cylinder, Loft, Section, Shape, Sphere

SHOULDER_HALF, HIP_HALF = 0.129, 0.0955
"""Distance of shoulder and hip from the middle, as shares of height; Winter 2009."""
SHOULDER_TO_HIP, THIGH, SHANK, FOOT_HEIGHT, FOOT = 0.288, 0.245, 0.246, 0.039, 0.152
"""Lengths as shares of height; Winter 2009."""

_THIGH_LOW = 0.012
"""How far below the hip's joint the middle of a thigh lies as it is drawn [m]; ours."""


def floor_m(height_m: float) -> float:
    """Height of the floor above the shoulder of a seated person, below zero [m]."""
    return -(SHOULDER_TO_HIP + SHANK + FOOT_HEIGHT) * height_m


def loft(material: str, *sections: Section, power: float = 2.0) -> Loft:
    """A loft of a material through sections."""
    return Loft(material=material, sections_m=sections, power=power)


def torso(build: float, height: float) -> list[Shape]:
    """Shirt and belt line about the middle of the body, from the seat to the neck."""
    s, w, y = height / 1.75, build, SHOULDER_HALF * height
    shirt = loft(
        "shirt",
        (0.0, y, -0.500 * s, 0.112 * w, 0.170 * w),
        (0.0, y, -0.485 * s, 0.118 * w, 0.176 * w),
        (0.0, y, -0.400 * s, 0.114 * w, 0.160 * w),
        (0.0, y, -0.310 * s, 0.108 * w, 0.150 * w),
        (0.004, y, -0.180 * s, 0.118 * w, 0.160 * w),
        (0.006, y, -0.080 * s, 0.122 * w, 0.172 * w),
        (0.001, y, -0.015 * s, 0.110 * w, 0.190 * w),
        (-0.005, y, 0.030 * s, 0.085 * w, 0.170 * w),
        (-0.010, y, 0.062 * s, 0.066 * w, 0.098 * w),
        (-0.006, y, 0.080 * s, 0.059 * w, 0.068 * w),
        power=2.3,
    )
    # Shoulders: from one joint to the other, its own z along y, its own y down.
    half = (
        (0.000, 0.006, 0.00, 0.053, 0.055),
        (-0.003, 0.002, 0.25, 0.060, 0.058),
        (-0.008, -0.008, 0.60, 0.064, 0.058),
        (-0.010, -0.016, 0.90, 0.066, 0.058),
    )
    sections = tuple((x * w, drop * s, share * y, a * w, b * w) for x, drop, share, a, b in half)
    across = tuple((x, drop, 2.0 * y - z, a, b) for x, drop, z, a, b in reversed(sections))
    shoulders = replace(loft("shirt", *sections, *across), rpy_rad=(-math.pi / 2, 0.0, 0.0))
    return [shirt, shoulders]


def head(height: float) -> list[Shape]:
    """Neck, head with hair, nose and ears; no face."""
    s, y = height / 1.75, SHOULDER_HALF * height

    def scaled(*sections: tuple[float, float, float, float]) -> tuple[Section, ...]:
        return tuple((x * s, y, z * s, a * s, b * s) for x, z, a, b in sections)

    return [
        loft("skin", *scaled((-0.008, 0.05, 0.056, 0.058), (-0.002, 0.10, 0.053, 0.054), (0.008, 0.16, 0.055, 0.055))),
        loft(
            "skin",
            *scaled(
                (0.064, 0.090, 0.0, 0.0),
                (0.060, 0.094, 0.024, 0.024),
                (0.048, 0.108, 0.048, 0.044),
                (0.030, 0.140, 0.076, 0.060),
                (0.020, 0.180, 0.090, 0.069),
                (0.012, 0.220, 0.097, 0.074),
                (0.006, 0.260, 0.094, 0.073),
                (0.004, 0.290, 0.076, 0.059),
                (0.004, 0.309, 0.046, 0.036),
                (0.004, 0.317, 0.0, 0.0),
            ),
            power=2.15,
        ),
        # Hair: a cap that reaches down behind.
        loft(
            "hair",
            *scaled(
                (-0.060, 0.140, 0.026, 0.046),
                (-0.050, 0.152, 0.040, 0.058),
                (-0.034, 0.190, 0.058, 0.073),
                (-0.020, 0.230, 0.074, 0.0785),
                (-0.002, 0.262, 0.096, 0.0775),
                (0.003, 0.290, 0.084, 0.065),
                (0.003, 0.313, 0.052, 0.041),
                (0.003, 0.324, 0.0, 0.0),
            ),
            power=2.15,
        ),
        Capsule(
            material="skin",
            radius_m=0.0095 * s,
            length_m=0.030 * s,
            xyz_m=(0.110 * s, y, 0.172 * s),
            rpy_rad=(0.0, -0.22, 0.0),
        ),
        *(
            Sphere(material="skin", radius_m=0.017 * s, xyz_m=(0.008 * s, y + sign * 0.066 * s, 0.190 * s))
            for sign in (-1.0, 1.0)
        ),
    ]


def thigh_top(build: float, height: float, floor: float, x: float) -> float:
    """Height of a thigh's upper side above the shoulder, that far ahead of it [m]."""
    tilt, thigh = _tilt(height, floor), THIGH * height
    along = min(max(x / math.cos(tilt), 0.0), thigh)
    radius = float(np.interp(along / thigh, (0.0, 0.45, 0.92), (0.083, 0.077, 0.060)))
    return -SHOULDER_TO_HIP * height - _THIGH_LOW + along * math.sin(tilt) + build * radius / math.cos(tilt)


def _tilt(height: float, floor: float) -> float:
    """How far the thighs rise to the knees [rad]: shanks stand upright, so the floor says how high the knees are."""
    knee = floor + (SHANK + FOOT_HEIGHT + SHOULDER_TO_HIP) * height
    return math.asin(min(max(knee / (THIGH * height), -0.5), 0.5))


def legs(build: float, height: float, floor: float) -> list[Shape]:
    """Hips, thighs along x, shanks and shoes."""
    y, hip = SHOULDER_HALF * height, -SHOULDER_TO_HIP * height
    thigh, shank, apart = THIGH * height, SHANK * height, HIP_HALF * height
    w = build
    tilt = _tilt(height, floor)
    forward = rpy_matrix(0.0, math.pi / 2 - tilt, 0.0)
    shapes: list[Shape] = [
        loft(
            "trousers",
            (-0.01, y, hip - 0.088 * w, 0.085 * w, 0.150 * w),
            (-0.005, y, hip - 0.07 * w, 0.108 * w, 0.178 * w),
            (0.0, y, hip - 0.01, 0.115 * w, 0.180 * w),
            (0.0, y, hip + 0.04, 0.108 * w, 0.164 * w),
            power=2.4,
        )
    ]
    for sign in (-1.0, 1.0):
        at = y + sign * apart
        # Thighs spread a little, so that the knees stand apart.
        spread = sign * 0.09
        R = rpy_matrix(0.0, 0.0, spread) @ forward
        x, y_knee, z = np.array([0.0, at, hip - _THIGH_LOW]) + thigh * R[:, 2]
        knee = (float(x), float(y_knee), float(z))
        shapes += [
            replace(
                loft(
                    "trousers",
                    (0.0, 0.0, -0.06, 0.060 * w, 0.070 * w),
                    (0.0, 0.0, 0.0, 0.083 * w, 0.086 * w),
                    (0.0, 0.0, 0.45 * thigh, 0.077 * w, 0.076 * w),
                    (0.0, 0.0, 0.92 * thigh, 0.060 * w, 0.060 * w),
                    (0.0, 0.0, thigh, 0.060 * w, 0.060 * w),
                ),
                xyz_m=(0.0, at, hip - _THIGH_LOW),
                rpy_rad=matrix_rpy(R),
            ),
            replace(
                loft(
                    "trousers",
                    (-0.012, 0.0, -shank + 0.035, 0.052 * w, 0.048 * w),
                    (-0.010, 0.0, -0.75 * shank, 0.050 * w, 0.047 * w),
                    (-0.014, 0.0, -0.35 * shank, 0.059 * w, 0.054 * w),
                    (-0.003, 0.0, -0.08 * shank, 0.057 * w, 0.057 * w),
                    (0.0, 0.0, 0.0, 0.059 * w, 0.059 * w),
                ),
                xyz_m=knee,
            ),
            Sphere(material="trousers", radius_m=0.0605 * w, xyz_m=knee, segments=32),
            replace(_shoe(FOOT * height), xyz_m=(knee[0] - 0.06, knee[1], floor), rpy_rad=(0.0, math.pi / 2, spread)),
        ]
    return shapes


def _shoe(length: float) -> Loft:
    """From heel to toe along its own z; its own x points down."""
    return loft(
        "shoe",
        (-0.030, 0.0, 0.0, 0.0, 0.0),
        (-0.036, 0.0, 0.006, 0.030, 0.028),
        (-0.042, 0.0, 0.05 + 0.1 * length, 0.042, 0.036),
        (-0.036, 0.0, 0.55 * length, 0.036, 0.041),
        (-0.029, 0.0, 0.80 * length, 0.029, 0.047),
        (-0.026, 0.0, 0.95 * length, 0.025, 0.042),
        (-0.022, 0.0, 1.02 * length, 0.017, 0.028),
        (-0.020, 0.0, 1.04 * length, 0.0, 0.0),
        power=2.8,
    )


def chair(height: float, floor: float) -> list[Shape]:
    """A seat on a column over the floor, with a back that leaves the shoulders free."""
    y, top = SHOULDER_HALF * height, -SHOULDER_TO_HIP * height - 0.088
    return [
        Box(material="cushion", size_m=(0.44, 0.44, 0.06), bevel_m=0.025, xyz_m=(0.09, y, top - 0.03)),
        Box(material="graphite", size_m=(0.38, 0.38, 0.02), bevel_m=0.008, xyz_m=(0.09, y, top - 0.066)),
        Cylinder(material="aluminium", radius_m=0.03, length_m=top - 0.07 - floor, xyz_m=(0.09, y, floor)),
        Cylinder(material="graphite", radius_m=0.21, length_m=0.03, bevel_m=0.01, xyz_m=(0.09, y, floor), segments=64),
        Box(material="cushion", size_m=(0.035, 0.27, 0.30), bevel_m=0.016, xyz_m=(-0.160, y, top + 0.30)),
        Box(material="graphite", size_m=(0.02, 0.06, 0.46), bevel_m=0.008, xyz_m=(-0.186, y, top + 0.13)),
        Box(material="graphite", size_m=(0.22, 0.06, 0.02), bevel_m=0.008, xyz_m=(-0.086, y, top - 0.09)),
    ]
