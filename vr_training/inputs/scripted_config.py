"""What makes the scripted expert's hand: how it looks, moves, clutches, grips and trembles."""

from __future__ import annotations

from typing import Annotated

import msgspec

from control.tremor.generated import TremorConfig
from robotics.config import Config
from robotics.shape_config import NotNegative, Positive, Triple

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class LookConfig(Config, frozen=True, kw_only=True):
    """How the expert sees and feels; lengths at the tip.

    Attributes:
        reaction_s: How late [s].
        tolerance_m: Error that it leaves alone [m].
        tolerance_rad: The same for orientation [rad].
        press_n: Contact force from which on it eases off [N].
        ease_m: How far it then aims off, in the direction of the force [m].
        ease_limit_m: How far off it aims at most [m].
    """

    reaction_s: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    tolerance_m: Positive
    tolerance_rad: Positive
    press_n: Positive
    ease_m: Positive
    ease_limit_m: Positive


class MoveConfig(Config, frozen=True, kw_only=True):
    """How a reach is put together from submovements; all lengths and speeds at the tip.

    Attributes:
        intercept_s: Duration of a reach over no distance at all [s].
        slope_s: Added duration per bit of difficulty [s].
        precision_m: Width that the reach aims at [m].
        turn_rate_rad_s: Mean rate of reorienting [rad/s].
        primary_share: Share of the distance that a submovement aims to cover.
        overlap: Share of a submovement's duration after which the next may begin.
        amplitude_spread: Standard deviation of its amplitude over the amplitude.
        direction_spread_rad: Standard deviation of its direction [rad].
        still_speed_m_s: Speed of the tip under which it counts as still [m/s].
    """

    intercept_s: Positive
    slope_s: Positive
    precision_m: Positive
    turn_rate_rad_s: Positive
    primary_share: Annotated[float, msgspec.Meta(ge=0.5, le=1.0)]
    overlap: Annotated[float, msgspec.Meta(ge=0.5, le=1.0)]
    amplitude_spread: Annotated[float, msgspec.Meta(ge=0.0, le=0.3)]
    direction_spread_rad: Annotated[float, msgspec.Meta(ge=0.0, le=0.3)]
    still_speed_m_s: Positive


class ClutchConfig(Config, frozen=True, kw_only=True):
    """How the hand clutches; lengths and speeds at the hand."""

    press_s: Positive
    release_s: Positive
    return_speed_m_s: Positive
    spread_m: NotNegative
    regrip_after_s: Positive


class GripConfig(Config, frozen=True, kw_only=True):
    """How the hand grips; 0 is open and 1 closed."""

    rest: Share
    closed: Share
    time_s: Positive


class ScriptedConfig(Config, frozen=True, kw_only=True):
    """A scripted expert.

    Attributes:
        title: What a person reads.
        centre_m: Middle of the hand's workspace in the operator's frame [m].
        workspace_radius_m: How far from there the hand goes before it clutches [m].
        start_pause_s: How long it looks before it first moves [s].
        look: How it sees.
        move: How it moves.
        clutch: How it clutches.
        grip: How it grips.
        tremor: How it trembles.
    """

    title: str
    centre_m: Triple
    workspace_radius_m: Annotated[float, msgspec.Meta(ge=0.02, le=0.6)]
    start_pause_s: NotNegative
    look: LookConfig
    move: MoveConfig
    clutch: ClutchConfig
    grip: GripConfig
    tremor: TremorConfig
