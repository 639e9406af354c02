"""A sheet between and beside jaws, compiled: what the pads squeeze and hold, what jaws and wrist push aside.

Arrays by coordinate, nodes by number, as in `simulation.sheet_kernels`.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, wide

FORCE, SIZE, POINT, WIDTH = 0, 3, 4, 7
"""A reaction: force (3), sum of its parts' sizes, and of size times place (3)."""

PUSH_OUT_M_S = 0.3
"""Fastest speed at which what has come too deep is pushed out of an instrument or a support; ours."""


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
def touch(
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
    wanted = lack + (-gap / dt if gap >= 0.0 else min(-gap / dt, PUSH_OUT_M_S))
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
