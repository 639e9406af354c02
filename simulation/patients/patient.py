"""A simulated patient: an arm with muscles, tissue and a will of its own, which cuffs hold and move."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Coordinates, Cue, Moment, Space
from simulation.patients import (
    anthropometry,
    ataxia,
    daily,
    effort,
    fatigue,
    intent,
    learning,
    muscle,
    pain,
    passive,
    sound_side,
    spasm,
    spasticity,
    strength,
    synergy,
    tremor,
    trunk,
)
from simulation.patients.config import PatientConfig
from simulation.patients.fatigue import endure
from simulation.patients.joints import JOINTS, SIZE
from simulation.patients.layout import PARAMETERS, STATE
from simulation.patients.motion import advance, lead, place
from simulation.patients.planning import perceive

_CUES = ("cue_goal", "cue_start", "cue_reference", "cue_rate", "cue_x", "cue_duration_s", "cue_moment", "cue_movement")


class Patient:
    """One patient's arm.

    Args:
        config: Who he is.
        side: Which of his arms is treated, ``"left"`` or ``"right"``.
        dt: Control period [s].
        physics_dt: Physics period [s].
        gravity_m_s2: Acceleration of free fall along world z [m/s^2].

    Attributes:
        chain: His arm.
        q: Joint angles, shape (7,) [rad]; like all that follows it is live, and not to be written to.
        dq: Joint velocities, shape (7,) [rad/s].
        T_world_segment: Poses of the links that carry upper arm, forearm and hand, in world, shape (3, 4, 4).
        V_world_segment: Linear velocity of their origins, then angular velocity, in world, shape (3, 6) [m/s, rad/s].
        tip: Third knuckle in world, shape (3,) [m].
        trunk: Displacement of the shoulder from where it started, in world, shape (3,) [m].
        sound_side: Joint angles of the other arm, shape (7,) [rad].
        muscle_torque: Active torque of the muscles, shape (7,) [Nm].
        passive_torque: Torque of tissue and reflexes: end range, viscosity, spasticity; shape (7,) [Nm].

    Raises:
        ArgumentError: The periods are not above zero.
    """

    def __init__(
        self, config: PatientConfig, side: str, dt: float, physics_dt: float, gravity_m_s2: float = -9.81
    ) -> None:
        if not 0.0 < physics_dt <= dt:
            raise ArgumentError(f"physics_dt must be within 0 to dt, {dt} s, is {physics_dt} s")
        self.config, self.side, self._m = config, side, 0
        self.chain = config.anthropometry.chain(side)
        self._parameters, self._state = np.zeros(1, PARAMETERS), np.zeros(1, STATE)
        parameters, state = self._parameters[0], self._state[0]
        anthropometry.put(self.chain, parameters)
        parameters["h"], parameters["dt"], parameters["gravity"] = physics_dt, dt, gravity_m_s2
        strength.put(config.strength, config.range, config.anthropometry.sex, parameters)
        passive.put(config.passive, config.range, parameters)
        muscle.put(config.muscle, parameters)
        intent.put(config.intent, parameters)
        trunk.put(config.trunk, parameters)
        ataxia.put(config.ataxia, parameters)
        effort.put(config.effort, parameters)
        learning.put(config.learning, side, parameters)
        fatigue.put(config.fatigue, parameters)
        pain.put(config.pain, parameters)
        sound_side.put(config.sound_side, parameters)
        spasm.put(config.spasm, parameters)
        spasticity.put(config.spasticity, parameters)
        synergy.put(config.synergy, parameters)
        tremor.put(config.tremor, parameters)
        daily.put(config.daily, parameters)
        self._cue = {name: self._state[name] for name in _CUES}
        self._pain: NDArray[np.int64] = self._state["pain"]
        self._usual = self._parameters.copy()[0]
        self.instruct(Coordinates(Space.JOINT, joints=JOINTS))
        self.q: Vector = state["q"]
        self.dq: Vector = state["dq"]
        self.T_world_segment: Vector = state["T_world_segment"]
        self.V_world_segment: Vector = state["V_world_segment"]
        self.tip: Vector = state["tip"]
        self.trunk: Vector = state["trunk"]
        self.muscle_torque: Vector = state["muscle_torque"]
        self.passive_torque: Vector = state["passive_torque"]
        self.sound_side: Vector = state["q_sound"]

    @property
    def pain(self) -> bool:
        """Whether he presses the pain button."""
        return bool(self._pain[0])

    @property
    def strength(self) -> Vector:
        """Present strength by direction (negative, positive) and joint, shape (2, 7) [Nm], as of the last step."""
        strength: Vector = self._state["limit"][0].copy()
        return strength

    @property
    def capacity(self) -> Vector:
        """Share of strength that fatigue leaves, by direction and joint, shape (2, 7)."""
        capacity: Vector = self._state["capacity"][0].copy()
        return capacity

    def axis_world(self, joint: int) -> Vector:
        """Axis of a joint in world, shape (3,)."""
        axis: Vector = self._state["R_world_base"][0] @ self._state["T_base_link"][0, joint, :3, 2]
        return axis

    def resistance(self, q: Vector, dq: Vector) -> Vector:
        """Torque of tissue and reflexes while the arm is led through a posture, shape (7,) [Nm].

        Reflexes go on by one physics period at each call; the arm is left at the posture.

        Args:
            q: The posture, shape (7,) [rad].
            dq: How fast it is led, shape (7,) [rad/s].
        """
        self.q[:], self.dq[:] = q, dq
        lead(self._state, self._parameters)
        return self.passive_torque.copy()

    def endure(self, joint: int, share: float, longest_s: float) -> float:
        """How long a rested patient holds a share of his strength in the positive direction of a joint [s].

        Args:
            joint: Index of the joint.
            share: Load over the strength of the rested group at the present angle.
            longest_s: Give up waiting after so long [s].

        Returns:
            The time; ``longest_s`` where he can still hold it then.
        """
        self._state["capacity"] = 1.0
        return endure(self._state, self._parameters, joint, share, longest_s)

    @property
    def effort(self) -> float:
        """Share of what the movement needs that he means to give, 0 to 1."""
        return float(self._state["effort"][0])

    @property
    def turn(self) -> float:
        """By how much his next movement of the hand will set out turned, about the vertical axis [rad]."""
        return float(self._state["turn"][0])

    def instruct(self, coordinates: Coordinates) -> None:
        """Tell him which coordinates the exercise has; before `reset`."""
        self._m = coordinates.size
        intent.put_coordinates(coordinates, self.config.intent, self._parameters[0])

    def reset(self, rng: np.random.Generator, q: Vector, T_world_shoulder: Vector) -> None:
        """Start afresh, at rest, on a day of its own.

        Args:
            rng: Source of all that he draws.
            q: Posture of the arm, shape (7,) [rad].
            T_world_shoulder: The chain's base in world, shape (4, 4).
        """
        parameters, state = self._parameters[0], self._state[0]
        if np.shape(q) != (SIZE,) or not np.all(np.isfinite(q)):
            raise ArgumentError(f"q must be {SIZE} finite angles, is {q}")
        self._state[0] = np.zeros((), STATE)
        R = T_world_shoulder[:3, :3]
        state["R_world_base"], state["p_world_base"] = R, T_world_shoulder[:3, 3]
        state["gravity"] = R.T @ (0.0, 0.0, float(parameters["gravity"]))
        for name in ("q", "q_plan", "q_eq", "q_comfort", "q_sound"):
            state[name] = q
        state["capacity"] = 1.0
        state["catch_armed"] = 1
        state["tremor_phase"], state["tremor_shift"] = (
            rng.uniform(0.0, 2.0 * np.pi),
            rng.uniform(0.0, 2.0 * np.pi, SIZE),
        )
        state["tremor_pitch"], state["tremor_swell"] = rng.normal(size=2)
        state["sound_t"] = -1.0
        state["level"] = state["level_goal"] = parameters["rest_level"]
        state["movement"] = -1
        state["words"] = rng.integers(0, 2**63, dtype=np.uint64)
        daily.dawn(self.config.daily, self._usual, parameters, rng)
        state["turn"] = parameters["turns"][0]
        state["own_pace"] = 1.0
        state["effort"] = state["given"] = state["given_goal"] = parameters["effort"][0]
        place(self._state, self._parameters)
        state["p_plan"] = state["p_base_tip"]
        state["sound_tip"] = state["sound_keep"] = state["tip"]
        if not parameters["sound"]:
            state["q_sound"] = np.nan
        # On copies, so that whatever has to be compiled is compiled before the first tick.
        perceive(self._state.copy(), self._parameters)
        advance(self._state.copy(), self._parameters, np.zeros((3, 6)))

    def see(self, cue: Cue) -> None:
        """Let him perceive what is asked; once a control period."""
        guidance, seen, m = cue.guidance, self._cue, self._m
        seen["cue_goal"][0, :m], seen["cue_start"][0, :m] = guidance.goal, guidance.start
        seen["cue_reference"][0, :m], seen["cue_rate"][0, :m] = guidance.reference, guidance.rate
        seen["cue_x"][0, :m] = cue.x if cue.x.size else math.nan
        seen["cue_duration_s"][0] = guidance.duration_s
        seen["cue_moment"][0] = guidance.moment if cue.following else Moment.REST
        seen["cue_movement"][0] = guidance.movement
        perceive(self._state, self._parameters)

    def step(self, wrench: Vector) -> None:
        """Advance by one physics period.

        Args:
            wrench: Force then moment of the cuffs on upper arm, forearm and hand, about each segment frame's origin,
                in world, shape (3, 6) [N, Nm].
        """
        advance(self._state, self._parameters, wrench)
