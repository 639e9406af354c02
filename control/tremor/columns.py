"""Which column of a table is time and which are the axes: as stated, else guessed from names or numbers, and said."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from control.tremor.table_file import Table
from robotics.contracts import Vector
from robotics.errors import InputFileError

_TIME_NAME = re.compile(
    r"^(t|time|times?tamps?|timestamp_?\w*|seconds?(_?elapsed)?|elapsed(_?time)?|time_?\w{1,8}|epoch\w*|host_?time\w*|ns|ms|us)$"
)
_AXIS_NAME = re.compile(
    r"^(?:(?:linear|user|raw|gyro(?P<gyro>)|wrist|hand|tip|tool|device)_?)*"
    r"(?:a|acc|accel|acceleration|accelerometer|gf[xyz]?|p|pos|position|disp|displacement|motion_?acceleration)?_?"
    r"(?P<axis>[xyz])(?:_?(?:axis|pos|acc|mm|um|m|g|ms2|mps2|cm))?$"
)
_ROLES = ("t", "x", "y", "z", "-")


@dataclass(frozen=True)
class Columns:
    """Indices of a table's columns.

    Attributes:
        time: Index of the time column, or None where there is none.
        axes: Indices of one to three axes, in the order x, y, z.
        places: Which of x, y, z (0, 1, 2) each of them is.
        how: How they were found, in words.
    """

    time: int | None
    axes: tuple[int, ...]
    places: tuple[int, ...]
    how: str


def plain(name: str) -> str:
    """A column's name without its unit and with underscores: ``"Linear Acceleration x (m/s^2)"`` and the like."""
    bare = re.sub(r"[(\[].*?[)\]]", "", name).strip().lower()
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")


def stated(table: Table, roles: str) -> Columns:
    """Columns as a person states them: one role a column in file order, ``t``, ``x``, ``y``, ``z``, or ``-`` to skip.

    Raises:
        InputFileError: An unknown role, one given twice, no axis, or more roles than columns.
    """
    given = [role.strip().lower() for role in roles.split(",")]
    for role in given:
        if role not in _ROLES:
            raise InputFileError(f"columns '{roles}': unknown role '{role}'; choose from t, x, y, z and - (skip)")
        if role != "-" and given.count(role) > 1:
            raise InputFileError(f"columns '{roles}': '{role}' is given twice")
    width = table.values.shape[1]
    if len(given) > width:
        raise InputFileError(f"{table.path} has {width} columns, but columns '{roles}' names {len(given)}")
    places = tuple(i for i, axis in enumerate("xyz") if axis in given)
    axes = tuple(given.index("xyz"[i]) for i in places)
    if not axes:
        raise InputFileError(f"columns '{roles}' names no axis; give at least one of x, y, z")
    return Columns(given.index("t") if "t" in given else None, axes, places, f"columns as stated: {roles}")


def guess(table: Table) -> Columns:
    """Columns by their names where there is a header, else by their numbers.

    Raises:
        InputFileError: No axis is left over.
    """
    if table.headed:
        found = _by_name(table)
        if found is not None:
            return found
    return _by_numbers(table)


def _by_name(table: Table) -> Columns | None:
    names = [plain(name) for name in table.names]
    times = [i for i, name in enumerate(names) if _TIME_NAME.match(name)]
    matches = [(i, _AXIS_NAME.match(name)) for i, name in enumerate(names) if i not in times]
    axes: dict[str, int] = {}
    for i, match in matches:
        if match is not None and match["gyro"] is None:
            axes.setdefault(match["axis"], i)
    if not axes:
        return None
    places = tuple(i for i, axis in enumerate("xyz") if axis in axes)
    chosen = tuple(axes["xyz"[i]] for i in places)
    # A log may hold a wall clock and an elapsed time: the one that starts near zero needs no epoch.
    time = min(times, key=lambda i: abs(table.values[0, i])) if times else _clock(table.values)
    titles = [f"'{table.names[i]}'" for i in chosen]
    clock = f"time '{table.names[time]}'" if time is not None else "no time column"
    return Columns(time, chosen, places, f"columns by their names: {clock}, axes {', '.join(titles)}")


def _by_numbers(table: Table) -> Columns:
    time = _clock(table.values)
    axes = [i for i in range(table.values.shape[1]) if i != time and not _is_label(table.values[:, i])]
    ignored = [i for i in range(table.values.shape[1]) if i != time and i not in axes]
    if not axes:
        raise InputFileError(
            f"{table.path}: none of its {table.values.shape[1]} columns looks like a moving axis"
            " (all are constant, labels or time); state the columns, for example t,x,y,z"
        )
    chosen = tuple(axes[:3])
    clock = f"time in column {time + 1}" if time is not None else "no time column"
    how = f"columns by their numbers: {clock}, axes in {', '.join(str(i + 1) for i in chosen)}"
    left = ignored + axes[3:]
    if left:
        how += f", ignored {', '.join(str(i + 1) for i in sorted(left))}"
    return Columns(time, chosen, tuple(range(len(chosen))), how)


def _clock(values: Vector) -> int | None:
    """Index of the first column that always grows, by steps of much the same size."""
    for i in range(values.shape[1]):
        column = values[:, i]
        steps = np.diff(column[np.isfinite(column)])
        if steps.size < 2:
            continue
        usual = float(np.median(steps))
        # A few steps back still make it a clock, one with a fault that is named later on.
        if usual > 0.0 and np.mean(steps > 0.0) > 0.9 and np.mean(steps < 10.0 * usual) > 0.9:
            return i
    return None


def _is_label(column: Vector) -> bool:
    """Whether a column is constant or a small set of whole numbers: a class, a flag."""
    finite = column[np.isfinite(column)]
    if finite.size == 0:
        return True
    values = np.unique(finite)
    return values.size == 1 or (values.size <= 10 and bool(np.all(values == np.round(values))))
