import msgspec
import numpy as np
import pytest

from control.layout import decode_layout
from robotics.errors import UnknownNameError
from robotics.shape_config import Box, Sphere
from robotics.shapes import mesh
from vr_training.stream.messages import SceneMessage, array
from vr_training.view.bodies import AT_REST, body, shape_body, still_scene
from vr_training.view.materials import material

BALL = Sphere(material="steel", radius_m=0.01)
BOX = Box(material="floor", size_m=(0.1, 0.2, 0.3))


def test_a_body_carries_the_whole_mesh_of_its_shape_and_looks_like_its_material():
    made, shape = shape_body("ball", BALL, "psm1", casts_shadow=False), mesh(BALL)
    np.testing.assert_array_equal(array(made.vertices, "<f4", -1, 3), shape.vertices)
    np.testing.assert_array_equal(array(made.normals, "<f4", -1, 3), shape.normals)
    np.testing.assert_array_equal(array(made.faces, "<u4", -1, 3), shape.faces)
    assert made.material == material("steel")
    assert (made.owner, made.moving, made.casts_shadow) == ("psm1", True, False)


def test_an_unknown_material_is_answered_with_those_there_are():
    with pytest.raises(UnknownNameError, match="steel"):
        body("ball", "unobtainium", mesh(BALL))


def test_a_still_scene_survives_the_wire_with_every_body_in_its_place():
    poses = np.array([AT_REST, (0.1, 0.2, 0.3, 0.0, 1.0, 0.0, 0.0)])
    scene, placed = still_scene(shape_body("ball", BALL), shape_body("box", BOX), poses=poses)
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(scene), type=SceneMessage)
    assert [b.name for b in read.bodies] == ["ball", "box"]
    np.testing.assert_array_equal(array(read.static_poses, "<f8", -1, 7), poses)
    np.testing.assert_array_equal(placed, poses)
    assert decode_layout(read.layout).arms == ()


def test_where_no_poses_are_given_every_body_rests_at_the_origin_and_may_be_moved():
    _, poses = still_scene(shape_body("ball", BALL), shape_body("box", BOX))
    np.testing.assert_array_equal(poses, [AT_REST, AT_REST])
    poses[1, 0] = 0.5
    assert poses[0, 0] == 0.0
