"""Random chains, and the same chains in Pinocchio, which the tests take as their oracle."""

import numpy as np
import pinocchio as pin

from robotics.arm_config import ArmConfig
from robotics.chain import Chain, chain_from_config
from robotics.config import convert
from robotics.kernels import REVOLUTE
from robotics.rotations import matrix_from_rotation_vector

LIMIT_KEYS = {
    True: ("lower_rad", "upper_rad", "velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3", "effort_nm"),
    False: ("lower_m", "upper_m", "velocity_m_s", "acceleration_m_s2", "jerk_m_s3", "effort_n"),
}
"""Keys of a joint's limits, of one that turns and of one that slides."""


def random_rotation(rng):
    axis = rng.normal(size=3)
    return matrix_from_rotation_vector(axis / np.linalg.norm(axis) * rng.uniform(0.0, np.pi))


def random_body(rng):
    """Mass properties of a random box, turned at random: always a body that can exist."""
    mass = rng.uniform(0.05, 5.0)
    x, y, z = rng.uniform(0.02, 0.4, size=3)
    R = random_rotation(rng)
    box = R @ np.diag([y * y + z * z, x * x + z * z, x * x + y * y]) @ R.T * mass / 12.0
    return mass, rng.normal(scale=0.1, size=3), box


def random_arm(rng, joints, convention):
    """Plain data of an arm with ``joints`` revolute and prismatic joints by Denavit-Hartenberg rows."""
    rows = []
    for i in range(joints):
        mass, com, box = random_body(rng)
        turns = rng.random() < 0.7
        rows.append(
            {
                "name": f"j{i}",
                "type": "revolute" if turns else "prismatic",
                "alpha_rad": rng.uniform(-np.pi, np.pi),
                "a_m": rng.normal(scale=0.3),
                "d_m": rng.normal(scale=0.3),
                "theta_offset_rad": rng.uniform(-np.pi, np.pi),
                **dict.fromkeys(LIMIT_KEYS[turns], 1.0),
                LIMIT_KEYS[turns][0]: -2.0,
                LIMIT_KEYS[turns][1]: 2.0,
                "body": {
                    "mass_kg": mass,
                    "com_m": com.tolist(),
                    "inertia_kgm2": [float(box[pair]) for pair in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))],
                },
            }
        )
    return {
        "name": "random",
        "title": "random",
        "source": "random",
        "convention": convention,
        "remote_centre": "none",
        "home": [0.0] * joints,
        "joints": rows,
        "tip": {"xyz_m": rng.normal(scale=0.1, size=3).tolist(), "rpy_rad": rng.uniform(-3.0, 3.0, size=3).tolist()},
    }


def random_chain(rng, joints=None, convention="modified_dh") -> Chain:
    joints = int(rng.integers(1, 9)) if joints is None else joints
    return chain_from_config(convert(random_arm(rng, joints, convention), ArmConfig))


def dh_transform(row, q, convention):
    """One Denavit-Hartenberg row as the textbooks write it out, independent of the chain's own code."""
    theta = row["theta_offset_rad"] + (q if row["type"] == "revolute" else 0.0)
    d = row["d_m"] + (q if row["type"] == "prismatic" else 0.0)
    a, ca, sa, ct, st = row["a_m"], np.cos(row["alpha_rad"]), np.sin(row["alpha_rad"]), np.cos(theta), np.sin(theta)
    if convention == "modified_dh":  # Craig 1986, eq. 3.6
        return np.array(
            [
                [ct, -st, 0.0, a],
                [st * ca, ct * ca, -sa, -sa * d],
                [st * sa, ct * sa, ca, ca * d],
                [0.0, 0.0, 0.0, 1.0],
            ]
        )
    return np.array(  # Spong 2006, eq. 3.10
        [[ct, -st * ca, st * sa, a * ct], [st, ct * ca, -ct * sa, a * st], [0.0, sa, ca, d], [0.0, 0.0, 0.0, 1.0]]
    )


def pinocchio_model(chain: Chain):
    """The chain as a Pinocchio model with a frame called ``tip``."""
    model = pin.Model()
    parent = 0
    for i in range(chain.size):
        joint = pin.JointModelRZ() if chain.kind[i] == REVOLUTE else pin.JointModelPZ()
        parent = model.addJoint(parent, joint, pin.SE3(chain.placement[i]), f"j{i}")
        model.appendBodyToJoint(parent, pin.Inertia(chain.mass[i], chain.com[i], chain.inertia[i]), pin.SE3.Identity())
    tip = pin.Frame("tip", parent, 0, pin.SE3(chain.T_link_tip), pin.FrameType.OP_FRAME)
    model.addFrame(tip)
    return model


def random_state(rng, chain: Chain):
    return rng.uniform(-2.0, 2.0, chain.size), rng.normal(size=chain.size), rng.normal(size=chain.size)
