"""Pictures a second of the training view: ``python -m benchmarks.view [--seconds S] [--size 640x480]``.

The needle-reach lesson, by renderer and size, with one eye and with two. The instrument moves as in the lesson while
the endoscope stands still; in the rows called moving the endoscope moves as well, and nothing of the picture before can
be kept: first one eye at the full size, then pictures of one eye and of two as the view begins to draw them while its
camera moves, smaller and enlarged. A picture is what is shown: rendered, with overlays and display. All on one core, as
beside the control loop on a machine that has two.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import msgspec
import numpy as np
from rich.table import Table

from benchmarks._report import console, print_machine
from control.realtime import leave_core, loop_core
from control.tick import State
from robotics.contracts import Vector
from simulation import tasks
from simulation.world import BulletWorld
from steadyhand.rig import plan
from steadyhand.scene import build_scene
from vr_training.stream.messages import SceneMessage, StateMessage
from vr_training.stream.poser import ScenePoser
from vr_training.view.contracts import Camera, Frame, Renderer
from vr_training.view.pace import LEVELS, MOVING
from vr_training.view.presenter import Presenter, poses_of
from vr_training.view.probe import verdict
from vr_training.view.settings import StereoLayout, ViewSettings, load_view_settings
from vr_training.view.software import SoftwareRenderer
from vr_training.view.status import ViewInfo

SIZES = ((640, 480), (854, 480), (1280, 720))
RATE_HZ = 25.0
CAPTION = "core: processor time of the drawing thread alone, what a core of its own would give on a busy machine"


def lesson() -> tuple[SceneMessage, list[StateMessage]]:
    """The lesson's scene and a second of it, 25 states: the tip moves about 5 mm, with tremor."""
    rig = plan("needle_reach")
    task = tasks.build(rig.task_name, rig.task_settings, BulletWorld(rig.config.simulation), rig.tip_starts())
    scene = build_scene(rig, task, "benchmark", False)
    poser, states = ScenePoser(scene), []
    name = scene.arms[0].name
    for k in range(round(RATE_HZ)):
        t = k / RATE_HZ
        tick = np.zeros((), poser.dtype)
        tick["time"], tick["sequence"], tick["state"] = t, k, State.ENGAGED
        arm = tick["arms"][name]
        arm["q"] = rig.config.arms[0].home
        arm["q"][:3] += 0.02 * np.sin(2 * np.pi * t + np.arange(3)) + 0.0004 * np.sin(2 * np.pi * 9.0 * t)
        arm["jaw"] = 0.5
        arm["tip"][:] = (0.0, 0.0, 0.05, 1.0, 0.0, 0.0, 0.0)
        arm["target"][:] = arm["tip"]
        tick["target"] = (0.0, 0.0, 0.02, 1.0, 0.0, 0.0, 0.0)
        states.append(poser.state_message(tick[()], scene.epoch, 1))
    return scene, states


def timed(draw: Callable[[int], object], seconds: float) -> tuple[float, float]:
    """Median time of a picture and of the processor's part in it [s]; the first ones compile and fill what is kept."""
    for k in range(3):
        draw(k)
    took: list[tuple[float, float]] = []
    end = time.perf_counter() + seconds
    for k in count(3):
        start, worked = time.perf_counter(), time.thread_time()
        draw(k)
        took.append((time.perf_counter() - start, time.thread_time() - worked))
        if time.perf_counter() > end and len(took) >= 5:
            break
    wall, processor = np.median(took, axis=0)
    return float(wall), float(processor)


def swung(camera: Camera, k: int) -> Camera:
    """The camera a little aside, somewhere else in every picture."""
    T = camera.T_world_camera.copy()
    T[:3, 3] += 0.002 * np.sin(0.7 * k) * T[:3, 0]
    return Camera(T, camera.fov_y_rad, camera.width, camera.height)


@contextmanager
def renderers() -> Iterator[list[tuple[str, Renderer]]]:
    """Every renderer that works here."""
    found: list[tuple[str, Renderer]] = [
        ("software live", SoftwareRenderer("live", 1)),
        ("software fast", SoftwareRenderer("fast", 1)),
    ]
    card = verdict("filament")
    if card.works:
        from vr_training.view.filament import FilamentRenderer

        found.append(("filament", FilamentRenderer()))
    else:
        console.print(f"filament: {card.reason}")
    try:
        yield found
    finally:
        for _, renderer in found:
            renderer.close()


class Show:
    """One renderer's pictures of the lesson at one size.

    Args:
        name: Of the renderer.
        renderer: The renderer, its scene loaded.
        scene: The scene.
        states: What to draw, over and over.
        settings: With the size.
        layout: One eye or two.
    """

    def __init__(
        self,
        name: str,
        renderer: Renderer,
        scene: SceneMessage,
        states: list[StateMessage],
        settings: ViewSettings,
        layout: StereoLayout,
    ) -> None:
        self.renderer, self.states = renderer, states
        self.poses: list[Vector] = [poses_of(scene, state) for state in states]
        self.presenter = Presenter(scene, settings, layout)
        self.cameras = self.presenter.cameras()
        self.info = ViewInfo(camera="endoscope", renderer=name)

    def eyes(self, k: int) -> list[Frame]:
        """Render every eye."""
        return [self.renderer.render(self.poses[k % len(self.poses)], camera) for camera in self.cameras]

    def picture(self, k: int) -> object:
        """Render every eye and draw overlays and display."""
        return self.presenter.compose(self.eyes(k), self.cameras, self.states[k % len(self.states)], self.info)

    def swing(self, k: int) -> Frame:
        """Render one eye that moves, at full size."""
        return self.renderer.render(self.poses[k % len(self.poses)], swung(self.cameras[0], k))

    def moving(self, k: int) -> object:
        """Render every eye as they move, as finely as the view begins with then, and draw overlays and display."""
        cameras = tuple(swung(camera, k) for camera in self.presenter.cameras(LEVELS[MOVING].scale))
        frames = [self.renderer.render(self.poses[k % len(self.poses)], camera) for camera in cameras]
        return self.presenter.compose(frames, cameras, self.states[k % len(self.states)], self.info)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="time to measure each figure for")
    names = [f"{width}x{height}" for width, height in SIZES]
    parser.add_argument("--size", choices=names, help="measure only this one")
    arguments = parser.parse_args()
    leave_core(loop_core())
    print_machine("numpy", "numba", "open3d-cpu")
    scene, states = lesson()
    triangles = sum(len(body.faces) // 12 for body in scene.bodies)
    table = Table(title=f"needle_reach, {len(scene.bodies)} bodies, {triangles} triangles", caption=CAPTION)
    for title in ("renderer", "size", "what", "ms", "/s", "core ms", "core /s"):
        table.add_column(title, justify="left" if title in ("renderer", "what") else "right")
    with renderers() as found:
        for name, renderer in found:
            renderer.load(scene)
            for width, height in SIZES:
                size = f"{width}x{height}"
                if arguments.size not in (None, size):
                    continue
                settings = msgspec.structs.replace(load_view_settings(), width_px=width, height_px=height)
                one = Show(name, renderer, scene, states, settings, "off")
                two = Show(name, renderer, scene, states, settings, "half")
                jobs: dict[str, Callable[[int], object]] = {
                    "one eye": one.eyes,
                    "  picture": one.picture,
                    "two eyes": two.eyes,
                    "  picture  ": two.picture,
                    "moving, whole": one.swing,
                    "  picture ": one.moving,
                    "  two eyes": two.moving,
                }
                for what, draw in jobs.items():
                    wall, core = timed(draw, arguments.seconds)
                    figures = (f"{1e3 * wall:.1f}", f"{1 / wall:.0f}", f"{1e3 * core:.1f}", f"{1 / core:.0f}")
                    table.add_row(name, size, what, *figures)
                table.add_section()
    console.print(table)


if __name__ == "__main__":
    main()
