"""Closed-form inverse kinematics of the da Vinci patient-side manipulator, its wrist offset handled exactly.

The wrist is not spherical: the yaw axis passes ``a`` = 9.1 mm beyond the pitch axis. Let p be the origin and n the
direction of the yaw axis, both known from the tip, and u the unit vector from the pitch axis to the yaw axis. Then u is
perpendicular to n, and since the pitch axis ``u x n`` is perpendicular to the shaft, which passes through the remote
centre at the base origin, ``p . (u x n) = 0``: so u is plus or minus the projection of p onto the plane across n. The
pitch axis lies at ``c = p - a u``, the shaft along plus or minus c, and the joints follow one by one. Each of the four
branches is checked against the limits; the one nearest to a seed is taken.

Derived here from the modified Denavit-Hartenberg rows of dVRK's PSM.json and its instruments.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels import PRISMATIC, REVOLUTE
from robotics.kernels.compiled import kernel
from robotics.rotations import inverse

SOLVED = 0
"""Status: a branch within the limits was found."""

OUT_OF_LIMITS = 1
"""Status: every branch leaves the limits; the result is the branch that leaves them least, cut to them."""

_LIMIT_SLACK = 1e-9  # [rad or m] what rounding may cost a pose on a limit
_DEGENERATE = 1e-9  # [m] below this a direction cannot be told from a position
_FAN = 64  # directions tried where the yaw axis passes through the remote centre and any direction will do


@kernel
def solve_psm(  # noqa: PLR0917 - numba takes positional arguments only
    T_base_tip: Vector,
    T_tip_link: Vector,
    offset: float,
    reach: float,
    lower: Vector,
    upper: Vector,
    q_seed: Vector,
    q: Vector,
) -> int:
    """Joint positions of a PSM that bring its tip to a pose. Allocates nothing.

    Args:
        T_base_tip: Wanted pose of the tip in base, shape (4, 4).
        T_tip_link: Last link in tip, shape (4, 4).
        offset: From the wrist pitch to the wrist yaw axis [m].
        reach: Distance of the wrist pitch axis beyond the remote centre at insertion zero [m]; negative before it.
        lower: Lower limits, shape (6,).
        upper: Upper limits, shape (6,).
        q_seed: Of several branches the nearest to this one is taken, measured in joint ranges, shape (6,).
        q: Result, shape (6,); may be ``q_seed``.

    Returns:
        `SOLVED` or `OUT_OF_LIMITS`.
    """
    # Yaw axis: its direction n, its origin p, and the x axis of the last link.
    nx = T_base_tip[0, 0] * T_tip_link[0, 2] + T_base_tip[0, 1] * T_tip_link[1, 2] + T_base_tip[0, 2] * T_tip_link[2, 2]
    ny = T_base_tip[1, 0] * T_tip_link[0, 2] + T_base_tip[1, 1] * T_tip_link[1, 2] + T_base_tip[1, 2] * T_tip_link[2, 2]
    nz = T_base_tip[2, 0] * T_tip_link[0, 2] + T_base_tip[2, 1] * T_tip_link[1, 2] + T_base_tip[2, 2] * T_tip_link[2, 2]
    xx = T_base_tip[0, 0] * T_tip_link[0, 0] + T_base_tip[0, 1] * T_tip_link[1, 0] + T_base_tip[0, 2] * T_tip_link[2, 0]
    xy = T_base_tip[1, 0] * T_tip_link[0, 0] + T_base_tip[1, 1] * T_tip_link[1, 0] + T_base_tip[1, 2] * T_tip_link[2, 0]
    xz = T_base_tip[2, 0] * T_tip_link[0, 0] + T_base_tip[2, 1] * T_tip_link[1, 0] + T_base_tip[2, 2] * T_tip_link[2, 0]
    tx, ty, tz = T_tip_link[0, 3], T_tip_link[1, 3], T_tip_link[2, 3]
    px = T_base_tip[0, 0] * tx + T_base_tip[0, 1] * ty + T_base_tip[0, 2] * tz + T_base_tip[0, 3]
    py = T_base_tip[1, 0] * tx + T_base_tip[1, 1] * ty + T_base_tip[1, 2] * tz + T_base_tip[1, 3]
    pz = T_base_tip[2, 0] * tx + T_base_tip[2, 1] * ty + T_base_tip[2, 2] * tz + T_base_tip[2, 3]
    # Projection of p onto the plane across n.
    along = px * nx + py * ny + pz * nz
    ux0, uy0, uz0 = px - along * nx, py - along * ny, pz - along * nz
    length = math.sqrt(ux0 * ux0 + uy0 * uy0 + uz0 * uz0)
    directions = 2
    if length < _DEGENERATE:
        directions = _FAN
        ux0, uy0, uz0 = xx, xy, xz  # the x axis lies in that plane
        length = 1.0
    ux0, uy0, uz0 = ux0 / length, uy0 / length, uz0 / length
    vx0, vy0, vz0 = ny * uz0 - nz * uy0, nz * ux0 - nx * uz0, nx * uy0 - ny * ux0

    seed0, seed1, seed2, seed3, seed4, seed5 = q_seed[0], q_seed[1], q_seed[2], q_seed[3], q_seed[4], q_seed[5]
    best_excess = math.inf
    best_distance = math.inf
    b0 = b1 = b2 = b3 = b4 = b5 = 0.0
    for direction in range(directions):
        angle = 2.0 * math.pi * direction / directions
        cosine, sine = math.cos(angle), math.sin(angle)
        ux = cosine * ux0 + sine * vx0
        uy = cosine * uy0 + sine * vy0
        uz = cosine * uz0 + sine * vz0
        # Pitch axis z5 and its origin c.
        zx, zy, zz = uy * nz - uz * ny, uz * nx - ux * nz, ux * ny - uy * nx
        cx, cy, cz = px - offset * ux, py - offset * uy, pz - offset * uz
        # Rounding must not tilt the shaft towards the pitch axis where c is short.
        tilt = cx * zx + cy * zy + cz * zz
        sx0, sy0, sz0 = cx - tilt * zx, cy - tilt * zy, cz - tilt * zz
        radius = math.sqrt(sx0 * sx0 + sy0 * sy0 + sz0 * sz0)
        distance_along = radius
        if radius < _DEGENERATE:
            # The wrist sits in the remote centre: keep the seed's shaft as far as the pitch axis lets it.
            sx0, sy0, sz0 = math.sin(seed0) * math.cos(seed1), -math.sin(seed1), -math.cos(seed0) * math.cos(seed1)
            tilt = sx0 * zx + sy0 * zy + sz0 * zz
            sx0, sy0, sz0 = sx0 - tilt * zx, sy0 - tilt * zy, sz0 - tilt * zz
            radius = math.sqrt(sx0 * sx0 + sy0 * sy0 + sz0 * sz0)
            distance_along = 0.0
            if radius < _DEGENERATE:
                sx0, sy0, sz0, radius = ux, uy, uz, 1.0
        for side in range(2):
            sign = 1.0 - 2.0 * side
            # Shaft z3 = z4 = (sin q0 cos q1, -sin q1, -cos q0 cos q1).
            sx, sy, sz = sign * sx0 / radius, sign * sy0 / radius, sign * sz0 / radius
            q0 = math.atan2(sx, -sz)
            q1 = math.atan2(-sy, math.sqrt(sx * sx + sz * sz))
            q2 = sign * distance_along - reach
            # x3 = (-sin q0 sin q1, -cos q1, cos q0 sin q1) and y3 = (-cos q0, 0, -sin q0); z5 is y4.
            c0, s0, c1, s1 = math.cos(q0), math.sin(q0), math.cos(q1), math.sin(q1)
            q3 = math.atan2(zx * s0 * s1 + zy * c1 - zz * c0 * s1, -zx * c0 - zz * s0)
            # u = sin q4 x4 + cos q4 z4 with x4 = z5 x z4; x6 = sin q5 u + cos q5 z5.
            x4x, x4y, x4z = zy * sz - zz * sy, zz * sx - zx * sz, zx * sy - zy * sx
            q4 = math.atan2(ux * x4x + uy * x4y + uz * x4z, ux * sx + uy * sy + uz * sz)
            q5 = math.atan2(xx * ux + xy * uy + xz * uz, xx * zx + xy * zy + xz * zz)
            for turn in range(-1, 2):
                roll = q3 + 2.0 * math.pi * turn
                excess = max(
                    lower[0] - q0, q0 - upper[0], lower[1] - q1, q1 - upper[1], lower[2] - q2, q2 - upper[2],
                    lower[3] - roll, roll - upper[3], lower[4] - q4, q4 - upper[4], lower[5] - q5, q5 - upper[5],
                    _LIMIT_SLACK,
                )  # fmt: skip
                distance = (
                    ((q0 - seed0) / (upper[0] - lower[0])) ** 2
                    + ((q1 - seed1) / (upper[1] - lower[1])) ** 2
                    + ((q2 - seed2) / (upper[2] - lower[2])) ** 2
                    + ((roll - seed3) / (upper[3] - lower[3])) ** 2
                    + ((q4 - seed4) / (upper[4] - lower[4])) ** 2
                    + ((q5 - seed5) / (upper[5] - lower[5])) ** 2
                )
                if excess < best_excess or (excess == best_excess and distance < best_distance):
                    best_excess, best_distance = excess, distance
                    b0, b1, b2, b3, b4, b5 = q0, q1, q2, roll, q4, q5
    q[0] = min(max(b0, lower[0]), upper[0])
    q[1] = min(max(b1, lower[1]), upper[1])
    q[2] = min(max(b2, lower[2]), upper[2])
    q[3] = min(max(b3, lower[3]), upper[3])
    q[4] = min(max(b4, lower[4]), upper[4])
    q[5] = min(max(b5, lower[5]), upper[5])
    return SOLVED if best_excess <= _LIMIT_SLACK else OUT_OF_LIMITS


class PsmInverse:
    """The closed form, set up for one PSM-like chain.

    Args:
        chain: A chain with the PSM's structure; link lengths, tip and limits are its own.

    Raises:
        ArgumentError: The chain is built differently.
    """

    def __init__(self, chain: Chain) -> None:
        offset, insertion, shaft = chain.placement[-1, 0, 3], chain.placement[2], chain.placement[3]
        expected = _psm_placement(offset, insertion[1, 3], shaft[2, 3]) if chain.size == 6 else None
        kinds = [REVOLUTE, REVOLUTE, PRISMATIC, REVOLUTE, REVOLUTE, REVOLUTE]
        if (
            expected is None
            or chain.kind.tolist() != kinds
            or not np.allclose(chain.placement, expected, atol=1e-9)
            or max(-chain.lower[1], chain.upper[1]) >= 0.5 * math.pi
        ):
            raise ArgumentError(
                f"inverse 'psm' does not fit arm '{chain.name}': it needs the six joints of a PSM, through a remote "
                "centre at the base origin, with a pitch within 90 degrees"
            )
        self._chain = chain
        # Insertion slides along -y of the pitch link.
        reach = float(shaft[2, 3] - insertion[1, 3])
        self.parameters = (inverse(chain.T_link_tip), float(offset), reach)
        """``T_tip_link``, ``offset`` and ``reach`` of `solve_psm`."""

    def solve_into(self, T_base_tip: Vector, q_seed: Vector, q: Vector) -> int:
        """Solve for one pose without allocating; see `solve_psm`."""
        return solve_psm(T_base_tip, *self.parameters, self._chain.lower, self._chain.upper, q_seed, q)


def _psm_placement(offset: float, insertion_y: float, shaft: float) -> Vector:
    """Placements of a PSM's six joints."""
    rotations = (
        [[0, -1, 0], [0, 0, -1], [1, 0, 0]],
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
        [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    )
    placement = np.zeros((6, 4, 4))
    placement[:, :3, :3] = rotations
    placement[:, 3, 3] = 1.0
    placement[2, 1, 3] = insertion_y
    placement[3, 2, 3] = shaft
    placement[5, 0, 3] = offset
    return placement
