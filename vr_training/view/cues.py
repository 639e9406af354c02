"""What is worth a tone while eyes are on the tissue: the next step, a loss, a force, a stop."""

from __future__ import annotations

import math
from enum import Enum

from control.tick import State
from vr_training.stream.messages import SceneMessage, StateMessage
from vr_training.view.settings import OverlaySettings

AGAIN_S = 0.6
"""How long a force that warns is silent before it sounds again; half as long where it is too high [s]."""

LOSSES = ("dropped", "crushed", "tears", "missed", "touches", "collided", "overshoots")
"""Signals that count what went wrong; of a lesson those that it has."""

_STOPPED = (State.HOLD, State.SOFT_STOP, State.POWER_OFF, State.LATCHED_FAULT)


class Cue(Enum):
    """What a tone says."""

    NEXT = "the next step"
    DONE = "the goal is reached"
    LOSS = "something was dropped, crushed, torn, missed or touched"
    FORCE = "the force warns"
    TOO_MUCH = "the force is too high"
    STOPPED = "the arm was stopped"


class Cues:
    """Tells from the states of one session what is to be heard.

    Args:
        scene: The session's scene.
        settings: From where on a force warns, and is too high, where the lesson has no limit of its own.
    """

    def __init__(self, scene: SceneMessage, settings: OverlaySettings) -> None:
        self._settings = settings.up_to(scene.force_limit_n)
        self._losses = [k for k, (name, _) in enumerate(scene.signals) if name in LOSSES]
        self._before: StateMessage | None = None
        self._silent_until_s, self._force = -math.inf, 0

    def hear(self, state: StateMessage) -> tuple[Cue, ...]:
        """What has happened since the state before, in the order of its weight; nothing at the first one."""
        before, self._before = self._before, state
        if before is None or state.time_s < before.time_s:
            self._silent_until_s, self._force = -math.inf, 0
            return ()
        found = []
        if state.state in _STOPPED and before.state not in _STOPPED:
            found.append(Cue.STOPPED)
        if any(state.signals[k] > before.signals[k] for k in self._losses):
            found.append(Cue.LOSS)
        found += self._pressed(state)
        if state.success and not before.success:
            found.append(Cue.DONE)
        elif state.phase > before.phase:
            found.append(Cue.NEXT)
        return tuple(found)

    def _pressed(self, state: StateMessage) -> list[Cue]:
        """A force sounds when it comes to warn, when it becomes too high, and again and again while it is either."""
        force = max((arm.force_n for arm in state.arms if math.isfinite(arm.force_n)), default=0.0)
        level = (force >= self._settings.force_warn_n) + (force >= self._settings.force_full_n)
        rose, self._force = level > self._force, level
        if not level or not (rose or state.time_s >= self._silent_until_s):
            return []
        self._silent_until_s = state.time_s + AGAIN_S / level
        return [Cue.TOO_MUCH if level == 2 else Cue.FORCE]
