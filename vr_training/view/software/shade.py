"""Light: what a sample looks like, from what it is and what shines on it.

Three lights: the endoscope's beside the camera, which falls off with distance; a key light of the room, which casts
shadows; and the room itself, as a sky, a floor and two soft boxes that metal mirrors.

Sources:
    Walter et al. 2007, microfacet models, the GGX distribution; Karis 2013, its approximation for real time;
    Narkowicz 2016, the fit to the ACES tone curve.
"""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from vr_training.view.software.compiled import fast, inlined
from vr_training.view.software.raster import Floats, Ids

FILM_ROUGHNESS = 0.24
"""Of the film that a clearcoat is."""
RIM = np.array(
    [(1.0, 0.0), (0.71, 0.71), (0.0, 1.0), (-0.71, 0.71), (-1.0, 0.0), (-0.71, -0.71), (0.0, -1.0), (0.71, -0.71)]
)
"""Where a shadow's edge is looked for around a point, in units of its softness."""
EDGE = 0.8
"""Half width of the window that a shadow's edge is averaged over, in units of its softness; `RIM` encloses it."""

WET = 0.7
"""Clearcoat from which a film is liquid: it ripples."""
RIPPLE_M = 0.00012
"""Size of a texel of the ripples [m]."""
BRUSH_M, BRUSH_LENGTH_M, BRUSH_DEPTH = 1.2e-5, 2.0e-4, 0.07
"""Metal is turned about its body's z axis: size of a texel of the grooves along it and across [m], and their slope."""
NEARNESS = 2.0
"""How much what metal mirrors shifts along it, as if the room were near: flat faces show a gradient."""


def _ripples(size: int = 256, scale: float = 34.0) -> Floats:
    """Slopes of a rippled film, periodic, float32 (size, size, 2): smooth noise of about ``scale`` texels."""
    rng = np.random.default_rng(11)
    frequency = np.fft.fftfreq(size)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    spectrum = np.fft.fft2(rng.normal(size=(size, size))) * np.exp(-((radius * scale / 1.4) ** 2))
    slopes = [np.fft.ifft2(spectrum * 2j * np.pi * f).real for f in (frequency[None, :], frequency[:, None])]
    both = np.stack(slopes, axis=-1)
    slopes_: Floats = (both * (0.20 / both.std())).astype(np.float32)
    return slopes_


RIPPLES = _ripples()


@inlined
def _inverse_root(x: float) -> float:
    """One over the square root, to single precision: a third of the time of the double."""
    return float(np.float32(1.0) / np.sqrt(np.float32(x)))


@inlined
def _step(low: float, high: float, x: float) -> float:
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@inlined
def _slope(u: float, v: float) -> tuple[float, float]:
    """Slopes of the ripples between their texels."""
    i, j = int(np.floor(u)), int(np.floor(v))
    s, t = u - i, v - j
    i0, j0, i1, j1 = i & 255, j & 255, (i + 1) & 255, (j + 1) & 255
    p, q, r, w = (1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t
    a = p * RIPPLES[j0, i0, 0] + q * RIPPLES[j0, i1, 0] + r * RIPPLES[j1, i0, 0] + w * RIPPLES[j1, i1, 0]
    b = p * RIPPLES[j0, i0, 1] + q * RIPPLES[j0, i1, 1] + r * RIPPLES[j1, i0, 1] + w * RIPPLES[j1, i1, 1]
    return a, b


@fast
def room(x: float, y: float, z: float, rough: float) -> tuple[float, float, float]:
    """Light that comes from a direction in world, blurred by a roughness: floor, wall, ceiling, two soft boxes."""
    blur = 0.05 + rough
    up = _step(-blur, blur, z)
    # A dark skirting at the horizon gives metal its contrast; straight down lies the lit field.
    below, above = 0.25 + 0.26 * min(max(-z, 0.0), 1.0), 0.34 + 0.42 * max(z, 0.0)
    red = below * 1.06 + (above * 0.92 - below * 1.06) * up
    green = below * 0.90 + (above * 0.98 - below * 0.90) * up
    blue = below * 0.84 + (above * 1.06 - below * 0.84) * up
    wide = 0.5 * rough
    box = _step(0.80 - wide, 0.93 + 0.3 * wide, 0.29 * x - 0.37 * y + 0.88 * z) * 2.6 * (1.0 - 0.55 * rough)
    strip = _step(0.72 - wide, 0.92 + 0.3 * wide, -0.82 * x + 0.41 * y + 0.40 * z) * 1.3 * (1.0 - 0.55 * rough)
    return red + box * 0.98 + strip * 0.80, green + box * 0.97 + strip * 0.90, blue + box * 0.94 + strip


@inlined
def _lobe(nh: float, lh: float, rough: float) -> float:
    """GGX distribution times visibility, without the Fresnel term."""
    a = max(rough * rough, 0.004)
    d = nh * nh * (a * a - 1.0) + 1.0
    return a * a / (3.14159 * d * d * 4.0 * max(lh * lh, 0.1) * (rough + 0.5))


@fast
def shadow_at(
    x: float, y: float, z: float, depth: Floats, left: float, top: float, per_metre: float, soft: float
) -> float:
    """Share of the key light that reaches a point in the light's frame."""
    margin = soft + 2.0
    last = len(depth) - margin
    u, v = (x - left) * per_metre, (y - top) * per_metre
    if u < margin or v < margin or u > last or v > last:
        return 1.0
    agree = 1 if depth[int(v), int(u)] > z else 0
    for tap in range(8):
        agree += 1 if depth[int(v + soft * RIM[tap, 1]), int(u + soft * RIM[tap, 0])] > z else 0
    # Where all agree there is no edge: most of a picture is fully lit or fully dark.
    if agree == 0:
        return 0.0
    if agree == 9:
        return 1.0
    # Texels count by how much of them lies in a window around the point, so that an edge has neither steps nor grain.
    half = EDGE * soft
    lit = total = 0.0
    for row in range(int(v - half), int(v + half) + 1):
        tall = min(row + 1.0, v + half) - max(float(row), v - half)
        for column in range(int(u - half), int(u + half) + 1):
            wide = min(column + 1.0, u + half) - max(float(column), u - half)
            total += tall * wide
            lit += tall * wide if depth[row, column] > z else 0.0
    return lit / total


@inlined
def sample(
    f: int,
    body: int,
    column: float,
    row: float,
    points: Floats,
    normals: Floats,
    local: Floats,
    turn: Vector,
    albedo: Floats,
    faces: Ids,
    surface: Floats,
    view: Vector,
    lamp: Vector,
    light_from_camera: Vector,
    world_from_camera: Vector,
    depth: Floats,
    occlusion: float,
    open_: float,
    out: Vector,
) -> None:
    """Colour of face ``f`` where the sample (``column``, ``row``) sees it; linear RGB, tone mapped, into ``out``.

    Args:
        f: The face.
        body: Its body.
        column: Sample's column, its middle.
        row: Sample's row.
        points: Vertices in the camera's frame.
        normals: Normals in the camera's frame.
        local: Vertices in the frames of their bodies.
        turn: Rotation of bodies in the camera's frame, shape (bodies, 3, 3).
        albedo: Linear RGB of vertices.
        faces: Vertex indices.
        surface: Roughness, metallic, opacity, clearcoat of each body, shape (bodies, 4).
        view: Focal length, columns / 2, rows / 2 [samples].
        lamp: Endoscope light: position in the camera's frame (3), reference distance [m], strength, key strength,
            ambient strength, shadow's left, top, texels per metre, softness [texels], offset along the normal [m].
        light_from_camera: Into the frame of the key light, shape (3, 4).
        world_from_camera: Pose, shape (3, 4).
        depth: Shadow map of the key light; one texel where there is none.
        occlusion: Share of the room that the sample sees.
        open_: Share of the key light that rays say arrives; negative where the shadow map is to tell.
        out: Shape (3,).
    """
    i0, i1, i2 = faces[f, 0], faces[f, 1], faces[f, 2]
    dx, dy = (column - view[1]) / view[0], (row - view[2]) / view[0]
    x0, y0, z0 = np.float64(points[i0, 0]), np.float64(points[i0, 1]), np.float64(points[i0, 2])
    x1, y1, z1 = np.float64(points[i1, 0]), np.float64(points[i1, 1]), np.float64(points[i1, 2])
    x2, y2, z2 = np.float64(points[i2, 0]), np.float64(points[i2, 1]), np.float64(points[i2, 2])
    w0 = dx * (y2 * z1 - z2 * y1) + dy * (z2 * x1 - x2 * z1) + (x2 * y1 - y2 * x1)
    w1 = dx * (y0 * z2 - z0 * y2) + dy * (z0 * x2 - x0 * z2) + (x0 * y2 - y0 * x2)
    w2 = dx * (y1 * z0 - z1 * y0) + dy * (z1 * x0 - x1 * z0) + (x1 * y0 - y1 * x0)
    w0, w1, w2 = max(w0, 0.0), max(w1, 0.0), max(w2, 0.0)
    total = 1.0 / max(w0 + w1 + w2, 1e-300)
    w0, w1, w2 = w0 * total, w1 * total, w2 * total
    px, py, pz = w0 * x0 + w1 * x1 + w2 * x2, w0 * y0 + w1 * y1 + w2 * y2, w0 * z0 + w1 * z1 + w2 * z2
    nx = w0 * normals[i0, 0] + w1 * normals[i1, 0] + w2 * normals[i2, 0]
    ny = w0 * normals[i0, 1] + w1 * normals[i1, 1] + w2 * normals[i2, 1]
    nz = w0 * normals[i0, 2] + w1 * normals[i1, 2] + w2 * normals[i2, 2]
    k = _inverse_root(nx * nx + ny * ny + nz * nz + 1e-20)
    nx, ny, nz = nx * k, ny * k, nz * k
    metal = np.float64(surface[body, 1])
    if metal > 0.5:
        across = w0 * local[i0, 0] + w1 * local[i1, 0] + w2 * local[i2, 0]
        across += w0 * local[i0, 1] + w1 * local[i1, 1] + w2 * local[i2, 1]
        along = w0 * local[i0, 2] + w1 * local[i1, 2] + w2 * local[i2, 2]
        groove, _ = _slope(along * (1.0 / BRUSH_M), across * (1.0 / BRUSH_LENGTH_M))
        groove *= BRUSH_DEPTH
        nx, ny, nz = nx + groove * turn[body, 0, 2], ny + groove * turn[body, 1, 2], nz + groove * turn[body, 2, 2]
        k = _inverse_root(nx * nx + ny * ny + nz * nz + 1e-20)
        nx, ny, nz = nx * k, ny * k, nz * k
    distance = np.sqrt(px * px + py * py + pz * pz)
    k = -1.0 / distance
    vx, vy, vz = px * k, py * k, pz * k
    nv = nx * vx + ny * vy + nz * vz
    if nv < 0.02:
        # An interpolated normal may lean away from the eye at a silhouette: lean it back.
        nx, ny, nz = nx + (0.02 - nv) * vx, ny + (0.02 - nv) * vy, nz + (0.02 - nv) * vz
        k = _inverse_root(nx * nx + ny * ny + nz * nz)
        nx, ny, nz = nx * k, ny * k, nz * k
        nv = 0.02
    rough, coat = np.float64(surface[body, 0]), np.float64(surface[body, 3])
    ar = w0 * albedo[i0, 0] + w1 * albedo[i1, 0] + w2 * albedo[i2, 0]
    ag = w0 * albedo[i0, 1] + w1 * albedo[i1, 1] + w2 * albedo[i2, 1]
    ab = w0 * albedo[i0, 2] + w1 * albedo[i1, 2] + w2 * albedo[i2, 2]
    sr, sg, sb = 0.04 + (ar - 0.04) * metal, 0.04 + (ag - 0.04) * metal, 0.04 + (ab - 0.04) * metal
    matt = 1.0 - metal

    # Endoscope light.
    lx, ly, lz = lamp[0] - px, lamp[1] - py, lamp[2] - pz
    k = _inverse_root(lx * lx + ly * ly + lz * lz)
    lx, ly, lz = lx * k, ly * k, lz * k
    far = distance / lamp[3]
    strength = lamp[4] / (0.45 + 0.55 * far * far)
    nl = max(nx * lx + ny * ly + nz * lz, 0.0)
    hx, hy, hz = lx + vx, ly + vy, lz + vz
    k = _inverse_root(hx * hx + hy * hy + hz * hz + 1e-20)
    nh, lh = max((nx * hx + ny * hy + nz * hz) * k, 0.0), max((lx * hx + ly * hy + lz * hz) * k, 0.0)
    gloss = _lobe(nh, lh, rough) * 3.14159 * nl * strength
    fx, fy, fz = nx, ny, nz
    if coat > WET:
        east = (
            world_from_camera[0, 0] * px
            + world_from_camera[0, 1] * py
            + world_from_camera[0, 2] * pz
            + world_from_camera[0, 3]
        )
        north = (
            world_from_camera[1, 0] * px
            + world_from_camera[1, 1] * py
            + world_from_camera[1, 2] * pz
            + world_from_camera[1, 3]
        )
        a, b = _slope(east * (1.0 / RIPPLE_M), north * (1.0 / RIPPLE_M))
        fx, fy, fz = (
            nx - a * world_from_camera[0, 0] - b * world_from_camera[1, 0],
            ny - a * world_from_camera[0, 1] - b * world_from_camera[1, 1],
            nz - a * world_from_camera[0, 2] - b * world_from_camera[1, 2],
        )
        s = _inverse_root(fx * fx + fy * fy + fz * fz)
        fx, fy, fz = fx * s, fy * s, fz * s
    film = 0.0
    if coat > 0.0:
        nf = max((fx * hx + fy * hy + fz * hz) * k, 0.0)
        film = _lobe(nf, lh, FILM_ROUGHNESS) * 3.14159 * nl * strength * 0.04 * coat
    diffuse = nl * strength * matt

    # Key light of the room, along -z of its own frame.
    lx, ly, lz = -light_from_camera[2, 0], -light_from_camera[2, 1], -light_from_camera[2, 2]
    nl = nx * lx + ny * ly + nz * lz
    if nl > 0.0:
        reach = open_
        if open_ < 0.0:
            reach = 1.0
            if len(depth) > 1:
                o = lamp[11]
                qx, qy, qz = px + nx * o, py + ny * o, pz + nz * o
                reach = shadow_at(
                    light_from_camera[0, 0] * qx
                    + light_from_camera[0, 1] * qy
                    + light_from_camera[0, 2] * qz
                    + light_from_camera[0, 3],
                    light_from_camera[1, 0] * qx
                    + light_from_camera[1, 1] * qy
                    + light_from_camera[1, 2] * qz
                    + light_from_camera[1, 3],
                    light_from_camera[2, 0] * qx
                    + light_from_camera[2, 1] * qy
                    + light_from_camera[2, 2] * qz
                    + light_from_camera[2, 3],
                    depth,
                    lamp[7],
                    lamp[8],
                    lamp[9],
                    lamp[10],
                )
        if reach > 0.0:
            strength = lamp[5] * reach
            hx, hy, hz = lx + vx, ly + vy, lz + vz
            k = _inverse_root(hx * hx + hy * hy + hz * hz + 1e-20)
            nh, lh = max((nx * hx + ny * hy + nz * hz) * k, 0.0), max((lx * hx + ly * hy + lz * hz) * k, 0.0)
            gloss += _lobe(nh, lh, rough) * 3.14159 * nl * strength
            if coat > 0.0:
                nf = max((fx * hx + fy * hy + fz * hz) * k, 0.0)
                film += _lobe(nf, lh, FILM_ROUGHNESS) * 3.14159 * nl * strength * 0.04 * coat
            diffuse += nl * strength * matt

    # The room: diffuse from sky and floor, mirrored by Fresnel.
    up = world_from_camera[2, 0] * nx + world_from_camera[2, 1] * ny + world_from_camera[2, 2] * nz
    sky = 0.5 + 0.5 * up
    ambient = lamp[6] * occlusion * matt
    red = ar * (diffuse + ambient * (0.30 + 0.62 * sky)) + sr * gloss + film
    green = ag * (diffuse + ambient * (0.27 + 0.68 * sky)) + sg * gloss + film
    blue = ab * (diffuse + ambient * (0.26 + 0.76 * sky)) + sb * gloss + film
    edge = 1.0 - nv
    edge = edge * edge * edge * edge * edge
    mirror = occlusion * lamp[6]
    if metal > 0.0 or coat > 0.0 or edge > 0.02:
        rx, ry, rz = 2.0 * nv * nx - vx, 2.0 * nv * ny - vy, 2.0 * nv * nz - vz
        if metal > 0.5:
            shift = NEARNESS / lamp[3]
            rx, ry, rz = rx + shift * px, ry + shift * py, rz + shift * (pz - lamp[3])
            k = _inverse_root(rx * rx + ry * ry + rz * rz + 1e-20)
            rx, ry, rz = rx * k, ry * k, rz * k
        wx = world_from_camera[0, 0] * rx + world_from_camera[0, 1] * ry + world_from_camera[0, 2] * rz
        wy = world_from_camera[1, 0] * rx + world_from_camera[1, 1] * ry + world_from_camera[1, 2] * rz
        wz = world_from_camera[2, 0] * rx + world_from_camera[2, 1] * ry + world_from_camera[2, 2] * rz
        er, eg, eb = room(wx, wy, wz, rough)
        sharp = (1.0 - rough) * edge
        red += er * mirror * (sr + (max(1.0 - rough, sr) - sr) * sharp)
        green += eg * mirror * (sg + (max(1.0 - rough, sg) - sg) * sharp)
        blue += eb * mirror * (sb + (max(1.0 - rough, sb) - sb) * sharp)
        if coat > 0.0:
            er, eg, eb = room(wx, wy, wz, 0.12)
            film = coat * mirror * (0.04 + 0.5 * edge)
            red, green, blue = red + er * film, green + eg * film, blue + eb * film
    out[0], out[1], out[2] = _tone(red), _tone(green), _tone(blue)


@inlined
def _tone(x: float) -> float:
    """Tone curve of film: linear light in, linear display value in 0..1 out."""
    x = x * 0.72
    return min(max(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0), 1.0)
