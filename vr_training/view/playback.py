"""Recorded sessions again, in a window, at any speed."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from robotics.errors import ArgumentError
from vr_training.records.reader import Recording
from vr_training.stream.messages import StateMessage
from vr_training.stream.signals import Interrupts
from vr_training.view.app import Say, open_window, render_process
from vr_training.view.clip import Clip
from vr_training.view.contracts import Camera
from vr_training.view.events import KEY_END, KEY_HOME, KEY_LEFT, KEY_RIGHT, Action, Event, KeyChanged, action_of
from vr_training.view.lines import warm_up
from vr_training.view.pace import Pace, Paces
from vr_training.view.presenter import Presenter, poses_of, same_cameras
from vr_training.view.reel import Reel, replay_info
from vr_training.view.render_process import RenderProcess
from vr_training.view.settings import StereoLayout, ViewSettings
from vr_training.view.still import STILLS_FOLDER, Album
from vr_training.view.window import EyeWindows, Window

SEEK_S = 2.0
KEYS_FASTER, KEYS_SLOWER = (ord("="), 334), (ord("-"), 333)
"""Plus and minus, on the letters' block and on the keypad."""


def play(
    recording: Recording,
    settings: ViewSettings,
    *,
    speed: float = 1.0,
    stereo: StereoLayout = "off",
    camera: str = "",
    inset: str = "",
    clip: Clip | None = None,
    folder: Path | None = None,
    say: Say = print,
) -> int:
    """Show a recording in a window until it is closed: Space pauses, arrows seek, plus and minus change the speed.

    Args:
        recording: What to show.
        settings: Sizes and looks.
        speed: Seconds of the recording per second.
        stereo: How two eyes come together; one eye where ``"off"``.
        camera: Name of the camera to begin with.
        inset: Name of a second camera, shown small in the picture; none where empty.
        clip: What a real camera saw, to show the recording over; None for none.
        folder: Where pictures taken with P go; the working folder where None.
        say: Takes the few lines worth telling a person.

    Returns:
        0.

    Raises:
        DeviceError: No window can be opened, or the renderer failed.
        ArgumentError: A speed that is not above 0.
    """
    if not speed > 0.0:
        raise ArgumentError(f"speed is {speed:g}; it must be above 0")
    scene = recording.scene
    presenter = Presenter(scene, settings, stereo, camera, inset, clip)
    player = Player(Reel(scene, recording.ticks), speed)
    warm_up()
    try:
        with Interrupts(raises=True) as interrupts, ExitStack() as stack:
            renderer = stack.enter_context(render_process(scene, presenter))
            window = open_window(stack, f"{scene.title} - {scene.session} - replay", presenter, "always", say)
            album = Album((folder or Path.cwd()) / STILLS_FOLDER)
            if window is not None:
                with interrupts.held():
                    _Replay(player, presenter, renderer, window, album, settings, say).run(lambda: interrupts.asked)
    except KeyboardInterrupt:
        pass
    return 0


class Player:
    """Where a replay stands and how it goes on.

    Args:
        reel: What is played.
        speed: Seconds of the recording per second.
    """

    def __init__(self, reel: Reel, speed: float = 1.0) -> None:
        self.reel, self.speed = reel, speed
        self.time_s, self.paused = reel.start_s, False

    @property
    def index(self) -> int:
        """Index of the tick shown."""
        return self.reel.index(self.time_s)

    @property
    def label(self) -> str:
        """What the display says of it."""
        return "PAUSED" if self.paused else f"REPLAY {self.speed:g}x"

    def state(self) -> StateMessage:
        """What is shown now."""
        return self.reel.state(self.index)

    def advance(self, dt: float, presenter: Presenter) -> None:
        """Let time pass; at the end the replay stops there."""
        if self.paused:
            return
        before = self.time_s
        self.time_s = min(self.time_s + dt * self.speed, self.reel.stop_s)
        if self.time_s > before:
            self.reel.follow(presenter, before, self.time_s)

    def seek(self, time_s: float, presenter: Presenter) -> None:
        """Go to a time, within the recording."""
        self.time_s = min(max(time_s, self.reel.start_s), self.reel.stop_s)
        self.reel.rewind(presenter, self.time_s)

    def key(self, code: int, presenter: Presenter) -> None:
        """Take a key: Space, arrows, Home, End, plus, minus."""
        if code == ord(" "):
            if self.time_s >= self.reel.stop_s:
                self.seek(self.reel.start_s, presenter)
                self.paused = False
            else:
                self.paused = not self.paused
        elif code in (KEY_RIGHT, KEY_LEFT):
            self.seek(self.time_s + (SEEK_S if code == KEY_RIGHT else -SEEK_S), presenter)
        elif code in (KEY_HOME, KEY_END):
            self.seek(self.reel.start_s if code == KEY_HOME else self.reel.stop_s, presenter)
        elif code in KEYS_FASTER + KEYS_SLOWER:
            self.speed = min(max(self.speed * (2.0 if code in KEYS_FASTER else 0.5), 1.0 / 16.0), 16.0)


class _Replay:
    """The loop of a replay in its window."""

    def __init__(
        self,
        player: Player,
        presenter: Presenter,
        renderer: RenderProcess,
        window: Window | EyeWindows,
        album: Album,
        settings: ViewSettings,
        say: Say,
    ) -> None:
        self.player, self.presenter, self.renderer, self.window = player, presenter, renderer, window
        self.album, self.say = album, say
        self._period = 1.0 / settings.frame_rate_hz
        self._paces = Paces(self._period)
        self._pace: Pace | None = None
        self._wants_picture = False
        self._submitted = 0.0
        self._drawn: tuple[int, str, bool] | None = None
        self._cameras: tuple[Camera, ...] = ()
        self._state: StateMessage = player.state()

    def run(self, asked_to_end: Callable[[], bool]) -> None:
        """Play until the window closes, or somebody asks for the end."""
        since = time.monotonic()
        while self.window.open and not asked_to_end():
            now = time.monotonic()
            self.player.advance(now - since, self.presenter)
            since = now
            for event in self.window.poll():
                self._take(event)
            if self.renderer.ready:
                self._draw(now)
            else:
                time.sleep(0.01)

    def _take(self, event: Event) -> None:
        if isinstance(event, KeyChanged) and event.pressed:
            self.player.key(event.code, self.presenter)
        action = action_of(event)
        if action is Action.CAMERA:
            self.presenter.next_camera()
        elif action is Action.STEREO:
            self.presenter.next_stereo()
        elif action is Action.INSET:
            self.presenter.next_inset()
        elif action is Action.PICTURE:
            self._wants_picture = True
        elif action is Action.STOP:
            self.window.close()

    def _draw(self, now: float) -> None:
        self.presenter.look(self.player.state())
        pace = self._paces.of(self.presenter.cameras(), now)
        cameras = self.presenter.cameras(pace.level.scale)
        wanted = (self.player.index, self.player.label, self._wants_picture)
        changed = wanted != self._drawn or not same_cameras(cameras, self._cameras)
        if changed and not self.renderer.busy and now - self._submitted >= self._period:
            self._drawn, self._cameras, self._submitted, self._pace = wanted, cameras, now, pace
            self._state = self.player.state()
            poses = poses_of(self.player.reel.scene, self._state)
            self.renderer.submit(poses, cameras, pace.level.quality, self._state.deformables)
        frames = self.renderer.collect(0.004)
        if frames is None or len(frames) != len(cameras) or self._pace is None:
            return
        self._pace.took(time.monotonic() - self._submitted)
        info = replay_info(self.presenter, self.renderer.name, self.player.label)
        picture = self.presenter.compose(frames, self._cameras, self._state, info)
        self.window.show(picture)
        if self._wants_picture:
            self._wants_picture = False
            path = self.album.add("picture", picture)
            self.say(f"picture saved: {path}")
