"""A transfer is judged by what happens to the things: placed, dropped, crushed, lost."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.contracts import Outcome
from simulation import tasks
from simulation.settings import SimulationConfig
from simulation.tasks.transfer import CRUSHED, DROPPED, HELD, PLACED, Settings, Transfer
from simulation.tasks.transfer_guide import DONE
from simulation.world import BulletWorld

TIP = np.array([0.0, 0.0, 0.05, 0.0, 0.7071067811865476, 0.7071067811865476, 0.0])


def changed(name: str, **changes: object) -> Settings:
    """A lesson's settings with some changed, checked as if they came from its file."""
    values = msgspec.to_builtins(tasks.load(name)) | changes
    return msgspec.convert({k: v for k, v in values.items() if v is not None}, Settings)


def test_a_thing_and_only_one_kind_of_it_has_to_be_given() -> None:
    gauze, needle = tasks.load("gauze_retrieve"), tasks.load("needle_pick")
    with pytest.raises(msgspec.ValidationError, match="give either prop or needle"):
        changed("gauze_retrieve", needle=msgspec.to_builtins(needle.needle))
    with pytest.raises(msgspec.ValidationError, match="give either prop or needle"):
        changed("gauze_retrieve", prop=None)
    assert changed("gauze_retrieve") == gauze


def test_there_must_be_as_many_goals_as_starts() -> None:
    spot = {"xyz_m": (0.0, 0.0, 0.0)}
    with pytest.raises(msgspec.ValidationError, match="has 2 rows for 1 starts"):
        changed("gauze_retrieve", goals=[spot, spot])


class Play:
    """A lesson whose thing is carried by hand: where it is and what touches it is said, not simulated."""

    def __init__(self, world: BulletWorld, name: str = "gauze_retrieve", **changes: object) -> None:
        self.world = world
        self.task = Transfer(name, changed(name, **changes), world, TIP[None])
        self.task.reset(np.random.default_rng(4))
        self.goal, self.time = self.task._goals[0].copy(), 0.0
        self.watch = SimpleNamespace(
            holder=-1, pinch_n=0.0, supported=True, crushed=False, look=lambda arms, time_s: None
        )
        self.task._watches = [self.watch]
        self.place = self.task._poses[0].copy()

    def run(self, seconds: float, **stands: object) -> Outcome:
        """Go on for a while with a thing that stands so."""
        vars(self.watch).update(stands)
        layout = TickLayout((("psm1", 6),), self.task.objects, tuple(s.name for s in self.task.signals))
        record = np.zeros(1, tick_dtype(layout))[0]
        for _ in range(round(seconds / 0.01)):
            self.time += 0.01
            record["time"], record["arms"]["psm1"]["tip"], record["objects"][0] = self.time, TIP, self.place
            outcome = self.task.step(record)
        return outcome


@pytest.fixture
def play() -> Iterator[Play]:
    with BulletWorld(SimulationConfig()) as world:
        yield Play(world)


def test_dropping_it_in_the_air_counts_once_when_it_comes_down(play: Play) -> None:
    play.place[:3] = (0.0, 0.0, 0.02)
    assert play.run(0.5, holder=0, supported=False).signals[HELD] == 1.0
    assert play.run(0.1, holder=-1).signals[DROPPED] == 0.0  # still falling
    play.place[2] = 0.0
    assert play.run(0.01, supported=True).signals[DROPPED] == 1.0
    assert play.run(1.0).signals[DROPPED] == 1.0
    play.run(0.2, holder=0, supported=True)
    play.run(0.2, holder=0, supported=False)
    assert play.run(0.2, holder=-1, supported=True).signals[DROPPED] == 2.0


def test_letting_go_on_the_tissue_or_at_the_goal_drops_nothing(play: Play) -> None:
    play.run(0.3, holder=0, supported=False)
    play.run(0.3, holder=0, supported=True)  # set down
    assert play.run(0.5, holder=-1).signals[DROPPED] == 0.0
    play.run(0.3, holder=0, supported=False)
    play.place[:3] = play.goal
    play.run(0.1, holder=-1, supported=False)
    assert play.run(0.2, supported=True).signals[DROPPED] == 0.0


def test_catching_it_again_before_it_comes_down_drops_nothing(play: Play) -> None:
    play.run(0.3, holder=0, supported=False)
    play.run(0.05, holder=-1)
    play.run(0.2, holder=0)
    play.run(0.2, supported=True)
    assert play.run(0.2, holder=-1).signals[DROPPED] == 0.0


def test_it_is_placed_once_it_has_lain_at_its_goal_let_go_for_a_while(play: Play) -> None:
    play.place[:3] = play.goal
    assert play.run(1.0, holder=0, supported=True).signals[PLACED] == 0.0  # not let go
    assert play.run(0.2, holder=-1).signals[PLACED] == 0.0  # not for long enough
    done = play.run(0.4)
    assert (done.signals[PLACED], done.success, done.phase, done.done) == (1.0, True, DONE, False)
    assert play.run(0.6).done


@pytest.mark.parametrize("off", [(0.0051, 0.0, 0.0), (0.0, 0.0051, 0.0), (0.0, 0.0, 0.0041)])
def test_beside_or_above_its_goal_it_is_not_placed(play: Play, off: tuple[float, float, float]) -> None:
    play.place[:3] = play.goal + off
    outcome = play.run(2.0, holder=-1, supported=True)
    assert outcome.signals[PLACED] == 0.0
    assert not outcome.success


def test_where_it_is_to_be_held_up_it_has_to_be_held_in_the_air_for_the_whole_time() -> None:
    with BulletWorld(SimulationConfig()) as world:
        play = Play(world, "needle_pick")
        play.place[:3] = play.goal
        assert not play.run(2.0, holder=0, supported=True).success
        assert not play.run(2.0, holder=-1, supported=False).success
        assert not play.run(0.4, holder=0, supported=False).success
        play.run(0.05, holder=-1)
        assert not play.run(0.4, holder=0).success
        assert play.run(0.2).success


def test_what_was_crushed_is_counted(play: Play) -> None:
    assert play.run(0.1).signals[CRUSHED] == 0.0
    assert play.run(0.1, crushed=True).signals[CRUSHED] == 1.0


def test_a_thing_that_has_fallen_off_the_pad_ends_the_episode_without_success() -> None:
    with BulletWorld(SimulationConfig()) as world:
        task = Transfer("gauze_retrieve", changed("gauze_retrieve"), world, TIP[None])
        task.reset(np.random.default_rng(4))
        layout = TickLayout((("psm1", 6),), task.objects, tuple(s.name for s in task.signals))
        record = np.zeros(1, tick_dtype(layout))[0]
        record["arms"]["psm1"]["tip"] = TIP
        ended = []
        world.client.resetBasePositionAndOrientation(task._bodies[0], (0.12, 0.0, 0.01), (0.0, 0.0, 0.0, 1.0))
        for k in range(500):
            world.step()
            task.observe(record["objects"])
            record["time"] = 1e-3 * k
            outcome = task.step(record)
            ended.append(outcome.done)
            assert not outcome.success
        assert not ended[0]  # beside the pad, but not below it yet
        assert ended[-1]


def test_the_time_limit_ends_the_episode_without_success(play: Play) -> None:
    play.time = play.task.settings.time_limit_s - 0.02
    assert not play.run(0.01).done
    ended = play.run(0.02)
    assert ended.done
    assert not ended.success


@pytest.mark.parametrize("name", ["gauze_retrieve", "needle_pick"])
def test_one_seed_lays_everything_out_alike_and_another_does_not(name: str) -> None:
    found = []
    for seed in (4, 4, 5):
        with BulletWorld(SimulationConfig()) as world:
            task = Transfer(name, tasks.load(name), world, TIP[None])
            task.reset(np.random.default_rng(seed))
            found.append((task._poses.copy(), task._goals.copy()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][1], found[1][1])
    assert np.linalg.norm(found[0][0][:, :2] - found[2][0][:, :2]) > 1e-3
    assert np.linalg.norm(found[0][1] - found[2][1]) > 1e-3
