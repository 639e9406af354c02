"""Inverse kinematics: ours beside the Robotics Toolbox's compiled Levenberg-Marquardt and PyBullet.

    python -m benchmarks.ik [POSES]

Every contender gets the same reachable poses (forward kinematics of random joint values within the limits) and the same
random seeds, one call from Python each, and is judged by our forward kinematics: reached within 1e-4 m and 1e-3 rad,
and how many of these within the joint limits.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pybullet
import roboticstoolbox as rtb

from benchmarks._report import Timing, console, print_machine, print_ratios
from robotics.chain import Chain, load_arm
from robotics.contracts import Vector
from robotics.ik import POSITION_TOLERANCE, ROTATION_TOLERANCE, InverseKinematics
from robotics.kernels import REVOLUTE
from robotics.kinematics import forward
from robotics.rotations import quaternion_from_matrix, rotation_between

ARMS = ("iiwa_laparoscope", "psm")
PYBULLET_ITERATIONS = 2000  # its default of 20 does not come near the tolerance
CALLS = 3  # per pose and contender; the fastest counts, so that p99 is the solver's and not the machine's
Solver = Callable[[Vector, Vector], Vector]


def ours(chain: Chain) -> Solver:
    ik = InverseKinematics(chain)
    return lambda T, seed: ik.solve(T, seed).q


def toolbox(chain: Chain) -> Solver:
    """``ik_LM`` at its defaults (Chan's damping, 100 searches), with limits, told to meet our tolerance."""
    ets = rtb.ETS()
    for i in range(chain.size):
        limits = [chain.lower[i], chain.upper[i]]
        joint = rtb.ET.Rz(qlim=limits) if chain.kind[i] == REVOLUTE else rtb.ET.tz(qlim=limits)
        ets = ets * rtb.ET.SE3(chain.placement[i]) * joint
    ets = ets * rtb.ET.SE3(chain.T_link_tip)
    # Its residual is half the squared error in m and rad together: this one is met only where ours is.
    tolerance = 0.5 * POSITION_TOLERANCE**2
    return lambda T, seed: np.asarray(ets.ik_LM(T, q0=seed, tol=tolerance, joint_limits=True)[0])


def bullet(chain: Chain, folder: Path) -> Solver:
    """PyBullet without its limits: given them it also pulls towards a rest posture and reaches no pose at all."""
    path = folder / f"{chain.name}.urdf"
    path.write_text(urdf(chain))
    client = pybullet.connect(pybullet.DIRECT)
    body = pybullet.loadURDF(str(path), useFixedBase=True, physicsClientId=client)

    for i, value in enumerate(chain.home):
        pybullet.resetJointState(body, i, value, physicsClientId=client)
    state = pybullet.getLinkState(body, chain.size, computeForwardKinematics=True, physicsClientId=client)
    np.testing.assert_allclose(state[0], forward(chain, chain.home)[:3, 3], atol=1e-6)

    def solve(T: Vector, seed: Vector) -> Vector:
        for i, value in enumerate(seed.tolist()):
            pybullet.resetJointState(body, i, value, physicsClientId=client)
        w, x, y, z = quaternion_from_matrix(T)
        return np.array(
            pybullet.calculateInverseKinematics(
                body,
                chain.size,  # the link behind the fixed joint to the tip
                T[:3, 3].tolist(),
                [x, y, z, w],
                maxNumIterations=PYBULLET_ITERATIONS,
                residualThreshold=POSITION_TOLERANCE / 100.0,
                physicsClientId=client,
            )
        )

    return solve


def urdf(chain: Chain) -> str:
    """The chain as URDF, for kinematics alone."""

    def origin(T: Vector) -> str:
        R = T[:3, :3]
        pitch = np.arctan2(-R[2, 0], np.hypot(R[0, 0], R[1, 0]))
        if abs(R[2, 0]) < 1.0 - 1e-12:
            roll, yaw = np.arctan2(R[2, 1], R[2, 2]), np.arctan2(R[1, 0], R[0, 0])
        else:  # roll and yaw turn about one axis: let roll do it
            roll, yaw = np.arctan2(-R[1, 2], R[1, 1]), 0.0
        return f'<origin xyz="{T[0, 3]} {T[1, 3]} {T[2, 3]}" rpy="{roll} {pitch} {yaw}"/>'

    inertial = '<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
    parts = [f'<link name="l0">{inertial}</link>']
    for i in range(chain.size):
        kind = "revolute" if chain.kind[i] == REVOLUTE else "prismatic"
        parts.append(
            f'<joint name="j{i}" type="{kind}"><parent link="l{i}"/><child link="l{i + 1}"/>'
            f'{origin(chain.placement[i])}<axis xyz="0 0 1"/><limit lower="{chain.lower[i]}" upper="{chain.upper[i]}" '
            f'velocity="1" effort="1"/></joint><link name="l{i + 1}">{inertial}</link>'
        )
    parts.append(
        f'<joint name="tip" type="fixed"><parent link="l{chain.size}"/><child link="tip"/>{origin(chain.T_link_tip)}'
        f'</joint><link name="tip">{inertial}</link>'
    )
    return f'<robot name="{chain.name}">{"".join(parts)}</robot>'


def within(chain: Chain, q: Vector) -> bool:
    return bool(np.all((chain.lower - 1e-9 <= q) & (q <= chain.upper + 1e-9)))


def reached(chain: Chain, q: Vector, T: Vector) -> bool:
    actual = forward(chain, q)
    position = np.linalg.norm(actual[:3, 3] - T[:3, 3])
    return bool(position <= POSITION_TOLERANCE and np.linalg.norm(rotation_between(actual, T)) <= ROTATION_TOLERANCE)


def main() -> None:
    poses = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print_machine("numpy", "numba", "roboticstoolbox-python", "pybullet")
    with tempfile.TemporaryDirectory() as folder:
        for name in ARMS:
            chain, rng = load_arm(name), np.random.default_rng(0)
            solvers = {"ours": ours(chain), "toolbox ik_LM": toolbox(chain), "PyBullet": bullet(chain, Path(folder))}
            seconds: dict[str, list[float]] = {solver: [] for solver in solvers}
            found, legal = dict.fromkeys(solvers, 0), dict.fromkeys(solvers, 0)
            for index in range(poses + 1):
                T = forward(chain, rng.uniform(chain.lower, chain.upper))
                seed = rng.uniform(chain.lower, chain.upper)
                for solver, solve in solvers.items():
                    elapsed = np.inf
                    for _ in range(CALLS):
                        start = time.perf_counter()
                        q = solve(T, seed)
                        elapsed = min(elapsed, time.perf_counter() - start)
                    if index:  # the first pose compiles
                        seconds[solver].append(elapsed)
                        hit = reached(chain, q, T)
                        found[solver] += hit
                        legal[solver] += hit and within(chain, q)
            timings = {solver: Timing.of(values) for solver, values in seconds.items()}
            rows: dict[str, dict[str, float | None]] = {
                "median": {solver: timing.median * 1e6 for solver, timing in timings.items()},
                "p99": {solver: timing.p99 * 1e6 for solver, timing in timings.items()},
            }
            print_ratios(f"{name}, {poses} random reachable poses from random seeds, time of a call", rows, "ours")
            for solver in solvers:
                shares = 100.0 * found[solver] / poses, 100.0 * legal[solver] / poses
                console.print(f"  {solver} reached {shares[0]:.2f} %, {shares[1]:.2f} % within the joint limits")
            console.print()


if __name__ == "__main__":
    main()
