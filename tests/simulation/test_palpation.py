"""A lump is found by force alone, and a mark counts only where it is meant, gentle and in place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.contracts import POSE_SIZE, Outcome
from simulation import tasks
from simulation.settings import SimulationConfig
from simulation.soft_tissue import draw_lump
from simulation.tasks.palpation import MARK_ERROR, MARKS, OVER, PEAK, Palpation
from simulation.tasks.palpation_guide import DONE, MARK, Feel, PalpationGuide, stiffest
from simulation.world import BulletWorld
from steadyhand.rig import build, plan
from vr_training import inputs

START, DT = np.array([0.0, 0.01, 0.03, 0.0, 1.0, 0.0, 0.0]), 0.01
SETTINGS = tasks.load("palpation")


class Play:
    """A tip, a force and a grip that are put where a test wants them."""

    def __init__(self, world: BulletWorld, seed: int = 3) -> None:
        self.task = Palpation("palpation", SETTINGS, world, START[None])
        self.task.reset(np.random.default_rng(seed))
        self.record = np.zeros(1, tick_dtype(TickLayout((("psm1", 6),))))[0]
        self.time, self.outcome, self.poses = 0.0, self.task._outcome, np.zeros((2, 7))

    def press(self, seconds: float, off: float, force: float, grip: float, drift: float = 0.0) -> Outcome:
        for k in range(round(seconds / DT)):
            self.time += DT
            arm = self.record["arms"]["psm1"]
            arm["tip"][:2] = self.task.lump.place[:2] + np.array([off + drift * k * DT, 0.0])
            arm["grip"], arm["wrench"][2], self.record["time"] = grip, force, self.time
            self.task._force[2] = force
            self.task.observe(self.poses)
            self.task.step(self.record)
        return self.outcome


@pytest.fixture
def world():
    with BulletWorld(SimulationConfig()) as made:
        yield made


def test_a_mark_within_the_radius_passes_and_one_beyond_ends_it_without(world: BulletWorld) -> None:
    for off, passes in ((SETTINGS.goal_radius_m - 2e-4, True), (SETTINGS.goal_radius_m + 2e-4, False)):
        play = Play(world)
        play.press(0.3, off, 1.0, 0.0)
        play.press(SETTINGS.hold_s - 0.05, off, 1.0, 1.0)
        assert play.outcome.signals[MARKS] == 0
        assert math.isnan(play.outcome.signals[MARK_ERROR])
        assert play.poses[0, 2] < -0.1  # nothing is shown yet
        assert play.poses[1, 2] < -0.1
        play.press(0.2, off, 1.0, 1.0)
        assert play.outcome.success == passes
        assert play.outcome.signals[MARK_ERROR] == pytest.approx(off)
        assert play.outcome.phase == DONE
        assert not play.outcome.done
        play.press(SETTINGS.linger_s, off, 0.0, 0.0)
        assert play.outcome.done
        np.testing.assert_allclose(play.poses[1, :3], play.task.lump.place)


@pytest.mark.parametrize(
    ("force", "grip", "drift"),
    [(0.5, 1.0, 0.0), (1.7, 1.0, 0.0), (1.0, 0.8, 0.0), (1.0, 1.0, 0.006)],
    ids=["too light", "too hard", "half closed", "on the move"],
)
def test_no_mark_is_made_by(world: BulletWorld, force: float, grip: float, drift: float) -> None:
    play = Play(world)
    play.press(0.3, 0.0, 0.0, 0.0)
    play.press(3.0, 0.0, force, grip, drift)
    assert play.outcome.signals[MARKS] == 0


def test_a_grip_that_was_closed_from_the_start_says_nothing(world: BulletWorld) -> None:
    play = Play(world)
    play.press(2.0, 0.0, 1.0, 1.0)
    assert play.outcome.signals[MARKS] == 0


def test_who_once_pressed_too_hard_has_not_passed(world: BulletWorld) -> None:
    play = Play(world)
    play.press(0.05, 0.0, SETTINGS.force_limit_n + 0.1, 0.0)
    play.press(1.0, 0.0, 1.0, 1.0)
    assert play.outcome.signals[MARKS] == 1
    assert play.outcome.signals[PEAK] == pytest.approx(SETTINGS.force_limit_n + 0.1)
    assert play.outcome.signals[OVER] == pytest.approx(0.04, abs=0.011)
    assert not play.outcome.success


def test_the_stiffest_place_of_a_bell_is_its_middle() -> None:
    rng = np.random.default_rng(1)
    middle, samples = np.array([0.003, -0.002]), []
    for x in np.linspace(-0.018, 0.018, 4):
        for y in np.linspace(-0.012, 0.012, 3):
            square = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
            samples.append((x, y, 50e3 + 80e3 * math.exp(-square / 2 / 0.007**2) * (1 + 0.05 * rng.normal())))
    assert np.linalg.norm(stiffest(samples) - middle) < 2e-3
    assert np.allclose(stiffest([(0.001, 0.002, 5e4)]), (0.001, 0.002))


@pytest.mark.parametrize("seed", range(12))
def test_the_guide_finds_the_lump_by_force_alone_even_by_one_that_is_felt_roughly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lump = draw_lump(SETTINGS.tissue, SETTINGS.inclusion, np.zeros(3), rng)
    radius = SETTINGS.probe_radius_m
    guide = PalpationGuide(radius, np.zeros(3), SETTINGS.inclusion.area_m, SETTINGS.mark_force_n, START)
    outcome = Outcome(np.zeros(1), np.zeros(POSE_SIZE), 0, False, False)
    tip, worst, closed = START.copy(), 0.0, 0.0
    for k in range(20_000):
        depth = max(radius - tip[2], 0.0)
        modulus = lump.modulus_at(tip[0], tip[1]) / (1.0 - SETTINGS.tissue.poisson**2)
        force = 4.0 / 3.0 * modulus * math.sqrt(radius) * depth**1.5 * (1.0 + 0.05 * rng.normal())
        worst = max(worst, force)
        guide.step(Feel(k * 0.005, tip, force), outcome)
        gap = outcome.target[:3] - tip[:3]
        far = float(np.linalg.norm(gap))
        tip[:3] += gap * min(1.0, 0.02 * 0.005 / max(far, 1e-9))
        closed = closed + 0.005 if outcome.grip == 1.0 else 0.0
        if closed > SETTINGS.hold_s:
            break
    assert guide.phase == MARK
    assert closed > SETTINGS.hold_s
    assert np.linalg.norm(tip[:2] - lump.place[:2]) < 0.5 * SETTINGS.goal_radius_m
    assert worst < SETTINGS.force_limit_n


def test_the_wrench_of_a_tick_is_the_force_that_the_tissue_put_on_the_arm() -> None:
    rig = plan("palpation")
    pressed = 0
    with build(rig, {name: inputs.create("expert") for name in rig.operated}, 101) as (loop, _):
        loop.power_on()
        for _ in range(9000):
            tick = loop.tick()[0]
            pressing = tick["signals"][0]
            assert tick["arms"][0]["wrench"][2] == pytest.approx(pressing, abs=1e-12)
            pressed += pressing > 0.3
            if pressed > 300:
                break
        depth = SETTINGS.probe_radius_m - tick["arms"][0]["tip"][2]
        assert tick["signals"][1] == pytest.approx(depth, abs=5e-5)
    assert pressed > 300
