"""Who may move the arm, and which of their messages count: the judge of every hand message that reaches the hub.

It reads no clock: times are handed in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from vr_training.stream.messages import HandMessage

LEASE_NS = 100_000_000
"""A holder that is silent for this long loses the lease [ns]: six frames of a 60 Hz view."""

MAX_AGE_NS = 150_000_000
"""A hand older than this is refused [ns]: it would move the arm to where the hand no longer is."""

MAX_AHEAD_NS = 20_000_000
"""A hand from this far in the future is refused [ns]: its clock cannot be trusted."""

MAX_DISTANCE_M = 5.0
"""No hand is farther than this from the origin of its own frame [m]."""

MAX_NORM_ERROR = 1e-2
"""How far the length of a quaternion may be from 1."""


@dataclass(frozen=True)
class Verdict:
    """What became of a hand message.

    Attributes:
        accepted: Whether it may move the arm.
        reason: Why not; empty where it was accepted.
        first: Whether it is the first of a new holder.
        age_ns: How old the hand is [ns], at least 0.
    """

    accepted: bool
    reason: str = ""
    first: bool = False
    age_ns: int = 0


@dataclass
class Lease:
    """The right to command, with one holder at a time.

    Attributes:
        epoch: Of the hub; messages for another one are refused.
    """

    epoch: int
    _key: bytes = b""
    _client: str = ""
    _sequence: int = -1
    _heard_ns: int = -(1 << 62)
    _offset_ns: int = 0

    def holder(self, now_ns: int) -> str:
        """Who holds the lease; empty where nobody does.

        Args:
            now_ns: Monotonic time [ns].
        """
        return self._client if now_ns - self._heard_ns <= LEASE_NS else ""

    def judge(self, key: bytes, message: HandMessage, now_ns: int, wall_ns: int, same_clock: bool = True) -> Verdict:
        """Judge a message; an accepted one takes or keeps the lease.

        Args:
            key: Identity of the connection it came by.
            message: The message.
            now_ns: Monotonic time [ns].
            wall_ns: Wall-clock time [ns since 1970].
            same_clock: Whether the sender shares this machine's clock. Where he does not, age counts from the quickest
                message of the holder, which tells a delay that grew but not the difference between two clocks.
        """
        holder = self.holder(now_ns)
        delay_ns = wall_ns - message.sent_ns
        offset_ns = 0 if same_clock else self._offset(key, delay_ns)
        age_ns = delay_ns - offset_ns
        reason = self._admission(key, message, holder) or _staleness(age_ns)
        if reason:
            return Verdict(False, reason)
        self._key, self._client, self._sequence = key, message.client, message.sequence
        self._heard_ns, self._offset_ns = now_ns, offset_ns
        return Verdict(True, first=not holder, age_ns=max(age_ns, 0))

    def _admission(self, key: bytes, message: HandMessage, holder: str) -> str:
        """Why this sender may not send this; empty where it may."""
        if message.epoch != self.epoch:
            return "it is for another run of the hub: ask for the scene again"
        if holder and key != self._key:
            return f"'{holder}' holds the arm"
        if key == self._key and message.sequence <= self._sequence:
            return f"sequence {message.sequence} after {self._sequence}"
        return _problem(message)

    def _offset(self, key: bytes, delay_ns: int) -> int:
        """What to take for the difference between the sender's clock and this one [ns]."""
        return min(self._offset_ns, delay_ns) if key == self._key else delay_ns


def _staleness(age_ns: int) -> str:
    """Why a hand of that age is refused; empty where it is not."""
    if age_ns > MAX_AGE_NS:
        return f"the hand is {age_ns * 1e-6:.0f} ms old, at most {MAX_AGE_NS * 1e-6:.0f} are allowed"
    if age_ns < -MAX_AHEAD_NS:
        return f"the hand is from {-age_ns * 1e-6:.0f} ms in the future"
    return ""


def _problem(message: HandMessage) -> str:
    """Why a hand cannot be one; empty where it can."""
    if not all(map(math.isfinite, (*message.pose, message.grip))):
        return "the hand is not finite"
    distance = math.hypot(*message.pose[:3])
    if distance > MAX_DISTANCE_M:
        return f"the hand is {distance:.3g} m from its origin, at most {MAX_DISTANCE_M:g} are allowed"
    norm = math.hypot(*message.pose[3:])
    if abs(norm - 1.0) > MAX_NORM_ERROR:
        return f"the hand's quaternion has length {norm:.3g}, not 1"
    if not 0.0 <= message.grip <= 1.0:
        return f"grip {message.grip:.3g} is outside of 0 to 1"
    return ""
