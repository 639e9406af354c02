import math

import numpy as np
import pytest

from robotics.guidance import Moment
from robotics.kernels.rotation import matrix_from_pose
from robotics.kinematics import forward, link_poses
from simulation.patients.body import ARM, SEAT, TRUNK
from simulation.patients.scene import GHOST, PatientScene
from steadyhand.rehab.build import prepare
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import plan
from vr_training.stream.messages import array
from vr_training.stream.poser import ScenePoser


def scene_of(exercise, **order):
    return ExerciseRun(ExerciseOrder(exercise=exercise, **order)).scene("made")


ELBOW = scene_of("elbow_flexion", repetitions=3)


def test_the_scene_carries_the_words_and_fits_its_own_ticks():
    guided = ELBOW.guided
    assert guided.words[0].startswith("Sit")
    assert "Bend the elbow" in " ".join(guided.words)
    assert guided.repetitions == 3
    assert guided.verdicts[0] == ""
    ScenePoser(ELBOW)  # refuses what does not fit


def test_the_whole_person_is_there_with_the_ghost_of_his_arm():
    owners = {body.owner for body in ELBOW.bodies}
    assert {*ARM, TRUNK, SEAT, *(GHOST + name for name in ARM)} <= owners
    placed = np.frombuffer(ELBOW.static_poses, "<f8").reshape(-1, 7)
    objects = {name for name, _ in ELBOW.objects}
    assert objects == set(PatientScene.objects)
    order = ExerciseOrder(exercise="elbow_flexion")
    shoulder = prepare(plan(order)).T_world_shoulder[:3, 3]
    for body, pose in zip(ELBOW.bodies, placed, strict=True):
        if body.owner == SEAT:
            np.testing.assert_allclose(pose[:3], shoulder)
            assert np.linalg.norm(pose[3:]) == pytest.approx(1.0)


@pytest.mark.parametrize(("exercise", "joint"), [("elbow_flexion", 3), ("shoulder_abduction", 1), ("pronation", 4)])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_joint_s_pointer_turns_with_the_limb_beyond_it(exercise, joint, side):
    rig = plan(ExerciseOrder(exercise=exercise, side=side))
    scene = scene_of(exercise, side=side)
    (shown,) = scene.guided.joints
    assert shown.index == joint
    assert math.hypot(*shown.pointer) == pytest.approx(1.0)
    assert shown.pointer[2] == 0.0  # at a right angle to the axis
    assert shown.lower < shown.upper
    chain, q = rig.arm.chain, rig.arm.start
    links = link_poses(chain, q)
    beyond = [p for p in (T[:3, 3] - links[joint][:3, 3] for T in (*links[joint + 1 :], forward(chain, q)))]
    pointer = links[joint][:3, :3] @ np.array(shown.pointer)
    off = [p - (p @ links[joint][:3, 2]) * links[joint][:3, 2] for p in beyond]
    first = next((p for p in off if np.linalg.norm(p) > 0.03), None)
    if first is not None:
        assert pointer @ first == pytest.approx(np.linalg.norm(first))


def test_cameras_of_a_left_arm_are_mirror_images():
    left = scene_of("elbow_flexion", side="left")
    for one, other in zip(ELBOW.cameras, left.cameras, strict=True):
        x, y, z = one.eye_m
        assert other.eye_m == (x, -y, z)
        assert other.look_at_m[1] == -one.look_at_m[1]


def test_ways_with_bends_are_those_that_the_exercise_goes():
    order = ExerciseOrder(exercise="circle", repetitions=2, seed=5)
    scene, exercise = scene_of("circle", repetitions=2, seed=5), prepare(plan(order)).exercise
    bent = {
        tuple(np.round(movement.path.points[:, :2], 4).ravel())
        for index in range(2)
        for movement in exercise.repetition(index)
        if len(movement.path.points) > 2
    }
    shown = {
        tuple(np.round(array(way.points, "<f4", -1, 3)[:, :2].astype(float), 4).ravel()) for way in scene.guided.ways
    }
    assert bent
    assert len(shown) == len(bent)
    for one, other in zip(sorted(bent), sorted(shown), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-4)
    assert scene_of("centre_out", repetitions=2).guided.ways == ()


def test_the_goal_of_a_hand_stands_where_the_hand_is_and_not_under_it():
    scene = scene_of("centre_out", repetitions=1)
    prepared = prepare(plan(ExerciseOrder(exercise="centre_out")))
    hand, chain = prepared.patient.T_world_segment[2], prepared.patient.chain
    palm = hand[:3, :3] @ chain.T_link_tip[:3, 3] + hand[:3, 3]
    np.testing.assert_allclose(np.array(scene.guided.hand) + prepared.exercise.context.tip[:3], palm, atol=1e-9)
    T = np.eye(4)
    matrix_from_pose(prepared.exercise.context.tip, T)
    goal = next(body for body in scene.bodies if body.owner == "target")
    middle = np.frombuffer(goal.vertices, "<f4").reshape(-1, 3).astype(float).mean(axis=0)
    np.testing.assert_allclose(T[:3, :3] @ middle + T[:3, 3], palm, atol=2e-3)


def seated(exercise="elbow_flexion", shows=True):
    prepared = prepare(plan(ExerciseOrder(exercise=exercise)))
    guidance, coordinates = prepared.bout.guidance, prepared.exercise.coordinates
    scene = PatientScene(prepared.patient, coordinates, guidance, prepared.T_world_shoulder, shows)
    return prepared.patient, guidance, scene


def observed(scene):
    poses = np.zeros((len(PatientScene.objects), 7))
    scene.observe(poses)
    return dict(zip(PatientScene.objects, poses, strict=True))


def test_the_trunk_goes_with_the_shoulder():
    patient, _, scene = seated()
    before = observed(scene)[TRUNK].copy()
    patient.trunk[:] = (0.03, -0.01, 0.02)
    after = observed(scene)[TRUNK]
    np.testing.assert_allclose(after[:3] - before[:3], (0.03, -0.01, 0.02), atol=1e-12)
    np.testing.assert_allclose(after[3:], before[3:])


def test_a_ghost_shows_only_what_is_to_move_and_only_while_something_is_asked_or_shown():
    _, guidance, scene = seated()
    away = [name for name in PatientScene.objects if name.startswith(GHOST)]
    assert all(observed(scene)[name][2] < -10.0 for name in away)
    guidance.moment = Moment.MOVE
    guidance.reference[:] = math.radians(100.0)
    seen = observed(scene)
    assert seen[GHOST + "upper_arm"][2] < -10.0  # the elbow alone is trained
    assert seen[GHOST + "forearm"][2] > -10.0
    guidance.moment, guidance.rate[:] = Moment.REST, 0.4  # a movement that is only shown
    assert observed(scene)[GHOST + "forearm"][2] > -10.0


def test_where_it_is_looked_for_how_far_the_arm_goes_a_ghost_shows_the_way_and_is_gone_once_it_is_asked():
    _, guidance, scene = seated("range_of_motion", shows=False)
    guidance.reference[:] = math.radians(120.0)
    guidance.rate[:] = 0.2
    assert observed(scene)[GHOST + "forearm"][2] > -10.0  # nothing is asked yet
    for moment in (Moment.MOVE, Moment.HOLD, Moment.RELAX):
        guidance.moment = moment
        assert observed(scene)[GHOST + "forearm"][2] < -10.0
    guidance.moment, guidance.rate[:] = Moment.REST, 0.0
    assert observed(scene)[GHOST + "forearm"][2] < -10.0


def test_a_ghost_s_forearm_is_bent_as_far_as_the_reference():
    patient, guidance, scene = seated()
    guidance.moment = Moment.MOVE
    T_ghost, elbow = np.eye(4), patient.chain.joint_names.index("elbow_flexion")
    for angle in (0.4, 1.0, 2.0):
        guidance.reference[:] = angle
        matrix_from_pose(observed(scene)[GHOST + "forearm"], T_ghost)
        down, forearm = patient.T_world_segment[0][:3, 2], T_ghost[:3, 2]
        assert math.acos(float(down @ forearm)) == pytest.approx(angle, abs=1e-6)
    assert patient.q[elbow] != 2.0


@pytest.mark.parametrize(("exercise", "side"), [("elbow_flexion", "left"), ("circle", "right")])
def test_before_the_first_tick_robot_and_arm_are_seen_as_they_begin_and_neither_ghost_nor_goal(exercise, side):
    order = ExerciseOrder(exercise=exercise, side=side)
    run = ExerciseRun(order)
    rig, scene = run.rig, run.scene("made")
    prepared = prepare(rig)
    placed = np.frombuffer(scene.static_poses, "<f8").reshape(-1, 7)
    chain, q = rig.arm.chain, rig.arm.start
    bodies = dict(scene.objects)
    for name, T in zip(ARM, prepared.patient.T_world_segment, strict=True):
        for row in bodies[name]:
            np.testing.assert_allclose(placed[row, :3], T[:3, 3], atol=1e-9)
    (arm,) = scene.arms
    for link in arm.links:
        if link.link >= 0:
            T = rig.arm.T_world_base @ link_poses(chain, q)[link.link] @ np.array(array(link.pose, "<f8", 4, 4))
            np.testing.assert_allclose(placed[link.body, :3], T[:3, 3], atol=1e-9)
    unseen = [*scene.target, *(row for name in ARM for row in bodies[GHOST + name])]
    assert (placed[unseen, 2] < -10.0).all()


def ghosts(scene):
    """Parts of the ghost that are seen."""
    return {name[len(GHOST) :] for name, pose in observed(scene).items() if name.startswith(GHOST) and pose[2] > -10.0}


def test_a_ghost_that_lies_in_the_arm_is_not_seen_and_does_not_flicker_at_its_edge():
    patient, guidance, scene = seated()
    guidance.moment = Moment.MOVE
    elbow, forearm_m = patient.q[3], 0.25
    guidance.reference[:] = elbow
    assert ghosts(scene) == set()
    guidance.reference[:] = elbow + 0.015 / forearm_m  # between the bounds: what was hidden stays hidden
    assert "forearm" not in ghosts(scene)
    guidance.reference[:] = elbow + 0.03 / forearm_m
    assert ghosts(scene) == {"forearm", "hand"}
    guidance.reference[:] = elbow + 0.015 / forearm_m  # and what was seen stays seen
    assert ghosts(scene) == {"forearm", "hand"}
    guidance.reference[:] = elbow + 0.005 / forearm_m
    assert "forearm" not in ghosts(scene)


def test_a_limb_that_is_turned_about_itself_shows_the_ghost_of_what_it_turns_alone():
    patient, guidance, scene = seated("external_rotation")
    guidance.moment = Moment.MOVE
    guidance.reference[:] = patient.q[2] - 0.5
    assert ghosts(scene) == {"forearm", "hand"}
    patient, guidance, scene = seated("pronation")
    guidance.moment = Moment.MOVE
    guidance.reference[:] = patient.q[4] + 0.5
    assert ghosts(scene) == {"hand"}


def test_who_pushes_or_goes_as_far_as_he_can_is_shown_no_ghost():
    for moment, shows, seen in ((Moment.MOVE, True, True), (Moment.PUSH, True, False), (Moment.MOVE, False, False)):
        _, guidance, scene = seated(shows=shows)
        guidance.moment = moment
        guidance.reference[:] = 2.0
        assert bool(ghosts(scene)) == seen


def test_what_is_shown_is_the_movement_that_tells_most():
    for exercise, say in (("lift_and_place", "carry"), ("hand_to_mouth", "there"), ("elbow_flexion", "there")):
        task = prepare(plan(ExerciseOrder(exercise=exercise))).exercise
        assert task.to_show(task.repetition(0)).say == say
