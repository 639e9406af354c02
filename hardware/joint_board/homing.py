"""Joints whose encoders count from where they were switched on find their references: each goes to its home switch.

The board leads them there, one after the other, downwards and slowly; the others are held. Until every joint has its
reference it follows no command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.joint_board.arming import ANSWER_S, ASKED_TIMES, Arming
from hardware.joint_board.conversation import GREET_US, Refused
from hardware.joint_board.examining import Examination
from hardware.joint_board.messages import Home, Outcome, State
from hardware.joint_board.plant import WATCHDOG_MS
from hardware.joint_board.units import POSITION
from hardware.joint_board.watchdog import WORDS
from robotics.errors import DeviceError

SILENCE_S = 1.0
"""After so long without a word of the board it is given up; its own watchdog has made it safe by then [s]; ours."""


@dataclass(frozen=True)
class Homed:
    """What came of it.

    Attributes:
        joints: Numbers of the joints that have found their references now; empty where all had them.
        q: Where all joints are then [rad or m].
    """

    joints: tuple[int, ...]
    q: tuple[float, ...]


def without_reference(examination: Examination) -> tuple[int, ...]:
    """Numbers of the joints that have no reference yet."""
    return tuple(joint.joint for joint in examination.joints if not joint.homed)


def home(examination: Examination, progress: Callable[[float], None] = lambda _: None) -> Homed:
    """Have all joints find their references; the board is idle afterwards. DRIVES ARE POWERED, AND THE ARM MOVES.

    Whatever breaks it off, the board is disarmed as the examination ends: its drives are off then, its brakes closed.

    Args:
        examination: Of a board that is idle.
        progress: Told from time to time which share of the joints is done.

    Raises:
        Refused: The board will not be armed, or not be homed.
        DeviceError: It is not idle, does not answer, or becomes safe on the way: which joint, and why, is told.
    """
    line = examination.line
    if examination.state is not State.IDLE:
        raise DeviceError(
            f"{line.name}: the board is {examination.state.name}, and is homed from IDLE alone; look at the arm, then: "
            f"steadyhand hardware clear {line.name}"
        )
    wanted = without_reference(examination)
    if wanted:
        _arm(examination)
        _lead(examination, len(wanted), progress)
        if not examination.disarm():
            raise DeviceError(f"{line.name}: the board does not answer the disarm; press the emergency stop")
        _meet_again(examination)
        left = without_reference(examination)
        if left:
            raise DeviceError(f"{line.name}: joints {', '.join(map(str, left))} have found no reference")
    progress(1.0)
    return Homed(wanted, tuple(q * POSITION for q in examination.telemetry.q[: examination.hello.joints]))


def _arm(examination: Examination) -> None:
    line, arming = examination.line, Arming(WATCHDOG_MS)
    examination.armed = examination.was_armed = True
    try:
        while not arming.go_on(examination.conversation, line):
            _speak(examination)
            examination.wait(line.now_us() + 1000)
    except Refused:
        examination.armed = examination.was_armed = False
        raise


def _lead(examination: Examination, wanted: int, progress: Callable[[float], None]) -> None:
    """Have the board begin, and keep it company until it has finished."""
    talk, line = examination.conversation, examination.line
    asked: list[int] = []  # counts of the frames that asked: one may be lost
    asked_us, answered = 0, False
    while not (answered and examination.state is State.ARMED):
        now = line.now_us()
        if not answered and (not asked or now - asked_us > 1e6 * ANSWER_S):
            if len(asked) >= ASKED_TIMES:
                raise DeviceError(f"{line.name}: the board does not begin to home")
            line.write(talk.say(Home(examination.telemetry.entered)))
            asked.append(talk.said)
            asked_us = now
        _speak(examination)
        examination.wait(now + 1000)
        if examination.state in {State.SAFE, State.ESTOP}:
            raise DeviceError(_why(examination))
        for result in [found for each in asked if (found := talk.result(each)) is not None]:
            # Where the state is wrong as it is homing, it does what was asked first.
            if result.outcome is Outcome.DONE or result.state is State.HOMING:
                answered = True
            elif result.outcome is not Outcome.OVERTAKEN and not answered:  # that one is asked again
                raise Refused("home", result.outcome)
        answered = answered or examination.state is State.HOMING
        now = line.now_us()
        told = talk.told
        if told is None or now - told.heard_us > 1e6 * SILENCE_S:
            raise DeviceError(f"{line.name}: the board has fallen silent")
        progress(1.0 - min(told.telemetry.invalid.bit_count(), wanted) / wanted)


def _speak(examination: Examination) -> None:
    """Say something as often as keeps a board armed that is not commanded."""
    line = examination.line
    word = examination.conversation.ping(line.now_us(), round(1e3 * WATCHDOG_MS / WORDS))
    if word:
        line.write(word)


def _why(examination: Examination) -> str:
    """What made the board safe on the way."""
    told = examination.telemetry
    where = f" at joint {told.joint}" if told.joint < examination.hello.joints else ""
    name, fault = examination.line.name, told.fault.name.lower().replace("_", " ")
    said = f"{name}: the board is {examination.state.name}: {fault}{where}"
    return f"{said}; see what is in its way, then: steadyhand hardware clear {name}"


def _meet_again(examination: Examination) -> None:
    """Have the board say of all joints how they stand now."""
    talk, line = examination.conversation, examination.line
    until, again = line.now_us() + round(1e6 * SILENCE_S), 0
    while not again or not (talk.met and talk.told is not None):
        now = line.now_us()
        if now >= until:
            raise DeviceError(f"{line.name}: the board does not say how its joints stand")
        if now >= again:
            line.write(talk.greet())
            again = now + GREET_US
        examination.wait(now + 1000)
