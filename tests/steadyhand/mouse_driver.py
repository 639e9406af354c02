"""A person in front of a virtual display: looks at the stream of a session and works its window with real X events."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from control.tick import Flag, State
from tests.steadyhand.virtual_display import VIEW, GaveUp, Run
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import live_sessions
from vr_training.stream.messages import SceneMessage, StateMessage
from vr_training.view.cameras import camera
from vr_training.view.contracts import Camera
from vr_training.view.events import MOVES
from vr_training.view.projection import metres_per_pixel
from vr_training.view.settings import load_view_settings

START_S = 150.0
"""How long a session may take until its window stands: kernels may have to be compiled first [s]."""
PATIENCE_S = 30.0
"""How long the person waits for something to happen on the screen [s]."""
MOUSE_PAD_PX = 110.0
"""How far the pointer goes from the middle of the picture before the person lets go and starts from there again."""
STEP_PX, STEP_S = 4.0, 0.012
"""Mean size of the pointer's steps, and how often they come: an unhurried drag."""
ABOVE_M = 0.0015
"""The person aims this much above the needle: the tip should not press [m]."""


@dataclass
class Person:
    """Sees what the stream shows, and has a hand on mouse and keyboard.

    Attributes:
        above_m: How far above what the task asks for the tip is brought [m].
        held: Intervals in which the arm might move: from a press to the moment when the clutch was seen again [ns,
            monotonic].
        idle: Intervals in which the button was up, the clutch was seen, and the pointer moved about [ns, monotonic].
    """

    display: str
    run: Run
    client: StreamClient
    scene: SceneMessage
    eye: Camera
    window: int
    state: StateMessage
    above_m: float = ABOVE_M
    held: list[tuple[int, int]] = field(default_factory=list)
    idle: list[tuple[int, int]] = field(default_factory=list)
    _pressed_ns: int = 0
    _pointer: tuple[float, float] = (0.0, 0.0)

    # -- looking

    def look(self) -> StateMessage:
        """The newest state."""
        newest = self.client.newest()
        while newest is not None:
            self.state = newest
            newest = self.client.newest()
        return self.state

    def wait_for(
        self, what: str, seen: Callable[[StateMessage], bool], seconds: float = PATIENCE_S, must: bool = True
    ) -> bool:
        """Look until something is seen; whether it was, where it need not be."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if seen(self.look()):
                return True
            if self.run.process.poll() is not None:
                break
            time.sleep(0.01)
        if must:
            raise GaveUp(f"waited in vain for {what}; {self.seen}; it said: {self.run.said}")
        return False

    @property
    def seen(self) -> str:
        """What the newest state says of who drives, in words for whoever reads why the person gave up."""
        s, age = self.state, 1e-9 * (time.time_ns() - self.state.sent_ns)
        stage = "running" if s.running else "over"
        return (
            f"{stage} at {s.time_s:.1f} s, {State(s.state).name}, clutch {s.arms[0].clutch}, lease '{s.lease}', "
            f"{Flag(s.flags)!r}, told {age:.2f} s ago, {len(self.held)} times pressed, "
            f"load {os.getloadavg()[0]:.1f}"
        )

    def gap(self) -> np.ndarray:
        """From the tip to where the person wants it, in the picture's axes: right, down, into it [m]."""
        state = self.look()
        wanted = np.array(state.target[:3]) + np.array((0.0, 0.0, self.above_m))
        return self.eye.T_world_camera[:3, :3].T @ (wanted - np.array(state.arms[0].tip[:3]))

    # -- doing

    def do(self, *words: object) -> None:
        """One command of xdotool."""
        subprocess.run(
            ["xdotool", *map(str, words)], env={**os.environ, "DISPLAY": self.display}, check=True, capture_output=True
        )

    def put(self, x: float, y: float) -> None:
        """Put the pointer somewhere in the picture, from its middle [px]."""
        self._drag((x - self._pointer[0], y - self._pointer[1]), 0)

    def press(self) -> None:
        """Press the left button and see the arm follow; pressed again where the first was not taken."""
        for patience_s in (1.5, 1.5, 3.0, 6.0, 12.0, 24.0):  # a loaded machine shows few pictures a second
            self._pressed_ns = time.monotonic_ns()
            self.do("mousedown", 1)
            if self.wait_for("the arm to follow", lambda s: s.state == State.ENGAGED, patience_s, must=False):
                return
            self.release()
        raise GaveUp(f"the arm does not follow a pressed button; {self.seen}; it said: {self.run.said}")

    def release(self) -> None:
        """Let go, and see that the arm no longer follows."""
        self.do("mouseup", 1)
        self.wait_for("the clutch", lambda s: not s.running or (s.state == State.CLUTCHED and bool(s.arms[0].clutch)))
        self.held.append((self._pressed_ns, time.monotonic_ns()))

    def start_over(self) -> None:
        """Bring the pointer back to the middle with the button up: nothing may move."""
        began = time.monotonic_ns()
        self.put(0.0, 0.0)
        time.sleep(0.2)
        self.idle.append((began, time.monotonic_ns()))

    def stroke(self, share: float = 1.0) -> bool:
        """With the button held, drag and turn the wheel towards the needle; whether there was room for all of it.

        Args:
            share: Part of the gap to close.
        """
        gap = share * self.gap()
        pixel = metres_per_pixel(self.state.arms[0].tip[:3], self.eye)
        wanted = gap[:2] / pixel
        notches = round(gap[2] / (1e-3 * load_view_settings(VIEW).hand.wheel_step_mm))
        room = 1.0
        for start, way in zip(self._pointer, wanted, strict=True):
            left = MOUSE_PAD_PX - start * np.sign(way)
            room = min(room, max(left, 0.0) / max(abs(way), 1e-9))
        self._drag(tuple(room * wanted), round(room * notches))
        self._settle()
        return room >= 1.0

    def reach(self, near_m: float = 0.002, seconds: float = 45.0) -> None:
        """Bring the tip to the needle, stroke by stroke, and let go there."""
        end = time.monotonic() + seconds
        self.start_over()
        self.press()
        while time.monotonic() < end:
            if self.state.success or np.linalg.norm(self.gap()) < near_m:
                break
            if self.state.state != State.ENGAGED or not self.stroke():
                self.release()
                self.start_over()
                self.press()
        self.release()

    def engage_by_key(self) -> None:
        """Press the space bar and see the arm follow; again where the first was not taken."""
        for patience_s in (1.5, 1.5, 3.0, 6.0, 12.0):
            self.do("key", "space")
            if self.wait_for("the arm to follow", lambda s: s.state == State.ENGAGED, patience_s, must=False):
                return
        raise GaveUp(f"the arm does not follow the space bar; {self.seen}; it said: {self.run.said}")

    def hold_key(self, name: str, seconds: float) -> None:
        """Hold a key for some time."""
        self.do("keydown", name, "sleep", seconds, "keyup", name)

    def along(self, name: str, leave_m: float, let_go: bool = True) -> None:
        """Hold a motion key until no more than ``leave_m`` of the gap along its axis is left.

        Args:
            name: The key.
            leave_m: What is to be left [m].
            let_go: Whether to let go of the key in the end.
        """
        axis, sign = MOVES[ord(name.upper())]
        way = sign * (1.0, -1.0, -1.0)[axis]  # keys have up and towards the viewer, the gap down and into the picture
        end = time.monotonic() + PATIENCE_S
        if self.look().state == State.ENGAGED:
            self.do("keydown", name)
        while way * self.gap()[axis] > leave_m:
            if time.monotonic() > end:
                raise GaveUp(f"key {name} does not bring the tip along; it said: {self.run.said}")
            if self.state.state != State.ENGAGED:  # let go by the view because its pictures stalled
                self.do("keyup", name)
                self.engage_by_key()
                self.do("keydown", name)
            time.sleep(0.01)
        if let_go:
            self.do("keyup", name)
            self._settle()

    def _drag(self, by: tuple[float, float], notches: int) -> None:
        """Move the pointer as a hand does, wheel notches spread among them."""
        steps = max(int(np.ceil(np.hypot(*by) / STEP_PX)), 2 * abs(notches), 1)
        words: list[object] = []
        turned = 0
        for k in range(1, steps + 1):
            done = _smooth(k / steps)
            x, y = self._pointer[0] + by[0] * done, self._pointer[1] + by[1] * done
            middle_x, middle_y = 0.5 * self.eye.width, 0.5 * self.eye.height
            words += ["mousemove", "--window", self.window, round(middle_x + x), round(middle_y + y)]
            due = round(abs(notches) * done)
            words += ["click", 4 if notches > 0 else 5] * (due - turned)
            turned = due
            words += ["sleep", STEP_S]
        self._pointer = (self._pointer[0] + by[0], self._pointer[1] + by[1])
        self.do(*words)

    def _settle(self) -> None:
        """Wait until the tip has come to rest."""
        still_since, last = time.monotonic(), np.array(self.look().arms[0].tip[:3])
        end = time.monotonic() + 3.0
        while time.monotonic() < end and time.monotonic() - still_since < 0.15:
            time.sleep(0.02)
            tip = np.array(self.look().arms[0].tip[:3])
            if np.linalg.norm(tip - last) > 1e-4:
                still_since, last = time.monotonic(), tip


def _smooth(share: float) -> float:
    """Minimum jerk from 0 to 1, as hands move."""
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


@contextmanager
def person_at(display: str, run: Run, title: str = "Needle reach") -> Iterator[Person]:
    """A person at the window of a run, once it shows the session's first moments."""
    end = time.monotonic() + START_S
    settings = load_view_settings(VIEW)
    window = found = None
    while time.monotonic() < end and (window is None or found is None):
        if run.process.poll() is not None:
            raise GaveUp(f"the run ended before it had begun ({run.process.returncode}); it said: {run.said}")
        time.sleep(0.2)
        found = next(iter(live_sessions(run.sessions).values()), None)
        search = ["xdotool", "search", "--onlyvisible", "--name", f"{title}.*Steadyhand"]
        shown = subprocess.run(
            search, env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, check=False
        )
        window = int(shown.stdout.split()[0]) if shown.stdout.split() else None
    if window is None or found is None:
        raise GaveUp(f"no window after {START_S:g} s; it said: {run.said}")
    with StreamClient(found, "onlooker") as client:
        snapshot = client.snapshot(timeout_s=10.0)
        eye = camera(snapshot.scene.cameras[0], settings.width_px, settings.height_px)
        state = None
        while state is None:
            if time.monotonic() > end or run.process.poll() is not None:
                raise GaveUp(f"the session does not begin; it said: {run.said}")
            time.sleep(0.05)
            state = client.newest()
        person = Person(display, run, client, snapshot.scene, eye, window, state)
        person.wait_for("the hand to be taken", lambda s: s.state == State.CLUTCHED and s.lease != "")
        yield person


def patient(test: Callable[[Path], None]) -> Callable[[Path], None]:
    """Let a person start afresh, twice at most, who gave up: two busy cores may not draw what a hand waits to see."""

    def tried(tmp_path: Path) -> None:
        for attempt in range(3):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            try:
                test(folder)
                return
            except GaveUp:
                if attempt == 2:
                    raise

    tried.__name__, tried.__doc__ = test.__name__, test.__doc__
    return tried
