"""What host and board say to each other, without a line: bytes that came go in, bytes to be sent come out.

It knows no time but what it is told, so that it is the same in real time and in lockstep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hardware.joint_board.clock import BoardClock
from hardware.joint_board.frame import Frame, Receiver, encode
from hardware.joint_board.messages import (
    VERSION,
    AnyMessage,
    Event,
    Greet,
    Hello,
    Joint,
    Outcome,
    Ping,
    Pong,
    Result,
    Telemetry,
)
from robotics.errors import DeviceError

PING_US = 50_000
"""How often the board's time is asked for; ours."""

GREET_US = 200_000
"""After so long without an answer a board is greeted again: it may have been starting [us]; ours."""

PINGS = 16
"""Questions for the time that are on their way at most; ours."""

EVENTS = 64
"""Events that are kept until somebody takes them."""


class Told(NamedTuple):
    """A telemetry, and when it came by the host's clock [us]."""

    telemetry: Telemetry
    time_us: int
    sequence: int
    heard_us: int


class Refused(DeviceError):
    """A board does not do what it was asked for.

    Args:
        asked: What.
        outcome: Why not.
    """

    def __init__(self, asked: str, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(f"the board refuses {asked}: {outcome.name.lower().replace('_', ' ')}")


class Conversation:
    """One board's.

    Args:
        listener: Told each frame and when it came by the host's clock [us]; nobody where None.

    Attributes:
        hello: Who it is; None until it has said so.
        joints: Its joints, by number.
        told: The newest telemetry; None until one has come.
        clock: The board's clock.
        events: What happened there, oldest first.
        lost: Telemetry that did not arrive, by the gaps of its frames' count.
    """

    def __init__(self, listener: Callable[[Frame, int], None] | None = None) -> None:
        self._listener = listener
        self.hello: Hello | None = None
        self.joints: dict[int, Joint] = {}
        self.told: Told | None = None
        self.clock = BoardClock()
        self.events: list[Event] = []
        self.lost = 0
        self._receiver = Receiver()
        self._sequence, self._heard = 0, -1
        self._results: dict[int, Result] = {}
        self._pings: dict[int, int] = {}
        self._pinged_us: int | None = None

    @property
    def corrupt(self) -> int:
        """Frames that came in corrupt."""
        return self._receiver.corrupt

    def hear(self, data: bytes, now_us: int) -> None:
        """Take what the line brought.

        Raises:
            DeviceError: The board speaks another version of the protocol.
        """
        if not data:
            return
        receiver = self._receiver
        for frame in receiver.feed(data):
            self._count(frame)
            self._take(frame, now_us)
            if self._listener is not None:
                self._listener(frame, now_us)
        if receiver.version:
            raise DeviceError(f"the board speaks version {receiver.version} of the protocol, this program {VERSION}")

    def say(self, message: AnyMessage) -> bytes:
        """A frame of a message."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        if isinstance(message, Ping):
            raise DeviceError("pings go by `ping`")
        return encode(message, self._sequence, 0, self._receiver.joints, self._receiver.channels)

    @property
    def said(self) -> int:
        """Count of the frame that was said last."""
        return self._sequence

    def greet(self) -> bytes:
        """Ask who is there, and forget who was."""
        self.hello, self.told = None, None
        self.joints.clear()
        self._receiver.joints = self._receiver.channels = 0
        return self.say(Greet())

    @property
    def met(self) -> bool:
        """Whether it is known who is there, with all joints."""
        return self.hello is not None and len(self.joints) == self.hello.joints

    def ping(self, now_us: int, every_us: int = PING_US) -> bytes:
        """Ask for the board's time, where that is due; nothing else. `said` is then the token that comes back."""
        if self._pinged_us is not None and now_us - self._pinged_us < every_us:
            return b""
        self._pinged_us = now_us
        self._sequence = (self._sequence + 1) & 0xFFFF
        token = self._sequence
        self._pings = {token: now_us, **dict(list(self._pings.items())[: PINGS - 1])}
        return encode(Ping(token), self._sequence)

    def result(self, sequence: int) -> Result | None:
        """Answer to the frame of a count, once; None until it has come."""
        return self._results.pop(sequence, None)

    def _count(self, frame: Frame) -> None:
        if self._heard >= 0:
            gap = (frame.sequence - self._heard - 1) & 0xFFFF
            self.lost += gap if gap < 0x8000 else 0
        self._heard = frame.sequence

    def _take(self, frame: Frame, now_us: int) -> None:
        message = frame.message
        if isinstance(message, Telemetry):
            self.told = Told(message, frame.time_us, frame.sequence, now_us)
        elif isinstance(message, Pong):
            asked = self._pings.pop(message.token, None)
            if asked is not None:
                self.clock.learn(asked, message.received, frame.time_us, now_us)
        elif isinstance(message, Hello):
            self.hello = message
            self._receiver.joints, self._receiver.channels = message.joints, message.channels
            self._receiver.corrupt = 0  # what came before could not be read
        elif isinstance(message, Joint):
            self.joints[message.joint] = message
        elif isinstance(message, Result):
            self._results[message.of] = message
        elif isinstance(message, Event):
            self.events = [*self.events[-EVENTS + 1 :], message]
