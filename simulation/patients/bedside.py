"""The bedside of a simulated patient: he is shown what is asked, presses his button, leans; a therapist stands by.

The therapist presses his key once to let the exercise begin, and not again: what stopped stays stopped.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.contracts import Vector
from robotics.guidance import BedsideReading, Cue
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import link_poses, tip_pose
from simulation.patients.patient import Patient

PRESSES_S = 0.3
"""When the therapist presses his key [s]."""

LETS_GO_S = 0.5
"""When he lets it go: from then on the exercise runs [s]."""


class SimulatedBedside:
    """What stands at a simulated patient's side.

    Args:
        patient: The patient.
        R_world_shoulder: How he sits: the rotation of his shoulder's frame, shape (3, 3).
        presses_s: When the therapist presses his key; never where infinite [s].
    """

    def __init__(self, patient: Patient, R_world_shoulder: Vector, presses_s: float = PRESSES_S) -> None:
        self._patient, self._presses_s = patient, presses_s
        self._lets_go_s = presses_s + LETS_GO_S - PRESSES_S
        self._reading = BedsideReading.unknown()
        self._reading.age_s = 0.0
        self._time = 0.0
        chain = patient.chain
        self._links, self._T_base_tip = np.zeros((chain.size, 4, 4)), np.eye(4)
        self._R_world_shoulder: Vector = R_world_shoulder.copy()
        self._begun: Vector = np.zeros(3)

    def __enter__(self) -> SimulatedBedside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:  # noqa: ARG002
        """Start afresh; the patient was put into the arm by whoever built the rig."""
        self._time = 0.0
        self._begun[:] = 0.0
        self._begun[:] = self.read().sound_hand

    def show(self, cue: Cue) -> None:
        """Let the patient see what is asked."""
        self._time = cue.time_s
        self._patient.see(cue)

    def read(self) -> BedsideReading:
        """What is known of him now."""
        reading, patient = self._reading, self._patient
        reading.consent = self._presses_s <= self._time < self._lets_go_s
        reading.pain = patient.pain
        reading.trunk[:] = patient.trunk
        reading.sound_side[:] = patient.sound_side
        chain = patient.chain
        _follow_hand(
            chain.placement, chain.kind, reading.sound_side, chain.T_link_tip, self._R_world_shoulder, self._begun,
            self._links, self._T_base_tip, reading.sound_hand,
        )  # fmt: skip
        return reading


@kernel
def _follow_hand(
    placement: Vector,
    kind: Indices,
    q: Vector,
    T_link_tip: Vector,
    R_world_shoulder: Vector,
    begun: Vector,
    T_base_link: Vector,
    T_base_tip: Vector,
    hand: Vector,
) -> None:
    """How far the other hand is from where it was at the start.

    Args:
        placement, kind, q, T_link_tip: Of the arm and its other side's angles, see `robotics.kernels.kinematics`.
        R_world_shoulder: Rotation of the shoulder's frame, shape (3, 3).
        begun: Where it was, from the shoulder in world, shape (3,) [m].
        T_base_link: Scratch, shape (7, 4, 4).
        T_base_tip: Scratch, shape (4, 4).
        hand: Result: in world, shape (3,) [m].
    """
    link_poses(placement, kind, q, T_base_link)
    tip_pose(T_base_link, T_link_tip, T_base_tip)
    for i in range(3):
        hand[i] = -begun[i]
        for k in range(3):
            hand[i] += R_world_shoulder[i, k] * T_base_tip[k, 3]
