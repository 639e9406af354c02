"""A hand that arrives from elsewhere: a view's window, a device or another program, through the hub and its mailbox."""

from __future__ import annotations

import math
from types import TracebackType

import numpy as np

from control.mailbox import HANDS, Mailbox
from robotics.contracts import POSE_SIZE, HandPose, OperatorView
from robotics.errors import ArgumentError

PARKED_S = 0.08
"""Silence about one arm, while its operator speaks of another, after which it is parked [s]: before the guard calls the
hand stale (100 ms), which would hold every arm of the rig; ours."""


class RemoteHand:
    """The newest hand of one arm in the mailbox, with its age.

    A hand that stops coming grows old, and the guard sees it. Where one operator drives several arms in turn, an arm
    that he says nothing of is *parked*: its clutch counts as pressed and its grip is kept, as long as hands for another
    arm come. It follows again only after its own clutch was seen pressed, so that nothing starts by itself.

    Args:
        mailbox: Where the hub puts the hands. Whoever made it closes it.
        device: What moves the hand, for a person: ``"mouse"``, ``"keyboard"``.
        arm: Index of the arm in the rig.

    Raises:
        ArgumentError: The mailbox has no room for so many arms.
    """

    def __init__(self, mailbox: Mailbox, device: str, arm: int = 0) -> None:
        if not 0 <= arm < HANDS:
            raise ArgumentError(f"arm {arm} cannot be driven from elsewhere: there is room for {HANDS} hands")
        self.device, self.arm = device, arm
        self._mailbox = mailbox
        self._parked = False
        self._hand = HandPose(np.zeros(POSE_SIZE), 0.0, False, 0.0, False)
        self._hand.pose[3] = 1.0

    def __enter__(self) -> RemoteHand:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def describe(self) -> str:
        """What moves the hand, in words."""
        return f"{self.device}, for arm {self.arm + 1}"

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """A hand from elsewhere has nothing to start afresh: what it does is up to the person."""

    def feedback(self, view: OperatorView) -> None:
        """The person looks at the view, not at this."""

    def read(self) -> HandPose:
        """The newest hand; ``valid`` is False until a first one, of this or of another arm, has come."""
        hand = self._hand
        self._mailbox.read(hand, self.arm)
        if hand.valid and hand.age_s <= PARKED_S:
            self._parked = self._parked and not hand.clutch
        else:
            quiet = self._mailbox.quiet_s(but=self.arm)
            if quiet < (hand.age_s if hand.valid else math.inf):
                hand.age_s, hand.valid, self._parked = quiet, True, True
        hand.clutch = hand.clutch or self._parked
        return hand
