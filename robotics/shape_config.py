"""Shapes as configurations say them: a tagged union that simulation and view both build from.

Each shape sits in its parent's frame at ``xyz_m`` turned by ``rpy_rad`` (roll, pitch, yaw about fixed
axes, as in URDF).
"""

from __future__ import annotations

import sys
from typing import Annotated

from msgspec import Meta

from robotics.config import Config

LARGEST = sys.float_info.max
"""Bounds refuse NaN and, with this one, infinity: TOML can say both."""

Finite = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, Meta(gt=0, le=LARGEST)]
NotNegative = Annotated[float, Meta(ge=0, le=LARGEST)]
Pair = tuple[Finite, Finite]
Triple = tuple[Finite, Finite, Finite]
Section = tuple[Finite, Finite, Finite, NotNegative, NotNegative]
Segments = Annotated[int, Meta(ge=0, le=256)]


class ShapeBase(Config, frozen=True, kw_only=True, tag_field="shape"):
    """What all shapes share. ``material`` names an entry of ``configs/materials.toml``."""

    material: str
    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_rad: Triple = (0.0, 0.0, 0.0)


class Box(ShapeBase, frozen=True, kw_only=True, tag="box"):
    """A box with bevelled edges, centred on its frame."""

    size_m: tuple[Positive, Positive, Positive]
    bevel_m: NotNegative = 0.0


class Sphere(ShapeBase, frozen=True, kw_only=True, tag="sphere"):
    """A sphere, centred on its frame. ``segments`` facets around it, by size where 0."""

    radius_m: Positive
    segments: Segments = 0


class Cylinder(ShapeBase, frozen=True, kw_only=True, tag="cylinder"):
    """A cylinder along z from 0 to ``length_m``, its rims bevelled."""

    radius_m: Positive
    length_m: Positive
    bevel_m: NotNegative = 0.0
    segments: Segments = 0


class Capsule(ShapeBase, frozen=True, kw_only=True, tag="capsule"):
    """A capsule whose axis runs along z from 0 to ``length_m``."""

    radius_m: Positive
    length_m: Positive
    segments: Segments = 0


class Lathe(ShapeBase, frozen=True, kw_only=True, tag="lathe"):
    """A profile of (radius, z) points turned about z; ``sharp_deg`` is the angle from which an edge stays an edge."""

    profile_m: Annotated[tuple[Pair, ...], Meta(min_length=2)]
    sharp_deg: Positive = 30.0
    segments: Segments = 0


class Extrusion(ShapeBase, frozen=True, kw_only=True, tag="extrusion"):
    """A polygon in x-y, counter-clockwise, extruded along z by ``length_m`` about its middle, its edges bevelled.

    ``taper`` is the size of the far end as a share of the near end, scaled about the frame's z axis.
    """

    outline_m: Annotated[tuple[Pair, ...], Meta(min_length=3)]
    length_m: Positive
    bevel_m: NotNegative = 0.0
    taper: Positive = 1.0


class Tube(ShapeBase, frozen=True, kw_only=True, tag="tube"):
    """A round wire along an arc in x-y about the frame's origin, or along points; the end tapers over ``point_m``.

    ``step_rad`` is what one piece of an arc spans at most.
    """

    radius_m: Positive
    arc_radius_m: NotNegative = 0.0
    arc_rad: Finite = 0.0
    points_m: tuple[Triple, ...] = ()
    point_m: NotNegative = 0.0
    step_rad: Annotated[float, Meta(ge=0.02, le=1.0)] = 0.1


class Loft(ShapeBase, frozen=True, kw_only=True, tag="loft"):
    """A smooth solid through oval sections in order along z, each (x, y, z, half x, half y); ends of no size are round.

    ``power`` is that of the ovals: 2 makes ellipses, more makes them squarer.
    """

    sections_m: Annotated[tuple[Section, ...], Meta(min_length=2)]
    power: Annotated[float, Meta(ge=2.0, le=8.0)] = 2.0


class Pad(ShapeBase, frozen=True, kw_only=True, tag="pad"):
    """A slab of tissue: gently uneven on top, rounded at its edges, mottled; its top lies at z = 0 on average.

    ``relief_m`` is the height of the unevenness; the same ``seed`` gives the same pad.
    """

    size_m: tuple[Positive, Positive, Positive]
    relief_m: NotNegative = 0.0
    seed: int = 0


Shape = Box | Sphere | Cylinder | Capsule | Lathe | Extrusion | Tube | Loft | Pad
