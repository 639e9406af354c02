"""Where a person stands in the curriculum: tries, passes, points, and which lessons come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vr_training.progress.proficiency import Bar, is_proficient
from vr_training.records.attempt import Attempt

ENOUGH_PASSES = 3
"""Passes that unlock the next level as proficiency does. Ours: whoever can do it need not be an expert to go on."""


@dataclass(frozen=True)
class Standing:
    """How far a person is in one lesson.

    Attributes:
        lesson: Its name.
        level: Its level.
        tries: How often it was tried.
        passes: How often it was passed.
        best: Most points; None where it was never scored.
        last: Points of the newest try.
        proficient: Whether the person is proficient; None where the lesson has no reference.
        unlocked: Whether the levels below are done.
    """

    lesson: str
    level: int
    tries: int
    passes: int
    best: float | None
    last: float | None
    proficient: bool | None
    unlocked: bool

    @property
    def done(self) -> bool:
        """Whether it no longer keeps the next level locked."""
        return bool(self.proficient) or self.passes >= ENOUGH_PASSES


def standings(
    levels: Mapping[str, int], tries: Sequence[Attempt], needed: Mapping[str, Sequence[Bar]]
) -> tuple[Standing, ...]:
    """A person's standing in every lesson, from easy to hard.

    A lesson is unlocked where every lesson of the next lower level is done; levels below that were unlocked by then.
    Whoever has passed a lesson may go on with it, whatever is added below.

    Args:
        levels: Level of each lesson, by name.
        tries: The person's tries, oldest first.
        needed: Bars of each lesson that has a reference.
    """
    found = list[Standing]()
    for level in sorted(set(levels.values())):
        below = [each for each in found if each.level < level]
        lower = max((each.level for each in below), default=0)
        open_now = all(each.done and each.unlocked for each in below if each.level == lower)
        for lesson in (name for name, at in levels.items() if at == level):
            mine = [attempt for attempt in tries if attempt.lesson == lesson]
            passes = sum(attempt.success for attempt in mine)
            scored = [attempt.points for attempt in mine if attempt.points is not None]
            bars = needed.get(lesson)
            found.append(
                Standing(
                    lesson=lesson,
                    level=level,
                    tries=len(mine),
                    passes=passes,
                    best=max(scored, default=None),
                    last=mine[-1].points if mine else None,
                    proficient=is_proficient(mine, bars) if bars else None,
                    unlocked=open_now or passes > 0,
                )
            )
    return tuple(found)


def in_the_way(standing: Standing, all_of: Sequence[Standing]) -> tuple[str, ...]:
    """Lessons of lower levels that are still to be done before a lesson; none where it is unlocked."""
    if standing.unlocked:
        return ()
    return tuple(each.lesson for each in all_of if each.level < standing.level and not each.done)
