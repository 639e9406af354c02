"""What a pad's two motors do with the force on the tip that it drives.

Pure: forces and times in, strengths out; it knows no device and reads no clock.
"""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from robotics.config import Config

Positive = Annotated[float, Meta(gt=0.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]

TOUCH_S, APART_S = 0.06, 0.15
"""How long the quick motor says that something is touched, and how long nothing must have been first [s]; ours."""

RUMBLE_S, AGAIN_S = 0.25, 0.1
"""How long motors run unless told again, and how often they are [s]: a session that ends leaves no pad rumbling."""

FELT_CHANGE = 0.03
"""Change of a motor's strength that is told at once; less is not felt."""


class RumbleConfig(Config, frozen=True, kw_only=True):
    """How strong a force is felt.

    Attributes:
        from_n: Force on the tip below which nothing is felt [N].
        full_n: Force from which on the slow motor has its full strength and the quick one buzzes [N].
        weakest: Strength of the slow motor at ``from_n``: less does not start it.
        touch: Strength of the quick motor for a moment where the tip comes to touch something.
    """

    from_n: Positive
    full_n: Positive
    weakest: Share
    touch: Share

    def __post_init__(self) -> None:
        if self.from_n >= self.full_n:
            raise ValueError(f"from_n: {self.from_n:g} is not below full_n {self.full_n:g}")

    def up_to(self, force_limit_n: float | None) -> RumbleConfig:
        """This, with full strength from a lesson's own limit on [N], and felt from as small a share of it."""
        if force_limit_n is None:
            return self
        return replace(self, from_n=force_limit_n * self.from_n / self.full_n, full_n=force_limit_n)


class Rumble:
    """Strengths of the slow, heavy motor and of the quick, light one.

    The slow one follows the force by equal steps for equal ratios (Fechner's law); the quick one says that something
    is touched, and that the force is too high.

    Args:
        config: How strong a force is felt.
    """

    def __init__(self, config: RumbleConfig) -> None:
        self._config = config
        self._touched_s = self._pressed_s = self._told_s = -math.inf
        self._told = (0.0, 0.0)

    def tell(self, force_n: float, time_s: float) -> tuple[float, float] | None:
        """The strengths of `feel` where the motors have to be told them now; else None."""
        strengths = self.feel(force_n, time_s)
        changed = max(abs(new - old) for new, old in zip(strengths, self._told, strict=True))
        due = time_s - self._told_s > AGAIN_S if any(strengths) else changed > 0.0
        if not (changed > FELT_CHANGE or due):
            return None
        self._told, self._told_s = strengths, time_s
        return strengths

    def feel(self, force_n: float, time_s: float) -> tuple[float, float]:
        """Strengths in 0..1 for the force on the tip at a time that grows; a force that is not finite is none."""
        config = self._config
        if not (math.isfinite(force_n) and force_n >= config.from_n):
            return 0.0, 0.0
        if time_s - self._pressed_s > APART_S:
            self._touched_s = time_s
        self._pressed_s = time_s
        share = min(math.log(force_n / config.from_n) / math.log(config.full_n / config.from_n), 1.0)
        touches = time_s - self._touched_s < TOUCH_S
        quick = 1.0 if force_n >= config.full_n else config.touch if touches else 0.0
        return config.weakest + (1.0 - config.weakest) * share, quick
