"""A session as it is handed over: whose it was, when, what was prescribed, and what came of it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

from msgspec import Struct

from robotics.errors import ArgumentError
from vr_training.rehab.export.value_sets import STOPS
from vr_training.rehab.prescription import Plan
from vr_training.rehab.results import ExerciseResult

_PSEUDONYM = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class Prescription(Struct, frozen=True, kw_only=True):
    """The plan that a session belongs to.

    Attributes:
        title: What a person reads.
        status: How it stands; a code of FHIR's request-status, such as ``"active"`` or ``"completed"``.
        started: Day of its beginning, ISO 8601; empty where it is not known.
        plan: The plan as it was prescribed; None where the session had none.
    """

    title: str = "Guided exercise of the arm"
    status: str = "active"
    started: str = ""
    plan: Plan | None = None


class SessionRecord(Struct, frozen=True, kw_only=True):
    """One session of one person.

    Attributes:
        pseudonym: Whose; lower case letters, digits, ``_`` and ``-``, never a name.
        date: Day, ISO 8601: ``"2026-03-01"``.
        results: Its blocks, in order.
        session: Name of the session, which tells two of one day apart; may be empty.
        prescription: The plan it belongs to.
        utc_offset_min: Minutes that local time was ahead of UTC. Times of results that say no zone need it to be handed
            over as times; where None they are handed over as days.
        baseline: Whether it is one of those that the patient's own measurement error is taken from.
        notes: What a person should know of it besides, in sentences.

    Raises:
        ArgumentError: No pseudonym, no day, or results that are another patient's or say what cannot be.
    """

    pseudonym: str
    date: str
    results: tuple[ExerciseResult, ...]
    session: str = ""
    prescription: Prescription = Prescription()
    utc_offset_min: int | None = None
    baseline: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_pseudonym(self.pseudonym)
        for day in filter(None, (self.date, self.prescription.started)):
            _day(day)
        if not self.date:
            raise ArgumentError("a session needs its day")
        for result in self.results:
            if result.patient != self.pseudonym:
                raise ArgumentError(f"a result of '{result.patient}' in a session of '{self.pseudonym}'")
            if result.side not in ("left", "right"):
                raise ArgumentError(f"side '{result.side}' of {result.exercise}: choose left or right")
            if result.stop and result.stop not in STOPS:
                raise ArgumentError(f"stop '{result.stop}' of {result.exercise}: choose one of {', '.join(STOPS)}")
        if len({result.simulated for result in self.results}) > 1:
            raise ArgumentError("a session has blocks of a person and of a simulated patient: they go out apart")

    @property
    def simulated(self) -> bool:
        """Whether any block was done by a simulated patient."""
        return any(result.simulated for result in self.results)

    def when(self, result: ExerciseResult) -> str:
        """When a block began: a time with its zone, or the day where the zone or the time is not known."""
        if not result.started:
            return self.date
        try:
            time = datetime.fromisoformat(result.started.replace("Z", "+00:00"))
        except ValueError as error:
            raise ArgumentError(f"'{result.started}' is no time in ISO 8601") from error
        if time.tzinfo is None:
            if self.utc_offset_min is None:
                return time.date().isoformat()
            time = time.replace(tzinfo=timezone(timedelta(minutes=self.utc_offset_min)))
        return time.isoformat(timespec="seconds")


def check_pseudonym(name: str) -> str:
    """The name, where it can be a pseudonym.

    Raises:
        ArgumentError: It cannot.
    """
    if not _PSEUDONYM.fullmatch(name):
        raise ArgumentError(
            f"'{name}' is no pseudonym: lower case letters, digits, '_' and '-', at most 32, a letter first;"
            " never a person's real name"
        )
    return name


def _day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentError(f"'{text}' is no day in ISO 8601, such as 2026-03-01") from error
