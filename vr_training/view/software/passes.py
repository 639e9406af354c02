"""The passes that make a picture: see, put back, compare, shade, light; each over bands of tiles, in threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from robotics.contracts import Vector
from vr_training.view.software import tiles
from vr_training.view.software.picture import Picture, empty
from vr_training.view.software.raster import Floats, Ids, Marks, parallel, perspective
from vr_training.view.software.resolve import resolve
from vr_training.view.software.shadow import SOFTNESS, fit
from vr_training.view.software.shot import Shot, Stage
from vr_training.view.software.tiles import TILE
from vr_training.view.software.umbra import summarise

NEAR_M = 0.002
"""Nearest thing that is drawn: an instrument may come close to the lens."""
NO_RAYS: Floats = np.ones((1, 1), np.float32)
LIFT_TEXELS = 1.5
"""How far a surface is lifted off along its normal before its shadow is looked up [texels]."""


class Passes:
    """Passes over pictures of one scene.

    Args:
        stage: The scene.
        threads: Threads to draw with.
        pool: Where they run; None for one thread.
    """

    def __init__(self, stage: Stage, threads: int, pool: ThreadPoolExecutor | None) -> None:
        self.stage, self.scene, self.threads = stage, stage.scene, threads
        self._pool = pool
        self.stamps = tiles.stamps(self.scene.moves)
        self._no_stamps: Marks = np.zeros_like(self.stamps)
        self._veils = np.bitwise_or.reduce(self.stamps[self.scene.surface[:, 2] < 1.0], initial=np.uint64(0))

    def see(self, shot: Shot, picture: Picture, first: int, last: int, marking: bool = True) -> None:
        """Draw faces over what is there, translucent ones where solid ones do not hide them.

        Args:
            shot: What to draw.
            picture: Its samples are updated.
            first: First face.
            last: One past the last face.
            marking: Whether bodies that move leave their marks in the tiles that they touch.
        """
        scene = self.scene
        side = picture.factor * TILE
        stamp = self.stamps if marking else self._no_stamps
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

    def put_back(self, shot: Shot, picture: Picture) -> None:
        """Put back what bodies at rest look like where others were; a camera's second picture draws it first."""
        base, side = picture.keep_base(), picture.factor * TILE
        if not base.drawn:
            seen = picture.ids, picture.inverse
            picture.ids, picture.inverse = base.ids, base.inverse
            empty(base.ids, base.inverse)
            self.see(shot, picture, 0, self.scene.still, marking=False)
            picture.ids, picture.inverse = seen
            base.drawn = True
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

    def compare(self, picture: Picture, moved: np.uint64) -> None:
        """Mark as stale where bodies with the bits ``moved`` are, or where something else is seen than before."""
        base, side = picture.keep_base(), picture.factor * TILE
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

    def cast(self, shot: Shot, picture: Picture, seen: Vector, lamp: Vector, changed: bool) -> None:
        """Draw the shadow map, and mark what stands in a shadow that has changed.

        Args:
            shot: What casts shadows.
            picture: Its shadow map is updated.
            seen: Points in the camera's frame that the map must cover, shape (n, 3), at least one.
            lamp: Gets the map's place; see `shade.light`.
            changed: Whether anything has moved since the picture before.
        """
        scene = self.scene
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
            faces = (self.stage.before_light(shot), scene.faces, scene.face_body, casts)
            # A camera that moves sees other things, but the map often stays where it is, with what rests in it.
            resting = (placed, shot.poses[~scene.moves].tobytes(), casts[~scene.moves].tobytes())
            if resting != base.cast:
                base.cast = resting
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

    def light(
        self,
        shot: Shot,
        picture: Picture,
        lamp: Vector,
        traced: tuple[Floats, Floats, int] | None = None,
    ) -> None:
        """Light the stale tiles; ``traced``: rays' say on room and key light, and how many pixels share a value."""
        scene = self.scene
        room, open_, shared = traced or (NO_RAYS, NO_RAYS, 0)
        view = np.array([shot.focal, picture.ids.shape[1] / 2, picture.ids.shape[0] / 2])
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
                self._veils,
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
