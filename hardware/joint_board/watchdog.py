"""Proof that a board's watchdog bites: it is armed, kept so by words alone, and then nobody speaks.

A watchdog watches only while drives are on, so that it cannot be proven otherwise. The drives hold the joints where
they are; no joint is sent anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.joint_board.clock import WRAP
from hardware.joint_board.conversation import Refused
from hardware.joint_board.examining import POWERED, Examination
from hardware.joint_board.frame import Frame
from hardware.joint_board.messages import Arm, Event, Fault, Outcome, Pong, State, Telemetry
from hardware.joint_board.plant import WATCHDOG_MS
from robotics.errors import DeviceError

KEPT_WATCHDOGS = 3
"""For so many times of the watchdog the board is kept armed first: it is silence that bites, not time; ours."""

WORDS = 5
"""Words in a watchdog's time that keep it armed; ours."""

PATIENCE_S = 1.0
"""After so much longer than the watchdog a board that is armed still has none [s]; ours."""


@dataclass(frozen=True)
class Proof:
    """What became of an armed board to which nobody spoke.

    Attributes:
        watchdog_ms: Longest silence that it was armed with [ms].
        kept_ms: How long it was armed and spoken to, by the host's clock [ms].
        state: State in which it was seen last, before anything was switched off from here.
        fault: What it gave as the cause.
        silent_us: From the last word that it heard until it was safe, by its own clock [us]; None where it was not.
        host_us: From that word's being sent until it was heard to be safe, by the host's [us].
        bound_us: Longest that may be by its own clock: the watchdog, a frame and a step of its servo [us].
        step_us: A step of its servo [us].
    """

    watchdog_ms: int
    kept_ms: float
    state: State
    fault: Fault
    silent_us: int | None
    host_us: int | None
    bound_us: float
    step_us: float

    @property
    def holds(self) -> bool:
        """Whether the board went to SAFE by itself, of silence, and when it should."""
        return (
            self.state is State.SAFE
            and self.fault is Fault.WATCHDOG
            and self.silent_us is not None
            and 1e3 * self.watchdog_ms - self.step_us <= self.silent_us <= self.bound_us
        )


class _Seen:
    """What is heard of a board that is armed."""

    def __init__(self) -> None:
        self.armed = False
        self.words: dict[int, int] = {}  # tokens, and when they were sent [us]
        self.newest = -1  # token that was answered last
        self.word: tuple[int, int] | None = None  # the last: heard by the board's clock, sent by the host's [us]
        self.safe: tuple[int, int, State, Fault] | None = None  # when, by both clocks [us], and why

    def __call__(self, frame: Frame, now_us: int) -> None:
        message = frame.message
        if isinstance(message, Pong) and self.safe is None and message.token in self.words:
            self.word, self.newest = (message.received, self.words[message.token]), message.token
        elif isinstance(message, Event | Telemetry):
            if message.state is State.ARMED:
                self.armed = True
            elif self.armed and self.safe is None and message.state not in POWERED:
                self.safe = (frame.time_us, now_us, message.state, message.fault)


def prove(examination: Examination, progress: Callable[[float], None] = lambda _: None) -> Proof:
    """Arm a board, keep it armed by words, stop speaking, and see what it does. DRIVES ARE POWERED.

    A board that became safe is left so; one that did not is disarmed.

    Args:
        examination: Of a board that is idle.
        progress: Told from time to time which share has gone by.

    Raises:
        Refused: It does not let itself be armed.
        DeviceError: It is not idle, does not become armed, or is safe again before it has answered.
    """
    talk, line, hello = examination.conversation, examination.line, examination.hello
    state = examination.state
    if state is not State.IDLE:
        raise DeviceError(f"the board is {state.name}, and is armed from IDLE alone")
    if not hello.watchdog_most:
        raise DeviceError("the board has no watchdog")
    watchdog_ms = min(max(WATCHDOG_MS, hello.watchdog_least), hello.watchdog_most)
    every = round(1e3 * watchdog_ms / WORDS)
    seen = _Seen()
    examination.listeners.append(seen)
    try:
        examination.armed = examination.was_armed = True
        line.write(talk.say(Arm(hello.boot, examination.telemetry.entered, watchdog_ms)))
        asked, began = talk.said, line.now_us()
        kept = began + KEPT_WATCHDOGS * 1000 * watchdog_ms
        until = kept + round(1e6 * PATIENCE_S)
        while seen.safe is None and not (line.now_us() >= kept and seen.word and seen.newest == max(seen.words)):
            now = line.now_us()
            result = talk.result(asked)
            was = result is not None and result.outcome is Outcome.WRONG_STATE and result.state is State.ARMED
            if result is not None and result.outcome is not Outcome.DONE and not was:
                examination.armed = examination.was_armed = False
                raise Refused("arm", result.outcome)
            if now >= until:
                raise DeviceError("the board does not answer while it is armed")
            if now >= kept and not seen.armed:
                raise DeviceError("the board does not become armed")
            word = talk.ping(now, every)
            if word:
                seen.words[talk.said] = now
                line.write(word)
            examination.wait(now + 1000)
            progress(0.5 * min((now - began) / (kept - began), 1.0))
        silence = line.now_us()
        until = silence + 1000 * watchdog_ms + round(1e6 * PATIENCE_S)
        while seen.safe is None and (now := line.now_us()) < until:
            examination.wait(now + 5000)
            progress(0.5 + 0.5 * (now - silence) / (until - silence))
    finally:
        examination.listeners.remove(seen)
    progress(1.0)
    step_us, frame_us = 1e6 / max(hello.servo, 1), 1e6 / max(hello.rate, 1)
    bound = 1e3 * watchdog_ms + frame_us + step_us
    kept_ms = 1e-3 * (silence - began)
    if seen.safe is None:
        state, fault = examination.state, examination.telemetry.fault
        examination.disarm()
        return Proof(watchdog_ms, kept_ms, state, fault, None, None, bound, step_us)
    examination.armed = False
    at, host, state, fault = seen.safe
    if seen.word is None:
        raise DeviceError(f"the board became {state.name} before it had answered; this machine may have been too busy")
    heard, sent = seen.word
    return Proof(watchdog_ms, kept_ms, state, fault, (at - heard) % WRAP, host - sent, bound, step_us)
