"""Synergy: effort in one joint brings torque in another, as lifting the arm brings the elbow's flexion after a stroke.

Source:
    Dewald et al. 1995 (abnormal muscle coactivation); PMC2827935: the work area shrinks as the arm must carry more
    abduction load. The coefficients are free parameters: no source gives them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from robotics.config import Config
from robotics.kernels.compiled import kernel
from simulation.patients.joints import PLACES, SIZE
from simulation.patients.layout import Record


class Coupling(Config, frozen=True, kw_only=True):
    """One muscle group that brings another one along.

    Attributes:
        effort: The group whose torque couples.
        brings: The group that comes along.
        share: Its torque over that of the first.
    """

    effort: str
    brings: str
    share: Annotated[float, Meta(ge=0, le=3)]

    def __post_init__(self) -> None:
        for key in ("effort", "brings"):
            if getattr(self, key) not in PLACES:
                raise ValueError(f"{key}: {getattr(self, key)!r} is none of {', '.join(PLACES)}")


class Synergy(Config, frozen=True, kw_only=True):
    """The couplings.

    Attributes:
        source: Where the figures come from.
        couplings: The couplings.
    """

    source: str
    couplings: tuple[Coupling, ...]

    def scaled(self, share: float) -> Synergy:
        """A share of the couplings."""
        return replace(self, couplings=tuple(replace(each, share=each.share * share) for each in self.couplings))


def put(synergy: Synergy | None, parameters: Record) -> None:
    """Enter the couplings into the parameters; without them there are none."""
    parameters["synergies"], parameters["synergy"] = synergy is not None, 0.0
    if synergy is None:
        return
    for each in synergy.couplings:
        (row, joint), (other_row, other) = PLACES[each.effort], PLACES[each.brings]
        parameters["synergy"][row, joint, other] += each.share if other_row == 1 else -each.share


@kernel
def couple(s: Record, p: Record) -> None:
    """Add what the groups at work bring along."""
    if p.synergies == 0:
        return
    for j in range(SIZE):
        s.brought[j] = 0.0
    for i in range(SIZE):
        torque = s.pull[i] - s.pull_damping[i] * s.dq[i]
        d = 1 if torque > 0.0 else 0
        for j in range(SIZE):
            s.brought[j] += p.synergy[d, i, j] * abs(torque)
    for j in range(SIZE):
        s.pull[j] += s.brought[j]
