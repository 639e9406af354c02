"""The protocol's description (`protocol.toml`), as typed structs that refuse what would not make a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from robotics.config import Config, load

FILE = Path(__file__).with_name("protocol.toml")

SIZES = {"u8": 1, "u16": 2, "u32": 4, "i16": 2, "i32": 4}
"""Types of a field, and how many bytes each takes."""

COUNTED = {"joints": 8, "channels": 24}
"""What a field may be counted by, and the most that there may be of each."""

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Meta(min_length=1)]


class Field(Config, frozen=True, kw_only=True):
    """One field of a message, or an array of them.

    Attributes:
        name: Its name.
        type: Type of each number.
        text: What it is.
        count: How many: a number, or by what they are counted.
        unit: Unit, a key of the protocol's `units`; empty where it has none.
        enum: Name of the enumeration that it is of; empty where it is a number.
    """

    name: Name
    type: Literal["u8", "u16", "u32", "i16", "i32"]
    text: Text
    count: int | Literal["joints", "channels"] = 1
    unit: str = ""
    enum: str = ""

    @property
    def many(self) -> bool:
        """Whether it is an array."""
        return self.count != 1

    @property
    def most(self) -> int:
        """How many there are at most."""
        return self.count if isinstance(self.count, int) else COUNTED[self.count]


class Member(Config, frozen=True, kw_only=True):
    """A value of an enumeration."""

    value: Annotated[int, Meta(ge=0, le=255)]
    text: Text


class Message(Config, frozen=True, kw_only=True):
    """A message: who sends it, what for, and what it carries."""

    name: Annotated[str, Meta(pattern="^[A-Z][a-z]+$")]
    type: Annotated[int, Meta(ge=1, le=255)]
    sender: Literal["host", "board"]
    text: Text
    fields: tuple[Field, ...] = ()

    def size(self, joints: int, channels: int) -> int:
        """Length of its payload [bytes]."""
        counted = {"joints": joints, "channels": channels}
        return sum(
            SIZES[each.type] * (each.count if isinstance(each.count, int) else counted[each.count])
            for each in self.fields
        )


class Frame(Config, frozen=True, kw_only=True):
    """What stands about a message."""

    text: Text
    header: tuple[Field, ...]


class Enumeration(Config, frozen=True, kw_only=True):
    """Values that have names."""

    name: str
    text: Text
    members: dict[Name, Member]


class Protocol(Config, frozen=True, kw_only=True):
    """The whole of it."""

    version: Annotated[int, Meta(ge=1, le=255)]
    frame: Frame
    enums: tuple[Enumeration, ...]
    messages: tuple[Message, ...]
    units: dict[str, Text]

    def __post_init__(self) -> None:
        known = {each.name for each in self.enums}
        for key, values in (("type", [m.type for m in self.messages]), ("name", [m.name for m in self.messages])):
            if len(set(values)) < len(values):
                raise ValueError(f"messages: two have the same {key}")
        for message in self.messages:
            if (message.type >= 0x80) != (message.sender == "board"):
                raise ValueError(f"messages: {message.name}: types from 0x80 on are a board's")
            for field in message.fields:
                if field.enum and field.enum not in known:
                    raise ValueError(f"messages: {message.name}.{field.name}: no enumeration '{field.enum}'")
                if field.enum and (field.type != "u8" or field.many):
                    raise ValueError(f"messages: {message.name}.{field.name}: an enumeration is one u8")
                if field.unit and field.unit not in self.units:
                    raise ValueError(f"messages: {message.name}.{field.name}: no unit '{field.unit}'")
        for each in self.enums:
            if [member.value for member in each.members.values()] != list(range(len(each.members))):
                raise ValueError(f"enums: {each.name}: values go from 0 on without a gap")

    @property
    def largest(self) -> int:
        """Longest payload [bytes]."""
        return max(each.size(**COUNTED) for each in self.messages)


def protocol() -> Protocol:
    """The protocol that ships."""
    return load(FILE, Protocol)
