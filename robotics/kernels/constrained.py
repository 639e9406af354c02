"""Set-up of the quadratic program of constrained motion; see `robotics.constrained` for what it means and where from.

Unknowns are joint rates as shares of the velocity limits, ``y = dq / velocity``, so that radians and metres mix soundly
and every number is near one. With ``J_y = W J diag(velocity)`` the weighted Jacobian over those unknowns, the cost is
``|J_y y - W twist|^2 + damping^2 |y|^2``.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.cholesky import factorise
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import REVOLUTE, point_jacobian

UNBOUNDED = 1e30
"""What DAQP takes for infinity."""

# Columns of the parameter vector.
DT, BRAKING_TIME, RECOVERY, SINGULAR, DAMPING_MIN, DAMPING_MAX, MARGIN, RCM_TOLERANCE, EQUALITIES, HALF_SPACES = range(
    10
)
PARAMETERS = 10

# Rows of the joint limits.
LOWER, UPPER, VELOCITY, ACCELERATION = range(4)


@kernel
def joint_box(q: Vector, dq_prev: Vector, limits: Vector, parameters: Vector, geometry: Vector, box: Vector) -> None:
    """Bounds of the next joint rates: from the position limits alone, and from all limits together.

    The bound from a position limit is a velocity damper: the distance left over the braking time. Where the limits
    contradict each other (a joint that is already past one) acceleration wins over velocity, and both over position,
    so that the box is never empty.

    Args:
        q: Joint positions, shape (n,) [rad or m].
        dq_prev: Joint rates of the previous period, shape (n,).
        limits: Rows `LOWER`, `UPPER`, `VELOCITY`, `ACCELERATION`, shape (4, n).
        parameters: See `PARAMETERS`.
        geometry: Result: lower and upper bounds from the position limits alone, shape (2, n).
        box: Result: the same from all limits, shape (2, n).
    """
    step, braking_time = parameters[DT], parameters[BRAKING_TIME]
    for i in range(len(q)):
        least, most = (limits[LOWER, i] - q[i]) / braking_time, (limits[UPPER, i] - q[i]) / braking_time
        geometry[0, i], geometry[1, i] = least, most
        change = limits[ACCELERATION, i] * step
        slowest, fastest = dq_prev[i] - change, dq_prev[i] + change
        least = min(max(least, -limits[VELOCITY, i]), limits[VELOCITY, i])
        most = min(max(most, -limits[VELOCITY, i]), limits[VELOCITY, i])
        box[0, i] = min(max(least, slowest), fastest)
        box[1, i] = min(max(most, slowest), fastest)


@kernel
def last_link_motion(T_base_link: Vector, kind: Indices, dq: Vector, motion: Vector) -> None:
    """Velocities of the last link, and its accelerations while the joints keep their rates.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        dq: Joint rates, shape (n,).
        motion: Result along base axes, shape (4, 3): angular velocity, angular acceleration, acceleration and velocity
            of the last link's origin.
    """
    wx = wy = wz = ax = ay = az = vx = vy = vz = px = py = pz = 0.0
    sx = sy = sz = 0.0  # velocity of the origin
    for i in range(len(kind)):
        T = T_base_link[i]
        zx, zy, zz = T[0, 2], T[1, 2], T[2, 2]
        rx, ry, rz = T[0, 3] - px, T[1, 3] - py, T[2, 3] - pz
        ux, uy, uz = wy * rz - wz * ry, wz * rx - wx * rz, wx * ry - wy * rx
        vx += ay * rz - az * ry + wy * uz - wz * uy
        vy += az * rx - ax * rz + wz * ux - wx * uz
        vz += ax * ry - ay * rx + wx * uy - wy * ux
        sx, sy, sz = sx + ux, sy + uy, sz + uz
        px, py, pz = T[0, 3], T[1, 3], T[2, 3]
        cx, cy, cz = dq[i] * (wy * zz - wz * zy), dq[i] * (wz * zx - wx * zz), dq[i] * (wx * zy - wy * zx)
        if kind[i] == REVOLUTE:
            ax, ay, az = ax + cx, ay + cy, az + cz
            wx, wy, wz = wx + zx * dq[i], wy + zy * dq[i], wz + zz * dq[i]
        else:
            vx, vy, vz = vx + 2.0 * cx, vy + 2.0 * cy, vz + 2.0 * cz
            sx, sy, sz = sx + zx * dq[i], sy + zy * dq[i], sz + zz * dq[i]
    motion[0, 0], motion[0, 1], motion[0, 2] = wx, wy, wz
    motion[1, 0], motion[1, 1], motion[1, 2] = ax, ay, az
    motion[2, 0], motion[2, 1], motion[2, 2] = vx, vy, vz
    motion[3, 0], motion[3, 1], motion[3, 2] = sx, sy, sz


@kernel
def point_acceleration(motion: Vector, rx: float, ry: float, rz: float) -> tuple[float, float, float]:
    """Acceleration of a point of the last link at ``r`` from its origin, along base axes; see `last_link_motion`."""
    wx, wy, wz = motion[0, 0], motion[0, 1], motion[0, 2]
    ux, uy, uz = wy * rz - wz * ry, wz * rx - wx * rz, wx * ry - wy * rx
    return (
        motion[2, 0] + motion[1, 1] * rz - motion[1, 2] * ry + wy * uz - wz * uy,
        motion[2, 1] + motion[1, 2] * rx - motion[1, 0] * rz + wz * ux - wx * uz,
        motion[2, 2] + motion[1, 0] * ry - motion[1, 1] * rx + wx * uy - wy * ux,
    )


@kernel
def into_base(T: Vector, direction: Vector) -> tuple[float, float, float]:
    """A direction of a link along base axes."""
    x, y, z = direction[0], direction[1], direction[2]
    return (
        T[0, 0] * x + T[0, 1] * y + T[0, 2] * z,
        T[1, 0] * x + T[1, 1] * y + T[1, 2] * z,
        T[2, 0] * x + T[2, 1] * y + T[2, 2] * z,
    )


@kernel
def drift(T: Vector, rcm: Vector, motion: Vector) -> tuple[float, float, float]:
    """What takes the shaft off the trocar by curvature alone, along base axes; times the period squared it is the way.

    Half the acceleration of the shaft's point at the trocar, less what insertion along an axis that turns does to the
    line: for a shaft that only turns about and slides through its trocar the two cancel.

    Args:
        T: Pose of the last link, shape (4, 4).
        rcm: See `remote_centre_rows`.
        motion: See `last_link_motion`.
    """
    ax, ay, az = into_base(T, rcm[1])
    along = ax * (rcm[0, 0] - T[0, 3]) + ay * (rcm[0, 1] - T[1, 3]) + az * (rcm[0, 2] - T[2, 3])
    cx, cy, cz = point_acceleration(motion, along * ax, along * ay, along * az)
    # The point lies on the axis, so turning adds nothing to its speed along it.
    insertion = ax * motion[3, 0] + ay * motion[3, 1] + az * motion[3, 2]
    wx, wy, wz = motion[0, 0], motion[0, 1], motion[0, 2]
    return (
        0.5 * cx - insertion * (wy * az - wz * ay),
        0.5 * cy - insertion * (wz * ax - wx * az),
        0.5 * cz - insertion * (wx * ay - wy * ax),
    )


@kernel
def remote_centre_rows(
    T_base_link: Vector,
    kind: Indices,
    velocity: Vector,
    rcm: Vector,
    motion: Vector,
    parameters: Vector,
    point: Vector,
    J_shaft: Vector,
    A: Vector,
    bounds: Vector,
    first: int,
) -> float:
    """Two rows that keep the shaft on the trocar: lateral velocity there equals minus gain times lateral deviation.

    The right side also takes off what the shaft will drift sideways within the period by curvature, see `drift`.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        velocity: Velocity limits, shape (n,).
        rcm: Rows: trocar in base; shaft axis, and two directions across it, in the last link; shape (4, 3).
        motion: See `last_link_motion`, for the rates of the previous period.
        parameters: See `PARAMETERS`.
        point: Result: the shaft's point nearest to the trocar, shape (3,).
        J_shaft: Result: Jacobian of that point, shape (6, n).
        A: Constraint matrix; its first two rows are set.
        bounds: Rows upper and lower, shape (2, ...); entries ``first`` and ``first + 1`` are set.
        first: Where the bounds of the first row stand.

    Returns:
        Distance of the shaft from the trocar [m].
    """
    n = len(kind)
    T = T_base_link[n - 1]
    ax, ay, az = into_base(T, rcm[1])
    along = ax * (rcm[0, 0] - T[0, 3]) + ay * (rcm[0, 1] - T[1, 3]) + az * (rcm[0, 2] - T[2, 3])
    point[0], point[1], point[2] = T[0, 3] + along * ax, T[1, 3] + along * ay, T[2, 3] + along * az
    ex, ey, ez = point[0] - rcm[0, 0], point[1] - rcm[0, 1], point[2] - rcm[0, 2]
    deviation = math.sqrt(ex * ex + ey * ey + ez * ez)
    point_jacobian(T_base_link, kind, n - 1, point, J_shaft)
    cx, cy, cz = drift(T, rcm, motion)
    gain, step = 1.0 / parameters[BRAKING_TIME], parameters[DT]
    if gain * deviation > parameters[RECOVERY]:
        gain = parameters[RECOVERY] / deviation
    for row in range(2):
        tx, ty, tz = into_base(T, rcm[2 + row])
        for i in range(n):
            A[row, i] = (tx * J_shaft[0, i] + ty * J_shaft[1, i] + tz * J_shaft[2, i]) * velocity[i]
        side = -(tx * (gain * ex + step * cx) + ty * (gain * ey + step * cy) + tz * (gain * ez + step * cz))
        bounds[0, first + row] = side
        bounds[1, first + row] = side
    return deviation


@kernel
def half_space_rows(
    T_base_link: Vector,
    p_base_tip: Vector,
    J: Vector,
    velocity: Vector,
    half_spaces: Vector,
    motion: Vector,
    parameters: Vector,
    A: Vector,
    bounds: Vector,
    row: int,
    first: int,
) -> None:
    """One row for each half-space ``normal . p >= offset``: approach no faster than distance over braking time.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        p_base_tip: Tip in base, column of a pose, shape (3,) [m].
        J: Jacobian of the tip, shape (6, n).
        velocity: Velocity limits, shape (n,).
        half_spaces: Unit normal and offset of each, shape (h, 4).
        motion: See `last_link_motion`.
        parameters: See `PARAMETERS`.
        A: Constraint matrix; rows from ``row`` on are set.
        bounds: Rows upper and lower; entries from ``first`` on are set.
        row: First row of ``A``.
        first: First entry of ``bounds``.
    """
    n = len(velocity)
    T = T_base_link[n - 1]
    x, y, z = p_base_tip[0], p_base_tip[1], p_base_tip[2]
    cx, cy, cz = point_acceleration(motion, x - T[0, 3], y - T[1, 3], z - T[2, 3])
    half = 0.5 * parameters[DT]
    for k in range(len(half_spaces)):
        nx, ny, nz = half_spaces[k, 0], half_spaces[k, 1], half_spaces[k, 2]
        distance = nx * x + ny * y + nz * z - half_spaces[k, 3] - parameters[MARGIN]
        for i in range(n):
            A[row + k, i] = (nx * J[0, i] + ny * J[1, i] + nz * J[2, i]) * velocity[i]
        away = min(-distance / parameters[BRAKING_TIME], parameters[RECOVERY])
        bounds[0, first + k] = UNBOUNDED
        bounds[1, first + k] = away - half * (nx * cx + ny * cy + nz * cz)


@kernel
def weighted_task(
    J: Vector, T_base_tip: Vector, velocity: Vector, twist: Vector, weights: Vector, J_task: Vector, target: Vector
) -> int:
    """Weighted rows of the task: linear along base axes, angular about the tip's own axes.

    Args:
        J: Jacobian of the tip, shape (6, n).
        T_base_tip: Pose of the tip, shape (4, 4).
        velocity: Velocity limits, shape (n,).
        twist: Desired twist along base axes, shape (6,) [m/s, rad/s].
        weights: Three for the linear axes, three for the angular [m]; shape (6,).
        J_task: Result: the rows that count, packed from the top, shape (at least 6, n).
        target: Result, likewise, shape (6,).

    Returns:
        How many rows count.
    """
    n = len(velocity)
    rows = 0
    for k in range(6):
        weight = weights[k]
        if weight == 0.0:
            continue
        if k < 3:
            target[rows] = weight * twist[k]
            for i in range(n):
                J_task[rows, i] = weight * J[k, i] * velocity[i]
        else:
            x, y, z = weight * T_base_tip[0, k - 3], weight * T_base_tip[1, k - 3], weight * T_base_tip[2, k - 3]
            target[rows] = x * twist[3] + y * twist[4] + z * twist[5]
            for i in range(n):
                J_task[rows, i] = (x * J[3, i] + y * J[4, i] + z * J[5, i]) * velocity[i]
        rows += 1
    return rows


@kernel
def inverse_trace(rows: int, J: Vector, G: Vector) -> float:
    """A smooth lower bound on the smallest singular value of a matrix: ``trace((J J')^-1) ** -0.5``.

    For ``rows`` above the number of columns it is that of ``J' J``.

    Args:
        rows: How many rows of ``J`` count.
        J: The matrix, shape (at least ``rows``, n).
        G: Scratch, square, at least as large as the smaller of ``rows`` and n.

    Returns:
        The bound; zero where the matrix is singular.
    """
    n = J.shape[1]
    wide = rows <= n
    size = rows if wide else n
    for i in range(size):
        for j in range(i + 1):
            value = 0.0
            if wide:
                for k in range(n):
                    value += J[i, k] * J[j, k]
            else:
                for k in range(rows):
                    value += J[k, i] * J[k, j]
            G[i, j] = value
    # Cholesky factor below the diagonal, then its inverse in place: trace(G^-1) = |L^-1|^2.
    if not factorise(size, G, G, 1e-14):
        return 0.0
    total = 0.0
    for j in range(size):
        G[j, j] = 1.0 / G[j, j]
        total += G[j, j] * G[j, j]
        for i in range(j + 1, size):
            value = G[i, j] * G[j, j]
            for k in range(j + 1, i):
                value += G[i, k] * G[k, j]
            G[i, j] = -value / G[i, i]
            total += G[i, j] * G[i, j]
    return 1.0 / math.sqrt(total)
