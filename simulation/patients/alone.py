"""A patient by himself: asked for movements with no robot about him, or with a helper's torque at one joint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Coordinates, Cue, Guidance, Moment
from simulation.patients.joints import JOINTS, SIZE
from simulation.patients.patient import Patient

Helper = Callable[[Patient, Vector], None]
"""Fills in the cuffs' wrench, shape (3, 6), before a physics step."""


class Alone:
    """A patient and what he is asked for, without a plant.

    Args:
        patient: The patient; control and physics period are taken to be equal.
        coordinates: Of the exercise.
        q: Posture at the start, shape (7,) [rad].
        seed: Of all that he draws.
        period_s: Physics period that he was made with [s].
    """

    def __init__(self, patient: Patient, coordinates: Coordinates, q: Vector, seed: int, period_s: float) -> None:
        self.patient, self.coordinates, self._h = patient, coordinates, period_s
        patient.instruct(coordinates)
        patient.reset(np.random.default_rng(seed), np.asarray(q, dtype=np.float64), np.eye(4))
        self.cue = Cue(0.0, Guidance.at_rest(self.place()), following=True)
        self._wrench = np.zeros((3, 6))

    def place(self) -> Vector:
        """Where he is in the exercise's coordinates, shape (m,)."""
        if self.coordinates.joints:
            return self.patient.q[[JOINTS.index(name) for name in self.coordinates.joints]].copy()
        return self.patient.tip[list(self.coordinates.axes)].copy()

    def ask(
        self, moment: Moment, goal: Vector, duration_s: float, seconds: float, helper: Helper | None = None
    ) -> tuple[Vector, Vector]:
        """Ask for one movement, rest or push.

        Args:
            moment: What is asked.
            goal: Goal in the exercise's coordinates, shape (m,).
            duration_s: Time that the movement is given [s].
            seconds: How long to go on [s].
            helper: What acts on his arm; nothing where None.

        Returns:
            Place in the exercise's coordinates, shape (t, m), and joint angles, shape (t, 7), after each step.
        """
        guidance, steps = self.cue.guidance, round(seconds / self._h)
        if np.shape(goal) != (self.coordinates.size,):
            raise ArgumentError(f"goal must have shape ({self.coordinates.size},), has {np.shape(goal)}")
        guidance.moment, guidance.duration_s = moment, duration_s
        guidance.movement += 1
        guidance.start, guidance.goal, guidance.reference = (
            self.place(),
            np.asarray(goal, dtype=np.float64),
            self.place(),
        )
        x, q = np.empty((steps, self.coordinates.size)), np.empty((steps, SIZE))
        for i in range(steps):
            self.cue.time_s += self._h
            self.patient.see(self.cue)
            if helper is not None:
                helper(self.patient, self._wrench)
            self.patient.step(self._wrench)
            x[i], q[i] = self.place(), self.patient.q
        self._wrench[:] = 0.0
        return x, q
