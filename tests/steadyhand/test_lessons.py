"""The contract of lessons: every one in the folder keeps it, a new one too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from control.tick import without_host_time
from robotics import config
from robotics.ik import InverseKinematics
from robotics.kernels.rotation import matrix_from_pose
from simulation import tasks
from simulation.tasks.suture import PASSED as PASSES
from simulation.tasks.transfer import PLACED
from simulation.world import BulletWorld
from steadyhand.rig import build, plan
from steadyhand.scene import build_scene
from vr_training import inputs

LESSONS = tuple(tasks.lessons())
PASSED = (
    "needle_reach",
    "static_track",
    "gauze_retrieve",
    "needle_pick",
    "palpation",
    "needle_insertion",
    "tissue_retraction",
    "precision_cut",
    "needle_regrasp",
    "camera_navigation",
    "ring_on_rail",
    "suture_pass",
)
"""Lessons that are over within seconds of computing."""

LONG = {
    "gauze_retrieve",
    "palpation",
    "needle_regrasp",
    "ring_on_rail",
    "suture_pass",
    "peg_transfer",
    "peg_transfer_handoff",
    "running_suture",
}
"""Lessons that the gate begins and `make test-slow` ends, too."""


def gated(lessons: Iterable[str]) -> list[object]:
    """Lessons as parameters: `LONG` ones only of the slow tests."""
    return [pytest.param(each, marks=pytest.mark.slow if each in LONG else ()) for each in lessons]


RECORDED = 3000
SOONER_S = {"peg_transfer": 25.0, "peg_transfer_handoff": 35.0, "running_suture": 45.0}
"""By when the first of many has been done, a ring placed or a pass made."""

IDLE_S = 2.0
"""How long hands that do nothing of use have here; `benchmarks.lessons` gives them a lesson's whole time."""

COUNTED = {"peg_transfer": PLACED, "peg_transfer_handoff": PLACED, "running_suture": PASSES}
"""The signal that says how many have."""


@dataclass(frozen=True)
class Run:
    """A run: its first ticks, and how it ended."""

    ticks: np.ndarray
    last: np.void
    finished: bool


def run(lesson: str, hand: str, seed: int, seconds: float, first_alone: bool = False) -> Run:
    rig = plan(lesson)
    kept = []
    with build(rig, {name: inputs.create(hand) for name in rig.operated}, seed) as (loop, _):
        loop.power_on()
        for k in range(round(seconds / rig.config.period_s)):
            record = loop.tick()
            if k < RECORDED:
                kept.append(record.copy())
            if loop.finished or (first_alone and record["signals"][0, COUNTED[lesson]] >= 1.0):
                break
        return Run(without_host_time(np.concatenate(kept)), record[0].copy(), loop.finished)


@cache
def expertly(lesson: str) -> Run:
    """How the expert does a lesson with seed 101; of a long one, its beginning."""
    whole = lesson in PASSED
    seconds = tasks.load(lesson).time_limit_s if whole else SOONER_S.get(lesson, 1e-3 * RECORDED)
    return run(lesson, "expert", 101, seconds, first_alone=lesson in SOONER_S)


@cache
def signals_of(lesson: str) -> tuple[str, ...]:
    """Names of a lesson's signals."""
    with build(plan(lesson), {}, 1) as (_, task):
        return tuple(signal.name for signal in task.signals)


def work_of(lesson: str, last: np.void) -> float:
    """Share of a lesson's work that is done in a tick, as its rows have it."""
    names, rows = signals_of(lesson), tasks.load(lesson).work
    return float(np.mean([np.nan_to_num(last["signals"][names.index(row.signal)]) / row.whole for row in rows]))


def test_the_curriculum_has_these_lessons_and_goes_from_easy_to_hard() -> None:
    assert set(PASSED) | set(SOONER_S) <= set(LESSONS)
    levels = [settings.level for settings in tasks.lessons().values()]
    assert levels == sorted(levels)
    assert levels[0] == 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_its_rig_exists_and_what_it_is_judged_by_is_among_its_settings(lesson: str) -> None:
    settings = tasks.load(lesson)
    assert settings.rig in config.names("rigs")
    assert {"goal_radius_m", "time_limit_s"} < set(settings.thresholds)
    assert set(settings.thresholds) <= set(settings.__struct_fields__)
    assert all(getattr(settings, name) is not None for name in settings.thresholds)
    assert settings.title
    assert settings.summary


def test_what_has_no_say_in_a_lesson_is_not_among_what_it_is_passed_by() -> None:
    assert "hold_s" not in tasks.load("gauze_retrieve").passed_by  # put down and let go
    assert tasks.load("needle_pick").passed_by["hold_s"] == 0.5
    assert tasks.load("needle_reach").passed_by["goal_radius_m"] == 0.005


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("hand", ["idle", pytest.param("random", marks=pytest.mark.slow)])
def test_neither_rest_nor_chance_passes_it(lesson: str, hand: str) -> None:
    ended = run(lesson, hand, 101, IDLE_S)
    assert not ended.last["success"]
    assert ended.last["time"] == pytest.approx(IDLE_S, abs=0.002) or ended.finished
    if hand == "idle":  # and whoever does nothing has done nothing
        assert work_of(lesson, ended.last) < 0.01


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_says_what_its_work_consists_of_in_signals_that_it_has(lesson: str) -> None:
    settings = tasks.load(lesson)
    assert settings.work
    assert {row.signal for row in settings.work} <= set(signals_of(lesson))


@pytest.mark.parametrize("lesson", gated(LESSONS))
def test_the_place_that_it_asks_for_lies_within_reach(lesson: str) -> None:
    arms, ticks, T = plan(lesson).arms, expertly(lesson).ticks[::250], np.empty((4, 4))
    assert np.isfinite(ticks["target"]).all()
    for target, asked in zip(ticks["target"], ticks["asked"], strict=True):
        arm = arms[int(asked)]
        inverse = InverseKinematics(arm.chain)
        matrix_from_pose(np.ascontiguousarray(target), T)
        assert inverse.solve(np.linalg.inv(arm.T_world_base) @ T, arm.start).success


@pytest.mark.parametrize("lesson", gated(PASSED))
def test_the_expert_passes_it_within_its_time(lesson: str) -> None:
    ended = expertly(lesson)
    assert ended.finished
    assert ended.last["success"]
    assert ended.last["time"] < tasks.load(lesson).time_limit_s


@pytest.mark.parametrize("lesson", gated(SOONER_S))
def test_the_expert_does_the_first_of_many_soon(lesson: str) -> None:
    assert expertly(lesson).last["signals"][COUNTED[lesson]] == 1.0


@pytest.mark.parametrize("lesson", gated(LESSONS))
def test_one_seed_gives_one_episode_bit_for_bit_and_another_gives_another(lesson: str) -> None:
    first = expertly(lesson).ticks
    assert len(first) == RECORDED
    again = run(lesson, "expert", 101, 1e-3 * RECORDED).ticks
    assert again.tobytes() == first.tobytes()
    other = run(lesson, "expert", 102, 0.6).ticks
    assert other.tobytes() != first[: len(other)].tobytes()
    hands = [ticks["arms"][ticks["arms"].dtype.names[0]]["hand"] for ticks in (other, first[: len(other)])]
    assert np.abs(hands[0] - hands[1]).max() > 1e-6


@pytest.mark.parametrize(("lesson", "shown_m"), [("peg_transfer", 0.0012), ("needle_reach", 0.005)])
def test_the_view_shows_as_near_what_takes_a_lesson_on(lesson: str, shown_m: float) -> None:
    rig = plan(lesson)
    task = tasks.build(lesson, rig.task_settings, BulletWorld(rig.config.simulation), rig.tip_starts())
    assert build_scene(rig, task, "session", inputs=False).goal_radius_m == shown_m
