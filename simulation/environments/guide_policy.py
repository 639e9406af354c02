"""A policy that does what the task's guide says: the expert of the environments, and a source of demonstrations."""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.rotation import matrix_from_quaternion, rotation_between
from simulation.environments.lesson_env import LessonEnv
from simulation.environments.tip_driver import ACTIONS


class GuidePolicy:
    """Moves the asked tip straight towards its target and the jaws as asked; the other arms keep still.

    Args:
        env: The environment; the policy looks at its outcome, not at its observations.
        gain_1_s: Share of the way taken per second near the target.
    """

    def __init__(self, env: LessonEnv, gain_1_s: float = 4.0) -> None:
        self._env, self._gain = env, gain_1_s
        self._grips = np.full(len(env.parts.arms), -1.0)
        self._from, self._to, self._turn = np.empty((3, 3)), np.empty((3, 3)), np.empty(3)

    def reset(self) -> None:
        """Begin a new episode, all jaws open."""
        self._grips[:] = -1.0

    def __call__(self) -> Vector:
        """The next action, shape (7 arms,)."""
        env, outcome = self._env, self._env.outcome
        actions = np.zeros((len(self._grips), ACTIONS))
        if math.isfinite(outcome.grip):
            self._grips[outcome.arm] = 2.0 * outcome.grip - 1.0
        actions[:, 6] = self._grips
        target, tip = outcome.target, env.tips[outcome.arm]
        if np.isfinite(target).all():
            matrix_from_quaternion(tip[3:], self._from)
            matrix_from_quaternion(target[3:], self._to)
            rotation_between(self._from, self._to, self._turn)
            gain = min(self._gain, 1.0 / env.step_s)
            actions[outcome.arm, :3] = _within(gain * (target[:3] - tip[:3]) / env.speed_m_s)
            actions[outcome.arm, 3:6] = _within(gain * self._turn / env.turn_rad_s)
        return actions.ravel()


def _within(vector: Vector) -> Vector:
    """A vector shortened to length one where it is longer."""
    return vector / max(math.sqrt(vector @ vector), 1.0)
