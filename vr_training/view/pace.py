"""Keeps a live view fluent: renders smaller or more simply where the host is too slow for the full picture."""

from __future__ import annotations

from dataclasses import dataclass

from vr_training.view.contracts import Camera
from vr_training.view.presenter import same_cameras


@dataclass(frozen=True)
class Level:
    """How carefully a live picture is rendered: share of its width and height, and the renderer's quality."""

    scale: float
    quality: str


LEVELS = (
    Level(1.0, "live"),
    Level(0.7, "live"),
    Level(0.5, "live"),
    Level(0.5, "fast"),
    Level(0.375, "fast"),
)
"""From the finest to the quickest; overlays and display are always drawn at full size over the enlarged picture."""

MOVING = 1
"""Level that a picture begins with whose camera moves: nothing of the picture before can be kept."""
STEADY_S = 0.15
"""A camera that has not moved for this long is at rest; a hand that drags it pauses for less [s]."""
SMOOTHING = 0.25
PATIENCE = 8
"""Frames at a level before another is tried, so that one slow frame changes nothing."""


class Pace:
    """Chooses the level from the time that frames took.

    Args:
        frame_s: Time that a frame may take [s].
        level: Index of the level to begin with.
    """

    def __init__(self, frame_s: float, level: int = 0) -> None:
        self.frame_s = frame_s
        self._index = level
        self._took: float | None = None
        self._frames = 0

    @property
    def level(self) -> Level:
        """The level to render the next frame with."""
        return LEVELS[self._index]

    def took(self, seconds: float) -> None:
        """Take the time that a frame at the present level took."""
        self._took = seconds if self._took is None else self._took + SMOOTHING * (seconds - self._took)
        self._frames += 1
        if self._frames < PATIENCE:
            return
        if self._took > 1.25 * self.frame_s and self._index + 1 < len(LEVELS):
            self._go(self._index + 1)
        elif self._index and self._took * self._cost(self._index - 1) < 0.8 * self.frame_s:
            self._go(self._index - 1)

    def _cost(self, index: int) -> float:
        """How much more a level costs than the present one, from pixels and samples."""

        def cost(level: Level) -> float:
            return level.scale**2 * (2.2 if level.quality == "live" else 1.0)

        return cost(LEVELS[index]) / cost(self.level)

    def _go(self, index: int) -> None:
        self._index, self._took, self._frames = index, None, 0


class Paces:
    """One pace for a camera at rest and one for a camera that moves, so that neither spoils the other.

    While the camera moves, every picture is drawn from nothing, perhaps smaller; once it rests the finest is back.

    Args:
        frame_s: Time that a frame may take [s].
    """

    def __init__(self, frame_s: float) -> None:
        self._resting, self._moving = Pace(frame_s), Pace(frame_s, MOVING)
        self._cameras: tuple[Camera, ...] = ()
        self._moved_at = -STEADY_S

    def of(self, cameras: tuple[Camera, ...], now: float) -> Pace:
        """The pace for pictures from these cameras, given at full size, at a time [s] that never goes back."""
        if not same_cameras(cameras, self._cameras):
            if self._cameras:
                self._moved_at = now
            self._cameras = cameras
        return self._moving if now - self._moved_at < STEADY_S else self._resting
