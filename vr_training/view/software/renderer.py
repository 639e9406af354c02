"""`SoftwareRenderer`: the renderer that every host has."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.stream.messages import SceneMessage
from vr_training.view.contracts import Camera, Frame
from vr_training.view.software import rays
from vr_training.view.software.geometry import SRGB_TO_LINEAR, Geometry, geometry
from vr_training.view.software.raster import NOTHING, perspective, place
from vr_training.view.software.resolve import GAMMA, GAMMA_STEPS, resolve
from vr_training.view.software.shadow import SOFTNESS, cast, light_frame, seen_points

Quality = Literal["still", "live", "fast"]
"""``still`` casts rays and takes 16 samples a pixel; ``live`` has a shadow map and 4 samples; ``fast`` has neither."""

NEAR_M = 0.002
"""Nearest thing that is drawn: an instrument may come close to the lens."""
SKY_REACH = 0.6
"""How far an occluder may be to darken the room's light, as a share of the scene's distance."""
SHADOW_TEXELS = {"still": 2048, "live": 768, "fast": 1}
CEILING, HORIZON, FLOOR = (0.30, 0.35, 0.40), (0.10, 0.125, 0.15), (0.025, 0.03, 0.037)
"""Backdrop from top to bottom, display-linear."""


class SoftwareRenderer:
    """Draws on the processor.

    Args:
        quality: See `Quality`; may be changed between frames.
        threads: Threads to draw with; as many as the process may use cores where None.

    Raises:
        ArgumentError: Unknown quality.
    """

    name = "software"

    def __init__(self, quality: Quality = "live", threads: int | None = None) -> None:
        if quality not in SHADOW_TEXELS:
            raise ArgumentError(f"quality is '{quality}'; choose one of: {', '.join(SHADOW_TEXELS)}")
        self.quality: Quality = quality
        self.threads = threads or available_cores()
        self._pool = ThreadPoolExecutor(self.threads, "draw") if self.threads > 1 else None
        self._scene: Geometry | None = None
        self._buffers: dict[tuple[str, tuple[int, ...]], NDArray[Any]] = {}

    def load(self, scene: SceneMessage) -> None:
        """Take a scene; replaces the one before."""
        self._scene = geometry(scene)

    @property
    def triangles(self) -> int:
        """Triangles of the scene."""
        return 0 if self._scene is None else len(self._scene.faces)

    def render(self, poses: Vector, camera: Camera) -> Frame:
        """Draw the scene; see `vr_training.view.contracts.Renderer`. A body whose pose is not finite is left out.

        Raises:
            ArgumentError: No scene was loaded, or the poses do not fit it.
        """
        scene = self._scene
        if scene is None:
            raise ArgumentError("no scene was loaded; call load() before render()")
        poses = np.asarray(poses, dtype=np.float64)
        if poses.shape != (len(scene.casts), 7):
            raise ArgumentError(f"poses have shape {poses.shape}; this scene needs ({len(scene.casts)}, 7)")
        if self.quality == "still":
            double = Camera(camera.T_world_camera, camera.fov_y_rad, 2 * camera.width, 2 * camera.height)
            return _halve(self._draw(scene, poses, double, 2))
        return self._draw(scene, poses, camera, 1 if self.quality == "fast" else 2)

    def close(self) -> None:
        """Free threads and buffers."""
        if self._pool is not None:
            self._pool.shutdown()
        self._buffers.clear()
        self._scene = None

    def _draw(self, scene: Geometry, poses: Vector, camera: Camera, factor: int) -> Frame:
        height, width = camera.height, camera.width
        focal = factor * height / (2.0 * np.tan(camera.fov_y_rad / 2.0))
        shown: NDArray[np.bool_] = np.asarray(np.isfinite(poses).all(axis=1))
        R_world, t_world = _matrices(np.where(shown[:, None], poses, (0, 0, 0, 1, 0, 0, 0)))
        T = np.asarray(camera.T_world_camera, dtype=np.float64)
        R_camera, t_camera = T[:3, :3].T @ R_world, (t_world - T[:3, 3]) @ T[:3, :3]
        points = self._buffer("points", scene.vertices.shape, np.float32)
        normals = self._buffer("normals", scene.vertices.shape, np.float32)
        place(scene.vertices, scene.vertex_start, R_camera, t_camera, points)
        place(scene.normals, scene.vertex_start, R_camera, np.zeros_like(t_camera), normals)

        size = (height * factor, width * factor)
        ids, over = self._buffer("ids", size, np.int32), self._buffer("over", size, np.int32)
        inverse, inverse_over = self._buffer("inverse", size, np.float32), self._buffer("over z", size, np.float32)
        overlay = scene.solid < len(scene.faces)

        def see(row0: int, row1: int) -> None:
            top, bottom = row0 * factor, row1 * factor
            ids[top:bottom].fill(NOTHING)
            inverse[top:bottom].fill(0.0)
            arguments = (points, scene.faces, scene.face_body, shown)
            perspective(*arguments, 0, scene.solid, focal, NEAR_M, top, bottom, inverse, inverse, ids)
            if overlay:
                over[top:bottom].fill(NOTHING)
                inverse_over[top:bottom].fill(0.0)
                last = len(scene.faces)
                perspective(*arguments, scene.solid, last, focal, NEAR_M, top, bottom, inverse, inverse_over, over)

        self._bands(height, see)
        seen = seen_points(inverse, focal, 8 * factor)
        reference = float(np.exp(np.mean(np.log(seen[:, 2])))) if len(seen) else 1.0

        T_light = light_frame()
        light_from_camera = np.ascontiguousarray(T_light[:3, :3].T @ T[:3])
        texels = SHADOW_TEXELS[self.quality]
        depth = self._buffer("shadow", (texels, texels), np.float32)
        lamp = np.array([0.1 * reference, -0.16 * reference, 0.0, reference, 0.62, 1.25, 0.50, 0.0, 0.0, 1.0, 1.0, 0.0])
        occlusion: NDArray[np.float32] = np.ones((1, 1), np.float32)
        open_: NDArray[np.float32] = occlusion
        casts = scene.casts & shown
        if self.quality == "still" and len(seen):
            solid = scene.faces[: scene.solid]
            solid = solid[casts[scene.face_body[: scene.solid]]]
            embree = rays.occluders(points, solid, self.threads)
            to_light = -light_from_camera[2, :3]
            occlusion, open_ = rays.visibility(
                embree,
                self.threads,
                ids,
                inverse,
                factor,
                focal,
                points,
                normals,
                scene.faces,
                to_light,
                SKY_REACH * reference,
            )
        elif texels > 1 and len(seen):
            scratch = self._buffer("scratch", scene.vertices.shape, np.float32)
            R_light, t_light = T_light[:3, :3].T @ R_world, t_world @ T_light[:3, :3]
            arrays = (scene.vertices, scene.vertex_start, R_light, t_light, scene.faces, scene.face_body)
            shadow = cast(seen, light_from_camera, *arrays, casts, scene.solid, scratch, depth)
            soft = SOFTNESS * texels
            lamp[7:] = shadow.left, shadow.top, shadow.per_metre, soft, 1.5 / shadow.per_metre
        view = np.array([focal, size[1] / 2, size[0] / 2])
        backdrop = _backdrop(height)
        colour = np.empty((height, width, 3), np.uint8)
        distance = np.empty((height, width), np.float32)
        traced = self.quality == "still" and len(seen) > 0
        world_from_camera = np.ascontiguousarray(T[:3])

        def light(row0: int, row1: int) -> None:
            resolve(
                row0,
                row1,
                factor,
                ids,
                inverse,
                over,
                overlay,
                points,
                normals,
                scene.albedo,
                scene.faces,
                scene.face_body,
                scene.surface,
                view,
                lamp,
                light_from_camera,
                world_from_camera,
                depth,
                occlusion,
                open_,
                traced,
                backdrop,
                colour,
                distance,
            )

        self._bands(height, light)
        return Frame(colour, distance)

    def _bands(self, height: int, work: Callable[[int, int], None]) -> None:
        """Do work on bands of rows, one thread each; kernels release the interpreter's lock."""
        if self._pool is None:
            work(0, height)
            return
        # Twice as many bands as threads: the middle of a picture costs more than its borders.
        edges = np.linspace(0, height, 2 * self.threads + 1).astype(int)
        list(self._pool.map(work, edges[:-1].tolist(), edges[1:].tolist()))

    def _buffer(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> Any:
        """An array that is kept from frame to frame."""
        key = (name, shape)
        if key not in self._buffers:
            for old in [k for k in self._buffers if k[0] == name]:
                del self._buffers[old]
            self._buffers[key] = np.zeros(shape, dtype=kind)
        return self._buffers[key]


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _matrices(poses: Vector) -> tuple[Vector, Vector]:
    """Rotations (n, 3, 3) and positions (n, 3) of poses ``[x, y, z, qw, qx, qy, qz]``."""
    q = poses[:, 3:] / np.linalg.norm(poses[:, 3:], axis=1, keepdims=True)
    w, x, y, z = q.T
    R = np.empty((len(poses), 3, 3))
    R[:, 0, 0], R[:, 0, 1], R[:, 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    R[:, 1, 0], R[:, 1, 1], R[:, 1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    R[:, 2, 0], R[:, 2, 1], R[:, 2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    return R, np.ascontiguousarray(poses[:, :3])


def _backdrop(height: int) -> Vector:
    """Colour of each row where nothing is, shape (height, 3)."""
    t = (np.arange(height) + 0.5) / height
    stops = np.array([CEILING, HORIZON, FLOOR])
    return np.ascontiguousarray(np.stack([np.interp(t, [0.0, 0.55, 1.0], stops[:, k]) for k in range(3)], axis=-1))


def _halve(frame: Frame) -> Frame:
    """Average 2 by 2 pixels in linear light, keep the nearest depth."""
    height, width = frame.depth.shape[0] // 2, frame.depth.shape[1] // 2
    light = SRGB_TO_LINEAR[frame.colour].reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
    colour = GAMMA[(light * (GAMMA_STEPS - 1)).astype(np.int64)]
    return Frame(colour, frame.depth.reshape(height, 2, width, 2).min(axis=(1, 3)))
