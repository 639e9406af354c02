"""Recovery: how much of what a patient lacks comes back from one session to the next.

Each figure is the share of the present gap to a healthy person that one session closes, so that recovery is fast at
first and levels off: ``gap_n = gap_0 (1 - share)^n``.

Source:
    The form is ours; exponential recovery after stroke is common: van der Vliet et al. 2020, Annals of Neurology 87.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics.config import Config

Closed = Annotated[float, Meta(ge=0, lt=1)]


class Recovery(Config, frozen=True, kw_only=True):
    """What comes back, as shares of the gap closed a session.

    Attributes:
        source: Where the figures come from.
        strength: Of strength.
        range: Of active and passive range.
        tone: Of spasticity and spasms.
        synergy: Of the couplings.
        control: Of pace, direction, ataxia, leaning, and how he sets out.
    """

    source: str
    strength: Closed
    range: Closed
    tone: Closed
    synergy: Closed
    control: Closed


def closer(value: float, healthy: float, share: float, sessions: int) -> float:
    """A value after a number of sessions, each of which closes a share of its gap to the healthy one."""
    return healthy + (value - healthy) * (1.0 - share) ** sessions
