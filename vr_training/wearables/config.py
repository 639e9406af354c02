"""What a wearable's configuration says: its stream, its channels, and the rules that stop an exercise."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics.config import Config, load_named, names

KIND = "wearables"
"""Folder of the wearables' configurations."""

SILENT_S = 10.0
"""How long a channel that a rule watches may have no value where the rule says nothing of it [s]; ours."""

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
StreamText = Annotated[str, Meta(pattern=r"^[^'\"<>&]*$", max_length=100)]


class StreamConfig(Config, frozen=True, kw_only=True):
    """Which stream of the Lab Streaming Layer it is; name, type or both.

    Attributes:
        name: Name of the stream; any where empty.
        type: Type of its content; any where empty.
    """

    name: StreamText = ""
    type: StreamText = ""

    def __post_init__(self) -> None:
        if not self.name and not self.type:
            raise ValueError("name: neither name nor type of the stream is given")

    @property
    def predicate(self) -> str:
        """The XPath predicate that finds it."""
        parts = (("name", self.name), ("type", self.type))
        return " and ".join(f"{key}='{value}'" for key, value in parts if value)


class ChannelConfig(Config, frozen=True, kw_only=True):
    """One channel that is used.

    Attributes:
        name: Its name, unique among all wearables of a session.
        title: What a person reads.
        unit: Its unit as the stream sends it.
        index: Which of the stream's channels it is, from 0.
        rms_s: Time constant over which the root mean square is taken [s]; 0 takes the newest sample as it is. Raw
            muscle activity swings about zero, and one sample of it says nothing.
    """

    name: Name
    title: str
    unit: str
    index: Annotated[int, Meta(ge=0, le=255)]
    rms_s: Annotated[float, Meta(ge=0.0, le=10.0)] = 0.0


class RuleConfig(Config, frozen=True, kw_only=True):
    """A rule that stops the exercise.

    Attributes:
        channel: Name of the channel that it watches.
        above: Stops where the value stays above this, in the channel's unit.
        below: Stops where the value stays below this.
        for_s: For how long it must stay there [s].
        silent_s: Stops where the channel has no value for so long [s]; `SILENT_S` where None: nobody is watched by
            what says nothing.
    """

    channel: Name
    above: float | None = None
    below: float | None = None
    for_s: Annotated[float, Meta(ge=0.0, le=600.0)] = 0.0
    silent_s: Annotated[float, Meta(gt=0.0, le=600.0)] | None = None

    def __post_init__(self) -> None:
        if self.above is None and self.below is None and self.silent_s is None:
            raise ValueError("above: a rule needs one of above, below and silent_s")
        if self.above is not None and self.below is not None and not self.below < self.above:
            raise ValueError(f"below: {self.below} is not less than above, {self.above}: nothing would be allowed")


class WearableConfig(Config, frozen=True, kw_only=True):
    """A wearable.

    Attributes:
        title: What a person reads.
        stream: Its stream.
        stale_s: Age from which on a sample counts as missing [s].
        channels: Its channels, in the order in which they are read.
        rules: What stops the exercise.
    """

    title: str
    stream: StreamConfig
    stale_s: Annotated[float, Meta(gt=0.0, le=60.0)]
    channels: Annotated[tuple[ChannelConfig, ...], Meta(min_length=1, max_length=32)]
    rules: tuple[RuleConfig, ...] = ()

    def __post_init__(self) -> None:
        known = [each.name for each in self.channels]
        for name in known:
            if known.count(name) > 1:
                raise ValueError(f"channels: '{name}' is there twice")
        for index, rule in enumerate(self.rules):
            if rule.channel not in known:
                raise ValueError(f"rules[{index}].channel: no channel '{rule.channel}'; choose one of {known}")


def load_wearables(wearables: tuple[str, ...]) -> tuple[WearableConfig, ...]:
    """Load wearables by name, in that order; see `robotics.config.load_named`."""
    return tuple(load_named(KIND, name, WearableConfig) for name in wearables)


def wearable_names() -> tuple[str, ...]:
    """Names of all wearables that there are, sorted."""
    return names(KIND)


def channels(wearables: tuple[WearableConfig, ...]) -> tuple[ChannelConfig, ...]:
    """All channels of wearables, in the order in which `WearableReader` gives their values."""
    return tuple(channel for wearable in wearables for channel in wearable.channels)


def channel_names(wearables: tuple[str, ...]) -> tuple[str, ...]:
    """Names of all channels of wearables that are given by name, in the same order."""
    return tuple(channel.name for channel in channels(load_wearables(wearables)))
