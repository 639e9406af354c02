"""What a trocar does to the shaft that passes it, as configured."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics import config
from robotics.config import Config

TROCAR = config.CONFIG_DIR / "trocar.toml"


class TrocarConfig(Config, frozen=True, kw_only=True):
    """A trocar's seal and the wall that it sits in.

    Attributes:
        friction_n: Friction between shaft and seal, along the shaft [N].
        ease_m_s: Speed along the shaft at which tanh(1) of the friction stands against it [m/s].
        stiffness_n_m: Of the wall against a shaft that pulls the trocar aside [N/m].
    """

    friction_n: Annotated[float, Meta(ge=0, le=20)]
    ease_m_s: Annotated[float, Meta(gt=0, le=0.1)]
    stiffness_n_m: Annotated[float, Meta(gt=0, le=1e5)]


def load_trocar() -> TrocarConfig:
    """The trocar of every rig, of ``configs/trocar.toml``.

    Raises:
        ConfigError: The file says something that cannot be.
    """
    return config.load(TROCAR, TrocarConfig)
