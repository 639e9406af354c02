"""What moves of a patient: his arm and trunk, and the ghost of a good movement that shows him what is meant."""

from __future__ import annotations

import numpy as np

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.guidance import SEGMENTS, Coordinates, Guidance, Moment, Space
from robotics.kernels.kinematics import link_poses
from robotics.kernels.rotation import pose_from_matrix
from simulation.patients.body import TRUNK
from simulation.patients.patient import Patient

GHOST = "ghost_"
"""Objects whose names begin with this show where a good movement would be."""

_CARRIERS = (2, 4, 6)
"""Links of the patient's chain that carry his segments."""

AWAY = np.array([0.0, 0.0, -50.0, 1.0, 0.0, 0.0, 0.0])
"""Where nobody sees a ghost, or a goal."""


class PatientScene:
    """The scene of a guided exercise.

    Args:
        patient: The patient.
        coordinates: The exercise's coordinates.
        guidance: What it asks, live.
        T_world_shoulder: Where his shoulder is at the start, shape (4, 4).

    Attributes:
        objects: Their names.
    """

    objects = (*SEGMENTS, TRUNK, *(GHOST + name for name in SEGMENTS))

    def __init__(
        self, patient: Patient, coordinates: Coordinates, guidance: Guidance, T_world_shoulder: Vector
    ) -> None:
        self._patient, self._guidance = patient, guidance
        self._chain: Chain = patient.chain
        self._joints = [self._chain.joint_names.index(name) for name in coordinates.joints]
        self._axes = list(coordinates.axes)
        # The ghost of what does not move lies in the arm itself and only tints it.
        first = min(self._joints, default=0)
        self._shown = [link >= first for link in _CARRIERS]
        self._space = coordinates.space
        self._T_world_shoulder = T_world_shoulder.copy()
        self._q, self._links = np.zeros(self._chain.size), np.zeros((self._chain.size, 4, 4))
        self._T = np.eye(4)

    def observe(self, poses: Vector) -> None:
        """Write where everything is into ``poses``, shape (objects, 7), in world."""
        patient, guidance = self._patient, self._guidance
        for row, T in enumerate(patient.T_world_segment):
            pose_from_matrix(T, poses[row])
        trunk, ghost = len(SEGMENTS), len(SEGMENTS) + 1
        pose_from_matrix(self._T_world_shoulder, poses[trunk])
        poses[trunk, :3] += patient.trunk
        # While a movement is only shown, nothing is asked but the reference goes.
        if guidance.moment is Moment.REST and not guidance.rate.any():
            poses[ghost:] = AWAY
        elif self._space is Space.JOINT:
            self._show_joints(poses[ghost:])
        else:
            self._show_hand(poses[ghost:])

    def _show_joints(self, poses: Vector) -> None:
        """The arm from the first joint that is trained on: those joints are where they should be."""
        patient = self._patient
        self._q[:] = patient.q
        self._q[self._joints] = self._guidance.reference
        link_poses(self._chain.placement, self._chain.kind, self._q, self._links)
        for pose, link, shown in zip(poses, _CARRIERS, self._shown, strict=True):
            if not shown:
                pose[:] = AWAY
                continue
            self._T[:] = self._T_world_shoulder @ self._links[link]
            self._T[:3, 3] += patient.trunk
            pose_from_matrix(self._T, pose)

    def _show_hand(self, poses: Vector) -> None:
        """The hand alone, where it should be."""
        poses[:2] = AWAY
        pose_from_matrix(self._patient.T_world_segment[2], poses[2])
        hand = self._patient.T_world_segment[2]
        tip = hand[:3, :3] @ self._chain.T_link_tip[:3, 3] + hand[:3, 3]
        for axis, value in zip(self._axes, self._guidance.reference, strict=True):
            poses[2, axis] += value - tip[axis]
