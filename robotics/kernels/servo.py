"""From a pose error to a bounded twist."""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import rotation_between


@kernel
def approach_speed(distance: float, gain: float, acceleration: float, limit: float) -> float:
    """Speed towards a target that can be braked in time: proportional near it, then as the square root of distance.

    ``v = gain * e`` up to ``e = a / gain^2``; beyond, ``v = a/gain (sqrt(1/4 + 2 e gain^2 / a) - 1/2)``. The two meet
    there, and on both the speed falls by no more than ``a`` on the way in. With ``gain = 1/dt`` this is the law of the
    sampled double integrator that arrives soonest without overshoot.

    Args:
        distance: Distance to the target, not negative [m or rad].
        gain: Gain near the target [1/s], at most one over the control period.
        acceleration: Deceleration to plan with, above zero; may be infinite.
        limit: Largest speed.
    """
    speed = gain * distance
    if distance * gain * gain > acceleration:
        speed = acceleration / gain * (math.sqrt(0.25 + 2.0 * distance * gain * gain / acceleration) - 0.5)
    return min(speed, limit)


@kernel
def servo_twist(
    T_base_tip: Vector,
    T_base_target: Vector,
    gains: Vector,
    v_max: float,
    w_max: float,
    out: Vector,
    a_max: float = math.inf,
    alpha_max: float = math.inf,
    feedforward: Vector | None = None,
) -> None:
    """Twist that takes the tip to a target pose; meant to be fed to `robotics.constrained.ConstrainedMotion.step`.

    Position and orientation each head straight for the target; the bounds shorten, they never bend. With
    gains of one over the control period the tip is on a moving target one period later, as far as the limits allow.

    Args:
        T_base_tip: Pose of the tip, shape (4, 4).
        T_base_target: Pose to reach, shape (4, 4).
        gains: Of position and orientation, shape (2,) [1/s], at most one over the control period.
        v_max: Largest speed [m/s].
        w_max: Largest angular speed [rad/s].
        out: Result, linear then angular along base axes, shape (6,) [m/s, rad/s].
        a_max: Deceleration to plan the arrival with [m/s^2]; see `approach_speed`.
        alpha_max: The same for the orientation [rad/s^2].
        feedforward: Twist of the target itself, shape (6,), to be added before the bounds; none where None.
    """
    for k in range(3):
        out[k] = T_base_target[k, 3] - T_base_tip[k, 3]
    rotation_between(T_base_tip, T_base_target, out[3:])
    for part in range(2):
        error = out[3 * part : 3 * part + 3]
        limit = v_max if part == 0 else w_max
        size = math.sqrt(error[0] * error[0] + error[1] * error[1] + error[2] * error[2])
        if size > 0.0:
            share = approach_speed(size, gains[part], a_max if part == 0 else alpha_max, limit) / size
            for k in range(3):
                error[k] *= share
        if feedforward is not None:
            for k in range(3):
                error[k] += feedforward[3 * part + k]
            size = math.sqrt(error[0] * error[0] + error[1] * error[1] + error[2] * error[2])
            if size > limit:
                for k in range(3):
                    error[k] *= limit / size


@kernel
def pose_rate(T_before: Vector, T_after: Vector, dt: float, out: Vector) -> None:
    """Mean twist that takes one pose to another in a period.

    Args:
        T_before: Pose at its start, shape (4, 4).
        T_after: Pose at its end, shape (4, 4).
        dt: The period [s].
        out: Result, linear then angular along base axes, shape (6,) [m/s, rad/s].
    """
    rotation_between(T_before, T_after, out[3:])
    for k in range(3):
        out[k] = (T_after[k, 3] - T_before[k, 3]) / dt
        out[3 + k] /= dt
