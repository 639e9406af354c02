"""What the index of sessions knows of people: enters tries, and says where somebody stands in the curriculum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from robotics.difficulty import STANDARD
from robotics.errors import SteadyhandError
from robotics.score_config import LessonScoring, ScoreRow
from simulation import tasks
from vr_training.progress import reference
from vr_training.progress.curriculum import ENOUGH_PASSES, Standing, in_the_way, standings
from vr_training.progress.curve import Curve, learning_curve
from vr_training.progress.delays import Delayed, OwnLine, delayed
from vr_training.progress.peers import Past, Peers, better_of, past, peers, series, title
from vr_training.progress.proficiency import Bar, bars, meets_published
from vr_training.records.attempt import IDEAL, Attempt, from_results
from vr_training.records.index import SessionIndex
from vr_training.records.session import Session, sessions_folder
from vr_training.scoring.points import lesson_rows


def enter(session: Session, data: dict[str, Any]) -> tuple[str, ...]:
    """Enter a session that was scored into the index of its folder.

    Args:
        session: The session.
        data: Its results, as `steadyhand.results.as_json` gives them.

    Returns:
        What a person should know: that it could not be entered. The session itself is not lost by that.
    """
    attempt = from_results(session.name, data)
    if attempt is None:
        return ("this session could not be entered into the index: its results lack something",)
    try:
        with SessionIndex(session.folder.parent) as index:
            index.enter(attempt)
    except SteadyhandError as error:
        return (f"this session was not entered into the index: {error}",)
    return ()


def needed(lesson: str, difficulty: str = STANDARD) -> tuple[Bar, ...]:
    """How good each scored measure of a lesson has to be; empty where it has no reference at that difficulty."""
    known = reference.load(lesson, difficulty)
    return () if known is None else bars(known, _rows(lesson, difficulty))


def _rows(lesson: str, difficulty: str) -> tuple[ScoreRow, ...]:
    settings = tasks.load(lesson, difficulty)
    return lesson_rows(LessonScoring(score=settings.score, time_limit_s=settings.time_limit_s))


def standing_of(person: str, sessions: Path | None) -> tuple[Standing, ...]:
    """Where a person stands in every lesson, from easy to hard. Only tries at the standard difficulty count.

    Args:
        person: The pseudonym.
        sessions: Folder of all sessions; the usual one where None.

    Raises:
        InputFileError: The index cannot be used.
    """
    levels = {name: settings.level for name, settings in tasks.lessons().items()}
    with SessionIndex(sessions or sessions_folder()) as index:
        tries = index.attempts(person=person, difficulty=STANDARD)
    return standings(levels, tries, {name: needed(name) for name in levels})


def standing_of_all(sessions: Path | None) -> tuple[Standing, ...]:
    """Where all people together stand in every lesson; raises like `standing_of`.

    Args:
        sessions: Folder of all sessions; the usual one where None.
    """
    levels = {name: settings.level for name, settings in tasks.lessons().items()}
    with SessionIndex(sessions or sessions_folder()) as index:
        tries = index.attempts(difficulty=STANDARD)
    return standings(levels, [each for each in tries if each.person is not None], {})


def by_hand(person: str, sessions: Path | None) -> tuple[str, ...]:
    """A sentence for each lesson that a published standard asks people for, on how many tries keep to it."""
    said = []
    with SessionIndex(sessions or sessions_folder()) as index:
        for lesson in tasks.lessons():
            known = reference.load(lesson)
            tries = index.attempts(lesson=lesson, person=person, difficulty=STANDARD)
            if known is None or known.published is None or not tries:
                continue
            kept = sum(meets_published(attempt, known.published) for attempt in tries)
            said.append(
                f"{lesson}: {kept} of {len(tries)} tries keep to {known.published.time_s:g} s"
                f" ({known.published.source}); a robot's own limits make it slower, so proficiency does not ask for it."
            )
    return tuple(said)


def locked(lesson: str, person: str, sessions: Path | None) -> str:
    """A sentence where a lesson comes too early for a person; empty where it does not."""
    try:
        all_of = standing_of(person, sessions)
    except SteadyhandError as error:  # no reason not to train
        return str(error)
    (standing,) = (each for each in all_of if each.lesson == lesson)
    first = in_the_way(standing, all_of)
    if not first:
        return ""
    return (
        f"{lesson} is of level {standing.level}; to be done before, by proficiency or {ENOUGH_PASSES} passes:"
        f" {', '.join(first)}. You may go on all the same."
    )


@dataclass(frozen=True)
class Learned:
    """How somebody learns a lesson, by one measure.

    Attributes:
        lesson: The lesson.
        difficulty: How hard it was made: tries at others are left out.
        drives: What lay between motors and joints: tries with others are left out.
        delayed: How it goes with other lines between hand and arm than the lesson's; those tries are left out of the
            curve.
        person: The pseudonym.
        measure: The measure, or ``"points"``.
        label: The measure for a person, with its unit.
        curve: The learning curve.
        past: Beside one's own past; None without tries.
        peers: Beside all others; None without tries.
        bar: Where the experts' bar lies; None where there is none.
    """

    lesson: str
    difficulty: str
    drives: str
    delayed: tuple[Delayed, ...]
    person: str
    measure: str
    label: str
    curve: Curve
    past: Past | None
    peers: Peers | None
    bar: float | None

    def sentences(self) -> tuple[str, ...]:
        """The figures for a person to read."""
        curve, lines = self.curve, list[str]()
        if self.past is not None:
            best = "" if self.past.best is None else f", best {self.past.best:.3g}"
            lines.append(
                f"{self.label}: last {self.past.last:.3g}{best}, median {self.past.median:.3g};"
                f" tries that count: {len(curve.values)}."
            )
        if curve.method == "running mean":
            lines.append(
                f"Running mean of three tries: {curve.mean[-1]:.3g}"
                f" (95 %: {curve.low[-1]:.3g} to {curve.high[-1]:.3g}); too few tries for a curve."
            )
        elif curve.plateau is not None and curve.plateau_band is not None:
            lines.append(
                f"Exponential curve: now {curve.mean[-1]:.3g} (95 %: {curve.low[-1]:.3g} to {curve.high[-1]:.3g}),"
                f" plateau {curve.plateau:.3g} ({curve.plateau_band[0]:.3g} to {curve.plateau_band[1]:.3g}),"
                f" time constant {curve.tau:.2g} tries."
            )
        if self.bar is not None:
            lines.append(f"Experts' bar: {self.bar:.3g}.")
        for each in self.delayed:
            cost = "" if each.cost is None else f"; the line cost {each.cost:.3g}"
            tries = "1 try" if each.tries == 1 else f"{each.tries} tries"
            words = each.line.describe() or "no delay"
            lines.append(f"With {words} between hand and arm: {each.median:.3g} in the newest of {tries}{cost}.")
        if self.peers is not None and self.peers.percentile is not None:
            others = "1 other person" if self.peers.people == 1 else f"{self.peers.people} other people"
            lines.append(f"Percentile among {others}: {self.peers.percentile:.0f}.")
        return tuple(lines)

    def as_json(self) -> dict[str, Any]:
        """The figures as plain data; what is not known is null."""
        curve = self.curve
        return {
            "lesson": self.lesson,
            "difficulty": self.difficulty,
            "drives": self.drives,
            "person": self.person,
            "measure": self.measure,
            "method": curve.method,
            "values": curve.values.tolist(),
            "curve": curve.mean.tolist(),
            "low": [None if math.isnan(x) else x for x in curve.low.tolist()],
            "high": [None if math.isnan(x) else x for x in curve.high.tolist()],
            "plateau": curve.plateau,
            "plateau_band": curve.plateau_band,
            "tau_tries": curve.tau,
            "past": self.past,
            "peers": self.peers,
            "experts_bar": self.bar,
            "delayed": [
                {**msgspec.to_builtins(each.line), "tries": each.tries, "median": each.median, "cost": each.cost}
                for each in self.delayed
            ],
        }


def learned(
    lesson: str, person: str, measure: str, root: Path, difficulty: str = STANDARD, drives: str = IDEAL
) -> Learned:
    """How somebody learns a lesson.

    Args:
        lesson: The lesson.
        person: The pseudonym.
        measure: A measure, or ``"points"``.
        root: Folder of all sessions.
        difficulty: Of tries at this difficulty alone, the person's and everybody else's.
        drives: Of tries with these drives alone, likewise.

    Raises:
        UnknownNameError: No such lesson, or it has no such difficulty.
        InputFileError: The index cannot be used.
    """
    rows = _rows(lesson, difficulty)
    with SessionIndex(root) as index:
        tries = index.attempts(lesson=lesson, difficulty=difficulty, drives=drives)
    own_line, by_person, with_line = _line_of(lesson, difficulty), dict[str, list[Attempt]](), list[Attempt]()
    for attempt in tries:
        if not own_line.is_of(attempt.line):
            with_line += [attempt] if attempt.person == person else []
        elif attempt.person is not None:
            by_person.setdefault(attempt.person, []).append(attempt)
    values = {name: series(each, measure) for name, each in by_person.items()}
    own, better = values.pop(person, ()), better_of(measure, rows)
    # A seed of its own, and always the same: the same tries give the same band.
    curve = learning_curve(own, np.random.default_rng(0))
    # The experts whose bars ship worked with ideal drives.
    bar = next((bar.value for bar in needed(lesson, difficulty) if bar.measure == measure and drives == IDEAL), None)
    beside = past(own, better), peers(own, values, better)
    slowed = delayed(with_line, own, measure, better, own_line)
    return Learned(lesson, difficulty, drives, slowed, person, measure, title(measure), curve, *beside, bar)


def _line_of(lesson: str, difficulty: str) -> OwnLine:
    """The line that a lesson itself has at a difficulty."""
    settings = tasks.load(lesson, difficulty)
    least, most = (settings.delay_ms + more for more in settings.more_delay_ms)
    return OwnLine((least, most), settings.jitter_ms, settings.loss)


def delay_cost(session: Session, data: dict[str, Any]) -> tuple[str, ...]:
    """What the line of a session that was entered cost its person, in a sentence; empty where it is the lesson's own.

    Args:
        session: The session.
        data: Its results.
    """
    attempt = from_results(session.name, data)
    if attempt is None or attempt.person is None or attempt.lesson not in tasks.available():
        return ()
    own = _line_of(attempt.lesson, attempt.difficulty)
    if own.is_of(attempt.line):
        return ()
    try:
        known = learned(
            attempt.lesson, attempt.person, "points", session.folder.parent, attempt.difficulty, attempt.drives
        )
    except SteadyhandError:  # an index that cannot be used was told of already
        return ()
    here = next((each for each in known.delayed if each.line == own.told(attempt.line)), None)
    if here is None:  # it was not scored, or not entered
        return ()
    words = here.line.describe() or "no delay"
    if here.cost is None:
        return (f"what {words} between hand and arm cost is told once you have a try with the lesson's own line",)
    return (
        f"{words} between hand and arm cost you {max(here.cost, 0.0):.0f} of 100 points: {here.median:.0f} beside"
        f" {here.median + here.cost:.0f} with the lesson's own line, medians of the newest three tries of each",
    )
