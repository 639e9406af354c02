"""Light: what fragments look like, from what they are and what shines on them.

Three lights: the endoscope's beside the camera, which falls off with distance; a key light of the room, which casts
shadows; and the room itself, as a sky, a floor and two soft boxes that metal mirrors.

All in single precision and without branches: the compiler turns the sweep into one over eight fragments at a time.

Sources:
    Walter et al. 2007, microfacet models, the GGX distribution; Karis 2013, its approximation for real time;
    Narkowicz 2016, the fit to the ACES tone curve.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from robotics.contracts import Vector
from vr_training.view.software.compiled import fast, inlined
from vr_training.view.software.fragments import (
    BLUE,
    COAT,
    EAST,
    GREEN,
    METAL,
    NORTH,
    NX,
    NY,
    NZ,
    REACH,
    RED,
    ROUGH,
    SKY,
    U,
    V,
    W,
    X,
    Y,
    Z,
)
from vr_training.view.software.raster import Floats

Single: TypeAlias = Any
"""float32, whose operators are too loosely typed to say so."""
F: Any = np.float32
"""A literal would be of double precision, and so would be all that it touches."""
NIL, HALF, ONE, TWO = F(0.0), F(0.5), F(1.0), F(2.0)
TINY = F(1e-20)
FILM_ROUGHNESS, FILM_MIRROR_ROUGHNESS = F(0.24), F(0.12)
"""Of the film that a clearcoat is: to the lamps, and to the room."""
DIELECTRIC = F(0.04)
"""Share that anything but metal mirrors, seen head on."""
NEARNESS = 2.0
"""How much what metal mirrors shifts along it, as if the room were near: flat faces show a gradient."""
LEAST_FACING, SILHOUETTE, GRAZING = F(0.02), F(0.02), F(4.0)


@inlined
def _inverse_root(x: Single) -> Single:
    return ONE / np.sqrt(x)


@inlined
def _step(low: Single, high: Single, x: Single) -> Single:
    t = min(max((x - low) / (high - low), NIL), ONE)
    return t * t * (F(3.0) - TWO * t)


@inlined
def _room(x: Single, y: Single, z: Single, rough: Single) -> tuple[Single, Single, Single]:
    """Light that comes from a direction in world, blurred by a roughness: floor, wall, ceiling, two soft boxes."""
    blur = F(0.05) + rough
    up = _step(-blur, blur, z)
    # A dark skirting at the horizon gives metal its contrast; straight down lies the lit field.
    below, above = F(0.25) + F(0.26) * min(max(-z, NIL), ONE), F(0.34) + F(0.42) * max(z, NIL)
    red = below * F(1.06) + (above * F(0.92) - below * F(1.06)) * up
    green = below * F(0.90) + (above * F(0.98) - below * F(0.90)) * up
    blue = below * F(0.84) + (above * F(1.06) - below * F(0.84)) * up
    wide, dull = HALF * rough, ONE - F(0.55) * rough
    high = F(0.3) * wide
    box = _step(F(0.80) - wide, F(0.93) + high, F(0.29) * x - F(0.37) * y + F(0.88) * z) * F(2.6) * dull
    strip = _step(F(0.72) - wide, F(0.92) + high, F(-0.82) * x + F(0.41) * y + F(0.40) * z) * F(1.3) * dull
    return red + box * F(0.98) + strip * F(0.80), green + box * F(0.97) + strip * F(0.90), blue + box * F(0.94) + strip


@inlined
def _lobe(nh: Single, lh: Single, rough: Single) -> Single:
    """GGX distribution times visibility and pi, without the Fresnel term."""
    a = max(rough * rough, F(0.004))
    d = nh * nh * (a * a - ONE) + ONE
    return a * a / (d * d * F(4.0) * max(lh * lh, F(0.1)) * (rough + HALF))


@inlined
def _tone(x: Single) -> Single:
    """Tone curve of film: linear light in, linear display value in 0..1 out."""
    x = x * F(0.72)
    return min(max(x * (F(2.51) * x + F(0.03)) / (x * (F(2.43) * x + F(0.59)) + F(0.14)), NIL), ONE)


@fast
def face(n: int, lamp: Vector, light_from_camera: Vector, fragments: Floats) -> None:
    """Turn normals to unit length and towards the eye, and find where in the shadow map to look.

    Args:
        n: Number of fragments.
        lamp: See `light`.
        light_from_camera: Into the frame of the key light, shape (3, 4).
        fragments: Normals updated; ``U``, ``V`` and ``W`` written.
    """
    m = light_from_camera
    m00, m01, m02, m03 = F(m[0, 0]), F(m[0, 1]), F(m[0, 2]), F(m[0, 3])
    m10, m11, m12, m13 = F(m[1, 0]), F(m[1, 1]), F(m[1, 2]), F(m[1, 3])
    m20, m21, m22, m23 = F(m[2, 0]), F(m[2, 1]), F(m[2, 2]), F(m[2, 3])
    left, top, per_metre, lift = F(lamp[7]), F(lamp[8]), F(lamp[9]), F(lamp[11])
    for fragment in range(n):
        i = np.uint64(fragment)
        px, py, pz = fragments[X + i], fragments[Y + i], fragments[Z + i]
        nx, ny, nz = fragments[NX + i], fragments[NY + i], fragments[NZ + i]
        k = _inverse_root(nx * nx + ny * ny + nz * nz + TINY)
        nx, ny, nz = nx * k, ny * k, nz * k
        k = -_inverse_root(px * px + py * py + pz * pz)
        vx, vy, vz = px * k, py * k, pz * k
        # An interpolated normal may lean away from the eye at a silhouette: lean it back.
        lean = max(LEAST_FACING - (nx * vx + ny * vy + nz * vz), NIL)
        nx, ny, nz = nx + lean * vx, ny + lean * vy, nz + lean * vz
        k = _inverse_root(nx * nx + ny * ny + nz * nz + TINY)
        nx, ny, nz = nx * k, ny * k, nz * k
        fragments[NX + i], fragments[NY + i], fragments[NZ + i] = nx, ny, nz
        px, py, pz = px + nx * lift, py + ny * lift, pz + nz * lift
        fragments[U + i] = (m00 * px + m01 * py + m02 * pz + m03 - left) * per_metre
        fragments[V + i] = (m10 * px + m11 * py + m12 * pz + m13 - top) * per_metre
        fragments[W + i] = m20 * px + m21 * py + m22 * pz + m23


@fast
def light(n: int, lamp: Vector, light_from_camera: Vector, world_from_camera: Vector, fragments: Floats) -> None:
    """Light fragments: their albedo becomes the colour that is seen, linear RGB, tone mapped.

    Args:
        n: Number of fragments.
        lamp: Endoscope light: position in the camera's frame (3), reference distance [m], strength, key strength,
            ambient strength, shadow's left, top, texels per metre, softness [texels], offset along the normal [m].
        light_from_camera: Into the frame of the key light, shape (3, 4).
        world_from_camera: Pose, shape (3, 4).
        fragments: Faced by `face`; ``RED``, ``GREEN`` and ``BLUE`` updated.
    """
    m = world_from_camera
    e0, e1, e2 = F(m[0, 0]), F(m[0, 1]), F(m[0, 2])
    n0, n1, n2 = F(m[1, 0]), F(m[1, 1]), F(m[1, 2])
    u0, u1, u2 = F(m[2, 0]), F(m[2, 1]), F(m[2, 2])
    kx, ky, kz = F(-light_from_camera[2, 0]), F(-light_from_camera[2, 1]), F(-light_from_camera[2, 2])
    ox, oy, oz = F(lamp[0]), F(lamp[1]), F(lamp[2])
    distance, bright, key, soft = F(lamp[3]), F(lamp[4]), F(lamp[5]), F(lamp[6])
    per_distance, shift = F(1.0 / lamp[3]), F(NEARNESS / lamp[3])
    for fragment in range(n):
        i = np.uint64(fragment)
        px, py, pz = fragments[X + i], fragments[Y + i], fragments[Z + i]
        nx, ny, nz = fragments[NX + i], fragments[NY + i], fragments[NZ + i]
        ar, ag, ab = fragments[RED + i], fragments[GREEN + i], fragments[BLUE + i]
        rough, metal, coat = fragments[ROUGH + i], fragments[METAL + i], fragments[COAT + i]
        east, north = fragments[EAST + i], fragments[NORTH + i]
        k = -_inverse_root(px * px + py * py + pz * pz)
        vx, vy, vz = px * k, py * k, pz * k
        nv = max(nx * vx + ny * vy + nz * vz, LEAST_FACING)
        fx, fy, fz = nx - east * e0 - north * n0, ny - east * e1 - north * n1, nz - east * e2 - north * n2
        s = _inverse_root(fx * fx + fy * fy + fz * fz + TINY)
        sr, sg, sb = (
            DIELECTRIC + (ar - DIELECTRIC) * metal,
            DIELECTRIC + (ag - DIELECTRIC) * metal,
            DIELECTRIC + (ab - DIELECTRIC) * metal,
        )
        matt, gleam = ONE - metal, DIELECTRIC * coat

        # Endoscope light.
        lx, ly, lz = ox - px, oy - py, oz - pz
        a = _inverse_root(lx * lx + ly * ly + lz * lz + TINY)
        lx, ly, lz = lx * a, ly * a, lz * a
        far = -per_distance / k
        strength = bright / (F(0.45) + F(0.55) * far * far)
        lit = max(nx * lx + ny * ly + nz * lz, NIL) * strength
        hx, hy, hz = lx + vx, ly + vy, lz + vz
        a = _inverse_root(hx * hx + hy * hy + hz * hz + TINY)
        nh, lh = max((nx * hx + ny * hy + nz * hz) * a, NIL), max((lx * hx + ly * hy + lz * hz) * a, NIL)
        gloss = _lobe(nh, lh, rough) * lit
        nh = max((fx * hx + fy * hy + fz * hz) * a * s, NIL)
        film = _lobe(nh, lh, FILM_ROUGHNESS) * lit * gleam
        diffuse = lit * matt

        # Key light of the room, along -z of its own frame.
        lit = max(nx * kx + ny * ky + nz * kz, NIL) * key * fragments[REACH + i]
        hx, hy, hz = kx + vx, ky + vy, kz + vz
        a = _inverse_root(hx * hx + hy * hy + hz * hz + TINY)
        nh, lh = max((nx * hx + ny * hy + nz * hz) * a, NIL), max((kx * hx + ky * hy + kz * hz) * a, NIL)
        gloss += _lobe(nh, lh, rough) * lit
        nh = max((fx * hx + fy * hy + fz * hz) * a * s, NIL)
        film += _lobe(nh, lh, FILM_ROUGHNESS) * lit * gleam
        diffuse += lit * matt

        # The room: diffuse from sky and floor, mirrored by Fresnel.
        above = HALF + HALF * (u0 * nx + u1 * ny + u2 * nz)
        mirror = fragments[SKY + i] * soft
        ambient = mirror * matt
        red = ar * (diffuse + ambient * (F(0.30) + F(0.62) * above)) + sr * gloss + film
        green = ag * (diffuse + ambient * (F(0.27) + F(0.68) * above)) + sg * gloss + film
        blue = ab * (diffuse + ambient * (F(0.26) + F(0.76) * above)) + sb * gloss + film
        edge = ONE - nv
        edge = edge * edge * edge * edge * edge
        near = shift if metal > HALF else NIL
        rx = TWO * nv * nx - vx + near * px
        ry = TWO * nv * ny - vy + near * py
        rz = TWO * nv * nz - vz + near * (pz - distance)
        a = _inverse_root(rx * rx + ry * ry + rz * rz + TINY)
        rx, ry, rz = rx * a, ry * a, rz * a
        wx, wy, wz = e0 * rx + e1 * ry + e2 * rz, n0 * rx + n1 * ry + n2 * rz, u0 * rx + u1 * ry + u2 * rz
        er, eg, eb = _room(wx, wy, wz, rough)
        sharp = (ONE - rough) * edge
        # Dull surfaces mirror nothing but at their silhouettes, and come to it without a seam.
        grazing = min(max((edge - SILHOUETTE) * GRAZING, NIL), ONE)
        mirror = mirror if metal > NIL or coat > NIL else mirror * grazing
        red += er * mirror * (sr + (max(ONE - rough, sr) - sr) * sharp)
        green += eg * mirror * (sg + (max(ONE - rough, sg) - sg) * sharp)
        blue += eb * mirror * (sb + (max(ONE - rough, sb) - sb) * sharp)
        er, eg, eb = _room(wx, wy, wz, FILM_MIRROR_ROUGHNESS)
        film = coat * mirror * (DIELECTRIC + HALF * edge)
        fragments[RED + i] = _tone(red + er * film)
        fragments[GREEN + i] = _tone(green + eg * film)
        fragments[BLUE + i] = _tone(blue + eb * film)
