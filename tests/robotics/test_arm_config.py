import copy

import numpy as np
import pytest

from robotics.arm_config import ArmConfig, load_arm_config
from robotics.chain import chain_from_config, load_arm, rpy_matrix
from robotics.config import convert, names
from robotics.dynamics import gravity_torque, mass_matrix
from robotics.errors import ConfigError, UnknownNameError
from robotics.kernels import PRISMATIC
from robotics.kinematics import forward, jacobian, link_poses
from tests.robotics.oracle import random_arm

ARMS = names("arms")


def test_the_arms_of_the_first_milestone_are_there():
    assert set(ARMS) >= {"psm", "psm_si", "ecm", "iiwa_laparoscope", "planar_reach", "arm_exo"}


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_is_whole(name):
    config, chain = load_arm_config(name), load_arm(name)
    assert config.name == name
    assert config.title
    assert config.source
    assert np.all(chain.lower < chain.upper)
    assert np.all((chain.lower <= chain.home) & (chain.home <= chain.upper))
    for array in (chain.velocity, chain.acceleration, chain.jerk, chain.effort, chain.mass):
        assert np.all(array > 0.0)
        assert np.all(np.isfinite(array))
    for array in (chain.placement, chain.com, chain.inertia, chain.T_link_tip):
        assert array.flags.c_contiguous
    for T in (*chain.placement, chain.T_link_tip):
        np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(T[:3, :3]), 1.0)
    # Stopping from full speed takes part of a second and part of the range, not a shock and not the whole of it.
    assert np.all(chain.velocity / chain.acceleration < 0.5)
    assert np.all(chain.velocity**2 / (2.0 * chain.acceleration) < 0.5 * (chain.upper - chain.lower))


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_can_hold_and_accelerate_itself_within_its_limits(name):
    chain = load_arm(name)
    rng = np.random.default_rng(0)
    for _ in range(200):
        q = rng.uniform(chain.lower, chain.upper)
        M = mass_matrix(chain, q)
        assert np.linalg.eigvalsh(M)[0] > 0.0
        assert np.all(np.abs(gravity_torque(chain, q)) <= chain.effort)


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_moves_freely_at_home(name):
    chain = load_arm(name)
    J = jacobian(chain, chain.home)
    scaled = J / np.linalg.norm(J, axis=0)
    assert np.linalg.svd(scaled, compute_uv=False)[min(6, chain.size) - 1] > 1e-3


@pytest.mark.parametrize("name", [name for name in ARMS if load_arm_config(name).remote_centre == "mechanism"])
def test_the_shaft_of_an_arm_with_a_mechanical_remote_centre_passes_through_the_base_origin(name):
    chain = load_arm(name)
    slide = chain.kind.tolist().index(PRISMATIC)
    rng = np.random.default_rng(1)
    for _ in range(50):
        T = link_poses(chain, rng.uniform(chain.lower, chain.upper))[slide]
        assert np.linalg.norm(np.cross(T[:3, 2], T[:3, 3])) < 1e-12


def test_psm_geometry_is_that_of_dvrk():
    chain = load_arm("psm")
    # With all joints at zero the instrument points down and the wrist pitch axis is 15.6 mm short of the remote centre.
    T = link_poses(chain, np.zeros(6))
    np.testing.assert_allclose(T[4, :3, 3], [0.0, 0.0, 0.4318 - 0.4162], atol=1e-12)
    np.testing.assert_allclose(T[5, :3, 3], [0.0, 0.0, 0.4318 - 0.4162 - 0.0091], atol=1e-12)
    tip = forward(chain, np.zeros(6))
    np.testing.assert_allclose(tip[:3, :3], [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]], atol=1e-12)
    np.testing.assert_allclose(tip[:3, 3], [0.0, 0.0, 0.4318 - 0.4162 - 0.0091 - 0.0102], atol=1e-12)
    # Insertion drives the tip straight down.
    np.testing.assert_allclose(jacobian(chain, chain.home)[:, 2], [0.0, 0.0, -1.0, 0.0, 0.0, 0.0], atol=1e-12)


def test_iiwa_flange_stands_as_high_as_its_data_sheet_says():
    chain = load_arm("iiwa_laparoscope")
    flange = link_poses(chain, np.zeros(7))[6]
    np.testing.assert_allclose(flange[:3, 3], [0.0, 0.0, 1.306], atol=1e-12)
    np.testing.assert_allclose(forward(chain, np.zeros(7))[:3, 3], [0.0, 0.0, 1.706], atol=1e-12)


def test_exoskeleton_joints_move_a_right_arm_as_anatomy_names_them():
    chain = load_arm("arm_exo")
    hanging = np.zeros(5)
    np.testing.assert_allclose(forward(chain, hanging)[:3, :3], np.eye(3), atol=1e-12)
    hand = forward(chain, hanging)[:3, 3]
    assert hand[2] == pytest.approx(-0.61)

    def moved(joint, angle, **others):
        q = hanging.copy()
        for index, value in {joint: angle, **{int(key[1:]): value for key, value in others.items()}}.items():
            q[index] = value
        return forward(chain, q)

    assert moved(0, np.pi / 2)[0, 3] == pytest.approx(0.61)  # flexion lifts the hand forwards
    assert moved(1, np.pi / 2)[1, 3] == pytest.approx(-0.61)  # abduction lifts it outwards, to the right
    assert moved(2, 0.5, j3=np.pi / 2)[1, 3] > 0.1  # internal rotation brings the bent forearm to the trunk
    assert moved(3, np.pi / 2)[0, 3] == pytest.approx(0.30)  # elbow flexion lifts the hand forwards
    # Pronation turns the thumb, which points forwards, towards the trunk: the palm then faces back.
    np.testing.assert_allclose(moved(4, np.pi / 2)[:3, 0], [0.0, 1.0, 0.0], atol=1e-12)


def test_roll_pitch_yaw_turn_about_fixed_axes():
    np.testing.assert_allclose(rpy_matrix(0.0, 0.0, np.pi / 2) @ [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(
        rpy_matrix(np.pi / 2, 0.0, np.pi / 2) @ [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], atol=1e-15
    )  # roll first takes y to z, and yaw leaves z


def arm(**changes):
    data = random_arm(np.random.default_rng(0), 2, "modified_dh")
    for key, value in changes.items():
        target, *path = key.split("__")
        node = data
        for part in [target, *path[:-1]] if path else []:
            node = node[int(part)] if isinstance(node, list) else node[part]
        node[path[-1] if path else target] = value
    return data


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"joints__0__lower_rad": 3.0}, "joints[0]", "lower_rad: 3 of joint 'j0' is not below upper_rad, 2"),
        ({"joints__1__lower_m": 3.0}, "joints[1]", "lower_m: 3 of joint 'j1' is not below upper_m, 2"),
        ({"home": [0.0, 2.5]}, "", "home: 2.5 for joint 'j1' is outside of [-2, 2]"),
        ({"home": [0.0]}, "", "home: has 1 values for 2 joints"),
        ({"joints__1__name": "j0"}, "", "joints: the name 'j0' is given 2 times"),
        ({"joints__0__name": "base"}, "joints[0]", "name: 'base' stands for the part that does not move"),
        ({"joints__0__velocity_rad_s": 0.0}, "joints[0].velocity_rad_s", "> 0"),
        ({"joints__0__effort_n": 1.0}, "joints[0]", "unknown field `effort_n`"),
        ({"joints__1__effort_nm": 1.0}, "joints[1]", "unknown field `effort_nm`"),
        ({"joints__1__type": "revolute"}, "joints[1]", "unknown field `lower_m`"),
        ({"joints__0__type": "screw"}, "joints[0].type", "screw"),
        ({"joints__0__body__mass_kg": -1.0}, "joints[0].body.mass_kg", "> 0"),
        ({"joints__0__body__mass_kg": np.inf}, "joints[0].body.mass_kg", "is inf"),
        ({"joints__0__body__com_m": [0.0, np.nan, 0.0]}, "joints[0].body.com_m[1]", "is nan"),
        ({"joints__0__body__inertia_kgm2": [np.nan] * 6}, "joints[0].body.inertia_kgm2[0]", "is nan"),
        ({"joints__1__theta_offset_rad": np.nan}, "joints[1].theta_offset_rad", "is nan"),
        (
            {
                "visuals": [
                    {"link": "j1", "part": {"shape": "tube", "material": "s", "radius_m": 0.1, "arc_rad": np.nan}}
                ]
            },
            "visuals[0].part.arc_rad",
            "is nan",
        ),
        (
            {
                "visuals": [
                    {
                        "link": "j1",
                        "part": {"shape": "sphere", "material": "s", "radius_m": 0.1, "xyz_m": [np.inf, 0, 0]},
                    }
                ]
            },
            "visuals[0].part.xyz_m[0]",
            "is inf",
        ),
        (
            {"joints__0__body__inertia_kgm2": [1.0, 1.0, -1.0, 0.0, 0.0, 0.0]},
            "joints[0].body",
            "not positive definite, its smallest principal moment is -1",
        ),
        (
            {"joints__0__body__inertia_kgm2": [1.0, 1.0, 3.0, 0.0, 0.0, 0.0]},
            "joints[0].body",
            "the largest may not exceed the sum of the others",
        ),
        ({"tip__rotation": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]}, "tip", "not both"),
        ({"colour": "red"}, "", "unknown field `colour`"),
        (
            {"visuals": [{"link": "j7", "part": {"shape": "sphere", "material": "steel", "radius_m": 0.1}}]},
            "",
            "visuals[0].link: no joint 'j7'; choose one of: base, j0, j1",
        ),
        (
            {"visuals": [{"link": "j1", "jaw": 0.5, "part": {"shape": "sphere", "material": "s", "radius_m": 0.1}}]},
            "",
            "visuals[0].jaw: jaws are on the last link, 'j1', of arms with [jaw]",
        ),
    ],
)
def test_an_arm_that_cannot_be_is_refused_with_key_value_and_bound(changes, key, message):
    with pytest.raises(ConfigError) as caught:
        convert(arm(**copy.deepcopy(changes)), ArmConfig)
    assert caught.value.key == key
    assert message in str(caught.value)


CUFF = {
    "name": "hand",
    "link": "j1",
    "segment": "hand",
    "stiffness_n_m": [1.0, 1.0, 1.0],
    "damping_ns_m": [1.0, 1.0, 1.0],
    "stiffness_nm_rad": [0.0, 0.0, 0.0],
    "damping_nms_rad": [0.0, 0.0, 0.0],
}


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"cuffs": [{**CUFF, "link": "j7"}], "side": "left"}, "", "cuffs[0].link: no joint 'j7'; choose one of: base"),
        ({"cuffs": [CUFF, CUFF], "side": "left"}, "", "cuffs[1].name: 'hand' is given twice"),
        (
            {"cuffs": [{**CUFF, "segment": "leg"}], "side": "left"},
            "cuffs[0]",
            "segment: no segment 'leg'; choose one of: upper_arm, forearm, hand",
        ),
        (
            {"cuffs": [{**CUFF, "stiffness_n_m": [1.0, -1.0, 1.0]}], "side": "left"},
            "cuffs[0].stiffness_n_m[1]",
            ">= 0.0",
        ),
        ({"cuffs": [CUFF]}, "", "side: an arm with cuffs says which of a person's arms it holds: left or right"),
        ({"side": "middle"}, "side", "middle"),
    ],
)
def test_a_cuff_that_cannot_hold_anyone_is_refused(changes, key, message):
    with pytest.raises(ConfigError) as caught:
        convert(arm(**copy.deepcopy(changes)), ArmConfig)
    assert caught.value.key == key
    assert message in str(caught.value)


REHABILITATION = [name for name in ARMS if load_arm_config(name).side]


@pytest.mark.parametrize("name", REHABILITATION)
def test_every_arm_that_holds_a_person_has_cuffs_that_a_millisecond_can_compute(name):
    config, chain = load_arm_config(name), load_arm(name)
    assert config.side == "right"
    assert config.cuffs
    h = 1e-3
    # The lightest segments that may hang in a cuff: half of those of an adult of 50 kg and 1.50 m.
    light = {"upper_arm": (0.6, 1e-3), "forearm": (0.35, 2e-4), "hand": (0.14, 1e-4)}
    for cuff in config.cuffs:
        mass, inertia = light[cuff.segment]
        if cuff.link in chain.joint_names:
            link = chain.joint_names.index(cuff.link)
            inertia = 1.0 / (1.0 / inertia + 1.0 / float(np.linalg.eigvalsh(chain.inertia[link])[0]))
            mass = 1.0 / (1.0 / mass + 1.0 / float(chain.mass[link]))
        for k, d in zip(cuff.stiffness_n_m, cuff.damping_ns_m, strict=True):
            assert k * h**2 / mass + d * h / mass < 2.0
        for k, d in zip(cuff.stiffness_nm_rad, cuff.damping_nms_rad, strict=True):
            assert k <= 30.0
            assert k * h**2 / inertia + d * h / inertia < 2.0


def test_a_mount_turns_the_whole_arm_in_its_base():
    data = arm()
    data["mount"] = {"xyz_m": [0.1, 0.2, 0.3], "rpy_rad": [0.0, 0.0, np.pi / 2]}
    plain, mounted = (chain_from_config(convert(d, ArmConfig)) for d in (arm(), data))
    q = [0.3, -0.2]
    p = forward(plain, q)[:3, 3]
    np.testing.assert_allclose(forward(mounted, q)[:3, 3], [0.1 - p[1], 0.2 + p[0], 0.3 + p[2]], atol=1e-12)


def test_a_tip_that_is_no_rotation_is_refused():
    data = arm()
    data["tip"] = {"rotation": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]}
    with pytest.raises(ConfigError, match="no rotation matrix"):
        convert(data, ArmConfig)


def test_an_unknown_arm_is_answered_with_the_arms_there_are():
    with pytest.raises(UnknownNameError, match=r"unknown arm 'psn'; choose one of: .*psm"):
        load_arm("psn")


def test_the_tip_of_a_standard_arm_sits_behind_its_last_row():
    chain = chain_from_config(load_arm_config("planar_reach"))
    np.testing.assert_allclose(forward(chain, [0.0, 0.2])[:3, 3], [0.4 + 0.45 * np.cos(0.2), 0.45 * np.sin(0.2), 0.0])
