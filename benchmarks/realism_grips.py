"""Grips and needles: what jaws hold and with what force, what a needle measures and weighs."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from benchmarks._published import Row
from benchmarks.held import FULL, bar, bench
from robotics.shape_config import Capsule
from simulation import tasks
from simulation.needle import NeedleConfig
from simulation.props import Grasp, turned
from simulation.settings import SimulationConfig
from simulation.world import BulletWorld
from steadyhand.rig import build, plan
from vr_training.inputs import create

PULL_N = 5.0
"""The pull that Heijnsdijk et al. ask a grip to hold."""

THIN_M = 0.0004
"""Radius of a bar between jaws that stand nearly parallel."""

SUTURED_S = 10.0
"""How long the expert sutures [s]: until well after it has taken the needle."""

HEIJNSDIJK = "Heijnsdijk et al. 2004"


def _pinch_for_the_pull(friction: float) -> float:
    """Pinch that holds the pull along the jaws' axis, from what a full grip holds [N].

    Without gravity, and heavy: what weighs less than a gram slips sooner, for the solver's sake (see `contact`).
    """
    rod = Capsule(
        material="ring",
        radius_m=THIN_M,
        length_m=0.008,
        xyz_m=(-0.004, 0.0, 0.0),
        rpy_rad=(0.0, 0.5 * np.pi, 0.0),
    )
    grasp = Grasp(point_m=(0.0, 0.0, -0.0015), along=(1.0, 0.0, 0.0))
    thing = bar(friction=friction, parts=(rod,), mass_kg=0.005, rest_m=0.002, grasps=(grasp,))
    rig = SimulationConfig(solver_iterations=400, gravity_m_s2=0.0)
    with bench(thing, simulation=rig) as held:
        held.take(FULL)
        if held.watch.holder != 0:
            return math.nan
        return PULL_N * held.watch.pinch_n / held.slip_n(np.array([1.0, 0.0, 0.0]))


def _lesson_things() -> list[float]:
    names = ("needle_pick", "peg_transfer", "gauze_retrieve")
    return [_pinch_for_the_pull(tasks.load(name).thing.friction) for name in names]  # type: ignore[attr-defined]


def _full_grips() -> list[float]:
    """Pinch of a full grip on a 2 mm bar, a ring's wall, a gauze and a needle [N]."""
    found = []
    rig = SimulationConfig(solver_iterations=400)
    for name in (None, "peg_transfer", "gauze_retrieve", "needle_pick"):
        thing = tasks.load(name).thing if name else bar()  # type: ignore[attr-defined]
        with bench(thing, above_m=-0.001 if name == "needle_pick" else 0.0, simulation=rig) as held:
            held.take(FULL)
            found.append(held.watch.pinch_n)
    return found


def _driver_grip() -> list[float]:
    """Pinch of the suturing rig's full grip on its needle, median while the expert holds it [N]."""
    rig, pinched = plan("suture_pass"), list[float]()
    with build(rig, {name: create("expert") for name in rig.operated}, 2000) as (loop, task):
        loop.power_on()
        pinch = [signal.name for signal in task.signals].index("pinch")
        for _ in range(round(SUTURED_S / rig.config.period_s)):
            record = loop.tick()[0]
            if record["signals"][pinch] > 0.0 and record["arms"][rig.operated[0]]["grip"] > 0.99:
                pinched.append(float(record["signals"][pinch]))
    return [float(np.median(pinched))]


def _suture_mass() -> list[float]:
    needle = tasks.load("suture_pass").needle  # type: ignore[attr-defined]
    return [1e3 * needle.mass_kg]


@cache
def _needle() -> tuple[float, float, float, float]:
    """Radius and length of the arc, thickness [mm] and mass [g] of the needle as PyBullet has it, felt by rays."""
    needle = tasks.load("needle_pick").thing  # type: ignore[attr-defined]
    assert isinstance(needle, NeedleConfig)
    with BulletWorld(SimulationConfig()) as world:
        client = world.client
        body = needle.load(client, np.zeros(3), turned(0.0))
        outer = client.rayTest((0.05, 0.0, 0.0), (0.0, 0.0, 0.0))[0][3][0]
        inner = client.rayTest((0.0, 0.0, 0.0), (0.05, 0.0, 0.0))[0][3][0]
        angles = np.linspace(-math.pi, math.pi, 1440, endpoint=False)
        far = [(0.05 * math.cos(a), 0.05 * math.sin(a), 0.0) for a in angles]
        hits = [hit[0] == body for hit in client.rayTestBatch([(0.0, 0.0, 0.0)] * len(far), far)]
        mass = client.getDynamicsInfo(body, -1)[0]
    radius = 0.5 * (outer + inner)
    arc = radius * 2.0 * math.pi * sum(hits) / len(hits) - (outer - inner)  # its round ends are half a wire too long
    return 1e3 * radius, 1e3 * arc, 1e3 * (outer - inner), 1e3 * mass


CT1 = "CT-1 in makers' catalogues"

ROWS = (
    Row("smooth_jaw", "pinch that holds 5 N of pull, smooth jaw (coefficient 0.114)", 22.0, 22.0, "N", HEIJNSDIJK,
        lambda: [_pinch_for_the_pull(PULL_N / (2.0 * 22.0))],
        "contact alone is tested: a 0.8 mm rod with this coefficient, drawn along the jaws' axis"),
    Row("profiled_jaw", "the same, profiled jaw (coefficient 0.83)", 3.0, 3.0, "N", HEIJNSDIJK,
        lambda: [_pinch_for_the_pull(PULL_N / (2.0 * 3.0))], "as above"),
    Row("lesson_friction", "the same, coefficients of the lessons' needle, ring and gauze", 3.0, 22.0, "N", HEIJNSDIJK,
        _lesson_things, "a dry gauze is no tissue: its coefficient of 1 is ours"),
    Row("full_grip", "pinch of a full grip: bar, ring, gauze, needle", 2.3, 40.0, "N",
        "graspers and needle drivers by instrument, PMC8058906", _full_grips,
        "ours is the grip of a light grasper: the jaws' drive is soft on purpose, see `[jaw]` in psm.toml; "
        "a needle driver holds several times harder"),
    Row("driver_grip", "pinch of a full grip in the sutures, on a needle", 2.3, 40.0, "N",
        "graspers and needle drivers by instrument, PMC8058906", _driver_grip,
        "as much as the drive's 0.16 Nm allow about a wire"),
    Row("needle_radius", "needle: radius of its arc", 11.5, 11.5, "mm", CT1, lambda: [_needle()[0]]),
    Row("needle_arc", "needle: length along the arc", 36.0, 36.0, "mm", CT1, lambda: [_needle()[1]]),
    Row("needle_wire", "needle: thickness", 1.0, 1.0, "mm", CT1, lambda: [_needle()[2]]),
    Row("needle_mass", "needle: mass", 0.223, 0.223, "g", "volume of CT-1 by 7.9 g/cm3 of steel",
        lambda: [_needle()[3]]),
    Row("suture_mass", "needle of the sutures: mass", 0.223, 0.223, "g", "likewise", _suture_mass,
        "ten times steel: less does not settle in 300 iterations under 18 N of pinch; its weight of 22 mN stays small "
        "beside the tissue's forces"),
    Row("needle_sh", "needle SH: length along the arc", 26.0, 26.0, "mm", "SH in makers' catalogues", None,
        "no lesson has one; it is four numbers in a lesson's TOML"),
    Row("needle_rb1", "needle RB-1: length along the arc", 17.0, 17.0, "mm", "RB-1 in makers' catalogues", None,
        "likewise"),
)  # fmt: skip
