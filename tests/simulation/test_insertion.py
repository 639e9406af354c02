"""A needle that is led as the guide says arrives; one whose bevel is never turned, or that goes on, does not."""

from __future__ import annotations

import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.kernels.rotation import matrix_from_quaternion
from simulation import tasks
from simulation.settings import SimulationConfig
from simulation.tasks.insertion import DEPTH, OVERSHOOT, PASSES, PUNCTURES, TARGET_ERROR, Needle
from simulation.tasks.insertion_guide import DONE, InsertionGuide, frame_along
from simulation.world import BulletWorld

SETTINGS = tasks.load("needle_insertion")
DT = 0.002
AXES = np.diag([-1.0, 1.0, -1.0])


class Holder:
    """A holder that goes where it is told, no faster than a hand would."""

    def __init__(self) -> None:
        self.place, self.axes, self.velocity = np.array([0.0, 0.0, 0.05]), AXES.copy(), np.zeros(3)

    def read(self) -> None:
        """It knows."""


class Play:
    """The lesson with a holder in place of an arm."""

    def __init__(self, world: BulletWorld, seed: int) -> None:
        start = np.array([0.0, 0.0, 0.05, 0.0, 0.0, 1.0, 0.0])
        self.task = Needle("needle_insertion", SETTINGS, world, start[None])
        self.task.reset(np.random.default_rng(seed))
        self.holder = self.task._sensor = Holder()
        self.task._guide = InsertionGuide(
            self.task.entry, self.task.axis, self.task.target, SETTINGS.needle.curvature_1_m, SETTINGS.pace_m_s, AXES
        )
        self.record = np.zeros(1, tick_dtype(TickLayout((("iiwa1", 7),))))[0]
        self.poses, self.time = np.zeros((len(self.task.objects), 7)), 0.0
        self.outcome = self.task._outcome

    def go(self, place: np.ndarray, axes: np.ndarray) -> None:
        holder, gap = self.holder, place - self.holder.place
        step = gap * min(1.0, 0.01 * DT / max(float(np.linalg.norm(gap)), 1e-12))
        holder.place, holder.velocity, holder.axes = holder.place + step, step / DT, axes.copy()
        self.task.needle.step(holder.place, holder.axes, holder.velocity)
        self.time += DT
        self.record["time"] = self.time
        self.task.observe(self.poses)
        self.task.step(self.record)

    def follow(self, turn: bool = True) -> None:
        """Do what the guide says, turning the bevel or not."""
        axes = AXES.copy()
        for _ in range(round(60.0 / DT)):
            if self.outcome.done:
                return
            matrix_from_quaternion(self.outcome.target[3:].copy(), axes)
            self.go(
                self.outcome.target[:3].copy(), axes if turn else frame_along(axes[:, 2].copy(), np.array([0, 1.0, 0]))
            )


@pytest.fixture
def world():
    with BulletWorld(SimulationConfig()) as made:
        yield made


@pytest.mark.parametrize("seed", range(6))
def test_a_needle_that_is_led_as_the_guide_says_arrives(world: BulletWorld, seed: int) -> None:
    play = Play(world, seed)
    play.follow()
    assert play.outcome.success
    assert play.outcome.phase == DONE
    assert play.outcome.signals[TARGET_ERROR] < 0.5 * SETTINGS.goal_radius_m
    assert play.outcome.signals[PUNCTURES] == len(SETTINGS.layers)
    assert play.outcome.signals[PASSES] == 1
    assert play.task._guide.turns >= 1


@pytest.mark.parametrize("seed", range(3))
def test_one_whose_bevel_is_never_turned_misses(world: BulletWorld, seed: int) -> None:
    play = Play(world, seed)
    play.follow(turn=False)
    assert not play.outcome.success
    assert play.outcome.signals[TARGET_ERROR] > SETTINGS.goal_radius_m


def test_one_that_goes_on_reaches_the_vessel_and_has_failed(world: BulletWorld) -> None:
    play = Play(world, 0)
    task = play.task
    axes = frame_along(task.axis, np.array([0.0, 1.0, 0.0]))
    for along in (-0.02, 0.07):
        while not play.outcome.done and np.linalg.norm(play.holder.place - task.entry - along * task.axis) > 1e-6:
            play.go(task.entry + along * task.axis, axes)
    assert play.outcome.done
    assert not play.outcome.success
    assert play.outcome.signals[OVERSHOOT] == 1
    reach = float((task.target - task.entry) @ task.axis) + SETTINGS.overshoot_m
    assert play.outcome.signals[DEPTH] == pytest.approx(reach, abs=1e-3)


def test_one_that_was_pulled_aside_too_hard_has_not_passed(world: BulletWorld) -> None:
    play = Play(world, 1)
    play.task._worst_n = SETTINGS.lateral_limit_n + 0.01
    for _ in range(round(40.0 / DT)):
        axes = np.empty((3, 3))
        matrix_from_quaternion(play.outcome.target[3:].copy(), axes)
        play.go(play.outcome.target[:3].copy(), axes)
    assert play.outcome.signals[TARGET_ERROR] < SETTINGS.goal_radius_m
    assert not play.outcome.success


def test_drawn_out_it_is_to_be_lined_up_again(world: BulletWorld) -> None:
    play = Play(world, 2)
    axes = frame_along(play.task.axis, np.array([0.0, 1.0, 0.0]))
    for along in (-0.01, 0.01, -0.01):
        for _ in range(round(4.5 / DT)):
            play.go(play.task.entry + along * play.task.axis, axes)
    assert not play.task.needle.entered
    play.follow()
    assert play.outcome.success
    assert play.outcome.signals[PASSES] == 2
