"""Soft tissue under a round probe: as stiff as what lies below, so that a hard lump in it can be felt.

The pad pushes back as an elastic half space does on a sphere, with a modulus that rises smoothly over an inclusion. The
force is the gradient of one energy, so that over stiff tissue it also pushes aside; damping and friction only lose
energy. That the modulus over an inclusion is a bell in the plane is a stand-in of ours for the stress field of the
layered body; its width and height follow the inclusion's radius, depth and modulus.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive

SLIP_M_S = 1e-3
"""Speed of sliding from which friction is nearly whole [m/s]; ours: below it, it is viscous."""

Range = tuple[Positive, Positive]
"""What is drawn lies between the two."""


class SoftTissue(Config, frozen=True, kw_only=True):
    """How the tissue answers a round probe.

    Attributes:
        modulus_pa: Range of its Young's modulus [Pa].
        poisson: Poisson's ratio.
        damping_s_m: Share by which a speed of indentation raises the force, per speed [s/m].
        friction: Coulomb coefficient of the probe on it.
    """

    modulus_pa: Range
    poisson: Annotated[float, Meta(ge=0, lt=0.5)]
    damping_s_m: NotNegative
    friction: Annotated[float, Meta(ge=0, le=2)]


class Inclusion(Config, frozen=True, kw_only=True):
    """A stiff round lump below the surface.

    Attributes:
        modulus_pa: Range of its Young's modulus [Pa].
        radius_m: Range of its radius.
        depth_m: Range of how far its top lies below the surface.
        area_m: Half extents of where its centre may be, about the middle of the pad.
    """

    modulus_pa: Range
    radius_m: Range
    depth_m: Range
    area_m: tuple[NotNegative, NotNegative]


@dataclass(frozen=True)
class Lump:
    """An inclusion as drawn.

    Attributes:
        place: Its centre in world, shape (3,) [m].
        radius_m: Its radius.
        modulus_pa: Young's modulus of the tissue around it [Pa].
        excess_pa: How much stiffer the surface feels right above its centre [Pa].
        width_m: Standard deviation of the bell that this makes in the plane.
    """

    place: Vector
    radius_m: float
    modulus_pa: float
    excess_pa: float
    width_m: float

    def modulus_at(self, x: float, y: float) -> float:
        """Young's modulus that a probe feels at a place of the surface [Pa]."""
        square = (x - self.place[0]) ** 2 + (y - self.place[1]) ** 2
        return self.modulus_pa + self.excess_pa * math.exp(-0.5 * square / self.width_m**2)


def draw_lump(tissue: SoftTissue, inclusion: Inclusion, middle: Vector, rng: np.random.Generator) -> Lump:
    """Draw tissue and inclusion for an episode.

    Args:
        tissue: The tissue.
        inclusion: What may be in it.
        middle: Middle of the surface in world, shape (3,) [m].
        rng: Everything that varies comes from here.
    """
    x, y = (rng.uniform(-half, half) for half in inclusion.area_m)
    around, inside = rng.uniform(*tissue.modulus_pa), rng.uniform(*inclusion.modulus_pa)
    radius, depth = rng.uniform(*inclusion.radius_m), rng.uniform(*inclusion.depth_m)
    place = np.array([middle[0] + x, middle[1] + y, middle[2] - depth - radius])
    # What lies deeper is felt less, and less sharply: by half at a depth of about 1.4 radii.
    share = math.exp(-0.5 * depth / radius)
    return Lump(place, radius, around, share * max(inside - around, 0.0), 0.8 * radius + 0.5 * depth)


@kernel
def indentation_force(
    place: Vector,
    velocity: Vector,
    top: float,
    radius: float,
    modulus: float,
    excess: float,
    width: float,
    centre: Vector,
    poisson: float,
    damping: float,
    friction: float,
    force: Vector,
) -> float:
    """Force of the tissue on a sphere that presses into it.

    With the reduced modulus E*(x, y) = E / (1 - nu^2) and the depth d, the energy is U = 8/15 E* R^(1/2) d^(5/2); so
    the normal force is 4/3 E* R^(1/2) d^(3/2), and towards softer tissue it pushes with -dU/dx. The normal force is
    raised by ``damping`` times the speed of indentation and never pulls; friction opposes sliding.

    Args:
        place: Centre of the sphere in world, shape (3,) [m].
        velocity: Its velocity, shape (3,) [m/s].
        top: Height of the surface [m].
        radius: Radius of the sphere, R [m].
        modulus: Young's modulus far from the inclusion [Pa].
        excess: What the inclusion adds right above its centre [Pa].
        width: Standard deviation of the bell of that [m].
        centre: Centre of the inclusion, shape (3,) [m].
        poisson: Poisson's ratio, nu.
        damping: See `SoftTissue` [s/m].
        friction: Coulomb coefficient.
        force: Result in world, shape (3,) [N].

    Returns:
        The depth, zero where the sphere does not touch [m].

    Source:
        Hertz 1882 for the sphere on an elastic half space; Hunt and Crossley 1975 for the form of the damping.
    """
    force[0] = force[1] = force[2] = 0.0
    depth: float = radius - (place[2] - top)
    if depth <= 0.0:
        return 0.0
    x, y = place[0] - centre[0], place[1] - centre[1]
    bell = excess * math.exp(-0.5 * (x * x + y * y) / (width * width))
    root = math.sqrt(radius) / (1.0 - poisson * poisson)
    normal = 4.0 / 3.0 * root * depth**1.5 * (modulus + bell)
    normal *= max(0.0, 1.0 - damping * velocity[2])
    # -dU/dx = 8/15 root d^(5/2) bell x / width^2: away from the stiffest place.
    aside = 8.0 / 15.0 * root * depth**2.5 * bell / (width * width)
    drag = friction * normal / math.sqrt(velocity[0] ** 2 + velocity[1] ** 2 + SLIP_M_S**2)
    force[0] = aside * x - drag * velocity[0]
    force[1] = aside * y - drag * velocity[1]
    force[2] = normal
    return depth


def stiffness_felt(force_n: float, depth_m: float, radius_m: float) -> float:
    """Reduced modulus that a force at a depth of a round probe tells of [Pa]: the same law, read backwards."""
    return float(0.75 * force_n / (math.sqrt(radius_m) * depth_m**1.5))


def depth_for(force_n: float, modulus_pa: float, radius_m: float) -> float:
    """Depth at which a round probe feels a force, for a reduced modulus [m]."""
    found: float = (0.75 * force_n / (modulus_pa * math.sqrt(radius_m))) ** (2.0 / 3.0)
    return found
