"""What happened when, as lanes of marks that the report can be moved by: phases, touches, mishaps, clutch, limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode, joined
from vr_training.scoring.events import Event, events
from vr_training.scoring.incidents import Incident, incidents
from vr_training.scoring.task_signals import TaskSignals

_TOUCH_N = 0.01  # less is no touch
_BRIDGE_S = 0.1  # pauses shorter than this do not end a touch
_LANES = {
    "phase": "Phase",
    "touch": "Touch",
    "force": "Force over the limit",
    "mishap": "Mishap",
    "clutch": "Clutch",
    "limit": "Limit",
    "stop": "Hold or stop",
    "filter": "Filter settling",
}


@dataclass(frozen=True)
class Mark:
    """Something on a lane.

    Attributes:
        label: What a person reads.
        start_s: When it began [s].
        end_s: When it ended [s]; equal to ``start_s`` for an instant.
        kind: Of the event, or ``"success"``.
    """

    label: str
    start_s: float
    end_s: float
    kind: str


@dataclass(frozen=True)
class Lane:
    """Marks of one kind, by time."""

    name: str
    marks: tuple[Mark, ...]


def timeline(
    episode: Episode,
    phases: tuple[str, ...] = (),
    signals: Iterable[tuple[str, str]] = (),
    force_limit_n: float | None = None,
    objects: tuple[str, ...] = (),
) -> tuple[Lane, ...]:
    """The lanes of a recording, those alone on which something happened.

    Args:
        episode: The recording.
        phases: What the task calls its phases.
        signals: Name and unit of each of the task's signals.
        force_limit_n: Contact force above which it is too much [N]; None where the lesson has no limit.
        objects: Names of the objects in the ticks.
    """
    if len(episode) == 0:
        return ()
    marks: dict[str, list[Mark]] = {kind: [] for kind in _LANES}
    several = len(episode.all_arms) > 1
    for arm in episode.all_arms:
        name = f"{arm.setup.arm}: " if several else ""
        happened = events(episode.ticks, arm.setup.arm, phases)
        if arm is episode:
            marks["phase"] = _phases(happened, float(episode.time[-1]))
        for event in happened:
            # A stop is the loop's and so every arm's.
            if event.kind in ("clutch", "limit", "filter") or (event.kind == "stop" and arm is episode):
                label = event.label if event.kind == "stop" else name + event.label
                marks[event.kind].append(Mark(label, event.start_s, event.end_s, event.kind))
        force = np.nan_to_num(np.linalg.norm(arm.arm["wrench"][:, :3], axis=1))
        marks["touch"] += _touches(episode, force, name)
    for incident in incidents(episode, TaskSignals(episode.ticks, tuple(signals)), force_limit_n, objects):
        mark = _incident(incident, several)
        marks[mark.kind].append(mark)
    found = {kind: sorted(each, key=lambda mark: mark.start_s) for kind, each in marks.items()}
    return tuple(Lane(_LANES[kind], tuple(each)) for kind, each in found.items() if each)


def _phases(happened: tuple[Event, ...], end_s: float) -> list[Mark]:
    """Each phase until the next, and success as a mark of its own."""
    begun = [event for event in happened if event.kind == "phase"]
    ends = [*(event.start_s for event in begun[1:]), end_s]
    spans = [Mark(event.label, event.start_s, end, "phase") for event, end in zip(begun, ends, strict=True)]
    return spans + [
        Mark(event.label, event.start_s, event.start_s, "success") for event in happened if event.kind == "success"
    ]


def _touches(episode: Episode, force: Vector, name: str) -> list[Mark]:
    """Stretches in which a tip touched something, with the largest force in each."""
    found, period = [], episode.setup.period_s
    for part in joined(force > _TOUCH_N, round(_BRIDGE_S / period)):
        label = f"{name}touch, up to {float(force[part].max()):.2g} N"
        end = float(episode.time[part.stop - 1]) + period
        found.append(Mark(label, float(episode.time[part.start]), end, "touch"))
    return found


def _incident(incident: Incident, several: bool) -> Mark:
    """An incident with its size and its place."""
    x, y, z = (1e3 * value for value in incident.place_m)
    label = f"{f'{incident.arm}: ' if several else ''}{incident.text}, at ({x:.0f}, {y:.0f}, {z:.0f}) mm"
    return Mark(label, incident.start_s, incident.end_s, "force" if incident.kind == "force" else "mishap")
