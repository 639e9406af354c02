"""Bodies stand where the joints, the jaw, the objects and the target put them."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from two_arm_scene import make_scene

from control.layout import decode_layout, encode_layout
from control.tick import Flag, TickLayout, tick_dtype
from robotics.errors import InputFileError
from vr_training.stream.messages import DeformableScene, SceneMessage, array
from vr_training.stream.poser import ScenePoser


def matrix(pose: np.ndarray) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = Rotation.from_quat(pose[3:], scalar_first=True).as_matrix()
    T[:3, 3] = pose[:3]
    return T


def turned(angle: float) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = Rotation.from_euler("z", angle).as_matrix()
    return T


def some_tick(scene: SceneMessage, seed: int = 0) -> np.void:
    rng = np.random.default_rng(seed)
    ticks = np.zeros(1, tick_dtype(decode_layout(scene.layout)))
    arm = ticks["arms"]["psm1"]
    arm["q"] = rng.normal(size=3)
    arm["jaw"] = rng.normal()
    for pose in (*ticks["objects"][0], ticks["target"][0]):
        pose[:3], pose[3:] = rng.normal(size=3), Rotation.random(random_state=seed).as_quat(scalar_first=True)
    return ticks[0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_links_stand_where_the_product_of_joint_motions_puts_them(seed: int) -> None:
    scene = make_scene()
    tick = some_tick(scene, seed)
    arm = scene.arms[0]
    placement, base = array(arm.placement, float, -1, 4, 4), array(arm.base, float, 4, 4)
    q, jaw = tick["arms"]["psm1"]["q"], tick["arms"]["psm1"]["jaw"]
    slide = np.eye(4)
    slide[2, 3] = q[1]
    links = [base, base @ placement[0] @ turned(q[0])]
    links.append(links[-1] @ placement[1] @ slide)
    links.append(links[-1] @ placement[2] @ turned(q[2]))
    poses = ScenePoser(scene).poses(tick)
    for link in arm.links:
        expected = links[link.link + 1] @ turned(link.jaw * jaw) @ array(link.pose, float, 4, 4)
        np.testing.assert_allclose(matrix(poses[link.body]), expected, atol=1e-12)
    np.testing.assert_array_equal(poses[4], tick["objects"][0])
    np.testing.assert_array_equal(poses[5], tick["objects"][0])
    np.testing.assert_array_equal(poses[6], tick["target"])
    np.testing.assert_array_equal(poses[7], array(scene.static_poses, float, -1, 7)[7])


def test_what_a_tick_does_not_place_stays_where_the_scene_put_it(scene: SceneMessage) -> None:
    tick = some_tick(scene)
    tick["target"] = np.nan
    tick["objects"][0] = 0.0
    tick["arms"]["psm1"]["q"][1] = np.nan
    poser = ScenePoser(scene)
    np.testing.assert_array_equal(poser.poses(tick), array(scene.static_poses, float, -1, 7))
    assert np.isnan(poser.state_message(tick, 1, 1).target).all()


def test_without_a_jaw_angle_the_jaws_are_closed(scene: SceneMessage) -> None:
    tick = some_tick(scene)
    tick["arms"]["psm1"]["jaw"] = 0.0
    closed = ScenePoser(scene).poses(tick)
    tick["arms"]["psm1"]["jaw"] = np.nan
    np.testing.assert_array_equal(ScenePoser(scene).poses(tick), closed)


def test_the_state_says_what_the_tick_says_and_survives_the_wire(scene: SceneMessage) -> None:
    tick = some_tick(scene)
    tick["sequence"], tick["time"], tick["state"], tick["success"], tick["signals"] = 17, 0.017, 5, 1, 0.25
    tick["flags"], tick["timing"]["missed"] = Flag.WORKSPACE, 3
    tick["arms"]["psm1"]["flags"], tick["arms"]["fixed"]["flags"] = Flag.INPUT_STALE, Flag.TORQUE_LIMIT
    tick["arms"]["psm1"]["wrench"] = [3, 4, 0, 9, 9, 9]
    poser = ScenePoser(scene)
    state = poser.state_message(tick, epoch=9, sent_ns=8, running=False, dropped=2, lease="view-1")
    state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state))
    assert (state.epoch, state.sequence, state.time_s, state.state, state.success) == (9, 17, 0.017, 5, True)
    assert state.flags == Flag.WORKSPACE | Flag.INPUT_STALE | Flag.TORQUE_LIMIT
    assert [arm.name for arm in state.arms] == ["psm1", "fixed"]
    assert state.arms[0].force_n == 5.0
    assert state.arms[0].force == (3.0, 4.0, 0.0)
    assert (state.missed, state.dropped, state.lease, state.running, state.signals) == (3, 2, "view-1", False, (0.25,))
    np.testing.assert_allclose(array(state.poses, "<f4", -1, 7), poser.poses(tick), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"static_poses": b""},
        {"target": (8,)},
        {"objects": (("needle", (-1,)),)},
        {"objects": (("spoon", (1,)),)},
        {"layout": encode_layout(TickLayout((("psm1", 4), ("fixed", 1)), ("needle",)))},
        {"layout": "{}"},
    ],
)
def test_a_scene_that_contradicts_itself_is_refused(scene: SceneMessage, change: dict[str, object]) -> None:
    with pytest.raises(InputFileError, match="scene"):
        ScenePoser(msgspec.structs.replace(scene, **change))


def test_a_deformable_travels_as_it_stands_in_the_tick() -> None:
    plain = make_scene()
    layout = decode_layout(plain.layout)
    bent = TickLayout(layout.arms, layout.objects, layout.signals, (("sheet", 4, 1),))
    scene = msgspec.structs.replace(
        plain,
        layout=encode_layout(bent),
        deformables=(DeformableScene(name="sheet", body=7, nodes=(2, 2), cells=3, thickness_m=0.001),),
    )
    tick = np.zeros(1, tick_dtype(bent))
    tick["deformables"]["sheet"]["nodes"] = np.arange(12).reshape(4, 3)
    tick["deformables"]["sheet"]["open"] = 5
    (shape,) = ScenePoser(scene).state_message(tick[0], 1, 0).deformables
    np.testing.assert_array_equal(array(shape.nodes, "<f4", 4, 3), np.arange(12).reshape(4, 3))
    assert shape.open == b"\x05" + bytes(7)
    assert shape.marked == bytes(8)
    assert ScenePoser(plain).state_message(np.zeros(1, tick_dtype(layout))[0], 1, 0).deformables == ()


def test_a_deformable_that_the_ticks_have_not_is_refused() -> None:
    sheet = DeformableScene(name="sheet", body=7, nodes=(2, 2), cells=3, thickness_m=0.001)
    with pytest.raises(InputFileError, match="sheet"):
        ScenePoser(msgspec.structs.replace(make_scene(), deformables=(sheet,)))
