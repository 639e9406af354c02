"""Circle: the hand traces one, outward round and inward round by turns."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Vector
from vr_training.exercises.tracing import Tracing, TracingSettings


class Settings(TracingSettings, frozen=True, kw_only=True):
    """A circle.

    Attributes:
        radius_mm: Its radius [mm].
    """

    radius_mm: Annotated[float, Meta(gt=0, le=200)]


class Task(Tracing):
    """Once round a circle."""

    settings: Settings

    def outline(self, share: Vector) -> Vector:
        """The circle, from its nearest or lowest point outward."""
        angle = 2.0 * np.pi * share
        return np.asarray(1e-3 * self.settings.radius_mm * np.column_stack([np.sin(angle), -np.cos(angle)]))
