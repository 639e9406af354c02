"""Jerk-limited moves of joints that may be given another target, or stopped, at any tick.

Source:
    Berscheid and Kröger 2021, Jerk-limited real-time trajectory generation with arbitrary target states, RSS;
    their Ruckig library does the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import ruckig
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.errors import ArgumentError, JointLimitError


class MoveLimits(Protocol):
    """What a move must know of its joints; a `robotics.chain.Chain` says all of it. Arrays have shape (n,)."""

    @property
    def joint_names(self) -> tuple[str, ...]:
        """Names of the joints."""
        ...

    @property
    def lower(self) -> Vector:
        """Lower position limits [rad or m]."""
        ...

    @property
    def upper(self) -> Vector:
        """Upper position limits [rad or m]."""
        ...

    @property
    def velocity(self) -> Vector:
        """Velocity limits [rad/s or m/s]."""
        ...

    @property
    def acceleration(self) -> Vector:
        """Acceleration limits."""
        ...

    @property
    def jerk(self) -> Vector:
        """Jerk limits."""
        ...


@dataclass(slots=True)
class MoveState:
    """Where a move stands. Arrays belong to the move and are valid until its next step.

    Attributes:
        q: Positions, shape (n,) [rad or m].
        dq: Velocities, shape (n,).
        ddq: Accelerations, shape (n,).
        arrived: At the target, or at rest after a stop.
    """

    q: Vector
    dq: Vector
    ddq: Vector
    arrived: bool


class OnlineMove:
    """Time-optimal, jerk-limited motion of all joints, in step, towards a target that may change at any tick.

    Position, velocity and acceleration are continuous through every change of target and through a stop. With targets
    within the position limits and a start at rest within them, the joints stay within them: whatever the joints were
    doing was going to end within the limits, and a new target never brakes later than that.

    Args:
        limits: The joints and their limits, usually a chain.
        dt: Control period [s].
        speed: Share of the velocity and acceleration limits to use, in (0, 1].

    Raises:
        ArgumentError: ``dt`` or ``speed`` out of range, or a limit that is not above zero and finite.
    """

    def __init__(self, limits: MoveLimits, dt: float, speed: float = 1.0) -> None:
        if not dt > 0.0:
            raise ArgumentError(f"dt must be above zero, is {dt} s")
        if not 0.0 < speed <= 1.0:
            raise ArgumentError(f"speed must be in (0, 1], is {speed}")
        for name in ("velocity", "acceleration", "jerk"):
            values = getattr(limits, name)
            if not (np.isfinite(values).all() and (values > 0.0).all()):
                raise ArgumentError(f"{name} limits must be finite and above zero, are {values}")
        n = len(limits.lower)
        self._limits = limits
        self._generator = ruckig.Ruckig(n, dt)
        self._input = ruckig.InputParameter(n)
        self._output = ruckig.OutputParameter(n)
        self._input.max_velocity = (speed * limits.velocity).tolist()
        self._input.max_acceleration = (speed * limits.acceleration).tolist()
        self._input.max_jerk = limits.jerk.tolist()
        self.state = MoveState(np.zeros(n), np.zeros(n), np.zeros(n), True)

    def reset(self, q: ArrayLike, dq: ArrayLike | None = None) -> None:
        """Start afresh from a position and, where given, a velocity; the target is to stay, or to stop, there.

        Args:
            q: Positions, shape (n,) [rad or m].
            dq: Velocities, shape (n,); at rest where None.

        Raises:
            ArgumentError: Wrong shape, a value that is not finite, or a velocity past its limit.
        """
        position = self._checked("q", q)
        velocity = np.zeros_like(position) if dq is None else self._checked("dq", dq)
        if (np.abs(velocity) > self._limits.velocity).any():
            raise ArgumentError(f"dq {velocity} is past the velocity limits {self._limits.velocity}")
        self.state.q[:], self.state.dq[:], self.state.ddq[:] = position, velocity, 0.0
        self._input.current_position = position.tolist()
        self._input.current_velocity = velocity.tolist()
        self._input.current_acceleration = [0.0] * len(position)
        self._output = ruckig.OutputParameter(len(position))
        self.stop()

    def target(self, q: ArrayLike) -> None:
        """Aim at a position to come to rest at; may be called at any tick.

        Args:
            q: Positions, shape (n,) [rad or m].

        Raises:
            ArgumentError: Wrong shape, or a value that is not finite.
            JointLimitError: A position outside of its limits.
        """
        position = self._checked("q", q)
        limits = self._limits
        for i in np.flatnonzero((position < limits.lower) | (position > limits.upper)):
            raise JointLimitError(limits.joint_names[i], position[i], limits.lower[i], limits.upper[i])
        self._input.control_interface = ruckig.ControlInterface.Position
        self._input.target_position = position.tolist()
        self._input.target_velocity = [0.0] * len(position)
        self.state.arrived = False

    def stop(self) -> None:
        """Come to rest as quickly as the limits allow, wherever that is."""
        self._input.control_interface = ruckig.ControlInterface.Velocity
        self._input.target_velocity = [0.0] * len(self.state.q)
        self._input.target_acceleration = [0.0] * len(self.state.q)
        self.state.arrived = False

    def step(self) -> MoveState:
        """Advance by one control period.

        Raises:
            ArgumentError: The generator finds no motion; cannot happen from states that this class itself reached.
        """
        result = self._generator.update(self._input, self._output)
        if result not in (ruckig.Result.Working, ruckig.Result.Finished):
            raise ArgumentError(f"no jerk-limited motion from q {self.state.q}, dq {self.state.dq}: {result}")
        state, output = self.state, self._output
        state.q[:], state.dq[:], state.ddq[:] = output.new_position, output.new_velocity, output.new_acceleration
        state.arrived = result == ruckig.Result.Finished
        output.pass_to_input(self._input)
        return state

    def _checked(self, name: str, values: ArrayLike) -> Vector:
        array = np.asarray(values, dtype=np.float64)
        if array.shape != self.state.q.shape or not np.isfinite(array).all():
            raise ArgumentError(f"{name} must be {len(self.state.q)} finite numbers, is {array}")
        return array
