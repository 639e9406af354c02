"""The contract of difficulties: every lesson that has them keeps it, a new one too."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from typer.testing import CliRunner

from control.tick import without_host_time
from robotics import config
from robotics.difficulty import STANDARD
from robotics.errors import ConfigError, UnknownNameError
from robotics.ik import InverseKinematics
from robotics.kernels.rotation import matrix_from_pose
from simulation import tasks
from simulation.clutter import Cluttered
from simulation.world import BulletWorld
from steadyhand import progress, results
from steadyhand.cli import app, register
from steadyhand.environments import identifier, make
from steadyhand.hands import hands
from steadyhand.order import Order
from steadyhand.rig import build, plan
from steadyhand.run import run
from steadyhand.scene import build_scene
from steadyhand.variation import turned, vary
from tests.vr_training.progress.conftest import attempt
from vr_training.inputs.channel import DelayedHand
from vr_training.progress import reference
from vr_training.records.index import SessionIndex
from vr_training.records.session import Session
from vr_training.view.status import _placed

LESSONS = tuple(tasks.lessons())
LEVELS = [(name, level) for name, s in tasks.lessons().items() for level in tasks.difficulties(s) if level != STANDARD]
HARD = [name for name, level in LEVELS if level == "hard"]
TICKS = 400


def expertly(lesson: str, seed: int, **asked: str) -> np.ndarray:
    """The first ticks of an episode as a session has them: with its line and its camera."""
    order = Order(task=lesson, input="expert", seed=seed, lockstep=True, headless=True, **asked)
    rig, kept = vary(plan(lesson, difficulty=order.difficulty), seed), []
    with build(rig, hands(order, rig), seed) as (loop, _):
        loop.power_on()
        for _ in range(TICKS):
            kept.append(loop.tick().copy())
    return without_host_time(np.concatenate(kept))


def test_every_lesson_can_be_made_hard() -> None:
    assert list(LESSONS) == HARD


@pytest.mark.parametrize(("lesson", "level"), LEVELS)
def test_a_difficulty_is_another_lesson_of_the_same_kind_that_goes_beyond_or_stays_short_of_it(
    lesson: str, level: str
) -> None:
    plain, made = tasks.load(lesson), tasks.load(lesson, level)
    assert made != plain
    assert (made.kind, made.title, made.rig, made.level) == (plain.kind, plain.title, plain.rig, plain.level)
    least = min(made.goal_radius_m, plain.goal_radius_m)
    if level == "easy":
        assert (made.clutter, made.camera_deg, made.more_delay_ms) == (0, (0.0, 0.0), (0.0, 0.0))
        assert least == plain.goal_radius_m
    else:
        assert made.more_delay_ms[0] > 0.0
        assert made.camera_deg[0] > 0.0 or lesson == "camera_navigation"


@pytest.mark.parametrize(
    "lesson", [pytest.param(each, marks=() if k % 4 == 0 else pytest.mark.slow) for k, each in enumerate(HARD)]
)
def test_at_hard_one_seed_gives_one_episode_bit_for_bit_and_it_is_not_that_of_standard(lesson: str) -> None:
    first, again, plain = (expertly(lesson, 7, difficulty=level) for level in ("hard", "hard", STANDARD))
    assert first.tobytes() == again.tobytes()
    assert first.dtype != plain.dtype or first.tobytes() != plain.tobytes()


@pytest.mark.parametrize("lesson", ["needle_reach", "peg_transfer"])
def test_standard_is_the_lesson_without_a_word_of_difficulty_bit_for_bit(lesson: str, tmp_path: Path) -> None:
    text = config.find("tasks", lesson).read_text(encoding="utf-8")
    bare = tmp_path / f"{lesson}.toml"
    bare.write_text(text[: text.index("[difficulty.")], encoding="utf-8")
    assert not tasks.load(str(bare)).difficulty
    asked, named = expertly(lesson, 3), expertly(lesson, 3, difficulty=STANDARD)
    assert asked.tobytes() == named.tobytes() == expertly(str(bare), 3).tobytes()


@pytest.mark.parametrize("lesson", HARD)
def test_what_hard_asks_for_first_lies_within_reach_from_every_seed(lesson: str) -> None:
    T = np.empty((4, 4))
    for seed in (1, 2, 3):
        rig = plan(lesson, difficulty="hard")
        with build(rig, {}, seed) as (loop, _):
            loop.power_on()
            record = loop.tick()[0]
        arm = rig.arms[int(record["asked"])]
        matrix_from_pose(np.ascontiguousarray(record["target"]), T)
        assert InverseKinematics(arm.chain).solve(np.linalg.inv(arm.T_world_base) @ T, arm.start).success


def test_camera_and_delay_are_drawn_from_the_seed_within_their_range_and_to_either_side() -> None:
    rig, angles, delays = plan("needle_reach", difficulty="hard"), [], []
    settings, before = rig.task_settings, rig.config.cameras[0]
    for seed in range(40):
        drawn = vary(rig, seed)
        assert drawn == vary(rig, seed)
        assert vary(drawn, seed + 1) is drawn  # drawn once
        camera = drawn.config.cameras[0]
        assert camera.look_at_m == before.look_at_m
        assert camera.eye_m[2] == before.eye_m[2]
        a, b = (np.subtract(c.eye_m, c.look_at_m)[:2] for c in (before, camera))
        angles.append(np.degrees(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b)))
        delays.append(drawn.task_settings.line.delay_ms)
    sizes = np.abs(angles)
    assert (sizes >= settings.camera_deg[0] - 1e-9).all()
    assert (sizes <= settings.camera_deg[1] + 1e-9).all()
    assert min(angles) < 0.0 < max(angles)
    assert settings.more_delay_ms[0] <= min(delays) < max(delays) <= settings.more_delay_ms[1]
    assert np.ptp(sizes) > 8.0
    assert np.ptp(delays) > 60.0


def test_the_operator_drives_in_the_frame_of_the_camera_as_it_was_turned() -> None:
    rig = plan("needle_reach", difficulty="hard")
    drawn = vary(rig, 5)
    R = drawn.R_operator_world @ rig.R_operator_world.T
    assert np.degrees(np.arccos((np.trace(R) - 1.0) / 2.0)) >= rig.task_settings.camera_deg[0] - 1e-6
    np.testing.assert_allclose(drawn.R_operator_world, drawn.config.cameras[0].R_operator_world())
    order = Order(task="needle_reach", input="expert", seed=5, difficulty="hard")
    made = hands(order, drawn)
    assert all(isinstance(hand, DelayedHand) for hand in made.values())
    with build(drawn, made, 5) as (loop, _):
        np.testing.assert_array_equal(loop.arms[0]._view.operator_from_world, drawn.R_operator_world)


def test_who_judges_by_what_is_seen_looks_from_where_the_camera_stands() -> None:
    drawn = vary(plan("tissue_retraction", difficulty="hard"), 3)
    assert drawn.task_settings.eye_m == drawn.config.cameras[0].eye_m  # type: ignore[attr-defined]
    assert drawn.task_settings.eye_m != tasks.load("tissue_retraction").eye_m  # type: ignore[attr-defined]


def test_a_camera_that_an_arm_carries_cannot_be_set_up_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    text = config.find("tasks", "camera_navigation").read_text(encoding="utf-8")
    path.write_text("camera_deg = [5.0, 10.0]\n" + text, encoding="utf-8")
    with pytest.raises(ConfigError, match="camera_deg: asks to turn a camera that 'ecm'"):
        plan(str(path))
    camera = plan("needle_reach").config.cameras[0]
    np.testing.assert_allclose(turned(turned(camera, 20.0), -20.0).eye_m, camera.eye_m, atol=1e-12)


def test_a_difficulty_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="'brutal'; choose one of: easy, hard, standard"):
        plan("needle_reach", difficulty="brutal")
    with pytest.raises(UnknownNameError, match="'hard'; choose one of: standard"):
        make("tremor_calibration", difficulty="hard")
    path = tmp_path / "reach.toml"
    text = config.find("tasks", "needle_reach").read_text(encoding="utf-8")
    path.write_text(text.replace("scale.area_m = 1.2", "hardness = 1"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"at difficulty 'hard': .*unknown field `hardness`"):
        plan(str(path), difficulty="hard")
    path.write_text(text.replace("[difficulty.hard]", "[difficulty.brutal]"), encoding="utf-8")
    with pytest.raises(ConfigError, match="brutal"):
        plan(str(path))


def test_a_session_says_how_hard_it_was_and_is_scored_again_by_that(tmp_path: Path) -> None:
    order = Order(
        task="needle_reach", input="expert", seed=1, difficulty="hard", duration_s=1.5, lockstep=True, headless=True,
        sessions=tmp_path,
    )  # fmt: skip
    outcome = results.evaluate(run(order, lambda _: None, lambda *_: None).session)
    info = outcome.recording.info
    assert info.difficulty == "hard"
    assert 100.0 <= info.line.delay_ms <= 200.0
    assert outcome.recording.scene.title.endswith("(hard)")
    assert outcome.recording.scene.goal_radius_m == tasks.load("needle_reach", "hard").goal_radius_m
    names = [name for name, _ in outcome.recording.scene.signals]
    assert names[-2:] == ["bumped", "bumping"]
    assert results.as_json(outcome, None)["difficulty"] == "hard"
    assert outcome.scorecard.value("bumps") == 0.0
    drawn = vary(plan("needle_reach", difficulty="hard"), 1).config.cameras[0]
    assert outcome.recording.scene.cameras[0].eye_m == drawn.eye_m
    page = results.report(outcome, None).read_text(encoding="utf-8")
    assert "Difficulty" in page


def test_what_lies_about_is_drawn_and_not_counted_among_what_is_to_be_placed() -> None:
    rig = vary(plan("peg_transfer", difficulty="hard"), 2)
    world = BulletWorld(rig.config.simulation)
    task = tasks.build(rig.task_name, rig.task_settings, world, rig.tip_starts())
    scene = build_scene(rig, task, "session", inputs=False)
    drawn = {name: bodies for name, bodies in scene.objects}
    assert len(drawn) == 6 + rig.task_settings.clutter
    assert all(drawn.values())
    state = SimpleNamespace(signals=tuple(2.0 * (name == "placed") for name, _ in scene.signals))
    assert _placed(scene, state) == "2 of 6 placed"


def test_scoring_takes_what_the_difficulty_changes_of_how_a_lesson_is_scored(tmp_path: Path) -> None:
    lesson = tmp_path / "strict_reach.toml"
    text = config.find("tasks", "needle_reach").read_text(encoding="utf-8")
    lesson.write_text(text + "force_limit_n = 0.1\ntime_limit_s = 20.0\n", encoding="utf-8")  # of hard, the last table
    for level, force_n, limit_s in (("hard", 0.1, 20.0), (STANDARD, 0.5, 60.0)):
        order = Order(
            task=str(lesson), input="expert", difficulty=level, duration_s=0.2, lockstep=True, headless=True,
            sessions=tmp_path,
        )  # fmt: skip
        outcome = results.evaluate(run(order, lambda _: None, lambda *_: None).session)
        scoring = results.scoring(outcome.recording)
        assert (scoring.force_limit_n, scoring.time_limit_s) == (force_n, limit_s)


def test_tries_references_and_curves_of_different_difficulties_are_kept_apart(tmp_path: Path) -> None:
    with SessionIndex(tmp_path) as index:
        for k in range(6):
            level = "hard" if k % 2 else STANDARD
            index.enter(attempt(k, points=90.0 - 50.0 * (k % 2), difficulty=level, delay_ms=60.0 * (k % 2)))
        index.enter(attempt(6, person="p08", points=10.0, difficulty="hard", delay_ms=60.0))
        assert len(index.attempts(difficulty="hard")) == 4
    plain = progress.learned("peg_transfer", "p07", "points", tmp_path)
    hard = progress.learned("peg_transfer", "p07", "points", tmp_path, "hard")
    assert plain.curve.values.tolist() == [90.0] * 3
    assert hard.curve.values.tolist() == [40.0] * 3
    assert plain.peers is not None
    assert hard.peers is not None
    assert (plain.peers.people, hard.peers.people) == (0, 1)
    (row,) = (each for each in progress.standing_of("p07", tmp_path) if each.lesson == "peg_transfer")
    assert (row.tries, row.passes, row.best) == (3, 3, 90.0)
    assert reference.load("needle_reach") is not None
    assert reference.load("needle_reach", "hard") is None
    assert progress.needed("needle_reach", "hard") == ()


def test_tries_with_real_drives_have_a_curve_of_their_own(tmp_path: Path) -> None:
    with SessionIndex(tmp_path) as index:
        for k in range(8):
            index.enter(attempt(k, points=90.0 - 30.0 * (k % 2), drives="real" if k % 2 else "ideal"))
    plain = progress.learned("peg_transfer", "p07", "points", tmp_path)
    real = progress.learned("peg_transfer", "p07", "points", tmp_path, drives="real")
    assert plain.curve.values.tolist() == [90.0] * 4
    assert real.curve.values.tolist() == [60.0] * 4
    assert real.bar is None


def test_what_delay_cost_is_told_from_the_tries_without(tmp_path: Path) -> None:
    with SessionIndex(tmp_path) as index:
        for k in range(8):
            index.enter(attempt(k, points=90.0 - 30.0 * (k % 2), delay_ms=300.0 * (k % 2)))
    learned = progress.learned("peg_transfer", "p07", "points", tmp_path)
    assert learned.curve.values.tolist() == [90.0] * 4
    assert "With 300 ms between hand and arm: 60 in the newest of 4 tries; the line cost 30." in learned.sentences()
    assert [row["cost"] for row in learned.as_json()["delayed"]] == [30.0]
    session = Session(tmp_path / "20260101-120007-peg_transfer")
    results = {
        **{"task": "peg_transfer", "input": "mouse", "seed": 7, "success": True, "points": 60.0, "person": "p07"},
        **{"filter": "default", "digest": "ab", "line": {"delay_ms": 300.0, "jitter_ms": 0.0, "loss": 0.0}},
    }
    assert progress.delay_cost(session, results) == (
        "300 ms between hand and arm cost you 30 of 100 points: 60 beside 90 with the lesson's own line,"
        " medians of the newest three tries of each",
    )
    other = progress.delay_cost(session, {**results, "line": {"delay_ms": 50.0, "jitter_ms": 0.0, "loss": 0.0}})
    assert other == ()  # it was not entered
    with SessionIndex(tmp_path) as index:
        index.enter(attempt(9, person="p08", delay_ms=50.0))
    results |= {"person": "p08", "line": {"delay_ms": 50.0, "jitter_ms": 0.0, "loss": 0.0}}
    assert progress.delay_cost(session, results) == (
        "what 50 ms between hand and arm cost is told once you have a try with the lesson's own line",
    )
    assert progress.delay_cost(session, {**results, "line": {}}) == ()
    assert progress.delay_cost(session, {**results, "person": None}) == ()


def test_the_list_of_lessons_says_their_difficulties(tmp_path: Path) -> None:
    register()
    out = tmp_path / "lessons.json"
    shown = CliRunner().invoke(app, ["list", "lessons"])
    assert "(easy, standard, hard)" in " ".join(shown.output.split())
    CliRunner().invoke(app, ["list", "lessons", "--json", str(out)])
    rows = {row["name"]: row for row in json.loads(out.read_text())}
    assert rows["needle_reach"]["difficulties"] == ["easy", "standard", "hard"]
    assert rows["needle_reach"]["changes"]["hard"]["goal_radius_m"] == 0.003


def test_an_environment_is_as_hard_as_is_asked_and_begins_where_the_session_does() -> None:
    env = gymnasium.make(identifier("needle_reach"), difficulty="hard", render_mode="rgb_array").unwrapped
    first, _ = env.reset(seed=7)
    assert isinstance(env.task, Cluttered)
    assert len(first) == len(env.state_names())
    seen = env.render()
    again, _ = env.reset(seed=7)
    np.testing.assert_array_equal(first, again)
    with build(plan("needle_reach", difficulty="hard"), {}, 7) as (loop, _):
        loop.power_on()
        np.testing.assert_allclose(loop.tick()[0]["objects"][:, :3], env.tick["objects"][:, :3], atol=1e-3)
    env.reset(seed=8)
    assert seen is not None
    other = env.render()
    assert other is not None
    # Seen from elsewhere: the table's edge, which no seed moves, is elsewhere in the picture.
    assert np.abs(seen[:20].astype(int) - other[:20].astype(int)).mean() > 2.0
    *_, info = env.step(np.zeros(7))
    assert info["signals"]["bumped"] == 0.0
    env.close()
