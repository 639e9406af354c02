"""Learning from movement to movement: a hand that sets out askew is put right a little each time, and forgets some.

He sets out turned by ``turn`` to the side of where he means to go. What he sees of the movement, whatever robot and arm
made of it, changes the next: ``turn' = bias + keep (turn - bias) - rate e``, e the angle at which he set out, of which
no more counts than `most_deg`. So whoever is kept on the path learns little, and whoever is pushed off it learns more.
What was learnt is gone in the next session: savings are not modelled, recovery is (`simulation.patients.recovery`).

Source:
    The equation: Emken et al. 2007, Motor adaptation as a greedy optimization of error and effort, J. Neurophysiology
    97, without its term of effort, for which see `simulation.patients.effort`. Kim et al. 2018, Communications Biology
    1: corrections scale with error below 6 degrees only. Figures of patients are assumed.
"""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from robotics.config import Config
from robotics.kernels.compiled import kernel
from simulation.patients.layout import Record

_SET_OUT = 0.25
"""Share of the way at which the angle is seen at which he set out; ours."""

_FLAT = 0.3
"""A way is turned in the plane of the first two axes where so much of it lies there; ours."""


class Learning(Config, frozen=True, kw_only=True):
    """How a hand that sets out askew learns; of movements of the hand, not of single joints.

    Attributes:
        source: Where the figures come from.
        bias_deg: By how much he sets out turned before he has learnt anything, towards his body positive [deg].
        keep: Share of what was learnt that is left at the next movement.
        rate: Share of an error by which the next movement is corrected.
        most_deg: Error from which on more does not count [deg].
    """

    source: str
    bias_deg: Annotated[float, Meta(ge=-45, le=45)]
    keep: Annotated[float, Meta(ge=0, le=1)]
    rate: Annotated[float, Meta(ge=0, lt=1)]
    most_deg: Annotated[float, Meta(gt=0, le=90)] = 6.0

    def scaled(self, share: float) -> Learning:
        """The same with a share of the bias."""
        return replace(self, bias_deg=self.bias_deg * share)


def put(learning: Learning | None, side: str, parameters: Record) -> None:
    """Enter bias and rates into the parameters; without them he sets out straight, and learns nothing."""
    parameters["turns"] = 0.0, 1.0, 0.0, math.radians(1.0)
    if learning is not None:
        inward = 1.0 if side == "right" else -1.0  # about the vertical axis, a right hand's way to the left
        parameters["turns"] = (
            inward * math.radians(learning.bias_deg),
            learning.keep,
            learning.rate,
            math.radians(learning.most_deg),
        )


@kernel
def turn_aim(s: Record, p: Record) -> bool:
    """Turn the aim of a movement that begins by what he sets out with; whether it is turned."""
    x, y = s.goal[0] - s.x_int[0], s.goal[1] - s.x_int[1]
    square = 0.0
    for k in range(p.m):
        square += (s.goal[k] - s.x_int[k]) ** 2
    flat = math.sqrt(x * x + y * y)
    if s.turn == 0.0 or flat <= _FLAT * math.sqrt(square):
        return False
    off = math.tan(min(max(s.turn, -1.2), 1.2))
    s.across[0] -= off * y
    s.across[1] += off * x
    s.x_aim[0] -= off * y
    s.x_aim[1] += off * x
    return True


@kernel
def notice(s: Record, p: Record) -> None:
    """See at which angle the movement set out; once a control period."""
    if p.m < 2 or p.in_joints == 1 or s.turn_seen == 1 or p.turns[2] == 0.0:
        return
    wx, wy = s.goal[0] - s.x_begin[0], s.goal[1] - s.x_begin[1]
    x, y = s.x[0] - s.x_begin[0], s.x[1] - s.x_begin[1]
    way = went = 0.0
    for k in range(p.m):
        way += (s.goal[k] - s.x_begin[k]) ** 2
        went += (s.x[k] - s.x_begin[k]) ** 2
    if went < _SET_OUT * _SET_OUT * way or wx * wx + wy * wy <= _FLAT * _FLAT * way:
        return
    s.turn_seen, s.turn_error = 1, math.atan2(wx * y - wy * x, wx * x + wy * y)


@kernel
def adapt(s: Record, p: Record) -> None:
    """The next movement, from how the one that ended had set out."""
    if s.turn_seen == 0:
        return
    s.turn_seen = 0
    bias, keep, rate, most = p.turns[0], p.turns[1], p.turns[2], p.turns[3]
    s.turn = bias + keep * (s.turn - bias) - rate * min(max(s.turn_error, -most), most)
