"""One try of a lesson, as the index of sessions remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from robotics.difficulty import STANDARD
from robotics.line_config import LineConfig

IDEAL = "ideal"
"""Drives without backlash and friction."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A session that was run to its end and scored.

    Attributes:
        session: Name of the session, unique in its folder of sessions.
        lesson: Name of the lesson or task.
        level: Level of the lesson; 0 for what is no lesson.
        person: Pseudonym of whoever did it; None where it is nobody's.
        input: What moved the hand.
        seed: Seed of everything that was drawn.
        success: Whether the goal was reached.
        points: 0 to 100; None where nothing was scored.
        started: Local time of the start, ISO 8601.
        filter: Name of the tremor filter.
        rig: Name of the rig.
        digest: Digest of its ticks.
        difficulty: How hard the lesson was made.
        drives: What lay between motors and joints: ``"ideal"``, or ``"real"`` with backlash and friction.
        delay_ms: Delay of the line between hand and arm, whoever asked for it.
        jitter_ms: Its jitter.
        loss: Share of the hand's poses that it lost.
        measures: Value of every line of its scorecard, by name; lines without a value are left out.
    """

    session: str
    lesson: str
    level: int
    person: str | None
    input: str
    seed: int
    success: bool
    points: float | None
    started: str
    filter: str
    rig: str
    digest: str
    difficulty: str = STANDARD
    drives: str = IDEAL
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    measures: dict[str, float]

    @property
    def line(self) -> LineConfig:
        """The line between hand and arm."""
        return LineConfig(delay_ms=self.delay_ms, jitter_ms=self.jitter_ms, loss=self.loss)

    def value(self, measure: str) -> float | None:
        """A measure, or ``"points"``; None where the try does not have it."""
        return self.points if measure == "points" else self.measures.get(measure)


def from_results(session: str, results: Mapping[str, Any]) -> Attempt | None:
    """The try that a session's results tell of; None where they are of another version of the program.

    Args:
        session: Name of the session: its folder's.
        results: What its ``session.json`` holds.
    """
    day, clock = session.split("-")[:2]
    scores = results.get("scores")
    lines = scores if isinstance(scores, dict) else {}
    data = {
        "session": session,
        "lesson": results.get("task"),
        "level": results.get("level", 0),
        "person": results.get("person"),
        "input": results.get("input"),
        "seed": results.get("seed"),
        "success": results.get("success"),
        "points": results.get("points"),
        "started": f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}",
        "filter": results.get("filter"),
        "rig": results.get("rig", ""),
        "digest": results.get("digest"),
        "difficulty": results.get("difficulty", STANDARD),
        "drives": results.get("drives", IDEAL),
        **(line if isinstance(line := results.get("line", {}), dict) else {}),
        "measures": {name: value for name, value in lines.items() if value is not None},
    }
    try:
        return msgspec.convert(data, Attempt)
    except msgspec.ValidationError:
        return None
