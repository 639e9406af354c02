"""A target is tracked for its whole time or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.contracts import COUNTDOWN
from simulation import tasks
from simulation.settings import SimulationConfig
from simulation.tasks.track import DISTANCE, DONE, INSIDE, LEFT, REACH, TRACK, Track
from simulation.world import BulletWorld

START, DT = np.array([0.0, 0.01, 0.03, 0.0, 1.0, 0.0, 0.0]), 0.01
AWAY = np.array([0.02, 0.0, 0.0])


class Play:
    """A tip that is put where a test wants it, relative to the target."""

    def __init__(self, world: BulletWorld, name: str, seed: int = 3) -> None:
        self.task = Track(name, tasks.load(name), world, START[None])
        self.task.reset(np.random.default_rng(seed))
        self.record = np.zeros(1, tick_dtype(TickLayout((("psm1", 6),))))[0]
        self.outcome, self.time = self.task._outcome, 0.0

    def run(self, seconds: float, off: np.ndarray | None = None, at: np.ndarray | None = None) -> list[np.ndarray]:
        """Go on with the tip so far off the target, or at a place; the targets that there were."""
        seen = []
        for _ in range(round(seconds / DT)):
            self.time += DT
            tip = self.record["arms"]["psm1"]["tip"]
            self.task._move(self.time)  # where the target will be when this tick is judged
            tip[:3] = at if at is not None else self.outcome.target[:3] + (0.0 if off is None else off)
            tip[3:] = START[3:]
            self.record["time"] = self.time
            self.task.step(self.record)
            seen.append(self.outcome.target[:3].copy())
        return seen


@pytest.fixture
def world():
    with BulletWorld(SimulationConfig()) as made:
        yield made


@pytest.mark.parametrize("name", ["static_track", "active_track"])
def test_a_tip_that_stands_where_it_started_never_passes(world: BulletWorld, name: str) -> None:
    for seed in range(5):
        play = Play(world, name, seed)
        play.run(play.task.settings.time_limit_s, at=START[:3])
        assert play.outcome.done
        assert not play.outcome.success


@pytest.mark.parametrize("name", ["static_track", "active_track"])
def test_a_tip_on_the_target_passes_after_the_time_of_every_target_and_not_before(
    world: BulletWorld, name: str
) -> None:
    play, settings = Play(world, name), tasks.load(name)
    play.run(settings.targets * settings.track_s - 0.1)
    assert not play.outcome.success
    assert play.outcome.phase == TRACK
    play.run(0.1 + 3 * DT * settings.targets)
    assert play.outcome.success
    assert play.outcome.phase == DONE
    assert not play.outcome.done
    play.run(settings.linger_s)
    assert play.outcome.done


def test_the_goal_radius_is_where_inside_ends(world: BulletWorld) -> None:
    play = Play(world, "static_track")
    play.run(0.1, np.array([0.0031, 0.0, 0.0]))
    assert play.outcome.phase == REACH
    assert play.outcome.signals[DISTANCE] == pytest.approx(0.0031)
    play.run(0.1, np.array([0.0029, 0.0, 0.0]))
    assert play.outcome.phase == TRACK


def test_a_window_with_too_little_inside_begins_anew_and_one_with_enough_does_not(world: BulletWorld) -> None:
    settings = tasks.load("active_track")
    for share, passes in ((settings.inside_share - 0.02, False), (settings.inside_share + 0.02, True)):
        play = Play(world, "active_track")
        play.run(share * settings.track_s)
        play.run((1.0 - share) * settings.track_s + 2 * DT, AWAY)
        assert play.outcome.success == passes
        if passes:
            assert play.outcome.signals[INSIDE] == pytest.approx(share, abs=0.01)
            continue
        assert play.outcome.phase == REACH
        play.run(settings.track_s - 0.1)
        assert not play.outcome.success  # the whole time again
        play.run(0.2)
        assert play.outcome.success


def test_the_time_left_is_counted_down_while_a_target_is_tracked(world: BulletWorld) -> None:
    play = Play(world, "static_track")
    assert play.task.signals[LEFT].name == COUNTDOWN
    play.run(DT)
    assert play.outcome.signals[LEFT] == pytest.approx(play.task.settings.track_s)
    play.run(1.0)
    assert play.outcome.signals[LEFT] == pytest.approx(play.task.settings.track_s - 1.0)


def test_static_targets_stand_and_follow_each_other_and_active_ones_move_within_their_swing(world: BulletWorld) -> None:
    settings = tasks.load("static_track")
    seen = np.array(Play(world, "static_track").run(settings.targets * settings.track_s + 0.2))
    assert len(np.unique(seen.round(9), axis=0)) == settings.targets
    active = tasks.load("active_track")
    path = np.array(Play(world, "active_track").run(60.0))
    assert np.all(np.ptp(path, axis=0) <= 2.0 * np.array(active.amplitude_m) + 1e-9)
    assert np.all(np.ptp(path, axis=0) > 1.8 * np.array(active.amplitude_m))
    fastest = 2.0 * np.pi / active.period_s * np.linalg.norm(np.array(active.amplitude_m) * (1.0, 1.618, 0.618))
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() / DT <= fastest * 1.001


@pytest.mark.parametrize("name", ["static_track", "active_track"])
def test_one_seed_gives_one_path_of_targets_and_another_gives_another(world: BulletWorld, name: str) -> None:
    paths = [np.array(Play(world, name, seed).run(13.0)) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(paths[0], paths[1])
    assert np.linalg.norm(paths[0] - paths[2], axis=1).min() > 1e-3
