"""A grasp is friction and nothing else: it holds below the limit that physics sets, and slips above it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from simulation import tasks
from simulation.grasping import CRUSHED_AFTER_S, GraspWatch
from simulation.settings import SimulationConfig
from tests.simulation.held import DT, RADIUS, Bench, bar, bench

ROOT = Path(__file__).parents[2]
FULL, WEAK = -0.698, -0.2
"""Jaw angles asked for: a full grip, and one that is held off by half as much [rad]."""


def moved_mm(rows: np.ndarray) -> float:
    return 1e3 * float(np.linalg.norm(rows[-1, :3] - rows[0, :3]))


def turned_deg(rows: np.ndarray) -> float:
    return float(np.degrees(2.0 * np.arccos(min(1.0, abs(rows[0, 3:] @ rows[-1, 3:])))))


def taken(held: Bench, jaw: float) -> float:
    """Take the thing into the air; its pinch [N]."""
    held.take(jaw)
    assert held.watch.holder == 0
    return held.watch.pinch_n


def pulled(held: Bench, force: float) -> np.ndarray:
    """How the thing moves while it is pulled down, the pull brought up within a tenth of a second."""
    before = held.run(DT)
    for share in np.linspace(0.0, 1.0, 100):
        held.run(DT, force=(0.0, 0.0, -share * force))
    return np.concatenate([before, held.run(0.3, force=(0.0, 0.0, -force))])


@pytest.mark.parametrize("jaw", [WEAK, FULL])
@pytest.mark.parametrize("friction", [0.5, 0.8])
@pytest.mark.parametrize("rigid", [False, True], ids=["links", "rigid"])
def test_a_held_thing_stays_below_the_limit_of_friction_and_slips_out_above_it(
    jaw: float, friction: float, rigid: bool
) -> None:
    for share, stays in ((0.6, True), (1.6, False)):
        with bench(bar(friction=friction), simulation=SimulationConfig(rigid_bodies=rigid)) as held:
            pinch = taken(held, jaw)
            rows = pulled(held, share * 2.0 * friction * pinch)
            if stays:
                assert moved_mm(rows) < 0.5
                assert held.watch.holder == 0
            else:
                assert moved_mm(rows) > 5.0
                assert held.watch.holder == -1


def test_the_pull_that_a_grasp_bears_is_that_of_coulomb_between_jaws_that_open_downwards() -> None:
    # Two faces, each leaning outwards by half of the jaw angle: F = 2 N (mu cos a - sin a).
    with bench() as held:
        pinch = taken(held, FULL)
        lean, start = held.jaws()[0], held.run(DT)[-1, 2]
        pull = 0.0
        while start - held.run(DT, force=(0.0, 0.0, -pull))[-1, 2] < 5e-4:
            pull += 0.002 * pinch
            assert pull < 4.0 * pinch
        assert pull == pytest.approx(2.0 * pinch * (0.8 * np.cos(lean) - np.sin(lean)), rel=0.12)


@pytest.mark.parametrize("mass_kg", [0.005, 0.0004])
def test_a_thing_that_something_holds_back_slips_near_coulombs_limit_however_light_it_is(mass_kg: float) -> None:
    with bench(bar(mass_kg=mass_kg)) as held:
        taken(held, FULL)
        held.run(0.3)
        limit = held.coulomb_n()
        assert 0.65 * limit < held.drawn_n(0.0031, RADIUS) < 1.1 * limit


def test_an_arm_has_friction_one_so_that_what_it_touches_says_what_the_pair_has() -> None:
    with bench() as held:
        arm = held.arms[0].body
        found = {held.client.getDynamicsInfo(arm, i)[1] for i in range(-1, held.client.getNumJoints(arm))}
        assert found == {1.0}


def test_the_pinch_grows_with_the_angle_that_the_jaws_are_held_off() -> None:
    pinches, angles = [], []
    for jaw in (WEAK, FULL):
        with bench() as held:
            pinches.append(taken(held, jaw))
            angles.append(held.plant.read().q[held.jaw] - jaw)
    assert pinches[1] / pinches[0] == pytest.approx(angles[1] / angles[0], rel=0.1)
    assert 1.0 < pinches[0] < pinches[1] < 5.0


@pytest.mark.parametrize("aside", [5e-4, -5e-4])
def test_the_jaws_stay_symmetric_about_a_thing_that_lies_off_their_middle(aside: float) -> None:
    with bench(aside_m=aside) as held:
        taken(held, FULL)
        left, right = held.jaws()
        assert left > 0.05
        assert abs(left + right) < 2e-3


def test_closed_empty_jaws_stop_at_zero_though_less_is_asked_for() -> None:
    with bench(above_m=0.02) as held:
        held.run(0.05)
        assert held.plant.read().q[held.jaw] > 0.5
        held.run(0.5, FULL)
        assert abs(held.plant.read().q[held.jaw]) < 1e-3


def test_a_thing_is_crushed_once_the_pinch_has_been_too_hard_for_fifty_milliseconds_and_not_before() -> None:
    with bench() as held:
        weak = taken(held, WEAK)
        watch = GraspWatch(held.client, held.body, 1.3 * weak)
        for _ in range(200):
            held.run(DT)
            watch.look(held.arms, held.time)
        assert not watch.crushed
        over = 0
        while not watch.crushed:
            held.run(DT, FULL)
            watch.look(held.arms, held.time)
            over = over + 1 if watch.pinch_n > 1.3 * weak else 0
            assert watch.crushed == (over > round(CRUSHED_AFTER_S / DT))
            assert held.watch.holder == 0
        held.run(0.3, WEAK)
        watch.look(held.arms, held.time)
        assert watch.pinch_n < 1.3 * weak
        assert watch.crushed  # for good


def test_a_shorter_peak_of_pinch_crushes_nothing() -> None:
    with bench() as held:
        pinch = taken(held, FULL)
        watch = GraspWatch(held.client, held.body, 0.5 * pinch)
        for _ in range(round(CRUSHED_AFTER_S / DT) - 2):
            held.run(DT)
            watch.look(held.arms, held.time)
            assert watch.pinch_n > 0.5 * pinch
        held.run(0.2, 0.8)
        for _ in range(100):
            held.run(DT)
            watch.look(held.arms, held.time)
        assert not watch.crushed


@pytest.mark.parametrize("first", [False, True])
def test_what_the_arm_feels_of_a_thing_at_rest_is_its_weight_in_whichever_order_they_were_made(first: bool) -> None:
    with bench(first=first) as held:
        pinch = taken(held, FULL)
        assert pinch > 1.0
        felt = held.plant.read().wrench[0, :3]
        assert felt == pytest.approx([0.0, 0.0, -9.81 * held.prop.mass_kg], abs=0.02 * pinch)


def test_what_one_jaw_alone_touches_is_not_held() -> None:
    with bench() as held:
        held.run(0.5, force=(0.0, 0.15, 0.0))
        touching = {c[4] for c in held.client.getContactPoints(held.body, held.arms[0].body) if c[9] > 0.0}
        assert len(touching & set(held.arms[0].jaws)) == 1
        assert (held.watch.holder, held.watch.pinch_n) == (-1, 0.0)


def test_a_thing_is_supported_on_the_pad_and_not_in_the_air() -> None:
    with bench() as held:
        held.run(0.1)
        assert held.watch.supported
        taken(held, FULL)
        assert not held.watch.supported


THINGS = {
    "bar": bar(),
    "gauze": tasks.load("gauze_retrieve").thing,
    "ring": tasks.load("peg_transfer").thing,
    "needle": tasks.load("needle_pick").thing,
}


@pytest.mark.parametrize("name", THINGS)
def test_a_held_thing_does_not_creep_under_its_own_weight(name: str) -> None:
    with bench(THINGS[name], above_m=-0.001 if name == "needle" else 0.0) as held:
        taken(held, FULL)
        rows = held.run(2.0)
        assert moved_mm(rows) < 0.2
        assert turned_deg(rows) < 1.0
        assert held.watch.holder == 0


def test_nothing_is_ever_welded_to_anything_and_nothing_is_put_anywhere_by_hand() -> None:
    sources = [path for folder in ("simulation", "steadyhand") for path in (ROOT / folder).rglob("*.py")]
    calls = []
    for path in sources:
        text = path.read_text()
        calls += re.findall(r"createConstraint\((?:[^()]|\([^()]*\))*\)", text)
        assert text.count("createConstraint") == len(re.findall(r"createConstraint\(", text)), path
        assert "resetBasePositionAndOrientation" not in text, path
        assert "createSoftBodyAnchor" not in text, path
    assert len(calls) == 1
    assert "JOINT_GEAR" in calls[0]
