"""`SoftwareRenderer`: the renderer that every host has."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.stream.messages import SceneMessage
from vr_training.view.contracts import Camera, Frame
from vr_training.view.software import rays, tiles
from vr_training.view.software.geometry import SRGB_TO_LINEAR, Geometry, geometry
from vr_training.view.software.picture import Picture, empty
from vr_training.view.software.raster import Floats, Ids, Marks, parallel, perspective, place
from vr_training.view.software.resolve import halve, resolve
from vr_training.view.software.shadow import SOFTNESS, fit, light_frame, seen_points
from vr_training.view.software.tiles import TILE, Flags
from vr_training.view.software.umbra import summarise

Quality = Literal["still", "live", "fast"]
"""``still`` casts rays and takes 16 samples a pixel; ``live`` has a shadow map and 4 samples; ``fast`` has neither."""

NEAR_M = 0.002
"""Nearest thing that is drawn: an instrument may come close to the lens."""
SKY_REACH = 0.6
"""How far an occluder may be to darken the room's light, as a share of the scene's distance."""
SHADOW_TEXELS = {"still": 0, "live": 768, "fast": 0}
KEPT = 2
"""Pictures that are remembered: those of two eyes."""
NO_RAYS: Floats = np.ones((1, 1), np.float32)
LIFT_TEXELS = 1.5
"""How far a surface is lifted off along its normal before its shadow is looked up [texels]."""


@dataclass(frozen=True)
class _Shot:
    """A scene as one camera sees it at one moment."""

    camera: Camera
    focal: float
    poses: Vector
    shown: Flags
    R_world: Vector
    R_camera: Vector
    t_camera: Vector
    t_world: Vector
    points: Floats
    normals: Floats
    light_from_camera: Vector


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
        self._scene: Geometry | None = None
        self._stamps = self._no_stamps = tiles.stamps(np.zeros(0, np.bool_))
        self._points: Floats = np.zeros((0, 3), np.float32)
        self._normals, self._scratch = self._points, self._points
        self._pictures: list[Picture] = []
        self._drawn_as: Quality = quality

    def load(self, scene: SceneMessage) -> None:
        """Take a scene; replaces the one before."""
        made = self._scene = geometry(scene)
        self._stamps, self._no_stamps = tiles.stamps(made.moves), tiles.stamps(np.zeros_like(made.moves))
        self._points, self._normals, self._scratch = (np.zeros_like(made.vertices) for _ in range(3))
        self._pictures.clear()

    @property
    def triangles(self) -> int:
        """Triangles of the scene."""
        return 0 if self._scene is None else len(self._scene.faces)

    @property
    def lit(self) -> float:
        """Share of the last picture that had to be lit; the rest was taken from the one before."""
        return float(self._pictures[-1].stale.mean()) if self._pictures else 1.0

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
        if self.quality != self._drawn_as:
            self._pictures.clear()
            self._drawn_as = self.quality
        if self.quality == "still":
            return self._still(scene, poses, camera)
        return self._live(scene, poses, camera, 1 if self.quality == "fast" else 2)

    def close(self) -> None:
        """Free threads and buffers."""
        if self._pool is not None:
            self._pool.shutdown()
        self._pictures.clear()
        self._scene = None

    def _still(self, scene: Geometry, poses: Vector, camera: Camera) -> Frame:
        """A picture of its own, drawn twice as large: rays once for each final pixel, light four times."""
        double = Camera(camera.T_world_camera, camera.fov_y_rad, 2 * camera.width, 2 * camera.height)
        picture = Picture(double.width, double.height, 2, 0)
        shot = self._shoot(scene, poses, double, 2)
        empty(picture.ids, picture.inverse)
        empty(picture.over, picture.inverse_over)
        self._see(scene, shot, picture, 0, len(scene.faces), self._stamps)
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
        self._light(scene, shot, picture, _lamp(reference), traced)
        colour = np.empty((camera.height, camera.width, 3), np.uint8)
        distance = np.empty((camera.height, camera.width), np.float32)
        halve(picture.colour, picture.distance, SRGB_TO_LINEAR, colour, distance)
        return Frame(colour, distance)

    def _live(self, scene: Geometry, poses: Vector, camera: Camera, factor: int) -> Frame:
        texels = SHADOW_TEXELS[self.quality]
        picture = self._picture(camera, factor, texels)
        shot = self._shoot(scene, poses, camera, factor)
        base, still = picture.keep_base(), ~scene.moves
        differs = np.ones(len(poses), np.bool_)
        if picture.shows(camera, factor):
            differs = (shot.poses != picture.poses).any(axis=1) | (shot.shown != picture.shown)
        fresh = not picture.shows(camera, factor) or bool(differs[still].any())
        side = factor * TILE
        if fresh:
            picture.clear()
            empty(picture.ids, picture.inverse)
            empty(picture.over, picture.inverse_over)
            self._see(scene, shot, picture, 0, scene.still)
            base.ids[:], base.inverse[:] = picture.ids, picture.inverse
            base.reference = _distance(seen_points(base.inverse, shot.focal, 8 * factor))
        else:
            picture.stale.fill(False)
            self._tiles(
                picture,
                lambda first, last: tiles.restore(
                    first,
                    last,
                    side,
                    picture.marks,
                    base.ids,
                    base.inverse,
                    picture.ids,
                    picture.inverse,
                    picture.over,
                    picture.inverse_over,
                    base.ids_before,
                    base.over_before,
                ),
            )
        base.marks_before[:] = picture.marks
        picture.marks.fill(0)
        self._see(scene, shot, picture, scene.still, len(scene.faces), self._stamps)
        moved = np.bitwise_or.reduce(self._stamps[differs], initial=np.uint64(0))
        if not fresh:
            self._tiles(
                picture,
                lambda first, last: tiles.note_changes(
                    first,
                    last,
                    side,
                    moved,
                    base.marks_before,
                    picture.marks,
                    base.ids_before,
                    base.over_before,
                    picture.ids,
                    picture.over,
                    picture.stale,
                ),
            )
        seen = seen_points(picture.inverse, shot.focal, 8 * factor)
        lamp = _lamp(base.reference or _distance(seen))
        if texels and len(seen):
            self._cast(scene, shot, picture, seen, lamp, fresh or bool(differs.any()))
        else:
            picture.fit = None
        if not np.array_equal(lamp, picture.lamp):
            picture.stale.fill(True)
        self._light(scene, shot, picture, lamp, None)
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

    def _shoot(self, scene: Geometry, poses: Vector, camera: Camera, factor: int) -> _Shot:
        """Place everything before a camera."""
        shown: Flags = np.asarray(np.isfinite(poses).all(axis=1))
        placed = np.where(shown[:, None], poses, (0, 0, 0, 1, 0, 0, 0))
        R_world, t_world = _matrices(placed)
        T = np.asarray(camera.T_world_camera, dtype=np.float64)
        R_camera, t_camera = T[:3, :3].T @ R_world, (t_world - T[:3, 3]) @ T[:3, :3]
        place(scene.vertices, scene.vertex_start, R_camera, t_camera, self._points)
        place(scene.normals, scene.vertex_start, R_camera, np.zeros_like(t_camera), self._normals)
        return _Shot(
            camera=camera,
            focal=factor * camera.height / (2.0 * np.tan(camera.fov_y_rad / 2.0)),
            poses=placed,
            shown=shown,
            R_world=R_world,
            R_camera=np.ascontiguousarray(R_camera),
            t_camera=np.ascontiguousarray(t_camera),
            t_world=t_world,
            points=self._points,
            normals=self._normals,
            light_from_camera=np.ascontiguousarray(light_frame()[:3, :3].T @ T[:3]),
        )

    def _see(
        self, scene: Geometry, shot: _Shot, picture: Picture, first: int, last: int, stamp: Marks | None = None
    ) -> None:
        """Draw faces over what is there, translucent ones where solid ones do not hide them."""
        side = picture.factor * TILE
        stamp = self._no_stamps if stamp is None else stamp
        solid = min(last, scene.solid)

        def draw(begin: int, end: int, top: int, bottom: int, inverse: Floats, ids: Ids) -> None:
            perspective(
                shot.points,
                scene.faces,
                scene.face_body,
                shot.shown,
                begin,
                end,
                shot.focal,
                NEAR_M,
                top,
                bottom,
                picture.inverse,
                inverse,
                ids,
                stamp,
                picture.marks,
                side,
            )

        def see(row0: int, row1: int) -> None:
            top, bottom = row0 * side, min(row1 * side, len(picture.ids))
            draw(first, solid, top, bottom, picture.inverse, picture.ids)
            if last > solid:
                draw(solid, last, top, bottom, picture.inverse_over, picture.over)

        self._tiles(picture, see)

    def _cast(self, scene: Geometry, shot: _Shot, picture: Picture, seen: Vector, lamp: Vector, changed: bool) -> None:
        """Draw the shadow map, and mark what stands in a shadow that has changed."""
        base, size = picture.keep_base(), len(picture.shade)
        placed = fit(seen, shot.light_from_camera, size)
        margin = SOFTNESS * size
        lamp[7:] = placed.left, placed.top, placed.per_metre, margin, LIFT_TEXELS / placed.per_metre
        anew = placed != picture.fit
        side = picture.factor * TILE
        if anew:
            picture.stale.fill(True)
            picture.fit = placed
        if anew or changed:
            casts = scene.casts & shot.shown
            R, t = light_frame()[:3, :3].T @ shot.R_world, shot.t_world @ light_frame()[:3, :3]
            place(scene.vertices, scene.vertex_start, R, t, self._scratch)
            faces = (self._scratch, scene.faces, scene.face_body, casts)
            if anew:
                base.shade.fill(np.inf)
                parallel(*faces, 0, scene.still, placed.left, placed.top, placed.per_metre, base.shade)
            picture.shade, base.shade_before = base.shade_before, picture.shade
            picture.shade[:] = base.shade
            parallel(*faces, scene.still, scene.solid, placed.left, placed.top, placed.per_metre, picture.shade)
            summarise(picture.shade, *picture.bounds)
            if not anew:
                tiles.compare_maps(base.shade_before, picture.shade, base.changes)
                reach = margin + LIFT_TEXELS + 2.0  # two more for rounding
                where = (placed.left, placed.top, placed.per_metre, reach, 1.01 * lamp[11])
                maps = (base.shade_before, picture.shade)
                tiles.note_shadows(picture.prints, base.changes, *maps, *where, picture.stale)
        self._tiles(
            picture,
            lambda first, last: tiles.footprints(
                first, last, side, picture.stale, picture.inverse, shot.focal, shot.light_from_camera, picture.prints
            ),
        )

    def _light(
        self,
        scene: Geometry,
        shot: _Shot,
        picture: Picture,
        lamp: Vector,
        traced: tuple[Floats, Floats, int] | None,
    ) -> None:
        """Light the stale tiles."""
        room, open_, shared = traced or (NO_RAYS, NO_RAYS, 0)
        view = np.array([shot.focal, picture.ids.shape[1] / 2, picture.ids.shape[0] / 2])
        veils = np.bitwise_or.reduce(self._stamps[scene.surface[:, 2] < 1.0], initial=np.uint64(0))
        world_from_camera = np.ascontiguousarray(np.asarray(shot.camera.T_world_camera, dtype=np.float64)[:3])

        def light(row0: int, row1: int) -> None:
            resolve(
                row0,
                row1,
                (0,) * picture.factor,
                picture.ids,
                picture.inverse,
                picture.over,
                picture.marks,
                veils,
                shot.points,
                shot.normals,
                scene.albedo,
                scene.faces,
                scene.face_body,
                scene.surface,
                shot.R_camera,
                shot.t_camera,
                view,
                lamp,
                shot.light_from_camera,
                world_from_camera,
                picture.shade,
                *picture.bounds,
                room,
                open_,
                shared,
                picture.backdrop,
                picture.stale,
                picture.colour,
                picture.distance,
            )

        self._tiles(picture, light)

    def _tiles(self, picture: Picture, work: Callable[[int, int], None]) -> None:
        """Do work on bands of rows of tiles, one thread each; kernels release the interpreter's lock."""
        rows = len(picture.marks)
        if self._pool is None:
            work(0, rows)
            return
        # More bands than threads: some parts of a picture cost more than others.
        edges = np.unique(np.linspace(0, rows, 4 * self.threads + 1).astype(int))
        list(self._pool.map(work, edges[:-1].tolist(), edges[1:].tolist()))


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _distance(seen: Vector) -> float:
    """Middle distance of points in the camera's frame [m]; 0 where there are none."""
    return float(np.exp(np.mean(np.log(seen[:, 2])))) if len(seen) else 0.0


def _lamp(reference: float) -> Vector:
    """The lights for a scene at a distance [m], still without a shadow; see `shade.sample`."""
    at = reference or 1.0
    return np.array([0.1 * at, -0.16 * at, 0.0, at, 0.62, 1.25, 0.50, 0.0, 0.0, 1.0, 1.0, 0.0])


def _matrices(poses: Vector) -> tuple[Vector, Vector]:
    """Rotations (n, 3, 3) and positions (n, 3) of poses ``[x, y, z, qw, qx, qy, qz]``."""
    q = poses[:, 3:] / np.linalg.norm(poses[:, 3:], axis=1, keepdims=True)
    w, x, y, z = q.T
    R = np.empty((len(poses), 3, 3))
    R[:, 0, 0], R[:, 0, 1], R[:, 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    R[:, 1, 0], R[:, 1, 1], R[:, 1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    R[:, 2, 0], R[:, 2, 1], R[:, 2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    return R, np.ascontiguousarray(poses[:, :3])
