"""The scene of a guided exercise as viewers get it: robot, patient, ghost, goal, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from control.layout import encode_layout
from control.tick import TickLayout
from robotics.arm_config import BASE
from robotics.contracts import POSE_SIZE, Vector
from robotics.guidance import SEGMENTS, Space
from robotics.kernels.rotation import matrix_from_pose, pose_from_matrix
from robotics.kinematics import forward, link_poses
from robotics.mirror import Y, mirrored_shape
from robotics.shape_config import Shape
from robotics.shapes import mesh
from simulation.patients import furniture
from simulation.patients.looks import SEAT, scene_shapes
from simulation.patients.scene import PatientScene
from simulation.patients.seated import SHOULDER_HALF, floor_m
from simulation.scenery import TARGET, WORLD, SceneShape
from steadyhand.rehab.build import Prepared
from steadyhand.rehab.framing import framed, hands
from steadyhand.rehab.rig import GuidedRig
from steadyhand.rig_config import CameraConfig
from steadyhand.scene import add_shapes, arm_scene, camera_views
from vr_training.exercises import FIRST, Exercise
from vr_training.exercises.movement import Movement
from vr_training.stream.messages import Body, GuidedJoint, GuidedScene, GuidedWay, SceneMessage
from vr_training.view.bodies import AT_REST

ON_AXIS_M = 0.03
"""What is nearer to a joint's axis than this does not show how the joint turns [m]; ours."""

_NEAR_M, _REACH_M = 0.12, 0.2
"""Smallest and largest radius of a range of motion as it is drawn [m]; ours."""

FLOOR_RADIUS_M, AHEAD_M = 1.0, 0.35
"""Radius of the floor that is drawn, and how far ahead of the shoulder its middle lies [m]; ours."""

FLOOR_M = (-1.4, -0.6)
"""Heights above the shoulder between which the foot of a robot stands on the floor on which the patient sits [m]."""


def guided_scene(rig: GuidedRig, prepared: Prepared, layout: TickLayout, session: str) -> SceneMessage:
    """Everything a viewer needs to know of a guided exercise that does not change while it runs."""
    exercise = prepared.exercise
    bodies: list[Body] = []
    arm = arm_scene(rig.arm, bodies)
    person = rig.patient.anthropometry
    shoulder = float(prepared.T_world_shoulder[2, 3])
    floor = _floor(rig, shoulder)
    table = None if rig.config.table is None else rig.config.table.top_m - shoulder
    shapes = scene_shapes(person.sex, person.mass_kg, person.height_m, rig.side, floor, table)
    shapes += [SceneShape(WORLD, part) for part in _furniture(rig, prepared.T_world_shoulder, floor)]
    hand = _hand(prepared)
    shapes += [SceneShape(TARGET, _moved(part, hand, exercise.context.tip)) for part in exercise.marks()]
    owners = add_shapes(shapes, bodies)
    poses = np.tile(AT_REST, (len(bodies), 1))
    seat = np.zeros(POSE_SIZE)
    pose_from_matrix(prepared.T_world_shoulder, seat)
    poses[owners[SEAT]] = seat
    cameras = [_on_side(camera, rig.side) for camera in rig.config.cameras]
    movements = [movement for each in exercise.planned() for movement in each]
    seen = hands(prepared, movements)
    return SceneMessage(
        session=session,
        epoch=0,
        title=rig.settings.title,
        task=rig.exercise,
        period_s=rig.config.period_s,
        bodies=tuple(bodies),
        static_poses=poses.tobytes(),
        arms=(arm,),
        objects=tuple((name, tuple(owners[name])) for name in PatientScene.objects),
        target=tuple(owners[TARGET]),
        goal_radius_m=exercise.shown_radius_m,
        force_limit_n=rig.limits.cuff_force_n,
        cameras=tuple(framed(view, seen) for view in camera_views(cameras)),
        signals=tuple((signal.name, signal.unit) for signal in prepared.bout.signals),
        phases=prepared.bout.phases,
        inputs=False,
        scale=1.0,
        sense=1.0,
        operator_from_world=np.ascontiguousarray(cameras[0].R_operator_world()).tobytes(),
        layout=encode_layout(layout),
        deformables=(),
        guided=_guided(rig, exercise, movements, hand),
    )


def _guided(rig: GuidedRig, exercise: Exercise, movements: Sequence[Movement], hand: Vector) -> GuidedScene:
    coordinates = exercise.coordinates
    x, y, z = (float(value) for value in exercise.context.tip[:3])
    hx, hy, hz = (float(value) for value in hand)
    return GuidedScene(
        arm=rig.arm.name,
        words=exercise.words,
        verdicts=exercise.verdicts,
        repetitions=exercise.context.repetitions,
        joints=tuple(_joints(rig, exercise)) if coordinates.space is Space.JOINT else (),
        axes=coordinates.axes,
        at=(x, y, z),
        hand=(hx, hy, hz),
        ways=tuple(_ways(rig, exercise, movements)) if coordinates.space is Space.TIP else (),
        first=1 + tuple(rig.settings.say).index(FIRST),
        near=exercise.tolerance,
        explores=rig.settings.explores,
    )


def _hand(prepared: Prepared) -> Vector:
    """From the robot's tip to the hand that holds it, at the start and in world, shape (3,) [m]."""
    patient, exercise = prepared.patient, prepared.exercise
    if exercise.coordinates.space is Space.JOINT:
        return np.zeros(3)
    hand = patient.T_world_segment[SEGMENTS.index("hand")]
    palm: Vector = hand[:3, :3] @ patient.chain.T_link_tip[:3, 3] + hand[:3, 3] - exercise.context.tip[:3]
    return palm


def _moved(part: Shape, by: Vector, frame: Vector) -> Shape:
    """A shape in a frame of some pose, shape (7,), moved by a way in world, shape (3,) [m]."""
    T = np.eye(4)
    matrix_from_pose(frame, T)
    x, y, z = (float(value) for value in np.asarray(part.xyz_m) + T[:3, :3].T @ by)
    return replace(part, xyz_m=(x, y, z))


def _joints(rig: GuidedRig, exercise: Exercise) -> Iterator[GuidedJoint]:
    """The joints that are moved, each with the direction of what it turns."""
    chain, start = rig.arm.chain, rig.arm.start
    links = link_poses(chain, start)
    beyond = [*links, forward(chain, start)]
    for j, name in enumerate(exercise.coordinates.joints):
        index = chain.joint_names.index(name)
        away = [(np.linalg.inv(links[index]) @ T)[:2, 3] for T in beyond[index + 1 :]]
        far = next((p for p in away if np.linalg.norm(p) > ON_AXIS_M), None)
        pointer, radius = (1.0, 0.0), _NEAR_M
        if far is not None:
            length = float(np.linalg.norm(far))
            pointer = (float(far[0]) / length, float(far[1]) / length)
            radius = min(max(0.75 * length, _NEAR_M), _REACH_M)
        context = exercise.context
        yield GuidedJoint(
            name=name,
            index=index,
            lower=float(context.lower[j]),
            upper=float(context.upper[j]),
            pointer=(*pointer, 0.0),
            radius_m=radius,
        )


def _ways(rig: GuidedRig, exercise: Exercise, movements: Sequence[Movement]) -> Iterator[GuidedWay]:
    """The ways with bends, each once."""
    kinds, axes = tuple(rig.settings.say), list(exercise.coordinates.axes)
    seen: set[tuple[int, bytes]] = set()
    for movement in movements:
        if movement.straight:
            continue
        points = movement.path.points
        world = np.tile(exercise.context.tip[:3], (len(points), 1))
        world[:, axes] = points
        way = (1 + kinds.index(movement.say), world.astype("<f4").tobytes())
        if way not in seen:
            seen.add(way)
            yield GuidedWay(words=way[0], points=way[1])


def _floor(rig: GuidedRig, shoulder_m: float) -> float:
    """Height of the floor above the patient's shoulder [m]: where table or robot stand on it, else under his feet."""
    table = rig.config.table
    if table is not None:
        return table.top_m - table.height_m - shoulder_m
    T = rig.arm.T_world_base
    still = [mesh(visual.part).vertices for visual in rig.arm.config.visuals if visual.link == BASE]
    lowest = min((float((vertices @ T[2, :3]).min() + T[2, 3]) for vertices in still), default=np.inf)
    above = lowest - shoulder_m
    return above if FLOOR_M[0] < above < FLOOR_M[1] else floor_m(rig.patient.anthropometry.height_m)


def _furniture(rig: GuidedRig, T_world_shoulder: Vector, floor: float) -> Iterator[Shape]:
    """Floor and table, in world."""
    x, y, z = (float(value) for value in T_world_shoulder[:3, 3])
    inward = 1.0 if rig.side == "right" else -1.0
    middle = (x + AHEAD_M, y + inward * SHOULDER_HALF * rig.patient.anthropometry.height_m)
    yield furniture.floor(floor + z, middle, FLOOR_RADIUS_M)
    table = rig.config.table
    if table is not None:
        for part in furniture.table(table.top_m, table.height_m, table.x_m, table.y_m):
            yield part if rig.side == "right" else mirrored_shape(part, Y)


def _on_side(camera: CameraConfig, side: str) -> CameraConfig:
    """A camera for the arm of a side; configurations are written for a right arm."""
    if side == "right":
        return camera
    return replace(camera, eye_m=_mirrored(camera.eye_m), look_at_m=_mirrored(camera.look_at_m))


def _mirrored(point: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = point
    return x, -y, z
