"""What the thread of a bus and the loop share: readings one way, goals and stops the other, all under one lock."""

from __future__ import annotations

import threading
from enum import IntEnum

import numpy as np

from hardware.dynamixel.troubles import ServoFault
from robotics.contracts import StopKind
from robotics.errors import LinkLost


class Phase(IntEnum):
    """How the servos of a bus stand."""

    OFF = 0
    """No torque."""
    ARMED = 1
    """They follow goals."""
    HOLDING = 2
    """They stay where they were when they were asked to; a goal lets them follow again."""
    STOPPING = 3
    """They come to rest, and then lose their torque."""


URGENCY = {StopKind.HOLD: 0, StopKind.SOFT: 1, StopKind.POWER_OFF: 2}
"""Which stop wins over which."""


class SharedState:
    """Guarded by `lock`; whoever has it does nothing else meanwhile.

    Args:
        count: How many servos there are.

    Attributes:
        lock: The lock.
        raw: Current, velocity and position of each servo as last read, shape (n, 3).
        got: Whether each reported in the newest round, shape (n,).
        seen_ns: When each was last asked something that it answered, shape (n,), monotonic.
        round_ns: When the newest round was asked for; 0 before the first.
        rounds: Counts the rounds.
        goals: Goals of the loop as registers have them, shape (n,).
        goals_ns: When they were given.
        new_goals: Whether they have not been sent yet.
        phase: How the servos stand.
        stop: The most urgent stop that was asked for and not done yet.
        reason: Why the servos were stopped last by their plant itself; empty where they were not.
        faults: What is wrong, by servo's id; it stays until it is cleared.
        lost: How the line was lost; None while it stands.
    """

    def __init__(self, count: int) -> None:
        self.lock = threading.Lock()
        self.raw, self.got = np.zeros((count, 3), np.int64), np.zeros(count, np.bool_)
        self.seen_ns, self.round_ns, self.rounds = np.zeros(count, np.int64), 0, 0
        self.goals, self.goals_ns, self.new_goals = np.zeros(count, np.int64), 0, False
        self.phase = Phase.OFF
        self.stop: StopKind | None = None
        self.reason = ""
        self.faults: dict[int, ServoFault] = {}
        self.lost: LinkLost | None = None

    @property
    def soft_stop_goes_on(self) -> bool:
        """Whether the servos are on their way to rest, or about to be, and will lose their torque by themselves."""
        with self.lock:
            powered = self.phase in {Phase.ARMED, Phase.HOLDING}
            waits = self.stop is StopKind.SOFT and powered
            return self.lost is None and (waits or self.phase is Phase.STOPPING)

    def ask_stop(self, kind: StopKind, reason: str = "") -> None:
        """Ask for a stop; one that is less urgent than what was asked for before changes nothing."""
        with self.lock:
            self.reason = reason or self.reason
            if self.stop is None or URGENCY[kind] > URGENCY[self.stop]:
                self.stop = kind
            self.new_goals = False
