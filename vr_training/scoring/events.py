"""What happened when: clutches, phases, stops, limits, filters that settle and success, read from tick records.

A limit is an event where it really held the arm back: where its flag stands for at least 20 ms of some 50 ms, and, for
the acceleration limit, which the noise of a sensor touches all the time, the arm came 0.1 mm away from where the hand
asked it to be as well. Single ticks are no event; they count as time spent at limits all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from control.tick import Flag, State
from robotics.contracts import Vector
from vr_training.scoring.episode import stretches

LIMITS = (
    Flag.POSITION_LIMIT
    | Flag.VELOCITY_LIMIT
    | Flag.ACCELERATION_LIMIT
    | Flag.TORQUE_LIMIT
    | Flag.TARGET_INFEASIBLE
    | Flag.REMOTE_CENTRE
    | Flag.WORKSPACE
)
"""Flags that say a limit held the motion back."""

LIMIT_RULE = "at least 20 ms of 50 ms, and for the acceleration limit 0.1 mm off"
"""When a limit counts as having held the arm back, in words."""

_HELD_S, _WITHIN_S = 0.02, 0.05  # about as short as a person can feel a hesitation
_OFF_M = 1e-4
_STOPS = (State.HOLD, State.SOFT_STOP, State.POWER_OFF, State.LATCHED_FAULT)
_BRIDGE_S = 0.1  # pauses shorter than this do not end an event: a limit that flickers is one event


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        kind: ``"clutch"``, ``"phase"``, ``"stop"``, ``"limit"``, ``"filter"`` or ``"success"``.
        label: What a person reads.
        start_s: When it began [s].
        end_s: When it ended [s]; equal to ``start_s`` for an instant.
    """

    kind: str
    label: str
    start_s: float
    end_s: float


def events(ticks: NDArray[np.void], arm: str, phases: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """All events of a recording, by time.

    Args:
        ticks: Tick records, shape (n,).
        arm: Name of the arm.
        phases: What the task calls its phases.
    """
    if len(ticks) == 0:
        return ()
    time, flags = ticks["time"], ticks["arms"][arm]["flags"]
    # Of several arms, the whole rig's flags also say what held another one back.
    if len(ticks["arms"].dtype.names or ()) == 1:
        flags = flags | ticks["flags"]
    period = float(time[1] - time[0]) if len(time) > 1 else 0.0
    record, found = ticks["arms"][arm], list[Event]()
    off = np.linalg.norm(record["target"][:, :3] - record["setpoint"][:, :3], axis=1)

    def spans(kind: str, label: str, mask: NDArray[np.bool_]) -> None:
        for part in stretches(_bridged(mask, period)):
            if kind != "limit" or _held(mask[part], off[part] if label == "acceleration limit" else None, period):
                found.append(Event(kind, label, float(time[part.start]), float(time[part.stop - 1]) + period))

    spans("clutch", "clutch", ticks["arms"][arm]["clutch"] != 0)
    for state in _STOPS:
        stopped = ticks["state"] == state
        for cause in np.unique(ticks["cause"][stopped]):
            spans("stop", _words(state.name, int(cause)), stopped & (ticks["cause"] == cause))
    for flag in Flag:
        if flag & LIMITS:
            spans("limit", _words(flag.name), flags & np.uint64(flag) != 0)
    spans("filter", "filter settling", flags & np.uint64(Flag.FILTER_SETTLING) != 0)
    for i in [0, *(np.nonzero(np.diff(ticks["phase"].astype(np.int64)))[0] + 1)]:
        phase = int(ticks["phase"][i])
        label = phases[phase] if phase < len(phases) else f"phase {phase}"
        found.append(Event("phase", label, float(time[i]), float(time[i])))
    success = np.nonzero(ticks["success"] != 0)[0]
    if success.size:
        at = float(time[success[0]])
        found.append(Event("success", "reached", at, at))
    return tuple(sorted(found, key=lambda event: (event.start_s, event.kind)))


def _words(name: str | None, cause: int = 0) -> str:
    """A state or flag in words, with the `Flag` bits of what caused it."""
    because = ", ".join(str(flag.name) for flag in Flag if flag & cause)
    return f"{name}{f' ({because})' if because else ''}".lower().replace("_", " ")


def _bridged(mask: NDArray[np.bool_], period: float) -> NDArray[np.bool_]:
    """A mask with its short pauses closed."""
    if period <= 0.0:
        return mask
    closed = mask.copy()
    for gap in stretches(~mask):
        if gap.start > 0 and gap.stop < len(mask) and (gap.stop - gap.start) * period < _BRIDGE_S:
            closed[gap] = True
    return closed


def _held(mask: NDArray[np.bool_], off: Vector | None, period: float) -> bool:
    """Whether a flag stood long enough within a short time, and the arm was off far enough where that is asked for."""
    window = max(round(_WITHIN_S / period), 1) if period > 0.0 else 1
    longest = np.convolve(mask, np.ones(window)).max() * period
    return bool(longest >= _HELD_S - 1e-9) and (off is None or bool(np.any(off >= _OFF_M)))
