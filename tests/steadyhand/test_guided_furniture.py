"""What stands about a patient, and from where he is seen: tables, floor and cameras of guided exercises."""

import functools
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.arm_config import load_arm_config
from robotics.config import find, load_named, names
from robotics.kernels.rotation import matrix_from_pose
from robotics.kinematics import forward
from simulation.patients.body import ARM, SEAT, TRUNK
from simulation.patients.furniture import BOARD_M
from simulation.patients.scene import PatientScene
from simulation.scenery import WORLD
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.framing import ABOVE, ASIDE, BELOW, framed
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.stream.messages import CameraView, array
from vr_training.stream.poser import ScenePoser
from vr_training.view.cameras import camera, project

SIDES = ("right", "left")
AT_TABLES = (("centre_out", "planar_reach"), ("wrist_flexion", "wrist_exo"))
PEOPLE = ("healthy", "stroke_synergy", "stroke_spastic")


@functools.cache
def run_of(exercise, rig, side, patient="healthy", joint=None):
    with tempfile.TemporaryDirectory() as folder:
        # Only how he sits is looked at; limits that his spasms beat are refused elsewhere.
        text = find("patients", patient).read_text(encoding="utf-8")
        calm = Path(folder) / f"{patient}.toml"
        calm.write_text(re.sub(r"(?ms)^\[spasm\].*?(?=^\[(?!spasm))", "", text), encoding="utf-8")
        order = ExerciseOrder(exercise=exercise, rig=rig, side=side, patient=str(calm), joint=joint, repetitions=2)
        return ExerciseRun(order)


def as_done(exercise):
    """Every rig that an exercise is done on, with each joint that it goes the whole range of there."""
    settings = exercises.load(exercise)
    for rig in settings.rigs:
        here = {joint.name for joint in load_arm_config(load_named("rigs", rig, RigConfig).arms[0].arm).joints}
        joints = [joint for joint in settings.choice if joint in here] or [None]
        for joint in joints if settings.explores else joints[:1]:
            yield rig, joint


@functools.cache
def standing(exercise, rig, side, patient="healthy"):
    """All bodies at the start by owner and name: vertices in world, shape (n, 3)."""
    run = run_of(exercise, rig, side, patient)
    scene, prepared = run.scene("made"), run._prepared
    poser = ScenePoser(scene)
    tick = np.zeros((), poser.dtype)
    tick["arms"][run.rig.arm.name]["q"] = run.rig.arm.start
    PatientScene(
        prepared.patient, run.rig.settings.coordinates, prepared.bout.guidance, prepared.T_world_shoulder
    ).observe(tick["objects"])
    found, T = {}, np.eye(4)
    for body, pose in zip(scene.bodies, poser.poses(tick[()]), strict=True):
        matrix_from_pose(pose, T)
        vertices = array(body.vertices, "<f4", -1, 3).astype(float)
        found[body.owner, body.name] = vertices @ T[:3, :3].T + T[:3, 3]
    return found


def of(bodies, *owners):
    return np.concatenate([points for (owner, _), points in bodies.items() if owner in owners])


def over(points, table, side):
    """Those of the points that are within the table's outline."""
    x, y = points[:, 0], points[:, 1] * (1.0 if side == "right" else -1.0)
    inside = (x > table.x_m[0]) & (x < table.x_m[1]) & (y > table.y_m[0]) & (y < table.y_m[1])
    return points[inside]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("exercise", "rig"), [*AT_TABLES, ("elbow_flexion", "arm_exo")])
def test_a_patient_sits_upright_and_looks_ahead_at_every_robot(exercise, rig, side):
    shoulder = run_of(exercise, rig, side)._prepared.T_world_shoulder
    np.testing.assert_allclose(shoulder[:3, :3], np.eye(3), atol=1e-9)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("patient", PEOPLE)
@pytest.mark.parametrize(("exercise", "rig"), AT_TABLES)
def test_robot_and_arm_are_over_the_table_and_the_legs_under_it(exercise, rig, patient, side):
    bodies, table = standing(exercise, rig, side, patient), run_of(exercise, rig, side).rig.config.table
    arm = over(of(bodies, *ARM), table, side)
    assert len(arm) > 100
    assert arm[:, 2].min() > table.top_m + 0.01
    robot = over(of(bodies, "arm"), table, side)
    under = robot[robot[:, 2] < table.top_m - 1e-3]  # the foot of its column alone, on the floor
    assert not len(under) or under[:, 2].max() < table.top_m - table.height_m + 0.1
    legs = over(of(bodies, SEAT), table, side)
    assert len(legs) > 100
    assert legs[:, 2].max() < table.top_m - BOARD_M


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("exercise", "rig"), AT_TABLES)
def test_a_table_stands_on_the_floor_that_the_patient_s_shoes_are_on(exercise, rig, side):
    bodies, table = standing(exercise, rig, side), run_of(exercise, rig, side).rig.config.table
    ground = table.top_m - table.height_m
    assert bodies[WORLD, "world/desk"][:, 2].max() == pytest.approx(table.top_m, abs=1e-6)
    assert bodies[WORLD, "world/graphite"][:, 2].min() == pytest.approx(ground, abs=1e-6)
    assert bodies[WORLD, "world/linoleum"][:, 2].max() == pytest.approx(ground, abs=1e-6)
    assert bodies[SEAT, "seat/shoe"][:, 2].min() == pytest.approx(ground, abs=0.01)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("patient", PEOPLE)
@pytest.mark.parametrize(("exercise", "rig"), [*AT_TABLES, ("elbow_flexion", "arm_exo")])
def test_the_other_hand_lies_on_the_table_or_on_the_thigh_and_hangs_in_no_air(exercise, rig, patient, side):
    bodies, table = standing(exercise, rig, side, patient), run_of(exercise, rig, side).rig.config.table
    skin = bodies[TRUNK, "trunk/skin"]
    hand = skin[skin[:, 0] > skin[:, 0].max() - 0.08]
    lowest = hand[:, 2].min()
    if table is not None:
        assert lowest == pytest.approx(table.top_m, abs=0.02)
        return
    thigh = bodies[SEAT, "seat/trousers"]
    near = np.linalg.norm(thigh[:, None, :2] - hand[None, ::20, :2], axis=2).min(axis=1) < 0.04
    assert lowest == pytest.approx(thigh[near, 2].max(), abs=0.03)


@pytest.mark.parametrize("exercise", exercises.names())
def test_every_camera_sees_the_hand_wherever_an_exercise_asks_it_to_be(exercise):
    for rig, joint in as_done(exercise):
        run = run_of(exercise, rig, "right", joint=joint)  # a left arm's cameras are mirror images
        scene, prepared = run.scene("made"), run._prepared
        patient, task = prepared.patient, prepared.exercise
        palm = prepared.T_world_shoulder @ forward(patient.chain, patient.q)
        hands = [palm[:3, 3]]
        for index in range(2):
            for movement in task.repetition(index):
                for point in movement.path.points:
                    q, at = patient.q.copy(), palm[:3, 3].copy()
                    if task.coordinates.joints:
                        q[[patient.chain.joint_names.index(name) for name in task.coordinates.joints]] = point
                        at = (prepared.T_world_shoulder @ forward(patient.chain, q))[:3, 3]
                    else:
                        axes = list(task.coordinates.axes)
                        at[axes] += point - task.context.tip[axes]
                    hands.append(at)
        for view in scene.cameras:
            seen = project(camera(view, 1280, 720), np.array(hands))[:, :2]
            assert (np.abs(seen[:, 0] - 640.0) < ASIDE * 720.0).all(), (rig, joint, view.name)
            assert (seen[:, 1] > (0.5 - ABOVE) * 720.0).all(), (rig, joint, view.name)
            assert (seen[:, 1] < (0.5 + BELOW) * 720.0).all(), (rig, joint, view.name)


VIEW = CameraView(name="side", eye_m=(0.0, -2.0, 0.0), look_at_m=(0.0, 0.0, 0.0), up=(0.0, 0.0, 1.0), fov_y_rad=0.8)


def test_a_camera_that_sees_everything_stays_where_it_is():
    points = np.array([[0.1, 0.0, 0.1], [-0.2, 0.0, -0.1]])
    assert framed(VIEW, points) == VIEW


@pytest.mark.parametrize(
    "points",
    [[[0.9, 0.0, 0.0]], [[0.0, 0.0, 1.2]], [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.2]], [[0.3, -1.5, 0.9], [0.0, 0.0, -0.9]]],
)
def test_a_camera_that_does_not_is_moved_until_it_does_and_looks_the_same_way(points):
    points = np.array(points)
    moved = framed(VIEW, points)
    seen = project(camera(moved, 1280, 720), points)
    assert (np.abs(seen[:, 0] - 640.0) < 0.43 * 720.0).all()
    assert (np.abs(seen[:, 1] - 360.0) < 0.45 * 720.0).all()
    way = [np.subtract(view.look_at_m, view.eye_m) for view in (VIEW, moved)]
    np.testing.assert_allclose(np.cross(*way), 0.0, atol=1e-9)
    assert replace(moved, eye_m=VIEW.eye_m, look_at_m=VIEW.look_at_m) == VIEW


def test_a_rig_whose_title_speaks_of_a_table_has_one():
    for name in names("rigs"):
        config = load_named("rigs", name, RigConfig)
        if config.patient is not None:
            assert (config.table is not None) == ("desk" in config.title or "table" in config.title), name


def test_both_sides_have_the_same_table_mirrored():
    for exercise, rig in AT_TABLES:
        right, left = (standing(exercise, rig, side) for side in SIDES)
        for name in ("world/desk", "world/graphite"):
            a, b = right[WORLD, name], left[WORLD, name] * (1.0, -1.0, 1.0)
            for low_high in (np.min, np.max):
                np.testing.assert_allclose(low_high(a, axis=0), low_high(b, axis=0), atol=1e-6)
