"""What went wrong when, where and by how much: excess force, stray touches, and all that a task counts as a mishap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robotics.contracts import CLUTTER, Vector
from vr_training.scoring.episode import Episode, Mask, joined
from vr_training.scoring.task_signals import TaskSignals

STRAY_N = 0.05
"""Force on the tissue from which on it counts as touched [N]; ours, a tenth of what dissection takes at most."""

STRAY_M = 0.015
"""How far a tip must be from where the work is, and from all that is handled, for its touch to be a stray one [m].

Ours: the jaws are 10 mm long, and a needle's frame lies in the middle of its curve.
"""

_BRIDGE_S = 0.1  # pauses shorter than this do not end an incident
_AROUND_S = 0.05  # an incident is as large as what stood so near to it
_FALL_S = 1.5  # as long before it came to lie, a thing may have been let go

COUNTED = {
    "dropped": ("dropped", (), "mm", 1e3),
    "crushed": ("crushed", ("pinch",), "N", 1.0),
    "collided": ("collision", (), "N", 1.0),
    "tears": ("tear", ("tissue_force", "pull"), "N", 1.0),
    "missed": ("pass beside its marks", ("entry_error", "exit_error"), "mm", 1e3),
    "overshoots": ("beyond the target", ("target_error",), "mm", 1e3),
    "overstretched": ("overstretched", ("pull",), "N", 1.0),
    "touches": ("touch of what is not to be touched", ("touching",), "N", 1.0),
    "bumped": ("touch of what lay about", ("bumping",), "N", 1.0),
}
"""Running counts of a task: in words, the signals that tell the size of what is counted, its unit, and their scale."""


@dataclass(frozen=True)
class Incident:
    """Something that went wrong.

    Attributes:
        kind: ``"force"``, ``"stray"``, or one of `COUNTED`.
        label: What a person reads, without its size.
        arm: Name of the arm that had to do with it.
        start_s: When it began [s].
        end_s: When it ended [s]; equal to ``start_s`` for an instant.
        place_m: Where, in world, shape (3,): of the arm's tip, or of the thing that fell.
        size: How large: force, distance or height; not a number where the recording does not tell.
        unit: Its unit.
    """

    kind: str
    label: str
    arm: str
    start_s: float
    end_s: float
    place_m: tuple[float, float, float]
    size: float
    unit: str

    @property
    def text(self) -> str:
        """Label and size in words."""
        sized = math.isfinite(self.size)
        return f"{self.label}, {self.size:.2g} {self.unit}" if sized else self.label


def incidents(
    episode: Episode, signals: TaskSignals, force_limit_n: float | None = None, objects: Sequence[str] = ()
) -> tuple[Incident, ...]:
    """All incidents of a recording, by time.

    Args:
        episode: The recording.
        signals: Those of its task.
        force_limit_n: Contact force above which it is too much [N]; None where the lesson has no limit.
        objects: Names of the objects in the ticks; what is not named there is none that lies about.
    """
    if len(episode) == 0:
        return ()
    scene = _Scene(episode, objects)
    found = [*_forces(scene, force_limit_n), *_strays(scene, signals), *_counted(scene, signals)]
    return tuple(sorted(found, key=lambda incident: (incident.start_s, incident.kind)))


def stray_touches(episode: Episode, signals: TaskSignals, objects: Sequence[str] = ()) -> int | None:
    """How often the tissue, or the board, was touched away from the work; None where its force is not reported.

    A task that has the whole surface felt (`marks`) has no stray touches.
    """
    if len(episode) == 0 or not _has_strays(signals):
        return None
    return len(_strays(_Scene(episode, objects), signals))


class _Scene:
    """A recording as incidents read it."""

    def __init__(self, episode: Episode, objects: Sequence[str]) -> None:
        self.ticks, self.time = episode.ticks, episode.time
        self.period = episode.setup.period_s
        places = (
            episode.ticks["objects"]
            if "objects" in (episode.ticks.dtype.names or ())
            else np.zeros((len(episode), 0, 7))
        )
        handled = [not name.startswith(CLUTTER) for name in objects] or [True] * places.shape[1]
        self.things = places[:, np.flatnonzero(handled), :3]
        self.names = tuple(episode.ticks.dtype["arms"].names or ())
        arms = [episode.ticks["arms"][name] for name in self.names]
        self.tips = np.stack([arm["tip"][:, :3] for arm in arms])
        self.forces = np.stack([np.nan_to_num(np.linalg.norm(arm["wrench"][:, :3], axis=1)) for arm in arms])

    def around(self, tick: int) -> slice:
        """The ticks that are near to one."""
        reach = max(round(_AROUND_S / self.period), 1)
        return slice(max(tick - reach, 0), tick + reach + 1)

    def culprit(self, part: slice) -> int:
        """The arm that pressed hardest in a stretch; the one that was asked where none did."""
        most = self.forces[:, part].max(axis=1)
        return int(np.argmax(most)) if most.max() > 0.0 else self.asked(part.start)

    def asked(self, tick: int) -> int:
        """The arm that the task asked in a tick."""
        if "asked" not in (self.ticks.dtype.names or ()):
            return 0
        return min(int(self.ticks["asked"][tick]), len(self.names) - 1)

    def spans(self, mask: Mask) -> list[slice]:
        """Stretches of a mask, those that lie close together made one."""
        return joined(mask, round(_BRIDGE_S / self.period))

    def incident(self, kind: str, label: str, arm: int, part: slice, size: float, unit: str) -> Incident:
        """One that lasts for a stretch, at the tip of an arm where it began."""
        end = float(self.time[min(part.stop, len(self.time)) - 1]) + self.period
        return self._placed(kind, label, arm, float(self.time[part.start]), end, self.tips[arm, part.start], size, unit)

    def instant(self, kind: str, label: str, arm: int, tick: int, place: Vector, size: float, unit: str) -> Incident:
        """One of an instant."""
        at = float(self.time[tick])
        return self._placed(kind, label, arm, at, at, place, size, unit)

    def _placed(
        self, kind: str, label: str, arm: int, start: float, end: float, place: Vector, size: float, unit: str
    ) -> Incident:
        x, y, z = (float(value) for value in place)
        return Incident(kind, label, self.names[arm], start, end, (x, y, z), size, unit)


def _forces(scene: _Scene, limit_n: float | None) -> list[Incident]:
    if limit_n is None:
        return []
    return [
        scene.incident("force", "too much force", arm, part, float(force[part].max()), "N")
        for arm, force in enumerate(scene.forces)
        for part in scene.spans(force > limit_n)
    ]


def _has_strays(signals: TaskSignals) -> bool:
    return signals.get("pressing", "N") is not None and signals.get("marks", "") is None


def _strays(scene: _Scene, signals: TaskSignals) -> list[Incident]:
    pressing = signals.get("pressing", "N")
    if pressing is None or not _has_strays(signals) or "target" not in (scene.ticks.dtype.names or ()):
        return []
    pressing = np.nan_to_num(np.abs(pressing))
    found = []
    for part in scene.spans(pressing > STRAY_N):
        arm = scene.culprit(part)
        if _away(scene, arm, part.start + int(np.argmax(pressing[part]))):
            found.append(
                scene.incident("stray", "touch away from the work", arm, part, float(pressing[part].max()), "N")
            )
    return found


def _away(scene: _Scene, arm: int, tick: int) -> bool:
    """Whether a tip is far from where its work is: from what the task asks of it, and from all that is handled."""
    row, tip = scene.ticks[tick], scene.tips[arm, tick]
    target = row["target"][:3]
    if not np.isfinite(target).all():
        return False
    near = [target] if arm == scene.asked(tick) else []
    near += [place for place in scene.things[tick] if np.isfinite(place).all()]
    return all(float(np.linalg.norm(place - tip)) > STRAY_M for place in near)


def _counted(scene: _Scene, signals: TaskSignals) -> list[Incident]:
    """The ticks in which a running count grew; those that lie close together are one."""
    found = []
    for kind, (label, sizes, unit, scale) in COUNTED.items():
        count = signals.get(kind, "")
        if count is None:
            continue
        grown = np.diff(np.nan_to_num(count), prepend=0.0) > 0.0
        for part in scene.spans(grown):
            tick = part.start
            arm, place = scene.culprit(scene.around(tick)), None
            size = math.nan
            if kind == "dropped":
                place, size = _fall(scene, tick)
            elif kind == "collided":
                size = float(scene.forces[:, scene.around(tick)].max())
            else:
                size = _largest(signals, sizes, unit, scene.around(tick))
            where = scene.tips[arm, tick] if place is None else place
            found.append(scene.instant(kind, label, arm, tick, where, scale * size, unit))
    return found


def _largest(signals: TaskSignals, names: tuple[str, ...], unit: str, part: slice) -> float:
    """The largest of some signals around an incident, in the unit that they are recorded in."""
    known = [signals.get(name, "m" if unit == "mm" else unit) for name in names]
    values = np.concatenate([np.zeros(0), *(each[part] for each in known if each is not None)])
    values = np.abs(values[np.isfinite(values)])
    return float(values.max()) if values.size else math.nan


def _fall(scene: _Scene, tick: int) -> tuple[Vector | None, float]:
    """Where the thing that fell deepest until a tick came to lie, and how deep it fell [m]."""
    if scene.things.shape[1] == 0:
        return None, math.nan
    start = max(tick - round(_FALL_S / scene.period), 0)
    heights = scene.things[start : tick + 1, :, 2]
    falls = heights.max(axis=0) - heights[-1]
    if not np.isfinite(falls).any():
        return None, math.nan
    thing = int(np.nanargmax(falls))
    return scene.things[tick, thing], float(falls[thing])
