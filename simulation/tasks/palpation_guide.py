"""What a good operator does next in a palpation: feel at places of a grid, then finely about the stiffest, then mark.

It knows nothing of what is hidden: only where the tip was, and what force was felt there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Outcome, Vector
from simulation.soft_tissue import depth_for, stiffness_felt

COARSE, FINE, MARK, DONE = range(4)
"""Phases."""

PHASES = ("Feel your way over the tissue", "Feel finely about the stiffest place", "Mark the stiffest place", "Done")
"""What a person reads in each phase."""

_GO, _PRESS, _LIFT = range(3)

# Ours, in proportion to a probe of 4 mm radius.
_SPACING_M = 0.012  # of the first grid; a lump is felt about that far
_FINE_M = 0.005  # of the cross about the stiffest place
_DEPTH_M = 0.002  # a third of a newton in soft tissue, one in stiff
_CLEAR_M = 0.0045  # between the probe and the tissue on the way
_LEAP_M = 0.006  # the least change of the target: a hand takes a leap of less than 5 mm for a target that glides
_ASIDE_M = 0.0012  # from a place that is to be felt: near enough
_SPEED_M_S = 0.004  # of indentation below which a force is read
_READ_S = 0.12  # how long it is read
_SHIFT_M = 0.0025  # a fine estimate that lies farther off than this is looked at again
_FINE_ROUNDS = 3
_PATIENCE_S = 0.8  # at rest with the wrong force for so long: press to another depth


@dataclass(slots=True)
class Feel:
    """What is seen and felt in a tick.

    Attributes:
        time: Time of the episode [s].
        tip: Measured tip in world, shape (7,).
        force_n: Felt force along world z [N].
    """

    time: float
    tip: Vector
    force_n: float


class PalpationGuide:
    """The next thing to do, from what has been felt so far.

    Args:
        radius_m: Radius of the probe; the tip is its centre.
        middle: Middle of the surface in world, shape (3,).
        area_m: Half extents of where something may be hidden.
        mark_force_n: Force with which the place is to be marked lies between these two [N].
        tip_start: Where the tip started, shape (7,): its orientation is kept.
    """

    def __init__(
        self,
        radius_m: float,
        middle: Vector,
        area_m: tuple[float, float],
        mark_force_n: tuple[float, float],
        tip_start: Vector,
    ) -> None:
        self._radius, self._middle, self._area = radius_m, middle, np.array(area_m)
        self._mark_n = 0.5 * sum(mark_force_n)
        self._band, self._quat = mark_force_n, tip_start[3:].copy()
        self.samples: list[tuple[float, float, float]] = []
        self.phase, self._doing, self._rise_m = COARSE, _GO, math.nan
        self._todo = _grid(middle, self._area)
        self._best: Vector = middle[:2].copy()
        self._felt_at: Vector = tip_start[:2].copy()
        self._rounds, self._mark_depth = 0, math.nan
        self._last_depth, self._last_time = 0.0, math.nan
        self._begin()

    def step(self, now: Feel, outcome: Outcome) -> None:
        """See how far it has come and write target, grip and phase into ``outcome``."""
        depth = self._radius - (now.tip[2] - self._middle[2])
        rate = (
            0.0 if math.isnan(self._last_time) else (depth - self._last_depth) / max(now.time - self._last_time, 1e-9)
        )
        self._last_depth, self._last_time = depth, now.time
        target = outcome.target
        target[3:], outcome.grip, outcome.phase = self._quat, 0.0, self.phase
        place = self._best if self.phase == MARK else self._todo[0]
        target[:2] = place
        over = self._middle[2] + self._radius + _CLEAR_M
        if math.isnan(self._rise_m):
            self._rise_m = math.sqrt(max(_LEAP_M**2 - float(np.sum((place - self._felt_at) ** 2)), 0.0))
        aside = math.hypot(now.tip[0] - place[0], now.tip[1] - place[1])
        if self._doing == _GO:
            target[2] = over + self._rise_m
            near = 0.5 * _ASIDE_M if self.phase == MARK else _ASIDE_M
            if aside < near:
                self._begin(_PRESS)
        elif self._doing == _PRESS:
            if self.phase == MARK:
                self._mark(now, depth, rate, outcome)
            else:
                target[2] = self._middle[2] + self._radius - _DEPTH_M
                self._feel(now, depth, rate)
        else:
            target[2] = over
            if depth < 0.0:
                self._felt_at = self._todo.pop(0)
                self._begin(_GO)
                if not self._todo:
                    self._think()

    def _begin(self, doing: int = _GO) -> None:
        self._doing = doing
        if doing == _GO:
            self._rise_m = math.nan
        self._reading_since = math.nan
        self._sum, self._count = np.zeros(3), 0

    def _feel(self, now: Feel, depth: float, rate: float) -> None:
        """Read force and depth while the tip is nearly at rest in the tissue."""
        hard = now.force_n > self._band[1]
        if depth < 0.5 * _DEPTH_M or (abs(rate) > _SPEED_M_S and not hard):
            return
        if math.isnan(self._reading_since):
            self._reading_since = now.time
        self._sum += (now.tip[0], now.tip[1], stiffness_felt(max(now.force_n, 0.0), depth, self._radius))
        self._count += 1
        if now.time - self._reading_since >= _READ_S:
            x, y, modulus = (self._sum / self._count).tolist()
            self.samples.append((x, y, modulus))
            self._begin(_LIFT)

    def _think(self) -> None:
        """All places have been felt: where is it stiffest, and is it known well enough?"""
        last = self._best
        self._best = np.clip(stiffest(self.samples), self._middle[:2] - self._area, self._middle[:2] + self._area)
        sure = self.phase == FINE and float(np.linalg.norm(self._best - last)) < _SHIFT_M
        if sure or self._rounds >= _FINE_ROUNDS:
            self.phase = MARK
            return
        self.phase, self._rounds = FINE, self._rounds + 1
        steps = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
        self._todo = [self._best + _FINE_M * np.array(step) for step in steps]

    def _mark(self, now: Feel, depth: float, rate: float, outcome: Outcome) -> None:
        """Press as hard as a mark asks for, and close the grip once that is felt.

        The depth is chosen from what was felt nearby, and anew only where it has long been the wrong one: a hand cannot
        follow a target that moves with every change of the force.
        """
        felt = self._band[0] < now.force_n < self._band[1]
        if math.isnan(self._mark_depth):
            near = min(self.samples, key=lambda s: math.hypot(s[0] - self._best[0], s[1] - self._best[1]))
            self._mark_depth = depth_for(self._mark_n, near[2], self._radius)
        if felt or abs(rate) > _SPEED_M_S or depth < 0.3 * _DEPTH_M:
            self._reading_since = now.time
        elif now.time - self._reading_since > _PATIENCE_S:
            modulus = stiffness_felt(max(now.force_n, 1e-3), depth, self._radius)
            self._mark_depth, self._reading_since = depth_for(self._mark_n, modulus, self._radius), now.time
        outcome.target[2] = self._middle[2] + self._radius - self._mark_depth
        outcome.grip = 1.0 if felt else 0.0


def _grid(middle: Vector, area: Vector) -> list[Vector]:
    """Places of the first grid, row by row, every other row backwards."""
    counts = [max(math.ceil(2.0 * half / _SPACING_M), 1) + 1 for half in area]
    xs, ys = (np.linspace(-half, half, n) for half, n in zip(area, counts, strict=True))
    return [middle[:2] + np.array([x, y]) for j, y in enumerate(ys) for x in (xs if j % 2 == 0 else xs[::-1])]


def stiffest(samples: list[tuple[float, float, float]]) -> Vector:
    """Where it is stiffest by what was felt, shape (2,) [m].

    A bell over level ground, whose logarithm is a paraboloid, is fitted to what rises above the softest place; where
    too little does, or the fit has no peak near what was felt, the stiffest of the places themselves, weighed by how
    far each rises.

    Args:
        samples: Place in world, x and y [m], and modulus felt there [Pa]; at least one.
    """
    found = np.array(samples)
    rise = found[:, 2] - found[:, 2].min()
    top = found[int(np.argmax(rise)), :2]
    high = rise > 0.12 * rise.max()
    weight = np.where(high, rise, 0.0) ** 2
    if weight.sum() <= 0.0:
        return np.array(top)
    centroid = (weight[:, None] * found[:, :2]).sum(axis=0) / weight.sum()
    if np.count_nonzero(high) < 4:
        return np.asarray(centroid)
    xy = (found[high, :2] - top) * 1e3  # in millimetres, so that the columns are of a size
    columns = np.column_stack([np.ones(len(xy)), xy, np.sum(xy**2, axis=1)])
    w = rise[high]
    a = np.linalg.lstsq(columns * w[:, None], np.log(w) * w, rcond=None)[0]
    if a[3] >= -1e-4:
        return np.asarray(centroid)
    peak = top - 1e-3 * a[1:3] / (2.0 * a[3])
    return np.asarray(peak) if float(np.linalg.norm(peak - top)) < _SPACING_M else np.asarray(centroid)
