"""The line between the operator's hand and the arm: how late, how unevenly and how patchily a hand arrives."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics.config import Config

DelayMs = Annotated[float, Meta(ge=0.0, le=1000.0)]
JitterMs = Annotated[float, Meta(ge=0.0, le=100.0)]
LossShare = Annotated[float, Meta(ge=0.0, le=0.5)]


class LineConfig(Config, frozen=True, kw_only=True):
    """A line that a session adds between hand and arm; all zero for none.

    Attributes:
        delay_ms: What every pose takes at least. It stands for the whole round trip: an operator whose motion arrives
            so much later sees its effect so much later, whichever half of the way takes the time.
        jitter_ms: What waiting on the way adds: the size of a normal deviate with this standard deviation, so 0.8 of it
            in the mean.
        loss: Share of the poses that never arrive, 0 to 1.
    """

    delay_ms: DelayMs = 0.0
    jitter_ms: JitterMs = 0.0
    loss: LossShare = 0.0

    @property
    def active(self) -> bool:
        """Whether the line does anything at all."""
        return self.delay_ms > 0.0 or self.jitter_ms > 0.0 or self.loss > 0.0

    def describe(self) -> str:
        """The line in words; empty where it does nothing."""
        parts = [f"{self.delay_ms:g} ms"] if self.active else []
        parts += [f"jitter {self.jitter_ms:g} ms"] if self.jitter_ms else []
        parts += [f"{100.0 * self.loss:g} % lost"] if self.loss else []
        return ", ".join(parts)
