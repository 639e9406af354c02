"""What goes wrong on a line, and when: a plan with a seed, so that the same faults come again."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from robotics.config import Config

Kind = Literal[
    "drop", "flip", "duplicate", "reorder", "delay", "stall", "babble", "truncate", "cut", "replug", "baud"
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "drop", "flip", "duplicate", "reorder", "delay", "stall", "babble", "truncate", "cut", "replug", "baud",
)  # fmt: skip
"""Every fault of a line."""

Direction = Literal["to_board", "from_board"]
DIRECTIONS: tuple[Direction, ...] = ("to_board", "from_board")
"""Ways of a line."""


class FaultConfig(Config, frozen=True, kw_only=True):
    """One fault of a line.

    Attributes:
        kind: ``drop``: units are lost. ``flip``: a bit of a byte turns. ``duplicate``: a unit comes twice, the second
            time ``delay_s`` later. ``reorder``: a unit comes after the next one. ``delay``: units come later, in their
            order. ``stall``: nothing comes, and at the end all of it at once. ``babble``: noise comes of itself.
            ``truncate``: a piece loses its end. ``cut``: the wire is cut; nobody is told. ``replug``: the port is gone,
            and there again later. ``baud``: the ends differ in their speed.
        direction: Which way; of a cut or unplugged line mostly both.
        at_s: When it begins [s].
        for_s: How long it lasts; 0 for as long as the line does [s].
        rate: Share of the units that are struck.
        unit: What is struck: single bytes, or pieces (`FaultPlan.ends`). Bits turn in bytes alone, ends are of pieces.
        most: How many units are struck at most; 0 for no bound.
        delay_s: How much later a unit comes [s].
        jitter_s: By how much more at most, drawn for each [s].
        bytes_s: Noise of a line that babbles [bytes/s].
        baud_ratio: Speed of who sends over that of who listens.
    """

    kind: Kind
    direction: Literal["to_board", "from_board", "both"] = "both"
    at_s: Annotated[float, Meta(ge=0)] = 0.0
    for_s: Annotated[float, Meta(ge=0)] = 0.0
    rate: Annotated[float, Meta(gt=0, le=1)] = 1.0
    unit: Literal["byte", "piece"] = "piece"
    most: Annotated[int, Meta(ge=0)] = 0
    delay_s: Annotated[float, Meta(ge=0, le=60)] = 0.0
    jitter_s: Annotated[float, Meta(ge=0, le=60)] = 0.0
    bytes_s: Annotated[float, Meta(ge=0, le=1e6)] = 0.0
    baud_ratio: Annotated[float, Meta(ge=0.01, le=100)] = 1.0

    def __post_init__(self) -> None:
        if self.kind == "delay" and self.delay_s + self.jitter_s == 0.0:
            raise ValueError("delay_s: a delay of 0 s is none")
        if self.kind in {"stall", "replug"} and self.for_s == 0.0:
            raise ValueError(f"for_s: a {self.kind} has an end; 0 s is none")
        if self.kind == "babble" and self.bytes_s == 0.0:
            raise ValueError("bytes_s: noise of 0 bytes/s is none")
        if self.kind == "baud" and self.baud_ratio == 1.0:
            raise ValueError("baud_ratio: ends of the same speed, 1, understand each other")
        if self.kind == "replug" and self.direction != "both":
            raise ValueError(f"direction: a port is unplugged both ways, not only {self.direction}")

    def goes(self, direction: Direction) -> bool:
        """Whether it strikes what goes this way."""
        return self.direction in {"both", direction}


class FaultPlan(Config, frozen=True, kw_only=True):
    """Faults of a line, in the order in which bytes meet them.

    Attributes:
        seed: Of everything that is drawn.
        ends: Byte that ends a piece, as 0 ends the joint board's frames; -1 where a piece is what is written at once.
        faults: The faults.
    """

    seed: Annotated[int, Meta(ge=0)] = 0
    ends: Annotated[int, Meta(ge=-1, le=255)] = 0
    faults: tuple[FaultConfig, ...] = ()
