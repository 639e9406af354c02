"""The plan of a suture, and what its settings refuse."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from robotics.contracts import Outcome
from robotics.kernels.rotation import matrix_from_pose, pose_from_matrix, quaternion_from_matrix
from simulation import tasks
from simulation.tasks.suture import Marks, Settings, Suture
from simulation.tasks.suture_guide import HEAD, OPEN, TAKE, SutureGuide
from simulation.tasks.suture_plan import Plan
from simulation.tasks.suture_station import Stand
from steadyhand.rig import build, plan

RADIUS, TILT = 0.0115, np.radians(25.0)
ENTRY, EXIT = np.array([0.008, 0.01, 0.0]), np.array([-0.008, 0.006, 0.0])


def made() -> Plan:
    return Plan.through(ENTRY, EXIT, RADIUS, TILT)


def test_the_needles_point_meets_the_entry_on_its_way_in_and_the_exit_on_its_way_out() -> None:
    for angle, mark in ((-made().half_rad, ENTRY), (made().half_rad, EXIT)):
        R, centre = made().needle(angle)
        assert centre + RADIUS * R[:, 1] == pytest.approx(mark, abs=1e-12)


def test_the_needle_turns_in_one_plane_that_leans_by_the_tilt_and_the_jaws_point_across_it() -> None:
    plan_ = made()
    normals = [plan_.needle(angle)[0][:, 2] for angle in np.linspace(-1.0, 4.0, 7)]
    assert np.ptp(np.array(normals), axis=0) == pytest.approx(0.0, abs=1e-12)
    assert normals[0] == pytest.approx(-plan_.normal)
    assert np.arcsin(-plan_.normal[2]) == pytest.approx(TILT)


def test_the_angle_of_a_needle_is_read_back_from_its_orientation() -> None:
    for angle in np.linspace(-1.4, 4.5, 20):
        R, _ = made().needle(angle)
        assert np.linalg.det(R) == pytest.approx(1.0)
        assert made().angle(R) == pytest.approx(angle)


def test_marks_that_no_needle_of_this_size_could_join_are_refused() -> None:
    settings = tasks.load("suture_pass")
    assert isinstance(settings, Settings)
    with pytest.raises(ValueError, match="exit_m"):
        msgspec.structs.replace(settings, passes=(Marks(entry_m=(0.02, 0.0), exit_m=(-0.02, 0.0)),)).__post_init__()


def test_the_suturing_rig_grips_as_a_needle_driver_does_and_others_as_before() -> None:
    driver, plain = (plan(lesson).arms[0].config.jaw for lesson in ("suture_pass", "needle_pick"))
    assert driver is not None
    assert plain is not None
    assert driver.stiffness > 10.0 * plain.stiffness
    assert driver.effort == plain.effort


@pytest.mark.parametrize("period_s", [0.001, 0.02])
def test_the_guide_creeps_after_a_needle_that_shifts_as_fast_at_any_length_of_tick(period_s: float) -> None:
    guide = SutureGuide(np.pi, RADIUS, 0.22, 0.91, 0.0015, 0.3, 0.02, np.zeros(3))
    guide.begin(made())
    tip, needle = np.array([0.0, 0.0, 0.06, 0.0, 1.0, 0.0, 0.0]), np.array([0.0, -0.02, 0.0, 1.0, 0.0, 0.0, 0.0])
    outcome, first = Outcome(np.zeros(1), np.zeros(7), 0, False, False), np.zeros(7)
    for k in range(round(8.0 / period_s)):
        time = k * period_s
        if k == round(7.0 / period_s):
            first[:] = outcome.target
            needle[0] += 0.003
        guide.step(Stand(time, tip, needle, False, False, False, False, 0.0), outcome)
        tip[3:] = outcome.target[3:]
    assert guide.phase == TAKE
    assert outcome.target[0] - first[0] == pytest.approx(0.0012, rel=0.05)
    assert outcome.target[1:3] == pytest.approx(first[1:3], abs=1e-9)


def test_a_way_along_the_circle_that_the_hand_would_creep_is_made_longer_until_it_leaps() -> None:
    guide = SutureGuide(np.pi, RADIUS, 0.22, 0.91, 0.0015, 0.3, 0.02, np.zeros(3))
    guide.begin(made())
    R, centre = made().needle(0.0)
    needle, tip = np.zeros(7), np.zeros(7)
    needle[:3], tip[:3] = centre, centre - RADIUS * R[:, 1]  # held by its tail
    quaternion_from_matrix(np.ascontiguousarray(R), needle[3:])
    tip[3:] = needle[3:]
    now = Stand(0.0, tip, needle, True, False, True, False, 0.0)
    guide._look(now)
    for wanted, nearest in ((20.0, 20.0), (40.0, 40.0)):
        guide._target_angle, guide._asked[:] = 0.0, tip
        guide._turn_by(now, np.radians(wanted))
        turned = np.degrees(guide._target_angle)
        assert nearest <= turned < max(nearest, 28.0) + 2.1
        assert np.linalg.norm(guide._goal[:3] - tip[:3]) == pytest.approx(
            2.0 * RADIUS * np.sin(0.5 * np.radians(turned)), abs=1e-6
        )
        assert np.linalg.norm(guide._goal[:3] - tip[:3]) > 0.0055


def test_a_needle_is_laid_down_until_it_rests_and_only_then_let_go() -> None:
    for rests in (False, True):
        guide = SutureGuide(np.pi, RADIUS, 0.22, 0.91, 0.0015, 0.3, 0.02, np.array([0.0, -0.024, 0.0006]))
        tip, needle = np.array([0.0, 0.0, 0.06, 0.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.06, 1.0, 0.0, 0.0, 0.0])
        guide.way = HEAD
        guide.begin(made(), Stand(0.0, tip, needle, True, False, False, False, 0.0))
        outcome, heights = Outcome(np.zeros(1), np.zeros(7), 0, False, False), []
        for k in range(1, 4000):
            resting = rests and len(heights) > 0 and heights[-1] < 0.001
            guide.step(Stand(0.01 * k, tip, needle, True, resting, False, False, 0.0), outcome)
            if guide.phase == OPEN:
                break
            _carry(needle, tip, outcome.target)
            heights.append(needle[2])
        assert guide.phase == OPEN
        assert heights[-1] == pytest.approx(0.0004 if rests else -0.0011, abs=4e-4)


def test_the_marks_are_drawn_where_the_passes_are_judged() -> None:
    with build(plan("running_suture"), {}, seed=5) as (_, task):
        assert isinstance(task, Suture)
        poses = np.zeros((len(task.objects), 7))
        task.observe(poses)
        at = poses[task.objects.index("marks")]
        drawn = [np.array(shape.part.xyz_m) + at[:3] for shape in task.shapes() if shape.owner == "marks"]
        judged = [place for side in (0, 1) for place in task._marks[:, side]]
        assert np.linalg.norm(at[:2]) > 1e-4  # they are not where the configuration has them
        np.testing.assert_allclose(np.array(drawn)[:, :2], np.array(judged)[:, :2], atol=1e-9)
        assert list(at[3:]) == [1.0, 0.0, 0.0, 0.0]


def _carry(needle: np.ndarray, tip: np.ndarray, target: np.ndarray) -> None:
    """Bring the tip to its target, and the needle with it as it lies in the jaws."""
    before, after, R_needle = np.empty((4, 4)), np.empty((4, 4)), np.empty((4, 4))
    for T, pose in ((before, tip), (after, target), (R_needle, needle)):
        matrix_from_pose(np.ascontiguousarray(pose), T)
    pose_from_matrix(after @ np.linalg.inv(before) @ R_needle, needle)
    tip[:] = target
