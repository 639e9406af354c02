"""What constrained motion is told by a configuration."""

from __future__ import annotations

import math

from robotics.config import Config
from robotics.shape_config import NotNegative, Positive, Triple

Weights = tuple[NotNegative, NotNegative, NotNegative, NotNegative, NotNegative, NotNegative]


class ConstrainedMotionConfig(Config, frozen=True, kw_only=True):
    """How a tip twist becomes joint rates.

    Attributes:
        weights: Of the linear velocity along base axes, three plain numbers, then of the angular velocity about the
            tip's own axes, in metres: what a rad/s counts against a m/s. 0 leaves an axis free.
        braking_time_s: Time constant with which limits, walls and the trocar are approached. The shortest that the
            joints can brake with where left out; a shorter one lowers velocity limits to what brakes in time.
        singular_speed_m_s: Tip speed left in the worst direction below which damping sets in.
        damping_m_s: Damping at a singularity.
        recovery_m_s: Speed at most with which the arm returns to its trocar or out of a forbidden half-space.
        shaft_axis: Direction of the shaft in the frame of the last link.
        rcm_tolerance_mm: Distance of the shaft from the trocar from which on it is flagged.
        half_space_margin_mm: Distance kept from half-spaces: the solver's tolerance and curvature beyond second order
            stay below a micrometre.
    """

    weights: Weights = (1.0, 1.0, 1.0, 0.1, 0.1, 0.1)
    braking_time_s: Positive | None = None
    singular_speed_m_s: Positive = 0.02
    damping_m_s: Positive = 0.01
    recovery_m_s: Positive = 0.02
    shaft_axis: Triple = (0.0, 0.0, 1.0)
    rcm_tolerance_mm: Positive = 1.0
    half_space_margin_mm: NotNegative = 0.001

    def __post_init__(self) -> None:
        if not any(self.weights):
            raise ValueError(f"weights: at least one must be above zero, are {self.weights}")
        if not math.hypot(*self.shaft_axis) > 0.0:
            raise ValueError(f"shaft_axis: must have a length above zero, is {self.shaft_axis}")


class HalfSpace(Config, frozen=True, kw_only=True):
    """Where the tip may be: all points of base with ``normal . p >= offset``.

    Attributes:
        normal: Points into the allowed side, in base; any length above zero.
        offset_m: Distance of the plane from the base origin along the unit normal.
    """

    normal: Triple
    offset_m: float

    def __post_init__(self) -> None:
        if not (0.0 < math.hypot(*self.normal) < math.inf):
            raise ValueError(f"normal: must be finite and of a length above zero, is {self.normal}")
        if not math.isfinite(self.offset_m):
            raise ValueError(f"offset_m: must be finite, is {self.offset_m}")
