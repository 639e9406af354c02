"""The scene of a session as viewers get it: every body's mesh, and what moves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from control.layout import encode_layout
from robotics.arm_config import BASE
from robotics.difficulty import STANDARD
from robotics.mesh import Mesh
from robotics.shapes import join, mesh
from robotics.trocar_config import load_trocar
from simulation.bullet_plant import PlacedArm
from simulation.scenery import TARGET, WORLD, SceneShape, deformables
from simulation.tasks.registry import SimulatedTask
from steadyhand.rig import Rig, layout, shaft_link
from steadyhand.rig_config import CameraConfig
from vr_training.stream.messages import ArmLink, ArmScene, Body, CameraView, DeformableScene, SceneMessage, TrocarScene
from vr_training.view.bodies import AT_REST, body
from vr_training.view.skin import skin_mesh


def build_scene(rig: Rig, task: SimulatedTask, session: str, inputs: bool) -> SceneMessage:
    """Everything a viewer needs to know of a session that does not change while it runs.

    Args:
        rig: The rig.
        task: The task; need not have been reset.
        session: Identifier of the session.
        inputs: Whether a viewer may drive the arm.
    """
    bodies: list[Body] = []
    arms = tuple(
        arm_scene(arm, bodies, _trocar(rig, index), rig.controllers[index].teleoperation.sense)
        for index, arm in enumerate(rig.arms)
    )
    owners = add_shapes(task.shapes(), bodies)
    skins = []
    for each in deformables(task):
        skins.append(
            DeformableScene(
                name=each.name,
                body=len(bodies),
                nodes=each.nodes,
                cells=each.cells,
                thickness_m=each.thickness_m,
            )
        )
        skin = skin_mesh(each.rest, each.nodes, each.cells, each.size_m, each.thickness_m)
        bodies.append(body(f"{each.name}/skin", each.material, skin, each.name))
    resting = np.tile(AT_REST, (len(bodies), 1))
    return SceneMessage(
        session=session,
        epoch=0,
        title=_title(task.settings.title, rig.difficulty),
        task=task.name,
        period_s=rig.config.period_s,
        bodies=tuple(bodies),
        static_poses=resting.tobytes(),
        arms=arms,
        objects=tuple((name, tuple(owners[name])) for name in task.objects),
        target=tuple(owners[TARGET]),
        goal_radius_m=task.settings.shown_radius_m,
        force_limit_n=task.settings.force_limit_n,
        cameras=camera_views(rig.config.cameras),
        signals=tuple((signal.name, signal.unit) for signal in task.signals),
        phases=task.phases,
        inputs=inputs,
        scale=rig.controllers[0].teleoperation.scale,
        sense=rig.controllers[0].teleoperation.sense,
        operator_from_world=np.ascontiguousarray(rig.R_operator_world).tobytes(),
        layout=encode_layout(layout(rig, task)),
        deformables=tuple(skins),
    )


def add_shapes(shapes: Iterable[SceneShape], bodies: list[Body]) -> dict[str, list[int]]:
    """Add what a scene has besides its arms, one body for all of an owner that looks alike.

    Returns:
        Indices of each owner's bodies.
    """
    parts: dict[tuple[str, str], list[Mesh]] = defaultdict(list)
    for shape in shapes:
        parts[shape.owner, shape.part.material].append(mesh(shape.part))
    owners: dict[str, list[int]] = defaultdict(list)
    for (owner, surface), meshes in parts.items():
        owners[owner].append(len(bodies))
        bodies.append(
            body(
                f"{owner}/{surface}", surface, join(meshes), owner, moving=owner != WORLD, casts_shadow=owner != TARGET
            )
        )
    return owners


def camera_views(cameras: Iterable[CameraConfig]) -> tuple[CameraView, ...]:
    """Cameras as viewers get them."""
    return tuple(
        CameraView(
            name=camera.name,
            arm=camera.arm,
            eye_m=camera.eye_m,
            look_at_m=camera.look_at_m,
            up=camera.up,
            fov_y_rad=camera.fov_y_rad,
            baseline_m=1e-3 * camera.baseline_mm,
        )
        for camera in cameras
    )


def _title(title: str, difficulty: str) -> str:
    """What a person reads: how hard it is stands behind, where that is not as usual."""
    return title if difficulty == STANDARD else f"{title} ({difficulty})"


def _trocar(rig: Rig, index: int) -> TrocarScene | None:
    """Where an arm's instrument enters the body; None where it enters none."""
    arm, link = rig.arms[index], shaft_link(rig.arms[index])
    if link is None:
        return None
    # A mechanism's remote centre is the origin of its base, and the link that goes in and out moves along its z.
    placed = rig.config.arms[index].trocar_m
    x, y, z = placed if placed is not None else (float(v) for v in arm.T_world_base[:3, 3])
    seal = load_trocar()
    return TrocarScene(
        point=(x, y, z),
        link=link,
        axis=rig.controllers[index].motion.shaft_axis if placed is not None else (0.0, 0.0, 1.0),
        friction_n=seal.friction_n,
        ease_m_s=seal.ease_m_s,
        stiffness_n_m=seal.stiffness_n_m,
    )


def arm_scene(arm: PlacedArm, bodies: list[Body], trocar: TrocarScene | None = None, sense: float = 1.0) -> ArmScene:
    """Add an arm's bodies, one for all that moves together and looks alike, and bind them to its links."""
    names = [BASE, *arm.chain.joint_names]
    parts: dict[tuple[int, float, str], list[Mesh]] = defaultdict(list)
    for visual in arm.config.visuals:
        parts[names.index(visual.link) - 1, visual.jaw, visual.part.material].append(mesh(visual.part))
    links = []
    for (link, jaw, surface), meshes in parts.items():
        links.append(ArmLink(body=len(bodies), link=link, pose=np.eye(4).tobytes(), jaw=jaw))
        side = f"/{jaw:+g}" if jaw else ""
        name = f"{arm.name}/{names[link + 1]}{side}/{surface}"
        bodies.append(body(name, surface, join(meshes), arm.name, moving=link >= 0))
    return ArmScene(
        name=arm.name,
        placement=arm.chain.placement.tobytes(),
        kind=arm.chain.kind.tobytes(),
        tip=arm.chain.T_link_tip.tobytes(),
        base=arm.T_world_base.tobytes(),
        links=tuple(links),
        trocar=trocar,
        sense=sense,
    )
