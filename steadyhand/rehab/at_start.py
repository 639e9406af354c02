"""What is seen of a guided exercise before its first tick: robot and patient as they begin, no ghost, no goal."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from control.tick import TickLayout, tick_dtype
from simulation.patients.scene import AWAY, PatientScene
from steadyhand.rehab.build import Prepared
from steadyhand.rehab.rig import GuidedRig
from vr_training.stream.messages import SceneMessage
from vr_training.stream.poser import ScenePoser


def at_start(scene: SceneMessage, rig: GuidedRig, prepared: Prepared, layout: TickLayout) -> SceneMessage:
    """The same scene with every body where it is at the start.

    Args:
        scene: The scene.
        rig: Robot and patient.
        prepared: Patient and exercise, ready to begin.
        layout: What a tick record looks like.
    """
    tick: np.void = np.zeros(1, tick_dtype(layout))[0]
    tick["arms"][rig.arm.name]["q"] = rig.arm.start
    tick["target"] = AWAY
    exercise = prepared.exercise
    looks = PatientScene(prepared.patient, exercise.coordinates, prepared.bout.guidance, prepared.T_world_shoulder)
    looks.observe(tick["objects"])
    return replace(scene, static_poses=ScenePoser(scene).poses(tick).astype("<f8").tobytes())
