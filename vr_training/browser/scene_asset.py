"""A scene as a binary glTF file, for browsers and for whatever else reads glTF.

One node for each body, in the scene's order and under its name: poses of a state fit the nodes row by row. Axes are
the scene's own (z up); the node ``world`` turns them into glTF's (y up).

Source:
    Khronos Group, glTF 2.0 specification (ISO/IEC 12113:2022), and its extension KHR_materials_clearcoat.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pygltflib import (
    ARRAY_BUFFER,
    ELEMENT_ARRAY_BUFFER,
    FLOAT,
    GLTF2,
    SCALAR,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
    VEC3,
    VEC4,
    Accessor,
    Asset,
    Attributes,
    Buffer,
    BufferView,
    Material,
    Mesh,
    Node,
    PbrMetallicRoughness,
    Primitive,
    Scene,
)

from robotics.contracts import POSE_SIZE
from vr_training.stream.messages import Body, SceneMessage, array
from vr_training.stream.messages import Material as Look
from vr_training.view.materials import linear

CLEARCOAT = "KHR_materials_clearcoat"
COAT_ROUGHNESS = 0.2
"""Roughness of a smooth film, as the view draws it; ours."""
UP_FROM_WORLD = (-math.sqrt(0.5), 0.0, 0.0, math.sqrt(0.5))
"""Turns z up into y up, as ``[x, y, z, w]``."""


def scene_glb(scene: SceneMessage) -> bytes:
    """The scene as one ``.glb``, every body where it rests.

    Args:
        scene: The scene.
    """
    writer = _Writer()
    poses = np.asarray(array(scene.static_poses, "<f8", -1, POSE_SIZE), np.float64)
    for body, pose in zip(scene.bodies, poses, strict=True):
        writer.add(body, pose)
    return writer.glb(scene.title)


@dataclass
class _Writer:
    gltf: GLTF2 = field(default_factory=lambda: GLTF2(asset=Asset(version="2.0", generator="Steadyhand")))
    data: bytearray = field(default_factory=bytearray)
    meshes: dict[tuple[bytes, ...], int] = field(default_factory=dict)
    looks: dict[tuple[Look, bool], int] = field(default_factory=dict)

    def add(self, body: Body, pose: NDArray[np.float64]) -> None:
        """One body as one node; meshes that are equal are stored once."""
        look = self._look(body.material, bool(body.colours))
        key = (body.vertices, body.normals, body.faces, body.colours, bytes((look,)))
        if key not in self.meshes:
            self.meshes[key] = self._mesh(body, look)
        x, y, z, qw, qx, qy, qz = pose.tolist()
        self.gltf.nodes.append(
            Node(
                name=body.name,
                mesh=self.meshes[key],
                translation=[x, y, z],
                rotation=[qx, qy, qz, qw],
                extras={"owner": body.owner, "moving": body.moving, "casts_shadow": body.casts_shadow},
            )
        )

    def glb(self, title: str) -> bytes:
        """Everything that was added."""
        world = Node(name="world", rotation=list(UP_FROM_WORLD), children=list(range(len(self.gltf.nodes))))
        self.gltf.nodes.append(world)
        self.gltf.scenes.append(Scene(name=title or "scene", nodes=[len(self.gltf.nodes) - 1]))
        self.gltf.scene = 0
        self.gltf.buffers.append(Buffer(byteLength=len(self.data)))
        if any(look.clearcoat > 0.0 for look, _ in self.looks):
            self.gltf.extensionsUsed.append(CLEARCOAT)
        self.gltf.set_binary_blob(bytes(self.data))
        return b"".join(self.gltf.save_to_bytes())

    def _look(self, look: Look, coloured: bool) -> int:
        if (look, coloured) not in self.looks:
            colour = (1.0, 1.0, 1.0) if coloured else look.colour
            made = Material(
                pbrMetallicRoughness=PbrMetallicRoughness(
                    baseColorFactor=[*colour, look.opacity],
                    metallicFactor=look.metallic,
                    roughnessFactor=look.roughness,
                ),
                alphaMode="BLEND" if look.opacity < 1.0 else "OPAQUE",
                alphaCutoff=None,
            )
            if look.clearcoat > 0.0:
                made.extensions[CLEARCOAT] = {
                    "clearcoatFactor": look.clearcoat, "clearcoatRoughnessFactor": COAT_ROUGHNESS,
                }  # fmt: skip
            self.looks[look, coloured] = len(self.gltf.materials)
            self.gltf.materials.append(made)
        return self.looks[look, coloured]

    def _mesh(self, body: Body, look: int) -> int:
        vertices = np.asarray(array(body.vertices, "<f4", -1, 3))
        attributes = Attributes(
            POSITION=self._array(vertices, FLOAT, VEC3, ARRAY_BUFFER, bounds=True),
            NORMAL=self._array(np.asarray(array(body.normals, "<f4", -1, 3)), FLOAT, VEC3, ARRAY_BUFFER),
        )
        if body.colours:
            srgb = np.asarray(array(body.colours, "u1", -1, 3)) / 255.0
            shades = np.column_stack([linear(srgb), np.ones(len(srgb))])
            attributes.COLOR_0 = self._array(
                np.round(65535.0 * shades).astype("<u2"), UNSIGNED_SHORT, VEC4, ARRAY_BUFFER, normalized=True
            )
        faces = self._array(np.asarray(array(body.faces, "<u4", -1)), UNSIGNED_INT, SCALAR, ELEMENT_ARRAY_BUFFER)
        self.gltf.meshes.append(Mesh(primitives=[Primitive(attributes=attributes, indices=faces, material=look)]))
        return len(self.gltf.meshes) - 1

    def _array(
        self, values: NDArray[np.generic], component: int, kind: str, target: int,
        bounds: bool = False, normalized: bool = False,
    ) -> int:  # fmt: skip
        start, data = len(self.data), values.tobytes()
        self.data += data + b"\0" * (-len(data) % 4)
        self.gltf.bufferViews.append(BufferView(buffer=0, byteOffset=start, byteLength=len(data), target=target))
        made = Accessor(
            bufferView=len(self.gltf.bufferViews) - 1, componentType=component, count=len(values), type=kind,
            normalized=normalized,
        )  # fmt: skip
        if bounds:
            made.min, made.max = values.min(axis=0).tolist(), values.max(axis=0).tolist()
        self.gltf.accessors.append(made)
        return len(self.gltf.accessors) - 1
