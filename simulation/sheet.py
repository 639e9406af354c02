"""A sheet of tissue that bends, stretches, slips out of a grip, tears and can be cut."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from robotics.config import Config
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import Words
from robotics.shape_config import Positive
from simulation import sheet_cut_kernels as cut_kernels
from simulation import sheet_jaw_kernels as jaw_kernels
from simulation import sheet_kernels as kernels
from simulation.scenery import Deformable, quantised
from simulation.sheet_kernels import STRETCHED

STABLE = 1.5
"""Largest angle that the stiffest motion goes through in a small step [rad]; above 2 an explicit step explodes."""

_MOST_TEARS = 64
_GIVE_S_M = 5.0
"""Damping of the sheet's thickness under the pads, over its force; ours [s/m]."""


class SheetConfig(Config, frozen=True, kw_only=True):
    """A sheet and its material.

    Attributes:
        nodes: Nodes along both sides; their product is even.
        spacing_m: Distance of the nodes [m].
        thickness_m: Thickness [m].
        density_kg_m3: Density [kg/m^3].
        youngs_pa: Young's modulus of the membrane [Pa].
        bending: Stiffness against bending, over that of a plate of this modulus and thickness.
        squeezed_pa: Young's modulus under compression between pads [Pa].
        damping_1_s: Rate at which motion dies away: what surrounds the sheet is wet [1/s].
        friction: Coulomb coefficient against the jaws' pads.
        support_friction: Coulomb coefficient against what it lies on.
        overstretch: Strain above which a link counts as overstretched.
        tear: Strain above which it tears.
        cells: Cells along a link: how finely a cut shows.
    """

    nodes: tuple[Annotated[int, Meta(ge=4, le=64)], Annotated[int, Meta(ge=4, le=64)]]
    spacing_m: Annotated[float, Meta(gt=0.0005, le=0.02)]
    thickness_m: Annotated[float, Meta(gt=0.0001, le=0.005)]
    density_kg_m3: Positive = 1050.0
    youngs_pa: Positive
    squeezed_pa: Positive
    bending: Annotated[float, Meta(ge=0, le=20)] = 1.0
    damping_1_s: Annotated[float, Meta(ge=0, le=1000)]
    friction: Annotated[float, Meta(ge=0, le=2)]
    support_friction: Annotated[float, Meta(ge=0, le=2)]
    overstretch: Annotated[float, Meta(gt=0, le=2)]
    tear: Annotated[float, Meta(gt=0, le=5)]
    cells: Annotated[int, Meta(ge=1, le=6)] = 3

    def __post_init__(self) -> None:
        if self.nodes[0] * self.nodes[1] % 2:
            raise ValueError(f"nodes: {self.nodes[0]} x {self.nodes[1]} is odd; their product must be even")
        if self.tear <= self.overstretch:
            raise ValueError(f"tear: {self.tear:g} must be above overstretch, {self.overstretch:g}")

    @property
    def count(self) -> int:
        """Number of nodes."""
        return self.nodes[0] * self.nodes[1]

    @property
    def size_m(self) -> tuple[float, float]:
        """Sides when flat [m]."""
        return (self.nodes[0] - 1) * self.spacing_m, (self.nodes[1] - 1) * self.spacing_m

    def seen(self, rest: Vector) -> Deformable:
        """What a view draws of it.

        Args:
            rest: Where the nodes are before anything moves, in world, shape (n, 3) [m].
        """
        return Deformable("sheet", self.nodes, self.cells, self.size_m, self.thickness_m, "membrane", rest)

    @property
    def node_mass_kg(self) -> float:
        """Mass of a node's tile [kg]."""
        return self.density_kg_m3 * self.thickness_m * self.spacing_m**2


@dataclass
class Jaws:
    """One arm's two jaws as a sheet meets them, and what it does to them.

    Each frame lies at the jaws' axis, y along the jaw to its point, z along the axis; the left pad's face is at x = 0
    and looks along x, the right one's looks the other way.

    Attributes:
        before: Frames of the left and the right jaw before the step, shape (2, 3, 4).
        after: The same after it.
        reaction: What the sheet did to each in the last step, mean over it, shape (2, 7); see `force`.
        pinch_n: How hard the pads squeezed the sheet [N].
        pinch_at_m: How far from the axis, along y [m].
        slipped_m: How far what they held slipped along the pads [m].
    """

    before: Vector
    after: Vector
    reaction: Vector
    pinch_n: float = 0.0
    pinch_at_m: float = 0.0
    slipped_m: float = 0.0

    @property
    def force(self) -> Vector:
        """Force of the sheet on both jaws in world, without what they squeeze, shape (3,) [N]."""
        force: Vector = self.reaction[0, :3] + self.reaction[1, :3]
        return force


class Sheet:
    """A grid of point masses joined by springs, stepped explicitly.

    Links along the sides with ``0.75 E t`` and along the diagonals with half of that make an isotropic membrane of
    modulus ``E``, thickness ``t`` and Poisson's ratio 1/3 (lattice of nearest and second-nearest springs: Ostoja-
    Starzewski 2002, Lattice models in micromechanics, section 2.2). Three nodes in a row resist bending as a plate
    of rigidity ``E t^3 / (12 (1 - 1/9))`` does; the curvature at rest goes along with the sheet.

    Contact and friction act on velocities, each no more than stops the motion against the surface: they are stable
    whatever the speed, stick without creep below Coulomb's limit, and slip above it. The same calls give the same bits.

    Args:
        config: Size and material.
        flat: Where the nodes are at rest, without gravity, in world, shape (n, 3) [m]; node ``i * ny + j``.
        pinned: Nodes that never move, shape (n,).
        floor_m: Height of what the sheet may lie on [m]; None for nothing.
        gravity_m_s2: Gravity along world z.
        tension: Strain that all links have at rest: a sheet held in a frame is stretched.
    """

    def __init__(
        self,
        config: SheetConfig,
        flat: Vector,
        pinned: NDArray[np.bool_],
        floor_m: float | None = None,
        gravity_m_s2: float = -9.81,
        tension: float = 0.0,
    ) -> None:
        n = config.count
        if flat.shape != (n, 3) or pinned.shape != (n,):
            raise ArgumentError(f"{flat.shape} places and {pinned.shape} pins for {n} nodes")
        self.config = config
        nx, ny = config.nodes
        self._offsets = np.array([1, ny, ny + 1, ny - 1, 2, 2 * ny], np.int64)
        self._X = np.array(flat.T, dtype=np.float64, order="C")
        self._V, self._F, self._scratch = np.zeros((3, n)), np.zeros((3, n)), np.zeros(n)
        self._free = np.where(pinned, 0.0, 1.0)
        self._U = config.spacing_m * np.array(np.divmod(np.arange(n), ny), dtype=np.float64)
        self._grid = np.array([nx, ny, config.cells], np.int64)
        self._cells: Words = np.zeros(-(-((nx - 1) * (ny - 1) * config.cells**2) // 64), np.uint64)
        self._closed: Words = np.zeros_like(self._cells)
        self._lay_links(tension)
        self._R, self._bent = np.zeros((2, 3, n)), np.zeros((2, n))
        self._lay_bends()
        self._material = np.array(
            [config.node_mass_kg, config.damping_1_s, config.thickness_m, config.friction, gravity_m_s2]
        )
        self._floor = np.array([-math.inf if floor_m is None else floor_m, config.support_friction])
        self._over = np.zeros(self._L.shape, np.bool_)
        self._torn, self._counts = np.zeros((_MOST_TEARS, 2), np.int64), np.zeros(2, np.int64)
        self._pinched, self._anchors = np.full(n, -1, np.int64), np.zeros((2, n))
        # Inner and outer end of the pads along y, half their width, radius of a jaw and of the wrist: as in the arm's
        # collision shapes (configs/arms/psm.toml).
        self._reach = np.array([0.0012, 0.0102, 0.0015, 0.0011, 0.0030])
        self._hit = np.zeros(3)
        self._room(1)
        self._small_s = 0.0
        self.max_strain, self.overstretched, self.tears = 0.0, 0, 0

    @property
    def positions(self) -> Vector:
        """Where the nodes are in world, shape (n, 3) [m]; a view, valid until the sheet is gone."""
        return self._X.T

    @property
    def velocities(self) -> Vector:
        """Their velocities, shape (n, 3) [m/s]; a view."""
        return self._V.T

    @property
    def open_cells(self) -> Words:
        """Which cells are cut open, a bit each: cell ``a * (ny - 1) * cells + b``. A view."""
        return self._cells

    def write(self, record: np.void) -> None:
        """Write places and open cells into its field of a tick (`control.tick.deformable_dtype`)."""
        record["nodes"], record["open"] = quantised(self.positions), self._cells

    def step(self, dt: float, jaws: tuple[Jaws, ...] = ()) -> None:
        """Advance by ``dt`` [s], while jaws go from where they were to where they are; notes on them what they felt."""
        count, config = len(jaws), self.config
        if count != len(self._squeeze):
            self._room(count)
        slipped = 0.0
        self._reaction[:] = 0.0
        for k in range(count):
            arm = jaws[k]
            self._frames[k, :, 0], self._frames[k, :, 1] = arm.before, arm.after
            self._near_counts[k] = jaw_kernels.pinch(
                self._X, arm.after, arm.before, config.spacing_m, config.thickness_m, config.squeezed_pa,
                _GIVE_S_M / dt, self._reach, self._state[k], self._squeeze[k], self._pads,
                self._near[k],
            )  # fmt: skip
            arm.pinch_n = float(self._pads[0])
            arm.pinch_at_m = float(self._pads[1]) / arm.pinch_n if arm.pinch_n > 0.0 else 0.0
        small = max(math.ceil(dt * self._fastest / STABLE), 1)
        if self._curved:
            kernels.curl(self._X, self._grid, self._bent, self._R)
        self._small_s = dt / small
        slipped = kernels.advance(
            self._offsets, self._X, self._V, self._L, self._K, self._R, self._free, self._F, self._scratch,
            self._material, self._floor, self._frames[:count], self._state, self._squeeze, self._reach, self._near,
            self._near_counts, self._pinched, self._anchors,
            self._reaction, self._small_s, small,
        )  # fmt: skip
        for k in range(count):
            jaws[k].reaction[:] = self._reaction[k]
            jaws[k].slipped_m = slipped
        self._stretch()

    def strain(self) -> Vector:
        """Strain of every link of the membrane, shape (links,); links that are cut are left out."""
        found = []
        for o, L, K in zip(self._offsets[:STRETCHED], self._L, self._K, strict=False):
            alive = np.flatnonzero(K > 0.0)
            gap = self._X[:, alive + o] - self._X[:, alive]
            found.append(np.sqrt((gap**2).sum(axis=0)) / L[alive] - 1.0)
        return np.concatenate(found)

    def cut(self, a: Vector, b: Vector) -> int:
        """Cut along a straight line, from ``a`` to ``b`` on the flat sheet, each shape (2,) [m].

        Returns:
            How many links were cut.
        """
        return int(
            cut_kernels.sever(self._offsets, self._K, self._U, self.config.spacing_m, a, b, self._grid, self._cells)
        )

    def pierced(self, p: Vector, q: Vector, out: Vector, whole: bool = False) -> bool:
        """Where a straight line meets the sheet first, from ``p`` to ``q`` in world, each shape (3,) [m].

        Args:
            p: One end.
            q: The other.
            out: Result: place on the flat sheet [m], and the share of the line, shape (3,).
            whole: Whether what is cut open counts as if it were whole; else the line passes through it.
        """
        cells = self._closed if whole else self._cells
        found = bool(cut_kernels.pierced(self._X, self._grid, cells, p, q, self._hit))
        out[:2], out[2] = self._hit[:2] * self.config.spacing_m, self._hit[2]
        return found

    def is_open(self, u: float, v: float) -> bool:
        """Whether a place on the flat sheet [m] is cut open."""
        bit = self.cell(u, v)
        return bool((int(self._cells[bit >> 6]) >> (bit & 63)) & 1)

    def cell(self, u: float, v: float) -> int:
        """The cell at a place on the flat sheet [m]; the nearest one of a place beyond its rim."""
        fine = self.config.spacing_m / self.config.cells
        rows, columns = ((n - 1) * self.config.cells for n in self.config.nodes)
        a, b = min(max(int(u / fine), 0), rows - 1), min(max(int(v / fine), 0), columns - 1)
        return a * columns + b

    def place(self, u: float, v: float, out: Vector) -> None:
        """Where a place on the flat sheet [m] is in world now; bilinear, written into ``out``, shape (3,)."""
        nx, ny = self.config.nodes
        h = self.config.spacing_m
        i = min(max(int(u / h), 0), nx - 2)
        j = min(max(int(v / h), 0), ny - 2)
        a, b = u / h - i, v / h - j
        c = i * ny + j
        X = self._X
        for k in range(3):
            x = X[k]
            out[k] = (1 - a) * ((1 - b) * x[c] + b * x[c + 1]) + a * ((1 - b) * x[c + ny] + b * x[c + ny + 1])

    def energy(self) -> float:
        """Kinetic, elastic and gravitational energy [J]."""
        # Velocities lie half a small step behind the places.
        kernels.internal_forces(self._offsets, self._X, self._L, self._K, self._R, self._F, self._scratch)
        late = self._F / self.config.node_mass_kg
        late[2] += self._material[4]
        synchronous = self._V + 0.5 * self._small_s * late * self._free
        total = 0.5 * self.config.node_mass_kg * float((synchronous**2).sum())
        total -= self.config.node_mass_kg * float(self._material[4]) * float((self._X[2] * self._free).sum())
        for o, L, K in zip(self._offsets[:STRETCHED], self._L, self._K, strict=False):
            alive = np.flatnonzero(K > 0.0)
            gap = np.sqrt(((self._X[:, alive + o] - self._X[:, alive]) ** 2).sum(axis=0)) - L[alive]
            total += 0.5 * float((K[alive] * gap**2).sum())
        for o, R, K in zip(self._offsets[:2], self._R, self._K[STRETCHED:], strict=True):
            b = np.flatnonzero(K > 0.0)
            off = self._X[:, b] - 2.0 * self._X[:, b + o] + self._X[:, b + 2 * o] - R[:, b]
            total += 0.5 * float((K[b] * (off**2).sum(axis=0)).sum())
        return total

    def support_force(self) -> Vector:
        """Force of the sheet's links on its pins, shape (3,) [N]."""
        kernels.internal_forces(self._offsets, self._X, self._L, self._K, self._R, self._F, self._scratch)
        force: Vector = (self._F * (1.0 - self._free)).sum(axis=1)
        return force

    def _lay_links(self, tension: float) -> None:
        config = self.config
        nx, ny = config.nodes
        n = config.count
        i, j = np.divmod(np.arange(n), ny)
        side = 0.75 * config.youngs_pa * config.thickness_m
        there = [j < ny - 1, i < nx - 1, (i < nx - 1) & (j < ny - 1), (i < nx - 1) & (j > 0), j < ny - 2, i < nx - 2]
        plate = config.youngs_pa * config.thickness_m**3 / (12.0 * (1.0 - 1.0 / 9.0))
        bend = config.bending * plate / config.spacing_m**2
        stiff = [side, side, 0.5 * side, 0.5 * side, bend, bend]
        self._L, self._K = np.ones((len(there), n)), np.zeros((len(there), n))
        for d, (mask, k) in enumerate(zip(there, stiff, strict=True)):
            c = np.flatnonzero(mask)
            gap = self._X[:, c + self._offsets[d]] - self._X[:, c]
            self._L[d, c] = np.sqrt((gap**2).sum(axis=0)) / (1.0 + tension)
            self._K[d, c] = k
            if d < 2:  # a side's links at the rim stand for half a strip, as the nodes there do for half a tile
                rim = (i[c] == 0) | (i[c] == nx - 1) if d == 0 else (j[c] == 0) | (j[c] == ny - 1)
                self._K[d, c[rim]] *= 0.5
        # Of the motion that alternates from node to node, the stiffest: links along it pull with four times their
        # stiffness, the four diagonals with twice theirs, rows of three with 16 times. 10 % for stretched links.
        total = 1.1 * (4.0 * side + 4.0 * 0.5 * side) + 16.0 * bend
        self._fastest = math.sqrt(total / config.node_mass_kg)

    def _lay_bends(self) -> None:
        """Find the curvature at rest: `curl` with one of ones gives the normals."""
        self._bent[:] = 1.0
        kernels.curl(self._X, self._grid, self._bent, self._R)
        for d in range(2):
            o, b = int(self._offsets[d]), np.flatnonzero(self._K[STRETCHED + d] > 0.0)
            second = self._X[:, b] - 2.0 * self._X[:, b + o] + self._X[:, b + 2 * o]
            self._bent[d] = 0.0
            self._bent[d, b] = (second * self._R[d][:, b]).sum(axis=0)
        self._bent[np.abs(self._bent) < 1e-9] = 0.0
        self._curved = bool(self._bent.any())
        self._R[:] = 0.0
        kernels.curl(self._X, self._grid, self._bent, self._R)

    def _room(self, arms: int) -> None:
        n = self.config.count
        self._frames = np.zeros((arms, 2, 2, 3, 4))
        self._state, self._squeeze = np.zeros((arms, n)), np.zeros((arms, n))
        self._near, self._near_counts = np.zeros((arms, n), np.int64), np.zeros(arms, np.int64)
        self._reaction, self._pads = np.zeros((arms, 2, jaw_kernels.WIDTH)), np.zeros(2)

    def _stretch(self) -> None:
        counts = self._counts
        self.max_strain = float(
            cut_kernels.stretch(
                self._offsets, self._X, self._L, self._K, self.config.overstretch, self.config.tear, self._over,
                self._torn, counts,
            )
        )  # fmt: skip
        self.overstretched += int(counts[0])
        for d, c in self._torn[: int(counts[1])].tolist():
            self._tear(d, c)

    def _tear(self, d: int, c: int) -> None:
        """Tear a link: a cut across its middle, half a spacing to either side."""
        self.tears += 1
        a, b = self._U[:, c], self._U[:, c + int(self._offsets[d])]
        across = np.array([a[1] - b[1], b[0] - a[0]]) / math.hypot(*(b - a)) * 0.45 * self.config.spacing_m
        middle = 0.5 * (a + b)
        self._K[d, c] = 0.0
        self.cut(middle - across, middle + across)
