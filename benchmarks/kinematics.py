# ruff: noqa: PLR0917 - numba takes positional arguments only.
"""Kinematics and dynamics of one 7-joint arm: our kernels beside Pinocchio, MuJoCo and the Robotics Toolbox.

    python -m benchmarks.kinematics

Every contender is called from Python on the same arm and state, writes into memory it already has where it can, and is
checked to give our numbers before it is timed. Each starts from joint values: forward kinematics is part of each task.
"In the tick" is what the control loop pays: the same kernels called from compiled code, without Python's way in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import mujoco
import numpy as np
import pinocchio as pin
import roboticstoolbox as rtb
from numba import njit

from benchmarks._report import alternate, console, print_machine, print_ratios
from robotics import dynamics, kinematics
from robotics.arm_config import load_arm_config
from robotics.chain import Chain, load_arm
from robotics.contracts import Vector
from robotics.kernels import dynamics as dynamics_kernels
from robotics.kernels import kinematics as kinematics_kernels
from robotics.kernels.compiled import Indices, kernel
from robotics.rotations import quaternion_from_matrix

ARM = "iiwa_laparoscope"
IN_TICK = "ours, in the tick"
REPEATS = 100  # calls in one stretch of compiled code
TASKS = ("tip pose", "Jacobian", "inverse dynamics", "mass matrix")
Calls = dict[str, Callable[[], object]]
Results = dict[str, Vector]


@kernel
def tip(placement: Vector, kind: Indices, q: Vector, T_link_tip: Vector, T_link: Vector, T_tip: Vector) -> None:
    kinematics_kernels.link_poses(placement, kind, q, T_link)
    kinematics_kernels.tip_pose(T_link, T_link_tip, T_tip)


@kernel
def tip_jacobian(
    placement: Vector, kind: Indices, q: Vector, T_link_tip: Vector, T_link: Vector, T_tip: Vector, J: Vector
) -> None:
    tip(placement, kind, q, T_link_tip, T_link, T_tip)
    kinematics_kernels.jacobian(T_link, kind, T_tip[:3, 3], J)


@kernel
def rnea(
    placement: Vector, kind: Indices, q: Vector, mass: Vector, com: Vector, inertia: Vector, dq: Vector, ddq: Vector,
    gravity: Vector, wrench: Vector, T_link: Vector, tau: Vector, work: Vector,
) -> None:  # fmt: skip
    kinematics_kernels.link_poses(placement, kind, q, T_link)
    # Without a wrench it does not matter where it acts.
    dynamics_kernels.inverse_dynamics(T_link, kind, mass, com, inertia, dq, ddq, gravity, gravity, wrench, tau, work)


@kernel
def crba(
    placement: Vector, kind: Indices, q: Vector, mass: Vector, com: Vector, inertia: Vector, T_link: Vector, M: Vector
) -> None:
    kinematics_kernels.link_poses(placement, kind, q, T_link)
    dynamics_kernels.mass_matrix(T_link, kind, mass, com, inertia, M)


def in_the_tick(function: Callable[..., object], *arguments: object) -> Callable[[], object]:
    """A hundred calls from compiled code, each at a slightly different ``q``, the third argument."""

    @njit
    def repeat(q, *arguments):  # type: ignore[no-untyped-def]
        start = q[0]
        for i in range(REPEATS):
            q[0] = start + i * 1e-9
            function(*arguments)
        q[0] = start

    return lambda: repeat(arguments[2], *arguments)


def ours(chain: Chain, q: Vector, dq: Vector, ddq: Vector) -> tuple[Calls, Calls, Results]:
    """Our calls from Python, the same from compiled code, and where the results are."""
    n = chain.size
    T_link, T_tip, J, M = np.empty((n, 4, 4)), np.empty((4, 4)), np.empty((6, n)), np.empty((n, n))
    tau, work, gravity, wrench = np.empty(n), np.empty((n, 6)), np.array(dynamics.GRAVITY), np.zeros(6)
    placed, body = (chain.placement, chain.kind, q.copy()), (chain.mass, chain.com, chain.inertia)
    arguments = (
        (tip, *placed, chain.T_link_tip, T_link, T_tip),
        (tip_jacobian, *placed, chain.T_link_tip, T_link, T_tip, J),
        (rnea, *placed, *body, dq, ddq, gravity, wrench, T_link, tau, work),
        (crba, *placed, *body, T_link, M),
    )
    from_python = {task: partial(*values) for task, values in zip(TASKS, arguments, strict=True)}
    compiled = {task: in_the_tick(*values) for task, values in zip(TASKS, arguments, strict=True)}
    return from_python, compiled, dict(zip(TASKS, (T_tip, J, tau, M), strict=True))


def pinocchio(chain: Chain, q: Vector, dq: Vector, ddq: Vector) -> tuple[Calls, Results]:
    model = pin.Model()
    parent = 0
    for i in range(chain.size):
        parent = model.addJoint(parent, pin.JointModelRZ(), pin.SE3(chain.placement[i]), f"j{i}")
        model.appendBodyToJoint(parent, pin.Inertia(chain.mass[i], chain.com[i], chain.inertia[i]), pin.SE3.Identity())
    tip = model.addFrame(pin.Frame("tip", parent, 0, pin.SE3(chain.T_link_tip), pin.FrameType.OP_FRAME))
    model.gravity.linear = np.array(dynamics.GRAVITY)
    data = model.createData()

    def forward() -> None:
        pin.forwardKinematics(model, data, q)
        pin.updateFramePlacement(model, data, tip)

    calls: Calls = {
        "tip pose": forward,
        "Jacobian": lambda: pin.computeFrameJacobian(model, data, q, tip, pin.LOCAL_WORLD_ALIGNED),
        "inverse dynamics": lambda: pin.rnea(model, data, q, dq, ddq),
        "mass matrix": lambda: pin.crba(model, data, q),
    }
    forward()
    upper = np.triu(pin.crba(model, data, q))
    return calls, {
        "tip pose": data.oMf[tip].homogeneous.copy(),
        "Jacobian": pin.computeFrameJacobian(model, data, q, tip, pin.LOCAL_WORLD_ALIGNED).copy(),
        "inverse dynamics": pin.rnea(model, data, q, dq, ddq).copy(),
        "mass matrix": upper + np.triu(upper, 1).T,
    }


def mujoco_calls(chain: Chain, q: Vector, dq: Vector, ddq: Vector) -> tuple[Calls, Results]:
    bodies, closing = [], ""
    for i in range(chain.size):
        pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
        bodies.append(
            f'<body {_placed(chain.placement[i])}><joint axis="0 0 1"/><inertial pos="{_text(chain.com[i])}" '
            f'mass="{_text([chain.mass[i]])}" fullinertia="{_text([chain.inertia[i][pair] for pair in pairs])}"/>'
        )
        closing += "</body>"
    site = f"<site {_placed(chain.T_link_tip)}/>"
    model = mujoco.MjModel.from_xml_string(
        f'<mujoco><compiler angle="radian" balanceinertia="false"/><option gravity="{_text(dynamics.GRAVITY)}"/>'
        f"<worldbody>{''.join(bodies)}{site}{closing}</worldbody></mujoco>"
    )
    data = mujoco.MjData(model)
    data.qpos[:], data.qvel[:], data.qacc[:] = q, dq, ddq
    J, M = np.zeros((6, chain.size)), np.zeros((chain.size, chain.size))
    J_linear, J_angular, tau = J[:3], J[3:], np.zeros(chain.size)

    def tip() -> None:
        mujoco.mj_kinematics(model, data)

    def jacobian() -> None:
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_jacSite(model, data, J_linear, J_angular, 0)

    def rnea() -> None:
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_comVel(model, data)
        mujoco.mj_rne(model, data, 1, tau)

    def mass_matrix() -> None:
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_makeM(model, data)
        mujoco.mj_fullM(model, data, M)

    for call in (jacobian, rnea, mass_matrix):
        call()
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = data.site_xmat[0].reshape(3, 3), data.site_xpos[0]
    return dict(zip(TASKS, (tip, jacobian, rnea, mass_matrix), strict=True)), dict(
        zip(TASKS, (T, J, tau, M), strict=True)
    )


def toolbox(chain: Chain, q: Vector, dq: Vector, ddq: Vector) -> tuple[Calls, Results]:
    ets = rtb.ETS()
    for i in range(chain.size):
        ets = ets * rtb.ET.SE3(chain.placement[i]) * rtb.ET.Rz()
    ets = ets * rtb.ET.SE3(chain.T_link_tip)
    rows = load_arm_config(ARM).joints
    robot = rtb.DHRobot(
        [
            rtb.RevoluteMDH(
                alpha=row.alpha_rad, a=row.a_m, d=row.d_m, offset=row.theta_offset_rad,
                m=chain.mass[i], r=chain.com[i], I=chain.inertia[i], Jm=0, G=0,
            )
            for i, row in enumerate(rows)
        ],
        gravity=-np.array(dynamics.GRAVITY),
    )  # fmt: skip
    if not np.allclose(robot.rne(q, dq, ddq), dynamics.inverse_dynamics(chain, q, dq, ddq)):
        robot.gravity = np.array(dynamics.GRAVITY)  # its sign convention has changed between versions
    calls: Calls = {
        "tip pose": lambda: ets.eval(q),
        "Jacobian": lambda: ets.jacob0(q),
        "inverse dynamics": lambda: robot.rne(q, dq, ddq),
        "mass matrix": lambda: robot.inertia(q),
    }
    return calls, {task: np.asarray(call()) for task, call in calls.items()}


def main() -> None:
    chain = load_arm(ARM)
    rng = np.random.default_rng(0)
    q, dq, ddq = rng.uniform(chain.lower, chain.upper), rng.normal(size=chain.size), rng.normal(size=chain.size)
    calls, compiled, results = ours(chain, q, dq, ddq)
    contenders = {
        "ours": (calls, results),
        "Pinocchio": pinocchio(chain, q, dq, ddq),
        "MuJoCo": mujoco_calls(chain, q, dq, ddq),
        "toolbox": toolbox(chain, q, dq, ddq),
    }
    expected = {
        "tip pose": kinematics.forward(chain, q),
        "Jacobian": kinematics.jacobian(chain, q),
        "inverse dynamics": dynamics.inverse_dynamics(chain, q, dq, ddq),
        "mass matrix": dynamics.mass_matrix(chain, q),
    }
    print_machine("numpy", "numba", "pin", "mujoco", "roboticstoolbox-python")
    rows: dict[str, dict[str, float | None]] = {}
    for task in TASKS:
        for name, (calls, results) in contenders.items():
            calls[task]()
            np.testing.assert_allclose(results[task], expected[task], atol=1e-8, err_msg=f"{name}: {task}")
        timings = alternate({name: calls[task] for name, (calls, _) in contenders.items()} | {IN_TICK: compiled[task]})
        rows[task] = {
            name: timing.median * 1e6 / (REPEATS if name == IN_TICK else 1) for name, timing in timings.items()
        }
    print_ratios(f"{ARM}, median time of a call from Python", rows, "ours")
    console.print("All contenders agree with our numbers to 1e-8.")


def _placed(T: Vector) -> str:
    return f'pos="{_text(T[:3, 3])}" quat="{_text(quaternion_from_matrix(T))}"'


def _text(values: object) -> str:
    return " ".join(repr(float(value)) for value in np.asarray(values, dtype=float))


if __name__ == "__main__":
    main()
