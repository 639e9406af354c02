"""A tracker that speaks OpenIGTLink: its TRANSFORM messages are the hands.

Each hand is a TRANSFORM of its own device name, in millimetres; what its clutch and its grip say comes as STRING
messages of two more names. The clutch is a dead man's: it counts as pressed unless it is said to be released, again
and again. The session connects to the tracker as a client, as one connects to a PLUS server or to 3D Slicer.

*Age.* A message's own time counts, not that of its arrival: the clocks' difference is that of the quickest message, so
a tracker that lags, or sends an old pose again, is seen to be old. A hand that is not sensed is not sent, and the guard
holds the arm.

Source:
    Tokuda et al. 2009, OpenIGTLink: an open network protocol for image-guided therapy environment; TRANSFORM is in mm.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import DeviceError
from robotics.rotations import quaternion_from_matrix
from vr_training.inputs.devices import Sensed
from vr_training.inputs.library import need

HOST, PORT = "127.0.0.1", 18944
"""This machine, and OpenIGTLink's registered port."""

OLDEST_S = 0.5
"""A hand that was sensed longer ago is not sent any more [s]: the guard has held the arm long before."""

RECONNECT_S = 2.0
"""Silence after which the connection is made anew [s]."""

SKEW = 1e-3
"""How far a tracker's rotation may be from a rotation: it sends single precision."""

SignedAxis = Annotated[str, Meta(pattern=r"^[+-]?[xyz]$")]


class TrackedHand(Config, frozen=True, kw_only=True):
    """Names of the OpenIGTLink devices of one arm's hand.

    Attributes:
        device: Its TRANSFORM.
        clutch: STRING of its clutch: ``"0"`` released, ``"1"`` pressed.
        grip: STRING of its grip, a number from 0 open to 1 closed; it stays as it was while nothing is said.
    """

    device: str
    clutch: str
    grip: str


class TrackerConfig(Config, frozen=True, kw_only=True):
    """How a tracker's poses become hands.

    Attributes:
        title: What a person reads.
        axes: Which axis of the tracker's frame is x (right), y (up) and z (towards the operator), with its sign.
        scale: Metres of hand motion per metre of the tracked thing's.
        dead_zone_mm: Motion that the hand does not follow, whichever way: what a tracker's noise needs.
        clutch_age_s: For how long a word that the clutch is released holds.
        hands: The hand of each arm, in the rig's order.
    """

    title: str
    axes: tuple[SignedAxis, SignedAxis, SignedAxis]
    scale: Annotated[float, Meta(gt=0.0, le=10.0)]
    dead_zone_mm: Annotated[float, Meta(ge=0.0, le=20.0)]
    clutch_age_s: Annotated[float, Meta(gt=0.0, le=5.0)]
    hands: Annotated[tuple[TrackedHand, ...], Meta(min_length=1, max_length=8)]

    def __post_init__(self) -> None:
        if abs(np.linalg.det(self.R_operator_tracker()) - 1.0) > 1e-9:
            raise ValueError(f"axes: {list(self.axes)} is no rotation: name each axis once, and keep it right-handed")
        names = [name for hand in self.hands for name in (hand.device, hand.clutch, hand.grip)]
        if len(set(names)) != len(names):
            raise ValueError(f"hands: names must differ, are {', '.join(names)}")

    def R_operator_tracker(self) -> Vector:
        """Rotation from the tracker's frame into the operator's, shape (3, 3)."""
        R = np.zeros((3, 3))
        for row, axis in enumerate(self.axes):
            R[row, "xyz".index(axis[-1])] = -1.0 if axis.startswith("-") else 1.0
        return R


class TrackerMap:
    """From one hand's messages to its pose; pure: times are handed in.

    Args:
        config: The map.
    """

    def __init__(self, config: TrackerConfig) -> None:
        self.config = config
        self._R = config.R_operator_tracker()
        self._place: Vector | None = None
        self._pose: Vector | None = None
        self._sensed, self._offset, self._stamp = -math.inf, math.inf, math.nan
        self._released_until = -math.inf
        self._grip = 0.0

    def take_transform(self, matrix: Vector, stamp_s: float, now_s: float) -> bool:
        """Take a TRANSFORM; whether it is a pose, and a new one.

        Args:
            matrix: ``T_tracker_hand``, shape (4, 4) [mm].
            stamp_s: Its time by the tracker's clock [s].
            now_s: When it came, by ours [s].
        """
        T = np.asarray(matrix, float)
        if T.shape != (4, 4) or not np.isfinite(T).all() or not math.isfinite(stamp_s) or stamp_s == self._stamp:
            return False
        rotation = T[:3, :3]
        if np.abs(rotation @ rotation.T - np.eye(3)).max() > SKEW or np.linalg.det(rotation) < 0.0:
            return False
        if self._stamp > stamp_s:  # the tracker's clock was set back, or the tracker began anew
            self._offset = math.inf
        self._stamp = stamp_s
        self._offset = min(self._offset, now_s - stamp_s)
        self._sensed = stamp_s + self._offset
        pose = np.zeros(POSE_SIZE)
        pose[:3] = self._follow(1e-3 * self.config.scale * (self._R @ T[:3, 3]))
        pose[3:] = quaternion_from_matrix(self._R @ rotation)
        self._pose = pose
        return True

    def take_clutch(self, text: str, now_s: float) -> None:
        """Take a STRING of the clutch; anything but ``"0"`` presses it."""
        self._released_until = now_s + self.config.clutch_age_s if text.strip() == "0" else -math.inf

    def take_grip(self, text: str) -> None:
        """Take a STRING of the grip; one that is no number from 0 to 1 is not followed."""
        try:
            grip = float(text)
        except ValueError:
            return
        if 0.0 <= grip <= 1.0:
            self._grip = grip

    def hand(self, arm: int, now_s: float) -> Sensed | None:
        """The hand as it was sensed last; None where that is too long ago, or was never."""
        age = now_s - self._sensed
        if self._pose is None or age > OLDEST_S:
            return None
        return Sensed(arm, self._pose, self._grip, now_s > self._released_until, max(age, 0.0))

    def _follow(self, place: Vector) -> Vector:
        """Move only where the thing has left the dead zone about the hand, and then no farther than to its edge."""
        if self._place is None:
            self._place = place
        away = place - self._place
        distance, zone = float(np.linalg.norm(away)), 1e-3 * self.config.dead_zone_mm * self.config.scale
        if distance > zone:
            self._place = self._place + away * (1.0 - zone / distance)
        return self._place


class Tracker:
    """A tracker as a source of hands; ``with`` connects.

    Args:
        config: The map.
        host: Where the tracker's server listens.
        port: At which port.
        arms: How many arms there are.
        wait_s: How long to wait for its first pose [s].
    """

    def __init__(
        self, config: TrackerConfig, host: str = HOST, port: int = PORT, arms: int = 1, wait_s: float = 5.0
    ) -> None:
        self.config, self.host, self.port, self._wait_s = config, host, port, wait_s
        self._maps = tuple(TrackerMap(config) for _ in config.hands[:arms])
        self._client: Any = None
        self._heard = 0.0

    def __enter__(self) -> Tracker:
        self._connect()
        names = ", ".join(hand.device for hand in self.config.hands[: len(self._maps)])
        end = time.monotonic() + self._wait_s
        while not self.read(0.0):
            if time.monotonic() > end:
                connected = self._client.is_connected()
                self.__exit__()
                what = f"sends no TRANSFORM of {names}" if connected else "does not answer"
                raise DeviceError(
                    f"the tracker at {self.host}:{self.port} {what}: start its OpenIGTLink server, or name another "
                    "with --input igtl:HOST:PORT and the devices in configs/inputs/igtl.toml"
                )
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.stop()
        self._client = None

    def describe(self) -> str:
        """What the device is, in words."""
        return f"{self.config.title} at {self.host}:{self.port}"

    def feel(self, forces_n: Sequence[float]) -> None:
        """See `HandSource.feel`: a tracker cannot be felt."""

    def read(self, dt: float) -> list[Sensed]:  # noqa: ARG002 - a tracker tells the time itself
        """The newest hands; none of a thing that the tracker does not see."""
        now, wall = time.monotonic(), time.time()
        news = self._client.get_latest_messages()
        if news:
            self._heard = now
        elif now - self._heard > RECONNECT_S:
            self._connect()
        for message in news:
            self._take(message, wall)
        hands = (each.hand(arm, wall) for arm, each in enumerate(self._maps))
        return [hand for hand in hands if hand is not None]

    def _connect(self) -> None:
        """Connect afresh: the library does not notice that the other side has closed."""
        library = need("pyigtl", "igtl", "input 'igtl'")
        if self._client is not None:
            self._client.stop()
        self._client = library.OpenIGTLinkClient(host=self.host, port=self.port)
        self._heard = time.monotonic()

    def _take(self, message: Any, wall_s: float) -> None:
        for names, each in zip(self.config.hands, self._maps, strict=False):
            name = message.device_name
            if name == names.device and hasattr(message, "matrix"):
                each.take_transform(message.matrix, float(message.timestamp), wall_s)
            elif name == names.clutch and hasattr(message, "string"):
                each.take_clutch(message.string, wall_s)
            elif name == names.grip and hasattr(message, "string"):
                each.take_grip(message.string)
