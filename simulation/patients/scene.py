"""What moves of a patient: his arm and trunk, and the ghost of a good movement that shows him what is meant."""

from __future__ import annotations

import numpy as np

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.guidance import SEGMENTS, Coordinates, Guidance, Moment, Space
from robotics.kernels.compiled import kernel
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

HIDES_M, SHOWS_M = 0.012, 0.02
"""A part of the ghost is hidden once both its ends are nearer to the arm's than the first, where it would only tint the
arm, and shown again once one is farther off than the second [m]; ours."""

TURNED = 0.12
"""Difference of two rotations, as that of their columns, from which on a hand that is turned alone shows; ours."""


class PatientScene:
    """The scene of a guided exercise.

    Args:
        patient: The patient.
        coordinates: The exercise's coordinates.
        guidance: What it asks, live.
        T_world_shoulder: Where his shoulder is at the start, shape (4, 4).
        shows: Whether there is a good movement to show besides the demonstration; there is none where it is looked for
            how far the arm goes.

    Attributes:
        objects: Their names.
    """

    objects = (*SEGMENTS, TRUNK, *(GHOST + name for name in SEGMENTS))

    def __init__(
        self,
        patient: Patient,
        coordinates: Coordinates,
        guidance: Guidance,
        T_world_shoulder: Vector,
        shows: bool = True,
    ) -> None:
        self._shows = shows
        self._patient, self._guidance = patient, guidance
        self._chain: Chain = patient.chain
        self._joints = [self._chain.joint_names.index(name) for name in coordinates.joints]
        self._axes = list(coordinates.axes)
        self._shown = [False] * len(_CARRIERS)
        self._space = coordinates.space
        # Where each segment ends, in its own frame: where the next one begins, and in the palm.
        home, T = np.zeros((self._chain.size, 4, 4)), self._chain.T_link_tip
        link_poses(self._chain.placement, self._chain.kind, np.zeros(self._chain.size), home)
        ends = [home[link][:3, 3] for link in _CARRIERS[1:]] + [(home[-1] @ T)[:3, 3]]
        self._ends = [
            home[link][:3, :3].T @ (end - home[link][:3, 3]) for link, end in zip(_CARRIERS, ends, strict=True)
        ]
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
        rests = guidance.moment is Moment.REST
        pushed = guidance.moment is Moment.PUSH  # where nothing is to move
        if pushed or not (guidance.rate.any() if rests else self._shows):
            poses[ghost:] = AWAY
            self._shown = [False] * len(_CARRIERS)
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
        for k, link in enumerate(_CARRIERS):
            self._T[:] = self._T_world_shoulder @ self._links[link]
            self._T[:3, 3] += patient.trunk
            self._show(k, poses[k])

    def _show_hand(self, poses: Vector) -> None:
        """The hand alone, where it should be."""
        poses[:2] = AWAY
        self._T[:] = self._patient.T_world_segment[2]
        tip = self._T[:3, :3] @ self._chain.T_link_tip[:3, 3] + self._T[:3, 3]
        for axis, value in zip(self._axes, self._guidance.reference, strict=True):
            self._T[axis, 3] += value - tip[axis]
        self._show(2, poses[2])

    def _show(self, k: int, pose: Vector) -> None:
        """Place a part of the ghost where ``_T`` says, or away where it lies in the arm itself and only tints it."""
        apart, turned = _apart(self._T, self._patient.T_world_segment[k], self._ends[k])
        hand = k == len(_CARRIERS) - 1
        self._shown[k] = (hand and turned > TURNED) or apart > (HIDES_M if self._shown[k] else SHOWS_M)
        if self._shown[k]:
            pose_from_matrix(self._T, pose)
        else:
            pose[:] = AWAY


@kernel
def _apart(ghost: Vector, arm: Vector, end: Vector) -> tuple[float, float]:
    """How far a segment's ends are from its ghost's [m], and the largest difference of their rotations' elements."""
    near = far = turned = 0.0
    for i in range(3):
        off = ghost[i, 3] - arm[i, 3]
        near += off * off
        for j in range(3):
            turn = ghost[i, j] - arm[i, j]
            off += turn * end[j]
            turned = max(turned, abs(turn))
        far += off * off
    return max(near, far) ** 0.5, turned
