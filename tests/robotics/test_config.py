"""Values that are not a number pass every bound that they are compared with: no configuration may hold one."""

from __future__ import annotations

from typing import Annotated

import pytest
from msgspec import Meta

from robotics.config import Config, decode
from robotics.errors import ConfigError


class Part(Config, frozen=True, kw_only=True):
    most: Annotated[float, Meta(ge=0.0)] | None = None


class Whole(Config, frozen=True, kw_only=True):
    bound: float = 1.0
    parts: tuple[Part, ...] = ()
    row: tuple[float, ...] = ()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("bound = nan", "bound"),
        ("row = [1.0, -nan]", r"row\[1\]"),
        ("[[parts]]\nmost = 1.0\n[[parts]]\nmost = nan", r"parts\[1\]\.most"),
    ],
)
def test_what_is_not_a_number_is_refused_wherever_it_stands(text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"{key}: must be a number, is nan"):
        decode(text, Whole)


def test_infinity_is_a_number() -> None:
    assert decode("bound = inf\nrow = [0.0]", Whole).bound == float("inf")
