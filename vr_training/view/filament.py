"""Open3D's Filament renderer, off-screen: for hosts whose graphics card `vr_training.view.probe` found to work."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.stream.messages import Body, DeformableState, SceneMessage, array
from vr_training.view.cameras import matrix
from vr_training.view.contracts import Camera, Frame
from vr_training.view.skin import Skin
from vr_training.view.software.shadow import KEY_DIRECTION

NEAR_M = 0.002
FAR_M = 20.0
SUN_LUX = 60000.0
SKY_LUX = 26000.0
BACKDROP = (0.42, 0.47, 0.52, 1.0)
"""sRGB and opacity of the backdrop."""


class FilamentRenderer:
    """Draws on the graphics card, lit by a sun with shadows and by a sky.

    Constructing or rendering may hang where only a software driver is there; never use it before the probe said so.
    """

    name = "filament"

    def __init__(self) -> None:
        self._scene: SceneMessage | None = None
        self._renderer: Any = None
        self._size = (0, 0)

    def load(self, scene: SceneMessage) -> None:
        """Take a scene; replaces the one before."""
        self._scene = scene
        self._renderer = None
        self._skins = [Skin(each, scene.bodies[each.body]) for each in scene.deformables]

    def bend(self, shapes: tuple[DeformableState, ...]) -> None:
        """Give the scene's deformables other shapes; see `vr_training.view.contracts.Renderer`."""
        if self._scene is None:
            raise ArgumentError("no scene was loaded; call load() before bend()")
        bodies = list(self._scene.bodies)
        for skin, shape in zip(self._skins, shapes, strict=True):
            old = bodies[skin.body]
            bodies[skin.body] = skin.bend(shape).body(old)
            if self._renderer is not None and bodies[skin.body] != old:
                self._renderer.scene.remove_geometry(old.name)
                self._add(bodies[skin.body])
        self._scene = msgspec.structs.replace(self._scene, bodies=tuple(bodies))

    def render(self, poses: Vector, camera: Camera) -> Frame:
        """Draw the scene; see `vr_training.view.contracts.Renderer`. A body whose pose is not finite is left out.

        Raises:
            ArgumentError: No scene was loaded, or the poses do not fit it.
        """
        if self._scene is None:
            raise ArgumentError("no scene was loaded; call load() before render()")
        count = len(self._scene.bodies)
        poses = np.asarray(poses, dtype=np.float64)
        if poses.shape != (count, 7):
            raise ArgumentError(f"poses have shape {poses.shape}; this scene needs ({count}, 7)")
        if self._renderer is None or self._size != (camera.width, camera.height):
            self._build(camera.width, camera.height)
        scene = self._renderer.scene
        for body, pose in zip(self._scene.bodies, poses, strict=True):
            finite = bool(np.isfinite(pose).all())
            scene.show_geometry(body.name, finite)
            if finite:
                scene.set_geometry_transform(body.name, _transform(pose))
        extrinsic = np.linalg.inv(camera.T_world_camera)
        self._renderer.setup_camera(matrix(camera), extrinsic, camera.width, camera.height)
        scene.camera.set_projection(matrix(camera), NEAR_M, FAR_M, camera.width, camera.height)
        colour = np.ascontiguousarray(np.asarray(self._renderer.render_to_image())[..., :3])
        depth = np.asarray(self._renderer.render_to_depth_image(True), dtype=np.float32)
        return Frame(colour, np.where(np.isfinite(depth) & (depth < FAR_M * 0.999), depth, np.float32(np.inf)))

    def close(self) -> None:
        """Free what it holds on the graphics card."""
        self._renderer = None
        self._scene = None

    def _build(self, width: int, height: int) -> None:
        from open3d.visualization import rendering

        # Open3D frees a renderer when its last reference goes; two at once run out of contexts on some drivers.
        self._renderer = None
        self._renderer = rendering.OffscreenRenderer(width, height)
        self._size = (width, height)
        scene = self._renderer.scene
        scene.set_background(BACKDROP)
        scene.set_lighting(rendering.Open3DScene.LightingProfile.NO_SHADOWS, (0.0, 0.0, -1.0))
        scene.scene.set_sun_light(-KEY_DIRECTION, (1.0, 0.98, 0.95), SUN_LUX)
        scene.scene.enable_sun_light(True)
        scene.scene.enable_indirect_light(True)
        scene.scene.set_indirect_light_intensity(SKY_LUX)
        scene.view.set_post_processing(True)
        scene.view.set_antialiasing(True)
        scene.view.set_shadowing(True, rendering.View.ShadowType.VSM)
        assert self._scene is not None
        for body in self._scene.bodies:
            self._add(body)

    def _add(self, body: Body) -> None:
        from open3d.visualization import rendering

        scene = self._renderer.scene
        scene.add_geometry(body.name, _mesh(body), _material(rendering, body))
        scene.scene.geometry_shadows(body.name, body.casts_shadow and body.material.opacity >= 1.0, True)


def _mesh(body: Body) -> Any:
    import open3d as o3d

    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(array(body.vertices, "<f4", -1, 3).astype(np.float64)),
        o3d.utility.Vector3iVector(array(body.faces, "<u4", -1, 3).astype(np.int32)),
    )
    mesh.vertex_normals = o3d.utility.Vector3dVector(array(body.normals, "<f4", -1, 3).astype(np.float64))
    if body.colours:
        colours = array(body.colours, "u1", -1, 3).astype(np.float64) / 255.0
        mesh.vertex_colors = o3d.utility.Vector3dVector(colours)
    return mesh


def _material(rendering: Any, body: Body) -> Any:
    look = body.material
    record = rendering.MaterialRecord()
    record.shader = "defaultLit" if look.opacity >= 1.0 else "defaultLitTransparency"
    colour = (1.0, 1.0, 1.0) if body.colours else look.colour
    record.base_color = (*colour, look.opacity)
    record.base_roughness, record.base_metallic = look.roughness, look.metallic
    record.base_clearcoat, record.base_clearcoat_roughness = look.clearcoat, 0.2
    record.base_reflectance = 0.4
    return record


def _transform(pose: Vector) -> Vector:
    from scipy.spatial.transform import Rotation

    w, x, y, z = pose[3:]
    T = np.eye(4)
    T[:3, :3] = Rotation.from_quat([x, y, z, w]).as_matrix()
    T[:3, 3] = pose[:3]
    return T
