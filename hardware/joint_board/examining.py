"""A joint board is examined: who it is, how fast it and its line are, and whether its watchdog bites.

Nothing is armed but by `watchdog.prove`. Commands that are sent to measure a line have expired before they are sent,
and an idle board does not look at any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from hardware.joint_board.arming import AGAIN_S, ANSWER_S, ASKED_TIMES
from hardware.joint_board.clock import WRAP
from hardware.joint_board.conversation import Conversation
from hardware.joint_board.frame import Frame
from hardware.joint_board.lines import Line
from hardware.joint_board.meeting import meet
from hardware.joint_board.messages import Command, Disarm, Event, Hello, Joint, Mode, Pong, Result, State, Telemetry
from hardware.joint_board.round_trips import RoundTrips
from robotics.errors import LinkLost

POWERED = frozenset({State.ARMED, State.HOMING, State.ACTIVE})
"""States in which drives are on."""

ASKED_HZ = 100
"""How often a second the board's time is asked for beside the commands; ours."""

EXPIRED_US = 1_000_000
"""How long a command that measures has been over by the board's clock as it is sent [us]; ours."""


@dataclass(frozen=True)
class Exchange:
    """What went over the line in a stretch of time.

    Attributes:
        seconds: How long it was [s].
        telemetry: Telemetries that came.
        clock: How fast the board's clock goes beside this machine's: 1 where both are as fast; NaN where too few came.
        lost: Frames of the board that did not come, by the gaps of their count.
        corrupt_here: Frames that came in corrupt here.
        corrupt_there: Frames that came in corrupt at the board.
        commands: Commands that were sent.
        unsent: Commands that the line had no room for.
        asked: Questions for the board's time that were sent behind commands.
        trips: Their round trips, where they were answered.
    """

    seconds: float
    telemetry: int
    clock: float
    lost: int
    corrupt_here: int
    corrupt_there: int
    commands: int
    unsent: int
    asked: int
    trips: RoundTrips

    @property
    def telemetry_hz(self) -> float:
        """Telemetries that came a second."""
        return self.telemetry / self.seconds

    @property
    def commands_hz(self) -> float:
        """Commands that were sent a second."""
        return self.commands / self.seconds

    @property
    def unanswered(self) -> int:
        """Questions that were not answered."""
        return self.asked - self.trips.count


class Examination:
    """One board's; ``with`` opens the line and meets the board, and leaves it with nothing armed.

    Args:
        line: The line, not open yet.
        watch: Asked whenever something is waited for; what it raises breaks the examination off.

    Attributes:
        conversation: What board and host have said to each other.
        armed: Whether the board was asked to arm, and has not been seen disarmed or safe since.
        was_armed: Whether it was armed at any time.
        state: The newest that the board has said of its state.
        left: How the board was left, as a sentence; empty until it was.
        listeners: Told each frame and when it came [us].

    Raises:
        DeviceError: On entering, where the port cannot be had, no board answers, or it speaks another version.
    """

    def __init__(self, line: Line, watch: Callable[[], None] = lambda: None) -> None:
        self.line, self._watch = line, watch
        self.conversation = Conversation(self._heard)
        self.armed = self.was_armed = False
        self.state = State.IDLE
        self.left = ""
        self.listeners: list[Callable[[Frame, int], None]] = []

    def __enter__(self) -> Examination:
        self.line.__enter__()
        try:
            meet(self.conversation, self.line, self.wait)
        except BaseException:
            self.line.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.left = self._leave()
        finally:
            self.line.__exit__(kind, error, trace)

    @property
    def hello(self) -> Hello:
        """Who the board is."""
        assert self.conversation.hello is not None
        return self.conversation.hello

    @property
    def joints(self) -> tuple[Joint, ...]:
        """Its joints, in order."""
        return tuple(self.conversation.joints[k] for k in range(self.hello.joints))

    @property
    def telemetry(self) -> Telemetry:
        """What it measured last."""
        assert self.conversation.told is not None
        return self.conversation.told.telemetry

    def wait(self, until_us: int) -> None:
        """Listen until something has come, at most until a time by the host's clock [us]."""
        self._watch()
        self._listen(until_us)

    def exchange(self, seconds: float, progress: Callable[[float], None] = lambda _: None) -> Exchange:
        """Send commands as often as the board takes them, and count what comes.

        Args:
            seconds: For how long [s].
            progress: Told from time to time which share has gone by.
        """
        talk, line, rate = self.conversation, self.line, max(self.hello.rate, 1)
        asked: dict[int, int] = {}
        trips: list[int] = []
        heard: list[tuple[int, int]] = []  # telemetries: by the board's clock, by the host's [us]

        def listener(frame: Frame, now_us: int) -> None:
            if isinstance(frame.message, Telemetry):
                heard.append((frame.time_us, now_us))
            elif isinstance(frame.message, Pong) and frame.message.token in asked:
                trips.append(now_us - asked[frame.message.token])

        self.wait(line.now_us())  # what had come before does not count
        lost, corrupt_here, corrupt_there = talk.lost, talk.corrupt, self.telemetry.corrupt
        commands = unsent = turn = 0
        period, ask_each = 1e6 / rate, max(round(rate / ASKED_HZ), 1)
        began = line.now_us()
        end, due = began + round(1e6 * seconds), float(began)
        self.listeners.append(listener)
        try:
            while (now := line.now_us()) < end:
                if now >= due:
                    said = talk.say(self._expired(now))
                    token = 0
                    if turn % ask_each == 0:
                        said += talk.ping(now, 0)
                        token = talk.said
                    turn += 1
                    now = line.now_us()
                    if line.write(said):
                        commands += 1
                        if token:
                            asked[token] = now
                    else:
                        unsent += 1
                    due = max(due + period, now - period)  # what was missed is not made up for
                    progress((now - began) / (end - began))
                self.wait(min(round(due), end))
            took, came = 1e-6 * (line.now_us() - began), len(heard)
            until = line.now_us() + round(1e6 * ANSWER_S)
            while len(trips) < len(asked) and line.now_us() < until:
                self.wait(until)
        finally:
            self.listeners.remove(listener)
        progress(1.0)
        return Exchange(
            took, came, _speed(heard), talk.lost - lost, talk.corrupt - corrupt_here,
            (self.telemetry.corrupt - corrupt_there) & 0xFFFF, commands, unsent, len(asked), RoundTrips(trips),
        )  # fmt: skip

    def _expired(self, now_us: int) -> Command:
        """A command of the size of any other, which no board follows."""
        n, over = self.hello.joints, (self.conversation.clock.board_us(now_us) - EXPIRED_US) % WRAP
        return Command(over, Mode.POSITION, self.telemetry.q, (0,) * n, (0,) * n)

    def disarm(self) -> bool:
        """Have the drives switched off; whether the board says that they are. Nothing breaks it off."""
        line, talk = self.line, self.conversation
        asked: list[int] = []
        until, again = line.now_us() + round(1e6 * ANSWER_S * ASKED_TIMES), 0
        while (now := line.now_us()) < until:
            if now >= again:
                line.write(talk.say(Disarm()))
                asked.append(talk.said)
                again = now + round(1e6 * AGAIN_S)
            self._listen(now + 1000)
            if any(talk.result(each) is not None for each in asked):
                self.armed = False  # done, or refused as it is idle or safe already
                return True
        return False

    def _leave(self) -> str:
        """Leave nothing armed, and say how the board was left; nothing breaks it off."""
        danger = "keep clear of the arm, press the emergency stop"
        try:
            if self.armed:
                if not self.disarm():
                    return f"the board does not answer the disarm: {danger}"
            else:
                self._listen(self.line.now_us())
        except LinkLost as error:
            return f"the board may be armed still ({error}): {danger}" if self.armed else "nothing is left armed"
        state = self.state
        if state in POWERED:
            return f"the board is {state.name}, its drives are on: {danger}"
        if not self.was_armed:
            return f"nothing was armed; the board is {state.name}"
        if state is State.IDLE:
            return "the board was disarmed: it is IDLE, its drives are off"
        return f"the board is left {state.name}, where it moves no more until somebody clears it"

    def _listen(self, until_us: int) -> None:
        line = self.line
        line.pass_time(max(1e-6 * (until_us - line.now_us()), 0.0))
        while (piece := line.read())[1]:
            self.conversation.hear(piece[1], piece[0])

    def _heard(self, frame: Frame, now_us: int) -> None:
        if isinstance(frame.message, Telemetry | Event | Result):
            self.state = frame.message.state
        for listener in self.listeners:
            listener(frame, now_us)


def _speed(heard: Sequence[tuple[int, int]]) -> float:
    """How fast a board's clock goes beside the host's, by times of the same frames on both [us]; the board's wraps."""
    if len(heard) < 2:
        return math.nan
    (board, host), (board_last, host_last) = heard[0], heard[-1]
    return ((board_last - board) % WRAP) / max(host_last - host, 1)
