"""A ring on a rail is judged by what it touches, where it is and who holds it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.contracts import Outcome
from simulation import tasks
from simulation.settings import SimulationConfig
from simulation.tasks.rail import (
    ALONG,
    CENTRING,
    DROPPED,
    TOUCH_TIME,
    TOUCHED_AT,
    TOUCHES,
    TOUCHING,
    Rail,
    Settings,
)
from simulation.tasks.rail_guide import DONE
from simulation.world import BulletWorld

NAME, DT = "ring_on_rail", 0.01
TIP = np.array([-0.03, 0.0, 0.05, 0.0, 0.7071067811865476, 0.7071067811865476, 0.0])


class Play:
    """A lesson whose ring is carried by hand: where it is, who holds it and what it touches is said, not simulated."""

    def __init__(self, world: BulletWorld, seed: int = 4) -> None:
        self.world, self.task = world, Rail(NAME, tasks.load(NAME), world, TIP[None])
        self.task.reset(np.random.default_rng(seed))
        self.settings, self.time, self.force = self.task.settings, 0.0, 0.0
        self.watch = SimpleNamespace(holder=-1, pinch_n=0.0, supported=True, look=lambda arms, time_s: None)
        self.task._watch = self.watch
        self.task._wire.pressing = lambda body: self.force
        layout = TickLayout((("psm1", 6),), self.task.objects, tuple(s.name for s in self.task.signals))
        self.record = np.zeros(1, tick_dtype(layout))[0]
        self.task.observe(self.record["objects"])

    def lift(self) -> None:
        """Take the ring, its middle on the wire."""
        self.put(self.settings.start_m)
        self.run(0.5)

    def put(self, along_m: float, off_m: float = 0.0) -> None:
        """Put the ring's middle below a place on the wire."""
        where, tangent = np.zeros(3), np.zeros(3)
        self.task._wire.at(along_m, where, tangent)
        down = np.array([0.0, 0.0, -1.0]) + tangent[2] * tangent
        self.record["objects"][0, :3] = where + off_m * down / np.linalg.norm(down)

    def run(self, seconds: float, force: float = 0.0, held: bool = True) -> Outcome:
        """Go on for a while with a ring that is held or not, and presses on the wire so hard."""
        self.force = force
        self.watch.holder, self.watch.supported = (0 if held else -1), force > 0.0
        for _ in range(max(round(seconds / DT), 1)):
            self.time += DT
            self.record["time"], self.record["arms"]["psm1"]["tip"] = self.time, TIP
            outcome = self.task.step(self.record)
        return outcome

    def finish(self) -> Outcome:
        """Hold the ring in the end zone for long enough."""
        self.put(self.settings.wire.length_m - 0.8 * self.settings.end_m)
        return self.run(self.settings.hold_s + 2 * DT)


@pytest.fixture
def world() -> Iterator[BulletWorld]:
    with BulletWorld(SimulationConfig()) as made:
        yield made


def test_hanging_on_the_wire_and_being_taken_off_it_are_no_touches(world: BulletWorld) -> None:
    play = Play(world)
    play.run(1.0, force=0.01, held=False)
    play.run(0.05)  # it bounced as the jaws took it
    before = play.run(1.0, force=0.5)
    assert before.signals[TOUCHES] == 0.0
    assert before.signals[TOUCHING] == 0.5
    assert math.isnan(before.signals[CENTRING])
    play.put(play.settings.start_m)
    lifted = play.run(0.5)
    assert (lifted.signals[TOUCHES], lifted.signals[TOUCH_TIME]) == (0.0, 0.0)


def test_a_touch_counts_once_for_as_long_as_it_lasts_with_its_time_and_its_place(world: BulletWorld) -> None:
    play = Play(world)
    play.lift()
    play.put(0.5 * (play.settings.start_m + play.settings.wire.length_m - play.settings.end_m))
    first = play.run(0.4, force=0.2)
    assert (first.signals[TOUCHES], first.signals[TOUCHING]) == (1.0, 0.2)
    assert first.signals[TOUCH_TIME] == pytest.approx(0.4)
    assert first.signals[TOUCHED_AT] == pytest.approx(0.5, abs=0.01)
    play.run(0.05)  # a bounce
    assert play.run(0.1, force=0.2).signals[TOUCHES] == 1.0
    play.run(0.2)
    second = play.run(0.1, force=0.2)
    assert second.signals[TOUCHES] == 2.0
    assert second.signals[TOUCH_TIME] == pytest.approx(0.6)


def test_it_is_over_only_when_the_ring_was_held_clear_of_the_wire_in_the_end_zone_for_the_whole_time(
    world: BulletWorld,
) -> None:
    play = Play(world)
    play.put(play.settings.wire.length_m - play.settings.end_m - 0.001)
    assert not play.run(3.0).success  # before the zone
    play.put(play.settings.wire.length_m - 0.8 * play.settings.end_m, play.settings.goal_radius_m + 1e-4)
    assert not play.run(3.0).success  # off the middle
    play.put(play.settings.wire.length_m - 0.8 * play.settings.end_m)
    assert not play.run(play.settings.hold_s - 0.05).success
    play.run(DT, force=0.1)
    assert not play.run(play.settings.hold_s - 0.05).success
    ended = play.run(0.1)
    assert (ended.success, ended.phase, ended.done) == (True, DONE, False)
    assert play.run(play.settings.linger_s).done


@pytest.mark.parametrize("extra", [0, 1])
def test_as_many_touches_as_allowed_pass_and_one_more_ends_it_without_success(world: BulletWorld, extra: int) -> None:
    play = Play(world)
    play.lift()
    for _ in range(play.settings.max_touches + extra):
        play.run(0.02, force=0.1)
        play.run(0.3)
    ended = play.finish()
    assert ended.phase == DONE
    assert ended.success == (extra == 0)


def test_touching_for_longer_than_allowed_ends_it_without_success(world: BulletWorld) -> None:
    for seconds, passes in ((-0.05, True), (0.05, False)):
        play = Play(world)
        play.lift()
        play.run(play.settings.max_touch_s + seconds, force=0.1)
        assert play.finish().success == passes


def test_a_ring_that_is_let_go_and_comes_to_hang_is_dropped_once_and_fails_the_lesson(world: BulletWorld) -> None:
    play = Play(world)
    play.run(0.5, held=False, force=0.01)
    play.lift()
    assert play.run(0.1, held=False).signals[DROPPED] == 0.0  # still falling
    assert play.run(0.5, held=False, force=0.1).signals[DROPPED] == 1.0
    ended = play.finish()
    assert (ended.phase, ended.success, ended.signals[DROPPED]) == (DONE, False, 1.0)


def test_pushing_a_ring_along_that_nobody_holds_passes_nothing(world: BulletWorld) -> None:
    play = Play(world)
    play.lift()
    play.put(play.settings.wire.length_m - 0.8 * play.settings.end_m)
    assert not play.run(3.0, held=False).success


def test_the_share_of_the_way_goes_from_start_to_end_zone(world: BulletWorld) -> None:
    play = Play(world)
    play.put(play.settings.start_m)
    assert play.run(DT).signals[ALONG] == pytest.approx(0.0, abs=1e-3)
    play.put(play.settings.wire.length_m - play.settings.end_m)
    assert play.run(DT).signals[ALONG] == pytest.approx(1.0, abs=1e-3)
    play.run(DT)
    play.put(0.04, 0.0012)
    assert play.run(DT).signals[CENTRING] == pytest.approx(0.0012, abs=2e-5)


def test_the_ring_hangs_on_the_wire_at_the_start_and_stays_there(world: BulletWorld) -> None:
    task = Rail(NAME, tasks.load(NAME), world, TIP[None])
    for seed in (0,):
        task.reset(np.random.default_rng(seed))
        poses, later = np.zeros((len(task.objects), 7)), np.zeros((len(task.objects), 7))
        task.observe(poses)
        for _ in range(1000):
            world.step()
        task.observe(later)
        assert np.linalg.norm(later[0, :3] - poses[0, :3]) < 2e-4
        assert task._wire.pressing(task._body) == pytest.approx(0.0009 * 9.81, rel=0.2)
        along = task._wire.nearest(poses[0, :3], np.zeros(3), np.zeros(3))
        assert along == pytest.approx(task.settings.start_m, abs=0.002)


def test_every_wire_has_one_length_even_pieces_and_bends_that_the_wrist_can_follow() -> None:
    wire = tasks.load(NAME).wire
    seen = []
    for seed in range(200):
        ends = wire.draw(np.random.default_rng(seed))
        steps = np.diff(ends, axis=0)
        lengths = np.linalg.norm(steps, axis=1)
        assert lengths.sum() == pytest.approx(wire.length_m, rel=0.005)
        np.testing.assert_allclose(lengths, wire.piece_m, rtol=0.01)
        assert np.degrees(np.abs(np.arctan2(steps[:, 1], steps[:, 0]))).max() < 60.0
        assert np.degrees(np.abs(np.arcsin(steps[:, 2] / lengths))).max() < 20.0
        seen.append(ends)
    assert np.linalg.norm(np.ptp(np.array(seen), axis=0), axis=1).max() > 0.01


def test_where_the_wire_is_touched_is_where_it_is_drawn(world: BulletWorld) -> None:
    task = Rail(NAME, tasks.load(NAME), world, TIP[None])
    task.reset(np.random.default_rng(5))
    poses = np.zeros((len(task.objects), 7))
    task.observe(poses)
    radius = task.settings.wire.radius_m
    for pose in poses[4:-5:4]:
        w, x, y, z = pose[3:]
        along = np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
        middle = pose[:3] + 0.5 * task.settings.wire.piece_m * along
        side = np.cross(along, (0.0, 0.0, 1.0))
        side /= np.linalg.norm(side)
        hit = world.client.rayTest((middle + 0.01 * side).tolist(), middle.tolist())[0]
        assert hit[0] in task._wire.bodies
        assert np.linalg.norm(np.array(hit[3]) - middle) == pytest.approx(radius, abs=1e-4)


def test_a_ring_no_wider_than_the_wire_and_a_wire_without_a_way_are_refused() -> None:
    values = {k: v for k, v in msgspec.to_builtins(tasks.load(NAME)).items() if v is not None}
    assert msgspec.convert(values, Settings) == tasks.load(NAME)
    with pytest.raises(msgspec.ValidationError, match="is not wider than the wire"):
        msgspec.convert({**values, "inner_m": 0.001}, Settings)
    with pytest.raises(msgspec.ValidationError, match="leaves nothing between"):
        msgspec.convert({**values, "end_m": 0.08}, Settings)


def test_one_seed_bends_the_wire_alike_and_another_does_not() -> None:
    found = []
    for seed in (4, 4, 5):
        with BulletWorld(SimulationConfig()) as made:
            task = Rail(NAME, tasks.load(NAME), made, TIP[None])
            task.reset(np.random.default_rng(seed))
            poses = np.zeros((len(task.objects), 7))
            task.observe(poses)
            found.append(poses)
    np.testing.assert_array_equal(found[0], found[1])
    assert np.linalg.norm(found[0][:, :3] - found[2][:, :3], axis=1).max() > 1e-3
