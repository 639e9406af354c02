"""Sticks and 3-D mice as hands: deflection gives speed, buttons engage, grip and go on to the next arm.

Pure: deflections and pressed buttons in, poses out; it knows no device and reads no clock. Each arm has a hand of its
own; the ones that are not driven rest where they are, with their clutch pressed and their grip kept.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import ConfigError
from vr_training.inputs.quaternion import turn
from vr_training.inputs.rumble import RumbleConfig

Positive = Annotated[float, Meta(gt=0.0)]
AxisName = Annotated[str, Meta(pattern=r"^(-?[a-z][a-z0-9_]*)?$")]

LONGEST_STEP_S = 0.1
"""Most time that one step may stand for [s]: a process that was asleep must not make the hand leap."""


class AxesConfig(Config, frozen=True, kw_only=True):
    """Which axis of the device moves the hand along, and turns it about, which axis of the operator's frame.

    Each is the name of a device's axis, with a minus for the other sign, or empty for none. The operator's frame has
    x to the right, y up and z towards him.
    """

    x: AxisName = ""
    y: AxisName = ""
    z: AxisName = ""
    turn_x: AxisName = ""
    turn_y: AxisName = ""
    turn_z: AxisName = ""

    def all(self) -> tuple[str, ...]:
        """The six names, in order."""
        return (self.x, self.y, self.z, self.turn_x, self.turn_y, self.turn_z)


class ButtonsConfig(Config, frozen=True, kw_only=True):
    """Which button does what; empty for none.

    Attributes:
        drive: Takes the arm.
        drive_mode: Whether it must be held, or takes and gives back the arm by turns.
        grip: Closes and opens the jaws by turns.
        next_arm: Goes on to the next arm.
        fine: Makes all speeds fine while it is held.
    """

    drive: str
    drive_mode: Literal["hold", "toggle"] = "hold"
    grip: str = ""
    next_arm: str = ""
    fine: str = ""

    def all(self) -> tuple[str, ...]:
        """The names of all buttons."""
        return (self.drive, self.grip, self.next_arm, self.fine)


class RateConfig(Config, frozen=True, kw_only=True):
    """How a device moves the hand by rate control.

    Attributes:
        title: What a person reads.
        dead_zone: Share of the deflection, from the middle, that does nothing.
        expo: 0 for a straight curve, 1 for a cubic one: fine in the middle, as fast at the end.
        speed_mm_s: Speed of the tip at full deflection.
        turn_deg_s: Rate of turn at full deflection.
        smoothing_s: Time constant with which the speed follows the deflection.
        fine_factor: Share of all speeds while ``fine`` is held.
        grip_s: Time that closing or opening the jaws takes.
        axes: The map of the axes.
        buttons: The map of the buttons.
        rumble: What the device's motors do with the force on the tip; None where it has none, or shall keep still.
    """

    title: str
    dead_zone: Annotated[float, Meta(ge=0.0, le=0.9)]
    expo: Annotated[float, Meta(ge=0.0, le=1.0)]
    speed_mm_s: Positive
    turn_deg_s: Positive
    smoothing_s: Positive
    fine_factor: Annotated[float, Meta(gt=0.0, le=1.0)]
    grip_s: Positive
    axes: AxesConfig
    buttons: ButtonsConfig
    rumble: RumbleConfig | None = None

    def refuse_unknown(self, source: str, axes: Collection[str], buttons: Collection[str]) -> None:
        """See that a device has every axis and button that is named.

        Raises:
            ConfigError: It has not; lists what it has.
        """
        for kind, named, known in (("axes", self.axes.all(), axes), ("buttons", self.buttons.all(), buttons)):
            for name in named:
                if name and name.removeprefix("-") not in known:
                    raise ConfigError(source, kind, f"'{name}' is none of the device's: {', '.join(sorted(known))}")


class _Hand:
    """Where one arm's hand is."""

    def __init__(self) -> None:
        self.pose: Vector = np.zeros(POSE_SIZE)
        self.pose[3] = 1.0
        self.grip = self.grip_goal = 0.0


class RateHands:
    """A hand for each arm, of which the device drives one.

    Args:
        config: The map and its curves.
        scale: Metres of tip motion per metre of hand motion.
        arms: How many arms there are.
        driven: Index of the arm that is driven first.
    """

    def __init__(self, config: RateConfig, scale: float = 1.0, arms: int = 1, driven: int = 0) -> None:
        self.config, self.scale = config, scale
        self.driven = min(driven, arms - 1)
        self.engaged = False
        self._hands = tuple(_Hand() for _ in range(arms))
        self._velocity: Vector = np.zeros(6)
        self._pressed: frozenset[str] | None = None

    def release(self) -> None:
        """Let go of the arm: it is taken again by a fresh press."""
        self.engaged = False
        self._velocity[:] = 0.0

    def advance(
        self, axes: Mapping[str, float], pressed: Collection[str], dt: float
    ) -> list[tuple[Vector, float, bool]]:
        """Let time pass.

        Args:
            axes: Deflection of each axis of the device, -1 to 1; what is not finite counts as zero.
            pressed: Names of the buttons that are down.
            dt: Time since the last call [s].

        Returns:
            Pose in the operator's frame, shape (7,), grip 0..1 and whether the clutch is pressed, for each arm.
        """
        dt = min(max(dt, 0.0), LONGEST_STEP_S)
        self._press(frozenset(pressed))
        hand = self._hands[self.driven]
        if self.engaged:
            self._velocity += (self._wanted(axes, pressed) - self._velocity) * -math.expm1(
                -dt / self.config.smoothing_s
            )
            hand.pose[:3] += dt * self._velocity[:3]
            x, y, z = dt * self._velocity[3:]
            turn(hand.pose[3:], x, y, z)
        step = dt / self.config.grip_s
        for each in self._hands:
            each.grip += min(max(each.grip_goal - each.grip, -step), step)
        return [
            (each.pose.copy(), each.grip, not (self.engaged and i == self.driven)) for i, each in enumerate(self._hands)
        ]

    def _press(self, pressed: frozenset[str]) -> None:
        """Take what buttons ask for; one that is down from the first moment on has not been pressed."""
        buttons = self.config.buttons
        fresh = pressed - self._pressed if self._pressed is not None else frozenset()
        self._pressed = pressed
        if buttons.drive_mode == "hold" and buttons.drive not in pressed:
            self.release()
        if buttons.next_arm in fresh and len(self._hands) > 1:
            self.release()
            self.driven = (self.driven + 1) % len(self._hands)
        elif buttons.drive in fresh:
            if self.engaged:
                self.release()
            else:
                self.engaged = True
        if buttons.grip in fresh:
            hand = self._hands[self.driven]
            hand.grip_goal = 1.0 - hand.grip_goal

    def _wanted(self, axes: Mapping[str, float], pressed: Collection[str]) -> Vector:
        """The velocity that the deflection asks of the hand: three of motion [m/s], three of turn [rad/s]."""
        config = self.config
        pace = config.fine_factor if config.buttons.fine in pressed else 1.0
        curved = np.array([self._curve(_read(axes, name)) for name in config.axes.all()])
        curved[:3] *= pace * 1e-3 * config.speed_mm_s / self.scale
        curved[3:] *= pace * math.radians(config.turn_deg_s)
        return curved

    def _curve(self, deflection: float) -> float:
        """Dead zone, then a mixture of a straight and a cubic curve; it begins and ends where the straight one does."""
        config = self.config
        u = max(abs(deflection) - config.dead_zone, 0.0) / (1.0 - config.dead_zone)
        return math.copysign((1.0 - config.expo) * u + config.expo * u**3, deflection)


def _read(axes: Mapping[str, float], name: str) -> float:
    """Deflection along a signed axis, -1 to 1."""
    value = axes.get(name.removeprefix("-"), 0.0) if name else 0.0
    if not math.isfinite(value):
        return 0.0
    return min(max(-value if name.startswith("-") else value, -1.0), 1.0)
