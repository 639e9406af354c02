"""Filters by name: finds the config, and the module that its ``kind`` names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import msgspec

from robotics import config
from robotics.contracts import Filter
from robotics.errors import ArgumentError, ConfigError, UnknownNameError

LONGEST_LAG_S = 0.05
"""Longest fixed lag that a filter may be asked for [s]."""

_NOT_FILTERS = {"__init__", "base", "registry", "hand", "exchange"}


def kinds() -> tuple[str, ...]:
    """Names of the filter modules."""
    folder = Path(__file__).parent
    return tuple(sorted(path.stem for path in folder.glob("*.py") if path.stem not in _NOT_FILTERS))


def available() -> tuple[str, ...]:
    """Names that `create` knows."""
    return config.names("filters")


def create(name: str, rate_hz: float, axes: int, lag_s: float | None = None) -> Filter:
    """Make a filter.

    Args:
        name: Name of a config in ``configs/filters``, or the path of a TOML file.
        rate_hz: Sampling rate, 100 to 4000 [Hz].
        axes: Number of signals.
        lag_s: Fixed lag by which the output may be late, for filters that smooth (their settings have a ``lag_ms``)
            [s]; that of the config where None.

    Raises:
        UnknownNameError: No filter of that name.
        ConfigError: The config does not fit the filter's settings.
        ArgumentError: A rate, a number of axes or a lag out of range, or a lag for a filter that cannot smooth.
    """
    module, settings = _load(name)
    if lag_s is not None:
        if not hasattr(settings, "lag_ms"):
            raise ArgumentError(f"the filter {name!r} cannot smooth over a lag; {', '.join(_smoothing())} can")
        if not 0.0 <= lag_s <= LONGEST_LAG_S:
            raise ArgumentError(f"lag_s is {lag_s:g}, must lie in [0, {LONGEST_LAG_S:g}]")
        settings = msgspec.structs.replace(settings, lag_ms=1e3 * lag_s)
    made: Filter = module.build(settings, rate_hz, axes)
    return made


def describe(name: str) -> str:
    """One sentence on the filter called ``name``."""
    module, settings = _load(name)
    return str(getattr(settings, "title", "") or (module.__doc__ or "").split("\n")[0])


def _smoothing() -> list[str]:
    """Names of the filters that can smooth over a lag."""
    return [name for name in available() if hasattr(_load(name)[1], "lag_ms")]


def _load(name: str) -> tuple[Any, config.Config]:
    path = config.find("filters", name)
    kind = config.load(path, _Kind).kind
    if kind not in kinds():
        raise ConfigError(path, "kind", str(UnknownNameError("filter kind", kind, kinds())))
    module = importlib.import_module(f"control.filters.{kind}")
    return module, config.load(path, module.Settings)


class _Kind(config.Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The one key that every filter's config has."""

    kind: str
