"""Tissue: how stiff it is under a probe, what a needle needs to pierce it, what a sheet of it bears."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from benchmarks._published import Row
from robotics.contracts import Vector
from simulation import tasks
from simulation.environments.lesson_env import LessonEnv
from simulation.needle_tissue import NeedleInTissue
from simulation.sheet import Sheet
from steadyhand.environments import make

SEEDS = range(4)
"""Scenes that a probe is pressed into."""

DOWN = np.diag([1.0, -1.0, -1.0])
"""Axes of a needle that points down."""

PACE_M_S = 0.005


def _go(env: LessonEnv, place: Vector, seconds: float = 3.0) -> None:
    """Bring the first arm's tip to a place in world, shape (3,) [m]."""
    action = np.zeros(env.action_space.shape)  # type: ignore[arg-type]
    action[6] = -1.0
    for _ in range(round(seconds / env.step_s)):
        way = place - env.tips[0, :3]
        action[:3] = np.clip(way / (env.speed_m_s * 2.0 * env.step_s), -1.0, 1.0)
        env.step(action)
        if np.linalg.norm(way) < 1e-4:
            return


def _press(env: LessonEnv, place: Vector, depths: Vector) -> Vector:
    """Press the tip down at a place of the surface; its height and the upward force at each depth, shape (n, 2)."""
    _go(env, place + np.array([0.0, 0.0, 0.006]))
    rows = []
    for depth in depths:
        _go(env, place - np.array([0.0, 0.0, depth]), 1.0)
        _go(env, place - np.array([0.0, 0.0, depth]), 0.5)
        rows.append((env.tips[0, 2], env.plant.read().wrench[0, 2]))
    return np.array(rows)


@cache
def _moduli() -> tuple[list[float], list[float]]:
    """Young's moduli that a probe finds far from a lump and over it, by Hertz's law [kPa]."""
    soft, hard = [], []
    for seed in SEEDS:
        env = make("palpation", time_limit_s=600.0)
        env.reset(seed=seed)
        task = env.task
        radius, nu = task.settings.probe_radius_m, task.settings.tissue.poisson  # type: ignore[attr-defined]
        x, y = task.lump.place[:2]  # type: ignore[attr-defined]
        far = np.array([x - math.copysign(0.03, x), y - math.copysign(0.02, y), 0.0])
        for place, found in ((far, soft), (np.array([x, y, 0.0]), hard)):
            # The tip is the middle of the probe's ball.
            rows = _press(env, place + np.array([0.0, 0.0, radius]), np.array([0.001, 0.0015, 0.002]))
            depth = radius - rows[:, 0]
            modulus = 0.75 * rows[:, 1] * (1.0 - nu**2) / (math.sqrt(radius) * depth**1.5)
            found.append(1e-3 * float(np.median(modulus)))
        env.close()
    return soft, hard


def _pad_stiffness() -> list[float]:
    """Stiffness of the pad under closed jaws [N/m]."""
    env = make("needle_reach", time_limit_s=600.0)
    env.reset(seed=0)
    rows = _press(env, np.array([0.04, -0.03, 0.0]), np.array([0.001, 0.002, 0.003, 0.004]))
    env.close()
    slope = np.polyfit(-rows[:, 0], rows[:, 1], 1)[0]
    return [float(slope)]


def _insertion(pace: float = PACE_M_S, depth: float = 0.047, first: int = 0) -> tuple[Vector, NeedleInTissue]:
    """A straight needle through the lesson's layers from one on: depth, force, punctures so far, shape (n, 3)."""
    settings = tasks.load("needle_insertion")
    made = NeedleInTissue(settings.layers[first:], settings.needle, 1e-9, 0.0)  # type: ignore[attr-defined]
    rows = []
    for at in np.arange(-0.001, depth, pace * 1e-3):
        made.step(np.array([0.0, 0.0, -at]), DOWN, np.array([0.0, 0.0, -pace]))
        rows.append((at, made.axial_n, made.punctured))
    return np.array(rows), made


def _punctures() -> list[float]:
    """Peaks of the force at each boundary [N]."""
    rows, _ = _insertion()
    return [float(rows[k, 1]) for k in np.flatnonzero(np.diff(rows[:, 2]))]


def _friction_share() -> list[float]:
    """Share of friction in the force 25 mm into the organ, alone and below the other layers [%].

    What is left on a way back, of what it was forwards.
    """
    found = []
    for depth, first in ((0.025, -1), (0.047, 0)):
        rows, made = _insertion(depth=depth, first=first)
        at, forwards = rows[-1, 0], rows[-1, 1]
        made.step(np.array([0.0, 0.0, -at + 1e-5]), DOWN, np.array([0.0, 0.0, PACE_M_S]))
        found.append(100.0 * abs(made.axial_n) / forwards)
    return found


def _speed() -> list[float]:
    """Force deep in the organ at 1 over that at 10 mm/s."""
    return [float(_insertion(0.001)[0][-1, 1] / _insertion(0.010)[0][-1, 1])]


def _sheet_modulus() -> list[float]:
    """Young's modulus of a strip of the retracted sheet that hangs under its own weight, five times it [MPa]."""
    config = tasks.load("tissue_retraction").sheet  # type: ignore[attr-defined]
    nx, ny = config.nodes
    i, j = np.divmod(np.arange(nx * ny), ny)
    h, g = config.spacing_m, 5.0 * 9.81
    flat = h * np.stack([j, 0.0 * i, -i], axis=1).astype(np.float64)
    sheet = Sheet(config, flat, i == 0, gravity_m_s2=-g)
    for _ in range(4000):
        sheet.step(1e-3)
    middle = (j == ny // 2) & (i >= 3)  # away from the clamped edge
    places = sheet.positions[middle, 2]
    longer = (places[0] - places[-1]) - h * (len(places) - 1)
    below = np.array([ny * config.node_mass_kg * g * (nx - k) for k in range(4, nx)])  # pull in each span
    return [1e-6 * float(below.sum() * h / (config.thickness_m * h * (ny - 1) * longer))]


@cache
def _sheet_limits() -> tuple[float, float, float]:
    """Strains from which a sheet counts as overstretched and tears, and its stress there [MPa]."""
    config = tasks.load("tissue_retraction").sheet  # type: ignore[attr-defined]
    nx, ny = config.nodes
    i, j = np.divmod(np.arange(nx * ny), ny)
    flat = config.spacing_m * np.stack([i, j, 0.0 * i], axis=1).astype(np.float64)
    volume = config.spacing_m**2 * (nx - 1) * (ny - 1) * config.thickness_m
    over, energy, stress = math.nan, 0.0, math.nan
    for strain in np.arange(0.0, 2.0, 0.005):
        sheet = Sheet(config, flat, np.zeros(len(flat), np.bool_), gravity_m_s2=0.0)
        sheet.positions[:, 0] *= 1.0 + strain
        before, energy = energy, sheet.energy()
        if strain > 0.0:
            stress = (energy - before) / (0.005 * volume)
        sheet.step(1e-5)
        if sheet.overstretched and math.isnan(over):
            over = strain
        if sheet.tears:
            return over, float(strain), 1e-6 * stress
    return over, math.nan, math.nan


def _retraction() -> float:
    """Largest pull of the sheet on the jaws as the expert retracts it [N]."""
    from benchmarks.realism_hands import expert

    return float(expert("tissue_retraction", 2000).signal("pull").max())


ROWS = (
    Row(
        "soft_tissue", "palpation: modulus of the tissue, felt with the probe (4 scenes)", 30.0, 90.0, "kPa",
        "uterus, PMC3690800", lambda: _moduli()[0],
    ),
    Row(
        "lump", "palpation: modulus right over the lump (4 scenes)", 60.0, 220.0, "kPa",
        "fibroid, PMC3690800", lambda: _moduli()[1],
        "what is felt at the surface: less than the lump's own, as it lies deeper",
    ),
    Row(
        "pad", "pad under closed jaws", 22.0, 22.0, "N/m",
        "liver, shear modulus 1.8 kPa (PMC6925591), under a flat tip of 1.5 mm radius: 2 E a / (1 - v^2)",
        _pad_stiffness,
        "ten times stiffer was meant, so that it carries a needle; "
        "jaws have several points of contact, each that stiff",
    ),
    Row(
        "puncture", "needle: force at the skin and the boundaries below", 0.9, 2.9, "N",
        "puncture while suturing, PMC8058906", _punctures,
        "the lowest is fat's, for which nothing published was found",
    ),
    Row(
        "friction_share", "needle: share of friction 25 mm into the organ, alone and below other layers",
        21.0, 21.0, "%",
        "Barnett et al. 2015", _friction_share,
        "cutting and spreading are one force here; the layers above rub, too",
    ),
    Row(
        "speed", "needle: force at 1 mm/s over that at 10 mm/s", 1.0, 1.0, "",
        "no influence of speed: Frick et al. 2001", _speed,
        "friction and cutting fade below some 3 mm/s so that a needle at rest is stable",
    ),
    Row("sheet_modulus", "sheet: modulus, by how it hangs", 0.07, 0.26, "MPa", "skin, as reported", _sheet_modulus),
    Row(
        "sheet_tear", "sheet: stress at which it tears", 0.27, 0.87, "MPa",
        "liver 0.27 (PMC6925591), colon of pigs 0.58 and of men 0.87 (PMC4414857)", lambda: [_sheet_limits()[2]],
        "the strain at which it tears, 0.6, is assumed: a membrane weaker than an organ",
    ),
    Row(
        "retraction", "force of retracting", 2.5, 4.9, "N",
        "da Vinci in the pig, 3.7 +- 1.2 N (J Robot Surg 2021)", lambda: [_retraction()],
        "the sheet is a thin membrane, and no organ hangs on it",
    ),
    Row(
        "suture", "force at which a knotted suture breaks, 3-0 polypropylene", 19.0, 19.0, "N",
        "knot-pull tests of polypropylene", None, "no threads are simulated",
    ),
)  # fmt: skip
