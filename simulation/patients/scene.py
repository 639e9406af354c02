"""What is seen of a patient: his arm, and the ghost of a good movement that shows him what is meant."""

from __future__ import annotations

import numpy as np

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.guidance import SEGMENTS, Coordinates, Guidance, Moment, Space
from robotics.kernels.kinematics import link_poses
from robotics.kernels.rotation import pose_from_matrix
from simulation.patients.patient import Patient

GHOST = "ghost_"
"""Objects whose names begin with this show where a good movement would be."""

_CARRIERS = (2, 4, 6)
_AWAY = np.array([0.0, 0.0, -50.0, 1.0, 0.0, 0.0, 0.0])  # nobody sees a ghost there


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

    objects = (*SEGMENTS, *(GHOST + name for name in SEGMENTS))

    def __init__(
        self, patient: Patient, coordinates: Coordinates, guidance: Guidance, T_world_shoulder: Vector
    ) -> None:
        self._patient, self._guidance = patient, guidance
        self._chain: Chain = patient.chain
        self._joints = [self._chain.joint_names.index(name) for name in coordinates.joints]
        self._axes = list(coordinates.axes)
        self._space = coordinates.space
        self._T_world_shoulder = T_world_shoulder.copy()
        self._q, self._links = np.zeros(self._chain.size), np.zeros((self._chain.size, 4, 4))
        self._T = np.eye(4)

    def observe(self, poses: Vector) -> None:
        """Write where everything is into ``poses``, shape (objects, 7), in world."""
        count = len(SEGMENTS)
        for row, T in enumerate(self._patient.T_world_segment):
            pose_from_matrix(T, poses[row])
        guidance = self._guidance
        if guidance.moment is Moment.REST:
            poses[count:] = _AWAY
        elif self._space is Space.JOINT:
            self._show_joints(poses[count:])
        else:
            self._show_hand(poses[count:])

    def _show_joints(self, poses: Vector) -> None:
        """The arm as it is but for the joints that are trained: they are where they should be."""
        self._q[:] = self._patient.q
        self._q[self._joints] = self._guidance.reference
        link_poses(self._chain.placement, self._chain.kind, self._q, self._links)
        for pose, link in zip(poses, _CARRIERS, strict=True):
            self._T[:] = self._T_world_shoulder @ self._links[link]
            pose_from_matrix(self._T, pose)

    def _show_hand(self, poses: Vector) -> None:
        """The hand alone, where it should be."""
        poses[:2] = _AWAY
        pose_from_matrix(self._patient.T_world_segment[2], poses[2])
        hand = self._patient.T_world_segment[2]
        tip = hand[:3, :3] @ self._chain.T_link_tip[:3, 3] + hand[:3, 3]
        for axis, value in zip(self._axes, self._guidance.reference, strict=True):
            poses[2, axis] += value - tip[axis]
