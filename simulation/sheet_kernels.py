"""The sheet's motion, compiled: springs, bending, a support, and a step through all that acts on it.

Everything works on arrays by coordinate (``X[k]`` is the k-th coordinate of all nodes) so that the springs of one
direction run in wide registers. Node ``c = i * ny + j`` of the grid; a direction's link ``c`` goes from node ``c`` to
node ``c + offset``, with stiffness 0 where the grid has none or it is cut.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, wide
from simulation.sheet_jaw_kernels import PUSH_OUT_M_S, touch

STRETCHED = 4
"""Directions whose links carry the membrane: along both sides of the grid and both diagonals. The two others, twice as
far along the sides, stand for three nodes in a row, which resist bending."""


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
            slipped += touch(
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
        wanted = -gap / dt if gap >= 0.0 else min(-gap / dt, PUSH_OUT_M_S)
        if V[2, c] >= wanted or free[c] == 0.0:
            continue
        # No more than what stops it counts as pressing: being pushed out is no load.
        rub = mu * max(min(wanted, 0.0) - V[2, c], 0.0)
        V[2, c] = wanted
        speed = math.sqrt(V[0, c] ** 2 + V[1, c] ** 2)
        left = max(1.0 - rub / max(speed, 1e-12), 0.0)
        V[0, c] *= left
        V[1, c] *= left
