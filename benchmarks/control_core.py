"""The whole control core in one run: ours against the same tick built from Pinocchio, NumPy and DAQP.

One tick is: forward kinematics, Jacobian, the constrained program with a remote centre and two half-spaces, and
inverse dynamics of the motion found, for the seven joints of ``iiwa_laparoscope``. Both sides get the same positions,
rates and twists of one motion, in turn, tick by tick, and must come to the same joint rates; a part of the motion
presses against the half-spaces, so that the solver has to work.

Run: ``python -m benchmarks.control_core``
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable

import daqp
import numpy as np
import pinocchio as pin

from benchmarks._report import console, print_machine, print_ratios
from robotics.chain import load_arm
from robotics.constrained import ConstrainedMotion, ConstrainedMotionConfig, HalfSpace, MotionFlag, servo_twist
from robotics.dynamics import GRAVITY
from robotics.kernels.constrained_program import RESERVE
from robotics.kernels.dynamics import inverse_dynamics
from robotics.kinematics import forward

DT = 1e-3
TICKS = 6000
SETTINGS = ConstrainedMotionConfig(weights=(1.0, 1.0, 1.0, 0.0, 0.0, 0.0))


class Ours:
    """The tick as the control loop runs it."""

    def __init__(self, chain, rcm, half_spaces):
        self.chain, self.motion = chain, ConstrainedMotion(chain, SETTINGS, DT, rcm, half_spaces)
        n = chain.size
        self.ddq, self.tau, self.work = np.zeros(n), np.zeros(n), np.zeros((n, 6))
        self.gravity, self.wrench, self.p_base_tip = np.array(GRAVITY), np.zeros(6), np.zeros(3)

    def __call__(self, q, dq_prev, twist):
        """Joint rates and torques."""
        chain, motion = self.chain, self.motion
        dq = motion.step(q, dq_prev, twist).dq
        np.subtract(dq, dq_prev, out=self.ddq)
        self.ddq /= DT
        inverse_dynamics(
            motion.T_base_link,
            chain.kind,
            chain.mass,
            chain.com,
            chain.inertia,
            dq,
            self.ddq,
            self.gravity,
            self.p_base_tip,
            self.wrench,
            self.tau,
            self.work,
        )
        return dq, self.tau


class Peer:
    """The same tick from Pinocchio, NumPy and DAQP.

    It leaves out what this motion does not need: twists faster than the joints, orientation, the last resort.
    """

    def __init__(self, chain, rcm, half_spaces):
        n = self.n = chain.size
        self.model = pin.Model()
        joint = 0
        for i in range(n):
            joint = self.model.addJoint(joint, pin.JointModelRZ(), pin.SE3(chain.placement[i]), chain.joint_names[i])
            body = pin.Inertia(chain.mass[i], chain.com[i], chain.inertia[i])
            self.model.appendBodyToJoint(joint, body, pin.SE3.Identity())
        self.model.gravity.linear = np.array(GRAVITY)
        self.data, self.zero = self.model.createData(), np.zeros(n)
        self.p_link_tip, self.rcm = chain.T_link_tip[:3, 3], rcm
        self.lower, self.upper, self.velocity = chain.lower, chain.upper, chain.velocity
        self.acceleration, self.gentle = chain.acceleration, (1.0 - RESERVE) * chain.acceleration
        self.T = float(np.max(chain.velocity / self.gentle))
        self.normals = np.array([np.array(space.normal) / np.linalg.norm(space.normal) for space in half_spaces])
        self.offsets = np.array([space.offset_m for space in half_spaces]) + SETTINGS.half_space_margin_mm * 1e-3
        m = 2 + len(half_spaces)
        self.A, self.upper_bounds, self.lower_bounds = np.zeros((m, n)), np.full(n + m, 1e30), np.zeros(n + m)
        self.sense = np.zeros(n + m, dtype=np.int32)
        self.sense[n : n + 2] = 5

    def drift(self, q, dq, R, r, axis):
        """Drift of the shaft off the trocar by curvature at rates ``dq``, and the last link's motion."""
        pin.forwardKinematics(self.model, self.data, q, dq, self.zero)
        velocity = pin.getVelocity(self.model, self.data, self.n, pin.LOCAL_WORLD_ALIGNED)
        rate = pin.getClassicalAcceleration(self.model, self.data, self.n, pin.LOCAL_WORLD_ALIGNED)
        w = pin.skew(velocity.angular)
        point = rate.linear - pin.skew(r) @ rate.angular + w @ (w @ r)
        lateral = 0.5 * point - (axis @ velocity.linear) * (w @ axis)
        return R[:, :2].T @ lateral, rate, w

    def __call__(self, q, dq_prev, twist):
        """Joint rates and torques."""
        n, model, data, T, v = self.n, self.model, self.data, self.T, self.velocity
        pin.computeJointJacobians(model, data, q)
        R, origin = data.oMi[n].rotation, data.oMi[n].translation
        J = pin.getJointJacobian(model, data, n, pin.LOCAL_WORLD_ALIGNED)
        # The trocar: deviation, its rows, and the drift by curvature.
        axis = R[:, 2]
        r = (axis @ (self.rcm - origin)) * axis
        e = origin + r - self.rcm
        side, rate, w = self.drift(q, dq_prev, R, r, axis)
        A, upper, lower = self.A, self.upper_bounds, self.lower_bounds
        A[:2] = R[:, :2].T @ (J[:3] - pin.skew(r) @ J[3:]) * v
        gain = min(1.0 / T, SETTINGS.recovery_m_s / max(math.sqrt(e @ e), 1e-12))
        upper[n : n + 2] = lower[n : n + 2] = -gain * (R[:, :2].T @ e) - DT * side
        # The tip, and the half-spaces.
        arm = R @ self.p_link_tip
        J_tip = J[:3] - pin.skew(arm) @ J[3:]
        bend = rate.linear - pin.skew(arm) @ rate.angular + w @ (w @ arm)
        A[2:] = self.normals @ J_tip * v
        distance = self.normals @ (origin + arm) - self.offsets
        lower[n + 2 :] = np.minimum(-distance / T, SETTINGS.recovery_m_s) - 0.5 * DT * (self.normals @ bend)
        # The cost, damped near singularities.
        J_y = J_tip * v
        stacked = np.vstack([J_y, A[:2]])
        smallest = 1.0 / math.sqrt(np.trace(np.linalg.inv(stacked @ stacked.T)))
        damping = 1e-8 + (SETTINGS.damping_m_s * max(0.0, 1.0 - smallest / SETTINGS.singular_speed_m_s)) ** 2
        H = J_y.T @ J_y
        H.flat[:: n + 1] += damping
        upper[:n], lower[:n] = (self.upper - q) / T / v, (self.lower - q) / T / v
        y, _, status, _ = daqp.solve(H, -J_y.T @ twist[:3], A, upper, lower, self.sense)
        assert status == 1
        # Rates: the curvature that the joints can follow, then as far as accelerations allow.
        side, _, _ = self.drift(q, y * v, R, r, axis)
        inverse = np.linalg.inv(H)
        back = inverse @ A[:2].T @ np.linalg.inv(A[:2] @ inverse @ A[:2].T)
        worst = np.max(np.abs(back @ (2.0 * side)) * v / self.acceleration)
        slower = min(1.0, math.sqrt(RESERVE / worst) if worst > RESERVE else 1.0, 1.0 / np.max(np.abs(y)))
        y = y * slower
        high = np.minimum(np.minimum((self.upper - q) / T, v), dq_prev + self.acceleration * DT) / v
        low = np.maximum(np.maximum((self.lower - q) / T, -v), dq_prev - self.acceleration * DT) / v
        most = np.minimum(high, (dq_prev + self.gentle * DT) / v)
        least = np.maximum(low, (dq_prev - self.gentle * DT) / v)
        if slower < 1.0 or (y > most + 1e-6).any() or (y < least - 1e-6).any():
            start = dq_prev / v * (1.0 - DT / T)
            way = y - start
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = np.where(way > 0.0, (most - start) / way, np.where(way < 0.0, (least - start) / way, 1.0))
            y = start + min(1.0, max(0.0, shares.min())) * way
            y = y + back @ (upper[n : n + 2] - A[:2] @ y)
            rates = A @ y
            off = (rates > upper[n:] + 1e-6) | (rates < lower[n:] - 1e-6)
            if off.any() or (y > high + 1e-6).any() or (y < low - 1e-6).any():
                upper[:n], lower[:n] = high, low
                y, _, status, _ = daqp.solve(H, -H @ y, A, upper, lower, self.sense)
                assert status == 1
        dq = np.clip(y * v, low * v, high * v)
        return dq, pin.rnea(model, data, q, dq, (dq - dq_prev) / DT)


def scene():
    """Arm, trocar, half-spaces, and a motion of `TICKS` ticks: positions, previous rates, twists."""
    chain = load_arm("iiwa_laparoscope")
    T_base_tip = forward(chain, chain.home)
    tip, rcm = T_base_tip[:3, 3], T_base_tip[:3, 3] - 0.15 * T_base_tip[:3, 2]
    half_spaces = [
        HalfSpace(normal=(0.0, 0.0, 1.0), offset_m=tip[2] - 0.02),
        HalfSpace(
            normal=(-1.0, 0.5, 0.0), offset_m=float(np.array([-1.0, 0.5]) @ tip[:2]) / math.hypot(1.0, 0.5) - 0.02
        ),
    ]
    motion = ConstrainedMotion(chain, SETTINGS, DT, rcm, half_spaces)
    q, dq, target, ticks, flags = chain.home.copy(), np.zeros(chain.size), T_base_tip.copy(), [], []
    for k in range(TICKS):
        t = k * DT
        # Sways of 50 mm that press against the half-spaces for a while, at 0.1 m/s at most.
        grown = 1.0 - math.exp(-t)
        wanted = tip + grown * 0.025 * np.array([math.sin(2.5 * t), math.sin(4.1 * t), 1.2 * math.sin(3.3 * t)])
        target[:3, 3] = wanted
        servo_twist(forward(chain, q), target, np.array([20.0, 0.0]), 0.1, 1.0, twist := np.zeros(6))
        ticks.append((q.copy(), dq.copy(), twist))
        result = motion.step(q, dq, twist)
        flags.append(result.flags)
        dq = result.dq.copy()
        q = q + dq * DT
    return chain, rcm, half_spaces, ticks, np.array(flags)


def measure(calls: dict[str, Callable], ticks, rounds: int = 5):
    """Microseconds of every tick: each contender in turn on each tick, the order swapped from round to round."""
    spent = {name: np.full(len(ticks), np.inf) for name in calls}
    everything = {name: [] for name in calls}
    gc.disable()
    for turn in range(rounds):
        order = list(calls.items())[:: 1 if turn % 2 else -1]
        for k, tick in enumerate(ticks):
            for name, call in order:
                start = time.perf_counter_ns()
                call(*tick)
                used = (time.perf_counter_ns() - start) * 1e-3
                everything[name].append(used)
                spent[name][k] = min(spent[name][k], used)
    gc.enable()
    return {name: np.array(values) for name, values in everything.items()}, spent


def main():
    print_machine("numba", "daqp", "pin", "numpy")
    chain, rcm, half_spaces, ticks, flags = scene()
    calls = {"ours": Ours(chain, rcm, half_spaces), "Pinocchio + NumPy + DAQP": Peer(chain, rcm, half_spaces)}
    apart, torque = 0.0, 0.0
    for tick in ticks:
        (dq, tau), (dq_peer, tau_peer) = (call(*tick) for call in calls.values())
        apart = max(apart, float(np.max(np.abs(dq - dq_peer) / chain.velocity)))
        torque = max(torque, float(np.max(np.abs(tau - tau_peer))))
    pressed = np.mean((flags & MotionFlag.HALF_SPACE) != 0)
    held = np.mean((flags & (MotionFlag.ACCELERATION_LIMIT | MotionFlag.VELOCITY_LIMIT)) != 0)
    console.print(
        f"{len(ticks)} ticks: {pressed:.0%} pressed against a half-space, {held:.0%} held back by rates; joint rates "
        f"apart by at most {apart:.1e} of a velocity limit, torques by {torque:.1e} Nm\n"
    )
    assert apart < 1e-5, "the two do not compute the same tick"
    everything, least = measure(calls, ticks)
    touching = (flags & MotionFlag.HALF_SPACE) != 0
    rows = {
        "p50": {name: float(np.percentile(values, 50)) for name, values in everything.items()},
        "p99": {name: float(np.percentile(values, 99)) for name, values in everything.items()},
        "p50, nothing binds": {name: float(np.median(values[~touching])) for name, values in least.items()},
        "p50, a half-space binds": {name: float(np.median(values[touching])) for name, values in least.items()},
    }
    print_ratios("control core, one tick of seven joints", rows, "ours")
    peer = "Pinocchio + NumPy + DAQP"
    share = rows["p50"]["ours"] / rows["p50"][peer]
    console.print(
        f"ours takes 1/{1.0 / share:.1f} of the peer's median; goal at most 1/5: {'met' if share <= 0.2 else 'missed'}"
    )


if __name__ == "__main__":
    main()
