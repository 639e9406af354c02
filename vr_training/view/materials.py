"""The surfaces that configurations name, from ``configs/materials.toml``."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import ArrayLike

from robotics.config import CONFIG_DIR, Config, load
from robotics.contracts import Vector
from robotics.errors import UnknownNameError
from vr_training.stream.messages import Material

Share = Annotated[float, Meta(ge=0, le=1)]


class MaterialConfig(Config, frozen=True, kw_only=True):
    """One surface. ``colour_srgb`` is ``"#rrggbb"``; see `vr_training.stream.messages.Material` for the rest."""

    colour_srgb: Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
    roughness: Share = 0.5
    metallic: Share = 0.0
    opacity: Share = 1.0
    clearcoat: Share = 0.0


class MaterialsConfig(Config, frozen=True, kw_only=True):
    """The file as a whole: surfaces by name."""

    materials: dict[str, MaterialConfig]


@cache
def materials() -> dict[str, Material]:
    """All surfaces by name, their colours turned from sRGB to linear.

    Raises:
        ConfigError: The file says something that cannot be.
    """
    config = load(CONFIG_DIR / "materials.toml", MaterialsConfig)
    return {name: _material(entry) for name, entry in config.materials.items()}


def material(name: str) -> Material:
    """The surface called ``name``.

    Raises:
        UnknownNameError: No such surface; the message lists the valid ones.
    """
    try:
        return materials()[name]
    except KeyError:
        raise UnknownNameError("material", name, materials()) from None


def linear(srgb: ArrayLike) -> Vector:
    """Linear light from sRGB values, both in 0..1 (IEC 61966-2-1)."""
    c = np.asarray(srgb, dtype=np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _material(entry: MaterialConfig) -> Material:
    red, green, blue = linear([int(entry.colour_srgb[i : i + 2], 16) / 255.0 for i in (1, 3, 5)])
    return Material(
        colour=(float(red), float(green), float(blue)),
        roughness=entry.roughness,
        metallic=entry.metallic,
        opacity=entry.opacity,
        clearcoat=entry.clearcoat,
    )
