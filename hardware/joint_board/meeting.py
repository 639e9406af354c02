"""A board is met: who it is, what its joints are, what it measures, and what time it is there."""

from __future__ import annotations

from collections.abc import Callable

from hardware.joint_board.conversation import GREET_US, Conversation
from hardware.joint_board.lines import Line
from robotics.errors import DeviceError

MEET_S = 2.0
"""Longest wait for a board to say who it is [s]: some begin anew as their port is opened; ours."""

PING_US, ANSWERS = 10_000, 4
"""How often the board's time is asked for meanwhile [us], and how many answers there have to be: two tell how fast its
clock goes; ours."""


def meet(talk: Conversation, line: Line, wait: Callable[[int], None]) -> None:
    """Learn who is there.

    Args:
        talk: A conversation that has not begun.
        line: The line, open.
        wait: Listens until a time by the host's clock [us], or until something has come.

    Raises:
        DeviceError: Nobody answers, or in another version of the protocol.
    """
    began = line.now_us()
    until, again = began + round(1e6 * MEET_S), began
    while not (talk.met and talk.clock.answers >= ANSWERS and talk.told is not None):
        now = line.now_us()
        if now >= until:
            strange = f" {talk.corrupt} pieces came that are none of its frames." if talk.corrupt else ""
            raise DeviceError(f"{line.name}: no joint board answers; is it powered, and the speed right?{strange}")
        if not talk.met and now >= again:
            line.write(talk.greet())
            again = now + GREET_US
        word = talk.ping(now, PING_US)
        if word:
            line.write(word)
        wait(now + 1000)
