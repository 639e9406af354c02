import numpy as np
import pinocchio as pin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics import dynamics
from robotics.errors import InputFileError, MissingFileError
from robotics.kinematics import forward, jacobian
from robotics.urdf import chain_from_urdf, chain_from_urdf_text
from tests.robotics.oracle import random_body, random_rotation

AXES = ["1 0 0", "0 1 0", "0 0 1", "-1 0 0", "0 -1 0", "0 0 -1", "0.6 -0.48 0.64"]


def random_origin(rng):
    xyz, rpy = rng.normal(scale=0.2, size=3), rng.uniform(-3.0, 3.0, size=3)
    return f'<origin xyz="{xyz[0]} {xyz[1]} {xyz[2]}" rpy="{rpy[0]} {rpy[1]} {rpy[2]}"/>'


def random_link(rng, name, bare=False):
    if bare:
        return f'<link name="{name}"/>'
    mass, _, _ = random_body(rng)
    _, _, box = random_body(rng)
    R = random_rotation(rng)
    box = R @ box @ R.T
    return (
        f'<link name="{name}"><inertial>{random_origin(rng)}<mass value="{mass}"/><inertia ixx="{box[0, 0]}" '
        f'iyy="{box[1, 1]}" izz="{box[2, 2]}" ixy="{box[0, 1]}" ixz="{box[0, 2]}" iyz="{box[1, 2]}"/></inertial></link>'
    )


def random_urdf(rng):
    """A serial chain with fixed joints in between, some fixed parts beside it, and axes in any direction."""
    parts = [random_link(rng, "base")]
    parent, moving = "base", 0
    for i in range(int(rng.integers(2, 10))):
        kind = str(rng.choice(["revolute", "continuous", "prismatic", "fixed"])) if moving else "revolute"
        moving += kind != "fixed"
        child = f"link{i}"
        parts.append(random_link(rng, child, bare=kind == "fixed" and rng.random() < 0.3))
        parts.append(
            f'<joint name="joint{i}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>{random_origin(rng)}'
            f'<axis xyz="{rng.choice(AXES)}"/><limit lower="-2" upper="2" velocity="1.5" effort="7"/>'
            f'<dynamics damping="0.3" friction="0.1"/></joint>'
        )
        if rng.random() < 0.3:
            parts.append(random_link(rng, f"side{i}"))
            parts.append(
                f'<joint name="weld{i}" type="fixed"><parent link="{child}"/><child link="side{i}"/>'
                f"{random_origin(rng)}</joint>"
            )
        parent = child
    return f'<robot name="random">{"".join(parts)}</robot>', parent


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_chain_read_from_urdf_moves_and_weighs_as_in_pinocchio(seed):
    rng = np.random.default_rng(seed)
    text, tip = random_urdf(rng)
    chain = chain_from_urdf_text(text, "base", tip)
    model = pin.buildModelFromXML(text)
    data = model.createData()
    q, dq, ddq = (rng.uniform(-2.0, 2.0, chain.size) for _ in range(3))
    q_pin = pin.neutral(model)
    for i, joint in enumerate(model.joints[1:]):
        q_pin[joint.idx_q : joint.idx_q + joint.nq] = [q[i]] if joint.nq == 1 else [np.cos(q[i]), np.sin(q[i])]

    assert chain.joint_names == tuple(model.names)[1:]
    pin.framesForwardKinematics(model, data, q_pin)
    frame = model.getFrameId(tip)
    np.testing.assert_allclose(forward(chain, q), data.oMf[frame].homogeneous, atol=1e-10)
    J = pin.computeFrameJacobian(model, data, q_pin, frame, pin.LOCAL_WORLD_ALIGNED).reshape(6, chain.size)
    np.testing.assert_allclose(jacobian(chain, q), J, atol=1e-10)
    expected = pin.rnea(model, data, q_pin, dq, ddq)
    gravity = model.gravity.linear
    actual = dynamics.inverse_dynamics(chain, q, dq, ddq, gravity=gravity)
    np.testing.assert_allclose(actual, expected, atol=1e-10 * max(1.0, np.abs(expected).max()))
    upper = np.triu(pin.crba(model, data, q_pin))
    M = upper + np.triu(upper, 1).T
    np.testing.assert_allclose(dynamics.mass_matrix(chain, q), M, atol=1e-10 * max(1.0, np.abs(M).max()))


ARM = """<robot name="two"><link name="a"/><link name="b"/><link name="c"/>
<joint name="turn" type="revolute"><parent link="a"/><child link="b"/><axis xyz="0 0 1"/>
<limit lower="-1" upper="2" velocity="3" effort="4"/><dynamics damping="0.5" friction="0.25"/></joint>
<joint name="slide" type="prismatic"><parent link="b"/><child link="c"/><origin xyz="1 0 0"/><axis xyz="1 0 0"/>
<limit lower="0" upper="0.5" velocity="0.1" effort="40"/></joint></robot>"""


def test_limits_and_friction_are_read_per_joint(tmp_path):
    path = tmp_path / "two.urdf"
    path.write_text(ARM)
    chain = chain_from_urdf(path)
    assert chain.joint_names == ("turn", "slide")
    assert chain.lower.tolist() == [-1.0, 0.0]
    assert chain.upper.tolist() == [2.0, 0.5]
    assert chain.velocity.tolist() == [3.0, 0.1]
    assert chain.effort.tolist() == [4.0, 40.0]
    assert chain.viscous.tolist() == [0.5, 0.0]
    assert chain.coulomb.tolist() == [0.25, 0.0]
    np.testing.assert_allclose(forward(chain, [np.pi / 2, 0.25])[:3, 3], [0.0, 1.25, 0.0], atol=1e-15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('type="prismatic"', 'type="planar"'), "joint 'slide' is of type 'planar'; a serial chain takes: fixed"),
        (('<limit lower="0" upper="0.5" velocity="0.1" effort="40"/>', ""), "joint 'slide' has no <limit>"),
        (('velocity="0.1"', ""), "joint 'slide' has a <limit> without 'velocity'"),
        (('upper="0.5"', 'upper="-0.5"'), "joint 'slide' has lower limit 0, not below its upper limit -0.5"),
        (('<axis xyz="1 0 0"/>', '<axis xyz="1 0 0"/><mimic joint="turn"/>'), "joint 'slide' mimics another joint"),
        (('<parent link="b"/>', '<parent link="a"/>'), "has 2 leaf links; name one of: b, c"),
        (('<parent link="b"/>', '<parent link="nowhere"/>'), "joint 'slide' has no parent link among the links"),
        (('<axis xyz="1 0 0"/>', '<axis xyz="0 0 0"/>'), "joint 'slide' has an axis without direction"),
        (('<axis xyz="1 0 0"/>', '<axis xyz="1 0"/>'), "'xyz' must be 3 finite numbers, is '1 0'"),
        (('<link name="c"/>', '<link name="c"/><link name="c"/>'), "2 links are called 'c'"),
        (("<robot", "<robots"), "not XML"),
        (('<link name="c"/>', '<x:include xmlns:x="http://ros.org/wiki/xacro"/>'), "expand them with xacro first"),
    ],
)
def test_what_is_no_serial_chain_is_refused_by_name(change, message):
    with pytest.raises(InputFileError) as caught:
        chain_from_urdf_text(ARM.replace(*change))
    assert message in str(caught.value)


def test_a_joint_that_moves_beside_the_chain_is_refused():
    branched = ARM.replace('<parent link="b"/><child link="c"/>', '<parent link="a"/><child link="c"/>')
    with pytest.raises(InputFileError, match="joint 'slide' branches off the chain at link 'a'"):
        chain_from_urdf_text(branched, tip_link="b")


def test_links_in_a_ring_are_refused_and_not_walked_for_ever():
    back = '<joint name="back" type="fixed"><parent link="b"/><child link="a"/></joint>'
    ring = ARM.replace("</robot>", back + "</robot>")
    with pytest.raises(InputFileError, match="joint 'back' closes a loop at link 'a'"):
        chain_from_urdf_text(ring, base_link="a", tip_link="c")


def test_unknown_links_are_answered_with_the_links_there_are():
    with pytest.raises(InputFileError, match="no link 'tool'; choose one of: a, b, c"):
        chain_from_urdf_text(ARM, tip_link="tool")
    with pytest.raises(InputFileError, match="link 'a' does not hang on link 'b'"):
        chain_from_urdf_text(ARM, base_link="b", tip_link="a")
    with pytest.raises(MissingFileError, match="no URDF file"):
        chain_from_urdf("nowhere.urdf")
