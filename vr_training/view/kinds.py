"""Kinds of session: each has its own head-up display and its own overlays, and the scene says which it is.

Whoever puts pictures together asks for the kind once, and never again what kind of session it has before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vr_training.stream.messages import CameraView, SceneMessage, StateMessage
from vr_training.view.contracts import Camera, Frame
from vr_training.view.guided.hud import GuidedHud
from vr_training.view.guided.overlays import GuidedOverlays
from vr_training.view.guided.status import guided_status_of
from vr_training.view.hud import Hud
from vr_training.view.overlays import Overlays
from vr_training.view.settings import OverlaySettings
from vr_training.view.status import ViewInfo, status_of


class Display(Protocol):
    """A head-up display for one size of picture."""

    def draw(self, frame: NDArray[np.uint8], status: Any, help_shown: bool = False, shift_px: float = 0.0) -> None:
        """Blend the display into a frame."""
        ...


class Layer(Protocol):
    """What is drawn into the scene."""

    def clear(self) -> None:
        """Forget what led to the present state, as a jump in time does."""
        ...

    def update(self, state: StateMessage) -> None:
        """Take a state, drawn or not."""
        ...

    def draw(self, frame: Frame, camera: Camera, state: StateMessage, mount: CameraView | None = None) -> None:
        """Draw into a frame's colours, in place."""
        ...


@dataclass(frozen=True)
class Kind:
    """What one kind of session shows.

    Attributes:
        status: Gathers what its display says of a state.
        display: Makes its display for a width and a height [px].
        overlays: Makes what is drawn into its scene.
    """

    status: Callable[[SceneMessage, StateMessage, ViewInfo], Any]
    display: Callable[[int, int], Display]
    overlays: Callable[[SceneMessage, OverlaySettings], Layer]


SURGERY = Kind(status_of, Hud, Overlays)
GUIDED = Kind(guided_status_of, GuidedHud, GuidedOverlays)


def kind_of(scene: SceneMessage) -> Kind:
    """The kind of session that a scene is of."""
    return SURGERY if scene.guided is None else GUIDED
