"""How the view looks and behaves: ``configs/view/*.toml``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from robotics.config import Config, load_named

Positive = Annotated[float, Meta(gt=0.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Pixels = Annotated[int, Meta(ge=160, le=7680)]

StereoLayout = Literal["off", "half", "full", "top_bottom", "anaglyph", "windows"]
"""One eye; two side by side, half as wide or whole; squeezed one above the other; for glasses; in two windows."""


class HandSettings(Config, frozen=True, kw_only=True):
    """How mouse and keyboard move the operator's hand.

    Attributes:
        send_rate_hz: Hand messages a second; above the 10 a second that keep the right to command.
        pointer_gain: Tip motion on the screen per pointer motion; at 1 the tip stays under the pointer.
        wheel_step_mm: Tip motion in depth per wheel notch.
        key_speed_mm_s: Speed of the tip while a motion key is held.
        key_ramp_s: Time from rest to that speed.
        fine_factor: Share of all speeds while Shift is held.
        rotation_deg_per_px: Turn of the hand per pixel of a right-button drag.
        key_turn_deg_s: Turn rate while a rotation key is held.
        smoothing_s: Time constant of the critically damped follower between pointer and hand.
        grip_s: Time that closing or opening the jaws takes.
    """

    send_rate_hz: Annotated[float, Meta(ge=50.0, le=1000.0)]
    pointer_gain: Positive
    wheel_step_mm: Positive
    key_speed_mm_s: Positive
    key_ramp_s: Positive
    fine_factor: Annotated[float, Meta(gt=0.0, le=1.0)]
    rotation_deg_per_px: Positive
    key_turn_deg_s: Positive
    smoothing_s: Positive
    grip_s: Positive


class OverlaySettings(Config, frozen=True, kw_only=True):
    """What is drawn into the scene.

    Attributes:
        trail_s: How long the trail of the tip stays.
        trail_step_mm: Least distance between two of its points.
        hidden_opacity: Share of the opacity left to overlays behind the scene.
        force_full_n: Force at which the force gauges are full.
        force_warn_n: Force from which on they warn.
        tether_mm: Distance between hand and tip from which on a tether is drawn.
    """

    trail_s: Positive
    trail_step_mm: Positive
    hidden_opacity: Share
    force_full_n: Positive
    force_warn_n: Positive
    tether_mm: Positive

    def __post_init__(self) -> None:
        if self.force_warn_n > self.force_full_n:
            raise ValueError(f"force_warn_n: {self.force_warn_n} is above force_full_n {self.force_full_n}")

    def up_to(self, force_limit_n: float | None) -> OverlaySettings:
        """These, with gauges that are full at a lesson's own limit [N] and warn as far below it as they do here."""
        if force_limit_n is None:
            return self
        warn_n = force_limit_n * self.force_warn_n / self.force_full_n
        return replace(self, force_full_n=force_limit_n, force_warn_n=warn_n)


class ViewSettings(Config, frozen=True, kw_only=True):
    """Everything about a view that a person may want to set.

    Attributes:
        width_px: Width of the window, of stills and of the video, even.
        height_px: Height of them, even.
        frame_rate_hz: Most frames drawn a second.
        video_rate_hz: Frames a second in the video.
        video_quality: Constant rate factor of the H.264 encoder; smaller is better and bigger.
        stale_s: Age from which on the picture is marked STALE.
        lost_s: How long a view waits for a hub that fell silent before it gives up.
        linger_s: How long a window stays after the session ended.
        overlays: What is drawn into the scene.
        hand: How mouse and keyboard move the hand.
    """

    width_px: Pixels
    height_px: Pixels
    frame_rate_hz: Positive
    video_rate_hz: Annotated[int, Meta(ge=1, le=120)]
    video_quality: Annotated[int, Meta(ge=0, le=51)]
    stale_s: Positive
    lost_s: Positive
    linger_s: Annotated[float, Meta(ge=0.0)]
    overlays: OverlaySettings
    hand: HandSettings

    def __post_init__(self) -> None:
        for key in ("width_px", "height_px"):
            if getattr(self, key) % 2:
                raise ValueError(f"{key}: {getattr(self, key)} is odd; the video needs an even number")


def load_view_settings(name: str = "default") -> ViewSettings:
    """The view settings called ``name``; see `robotics.config.load_named`."""
    return load_named("view", name, ViewSettings)
