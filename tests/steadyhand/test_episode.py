"""Whole episodes in lockstep: success on its own feet, equal for equal seeds, safe when the hand misbehaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from control.runner import run_lockstep
from control.teleoperated_arm import TeleoperatedArm
from control.tick import Flag, State
from robotics.config import load_named, names
from robotics.contracts import HandPose, OperatorView, StopKind
from robotics.errors import ArgumentError, ConfigError, UnknownNameError
from robotics.kinematics import link_poses
from steadyhand.order import Order
from steadyhand.results import evaluate, read_timing, score
from steadyhand.rig import build, plan
from steadyhand.rig_config import RigConfig
from steadyhand.run import run
from vr_training.records.reader import Recording


def quietly(order: Order):
    return run(order, lambda _: None, lambda *_: None)


def order(folder: Path, **more: object) -> Order:
    return Order(task="needle_reach", lockstep=True, headless=True, sessions=folder, **more)


def test_one_seed_gives_one_recording_bit_for_bit_and_another_gives_another(tmp_path: Path) -> None:
    results = [evaluate(quietly(order(tmp_path, seed=seed)).session) for seed in (7, 7, 8)]
    assert results[0].digest == results[1].digest != results[2].digest
    assert results[0].recording.ticks.tobytes() == results[1].recording.ticks.tobytes()
    for result in results:
        assert result.scorecard.success
        assert result.recording.complete
        assert result.recording.chain.intact
        assert result.recording.ticks["signals"][-1, 0] <= 0.005


def test_scoring_a_recording_again_gives_the_same_figures(tmp_path: Path) -> None:
    ran = quietly(order(tmp_path, seed=4, filter="butterworth"))
    first = evaluate(ran.session).scorecard
    assert score(Recording.open(ran.session.folder)) == first
    assert first.value("tremor_removed") > 6.0


@pytest.mark.parametrize(("granted", "asks"), [(False, True), (True, False), (None, False)])
def test_a_late_session_is_told_to_allow_real_time_scheduling_only_where_its_timing_says_that_it_was_refused(
    tmp_path: Path, granted: bool | None, asks: bool
) -> None:
    ran = quietly(order(tmp_path, duration_s=0.5))
    recording = Recording.open(ran.session.folder)
    late = recording.ticks.copy()
    late["timing"]["tick_ns"] = 100_000
    late["timing"]["missed"] = np.arange(len(late))
    ran.session.write_results({"timing": replace(ran.timing, scheduled=granted)})
    card = score(replace(recording, ticks=late), read_timing(ran.session))
    (advice,) = [line.advice for line in card.scores if line.name == "deadlines_missed"]
    assert ("allow it" in advice) == asks


@pytest.mark.parametrize("filter_name", ["none", "butterworth", "one_euro"])
def test_every_filter_brings_the_tip_to_the_needle(tmp_path: Path, filter_name: str) -> None:
    result = evaluate(quietly(order(tmp_path, seed=11, filter=filter_name)).session)
    assert result.scorecard.success
    assert result.recording.info.filter == filter_name


class Hand:
    """A hand played from a function of the tick."""

    def __init__(self, play: Callable[[int], HandPose]) -> None:
        self._play, self._tick = play, -1

    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        self._tick = -1

    def feedback(self, view: OperatorView) -> None:
        return None

    def read(self) -> HandPose:
        self._tick += 1
        return self._play(self._tick)


def at(x: float = 0.0, clutch: bool = False, age: float = 0.0, valid: bool = True) -> HandPose:
    return HandPose(np.array([x, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), 0.0, clutch, age, valid)


class Keep:
    def __init__(self) -> None:
        self.records: list[np.ndarray] = []

    def write(self, record: np.ndarray) -> None:
        self.records.append(record.copy())


def play(
    hand: Callable[[int], HandPose],
    ticks: int,
    stop: Callable[[int], StopKind | None] = lambda _: None,
    filter_name: str = "none",
    act: Callable[[int, TeleoperatedArm], None] = lambda *_: None,
):
    class Orders:
        tick = -1

        def stop_asked(self) -> StopKind | None:
            self.tick += 1
            act(self.tick, loop.arms[0])
            return stop(self.tick)

    rig, sink = plan("needle_reach", filter_name=filter_name), Keep()
    with build(rig, {rig.operated[0]: Hand(hand)}, seed=1) as (loop, _):
        loop.power_on()
        run_lockstep(loop, sink, ticks * rig.config.period_s, Orders())
    return np.concatenate(sink.records), rig.arms[0].chain


def moving(tick: int) -> HandPose:
    """Clutched for 50 ticks, then 80 mm/s to the right."""
    return at(max(0, tick - 50) * 8e-5, clutch=tick < 50)


def test_the_arm_does_not_move_before_a_clutch_was_pressed() -> None:
    ticks, _ = play(lambda tick: at(tick * 1e-4), 400)
    assert set(ticks["state"][:400]) == {State.HOMING, State.READY}
    assert np.abs(np.diff(ticks["arms"]["psm1"]["q_cmd"], axis=0)).max() == 0.0


def test_the_arm_holds_within_its_limits_when_the_operator_is_gone_and_goes_on_only_by_the_clutch() -> None:
    def hand(tick: int) -> HandPose:
        if 300 <= tick < 600:
            return at(moving(299).pose[0], age=(tick - 299) * 1e-3)
        if 700 <= tick < 750:
            return at(0.5, clutch=True)
        return at(0.5 + max(0, tick - 750) * 8e-5) if tick >= 600 else moving(tick)

    ticks, arm = play(hand, 1000)
    states = ticks["state"]
    assert states[399] == State.ENGAGED
    assert states[402] == State.HOLD
    assert set(states[402:700]) == {State.HOLD}
    assert set(states[701:750]) == {State.CLUTCHED}
    assert states[999] == State.ENGAGED
    assert states[-1] == State.POWER_OFF  # the time is over: at rest, then off
    dq = ticks["arms"]["psm1"]["dq_cmd"]
    assert np.abs(dq[299]).max() > 0.01
    assert np.abs(dq[600:750]).max() < 1e-6
    assert np.all(np.abs(np.diff(dq, axis=0)) <= arm.acceleration * 0.001 * 1.001)
    # The hand came back half a metre away: at the clutch nothing jumps.
    setpoint = ticks["arms"]["psm1"]["setpoint"][:, :3]
    assert np.linalg.norm(np.diff(setpoint, axis=0), axis=1).max() < 1e-4
    assert np.linalg.norm(setpoint[999] - setpoint[749]) > 1e-3


@pytest.mark.parametrize("bad", [np.nan, np.inf, 3.0])
def test_a_hand_that_is_not_finite_or_jumps_holds_the_arm_and_never_reaches_it(bad: float) -> None:
    def hand(tick: int) -> HandPose:
        return at(bad) if tick == 300 else moving(tick)

    ticks, _ = play(hand, 500)
    arm = ticks["arms"]["psm1"]
    assert ticks["state"][300] == State.HOLD
    assert int(ticks["flags"][300]) & Flag.INPUT_IMPLAUSIBLE
    assert np.isfinite(arm["q_cmd"]).all()
    assert np.isfinite(arm["setpoint"]).all()
    assert np.linalg.norm(np.diff(arm["setpoint"][:, :3], axis=0), axis=1).max() < 1e-4


def shaking(tick: int) -> HandPose:
    """As `moving`, with half a millimetre of tremor at 9 Hz on top."""
    pose = moving(tick)
    pose.pose[1] = 5e-4 * np.sin(2 * np.pi * 9.0 * max(0, tick - 50) / 1000.0)
    return pose


def test_the_recording_says_when_the_filter_was_not_to_be_trusted() -> None:
    ticks, _ = play(lambda tick: at(0.0, age=9.0) if 300 <= tick < 350 else moving(tick), 500, filter_name="one_euro")
    settling = (ticks["arms"]["psm1"]["flags"] & np.uint64(Flag.FILTER_SETTLING)) != 0
    assert settling[300:350].all()
    assert not settling[:300].any()
    assert not settling[350:].any()
    np.testing.assert_array_equal(settling, (ticks["flags"] & np.uint64(Flag.FILTER_SETTLING)) != 0)


def test_the_filter_is_exchanged_while_the_arm_follows_and_the_tip_does_not_jump() -> None:
    def act(tick: int, arm: TeleoperatedArm) -> None:
        if tick == 400:
            arm.exchange_filter(arm.prepare_filter("butterworth"))

    ticks, _ = play(shaking, 1800, act=act)
    alone, _ = play(shaking, 1800)
    arm, unchanged = ticks["arms"]["psm1"], alone["arms"]["psm1"]
    np.testing.assert_array_equal(arm["hand_filtered"][:600], unchanged["hand_filtered"][:600])
    shake = [np.ptp(row["hand_filtered"][1500:1800, 1]) for row in (arm, unchanged)]
    assert shake[0] < 0.45 * shake[1]
    for column in ("hand_filtered", "setpoint"):
        steps = [np.linalg.norm(np.diff(row[column][:1800, :3], axis=0), axis=1).max() for row in (arm, unchanged)]
        assert steps[0] <= 1.02 * steps[1]


def test_the_stairs_of_a_slow_device_do_not_reach_the_arm() -> None:
    def stairs(tick: int, age_s: float) -> HandPose:
        """The same hand from a device with 62.5 samples a second."""
        pose = shaking(tick - tick % 16)
        pose.age_s, pose.clutch = age_s, tick < 50
        return pose

    # A device that calls a repeated sample a new one is taken at its word.
    hands = (shaking, lambda tick: stairs(tick, (tick % 16) * 1e-3), lambda tick: stairs(tick, 0.0))
    bends, fastest, ends = [], [], []
    for hand in hands:
        ticks, _ = play(hand, 1000)
        setpoint = ticks["arms"]["psm1"]["setpoint"][:1000, :3]
        assert set(ticks["state"][60:1000]) == {State.ENGAGED}
        bends.append(np.sqrt(np.mean(np.diff(setpoint[300:], 2, axis=0) ** 2)))
        fastest.append(np.linalg.norm(np.diff(setpoint[300:], axis=0), axis=1).max())
        ends.append(np.linalg.norm(setpoint[-1] - setpoint[0]))
    fast, even, staircase = bends
    assert fast < even < 0.6 * staircase  # straight lines between samples still have corners
    assert fastest[1] < 1.05 * fastest[0] < 0.9 * fastest[2]
    assert ends[1] == pytest.approx(ends[0], rel=0.03)


def test_a_soft_stop_in_full_motion_brakes_within_the_limits_and_powers_off() -> None:
    ticks, arm = play(moving, 1000, lambda tick: StopKind.SOFT if tick >= 300 else None)
    assert ticks["state"][300] == State.SOFT_STOP
    assert ticks["state"][-1] == State.POWER_OFF
    assert len(ticks) < 1000
    dq = ticks["arms"]["psm1"]["dq_cmd"]
    assert np.all(np.abs(np.diff(dq, axis=0)) <= arm.acceleration * 0.001 * 1.001)


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_termination_bring_the_arm_to_rest_and_keep_what_was_recorded(
    tmp_path: Path, kind: signal.Signals
) -> None:
    before = signal.getsignal(kind)
    ran = run(order(tmp_path), lambda _: None, lambda *_: os.kill(os.getpid(), kind))
    assert (ran.state, bool(ran.reason)) == ("POWER_OFF", True)
    recording = evaluate(ran.session).recording
    assert recording.complete
    assert 0 < len(recording.ticks) < 2000
    assert np.abs(recording.ticks["arms"]["psm1"]["dq_cmd"][-1]).max() < 1e-6
    assert signal.getsignal(kind) is before


def test_an_arm_that_is_held_back_faults_and_says_so() -> None:
    rig, sink = plan("needle_reach", filter_name="none"), Keep()
    with build(rig, {rig.operated[0]: Hand(moving)}, seed=1) as (loop, task):

        class Push:
            """No order at all: somebody pushes the insertion in by 6 cm against its drive."""

            tick = 0

            def stop_asked(self) -> None:
                self.tick += 1
                if self.tick == 300:
                    task._world.client.resetJointState(loop.plant.bodies()[0].body, 2, rig.arms[0].start[2] + 0.06)

        loop.power_on()
        run_lockstep(loop, sink, 0.6, Push())
        assert loop.states.state is State.LATCHED_FAULT
        assert "not where it was told to be" in loop.states.reason


def test_torque_drive_follows_as_position_drive_does(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "configs" / "rigs" / "psm_over_tissue.toml").read_text()
    path = tmp_path / "torque.toml"
    path.write_text(text.replace('drive = "position"', 'drive = "torque"'))
    result = evaluate(quietly(order(tmp_path, seed=7, rig=str(path))).session)
    assert result.scorecard.success
    assert result.scorecard.value("tracking_error") < 0.1
    # Steadiness is what it is all about: what the filter took away must not come back through the joints.
    assert result.scorecard.value("tremor_tip") < 1.2 * result.scorecard.value("tremor_filtered")


def test_bad_orders_are_refused_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="needle_reach"):
        quietly(Order(task="needle", sessions=tmp_path))
    with pytest.raises(UnknownNameError, match="butterworth"):
        quietly(order(tmp_path, filter="kalman2"))
    with pytest.raises(ArgumentError, match="needs the view"):
        order(tmp_path, input="mouse")
    with pytest.raises(ArgumentError, match="seed is -1"):
        order(tmp_path, seed=-1)
    bad = tmp_path / "bad.toml"
    bad.write_text('kind = "butterworth"\ncutoff_hz = 900.0\n')
    with pytest.raises(ArgumentError, match="half of the rate"):
        quietly(order(tmp_path, filter=str(bad)))
    text = (Path(__file__).parents[2] / "configs" / "rigs" / "psm_over_tissue.toml").read_text()
    rig = tmp_path / "rig.toml"
    rig.write_text(text.replace("physics_period_s = 0.001", "physics_period_s = 0.0007"))
    with pytest.raises(ConfigError, match="whole multiple"):
        quietly(order(tmp_path, rig=str(rig)))
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_an_arm_without_a_remote_centre_of_its_own_keeps_to_its_trocar_through_the_lesson(tmp_path: Path) -> None:
    result = evaluate(quietly(order(tmp_path, seed=7, rig="iiwa_over_tissue")).session)
    assert result.scorecard.success
    arm, trocar = plan("needle_reach", "iiwa_over_tissue").arms[0], np.array([0.0, 0.02, 0.16])
    for q in result.recording.ticks["arms"]["iiwa1"]["q"][2000::250]:
        T = arm.T_world_base @ link_poses(arm.chain, q)[-1]
        off = trocar - T[:3, 3]
        assert np.linalg.norm(off - T[:3, 2] * (off @ T[:3, 2])) < 1e-4
    # 1 N of friction, and 1 N/mm of a wall that is hardly pulled aside.
    assert 0.9 < result.scorecard.value("trocar_peak_force") < 1.1


def test_real_drives_bear_the_friction_of_their_trocar() -> None:
    ideal, real = (plan("needle_reach", drives=drives).arms[0].chain for drives in ("ideal", "real"))
    assert (real.coulomb - ideal.coulomb).tolist() == pytest.approx([0.0, 0.0, 1.0, 0.0, 0.0, 0.0])


LESSON_RIGS = [name for name in names("rigs") if load_named("rigs", name, RigConfig).patient is None]
"""A rig with a patient is for guided exercise."""


@pytest.mark.parametrize("name", LESSON_RIGS)
def test_every_rig_can_be_planned_for_the_lesson(name: str) -> None:
    assert plan("needle_reach", name).arms


def test_a_rig_with_a_patient_is_refused_for_a_lesson() -> None:
    with pytest.raises(ConfigError, match="rehab run"):
        plan("needle_reach", "arm_exo")


def test_two_arms_with_a_hand_each_clutch_by_themselves_and_one_that_nobody_drives_stays(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "configs" / "rigs" / "psm_over_tissue.toml").read_text()
    more = """
[[arms]]
name = "psm2"
arm = "psm"
xyz_m = [-0.25, 0.02, 0.16]

[[arms]]
name = "ecm1"
arm = "ecm"
xyz_m = [0.4, 0.3, 0.3]
"""
    path = tmp_path / "three.toml"
    path.write_text(text.replace("[simulation]", more + "\n[simulation]"))
    rig, sink = plan("needle_reach", str(path), "none"), Keep()

    def left(tick: int) -> HandPose:
        return at(max(0, tick - 50) * 8e-5, clutch=tick < 50 or tick >= 300)

    with build(rig, {"psm1": Hand(moving), "psm2": Hand(left)}, seed=1) as (loop, _):
        loop.power_on()
        run_lockstep(loop, sink, 0.6)
    arms = np.concatenate(sink.records)["arms"]
    moved = {name: np.abs(np.diff(arms[name]["q_cmd"], axis=0)).max(axis=1) for name in ("psm1", "psm2", "ecm1")}
    assert moved["psm1"][200] > 0.0
    assert moved["psm2"][200] > 0.0
    assert moved["psm1"][500] > 0.0
    assert moved["psm2"][400:].max() < 1e-9
    assert moved["ecm1"].max() == 0.0
