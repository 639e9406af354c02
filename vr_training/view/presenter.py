"""From a state to the finished picture: cameras, overlays, head-up display, one eye or two."""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.stream.messages import CameraView, SceneMessage, StateMessage, array
from vr_training.view.augment import Augmented
from vr_training.view.cameras import FreeCamera, carried, find_camera, operator_axes
from vr_training.view.cameras import camera as camera_of
from vr_training.view.clip import Clip
from vr_training.view.contracts import Camera, Frame
from vr_training.view.inset import Inset
from vr_training.view.kinds import Display, kind_of
from vr_training.view.settings import StereoLayout, ViewSettings
from vr_training.view.status import ViewInfo
from vr_training.view.stereo import after, eye_size, eyes, hud_shift, joined, picture_size
from vr_training.view.still import enlarge, scaled


class Presenter:
    """Everything between a renderer's frames and what a person sees.

    Args:
        scene: The session's scene.
        settings: Sizes and looks.
        layout: Stereo layout to begin with.
        camera: Name of the camera to begin with; the scene's first where empty.
        inset: Name of a second camera, shown small in the picture; none where empty.
        clip: What a real camera saw, to show the session over; None for none.

    Raises:
        UnknownNameError: The scene has no camera of that name; the message lists those it has.
        ArgumentError: A clip and two eyes, or a clip and a camera: a clip has its own one.
    """

    def __init__(
        self,
        scene: SceneMessage,
        settings: ViewSettings,
        layout: StereoLayout = "off",
        camera: str = "",
        inset: str = "",
        clip: Clip | None = None,
    ) -> None:
        if clip is not None and (layout != "off" or camera):
            raise ArgumentError("a clip was seen by one camera of its own: leave --stereo and --camera out")
        overlays = settings.overlays.up_to(scene.force_limit_n)
        self.scene, self.settings, self.layout = scene, replace(settings, overlays=overlays), layout
        self._kind = kind_of(scene)
        self.overlays = self._kind.overlays(scene, overlays)
        self.help_shown = False
        self._views = list(scene.cameras)
        self._tips: dict[str, tuple[float, ...]] = {}
        self._index = find_camera(self._views, camera)
        self._inset_index = find_camera(self._views, inset) if inset else None
        self._free: FreeCamera | None = None
        self._augmented = None if clip is None else Augmented(clip, scene)
        self._time_s = 0.0
        self._displays: dict[tuple[int, int], Display] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the finished picture [px]."""
        return picture_size(self.settings.width_px, self.settings.height_px, self.layout)

    @property
    def view(self) -> CameraView:
        """The camera looked through, in world; one that an arm carries, where it was in the state last looked at."""
        if self._augmented is not None:
            return self._augmented.view(self._time_s)
        return self._free.view() if self._free is not None else self._placed(self._views[self._index], self._tips)

    @property
    def carrier(self) -> str:
        """Name of the arm that carries the camera looked through; empty where none does."""
        return self._views[self._index].arm if self._free is None and self._augmented is None else ""

    def look(self, state: StateMessage) -> None:
        """Let a camera that an arm carries be where it is in a state; before `cameras` is asked for that state."""
        self._tips, self._time_s = _tips(state), state.time_s

    def next_camera(self) -> None:
        """Look through the scene's next camera, and after the last from where a free one was left; a clip keeps its."""
        if self._augmented is not None:
            return
        if self._free is not None:
            self._free, self._index = None, 0
        elif self._index + 1 < len(self._views):
            self._index += 1
        else:
            self._free = FreeCamera.of(self._placed(self._views[0], self._tips))

    def orbit(self, dx_px: float, dy_px: float) -> None:
        """Turn the free camera, which this takes up where another one is; none goes into a clip."""
        if self._augmented is not None:
            return
        if self._free is None:
            self._free = FreeCamera.of(self.view)
        self._free = self._free.orbit(-0.008 * dx_px, 0.008 * dy_px)

    def zoom(self, notches: float) -> None:
        """Bring the free camera nearer; other cameras stay."""
        if self._free is not None:
            self._free = self._free.zoom(notches)

    def next_stereo(self) -> None:
        """Go on to the next stereo layout; one that doubles the picture is fixed for the whole session."""
        if self._augmented is not None:
            return
        self.layout = after(self.layout)

    def next_inset(self) -> None:
        """Show the scene's next camera small in the picture, and after the last none."""
        following = 0 if self._inset_index is None else self._inset_index + 1
        self._inset_index = following if following < len(self._views) else None

    @property
    def room_px(self) -> int:
        """Pixels of all that is rendered for one picture, at most."""
        width, height = self.settings.width_px, self.settings.height_px
        inset = Inset.of(width, height)
        return 2 * width * height + inset.width * inset.height

    def cameras(self, scale: float = 1.0) -> tuple[Camera, ...]:
        """What to render, ``scale`` times as large as it is shown: camera or two eyes, then the inset's camera."""
        width, height = self.settings.width_px, self.settings.height_px
        shown = list(
            eyes(self.view, width, height, self.layout)
            if self._augmented is None
            else self._augmented.cameras(self._time_s, width, height)
        )
        if self._inset_index is not None:
            inset = Inset.of(*self._eye_size())
            view = self._placed(self._views[self._inset_index], self._tips)
            shown.append(camera_of(view, inset.width, inset.height))
        return tuple(scaled(each, scale) for each in shown)

    def compose(
        self,
        frames: list[Frame],
        cameras: tuple[Camera, ...],
        state: StateMessage,
        info: ViewInfo,
        newest: StateMessage | None = None,
    ) -> NDArray[np.uint8]:
        """The finished picture.

        Args:
            frames: The renderer's frames, left as they are.
            cameras: What they were rendered from; pictures smaller than the finished one are enlarged.
            state: What they show.
            info: What the view knows besides.
            newest: What the display says, where that is newer than what the frames show.

        Returns:
            Shape (height, width, 3) sRGB.
        """
        pictures = []
        status = self._kind.status(self.scene, state if newest is None else newest, info)
        width, height = self._eye_size()
        if self._augmented is not None:
            everything, there = (enlarge(frame, width, height) for frame in frames[:2])
            frames = [self._augmented.mix(everything, there, state), *frames[2:]]
            cameras = (cameras[0], *cameras[2:])
        count = 1 if self.layout == "off" else 2
        inset = self._inset(frames[count:], cameras[count:], state)
        for frame, camera in zip(frames[:count], cameras[:count], strict=True):
            eye = Camera(camera.T_world_camera, camera.fov_y_rad, width, height)
            drawn = enlarge(frame, width, height)
            self.overlays.draw(drawn, eye, state, self._framing())
            shift = hud_shift(self._seen_in(state), eye) if count > 1 else 0.0
            if inset is not None:
                Inset.of(width, height).put(drawn.colour, inset, shift)
            self._display(width, height).draw(drawn.colour, status, self.help_shown, shift)
            pictures.append(drawn.colour)
        return joined(pictures, self.layout)

    def _inset(self, frames: list[Frame], cameras: tuple[Camera, ...], state: StateMessage) -> NDArray[np.uint8] | None:
        """The small picture, finished but for its frame; None where there is none."""
        if not frames or self._inset_index is None:
            return None
        view, inset = self._views[self._inset_index], Inset.of(*self._eye_size())
        seen = Camera(cameras[0].T_world_camera, cameras[0].fov_y_rad, inset.width, inset.height)
        drawn = enlarge(frames[0], inset.width, inset.height)
        self.overlays.draw(drawn, seen, state, view if view.arm else None)
        inset.name(drawn.colour, view.name)
        return drawn.colour

    def _eye_size(self) -> tuple[int, int]:
        return eye_size(self.settings.width_px, self.settings.height_px, self.layout)

    def _seen_in(self, state: StateMessage) -> CameraView:
        """The camera looked through, as it was in a state: pictures are put together after the next one has begun."""
        return self.view if self._free is not None else self._placed(self._views[self._index], _tips(state))

    def _framing(self) -> CameraView | None:
        """The camera looked through, in the frame of the arm that carries it; None where none does."""
        return self._views[self._index] if self.carrier else None

    @staticmethod
    def _placed(view: CameraView, tips: dict[str, tuple[float, ...]]) -> CameraView:
        return carried(view, tips.get(view.arm, ())) if view.arm else view

    def _display(self, width: int, height: int) -> Display:
        if (width, height) not in self._displays:
            self._displays[width, height] = self._kind.display(width, height)
        return self._displays[width, height]


def operator_of(view: CameraView, state: StateMessage) -> Vector:
    """Rotation from world into the frame of an operator who looks through a camera as it is in a state, (3, 3)."""
    return operator_axes(carried(view, _tips(state).get(view.arm, ())) if view.arm else view)


def _tips(state: StateMessage) -> dict[str, tuple[float, ...]]:
    return {arm.name: arm.tip for arm in state.arms}


def same_cameras(a: tuple[Camera, ...], b: tuple[Camera, ...]) -> bool:
    """Whether two sets of cameras see the same."""
    return len(a) == len(b) and all(
        x.width == y.width
        and x.height == y.height
        and x.fov_y_rad == y.fov_y_rad
        and np.array_equal(x.T_world_camera, y.T_world_camera)
        for x, y in zip(a, b, strict=True)
    )


def poses_of(scene: SceneMessage, state: StateMessage | None) -> Vector:
    """Pose of each body in world, shape (bodies, 7): of the state, or where all rest before there is one."""
    n = len(scene.bodies)
    data = array(scene.static_poses, "<f8", n, 7) if state is None else array(state.poses, "<f4", n, 7)
    return np.asarray(data, np.float64)


def resting_state(scene: SceneMessage) -> StateMessage:
    """What is shown before the first state has come."""
    return StateMessage(
        epoch=scene.epoch,
        sequence=0,
        time_s=0.0,
        sent_ns=0,
        state=0,
        flags=0,
        phase=0,
        success=False,
        running=True,
        poses=np.asarray(poses_of(scene, None), "<f4").tobytes(),
        target=(math.nan,) * 7,
        arms=(),
        signals=(),
        missed=0,
        dropped=0,
        lease="",
    )
