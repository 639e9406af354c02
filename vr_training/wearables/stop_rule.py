"""Rules that stop an exercise because of what a wearable says: a value that stays out of bounds, or none at all."""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.wearables.config import SILENT_S, ChannelConfig, RuleConfig, WearableConfig, channels


class StopRule:
    """One rule over time. Once it has tripped it stays so until `reset`.

    A missing value neither counts as out of bounds nor as back in bounds: time out of bounds stands still meanwhile,
    so that a wearable with gaps trips as well. The gap itself is counted apart: who is not heard of is not watched.

    Args:
        config: The rule.
        channel: The channel that it watches.

    Attributes:
        tripped: Whether the exercise is to be stopped.
        reason: Why: the channel, its value and the bound, or that it was silent; empty until it has tripped.
        out_s: How long the value has been out of bounds [s].
    """

    def __init__(self, config: RuleConfig, channel: ChannelConfig) -> None:
        self.config, self.channel = config, channel
        self._above = math.inf if config.above is None else config.above
        self._below = -math.inf if config.below is None else config.below
        self._silent = SILENT_S if config.silent_s is None else config.silent_s
        self.reset()

    def reset(self) -> None:
        """Start afresh."""
        self.tripped, self.reason = False, ""
        self.out_s = self._gap_s = 0.0

    def update(self, value: float, dt: float) -> bool:
        """Judge one control period.

        Args:
            value: The channel's value in its unit; NaN where there is none.
            dt: Length of the period [s].

        Returns:
            Whether the exercise is to be stopped.
        """
        if self.tripped:
            return True
        if math.isnan(value):
            self._gap_s += dt
            if self._gap_s > self._silent - 0.5 * dt:  # half a period: sums of dt are not exact
                self._trip(f"silent for {self._silent:g} s")
            return self.tripped
        self._gap_s = 0.0
        if not self._below <= value <= self._above:
            self.out_s += dt
            if self.out_s > self.config.for_s - 0.5 * dt:
                side, bound = ("above", self._above) if value > self._above else ("below", self._below)
                self._trip(f"{value:.4g} {side} {bound:g} {self.channel.unit} for {self.config.for_s:g} s")
        else:
            self.out_s = 0.0
        return self.tripped

    def _trip(self, what: str) -> None:
        self.tripped, self.reason = True, f"{self.channel.name} {what}"


class StopRules:
    """All rules of some wearables.

    Args:
        wearables: The wearables, in the order in which their channels are read.

    Raises:
        ArgumentError: Two channels have the same name.
    """

    def __init__(self, wearables: tuple[WearableConfig, ...]) -> None:
        every = channels(wearables)
        index = {channel.name: i for i, channel in enumerate(every)}
        if len(index) < len(every):
            raise ArgumentError(f"wearables have channels of the same name: {sorted(each.name for each in every)}")
        self._rules = tuple(
            (index[rule.channel], StopRule(rule, every[index[rule.channel]]))
            for wearable in wearables
            for rule in wearable.rules
        )

    def reset(self) -> None:
        """Start afresh."""
        for _, rule in self._rules:
            rule.reset()

    def update(self, values: Vector, dt: float) -> str:
        """Judge one control period.

        Args:
            values: Values of all channels, shape (channels,), in their units; NaN where there is none.
            dt: Length of the period [s].

        Returns:
            Why the exercise is to be stopped, of the first rule that says so; empty where none does.
        """
        reason = ""
        for i, rule in self._rules:
            if rule.update(values[i], dt) and not reason:
                reason = rule.reason
        return reason
