"""Who drives which arm of a rig: a hand for each of them, by the arm's name."""

from __future__ import annotations

from control.mailbox import Mailbox
from robotics.contracts import OperatorInput
from steadyhand.order import Order
from steadyhand.rig import Rig
from vr_training.inputs import create
from vr_training.inputs.channel import over


def hands(order: Order, rig: Rig, mailbox: Mailbox | None = None) -> dict[str, OperatorInput]:
    """The operators of a session.

    Scripted and aimless hands drive every arm, each with a character of its own; a hand from elsewhere (a person at a
    window, a device, another program) says with every pose which arm it is for. A recorded motion drives the first.

    Args:
        order: What was asked for.
        rig: Whose arms.
        mailbox: Where remote hands arrive.

    Raises:
        SteadyhandError: The input cannot be made; see `vr_training.inputs.create`.
    """
    one = order.input.startswith("recorded") and order.use == "motion"
    line = order.line(rig.task_settings.line)
    made = {
        name: create(order.input, mailbox=mailbox, arm=arm, reading=order.reading, use=order.use, gain=order.gain)
        for arm, name in enumerate(rig.operated[:1] if one else rig.operated)
    }
    return {name: over(line, hand) for name, hand in made.items()}
