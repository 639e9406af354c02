"""A bead is framed where an independent projection says so, and for as long as it is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from control.tick import TickLayout, tick_dtype
from robotics.contracts import COUNTDOWN, Outcome
from simulation import tasks
from simulation.settings import SimulationConfig
from simulation.tasks.framing import DONE, FRAME, FRAMED, FRAMES, HOLD, LEFT, OFF_CENTRE, RANGE_ERROR, ROLL_ERROR
from simulation.tasks.framing import Framing as Lesson
from simulation.world import BulletWorld
from steadyhand.rig import plan
from vr_training.stream.messages import CameraView
from vr_training.view.cameras import camera, carried, project

NAME, DT = "camera_navigation", 0.01
VIEW = CameraView(
    name="c", arm="ecm", eye_m=(0.0, 0.0, 0.0), look_at_m=(0.0, 0.0, 0.06), up=(0.0, -1.0, 0.0), fov_y_rad=0.9
)


class Play:
    """A camera that is put where a test wants it, relative to where it would frame the bead."""

    def __init__(self, world: BulletWorld, seed: int = 3) -> None:
        self.task = Lesson(NAME, tasks.load(NAME), world, np.array([[0.0, 0.0, 0.1, 0.0, 1.0, 0.0, 0.0]]))
        self.task.reset(np.random.default_rng(seed))
        self.settings, self.time = self.task.settings, 0.0
        layout = TickLayout((("ecm", 4),), self.task.objects, tuple(s.name for s in self.task.signals))
        self.record = np.zeros(1, tick_dtype(layout))[0]

    def run(
        self, seconds: float, pan: float = 0.0, back: float = 0.0, roll: float = 0.0, at: np.ndarray | None = None
    ) -> Outcome:
        """Go on with a camera that is panned [rad], moved back along its line of sight [m] and rolled [rad]."""
        tip = self.record["arms"]["ecm"]["tip"]
        for _ in range(max(round(seconds / DT), 1)):
            self.time += DT
            goal = self.task._outcome.target
            R = Rotation.from_quat(np.roll(goal[3:], -1))
            turned = R * Rotation.from_euler("z", roll) * Rotation.from_euler("y", pan)
            tip[:3] = goal[:3] - back * R.as_matrix()[:, 2]
            tip[3:] = np.roll(turned.as_quat(), 1)
            if at is not None:
                tip[:] = at
            self.record["time"] = self.time
            outcome = self.task.step(self.record)
        return outcome


@pytest.fixture
def world():
    with BulletWorld(SimulationConfig()) as made:
        yield made


def test_what_it_is_judged_by_is_what_a_projection_of_the_bead_shows(world: BulletWorld) -> None:
    play, rng = Play(world), np.random.default_rng(8)
    radius, distance = play.settings.bead_radius_m, play.settings.distance_m
    for _ in range(40):
        goal, R = play.task._outcome.target, Rotation.from_rotvec(rng.normal(0.0, 0.2, 3))
        R = R * Rotation.from_quat(np.roll(goal[3:], -1))
        pose = np.array([*(goal[:3] + rng.normal(0.0, 0.01, 3)), *np.roll(R.as_quat(), 1)])
        signals, bead = play.run(DT, at=pose).signals, play.task._beads[play.task._target]
        eye = camera(carried(VIEW, pose), 640, 480)
        focal = 240.0 / np.tan(0.45)
        column, row, depth = project(eye, bead)
        off = np.hypot(column - 320.0, row - 240.0) / focal
        assert signals[OFF_CENTRE] == pytest.approx(np.arctan(off), abs=1e-9)
        # As large as a bead looks from that far away.
        asked, seen = radius / distance, radius / (depth * np.hypot(1.0, off))
        assert asked / seen - 1.0 == pytest.approx(signals[RANGE_ERROR] / distance, abs=1e-9)
        # A plumb line through the middle of the picture, as the picture has it.
        middle = eye.T_world_camera[:3, 3] + 0.05 * eye.T_world_camera[:3, 2]
        ends = project(eye, np.array([middle, middle + np.array([0.0, 0.0, 1e-6])]))[:, :2]
        lean = ends[1] - ends[0]
        assert signals[ROLL_ERROR] == pytest.approx(np.arctan2(lean[0], -lean[1]), abs=1e-4)


def test_from_where_the_guide_sends_it_the_camera_sees_the_bead_in_the_middle_upright_on_a_line_from_the_pivot(
    world: BulletWorld,
) -> None:
    for seed in range(5):
        play = Play(world, seed)
        goal, bead = play.task._outcome.target.copy(), play.task._beads[0]
        eye = camera(carried(VIEW, goal), 640, 480)
        np.testing.assert_allclose(project(eye, bead), [320.0, 240.0, play.settings.distance_m], atol=1e-6)
        above = project(eye, bead + np.array([0.0, 0.0, 0.002]))
        np.testing.assert_allclose(above[0], 320.0, atol=1e-6)
        assert above[1] < 240.0
        pivot = np.array(play.settings.pivot_m)
        assert np.linalg.norm(np.cross(goal[:3] - pivot, bead - pivot)) < 1e-9


def test_the_pivot_is_the_remote_centre_of_the_rigs_arm() -> None:
    rig = plan(NAME)
    np.testing.assert_allclose(rig.task_settings.pivot_m, rig.arms[0].T_world_base[:3, 3])
    assert rig.config.cameras[0].arm == rig.arms[0].name


@pytest.mark.parametrize(
    ("change", "bound"), [("pan", "centred_deg"), ("roll", "level_deg"), ("back", "goal_radius_m"), ("near", "")]
)
def test_each_bound_is_where_framed_ends(world: BulletWorld, change: str, bound: str) -> None:
    play = Play(world)
    sign, key = (-1.0, "goal_radius_m") if change == "near" else (1.0, bound)
    most = getattr(play.settings, key)
    most = sign * (np.radians(most) if key.endswith("deg") else most)
    name = "back" if change == "near" else change
    assert play.run(DT, **{name: 0.98 * most}).signals[FRAMED] == 1.0
    assert play.run(DT, **{name: 1.02 * most}).signals[FRAMED] == 0.0
    assert not play.run(play.settings.time_limit_s, **{name: 1.02 * most}).success


def test_a_bead_counts_once_it_was_framed_for_the_whole_time_at_a_stretch(world: BulletWorld) -> None:
    play = Play(world)
    assert play.task.signals[LEFT].name == COUNTDOWN
    held = play.run(0.9)
    assert (held.phase, held.signals[FRAMES]) == (HOLD, 0.0)
    assert held.signals[LEFT] == pytest.approx(0.1 + DT)
    lost = play.run(DT, pan=0.2)
    assert (lost.phase, lost.signals[LEFT]) == (FRAME, 0.0)
    assert play.run(0.9).signals[FRAMES] == 0.0  # the whole time again
    assert play.run(0.1 + 2 * DT).signals[FRAMES] == 1.0


def test_it_is_over_when_every_bead_was_framed_and_not_before(world: BulletWorld) -> None:
    play = Play(world)
    n, hold = play.settings.targets, play.settings.hold_s
    assert not play.run(n * hold - 0.05).success
    passed = play.run(0.05 + (n + 1) * DT)
    assert (passed.success, passed.phase, passed.done) == (True, DONE, False)
    assert play.run(play.settings.linger_s).done


def test_a_camera_that_stands_where_it_starts_frames_nothing(world: BulletWorld) -> None:
    start = plan(NAME).tip_starts()[0]
    for seed in range(8):
        play = Play(world, seed)
        ended = play.run(play.settings.time_limit_s, at=start)
        assert ended.done
        assert ended.signals[FRAMES] == 0.0


def test_the_ring_lies_about_the_bead_that_is_asked_for(world: BulletWorld) -> None:
    play, poses = Play(world), np.zeros((6, 7))
    assert play.task.objects[-1] == "mark"
    for i in range(3):
        play.task.observe(poses)
        np.testing.assert_array_equal(poses[-1, :3], poses[i, :3])
        play.run(play.settings.hold_s + 2 * DT)


def test_one_seed_gives_the_same_beads_and_another_gives_others(world: BulletWorld) -> None:
    beads = [Play(world, seed).task._beads for seed in (3, 3, 4)]
    np.testing.assert_array_equal(beads[0], beads[1])
    assert np.linalg.norm(beads[0] - beads[2], axis=1).min() > 1e-3
