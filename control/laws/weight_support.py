"""Arm-weight support: the joint torques that carry a patient's arm in the robot, from anthropometry or from postures.

Static torques are linear in the masses and first moments of the loads (Atkeson, An and Hollerbach 1986, Estimation of
inertial parameters of manipulator loads and links, Int. J. Robotics Research 5(3)). Postures cannot tell all of them
apart; those directions keep what the table says, and the torque does not depend on them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import REVOLUTE, link_poses

RATE_KG_S = 2.0
"""How fast support comes and goes [kg/s]: that of EMU (Fong et al. 2017, ICORR)."""

MOST_CONDITION = 30.0
"""Largest condition of the postures, against 1 of postures all over the arm's range; ours. Noise grows with it."""

_LEVER = 0.3
"""Lever with which a change of a first moment counts as one of mass [m]; half of an arm, ours."""

_EVENLY = 400
"""Postures all over the range by which it is known what can be told apart at all."""


@dataclass(frozen=True)
class LimbLoad:
    """What a link of the robot carries of the patient's arm.

    Attributes:
        link: Index of the link in the chain.
        mass: [kg].
        moment: Mass times centre of mass in the link, shape (3,) [kg m].
    """

    link: int
    mass: float
    moment: Vector

    @property
    def com(self) -> Vector:
        """Centre of mass in the link, shape (3,) [m]; zero where there is no mass."""
        com: Vector = self.moment / self.mass if self.mass > 0.0 else np.zeros(3)
        return com


@dataclass(frozen=True)
class Identification:
    """Loads found from postures.

    Attributes:
        loads: One for each carrying link.
        residual_nm: Root mean square of what they leave unexplained, over joints and postures [Nm].
        condition: Condition of the postures, from 1 of those all over the range; noise grows with it.
        rank: How many combinations of masses and moments postures can tell apart on this chain.
    """

    loads: tuple[LimbLoad, ...]
    residual_nm: float
    condition: float
    rank: int


def limb_loads(person: Chain, robot: Chain) -> tuple[LimbLoad, ...]:
    """Loads of a person's arm on an exoskeleton that has its base in the shoulder, by anthropometry.

    Each segment of the person goes to the robot's link of the same joint; one beyond the robot's last joint (a hand on
    a robot without a wrist) goes to its last link, as it lies there at ``q = 0``.

    Args:
        person: See `robotics.human_arm.human_arm`.
        robot: The exoskeleton: joints of the same names, and at ``q = 0`` the same posture in the same base.

    Raises:
        ArgumentError: A segment lies before all joints that the two have in common.
    """
    theirs, ours = _poses(person, np.zeros(person.size)), _poses(robot, np.zeros(robot.size))
    mass, moment = np.zeros(robot.size), np.zeros((robot.size, 3))
    for k in np.flatnonzero(person.mass):
        shared = [robot.joint_names.index(name) for name in person.joint_names[: k + 1] if name in robot.joint_names]
        if not shared:
            raise ArgumentError(
                f"'{person.joint_names[k]}' of the person lies before all joints of '{robot.name}' that have its names:"
                f" {', '.join(robot.joint_names)}"
            )
        p_base = theirs[k, :3, :3] @ person.com[k] + theirs[k, :3, 3]
        i = shared[-1]
        mass[i] += person.mass[k]
        moment[i] += person.mass[k] * (ours[i, :3, :3].T @ (p_base - ours[i, :3, 3]))
    return tuple(LimbLoad(int(i), float(mass[i]), moment[i].copy()) for i in np.flatnonzero(mass))


class WeightSupport:
    """Joint torques that carry a share of a patient's arm; the share, and a new table, come in at a bounded rate.

    Args:
        chain: The robot.
        T_world_base: Its base in world, shape (4, 4).
        gravity: Acceleration of free fall in world, shape (3,) [m/s^2].
        dt: Control period [s].
        rate_kg_s: How fast support comes and goes [kg/s].

    Raises:
        ArgumentError: A value is not finite, or a period or rate is not above zero.
    """

    def __init__(
        self, chain: Chain, T_world_base: ArrayLike, gravity: ArrayLike, dt: float, rate_kg_s: float = RATE_KG_S
    ) -> None:
        T, g = np.array(T_world_base, dtype=float), np.array(gravity, dtype=float)
        if T.shape != (4, 4) or g.shape != (3,) or not (np.isfinite(T).all() and np.isfinite(g).all()):
            raise ArgumentError("T_world_base must be a finite (4, 4) pose, gravity three finite numbers")
        if not (0.0 < dt < math.inf and 0.0 < rate_kg_s < math.inf):
            raise ArgumentError(f"dt ({dt}) and rate_kg_s ({rate_kg_s}) must be above zero")
        self._chain, self._step = chain, rate_kg_s * dt
        self._gravity: Vector = T[:3, :3].T @ g
        self._table, self._now = np.zeros((chain.size, 4)), np.zeros((chain.size, 4))
        self.torque(_poses(chain, chain.home), 0.0, np.empty(chain.size))  # no first tick compiles

    @property
    def carried_kg(self) -> float:
        """Mass that is carried at present [kg]."""
        return float(self._now[:, 0].sum())

    @property
    def loads(self) -> tuple[LimbLoad, ...]:
        """The table."""
        rows = np.flatnonzero(np.any(self._table != 0.0, axis=1))
        return tuple(LimbLoad(int(i), float(self._table[i, 0]), self._table[i, 1:].copy()) for i in rows)

    def set_table(self, loads: Sequence[LimbLoad]) -> None:
        """Take another table; what is carried goes over to it at the bounded rate.

        Raises:
            ArgumentError: A link that is not there or comes twice, or a load that is not finite.
        """
        table = np.zeros_like(self._table)
        for load in loads:
            if not 0 <= load.link < self._chain.size or table[load.link].any():
                raise ArgumentError(f"link {load.link} is not one of {self._chain.size}, or comes twice")
            table[load.link] = load.mass, *load.moment
        if not np.isfinite(table).all():
            raise ArgumentError("loads must be finite")
        self._table[:] = table

    def reset(self) -> None:
        """Carry nothing, at once."""
        self._now[:] = 0.0

    def settle(self) -> None:
        """Carry the whole arm, at once: it was held while it was put in."""
        self._now[:] = self._table

    def weight(self, T_base_link: Vector, out: Vector) -> None:
        """Torques that would carry the whole arm, shape (n,), for poses of the links of shape (n, 4, 4)."""
        _carry(T_base_link, self._chain.kind, self._table, self._gravity, out)

    def torque(self, T_base_link: Vector, level: float, out: Vector) -> None:
        """Torques that carry the arm, for the coming period.

        Args:
            T_base_link: Poses of the robot's links, shape (n, 4, 4).
            level: Share of the arm that is to be carried, 0 to 1; one that is not finite counts as 0.
            out: Result, shape (n,) [Nm or N].
        """
        wanted = min(max(level, 0.0), 1.0) if math.isfinite(level) else 0.0
        _approach(self._now, self._table, wanted, self._step)
        _carry(T_base_link, self._chain.kind, self._now, self._gravity, out)

    def identify(self, q: ArrayLike, tau: ArrayLike, links: Sequence[int] = ()) -> Identification:
        """Find the loads that explain static torques, as close to the table as these allow; the table stays.

        Args:
            q: Postures at rest, shape (k, n).
            tau: Torques that held the patient's arm in each, without those that the robot needs for itself,
                shape (k, n) [Nm or N].
            links: Links that carry the arm; those of the table where none are given.

        Raises:
            ArgumentError: Shapes differ, no link carries anything, or the postures do not determine the loads.
        """
        q, tau = np.array(q, dtype=float), np.array(tau, dtype=float)
        n = self._chain.size
        if (
            q.ndim != 2
            or q.shape != tau.shape
            or q.shape[1] != n
            or not (np.isfinite(q).all() and np.isfinite(tau).all())
        ):
            raise ArgumentError(f"q and tau must be finite, of shape (k, {n}); they have {q.shape} and {tau.shape}")
        carriers = sorted(set(links)) or [load.link for load in self.loads]
        if not carriers or not 0 <= carriers[0] <= carriers[-1] < n:
            raise ArgumentError(f"links that carry the arm must lie in [0, {n - 1}], are {carriers}")
        # What can be told apart at all, by postures all over the range: directions, each scaled to what it shows there.
        lower, upper = np.maximum(self._chain.lower, -np.pi), np.minimum(self._chain.upper, np.pi)
        everywhere = np.random.default_rng(0).uniform(lower, upper, (_EVENLY, n))
        _, shown, directions = np.linalg.svd(self._regressor(everywhere, carriers), full_matrices=False)
        rank = int((shown > 1e-6 * shown[0]).sum()) if shown[0] > 0.0 else 0
        if rank == 0:
            raise ArgumentError("gravity loads no joint of this chain: nothing can be identified")
        scaled = directions[:rank].T / (shown[:rank] / math.sqrt(_EVENLY))
        Y = self._regressor(q, carriers)
        seen = np.linalg.svd(Y @ scaled, compute_uv=False)
        condition = float(seen[0] / seen[-1]) if len(seen) == rank and seen[-1] > 0.0 else math.inf
        if condition > MOST_CONDITION:
            raise ArgumentError(
                f"{len(q)} postures do not determine the arm's weight: their condition is {condition:.3g}, must be at"
                f" most {MOST_CONDITION:g}; take postures that differ more, in every joint"
            )
        prior = self._table[carriers].ravel()
        target = tau.ravel() - Y @ prior
        found = prior + scaled @ np.linalg.lstsq(Y @ scaled, target, rcond=None)[0]
        residual = float(np.sqrt(np.mean(np.square(tau.ravel() - Y @ found))))
        rows = found.reshape(-1, 4)
        loads = tuple(LimbLoad(link, float(row[0]), row[1:].copy()) for link, row in zip(carriers, rows, strict=True))
        return Identification(loads, residual, condition, rank)

    def _regressor(self, q: Vector, links: list[int]) -> Vector:
        """Torques over unit masses and unit moments of links, shape (k n, 4 links)."""
        chain = self._chain
        Y = np.empty((len(q), chain.size, len(links), 4))
        unit, out = np.zeros((chain.size, 4)), np.empty(chain.size)
        for row, posture in enumerate(q):
            poses = _poses(chain, posture)
            for column, link in enumerate(links):
                for part in range(4):
                    unit[link, part] = 1.0
                    _carry(poses, chain.kind, unit, self._gravity, out)
                    unit[link, part] = 0.0
                    Y[row, :, column, part] = out
        return Y.reshape(len(q) * chain.size, 4 * len(links))


def _poses(chain: Chain, q: Vector) -> Vector:
    """Poses of all links in base, shape (n, 4, 4)."""
    T_base_link = np.empty((chain.size, 4, 4))
    link_poses(chain.placement, chain.kind, q, T_base_link)
    return T_base_link


@kernel
def _approach(now: Vector, table: Vector, level: float, step: float) -> None:
    """Bring loads towards a share of the table, (n, 4) each, by at most ``step`` of mass [kg], all in proportion."""
    mass = moment = 0.0
    for i in range(now.shape[0]):
        mass += abs(level * table[i, 0] - now[i, 0])
        for k in range(1, 4):
            moment += abs(level * table[i, k] - now[i, k])
    distance = max(mass, moment / _LEVER)
    share = min(1.0, step / distance) if distance > 0.0 else 1.0
    for i in range(now.shape[0]):
        for k in range(4):
            if share < 1.0:
                now[i, k] += share * (level * table[i, k] - now[i, k])
            else:
                now[i, k] = level * table[i, k]


@kernel
def _carry(T_base_link: Vector, kind: Indices, loads: Vector, gravity: Vector, tau: Vector) -> None:
    """Torques that hold loads at rest: masses and first moments in links, shape (n, 4), into ``tau``, shape (n,)."""
    mass = px = py = pz = 0.0  # of all beyond a joint: mass and first moment in base
    for i in range(len(kind) - 1, -1, -1):
        T = T_base_link[i]
        m, a, b, c = loads[i, 0], loads[i, 1], loads[i, 2], loads[i, 3]
        mass += m
        px += m * T[0, 3] + T[0, 0] * a + T[0, 1] * b + T[0, 2] * c
        py += m * T[1, 3] + T[1, 0] * a + T[1, 1] * b + T[1, 2] * c
        pz += m * T[2, 3] + T[2, 0] * a + T[2, 1] * b + T[2, 2] * c
        zx, zy, zz = T[0, 2], T[1, 2], T[2, 2]
        if kind[i] == REVOLUTE:
            rx, ry, rz = px - mass * T[0, 3], py - mass * T[1, 3], pz - mass * T[2, 3]
            mx = ry * gravity[2] - rz * gravity[1]
            my = rz * gravity[0] - rx * gravity[2]
            mz = rx * gravity[1] - ry * gravity[0]
            tau[i] = -(zx * mx + zy * my + zz * mz)
        else:
            tau[i] = -mass * (zx * gravity[0] + zy * gravity[1] + zz * gravity[2])
