"""Laws by name: finds the config, and the module that its ``law`` names."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import numpy as np
from msgspec import Meta

from control.energy_tank import EnergyBudget
from control.laws.base import BaseLaw, Gains
from control.laws.law import LawState
from robotics import config
from robotics.config import Config
from robotics.errors import ConfigError, UnknownNameError
from robotics.guidance import Guidance, Moment, Space

G = TypeVar("G", bound=Gains)

_NOT_LAWS = {"__init__", "base", "lateral", "law", "registry", "switching", "weight_support"}


class Budgets(Config, frozen=True, kw_only=True):
    """What a law may give to a patient (`control.energy_tank`), by space; there is one where there are gains."""

    joint: EnergyBudget | None = None
    tip: EnergyBudget | None = None


class LawConfig(Config, Generic[G], frozen=True, kw_only=True):
    """One law as it ships.

    Attributes:
        title: What a person reads.
        law: Name of its module in ``control/laws``.
        source: Where the law comes from, and where its numbers do.
        fits: Moments of an exercise that it is made for.
        holds: Whether it also holds the arm at rest.
        leads: Whether it moves the arm by itself: the reference does not wait for the patient to begin.
        does: Whether it helps towards the goal, resists the patient's movement, or neither: it keeps to a path, say.
        joint: Gains in joint angles, [rad] and [Nm]; None where it is not made for them.
        tip: Gains at the tip, [m] and [N]; None where it is not made for it.
        budget: What it may give to the patient.
    """

    title: Annotated[str, Meta(min_length=1)]
    law: str
    source: Annotated[str, Meta(min_length=1)]
    fits: Annotated[tuple[Literal["move", "hold", "push", "relax"], ...], Meta(min_length=1)]
    holds: bool = False
    leads: bool = False
    does: Literal["help", "resist", "neither"] = "help"
    joint: G | None = None
    tip: G | None = None
    budget: Budgets

    def __post_init__(self) -> None:
        if self.joint is None and self.tip is None:
            raise ValueError("joint: neither this table nor tip is there")
        for space in ("joint", "tip"):
            if (getattr(self, space) is None) != (getattr(self.budget, space) is None):
                raise ValueError(f"budget.{space}: must be there where {space} is, and only there")

    def fitting(self, moment: Moment) -> bool:
        """Whether the law is made for what an exercise asks at ``moment``; all can rest."""
        return moment is Moment.REST or moment.name.lower() in self.fits

    def spaces(self) -> tuple[Space, ...]:
        """The spaces that it has gains for."""
        return tuple(space for space in Space if getattr(self, space.value) is not None)

    def gains(self, space: Space) -> G | None:
        """Its gains in a space; None where it has none."""
        return self.joint if space is Space.JOINT else self.tip

    def energy(self, space: Space) -> EnergyBudget | None:
        """What it may give in a space; None where it has no gains there."""
        return self.budget.joint if space is Space.JOINT else self.budget.tip


def kinds() -> tuple[str, ...]:
    """Names of the law modules."""
    folder = Path(__file__).parent
    return tuple(sorted(path.stem for path in folder.glob("*.py") if path.stem not in _NOT_LAWS))


def names() -> tuple[str, ...]:
    """Names that `load` and `create` know."""
    return config.names("laws")


def load(name: str) -> LawConfig[Any]:
    """The configuration of a law.

    Args:
        name: Name of a config in ``configs/laws``, or the path of a TOML file.

    Raises:
        UnknownNameError: No law of that name.
        ConfigError: The file does not fit the law's settings.
    """
    return _load(name)[1]


def create(name: str, space: Space, dims: int, dt: float, changes: Mapping[str, float | str] | None = None) -> BaseLaw:
    """Make a law.

    Args:
        name: Name of a config in ``configs/laws``, or the path of a TOML file.
        space: What the exercise's coordinates are.
        dims: How many there are, 1 to 3.
        dt: Control period [s].
        changes: Gains of that space that a therapist set otherwise, by key: ``{"damping": 10.0}``.

    Raises:
        UnknownNameError: No law of that name.
        ConfigError: The file or a change does not fit the law's settings, or there is no table for that space.
        ArgumentError: ``dims`` or ``dt`` out of range.
    """
    module, loaded = _load(name)
    gains = loaded.gains(space)
    if gains is None:
        has = ", ".join(each.value for each in loaded.spaces())
        raise ConfigError(config.find("laws", name), space.value, f"the law has no such table; it has: {has}")
    if changes:
        data = {**msgspec.to_builtins(gains), **changes}
        gains = config.convert(data, type(gains), f"{name}, {space.value}, as changed")
    made: BaseLaw = module.build(gains, space, dims, dt, loaded.holds)
    _warm(made)
    return made


def _warm(law: BaseLaw) -> None:
    """Run a law once, so that no first tick compiles."""
    asks = Guidance.at_rest(np.zeros(law.dims))
    asks.moment = Moment.MOVE
    law.update(LawState(np.zeros(law.dims), np.zeros(law.dims), np.zeros(law.dims), asks), np.zeros(law.dims))
    law.reset()


def _load(name: str) -> tuple[Any, LawConfig[Any]]:
    path = config.find("laws", name)
    kind = config.load(path, _Kind).law
    if kind not in kinds():
        raise ConfigError(path, "law", str(UnknownNameError("law kind", kind, kinds())))
    module = importlib.import_module(f"control.laws.{kind}")
    loaded: LawConfig[Any] = config.load(path, LawConfig[module.Settings])  # type: ignore[name-defined]
    return module, loaded


class _Kind(Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The one key that tells which module reads the rest."""

    law: str
