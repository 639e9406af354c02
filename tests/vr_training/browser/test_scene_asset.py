"""A scene as glTF: what reads it finds every body where the session has it, with its own surface."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from pygltflib import GLTF2

from tests.vr_training.view import test_skin, view_stage
from vr_training.browser.scene_asset import CLEARCOAT, scene_glb
from vr_training.stream.messages import SceneMessage, array
from vr_training.view.materials import linear

KINDS = {5126: "<f4", 5123: "<u2", 5125: "<u4"}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}


def read(scene: SceneMessage) -> GLTF2:
    return GLTF2.load_from_bytes(scene_glb(scene))


def values(gltf: GLTF2, index: int) -> np.ndarray:
    accessor = gltf.accessors[index]
    view = gltf.bufferViews[accessor.bufferView]
    assert view.byteOffset % 4 == 0
    data = gltf.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    return np.frombuffer(data, KINDS[accessor.componentType]).reshape(accessor.count, WIDTHS[accessor.type])


def test_every_body_is_a_node_of_its_name_in_the_scenes_order_with_its_own_mesh() -> None:
    scene = view_stage.scene()
    gltf = read(scene)
    world = gltf.nodes[gltf.scenes[0].nodes[0]]
    assert world.children == list(range(len(scene.bodies)))
    poses = array(scene.static_poses, "<f8", -1, 7)
    for body, pose, node in zip(scene.bodies, poses, gltf.nodes, strict=False):
        assert node.name == body.name
        assert node.extras["moving"] is body.moving
        np.testing.assert_allclose(node.translation, pose[:3])
        np.testing.assert_allclose(node.rotation, pose[[4, 5, 6, 3]])
        (part,) = gltf.meshes[node.mesh].primitives
        vertices = values(gltf, part.attributes.POSITION)
        np.testing.assert_array_equal(vertices, array(body.vertices, "<f4", -1, 3))
        np.testing.assert_array_equal(values(gltf, part.attributes.NORMAL), array(body.normals, "<f4", -1, 3))
        np.testing.assert_array_equal(values(gltf, part.indices).ravel(), array(body.faces, "<u4", -1))
        bounds = gltf.accessors[part.attributes.POSITION]
        np.testing.assert_allclose((bounds.min, bounds.max), (vertices.min(axis=0), vertices.max(axis=0)))
        look = gltf.materials[part.material]
        np.testing.assert_allclose(look.pbrMetallicRoughness.roughnessFactor, body.material.roughness)
        assert look.alphaMode == ("BLEND" if body.material.opacity < 1.0 else "OPAQUE")


def test_the_world_is_turned_from_z_up_to_y_up() -> None:
    gltf = read(view_stage.scene())
    x, y, z, w = gltf.nodes[gltf.scenes[0].nodes[0]].rotation
    up = (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))  # the turned z axis
    np.testing.assert_allclose(up, (0.0, 1.0, 0.0), atol=1e-12)


def test_colours_of_vertices_are_linear_as_the_format_has_them() -> None:
    scene = test_skin.scene()
    gltf = read(scene)
    (part,) = gltf.meshes[0].primitives
    told = values(gltf, part.attributes.COLOR_0)[:, :3] / 65535.0
    srgb = array(scene.bodies[0].colours, "u1", -1, 3)
    np.testing.assert_allclose(told, linear(srgb / 255.0), atol=1e-4)
    assert gltf.materials[part.material].pbrMetallicRoughness.baseColorFactor[:3] == [1.0, 1.0, 1.0]


def test_equal_meshes_are_stored_once_and_a_coat_is_named_as_an_extension() -> None:
    scene = view_stage.scene()
    needle = scene.bodies[3]
    coated = msgspec.structs.replace(needle.material, clearcoat=0.7)
    twice = msgspec.structs.replace(
        scene,
        bodies=(*scene.bodies[:3], needle, msgspec.structs.replace(needle, name="second"),
                msgspec.structs.replace(needle, name="third", material=coated)),
        static_poses=np.tile(array(scene.static_poses, "<f8", -1, 7)[:1], (6, 1)).tobytes(),
    )  # fmt: skip
    gltf = read(twice)
    assert gltf.nodes[3].mesh == gltf.nodes[4].mesh != gltf.nodes[5].mesh
    assert CLEARCOAT in gltf.extensionsUsed
    (part,) = gltf.meshes[gltf.nodes[5].mesh].primitives
    assert gltf.materials[part.material].extensions[CLEARCOAT]["clearcoatFactor"] == pytest.approx(0.7)
