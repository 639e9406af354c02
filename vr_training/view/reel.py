"""A recording as something that can be shown: its ticks as states, and the trails that lead to each of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robotics.errors import InputFileError
from vr_training.stream.messages import SceneMessage, StateMessage
from vr_training.stream.poser import ScenePoser
from vr_training.stream.work_share import WorkShare
from vr_training.view.presenter import Presenter
from vr_training.view.status import ViewInfo

TRAIL_RATE_HZ = 60.0
"""How finely the trail follows the recording: as finely as a live view's does."""


class Reel:
    """A recording as states that can be shown.

    Args:
        scene: Its scene.
        ticks: Its ticks, records of `control.tick.tick_dtype`, shape (n,).

    Raises:
        InputFileError: There are no ticks, or they do not fit the scene.
    """

    def __init__(self, scene: SceneMessage, ticks: NDArray[np.void]) -> None:
        if not len(ticks):
            raise InputFileError(f"session {scene.session} holds no ticks: there is nothing to show")
        self.scene, self.ticks = scene, ticks
        self._poser = ScenePoser(scene)
        self._shares = None if scene.guided is None else WorkShare(scene).of(ticks)
        self._times = np.ascontiguousarray(ticks["time"])
        self.start_s, self.stop_s = float(self._times[0]), float(self._times[-1])

    def index(self, time_s: float) -> int:
        """Index of the last tick at or before a time; the first where there is none."""
        return max(int(np.searchsorted(self._times, time_s + 1e-9, "right")) - 1, 0)

    def state(self, index: int) -> StateMessage:
        """What a tick shows. The last one is shown as the end of the run."""
        tick = self.ticks[index]
        running = index < len(self.ticks) - 1
        dropped = int(tick["sequence"]) - int(self.ticks[0]["sequence"]) - index
        share = math.nan if self._shares is None else float(self._shares[index])
        return self._poser.state_message(tick, self.scene.epoch, 1, running, max(dropped, 0), share=share)

    def follow(self, presenter: Presenter, since_s: float, until_s: float) -> None:
        """Let a presenter's trails run along from one time to another, the latter included."""
        count = max(math.ceil((until_s - since_s) * TRAIL_RATE_HZ), 1)
        for k in range(1, count + 1):
            presenter.overlays.update(self.state(self.index(since_s + (until_s - since_s) * k / count)))

    def rewind(self, presenter: Presenter, time_s: float) -> None:
        """Give a presenter the trails that it has at a time, however it got there."""
        presenter.overlays.clear()
        self.follow(presenter, max(time_s - presenter.settings.overlays.trail_s, self.start_s), time_s)


def replay_info(presenter: Presenter, renderer: str, label: str) -> ViewInfo:
    """What the display says of a recorded picture besides its state."""
    overlays = presenter.settings.overlays
    return ViewInfo(
        camera=presenter.view.name,
        renderer=renderer,
        stale_s=presenter.settings.stale_s,
        replay=label,
        force_full_n=overlays.force_full_n,
        force_warn_n=overlays.force_warn_n,
    )
