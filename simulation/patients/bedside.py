"""The bedside of a simulated patient: he is shown what is asked, presses his button, leans; a therapist stands by.

The therapist presses his key once to let the exercise begin, and not again: what stopped stays stopped.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.contracts import Vector
from robotics.guidance import BedsideReading, Cue
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
        self._hand: Vector = np.zeros(3)

    def __enter__(self) -> SimulatedBedside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:  # noqa: ARG002
        """Start afresh; the patient was put into the arm by whoever built the rig."""
        self._time = 0.0
        self._hand = self._sound_hand().copy()

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
        reading.sound_hand[:] = self._R_world_shoulder @ (self._sound_hand() - self._hand)
        return reading

    def _sound_hand(self) -> Vector:
        """Where the other hand would be on this side, in the shoulder's frame, shape (3,) [m]."""
        chain = self._patient.chain
        link_poses(chain.placement, chain.kind, self._patient.sound_side, self._links)
        tip_pose(self._links, chain.T_link_tip, self._T_base_tip)
        place: Vector = self._T_base_tip[:3, 3]
        return place
