"""A handoff is judged by what passes from arm to arm in the air, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.contracts import Command, DriveMode, Outcome
from robotics.errors import ArgumentError
from robotics.ik import InverseKinematics
from robotics.kernels.rotation import matrix_from_pose
from simulation import tasks
from simulation.arm_contact import ArmContact
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from simulation.tasks.handoff import COLLIDED, POINTS, Handoff
from simulation.tasks.transfer import DROPPED, HELD
from simulation.world import BulletWorld
from steadyhand.rig import plan
from tests.simulation.held import bench

DOWN = (0.0, 0.7071067811865476, 0.7071067811865476, 0.0)
TIPS = np.array([(0.03, 0.0, 0.045, *DOWN), (-0.03, 0.0, 0.045, *DOWN)])
"""Where the tips of psm1 and psm2 start."""
RIGHT, LEFT = 0, 1
AIR = {"supported": False}


class Play:
    """A lesson whose first thing is carried by hand: where it is and who touches it is said, not simulated."""

    def __init__(self, world: BulletWorld, name: str, seed: int = 4) -> None:
        self.world = world
        self.task = Handoff(name, tasks.load(name), world, TIPS)
        self.task.reset(np.random.default_rng(seed))
        self.goal, self.time = self.task._goals[0].copy(), 0.0
        self.place = self.task._poses[0].copy()
        self.giver, self.taker = self.task._roles
        self.watch = SimpleNamespace(holder=-1, pinch_n=0.0, supported=True, crushed=False)
        self.watch.look = lambda arms, time_s: None
        self.task._watches[0] = self.watch
        self.record = np.zeros(1, tick_dtype(self._layout()))[0]

    def _layout(self) -> TickLayout:
        return TickLayout((("psm1", 6), ("psm2", 6)), self.task.objects, tuple(s.name for s in self.task.signals))

    def run(self, seconds: float, *holders: int, supported: bool = True) -> Outcome:
        """Go on for a while with a thing that these arms hold."""
        self.watch.supported, self.watch.holder = supported, holders[0] if holders else -1
        self.watch.holds = lambda arm: arm in holders
        self.task.observe(self.record["objects"])
        for _ in range(round(seconds / 0.01)):
            self.time += 0.01
            self.record["time"], self.record["objects"][0] = self.time, self.place
            for arm, tip in zip(("psm1", "psm2"), TIPS, strict=True):
                self.record["arms"][arm]["tip"] = tip
            outcome = self.task.step(self.record)
        return outcome

    def hand_over(self) -> None:
        """From the giver to the taker, in the air above the middle."""
        self.run(0.3, self.giver, **AIR)
        self.place[:3] = self.task._meet
        self.run(0.3, self.giver, **AIR)
        assert self.run(0.3, self.giver, self.taker, **AIR).signals[HELD] == 2.0
        self.run(0.3, self.taker, **AIR)


@contextmanager
def playing(name: str, seed: int = 4) -> Iterator[Play]:
    with BulletWorld(SimulationConfig()) as world:
        yield Play(world, name, seed)


def test_it_needs_two_arms() -> None:
    with BulletWorld(SimulationConfig()) as world, pytest.raises(ArgumentError, match="needs a rig with two arms"):
        Handoff("needle_regrasp", tasks.load("needle_regrasp"), world, TIPS[:1])


def test_a_ring_that_was_handed_over_in_the_air_is_a_point() -> None:
    with playing("peg_transfer_handoff") as play:
        play.hand_over()
        play.place[:3] = play.goal
        assert play.run(0.2, play.taker).signals[POINTS] == 0.0
        assert play.run(0.6).signals[POINTS] == 1.0


@pytest.mark.parametrize("arm", [LEFT, RIGHT])
def test_a_ring_that_one_arm_alone_carried_over_is_none(arm: int) -> None:
    with playing("peg_transfer_handoff") as play:
        play.run(0.5, arm, **AIR)
        play.place[:3] = play.goal
        play.run(0.5, arm, **AIR)
        play.run(0.2, arm)
        assert play.run(2.0).signals[POINTS] == 0.0


def test_a_ring_that_both_hold_on_the_board_is_none() -> None:
    with playing("peg_transfer_handoff") as play:
        play.run(0.5, LEFT, RIGHT)
        play.run(0.5, RIGHT, **AIR)
        play.place[:3] = play.goal
        assert play.run(2.0).signals[POINTS] == 0.0


def test_a_ring_that_falls_between_the_arms_is_dropped_and_has_to_be_handed_over_again() -> None:
    with playing("peg_transfer_handoff") as play:
        play.run(0.3, play.giver, **AIR)
        play.run(0.3, play.giver, play.taker, **AIR)
        assert play.run(0.1, **AIR).signals[DROPPED] == 0.0  # still falling
        play.place[:3] = (-0.01, 0.0, 0.0)
        assert play.run(0.5).signals[DROPPED] == 1.0
        play.run(0.5, play.taker, **AIR)
        play.place[:3] = play.goal
        assert play.run(2.0).signals[POINTS] == 0.0


def test_all_points_within_the_time_are_success_and_fewer_are_not() -> None:
    with playing("peg_transfer_handoff") as play:
        play.hand_over()
        play.place[:3] = play.goal
        assert not play.run(1.0).success
        for i in range(1, len(play.task.objects)):  # the others: as if they had come there likewise
            play.task._at[i] = i
            play.task._passages[i].stage = play.task._passages[0].stage
        play.task._ticks = 1  # no look at those until after the next tick
        assert play.run(0.01).success


def test_the_needle_counts_where_the_taker_alone_holds_it_up_after_the_giver_did() -> None:
    with playing("needle_regrasp") as play:
        play.hand_over()
        play.place[:3] = play.goal
        assert not play.run(1.0, play.giver, play.taker, **AIR).success
        assert not play.run(1.0, play.taker).success  # it touches the tissue
        assert not play.run(0.4, play.taker, **AIR).success
        assert play.run(0.2, play.taker, **AIR).success


@pytest.mark.parametrize("who", ["giver", "taker"])
def test_the_needle_that_was_never_handed_over_does_not_count(who: str) -> None:
    with playing("needle_regrasp") as play:
        arm = getattr(play, who)
        play.run(1.0, arm, **AIR)
        play.place[:3] = play.goal
        assert not play.run(3.0, arm, **AIR).success


def test_the_arm_on_whose_side_the_needle_lies_begins_and_the_phases_say_so() -> None:
    seen = set()
    for seed in range(8):
        with playing("needle_regrasp", seed) as play:
            right = play.place[0] > 0.0
            seen.add(bool(right))
            assert play.giver == (RIGHT if right else LEFT)
            assert play.goal[0] * play.place[0] < 0.0  # handed over to where the other arm is
            outcome = play.run(0.01)
            assert outcome.arm == play.giver
            assert play.task.phases[outcome.phase] == ("Right: go above it" if right else "Left: go above it")
            assert play.task.phases[outcome.phase + 5] == ("Left: go above it" if right else "Right: go above it")
            assert play.task.phases == Play(play.world, "needle_regrasp", seed + 1).task.phases
    assert seen == {True, False}


def test_the_two_arms_take_the_thing_far_enough_apart_that_their_jaws_do_not_meet() -> None:
    jaws_m = 0.0072  # two of 1.8 mm, and as far apart as they stand around what they take
    for name in ("needle_regrasp", "peg_transfer_handoff"):
        for seed in range(5):
            with playing(name, seed) as play:
                thing, points = play.task.settings.thing, []
                for choose in (play.task._gives_at, play.task._takes_at):
                    grasp = choose(play.place)
                    play.task._guides[0].grasp = grasp
                    points.append(np.array(thing.grasps[grasp].point_m))
                assert np.linalg.norm(points[1] - points[0]) > jaws_m


def test_one_seed_lays_everything_out_alike_and_another_does_not() -> None:
    found = []
    for seed in (4, 4, 5):
        with playing("needle_regrasp", seed) as play:
            found.append((play.task._poses.copy(), play.task._goals.copy()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert np.linalg.norm(found[0][0][:, :2] - found[2][0][:, :2]) > 1e-3


def at(placed: PlacedArm, x: float) -> PlacedArm:
    """An arm whose tip starts there, 40 mm above the middle, pointing down."""
    T = np.empty((4, 4))
    matrix_from_pose(np.array([x, 0.0, 0.04, *DOWN]), T)
    found = InverseKinematics(placed.chain).solve(np.linalg.inv(placed.T_world_base) @ T, placed.start)
    assert found.success
    return replace(placed, start=found.q)


def test_arms_that_run_into_each_other_are_counted_once_each_time_and_arms_apart_are_not() -> None:
    right, left = plan("needle_regrasp").arms
    world = BulletWorld(SimulationConfig())
    with world, BulletPlant(world, [at(right, 0.015), at(left, -0.015)], 1e-3) as plant:
        contact, n = ArmContact(world.client), len(plant.describe().joints)
        command = Command(DriveMode.POSITION, plant.read().q.copy(), np.zeros(n), np.zeros(n))
        apart, met = command.q.copy(), command.q.copy()
        met[plant.describe().groups[0].chain] = at(right, -0.012).start
        counts, time = [], 0.0
        for wanted in (apart, met, apart, met):
            for _ in range(600):
                step = np.clip(wanted - command.q, -0.002, 0.002)
                command.q += step
                plant.read()
                plant.write(command)
                time += 1e-3
                contact.look(plant.bodies(), time)
            counts.append(contact.count)
    assert counts == [0, 1, 1, 2]


def test_the_count_of_collisions_is_a_signal() -> None:
    with playing("needle_regrasp") as play:
        play.task._contact.count = 3
        assert play.run(0.01).signals[COLLIDED] == 3.0
        assert play.task.signals[COLLIDED].name == "collided"


@pytest.mark.parametrize("lesson", ["needle_regrasp", "needle_pick"])
def test_a_needle_does_not_sink_into_the_jaws_of_the_rig_that_it_is_taken_with(lesson: str) -> None:
    rig, needle = plan(lesson), tasks.load(lesson).needle
    with bench(needle, above_m=-0.0015, simulation=rig.config.simulation) as held:
        held.take(-0.349)
        held.run(1.0)
        thick = 2.0 * 0.9 * needle.wire_radius_m
        assert held.watch.holder == 0
        assert held.plant.read().q[held.jaw] > 0.8 * thick / 0.0102  # at the jaws' very point
