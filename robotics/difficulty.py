"""Difficulties of a lesson: the same lesson with some of its keys set or scaled, as its own configuration says.

A lesson's TOML may hold one table for each difficulty but `STANDARD`, which is the lesson as it stands:

    [difficulty.hard]
    goal_radius_m = 0.003          # set: any key of the lesson
    inclusion.depth_m = [0.006, 0.007]
    starts.spread_m = [0.01, 0.01] # of an array of tables: in every row
    scale.area_m = 1.3             # multiplied: a number, or every number of an array
    more.score = [{ measure = "bumps", weight = 5, good = 0.0, poor = 4.0 }] # added: rows of an array of tables
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robotics.errors import ConfigError, UnknownNameError

STANDARD = "standard"
"""The lesson as its configuration stands."""

LEVELS = ("easy", STANDARD, "hard")
"""Every difficulty that a lesson may have, from easy to hard."""

_KEY, _SCALE, _MORE = "difficulty", "scale", "more"


def offered(lesson: Mapping[str, Any]) -> tuple[str, ...]:
    """Difficulties that a lesson has, from easy to hard.

    Args:
        lesson: Its configuration as plain data.
    """
    tables = lesson.get(_KEY, {})
    return tuple(level for level in LEVELS if level == STANDARD or level in tables)


def at_difficulty(lesson: Mapping[str, Any], level: str, source: str | Path = "lesson") -> dict[str, Any]:
    """A lesson's configuration as it is at a difficulty, as plain data.

    Args:
        lesson: Its configuration as plain data; left as it is.
        level: One of `offered`.
        source: Where it comes from, for messages.

    Raises:
        UnknownNameError: The lesson has no such difficulty; the message lists those that it has.
        ConfigError: The difficulty scales what is no number of the lesson's configuration, or adds rows to what is no
            array.
    """
    if level not in offered(lesson):
        raise UnknownNameError("difficulty of this lesson", level, offered(lesson))
    if level == STANDARD:
        return dict(lesson)
    changes = dict(lesson[_KEY][level])
    factors, added = changes.pop(_SCALE, {}), changes.pop(_MORE, {})
    scaled = _scaled(lesson, factors, source, f"{_KEY}.{level}.{_SCALE}")
    changed: dict[str, Any] = _merged(scaled, changes)
    if not isinstance(added, Mapping):
        raise ConfigError(source, f"{_KEY}.{level}.{_MORE}", "must be a table: of arrays, the rows to add")
    for name, rows in added.items():
        if not isinstance(rows, list) or not isinstance(changed.get(name, []), list):
            raise ConfigError(
                source, f"{_KEY}.{level}.{_MORE}.{name}", "adds rows: here and in the lesson stand arrays"
            )
        changed[name] = [*changed.get(name, []), *rows]
    return changed


def _merged(base: Any, changes: Any) -> Any:
    """``changes`` laid over ``base``: tables key by key, a table over an array of tables row by row."""
    if not isinstance(changes, Mapping):
        return changes
    if isinstance(base, list) and base and all(isinstance(row, Mapping) for row in base):
        return [_merged(row, changes) for row in base]
    under = base if isinstance(base, Mapping) else {}
    return {**under, **{key: _merged(under.get(key), value) for key, value in changes.items()}}


def _scaled(base: Any, factors: Any, source: str | Path, key: str) -> Any:
    """``base`` with what ``factors`` names multiplied by them."""
    if isinstance(factors, Mapping):
        if isinstance(base, list):
            return [_scaled(row, factors, source, key) for row in base]
        if not isinstance(base, Mapping):
            raise ConfigError(source, key, f"names keys of a table, but there stands {base!r}")
        missing = [name for name in factors if name not in base]
        if missing:
            raise ConfigError(source, f"{key}.{missing[0]}", "is no key that stands in this file: nothing to multiply")
        return {**base, **{n: _scaled(base[n], factor, source, f"{key}.{n}") for n, factor in factors.items()}}
    if not _is_number(factors):
        raise ConfigError(source, key, f"must be a number, is {factors!r}")
    if isinstance(base, list) and all(map(_is_number, base)):
        return [factors * value for value in base]
    if not _is_number(base):
        raise ConfigError(source, key, f"multiplies {base!r}, which is no number and no array of numbers")
    return factors * base


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
