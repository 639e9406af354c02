"""Figure of eight: the hand traces a lying one, through its crossing, one way and the other by turns."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Vector
from vr_training.exercises.tracing import Tracing, TracingSettings


class Settings(TracingSettings, frozen=True, kw_only=True):
    """A figure of eight.

    Attributes:
        width_mm: Its size from side to side [mm].
        height_mm: Its size across [mm].
    """

    width_mm: Annotated[float, Meta(gt=0, le=400)]
    height_mm: Annotated[float, Meta(gt=0, le=300)]


class Task(Tracing):
    """Once along an eight."""

    settings: Settings

    def outline(self, share: Vector) -> Vector:
        """The eight of Gerono, from its crossing outward and up."""
        angle, settings = 2.0 * np.pi * share, self.settings
        across, up = 0.5 * settings.width_mm * np.sin(angle), 0.5 * settings.height_mm * np.sin(2.0 * angle)
        return np.asarray(1e-3 * np.column_stack([across, up]))
