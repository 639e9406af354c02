"""The scene of a guided exercise as viewers get it: robot, patient, ghost and goal."""

from __future__ import annotations

import numpy as np

from control.layout import encode_layout
from control.tick import TickLayout
from simulation.patients.looks import scene_shapes
from simulation.patients.scene import PatientScene
from simulation.scenery import TARGET, SceneShape
from steadyhand.rehab.rig import GuidedRig
from steadyhand.scene import add_shapes, arm_scene, camera_views
from vr_training.exercises import Exercise
from vr_training.stream.messages import Body, SceneMessage
from vr_training.view.bodies import AT_REST


def guided_scene(rig: GuidedRig, exercise: Exercise, layout: TickLayout, session: str) -> SceneMessage:
    """Everything a viewer needs to know of a guided exercise that does not change while it runs."""
    bodies: list[Body] = []
    arm = arm_scene(rig.arm, bodies)
    person = rig.patient.anthropometry
    shapes: list[SceneShape] = list(scene_shapes(person.sex, person.mass_kg, person.height_m, rig.side))
    shapes += [SceneShape(TARGET, part) for part in exercise.marks()]
    owners = add_shapes(shapes, bodies)
    camera = rig.config.cameras[0]
    return SceneMessage(
        session=session,
        epoch=0,
        title=rig.settings.title,
        task=rig.exercise,
        period_s=rig.config.period_s,
        bodies=tuple(bodies),
        static_poses=np.tile(AT_REST, (len(bodies), 1)).tobytes(),
        arms=(arm,),
        objects=tuple((name, tuple(owners[name])) for name in PatientScene.objects),
        target=tuple(owners[TARGET]),
        goal_radius_m=exercise.shown_radius_m,
        force_limit_n=rig.limits.cuff_force_n,
        cameras=camera_views(rig.config.cameras),
        signals=tuple((signal.name, signal.unit) for signal in exercise.signals),
        phases=exercise.phases,
        inputs=False,
        scale=1.0,
        sense=1.0,
        operator_from_world=np.ascontiguousarray(camera.R_operator_world()).tobytes(),
        layout=encode_layout(layout),
        deformables=(),
    )
