"""`SoftwareRenderer`: the renderer that every host has."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.stream.messages import DeformableState, SceneMessage
from vr_training.view.contracts import Camera, Frame
from vr_training.view.skin import Skin
from vr_training.view.software import rays
from vr_training.view.software.geometry import SRGB_TO_LINEAR, geometry
from vr_training.view.software.passes import Passes
from vr_training.view.software.picture import Picture, empty
from vr_training.view.software.resolve import halve
from vr_training.view.software.shadow import seen_points
from vr_training.view.software.shot import Stage

Quality = Literal["still", "live", "fast"]
"""``still`` casts rays and takes 16 samples a pixel; ``live`` has a shadow map and 4 samples; ``fast`` has neither."""

SKY_REACH = 0.6
"""How far an occluder may be to darken the room's light, as a share of the scene's distance."""
SHADOW_TEXELS = {"still": 0, "live": 768, "fast": 0}
KEPT = 2
"""Pictures that are remembered: those of two eyes."""


class SoftwareRenderer:
    """Draws on the processor; what has not changed since the picture before is taken from there.

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
        self._passes: Passes | None = None
        self._pictures: list[Picture] = []
        self._drawn_as: Quality = quality

    def load(self, scene: SceneMessage) -> None:
        """Take a scene; replaces the one before."""
        self._passes = Passes(Stage(geometry(scene)), self.threads, self._pool)
        self._pictures.clear()
        self._skins = [Skin(each, scene.bodies[each.body]) for each in scene.deformables]
        self._shapes: list[DeformableState | None] = [None] * len(self._skins)
        self._bent = np.zeros(len(scene.bodies), np.int64)

    def bend(self, shapes: tuple[DeformableState, ...]) -> None:
        """Give the scene's deformables other shapes; see `vr_training.view.contracts.Renderer`."""
        if self._passes is None:
            raise ArgumentError("no scene was loaded; call load() before bend()")
        scene = self._passes.scene
        for k, (skin, shape) in enumerate(zip(self._skins, shapes, strict=True)):
            if shape == self._shapes[k]:
                continue
            self._shapes[k] = shape
            self._bent[skin.body] += 1
            first, last = scene.vertex_start[skin.body], scene.vertex_start[skin.body + 1]
            bent = skin.bend(shape)
            scene.vertices[first:last], scene.normals[first:last] = bent.vertices, bent.normals
            scene.albedo[first:last] = SRGB_TO_LINEAR[bent.colours]
            scene.faces[scene.face_body == skin.body] = bent.faces + first

    @property
    def triangles(self) -> int:
        """Triangles of the scene."""
        return 0 if self._passes is None else len(self._passes.scene.faces)

    @property
    def lit(self) -> float:
        """Share of the last picture that had to be lit; the rest was taken from the one before."""
        return float(self._pictures[-1].stale.mean()) if self._pictures else 1.0

    def render(self, poses: Vector, camera: Camera) -> Frame:
        """Draw the scene; see `vr_training.view.contracts.Renderer`. A body whose pose is not finite is left out.

        Raises:
            ArgumentError: No scene was loaded, or the poses do not fit it.
        """
        passes = self._passes
        if passes is None:
            raise ArgumentError("no scene was loaded; call load() before render()")
        poses = np.asarray(poses, dtype=np.float64)
        bodies = len(passes.scene.casts)
        if poses.shape != (bodies, 7):
            raise ArgumentError(f"poses have shape {poses.shape}; this scene needs ({bodies}, 7)")
        if self.quality != self._drawn_as:
            self._pictures.clear()
            self._drawn_as = self.quality
        if self.quality == "still":
            return self._still(passes, poses, camera)
        return self._live(passes, poses, camera, 1 if self.quality == "fast" else 2)

    def close(self) -> None:
        """Free threads and buffers."""
        if self._pool is not None:
            self._pool.shutdown()
        self._pictures.clear()
        self._passes = None

    def _still(self, passes: Passes, poses: Vector, camera: Camera) -> Frame:
        """A picture of its own, drawn twice as large: rays once for each final pixel, light four times."""
        double = Camera(camera.T_world_camera, camera.fov_y_rad, 2 * camera.width, 2 * camera.height)
        picture = Picture(double.width, double.height, 2, 0)
        scene = passes.scene
        shot = passes.stage.shoot(poses, double, 2)
        empty(picture.ids, picture.inverse)
        empty(picture.over, picture.inverse_over)
        passes.see(shot, picture, 0, len(scene.faces))
        seen = seen_points(picture.inverse, shot.focal, 16)
        reference = _distance(seen)
        traced = None
        if len(seen):
            casts = scene.casts & shot.shown
            solid = scene.faces[: scene.solid]
            embree = rays.occluders(shot.points, solid[casts[scene.face_body[: scene.solid]]], self.threads)
            room, open_ = rays.visibility(
                embree,
                self.threads,
                picture.ids,
                picture.inverse,
                4,
                shot.focal,
                shot.points,
                shot.normals,
                scene.faces,
                -shot.light_from_camera[2, :3],
                SKY_REACH * reference,
            )
            traced = (room, open_, 2)
        passes.light(shot, picture, _lamp(reference), traced)
        colour = np.empty((camera.height, camera.width, 3), np.uint8)
        distance = np.empty((camera.height, camera.width), np.float32)
        halve(picture.colour, picture.distance, SRGB_TO_LINEAR, colour, distance)
        return Frame(colour, distance)

    def _live(self, passes: Passes, poses: Vector, camera: Camera, factor: int) -> Frame:
        scene = passes.scene
        texels = SHADOW_TEXELS[self.quality]
        picture = self._picture(camera, factor, texels)
        shot = passes.stage.shoot(poses, camera, factor)
        base, still = picture.keep_base(), ~scene.moves
        differs = np.ones(len(poses), np.bool_)
        if picture.shows(camera, factor):
            differs = (shot.poses != picture.poses).any(axis=1) | (shot.shown != picture.shown)
            differs |= self._bent != picture.bent
        fresh = not picture.shows(camera, factor) or bool(differs[still].any())
        if fresh:
            picture.clear()
            empty(picture.ids, picture.inverse)
            empty(picture.over, picture.inverse_over)
            passes.see(shot, picture, 0, scene.still, marking=False)
            base.drawn = False
            base.reference = _distance(seen_points(picture.inverse, shot.focal, 8 * factor))
        else:
            picture.stale.fill(False)
            passes.put_back(shot, picture)
        base.marks_before[:] = picture.marks
        picture.marks.fill(0)
        passes.see(shot, picture, scene.still, len(scene.faces))
        moved = np.bitwise_or.reduce(passes.stamps[differs], initial=np.uint64(0))
        if not fresh:
            passes.compare(picture, moved)
        seen = seen_points(picture.inverse, shot.focal, 8 * factor)
        lamp = _lamp(base.reference or _distance(seen))
        if texels and len(seen):
            passes.cast(shot, picture, seen, lamp, fresh or bool(differs.any()))
        else:
            picture.fit = None
        if not np.array_equal(lamp, picture.lamp):
            picture.stale.fill(True)
        passes.light(shot, picture, lamp)
        picture.bent = self._bent.copy()
        picture.camera, picture.poses, picture.shown, picture.lamp = camera, shot.poses, shot.shown, lamp
        return Frame(picture.colour.copy(), picture.distance.copy())

    def _picture(self, camera: Camera, factor: int, texels: int) -> Picture:
        """The remembered picture from this camera, else one that may be overwritten; it becomes the newest."""
        found = next((p for p in self._pictures if p.shows(camera, factor)), None)
        if found is not None:
            self._pictures = [p for p in self._pictures if p is not found]
        else:
            oldest = self._pictures.pop(0) if len(self._pictures) == KEPT else None
            reusable = oldest is not None and oldest.fits(camera, factor)
            found = oldest if oldest is not None and reusable else Picture(camera.width, camera.height, factor, texels)
        self._pictures.append(found)
        return found


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _distance(seen: Vector) -> float:
    """Middle distance of points in the camera's frame [m]; 0 where there are none."""
    return float(np.exp(np.mean(np.log(seen[:, 2])))) if len(seen) else 0.0


def _lamp(reference: float) -> Vector:
    """The lights for a scene at a distance [m], still without a shadow; see `shade.light`."""
    at = reference or 1.0
    return np.array([0.1 * at, -0.16 * at, 0.0, at, 0.62, 1.25, 0.50, 0.0, 0.0, 1.0, 1.0, 0.0])
