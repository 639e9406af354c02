"""A line between hand and arm that is late, uneven and loses some of what it carries, the same for the same seed.

Each reading of the hand travels as a packet of its own: pose, grip, clutch and age together. It takes the delay and
what it waits on the way, and arrives or is lost. Waiting times are correlated, as queues fill and empty; packets may
overtake each other, and the newest wins. Where none arrives the last one stands and grows older.

*Age.* The guard holds an arm whose hand is older than 100 ms, because its operator may be gone. A delay that is known
and constant says nothing of that, and must not: a session with 250 ms of it would never start. So a pose's age counts
from when it was sensed, *less the line's known delay*: what a stalled or crowded line adds shows in full, within the
guard's 100 ms of the time at which the pose was due. The hand's own silence is not delayed at all: when what feeds the
line has gone stale, its age is passed on at once, though older poses are still on the way.

Source:
    Delay, correlated jitter, loss and reordering as in Linux's network emulator, `tc-netem(8)` (Hemminger 2005).
"""

from __future__ import annotations

import math
from types import TracebackType

import numpy as np

from robotics.contracts import POSE_SIZE, HandPose, OperatorInput, OperatorView
from robotics.line_config import LineConfig

QUEUE_S = 0.05
"""How long a queue remembers: correlation time of the waiting [s]; ours."""

MOST_JITTER = 4.0
"""Longest waiting time, in jitters: it bounds what is on the way at once."""

LOST_S = 0.1
"""Age from which a hand's own silence is passed on undelayed [s]: the guard's limit."""


class DelayedHand:
    """An operator's hand at the far end of a line. The hand itself is the same, bit for bit, as without it.

    Args:
        hand: The hand at the near end.
        line: The line.
    """

    def __init__(self, hand: OperatorInput, line: LineConfig) -> None:
        self.hand, self.line = hand, line
        self._out = HandPose(np.zeros(POSE_SIZE), 0.0, True, 0.0, False)
        self.reset_line(np.random.default_rng(0), 1e-3)

    def __enter__(self) -> DelayedHand:
        self.hand.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hand.__exit__(kind, error, trace)

    def describe(self) -> str:
        """What the line does, in words."""
        return f"over a line of {self.line.describe()}"

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh with an empty line, every ``dt`` [s] a packet.

        The line draws from a child of ``rng``, which leaves what the hand draws as it would be without a line.
        """
        self.hand.reset(rng, dt)
        self.reset_line(rng.spawn(1)[0], dt)

    def reset_line(self, rng: np.random.Generator, dt: float) -> None:
        """Empty the line; its jitter and losses are drawn from ``rng``."""
        line = self.line
        self._rng, self._dt, self._tick = rng, dt, 0
        self._delay = round(1e-3 * line.delay_ms / dt)  # [ticks]
        self._jitter = 1e-3 * line.jitter_ms / dt
        size = self._delay + math.ceil(MOST_JITTER * self._jitter) + 2
        self._poses = np.zeros((size, POSE_SIZE))
        self._rest: list[tuple[float, bool, float, bool]] = [(0.0, True, 0.0, False)] * size
        self._arrives = [-1] * size  # newest packet that arrives in a tick
        self._kept = math.exp(-dt / QUEUE_S)
        self._fresh = math.sqrt(1.0 - self._kept**2)
        self._queue = float(rng.standard_normal())
        self._shown, self._sensed_age = -1, 0.0
        self._out.pose[:] = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
        self._out.grip, self._out.clutch, self._out.age_s, self._out.valid = 0.0, True, 0.0, False

    def feedback(self, view: OperatorView) -> None:
        """What the operator sees is not delayed again: the line's delay is that of the whole round trip."""
        self.hand.feedback(view)

    def read(self) -> HandPose:
        """The newest hand that has arrived."""
        near, out, now = self.hand.read(), self._out, self._tick
        size = len(self._arrives)
        slot = now % size
        self._poses[slot] = near.pose
        self._rest[slot] = (near.grip, near.clutch, near.age_s, near.valid)
        self._send(now)
        arrived, self._arrives[slot] = self._arrives[slot], -1
        if arrived > self._shown:
            self._shown = arrived
            out.pose[:] = self._poses[arrived % size]
            out.grip, out.clutch, self._sensed_age, out.valid = self._rest[arrived % size]
        out.age_s = self._sensed_age + (now - self._shown - self._delay) * self._dt if self._shown >= 0 else 0.0
        if not near.valid or not near.age_s <= LOST_S:
            out.age_s = max(out.age_s, near.age_s)
            out.valid = out.valid and near.valid
        self._tick += 1
        return out

    def _send(self, now: int) -> None:
        """Put the packet of this tick on its way, or lose it; as much is drawn for every packet, whatever its fate."""
        self._queue = self._kept * self._queue + self._fresh * float(self._rng.standard_normal())
        lost = float(self._rng.random()) < self.line.loss
        waits = min(abs(self._queue), MOST_JITTER) * self._jitter
        if not lost:
            due = (now + self._delay + round(waits)) % len(self._arrives)
            self._arrives[due] = max(self._arrives[due], now)


def over(line: LineConfig, hand: OperatorInput) -> OperatorInput:
    """A hand at the far end of a line; the hand itself where the line does nothing."""
    return DelayedHand(hand, line) if line.active else hand
