"""A hand that arrives from elsewhere: mouse or keyboard in a view's window, through the hub and its mailbox."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from control.mailbox import Mailbox
from robotics.contracts import POSE_SIZE, HandPose, OperatorView


class RemoteHand:
    """The newest hand in the mailbox, with its age; a hand that stops coming grows old, and the guard sees it.

    Args:
        mailbox: Where the hub puts the hand. Whoever made it closes it.
        device: What moves the hand, for a person: ``"mouse"``, ``"keyboard"``.
    """

    def __init__(self, mailbox: Mailbox, device: str) -> None:
        self.device = device
        self._mailbox = mailbox
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
        return f"{self.device} in the view's window"

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """A hand from elsewhere has nothing to start afresh: what it does is up to the person."""

    def feedback(self, view: OperatorView) -> None:
        """The person looks at the view, not at this."""

    def read(self) -> HandPose:
        """The newest hand; ``valid`` is False until a first one has come."""
        self._mailbox.read(self._hand)
        return self._hand
