"""The sheet's physics, compiled: springs, contact with a support and with jaws, strain, cuts.

Everything works on arrays by coordinate (``X[k]`` is the k-th coordinate of all nodes) so that the springs of one
direction run in wide registers. Node ``c = i * ny + j`` of the grid; a direction's link ``c`` goes from node ``c`` to
node ``c + offset``, with stiffness 0 where the grid has none or it is cut.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, Words, wide

Flags = NDArray[np.bool_]

STRETCHED = 4
"""Directions whose links carry the membrane: along both sides of the grid and both diagonals. The two others, twice as
far along the sides, stand for three nodes in a row, which resist bending."""

FORCE, SIZE, POINT, WIDTH = 0, 3, 4, 7
"""A reaction: force (3), sum of its parts' sizes, and of size times place (3)."""

_PUSH_OUT_M_S = 0.3
"""Fastest speed at which what has come too deep is pushed out of an instrument; ours."""


@wide
def _tension(o: int, x: Vector, y: Vector, z: Vector, L: Vector, K: Vector, s: Vector) -> None:
    """Force of each link of one direction over its length [N/m].

    Slices instead of ``x[c + o]``: an index that might be negative would count from the end, and forbid wide loops.
    """
    x1, y1, z1 = x[o:], y[o:], z[o:]
    for c in range(len(x1)):
        dx, dy, dz = x1[c] - x[c], y1[c] - y[c], z1[c] - z[c]
        s[c] = K[c] * (1.0 - L[c] / math.sqrt(dx * dx + dy * dy + dz * dz + 1e-24))


@wide
def _pull(o: int, x: Vector, s: Vector, f: Vector) -> None:
    """Add what links with tension ``s`` do to both of their ends, along one coordinate."""
    x1, f1 = x[o:], f[o:]
    for c in range(len(x1)):
        f[c] += s[c] * (x1[c] - x[c])
    for c in range(len(x1)):
        f1[c] -= s[c] * (x1[c] - x[c])


@wide
def _bend(o: int, x: Vector, r: Vector, k: Vector, b: Vector, f: Vector) -> None:
    """Add what a plate does to three nodes in a row that do not lie as they do at rest, along one coordinate.

    The energy of a plate in its nodes' second differences, a quadratic one: Bergou et al. 2006, A quadratic bending
    model for inextensible surfaces.
    """
    x1, x2, f1, f2 = x[o:], x[2 * o :], f[o:], f[2 * o :]
    for c in range(len(x2)):
        b[c] = k[c] * (x[c] - 2.0 * x1[c] + x2[c] - r[c])
    for c in range(len(x2)):
        f[c] -= b[c]
    for c in range(len(x2)):
        f1[c] += 2.0 * b[c]
    for c in range(len(x2)):
        f2[c] -= b[c]


@wide
def internal_forces(offsets: Indices, X: Vector, L: Vector, K: Vector, R: Vector, F: Vector, scratch: Vector) -> None:
    """Write the forces of all links into ``F``, shape (3, n) [N]."""
    F[:] = 0.0
    for d in range(STRETCHED):
        _tension(offsets[d], X[0], X[1], X[2], L[d], K[d], scratch)
        for k in range(3):
            _pull(offsets[d], X[k], scratch, F[k])
    for d in range(2):
        for k in range(3):
            _bend(offsets[d], X[k], R[d, k], K[STRETCHED + d], scratch, F[k])


@wide
def curl(X: Vector, grid: Indices, bent: Vector, R: Vector) -> None:
    """Turn the curvature that the sheet has at rest along with it.

    Args:
        X: Places, shape (3, n).
        grid: See `sever`.
        bent: Second difference along the normal at rest, of each row of three along both sides, shape (2, n) [m].
        R: Result: the same as vectors now, shape (2, 3, n).
    """
    nx, ny = grid[0], grid[1]
    for i in range(nx):
        for j in range(ny):
            c = i * ny + j
            here = 0.0
            if j > 0:
                here += abs(bent[0, c - 1])
            if i > 0:
                here += abs(bent[1, c - ny])
            if here == 0.0:
                continue
            p, q = (c + ny if i < nx - 1 else c), (c - ny if i > 0 else c)
            u, v = (c + 1 if j < ny - 1 else c), (c - 1 if j > 0 else c)
            ax, ay, az = X[0, p] - X[0, q], X[1, p] - X[1, q], X[2, p] - X[2, q]
            bx, by, bz = X[0, u] - X[0, v], X[1, u] - X[1, v], X[2, u] - X[2, v]
            nx_, ny_, nz_ = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
            size = math.sqrt(nx_ * nx_ + ny_ * ny_ + nz_ * nz_) + 1e-24
            if 0 < j < ny - 1:
                s = bent[0, c - 1] / size
                R[0, 0, c - 1], R[0, 1, c - 1], R[0, 2, c - 1] = s * nx_, s * ny_, s * nz_
            if 0 < i < nx - 1:
                s = bent[1, c - ny] / size
                R[1, 0, c - ny], R[1, 1, c - ny], R[1, 2, c - ny] = s * nx_, s * ny_, s * nz_


@wide
def advance(
    offsets: Indices,
    X: Vector,
    V: Vector,
    L: Vector,
    K: Vector,
    R: Vector,
    free: Vector,
    F: Vector,
    scratch: Vector,
    material: Vector,
    floor: Vector,
    jaws: Vector,
    state: Vector,
    squeeze: Vector,
    reach: Vector,
    near: Indices,
    counts: Indices,
    pinched: Indices,
    anchors: Vector,
    reaction: Vector,
    dt: float,
    steps: int,
) -> float:
    """Advance the sheet by ``steps`` small steps of ``dt`` [s].

    Args:
        offsets: Node offset of each direction.
        X: Places, shape (3, n) [m].
        V: Velocities, shape (3, n) [m/s].
        L: Lengths at rest, shape (directions, n) [m].
        K: Stiffness, shape (directions, n) [N/m].
        R: Second differences at rest, from `curl`, shape (2, 3, n) [m].
        free: 1 for nodes that move, 0 for pinned ones, shape (n,).
        F: Scratch, shape (3, n).
        scratch: Scratch, shape (n,).
        material: Node mass, damping rate, thickness, friction against jaws, gravity along z.
        floor: Height of the support and friction on it; a height of -inf for none.
        jaws: Frames of each arm's two jaws at the beginning and at the end, shape (arms, 2, 2, 3, 4).
        state: How far each node's tile lies between each arm's pads, shape (arms, n), from `pinch`.
        squeeze: Normal force of the pads on each node, shape (arms, n) [N], from `pinch`.
        reach: Jaws' inner and outer end along y, half width of pads, radius of jaws and wrist; see `Jaws`.
        near: Nodes that each arm's jaws may touch, shape (arms, n), from `pinch`.
        counts: How many those are, shape (arms,).
        pinched: Which arm's pads hold each node, or -1, shape (n,).
        anchors: Where on the pads each held node sticks, y and z there, shape (2, n).
        reaction: Force on each arm's jaws, mean over the time, shape (arms, 2, WIDTH); only added to.
        dt: Small step [s].
        steps: How many.

    Returns:
        How far held nodes have slipped along the pads, summed over nodes [m].
    """
    n = X.shape[1]
    mass, rate, thick, mu, gravity = material[0], material[1], material[2], material[3], material[4]
    keep = math.exp(-rate * dt)
    slipped = 0.0
    G = np.empty((2, 3, 4))
    G1 = np.empty((2, 3, 4))
    for step in range(steps):
        internal_forces(offsets, X, L, K, R, F, scratch)
        a = dt / mass
        for k in range(3):
            v, f = V[k], F[k]
            pull = gravity * dt if k == 2 else 0.0
            for c in range(n):
                v[c] = (v[c] * keep + f[c] * a + pull) * free[c]
        if floor[0] > -1e9:
            _rest(X, V, free, floor[0] + 0.5 * thick, floor[1], dt)
        for arm in range(len(jaws)):
            s0, s1 = step / steps, (step + 1.0) / steps
            for k in range(2):
                for r in range(3):
                    for q in range(4):
                        p, p1 = jaws[arm, k, 0, r, q], jaws[arm, k, 1, r, q]
                        G[k, r, q] = p + s0 * (p1 - p)
                        G1[k, r, q] = p + s1 * (p1 - p)
            slipped += _jaws(
                X, V, free, near[arm, : counts[arm]], G, G1, state[arm], squeeze[arm], reach, arm, pinched, anchors,
                mass, thick, mu, dt, 1.0 / steps, reaction[arm],
            )  # fmt: skip
        for k in range(3):
            x, v = X[k], V[k]
            for c in range(n):
                x[c] += v[c] * dt
    return slipped


@wide
def _rest(X: Vector, V: Vector, free: Vector, height: float, mu: float, dt: float) -> None:
    """Keep nodes above a support, with Coulomb friction on it: what would press on rubs, and sticks below the limit."""
    for c in range(X.shape[1]):
        gap = X[2, c] - height
        wanted = -gap / dt if gap >= 0.0 else min(-gap / dt, _PUSH_OUT_M_S)
        if V[2, c] >= wanted or free[c] == 0.0:
            continue
        # No more than what stops it counts as pressing: being pushed out is no load.
        rub = mu * max(min(wanted, 0.0) - V[2, c], 0.0)
        V[2, c] = wanted
        speed = math.sqrt(V[0, c] ** 2 + V[1, c] ** 2)
        left = max(1.0 - rub / max(speed, 1e-12), 0.0)
        V[0, c] *= left
        V[1, c] *= left


@wide
def _local(G: Vector, x: float, y: float, z: float, out: Vector) -> None:
    """A point in a jaw's frame."""
    dx, dy, dz = x - G[0, 3], y - G[1, 3], z - G[2, 3]
    for k in range(3):
        out[k] = G[0, k] * dx + G[1, k] * dy + G[2, k] * dz


@wide
def pinch(X: Vector, jaws: Vector, before: Vector, spacing: float, thick: float, modulus: float, give: float,
          reach: Vector, state: Vector, squeeze: Vector, pads: Vector, near: Indices) -> int:  # fmt: skip
    """How far nodes lie between the pads of jaws, and how hard those squeeze them.

    A node stands for a tile of the sheet. Its tile's share between the pads, compressed from the thickness ``t`` to
    the pads' gap, answers with ``E A / t * d / (1 - d / t)`` for a compression ``d``: linear at first, and never quite
    flat. The tile gives with a delay: approach adds to the force, parting takes from it.

    Args:
        X: Places, shape (3, n).
        jaws: Frames of one arm's left and right jaw, shape (2, 3, 4).
        before: The same one step earlier.
        spacing: Side of a tile [m].
        thick: Thickness [m].
        modulus: Young's modulus under compression [Pa].
        give: Damping times the inverse of the step [1/m].
        reach: See `advance`.
        state: Result: area of each node's tile between the pads [m^2], shape (n,).
        squeeze: Result: normal force on each node [N], shape (n,).
        pads: Result: normal force, and that times y, both summed, shape (2,).
        near: Result: nodes that the jaws or the wrist may touch, shape (n,).

    Returns:
        How many those are.
    """
    left, right, was = np.empty(3), np.empty(3), np.empty(3)
    pads[:] = 0.0
    far, count = reach[1] + 2.0 * reach[4], 0
    for c in range(X.shape[1]):
        state[c] = squeeze[c] = 0.0
        x, y, z = X[0, c], X[1, c], X[2, c]
        if abs(x - jaws[0, 0, 3]) > far or abs(y - jaws[0, 1, 3]) > far or abs(z - jaws[0, 2, 3]) > far:
            continue
        near[count] = c
        count += 1
        _local(jaws[0], x, y, z, left)
        _local(jaws[1], x, y, z, right)
        if left[0] < -0.0006 or right[0] > 0.0006:
            continue
        along, across = 0.5 * (left[1] + right[1]), 0.5 * (left[2] + right[2])
        high = min(along + 0.5 * spacing, reach[1]) - max(along - 0.5 * spacing, reach[0])
        broad = min(across + 0.5 * spacing, reach[2]) - max(across - 0.5 * spacing, -reach[2])
        if high <= 0.0 or broad <= 0.0:
            continue
        state[c] = high * broad
        gap = left[0] - right[0]
        d = min(thick - gap, 0.95 * thick)
        if d <= 0.0:
            continue
        _local(before[0], x, y, z, was)
        closing = was[0]
        _local(before[1], x, y, z, was)
        closing = closing - was[0] - gap
        force = modulus * state[c] / thick * d / (1.0 - d / thick) * (1.0 + give * closing)
        squeeze[c] = max(force, 0.0)
        pads[0] += squeeze[c]
        pads[1] += squeeze[c] * along
    return count


@wide
def _jaws(
    X: Vector,
    V: Vector,
    free: Vector,
    near: Indices,
    G: Vector,
    G1: Vector,
    state: Vector,
    squeeze: Vector,
    reach: Vector,
    arm: int,
    pinched: Indices,
    anchors: Vector,
    mass: float,
    thick: float,
    mu: float,
    dt: float,
    share: float,
    reaction: Vector,
) -> float:
    """Hold, push and rub nodes with one arm's jaws, which go from ``G`` to ``G1``, shape (2, 3, 4), in a small step."""
    left, right, want = np.empty(3), np.empty(3), np.empty(3)
    slipped = 0.0
    for at in range(len(near)):
        c = near[at]
        if free[c] == 0.0:
            continue
        x, y, z = X[0, c], X[1, c], X[2, c]
        _local(G[0], x, y, z, left)
        _local(G[1], x, y, z, right)
        if state[c] > 0.0 and squeeze[c] > 0.0:
            if pinched[c] != arm:
                pinched[c] = arm
                anchors[0, c], anchors[1, c] = 0.5 * (left[1] + right[1]), 0.5 * (left[2] + right[2])
            # Where it would be, stuck to the pads in the middle between them, at the end of the step.
            u = 0.5 * (left[0] - right[0])
            p, q = anchors[0, c], anchors[1, c]
            for k in range(3):
                want[k] = 0.5 * (
                    G1[0, k, 3] + G1[0, k, 0] * u + G1[0, k, 1] * p + G1[0, k, 2] * q
                    + G1[1, k, 3] - G1[1, k, 0] * u + G1[1, k, 1] * p + G1[1, k, 2] * q
                )  # fmt: skip
                want[k] = (want[k] - X[k, c]) / dt - V[k, c]
            nx, ny, nz = G1[0, 0, 0] + G1[1, 0, 0], G1[0, 1, 0] + G1[1, 1, 0], G1[0, 2, 0] + G1[1, 2, 0]
            size = math.sqrt(nx * nx + ny * ny + nz * nz)
            nx, ny, nz = nx / size, ny / size, nz / size
            normal = want[0] * nx + want[1] * ny + want[2] * nz
            want[0] -= normal * nx
            want[1] -= normal * ny
            want[2] -= normal * nz
            rub = math.sqrt(want[0] ** 2 + want[1] ** 2 + want[2] ** 2)
            limit = 2.0 * mu * squeeze[c] * dt / mass  # both pads rub
            part = 1.0
            if rub > limit:
                part = limit / rub
                slipped += (rub - limit) * dt
            normal = min(max(normal, -2.0), 2.0)
            for k in range(3):
                n_k = nx if k == 0 else (ny if k == 1 else nz)
                want[k] = part * want[k] + normal * n_k
                V[k, c] += want[k]
            if part < 1.0:
                _local(G1[0], x + V[0, c] * dt, y + V[1, c] * dt, z + V[2, c] * dt, left)
                _local(G1[1], x + V[0, c] * dt, y + V[1, c] * dt, z + V[2, c] * dt, right)
                anchors[0, c], anchors[1, c] = 0.5 * (left[1] + right[1]), 0.5 * (left[2] + right[2])
            for side in range(2):
                _react(X, c, want, 0.5 * mass / dt * share, reaction[side])
            continue
        if pinched[c] == arm:
            pinched[c] = -1
        if state[c] > 0.0:
            # Between open jaws: each pad pushes what comes nearer to it than half of the thickness.
            _plate(X, V, c, G[0], G1[0], left, 1.0, thick, mass, mu, dt, share, reaction[0])
            _plate(X, V, c, G[1], G1[1], right, -1.0, thick, mass, mu, dt, share, reaction[1])
            continue
        r = reach[3] + 0.5 * thick
        _bar(X, V, c, G[0], G1[0], left, -0.0009, reach[0], reach[1] - 0.0009, r, mass, mu, dt, share, reaction[0])
        _bar(X, V, c, G[1], G1[1], right, 0.0009, reach[0], reach[1] - 0.0009, r, mass, mu, dt, share, reaction[1])
        r = reach[4] + 0.5 * thick
        _bar(X, V, c, G[0], G1[0], left, 0.0, -0.010, -0.001, r, mass, mu, dt, share, reaction[0])
    return slipped


@wide
def _plate(X: Vector, V: Vector, c: int, G: Vector, G1: Vector, at: Vector, side: float, thick: float, mass: float,
           mu: float, dt: float, share: float, reaction: Vector) -> None:  # fmt: skip
    _push(
        X, V, c, G1, at, side * G[0, 0], side * G[1, 0], side * G[2, 0], side * at[0] - 0.5 * thick, mass, mu, dt,
        share, reaction,
    )  # fmt: skip


@wide
def _bar(X: Vector, V: Vector, c: int, G: Vector, G1: Vector, at: Vector, across: float, first: float, last: float,
         radius: float, mass: float, mu: float, dt: float, share: float, reaction: Vector) -> None:  # fmt: skip
    """Keep a node out of a capsule along y of a frame."""
    dx, dy, dz = at[0] - across, at[1] - min(max(at[1], first), last), at[2]
    d = math.sqrt(dx * dx + dy * dy + dz * dz)
    if d >= radius or d < 1e-9:
        return
    dx, dy, dz = dx / d, dy / d, dz / d
    nx = G[0, 0] * dx + G[0, 1] * dy + G[0, 2] * dz
    ny = G[1, 0] * dx + G[1, 1] * dy + G[1, 2] * dz
    nz = G[2, 0] * dx + G[2, 1] * dy + G[2, 2] * dz
    _push(X, V, c, G1, at, nx, ny, nz, d - radius, mass, mu, dt, share, reaction)


@wide
def _push(X: Vector, V: Vector, c: int, G1: Vector, at: Vector, nx: float, ny: float, nz: float, gap: float,
          mass: float, mu: float, dt: float, share: float, reaction: Vector) -> None:  # fmt: skip
    """One-sided contact with a moving surface, along a unit normal, with Coulomb friction."""
    w = np.empty(3)
    for k in range(3):
        there = G1[k, 3] + G1[k, 0] * at[0] + G1[k, 1] * at[1] + G1[k, 2] * at[2]
        w[k] = (there - X[k, c]) / dt - V[k, c]  # what would make it move with the surface
    lack = w[0] * nx + w[1] * ny + w[2] * nz
    wanted = lack + (-gap / dt if gap >= 0.0 else min(-gap / dt, _PUSH_OUT_M_S))
    if wanted <= 0.0:
        return
    tx, ty, tz = w[0] - lack * nx, w[1] - lack * ny, w[2] - lack * nz
    size = math.sqrt(tx * tx + ty * ty + tz * tz)
    part = min(mu * wanted / max(size, 1e-12), 1.0)
    w[0], w[1], w[2] = wanted * nx + part * tx, wanted * ny + part * ty, wanted * nz + part * tz
    for k in range(3):
        V[k, c] += w[k]
    _react(X, c, w, mass / dt * share, reaction)


@wide
def _react(X: Vector, c: int, change: Vector, scale: float, reaction: Vector) -> None:
    """Note on an instrument what changed a node's velocity, times ``scale``, the other way round."""
    size = 0.0
    for k in range(3):
        reaction[FORCE + k] -= change[k] * scale
        size += change[k] ** 2
    size = math.sqrt(size) * scale
    reaction[SIZE] += size
    for k in range(3):
        reaction[POINT + k] += size * X[k, c]


@wide
def stretch(offsets: Indices, X: Vector, L: Vector, K: Vector, limit: float, tear: float, over: Flags,
            torn: Indices, counts: Indices) -> float:  # fmt: skip
    """Largest strain of the membrane's links; notes those beyond the limits.

    Args:
        offsets: See `advance`.
        X: See `advance`.
        L: See `advance`.
        K: See `advance`.
        limit: Strain above which a link counts as overstretched.
        tear: Strain above which it tears.
        over: Links that have ever been overstretched, shape (directions, n); updated.
        torn: Result: direction and node of links that tear now, shape (most, 2).
        counts: Result: how many are overstretched for the first time, and how many tear.
    """
    most = 0.0
    counts[:] = 0
    squared = (1.0 + limit) ** 2
    for d in range(STRETCHED):
        o = offsets[d]
        for c in range(X.shape[1] - o):
            if K[d, c] == 0.0:
                continue
            s = (X[0, c + o] - X[0, c]) ** 2 + (X[1, c + o] - X[1, c]) ** 2 + (X[2, c + o] - X[2, c]) ** 2
            s /= L[d, c] * L[d, c]
            most = max(most, s)
            if s > squared:
                if not over[d, c]:
                    over[d, c] = True
                    counts[0] += 1
                if s > (1.0 + tear) ** 2 and counts[1] < len(torn):
                    torn[counts[1], 0], torn[counts[1], 1] = d, c
                    counts[1] += 1
    return math.sqrt(most) - 1.0 if most > 0.0 else 0.0


@wide
def sever(offsets: Indices, K: Vector, U: Vector, spacing: float, a: Vector, b: Vector, grid: Indices,
          cells: Words) -> int:  # fmt: skip
    """Cut along a straight line on the sheet at rest: links that cross it are gone, cells that it meets are open.

    Args:
        offsets: See `advance`.
        K: See `advance`; links cut get 0.
        U: Nodes on the flat sheet, shape (2, n) [m].
        spacing: Of the nodes [m].
        a: Where the line begins on the flat sheet, shape (2,) [m].
        b: Where it ends.
        grid: Nodes along both sides, and cells along a link.
        cells: Which cells are open, a bit each; updated.

    Returns:
        How many links were cut.
    """
    cut = 0
    reach = 2.1 * spacing
    low0, high0 = min(a[0], b[0]) - reach, max(a[0], b[0]) + reach
    low1, high1 = min(a[1], b[1]) - reach, max(a[1], b[1]) + reach
    for c in range(U.shape[1]):
        if U[0, c] < low0 or U[0, c] > high0 or U[1, c] < low1 or U[1, c] > high1:
            continue
        for d in range(len(offsets)):
            if K[d, c] == 0.0:
                continue
            e = c + offsets[d]
            if _cross(a[0], a[1], b[0], b[1], U[0, c], U[1, c], U[0, e], U[1, e]):
                K[d, c] = 0.0
                cut += 1
    fine = spacing / grid[2]
    nu, nv = (grid[0] - 1) * grid[2], (grid[1] - 1) * grid[2]
    length = math.sqrt((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2)
    parts = int(length / (0.2 * fine)) + 1
    for k in range(parts + 1):
        i = int((a[0] + (b[0] - a[0]) * k / parts) / fine)
        j = int((a[1] + (b[1] - a[1]) * k / parts) / fine)
        if 0 <= i < nu and 0 <= j < nv:
            bit = i * nv + j
            cells[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
    return cut


@wide
def _cross(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> bool:
    """Whether two line segments in a plane cross."""
    one = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    two = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    three = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    four = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    return (one > 0.0) != (two > 0.0) and (three > 0.0) != (four > 0.0)


@wide
def pierced(X: Vector, grid: Indices, cells: Words, p: Vector, q: Vector, out: Vector) -> bool:
    """Where a straight line meets the sheet first, seen from ``p``; open cells let it through.

    Args:
        X: Places, shape (3, n).
        grid: See `sever`.
        cells: See `sever`.
        p: One end, shape (3,) [m].
        q: The other.
        out: Result: place on the flat sheet in spacings, and the share of the line, shape (3,).
    """
    nx, ny = grid[0], grid[1]
    found = False
    out[2] = 2.0
    low0, high0 = min(p[0], q[0]), max(p[0], q[0])
    low1, high1 = min(p[1], q[1]), max(p[1], q[1])
    d0, d1, d2 = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    for i in range(nx - 1):
        for j in range(ny - 1):
            c = i * ny + j
            x0, x1, x2, x3 = X[0, c], X[0, c + 1], X[0, c + ny], X[0, c + ny + 1]
            if max(x0, x1, x2, x3) < low0 or min(x0, x1, x2, x3) > high0:
                continue
            x0, x1, x2, x3 = X[1, c], X[1, c + 1], X[1, c + ny], X[1, c + ny + 1]
            if max(x0, x1, x2, x3) < low1 or min(x0, x1, x2, x3) > high1:
                continue
            for half in range(2):
                # Triangles (0, ny, ny + 1) and (0, ny + 1, 1).
                e, f = (c + ny, c + ny + 1) if half == 0 else (c + ny + 1, c + 1)
                ux, uy, uz = X[0, e] - X[0, c], X[1, e] - X[1, c], X[2, e] - X[2, c]
                vx, vy, vz = X[0, f] - X[0, c], X[1, f] - X[1, c], X[2, f] - X[2, c]
                hx, hy, hz = d1 * vz - d2 * vy, d2 * vx - d0 * vz, d0 * vy - d1 * vx
                det = ux * hx + uy * hy + uz * hz
                if abs(det) < 1e-18:
                    continue
                sx, sy, sz = p[0] - X[0, c], p[1] - X[1, c], p[2] - X[2, c]
                s = (sx * hx + sy * hy + sz * hz) / det
                gx, gy, gz = sy * uz - sz * uy, sz * ux - sx * uz, sx * uy - sy * ux
                t = (d0 * gx + d1 * gy + d2 * gz) / det
                w = (vx * gx + vy * gy + vz * gz) / det
                if s < 0.0 or t < 0.0 or s + t > 1.0 or w < 0.0 or w > 1.0 or w >= out[2]:
                    continue
                a, b = (s + t, t) if half == 0 else (s, s + t)
                fu, fv = int((i + a) * grid[2]), int((j + b) * grid[2])
                bit = min(fu, (nx - 1) * grid[2] - 1) * (ny - 1) * grid[2] + min(fv, (ny - 1) * grid[2] - 1)
                if (cells[bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1):
                    continue
                out[0], out[1], out[2] = i + a, j + b, w
                found = True
    return found
