"""Writes a filter's settings as the TOML file that `control.filters.create` reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from control.tremor.dials import Values


def preset_text(values: Values, comments: Sequence[str] = ()) -> str:
    """Settings as TOML.

    Args:
        values: Settings as plain data; what is None is left out, as TOML has no such thing.
        comments: Lines that stand above them.
    """
    lines = [f"# {comment}" for comment in comments]
    tables: list[str] = []
    for key, value in values.items():
        if isinstance(value, dict):
            tables += ["", f"[{key}]", *(f"{k} = {_value(v)}" for k, v in value.items() if v is not None)]
        elif value is not None:
            lines.append(f"{key} = {_value(value)}")
    return "\n".join([*lines, *tables, ""])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)  # a basic string of TOML escapes as JSON does
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)
