"""Who drives which arm of a rig: a hand for each of them, by the arm's name."""

from __future__ import annotations

from control.mailbox import Mailbox
from steadyhand.order import Order
from steadyhand.rig import Rig
from vr_training.inputs import REMOTE, Hand, create


def hands(order: Order, rig: Rig, mailbox: Mailbox | None = None) -> dict[str, Hand]:
    """The operators of a session.

    Scripted and aimless hands drive every arm, each with a character of its own; whatever there is one of (a recorded
    motion, a person at a window) drives the first.

    Args:
        order: What was asked for.
        rig: Whose arms.
        mailbox: Where remote hands arrive.

    Raises:
        SteadyhandError: The input cannot be made; see `vr_training.inputs.create`.
    """
    name = order.input.partition(":")[0]
    one = name in REMOTE or (name == "recorded" and order.use == "motion")
    return {
        arm: create(order.input, mailbox=mailbox, reading=order.reading, use=order.use, gain=order.gain)
        for arm in (rig.operated[:1] if one else rig.operated)
    }
