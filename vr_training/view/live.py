"""The loop of a live view: newest state, picture, window; a steady hand beside it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

import msgspec
import numpy as np

from control.tick import State
from robotics.contracts import Vector
from robotics.errors import StaleError
from vr_training.stream.messages import SceneMessage, StateMessage, array
from vr_training.view.age import Age, seconds_since
from vr_training.view.contracts import Camera, Frame
from vr_training.view.events import Action, Button, ButtonChanged, Event, PointerMoved, Scrolled, action_of
from vr_training.view.hand_process import HandProcess
from vr_training.view.pace import Pace, Paces
from vr_training.view.presenter import Presenter, operator_of, poses_of, resting_state, same_cameras
from vr_training.view.projection import metres_per_pixel, operator_from_view
from vr_training.view.render_process import RenderProcess
from vr_training.view.settings import ViewSettings
from vr_training.view.status import ViewInfo, turn_to_target
from vr_training.view.still import Album
from vr_training.view.window import EyeWindows, Window

IDLE_REDRAW_S = 0.1
"""How often a picture is put together anew while no state comes: often enough for its age to count up."""
SLOW_S = 0.5
"""How old a picture may be before it is stale although states come: a slow host draws a few a second [s]; ours."""
QUIET_S = 0.3
"""Silence after which the hub is looked for: its last word, that the session has ended, may have been missed [s]."""
POLL_S = 0.004
"""Pause of the loop: the window's events are collected, and the hand sees them, this often [s]."""

PRESS_SEEN_S = 0.5
"""From when on a button that is held although the arm does not follow is worth a hint [s]."""

KEYS_SHOWN_S = 10.0
"""How long the keys stay on the display once the arm has followed for the first time [s]."""

PRESS_AGAIN = "Let go, press again"

_NOT_FOLLOWING = (State.CLUTCHED, State.HOLD)


class Link(Protocol):
    """What a live view needs of the connection to a hub, as `vr_training.stream.client.StreamClient` has it."""

    def newest(self) -> StateMessage | None:
        """The newest state that has come since the last call; None where none has."""
        ...

    def stop(self) -> None:
        """Ask for the operator's STOP."""
        ...


class Ending(Enum):
    """Why a live view ended."""

    OVER = "the session ended"
    CLOSED = "the window was closed"
    LOST = "the hub fell silent"
    ASKED = "an interrupt or a termination"


@dataclass
class _Picture:
    """What the newest frames show."""

    frames: list[Frame]
    cameras: tuple[Camera, ...]
    state: StateMessage
    since_ns: int | None


class LiveView:
    """Shows a running session until it ends, the window closes or the hub falls silent.

    Args:
        scene: The session's scene.
        settings: How it looks and behaves.
        link: The connection.
        presenter: Puts the pictures together.
        renderer: Renders them, already started.
        album: Takes the pictures that are asked for.
        window: An open window, None off-screen.
        hand: Sends what mouse and keyboard of the window ask for, already started; None where they move nothing.
        state: The state to begin with, where there is one.
        ready: Called once, when the first picture has been shown.
        gone: Tells whether the hub has closed in good order.
        sound: Called with every new state, to sound what there is to be heard.
        closing_stops: Whether closing the window asks for the STOP, as Esc does.
        asked_to_end: Tells whether somebody wants this view to end, whatever the session does.
    """

    def __init__(
        self,
        scene: SceneMessage,
        settings: ViewSettings,
        link: Link,
        presenter: Presenter,
        renderer: RenderProcess,
        album: Album,
        window: Window | EyeWindows | None,
        hand: HandProcess | None,
        state: StateMessage | None = None,
        ready: Callable[[], None] | None = None,
        gone: Callable[[], bool] = lambda: False,
        sound: Callable[[StateMessage], None] = lambda _: None,
        closing_stops: bool = False,
        asked_to_end: Callable[[], bool] = lambda: False,
    ) -> None:
        self.scene, self.settings, self.link = scene, settings, link
        self.presenter, self.renderer, self.album, self.window = presenter, renderer, album, window
        self.hand = hand
        self._state = state if state is not None else resting_state(scene)
        self._ready, self._gone, self._sound = ready, gone, sound
        self._closing_stops, self._asked_to_end = closing_stops, asked_to_end
        self._began = False
        self._age = Age()
        self._paces = Paces(1.0 / settings.frame_rate_hz)
        self._pace: Pace | None = None
        self._picture: _Picture | None = None
        self._pending: StateMessage | None = None
        self._pending_ns: int | None = None
        self._submitted = self._composed_at = 0.0
        self._shown: deque[float] = deque(maxlen=20)
        self._last_state_at = time.monotonic()
        self._silent_s = 0.0
        self._ended_at: float | None = None
        self._end_shown = False
        self._pointer: tuple[float, float] = (0.0, 0.0)
        self._orbiting = False
        self._held_since: float | None = None
        self._drove_at: float | None = None
        self._wants_picture = False
        self._problem = ""
        self._operator: Vector = np.asarray(array(scene.operator_from_world, "<f8", 3, 3), np.float64)

    def run(self) -> Ending:
        """Run to the end.

        Raises:
            DeviceError: The renderer failed, or the hand cannot be sent.
            StaleError: The window was closed, and the STOP that this asks for cannot be delivered.
        """
        while True:
            self._listen()
            self._take_states()
            self._draw()
            ending = self._ending()
            if ending is not None:
                return ending
            if not self.renderer.busy or self.window is not None:
                time.sleep(POLL_S)

    def _listen(self) -> None:
        """Pass the window's events on."""
        if self.window is None:
            return
        if self.hand is not None:
            self.hand.listen()
        for event in self.window.poll():
            if self._steers_camera(event):
                continue
            if self.hand is not None:
                self.hand.handle(event)
            if isinstance(event, ButtonChanged):
                self._held_since = time.monotonic() if event.pressed else None
            self._act(action_of(event))

    def _steers_camera(self, event: Event) -> bool:
        """Middle-drag orbits a free camera; the wheel brings it nearer while the hand is at rest."""
        if isinstance(event, ButtonChanged) and event.button == Button.MIDDLE:
            self._orbiting = event.pressed
            return True
        if isinstance(event, PointerMoved):
            dx, dy = event.x - self._pointer[0], event.y - self._pointer[1]
            self._pointer = (event.x, event.y)
            if self._orbiting:
                self.presenter.orbit(dx, dy)
        if isinstance(event, Scrolled) and (self.hand is None or not self.hand.engaged):
            self.presenter.zoom(event.notches)
            return True
        return False

    def _act(self, action: Action | None) -> None:
        if action is Action.CAMERA:
            self.presenter.next_camera()
        elif action is Action.STEREO:
            self.presenter.next_stereo()
        elif action is Action.INSET:
            self.presenter.next_inset()
        elif action is Action.HELP:
            self.presenter.help_shown = not self.presenter.help_shown
        elif action is Action.PICTURE:
            self._wants_picture = True
        elif action is Action.STOP:
            if self.hand is not None:
                self.hand.release()
            try:
                self.link.stop()
            except StaleError as error:
                self._problem = str(error)

    def _take_states(self) -> None:
        now = time.monotonic()
        state = self.link.newest()
        # Judged where the link has just been asked: a view that stood still itself has not heard silence.
        self._silent_s = now - self._last_state_at if state is None else 0.0
        if self._silent_s > QUIET_S and self._ended_at is None and self._gone():
            state = msgspec.structs.replace(self._state, running=False)
        if state is not None:
            self._state, self._last_state_at = state, now
            self._age.arrived(state.sequence, state.sent_ns, time.time_ns())
            self.presenter.overlays.update(state)
            self._sound(state)
            if not state.running and self._ended_at is None:
                self._ended_at = now
                if self.hand is not None:
                    self.hand.release()

    def _draw(self) -> None:
        """Start the next frame when it is due, and show the one that is done."""
        now = time.monotonic()
        if not self.renderer.ready:
            return
        self.presenter.look(self._state)
        pace = self._paces.of(self.presenter.cameras(), now)
        cameras = self.presenter.cameras(pace.level.scale)
        if not self.renderer.busy and now - self._submitted >= 1.0 / self.settings.frame_rate_hz:
            shown = self._picture
            if shown is None or shown.state is not self._state or not same_cameras(shown.cameras, cameras):
                self.renderer.submit(
                    poses_of(self.scene, self._state), cameras, pace.level.quality, self._state.deformables
                )
                self._pace, self._pending, self._submitted = pace, self._state, now
                self._pending_ns = self._age.newest_ns
        submitted = self.renderer.cameras
        frames = self.renderer.collect(0.0 if self.window is not None else POLL_S)
        if frames is not None and self._pending is not None and self._pace is not None:
            now = time.monotonic()
            self._shown.append(now)
            self._pace.took(now - self._submitted)
            self._picture = _Picture(frames, submitted, self._pending, self._pending_ns)
            # Judged by what was heard when it was asked for last: a display that is slow to show is no silence.
            if self.hand is not None and self._silent_s < self.settings.stale_s:
                self.hand.alive()
            self._show()
        elif now - self._composed_at >= IDLE_REDRAW_S:
            # The display goes on where no state comes, and where a picture takes its time: a stop must be read at once.
            self._show()

    def _show(self) -> None:
        """Put the picture together and show it."""
        shown = self._picture
        if shown is None or len(shown.cameras) != len(self.presenter.cameras()):
            return
        self._composed_at = time.monotonic()
        info = self._info(self._state, shown.since_ns)
        picture = self.presenter.compose(shown.frames, shown.cameras, shown.state, info, self._state)
        if self.window is not None:
            self.window.show(picture)
        if not self._began:
            self._began, self._last_state_at, self._silent_s = True, time.monotonic(), 0.0
            if self._ready is not None:
                self._ready()
        self._end_shown = self._end_shown or not shown.state.running
        if self._wants_picture:
            self._wants_picture = False
            self.album.add("picture", picture)
        if self.hand is not None and shown.state.arms:
            eye, first = self.presenter.cameras()[0], self.scene.cameras[0]
            if first.arm and self._state.state != State.ENGAGED:
                self._operator = operator_of(first, self._state)
            # What the pointer takes along: the tip, or the scene where the hand moves that.
            index = min(self.hand.driven, len(shown.state.arms) - 1)
            tip = shown.state.arms[index].tip[:3]
            own = self.scene.arms[index].sense
            moves_tip = (self.scene.sense if own is None else own) > 0.0
            at = tip if moves_tip else self.presenter.view.look_at_m
            # Only the arm that is asked, and only where the hand moves the tip, can be turned as the guide's is.
            turns = shown.state.asked == index and moves_tip
            turn = turn_to_target(shown.state) if turns else np.zeros(3)
            self.hand.look(
                operator_from_view(self._operator, eye), metres_per_pixel(at, eye), self._operator @ np.nan_to_num(turn)
            )

    def _info(self, state: StateMessage, since_ns: int | None) -> ViewInfo:
        """What the display says besides a state, over a picture of a moment [ns]."""
        overlays, stale_s = self.presenter.settings.overlays, self.settings.stale_s
        now_ns = time.time_ns()
        age, shown = self._age.seconds(now_ns), seconds_since(since_ns, now_ns)
        info = ViewInfo(
            camera=self.presenter.view.name,
            renderer=self.renderer.name,
            age_s=shown if state.running else float("nan"),
            stale_s=stale_s if age > stale_s else max(stale_s, SLOW_S),
            rate_hz=self._rate(),
            control=self._control(state),
            driven=None if self.hand is None else self.hand.driven,
            force_full_n=overlays.force_full_n,
            force_warn_n=overlays.force_warn_n,
            keys=self._keys_shown(state),
        )
        if self._problem:
            return replace(info, banner="STOP NOT DELIVERED: USE THE STOP OF THE DEVICE")
        if info.control == PRESS_AGAIN:
            info = replace(info, banner=PRESS_AGAIN.upper())
        if state.running and age > max(1.0, stale_s):
            return replace(info, banner="WAITING FOR THE SESSION" if state.sent_ns == 0 else "CONNECTION LOST")
        if state.running and shown > max(1.0, stale_s):
            return replace(info, banner="THE PICTURE STANDS STILL")
        return info

    def _rate(self) -> float:
        """Frames a second over the last few; 0 as long as there are too few to tell."""
        span = self._shown[-1] - self._shown[0] if len(self._shown) > 2 else 0.0
        return (len(self._shown) - 1) / span if span > 0.0 else 0.0

    def _control(self, state: StateMessage) -> str:
        """Who drives, in two words."""
        if not self.scene.inputs or not state.running:
            return ""
        if self.hand is not None and state.lease and state.lease == self.hand.name:
            held = self._held_since is not None and time.monotonic() - self._held_since > PRESS_SEEN_S
            return PRESS_AGAIN if held and state.state in _NOT_FOLLOWING else "You drive"
        if state.lease:
            return "Watching"
        return "Hold to drive" if self.hand is not None else "Watching"

    def _keys_shown(self, state: StateMessage) -> bool:
        """Whether to say what mouse and keys do: until a while after the first motion, and whenever the hand rests."""
        if self.hand is None or not state.running or (state.lease and state.lease != self.hand.name):
            return False
        engaged = state.state == State.ENGAGED
        if engaged and self._drove_at is None:
            self._drove_at = time.monotonic()
        return not engaged or self._drove_at is None or time.monotonic() - self._drove_at < KEYS_SHOWN_S

    def _ending(self) -> Ending | None:
        now = time.monotonic()
        if self.window is not None and not self.window.open:
            if self._closing_stops and self._ended_at is None:
                self.link.stop()
            return Ending.CLOSED
        if self._asked_to_end():
            return Ending.ASKED
        if self._ended_at is not None:
            linger = self.settings.linger_s if self.window is not None else 0.0
            seen = self._end_shown or now - self._ended_at > linger + 10.0
            return Ending.OVER if seen and now - self._ended_at >= linger else None
        # A session may wait for the first picture before it starts, so silence counts from then on.
        if self._began and self._silent_s > self.settings.lost_s:
            return Ending.LOST
        return None
