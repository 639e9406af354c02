"""Sessions and assessments as plain tables, one row a session, block, repetition or joint, for CSV and Parquet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from vr_training.rehab.export.naming import Measures, naming
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.prescription import Assessment
from vr_training.rehab.results import ExerciseResult

Cell = str | int | float | bool | None
"""What a cell holds; None where there is nothing."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: Its name, unique in its table.
        kind: What it holds.
        title: What a person reads.
        unit: Unit; empty where there is none.
        explanation: More about it; may be empty.
    """

    name: str
    kind: Kind
    title: str
    unit: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: Its name, the stem of a file's.
        columns: Its columns.
        rows: Its rows, a cell a column.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


_SESSION = (
    Column("session", Kind.INTEGER, "Session", explanation="Counts the sessions of this export from 1."),
    Column("pseudonym", Kind.TEXT, "Pseudonym"),
    Column("date", Kind.TEXT, "Day"),
)
_BLOCK_KEY = Column(
    "block", Kind.INTEGER, "Part", explanation="Counts from 1 what was done in a session: each set, and each measuring."
)
_IN_PLAN = (
    Column("plan_block", Kind.INTEGER, "Block of the plan", explanation="From 1; empty where no plan said so."),
    Column("plan_set", Kind.INTEGER, "Set of the block", explanation="From 1; empty of what was done to measure."),
)
_BLOCK = (
    *_SESSION,
    _BLOCK_KEY,
    *_IN_PLAN,
    Column("exercise", Kind.TEXT, "Exercise"),
    Column("title", Kind.TEXT, "Title of the exercise"),
    Column("arm", Kind.TEXT, "Arm"),
    Column("law", Kind.TEXT, "Law"),
    Column("side", Kind.TEXT, "Side"),
    Column("simulated", Kind.FLAG, "Simulated patient"),
    Column("seed", Kind.INTEGER, "Seed"),
    Column("started", Kind.TEXT, "Start", explanation="ISO 8601; empty where it did not run in real time."),
    Column("planned", Kind.INTEGER, "Repetitions planned"),
    Column("done", Kind.INTEGER, "Repetitions done"),
    Column("passed", Kind.INTEGER, "Repetitions passed"),
    Column("stop", Kind.TEXT, "Stopped by", explanation="Empty where it was not stopped."),
    Column("stop_reason", Kind.TEXT, "Why it was stopped"),
    Column("stop_time_s", Kind.NUMBER, "When it was stopped", "s"),
    Column("recording", Kind.TEXT, "Recording"),
    Column(
        "probe", Kind.FLAG, "Done to measure", explanation="Without help, at the whole of what the plan prescribes."
    ),
    Column(
        "level_assistance",
        Kind.NUMBER,
        "Bound on the robot's help",
        explanation="Share of what the law can give, 0 to 1; empty where no plan said so, as the next two.",
    ),
    Column("level_amplitude", Kind.NUMBER, "Amplitude", explanation="Share of what is prescribed."),
    Column("level_speed", Kind.NUMBER, "Speed", explanation="Share of what is prescribed."),
    Column(
        "level_by_therapist",
        Kind.TEXT,
        "Set by the therapist",
        explanation="Of help, amplitude and speed what he set by hand or held; empty where he left it to the rule.",
    ),
)
_REPETITION = (
    *_SESSION,
    _BLOCK_KEY,
    *_IN_PLAN,
    Column("exercise", Kind.TEXT, "Exercise"),
    Column("side", Kind.TEXT, "Side"),
    Column("simulated", Kind.FLAG, "Simulated patient"),
    Column("probe", Kind.FLAG, "Done to measure"),
    Column("repetition", Kind.INTEGER, "Repetition", explanation="Counts from 1."),
    Column("success", Kind.FLAG, "Passed"),
    Column("reason", Kind.TEXT, "Why not"),
)
_TOTALS = (
    *_SESSION,
    Column("name", Kind.TEXT, "Name of the session"),
    Column("prescription", Kind.TEXT, "Plan"),
    Column("simulated", Kind.FLAG, "Simulated patient"),
    Column("baseline", Kind.FLAG, "Kept as a baseline", explanation="One that the measurement error is taken from."),
    Column("blocks", Kind.INTEGER, "Exercises"),
    Column("stopped", Kind.INTEGER, "Exercises that were stopped"),
    Column("planned", Kind.INTEGER, "Repetitions planned"),
    Column("done", Kind.INTEGER, "Repetitions done"),
    Column("passed", Kind.INTEGER, "Repetitions passed"),
)


_ASSESSED = (
    Column("assessment", Kind.INTEGER, "Assessment", explanation="Counts the assessments of this export from 1."),
    Column("pseudonym", Kind.TEXT, "Pseudonym"),
    Column("date", Kind.TEXT, "Day"),
    Column("arm", Kind.TEXT, "Arm", explanation="Empty where it was taken by hand."),
    Column("side", Kind.TEXT, "Side"),
    Column("simulated", Kind.FLAG, "Simulated patient"),
    Column("joint", Kind.TEXT, "Joint"),
    Column("active_low_deg", Kind.NUMBER, "Active range, low", "deg", "Of an arm whose weight the robot carried."),
    Column("active_high_deg", Kind.NUMBER, "Active range, high", "deg"),
    Column("passive_low_deg", Kind.NUMBER, "Passive range, low", "deg"),
    Column("passive_high_deg", Kind.NUMBER, "Passive range, high", "deg"),
    Column("strength_nm", Kind.NUMBER, "Strength", "Nm", "Isometric, of the weaker direction."),
    Column("strength_at_least", Kind.FLAG, "Strength is a lower bound", explanation="The robot held no more."),
    Column("tone_nms_rad", Kind.NUMBER, "Tone", "Nm s/rad", "Slope of resistance over speed."),
    Column("tone_grade", Kind.TEXT, "Tone, grade", explanation="Modified Ashworth Scale."),
    Column("spasm", Kind.FLAG, "Spasm as the relaxed joint was moved"),
    Column("pain_deg", Kind.TEXT, "Angles at which it hurt", "deg", "Several with a semicolon between them."),
)


def assessed(assessments: Sequence[Assessment]) -> Table:
    """Assessments, a row a joint; what was not taken is an empty cell."""
    rows: list[tuple[Cell, ...]] = []
    for a, each in enumerate(assessments, 1):
        for joint, found in each.joints.items():
            strong = None if found.strength_nm is None else found.strength_at_least
            rows.append((
                *(a, each.patient, each.date.isoformat(), each.arm, each.side, each.simulated, joint),
                *(found.active_deg or (None, None)),
                *(found.passive_deg or (None, None)),
                *(found.strength_nm, strong, found.tone_nms_rad, found.tone_grade, found.spasm),
                "; ".join(f"{angle:g}" for angle in found.pain_deg) or None,
            ))  # fmt: skip
    return Table("assessments", _ASSESSED, tuple(rows))


def tables(records: Sequence[SessionRecord], measures: Measures) -> tuple[Table, Table, Table]:
    """Sessions, their blocks and their repetitions.

    Columns of measures are named ``m.`` and the measure, of ranges ``range.JOINT.KIND.low`` and ``.high``; they are
    those that occur, those that are known in their own order and others by name. A figure that is no number is an
    empty cell.

    Args:
        records: The sessions.
        measures: What measures are called.
    """
    blocks = [
        (s, record, b, result) for s, record in enumerate(records, 1) for b, result in enumerate(record.results, 1)
    ]
    of_blocks = _in_order((result.measures for _, _, _, result in blocks), measures)
    of_repetitions = _in_order((each.measures for _, _, _, result in blocks for each in result.repetitions), measures)
    ranges = sorted(
        {(joint, kind) for _, _, _, result in blocks for joint, kinds in result.ranges_deg.items() for kind in kinds}
    )
    return (
        Table("sessions", _TOTALS, tuple(_total(s, record) for s, record in enumerate(records, 1))),
        Table(
            "blocks",
            (*_BLOCK, *_measured(of_blocks, measures), *_ranged(ranges)),
            tuple(
                (
                    *(s, record.pseudonym, record.date, b, *_in_plan(result)),
                    *_block(result),
                    *(_number(result.measures.get(name)) for name in of_blocks),
                    *(_number(end) for key in ranges for end in _range(result, *key)),
                )
                for s, record, b, result in blocks
            ),
        ),
        Table(
            "repetitions",
            (*_REPETITION, *_measured(of_repetitions, measures)),
            tuple(
                (
                    *(s, record.pseudonym, record.date, b, *_in_plan(result)),
                    *(result.exercise, result.side, result.simulated),
                    *(result.probe, each.repetition + 1, each.success, each.reason),
                    *(_number(each.measures.get(name)) for name in of_repetitions),
                )
                for s, record, b, result in blocks
                for each in result.repetitions
            ),
        ),
    )


def dictionary(described: Iterable[Table]) -> Table:
    """The data dictionary of tables: a row a column of theirs."""
    columns = ("table", "column", "kind", "unit", "title", "explanation")
    return Table(
        "dictionary",
        tuple(Column(name, Kind.TEXT, name.capitalize()) for name in columns),
        tuple(
            (table.name, column.name, column.kind.value, column.unit, column.title, column.explanation)
            for table in described
            for column in table.columns
        ),
    )


def _total(s: int, record: SessionRecord) -> tuple[Cell, ...]:
    results = record.results
    return (
        *(s, record.pseudonym, record.date, record.session, record.prescription.title, record.simulated),
        *(record.baseline, len(results)),
        *(sum(bool(result.stop) for result in results), sum(result.planned for result in results)),
        *(sum(len(result.repetitions) for result in results), sum(result.successes for result in results)),
    )


def _in_plan(result: ExerciseResult) -> tuple[Cell, Cell]:
    return result.block or None, result.set or None


def _block(result: ExerciseResult) -> tuple[Cell, ...]:
    level = result.level
    return (
        *(result.exercise, result.title, result.arm, result.law, result.side, result.simulated, result.seed),
        *(result.started, result.planned, len(result.repetitions), result.successes),
        *(result.stop, result.stop_reason, _number(result.stop_time_s), result.session, result.probe),
        *((None,) * 3 if level is None else (level.assistance, level.amplitude, level.speed)),
        "" if level is None else level.by_therapist,
    )


def _in_order(found: Iterable[Iterable[str]], measures: Measures) -> tuple[str, ...]:
    names = {name for each in found for name in each}
    return (*(name for name in measures if name in names), *sorted(names - set(measures)))


def _measured(names: Iterable[str], measures: Measures) -> tuple[Column, ...]:
    named = ((name, naming(name, measures)) for name in names)
    return tuple(Column(f"m.{name}", Kind.NUMBER, each.title, each.unit, each.explanation) for name, each in named)


def _ranged(keys: Iterable[tuple[str, str]]) -> tuple[Column, ...]:
    return tuple(
        Column(
            f"range.{joint}.{kind}.{end}", Kind.NUMBER, f"{joint.replace('_', ' ').capitalize()}, {kind}, {end}", "deg"
        )
        for joint, kind in keys
        for end in ("low", "high")
    )


def _range(result: ExerciseResult, joint: str, kind: str) -> tuple[float | None, float | None]:
    return result.ranges_deg.get(joint, {}).get(kind, (None, None))


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
