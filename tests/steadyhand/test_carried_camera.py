"""A camera that an arm carries: the view follows the arm's measured tip, and the hand drives in what it sees."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from control.tick import State
from robotics import config
from robotics.contracts import HandPose
from robotics.errors import ConfigError
from steadyhand.rig import build, plan
from steadyhand.scene import build_scene
from vr_training import inputs
from vr_training.inputs.aimless import IdleHand
from vr_training.scoring import Episode, Setup
from vr_training.scoring.balance import path_shares
from vr_training.scoring.camera_use import camera_use
from vr_training.stream.poser import ScenePoser
from vr_training.view.cameras import operator_axes
from vr_training.view.presenter import Presenter, operator_of
from vr_training.view.settings import load_view_settings

LESSON = "camera_navigation"


@pytest.fixture(scope="module")
def recorded():
    """The scene of a lesson whose camera is driven, and its first twelve seconds."""
    rig, kept, operators = plan(LESSON), [], []
    with build(rig, {name: inputs.create("expert") for name in rig.operated}, 2000) as (loop, task):
        loop.power_on()
        scene = build_scene(rig, task, "carried", False)
        for _ in range(12000):
            kept.append(loop.tick().copy())
            operators.append(loop.arms[0]._view.operator_from_world.copy())
    return scene, np.concatenate(kept), np.array(operators)


def test_the_view_looks_from_the_arms_measured_tip_along_its_z_at_any_time(recorded) -> None:
    scene, ticks, _ = recorded
    presenter, poser = Presenter(scene, load_view_settings("small")), ScenePoser(scene)
    assert presenter.carrier == "ecm"
    seen = []
    for tick in ticks[::1000]:
        presenter.look(poser.state_message(tick, 1, 1))
        T = presenter.cameras()[0].T_world_camera
        tip = tick["arms"]["ecm"]["tip"]
        np.testing.assert_allclose(T[:3, 3], tip[:3], atol=1e-12)
        np.testing.assert_allclose(T[:3, :3], Rotation.from_quat(np.roll(tip[3:], -1)).as_matrix(), atol=1e-9)
        seen.append(T)
    assert np.linalg.norm(seen[-1][:3, 3] - seen[0][:3, 3]) > 0.01


def test_a_camera_that_stands_takes_no_notice_of_the_arm(recorded) -> None:
    scene, ticks, _ = recorded
    presenter, poser = Presenter(scene, load_view_settings("small"), camera="room"), ScenePoser(scene)
    assert presenter.carrier == ""
    poses = []
    for tick in ticks[[0, -1]]:
        presenter.look(poser.state_message(tick, 1, 1))
        poses.append(presenter.cameras()[0].T_world_camera)
    np.testing.assert_array_equal(poses[0], poses[1])


def test_the_hand_drives_in_the_frame_of_the_camera_as_it_was_at_the_engagement(recorded) -> None:
    scene, ticks, operators = recorded
    poser = ScenePoser(scene)
    arm = ticks["arms"]["ecm"]
    engaged = (ticks["state"] == State.ENGAGED) & (arm["clutch"] == 0)
    starts = np.flatnonzero(np.diff(engaged.astype(int)) == 1) + 1
    assert len(starts) >= 2
    frames = []
    for start in starts:
        now = operator_of(scene.cameras[0], poser.state_message(ticks[start], 1, 1))
        np.testing.assert_allclose(operators[start], now, atol=1e-9)
        end = start + int(np.argmin(np.append(engaged[start:], False)))
        np.testing.assert_array_equal(operators[end - 1], operators[start])
        frames.append(now)
    turned = Rotation.from_matrix(frames[1] @ frames[0].T).magnitude()
    assert turned > 0.1  # so that another frame would have been noticed


def test_nothing_jumps_at_an_engagement(recorded) -> None:
    arm = recorded[1]["arms"]["ecm"]
    assert np.linalg.norm(np.diff(arm["setpoint"][:, :3], axis=0), axis=1).max() < 0.00015
    assert np.linalg.norm(np.diff(arm["tip"][:, :3], axis=0), axis=1).max() < 0.0002


def test_scoring_carries_the_hand_to_where_the_loop_asked_the_camera_to_be(recorded) -> None:
    scene, ticks, _ = recorded
    setup = Setup(
        "ecm", 1e-3, scene.sense * scene.scale, carrier="ecm", operator_from_carrier=operator_axes(scene.cameras[0])
    )
    episode = Episode(ticks, setup)
    for part in episode.segments:
        asked = np.diff(episode.arm["target"][part, :3], axis=0)
        carried = np.diff(episode.filtered[part], axis=0)
        # Where a limit kept the arm back, the leash took the anchor along: seldom.
        assert np.mean(np.linalg.norm(asked - carried, axis=1) < 1e-9) > 0.9


class PushingHand(IdleHand):
    """A hand that rests, takes hold, and then goes to the operator's right at 40 mm/s for a second."""

    def read(self) -> HandPose:
        hand = super().read()
        hand.pose[0] = 0.04 * np.clip((self._tick - 2 * self._start_ticks) * self._dt, 0.0, 1.0)
        return hand


@pytest.fixture(scope="module")
def beside():
    """Two instruments and an endoscope: the first instrument's hand and the endoscope's go to the right alike."""
    rig, kept = plan("needle_regrasp", "psms_and_ecm_over_tissue"), []
    with build(rig, {"psm1": PushingHand(), "ecm": PushingHand()}, 1) as (loop, task):
        scene = build_scene(rig, task, "beside", False)
        loop.power_on()
        for _ in range(2500):
            kept.append(loop.tick().copy())
    return scene, np.concatenate(kept)


def test_beside_instruments_the_endoscopes_hand_holds_the_scene(beside) -> None:
    scene, ticks = beside
    moved = {
        name: operator_of(scene.cameras[0], ScenePoser(scene).state_message(ticks[0], 1, 1))
        @ (ticks["arms"][name]["tip"][-1, :3] - ticks["arms"][name]["tip"][600, :3])
        for name in ("psm1", "psm2", "ecm")
    }
    assert moved["psm1"][0] == pytest.approx(0.01, abs=5e-4)  # a quarter of the hand's way
    assert moved["ecm"][0] == pytest.approx(-0.01, abs=5e-4)
    assert np.linalg.norm(moved["psm2"]) < 1e-4
    assert [arm.sense for arm in scene.arms] == [1.0, 1.0, -1.0]


def test_its_use_is_counted_and_its_hand_is_carried_with_its_own_sense(beside) -> None:
    scene, ticks = beside
    setup = Setup(
        "psm1", 1e-3, scene.scale, carrier="ecm", operator_from_carrier=operator_axes(scene.cameras[0]),
        scales={arm.name: arm.sense * scene.scale for arm in scene.arms},
    )  # fmt: skip
    episode = Episode(ticks, setup)
    assert camera_use(episode)["camera_moves"] == 1.0
    # It does no part of the instruments' work: neither their balance nor their path has it.
    assert [arm.setup.arm for arm in episode.driven] == ["psm1"]
    assert path_shares(episode) == {}
    (ecm,) = [arm for arm in episode.all_arms if arm.setup.arm == "ecm"]
    (part,) = ecm.segments
    carried = ecm.filtered[part][-1] - ecm.filtered[part][0]
    asked = ecm.arm["target"][part][-1, :3] - ecm.arm["target"][part][0, :3]
    np.testing.assert_allclose(carried, asked, atol=1e-4)


def test_arms_of_a_rig_share_one_scale(tmp_path) -> None:
    text = config.find("rigs", "psms_and_ecm_over_tissue").read_text().replace("camera_beside", "camera")
    rig = tmp_path / "rig.toml"
    rig.write_text(text)
    with pytest.raises(ConfigError, match=r"arms\[2\].controller.*scale 0.5 beside 0.25"):
        plan("needle_regrasp", str(rig))
