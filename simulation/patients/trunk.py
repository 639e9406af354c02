"""The shoulder is not fixed to the world: the trunk gives way to the cuffs, and leans towards what the arm misses.

Quasi-static: the displacement follows force over stiffness, plus the lean, with a first-order lag. Its acceleration is
left out of the arm's dynamics.
"""

from __future__ import annotations

import math

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive, Triple
from simulation.patients.layout import Record

_NEAR_M = 0.02
"""What the arm misses by less is nothing to lean for; ours."""


class Trunk(Config, frozen=True, kw_only=True):
    """How the trunk carries the shoulder.

    Attributes:
        source: Where the figures come from.
        stiffness_n_m: Stiffness of the shoulder's place along world axes [N/m].
        settle_s: Time constant of its displacement [s].
        lean_share: Lean over what the arm misses, late in a movement; 0 leans not at all.
        lean_most_m: Farthest that he leans [m].
        lean_s: Time constant of the lean [s].
    """

    source: str
    stiffness_n_m: Triple
    settle_s: Positive
    lean_share: NotNegative
    lean_most_m: NotNegative
    lean_s: Positive

    def __post_init__(self) -> None:
        if min(self.stiffness_n_m) < 100.0:
            raise ValueError(f"stiffness_n_m: must be at least 100 N/m, is {min(self.stiffness_n_m)}")


def put(trunk: Trunk, parameters: Record) -> None:
    """Enter the trunk's numbers into the parameters."""
    parameters["trunk_stiffness"], parameters["trunk_s"] = trunk.stiffness_n_m, trunk.settle_s
    parameters["lean_share"], parameters["lean_most"] = trunk.lean_share, trunk.lean_most_m
    parameters["lean_s"] = trunk.lean_s


@kernel
def sway(s: Record, p: Record, wrench: Record) -> None:
    """Displace the shoulder by the cuffs' forces and by the lean."""
    # What the hand misses of its intended place, by the arm alone, in world. Nobody leans for an elbow or a wrist, or
    # before he knows that the arm alone will not do.
    lack, size = s.b3, 0.0
    late = min(max(s.since_s / max(p.pace * s.cue_duration_s, p.shortest_s) - 0.5, 0.0) / 0.5, 1.0)
    leans = s.active == 1 and s.pushing == 0 and (p.in_joints == 0 or p.raises == 1)
    for i in range(3):
        lack[i] = 0.0
        if leans:
            for k in range(3):
                lack[i] += s.R_world_base[i, k] * (s.p_plan[k] - s.p_base_tip[k])
            if p.in_joints == 0:
                lack[i] += s.beyond[i]
        size += lack[i] * lack[i]
    size = math.sqrt(size)
    wanted = min(late * p.lean_share * max(size - _NEAR_M, 0.0), p.lean_most)
    shrink = wanted / size if size > 0.0 else 0.0
    ease, settle = p.h / (p.lean_s + p.h), p.h / (p.trunk_s + p.h)
    for i in range(3):
        s.lean[i] += ease * (shrink * lack[i] - s.lean[i])
        force = wrench[0, i] + wrench[1, i] + wrench[2, i]
        shift = settle * (force / p.trunk_stiffness[i] + s.lean[i] - s.trunk[i])
        s.trunk[i] += shift
        s.dtrunk[i] = shift / p.h
