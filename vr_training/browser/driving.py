"""A hand in a browser: mouse, keys and touch through the same hand as the view's, headset controllers as they are.

Whoever drives from a browser is one client of the hub, like any other: the hub's lease decides. A browser that closes,
stalls or loses its network lets go: its hand is released, or falls silent, and the arm holds.
"""

from __future__ import annotations

import math
import time
from typing import Literal

import numpy as np

from control.tick import State
from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import SteadyhandError
from vr_training.stream.client import StreamClient
from vr_training.stream.messages import Endpoints, SceneMessage, StateMessage, Wire, array
from vr_training.view.contracts import Camera
from vr_training.view.events import ButtonChanged, Event, KeyChanged, PointerMoved, Scrolled
from vr_training.view.hand_process import HandProcess
from vr_training.view.presenter import operator_of
from vr_training.view.projection import metres_per_pixel, operator_from_view
from vr_training.view.settings import HandSettings
from vr_training.view.status import turn_to_target


class InputEvent(Wire, frozen=True, kw_only=True):
    """One event of a page; ``kind`` says which of the numbers count."""

    kind: Literal["move", "button", "wheel", "key"]
    x: float = 0.0
    y: float = 0.0
    code: int = 0
    pressed: bool = False

    def event(self) -> Event:
        """As a window's event."""
        if self.kind == "move":
            return PointerMoved(self.x, self.y)
        if self.kind == "button":
            return ButtonChanged(self.code, self.pressed)
        if self.kind == "wheel":
            return Scrolled(self.y)
        return KeyChanged(self.code, self.pressed)


class Eye(Wire, frozen=True, kw_only=True):
    """From where a page looks: pose of its camera in world, column by column as three.js has it (y up, looks along -z),
    vertical field of view [rad], and the size of the picture [px]."""

    matrix: tuple[float, ...]
    fov_y: float
    width: int
    height: int
    free: bool = False

    def camera(self) -> Camera:
        """As the view's camera: y down, looks along z."""
        T = np.array(self.matrix, np.float64).reshape(4, 4).T
        return Camera(T @ np.diag((1.0, -1.0, -1.0, 1.0)), self.fov_y, self.width, self.height)


class HeldController(Wire, frozen=True, kw_only=True):
    """A headset's controller or hand, where it was at ``at_ms`` of the page's clock.

    ``pose`` is in world axes [m, quaternion wxyz], at real size however large the scene is shown.
    """

    at_ms: float
    pose: tuple[float, float, float, float, float, float, float]
    grip: float
    clutch: bool
    arm: int = 0


class PointerHand:
    """Mouse, keys and touch of a page, sent by a process of their own; ``with`` starts it.

    Args:
        endpoints: Where the hub listens.
        scene: The session's scene.
        settings: Gains and speeds.
        name: What others see while it drives.
    """

    def __init__(self, endpoints: Endpoints, scene: SceneMessage, settings: HandSettings, name: str) -> None:
        self._scene = scene
        self._process = HandProcess(endpoints, settings, scene.scale, name, max(len(scene.arms), 1))
        self._operator: Vector = np.asarray(array(scene.operator_from_world, "<f8", 3, 3), np.float64)

    def __enter__(self) -> PointerHand:
        self._process.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__(None, None, None)

    @property
    def name(self) -> str:
        """The name it drives under; empty until it has connected."""
        return self._process.name

    @property
    def driven(self) -> int:
        """Index of the arm that it drives."""
        return self._process.driven

    def handle(self, event: InputEvent) -> None:
        """Take an event."""
        self._process.handle(event.event())

    def release(self) -> None:
        """Let go of everything."""
        self._process.release()

    def shown(self, state: StateMessage, eye: Eye | None) -> None:
        """A page has shown a state, through this eye; raises `DeviceError` where the hand cannot be sent."""
        self._process.listen()
        self._process.alive()
        if eye is None or not state.arms:
            return
        first = self._scene.cameras[0]
        if first.arm and state.state != State.ENGAGED:
            self._operator = operator_of(first, state)
        index = min(self.driven, len(state.arms) - 1)
        own = self._scene.arms[index].sense
        moves_tip = (self._scene.sense if own is None else own) > 0.0
        camera = eye.camera()
        T = camera.T_world_camera
        at = state.arms[index].tip[:3] if moves_tip else (T[:3, 3] + 0.1 * T[:3, 2]).tolist()
        turn = turn_to_target(state) if state.asked == index and moves_tip else np.zeros(3)
        self._process.look(
            operator_from_view(self._operator, camera),
            metres_per_pixel(at, camera),
            self._operator @ np.nan_to_num(turn),
        )


class HeadsetHand:
    """Controllers of a headset as hands, one for each arm.

    Args:
        endpoints: Where the hub listens.
        scene: The session's scene.
        name: What others see while it drives.
    """

    def __init__(self, endpoints: Endpoints, scene: SceneMessage, name: str) -> None:
        self._scene = scene
        self._client = StreamClient(endpoints, name)
        self._operator: Vector = np.asarray(array(scene.operator_from_world, "<f8", 3, 3), np.float64)
        self._offset_ms = math.inf

    def __enter__(self) -> HeadsetHand:
        self._client.__enter__()
        try:
            self._client.scene()
        except SteadyhandError:
            self._client.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._client.__exit__(None, None, None)

    @property
    def name(self) -> str:
        """The name it drives under."""
        return self._client.name

    def send(self, held: HeldController, state: StateMessage | None) -> None:
        """Pass a controller on, in the operator's frame.

        Its age is told by the quickest message so far: the page's clock is not ours, but a delay that grows is seen.

        Args:
            held: The controller.
            state: The newest state, for a camera that an arm carries.
        """
        now_ms = 1e-6 * time.time_ns()
        self._offset_ms = min(self._offset_ms, now_ms - held.at_ms)
        first = self._scene.cameras[0]
        if state is not None and first.arm and state.state != State.ENGAGED:
            self._operator = operator_of(first, state)
        pose = in_frame(self._operator, held.pose)
        sensed_ns = round(1e6 * (held.at_ms + self._offset_ms))
        self._client.hand(pose, min(max(held.grip, 0.0), 1.0), held.clutch, held.arm, sensed_ns)


def in_frame(R: Vector, pose: tuple[float, ...]) -> Vector:
    """A pose with its axes turned: position and orientation, from world into the frame that ``R`` maps to.

    Args:
        R: Rotation from world, shape (3, 3).
        pose: Position and quaternion wxyz, shape (7,).
    """
    from scipy.spatial.transform import Rotation

    out = np.empty(POSE_SIZE)
    out[:3] = R @ np.asarray(pose[:3])
    w, x, y, z = pose[3:]
    turned = (Rotation.from_matrix(R) * Rotation.from_quat((x, y, z, w))).as_quat()
    out[3:] = turned[[3, 0, 1, 2]]
    return out


class PageMessage(Wire, frozen=True, kw_only=True):
    """What a page says: that it has shown a state, and whatever else happened since.

    Attributes:
        shown: How many states it has shown since its last message.
        drive: Whether its mouse, keys or touch are to move the arm; None where that stays as it is.
        events: What mouse, keys and touch did.
        eye: From where it looks, where that has changed.
        held: Controllers of a headset.
        stop: Asks for a stop; ``"quit"`` ends the run.
        release: Whether everything is let go.
    """

    shown: int = 0
    drive: bool | None = None
    events: tuple[InputEvent, ...] = ()
    eye: Eye | None = None
    held: tuple[HeldController, ...] = ()
    stop: Literal["", "hold", "soft", "power_off", "quit"] = ""
    release: bool = False
