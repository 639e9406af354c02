"""Read a recorded hand motion: which columns, which units, positions or accelerations. What is guessed is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfiltfilt

from control.tremor.columns import Columns, guess, plain, stated
from control.tremor.table_file import Table, read_table
from robotics.contracts import Vector
from robotics.errors import InputFileError

GRAVITY = 9.80665
"""Standard gravity [m/s^2]."""

KINDS = ("position", "acceleration")
TIME_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
POSITION_UNITS = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6}
ACCELERATION_UNITS = {"m/s2": 1.0, "g": GRAVITY, "mg": 1e-3 * GRAVITY}

_SHORTEST_S = 2.0
_RATE_HZ = (25.0, 10_000.0)
_TREMOR_HZ = (3.0, 15.0)
_FAST_SHARE = 0.2  # of the variance above 3 Hz: a hand's positions stay far below, its accelerations above
_TREMOR_M = (1e-5, 1e-2)  # rms of a hand's tremor, wide enough for physiological and for severe essential tremor


@dataclass(frozen=True)
class ReadingOptions:
    """What a person states about a recording; whatever is None is guessed.

    Attributes:
        columns: Role of each column in file order, for example ``"t,x,y,z"``; ``-`` skips one.
        units: Unit of time, then of the axes, for example ``"ns,m/s2"``.
        kind: ``"position"`` or ``"acceleration"``.
        rate_hz: Sampling rate, for a file without a time column [Hz].
    """

    columns: str | None = None
    units: str | None = None
    kind: str | None = None
    rate_hz: float | None = None


@dataclass(frozen=True)
class MotionFile:
    """A recording in SI units.

    Attributes:
        path: The file.
        time: Time of each sample from the first, shape (n,) [s], strictly growing.
        samples: Positions [m] or accelerations [m/s^2], shape (n, 3); axes that the file lacks are zero.
        kind: ``"position"`` or ``"acceleration"``.
        notes: What was stated and what was guessed, one sentence each.
    """

    path: Path
    time: Vector
    samples: Vector
    kind: str
    notes: tuple[str, ...]

    @property
    def rate_hz(self) -> float:
        """Usual sampling rate [Hz]."""
        return 1.0 / float(np.median(np.diff(self.time)))


def read_motion(path: Path | str, options: ReadingOptions | None = None) -> MotionFile:
    """Read a recording of a hand.

    Args:
        path: A table of numbers with one to three axes and, unless the rate is stated, a time column.
        options: What is known about it.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It cannot be read as a hand's motion; the message says why and what to state.
    """
    options = options or ReadingOptions()
    if options.kind is not None and options.kind not in KINDS:
        raise InputFileError(f"kind '{options.kind}' is unknown; choose one of: {', '.join(KINDS)}")
    table = read_table(Path(path))
    columns = stated(table, options.columns) if options.columns else guess(table)
    time_unit, axis_unit = _stated_units(options, columns)
    rows = np.isfinite(table.values[:, [*columns.axes, *([] if columns.time is None else [columns.time])]]).all(axis=1)
    notes = [f"{table.delimiter}-separated, {'with' if table.headed else 'without'} header", columns.how]
    if not rows.all():
        notes.append(f"left out {int((~rows).sum())} rows with empty cells")
    values = table.values[rows]
    time = _time(table, columns, values, options, time_unit, notes)
    raw = values[:, columns.axes]
    time, raw = _longest_stretch(table, time, raw, notes)
    still = [table.names[c] for c, axis in zip(columns.axes, raw.T, strict=True) if np.ptp(axis) == 0.0]
    if len(still) == len(columns.axes):
        raise InputFileError(f"{table.path}: the signal is constant in column {', '.join(still)}: there is no motion")
    names = [table.names[i] for i in columns.axes]
    kind, unit = _kind_and_unit(raw, time, names, options.kind, axis_unit, notes)
    factor = (POSITION_UNITS if kind == "position" else ACCELERATION_UNITS)[unit]
    samples = np.zeros((len(raw), 3))
    samples[:, columns.places] = raw * factor
    return MotionFile(table.path, time - time[0], samples, kind, tuple(notes))


def _stated_units(options: ReadingOptions, columns: Columns) -> tuple[str | None, str | None]:
    """Units of time and axes as stated, each None where it was not."""
    if options.units is None:
        return None, None
    given = [
        re.sub(r"[\s^]", "", unit).lower().replace("µ", "u").replace("μ", "u") for unit in options.units.split(",")
    ]
    axis_units = {**POSITION_UNITS, **ACCELERATION_UNITS}
    time_unit: str | None = None
    if len(given) == 2 or (len(given) == 1 and given[0] in TIME_UNITS):
        time_unit = given[0]
        if time_unit not in TIME_UNITS:
            raise InputFileError(f"time unit '{time_unit}' is unknown; choose one of: {', '.join(TIME_UNITS)}")
        if columns.time is None:
            raise InputFileError(f"units '{options.units}' give a unit of time, but the columns have no time")
        given = given[1:]
    if len(given) > 1:
        raise InputFileError(f"units '{options.units}': give the unit of time, then of the axes, for example ns,m/s2")
    if given and given[0] not in axis_units:
        raise InputFileError(f"unit '{given[0]}' is unknown; choose one of: {', '.join(axis_units)}")
    return time_unit, given[0] if given else None


def _time(
    table: Table, columns: Columns, values: Vector, options: ReadingOptions, unit: str | None, notes: list[str]
) -> Vector:
    """Time of each row [s]."""
    if len(values) < 3:
        raise InputFileError(f"{table.path} has {len(values)} usable rows; a recording needs {_SHORTEST_S:g} s of them")
    if options.rate_hz is not None and not _RATE_HZ[0] <= options.rate_hz <= _RATE_HZ[1]:
        raise InputFileError(f"a rate of {options.rate_hz:g} Hz is outside of {_RATE_HZ[0]:g} to {_RATE_HZ[1]:g} Hz")
    if columns.time is None:
        if options.rate_hz is None:
            raise InputFileError(f"{table.path} has no time column; state its sampling rate in Hz")
        notes.append(f"{options.rate_hz:g} Hz as stated")
        return np.arange(len(values)) / options.rate_hz
    clock = values[:, columns.time]
    steps = np.diff(clock)
    if np.any(steps <= 0.0):
        row = int(np.argmax(steps <= 0.0)) + 1
        raise InputFileError(
            f"{table.path}: time does not grow at row {row + 1} ({clock[row - 1]:.9g}, then {clock[row]:.9g})"
        )
    usual = float(np.median(steps))
    if unit is None:
        unit = _unit_in_name(table.names[columns.time], TIME_UNITS) if table.headed else None
        how = "by its name"
        if unit is None:
            fitting = [u for u, factor in TIME_UNITS.items() if 8.0 <= 1.0 / (usual * factor) <= 5_000.0]
            if not fitting:
                raise InputFileError(
                    f"{table.path}: time steps of {usual:g} fit no unit (ns, us, ms, s) for a recording of a hand;"
                    " state the units, for example ns,m/s2"
                )
            unit, how = fitting[0], "guessed from its steps"
    else:
        how = "as stated"
    rate = 1.0 / (usual * TIME_UNITS[unit])
    if not _RATE_HZ[0] <= rate <= _RATE_HZ[1]:
        raise InputFileError(
            f"{table.path}: time in {unit} makes {rate:.3g} Hz; a hand's tremor needs"
            f" {_RATE_HZ[0]:g} to {_RATE_HZ[1]:g} Hz"
        )
    spread = float(np.percentile(steps, 95) - np.percentile(steps, 5)) / usual
    notes.append(f"time in {unit} ({how}), about {rate:.4g} Hz{', uneven' if spread > 0.05 else ''}")
    return np.asarray((clock - clock[0]) * TIME_UNITS[unit])


def _longest_stretch(table: Table, time: Vector, raw: Vector, notes: list[str]) -> tuple[Vector, Vector]:
    """The longest part without a gap that no interpolation could bridge."""
    longest_gap = max(0.25, 5.0 * float(np.median(np.diff(time))))
    breaks = np.nonzero(np.diff(time) > longest_gap)[0] + 1
    parts = np.split(np.arange(len(time)), breaks)
    best = max(parts, key=lambda part: float(time[part[-1]] - time[part[0]]))
    if len(parts) > 1:
        notes.append(f"{len(parts) - 1} gaps longer than {longest_gap:.2g} s: only the longest stretch is used")
    length = float(time[best[-1]] - time[best[0]])
    if length < _SHORTEST_S:
        raise InputFileError(f"{table.path}: {length:.3g} s of recording are too short; at least {_SHORTEST_S:g} s")
    return time[best], raw[best]


def _kind_and_unit(
    raw: Vector, time: Vector, names: list[str], kind: str | None, unit: str | None, notes: list[str]
) -> tuple[str, str]:
    """Positions or accelerations, and their unit: as stated, by the header, or by what hands can do."""
    how = "as stated"
    if unit is None:
        unit = _unit_in_name(names[0], {**POSITION_UNITS, **ACCELERATION_UNITS})
        if unit is not None:
            how = "by the header"
    if unit is not None:
        meant = "position" if unit in POSITION_UNITS else "acceleration"
        if kind is not None and kind != meant:
            raise InputFileError(f"unit '{unit}' is one of {meant}, but the kind is stated as {kind}")
        notes.append(f"{meant}s in {unit} ({how})")
        return meant, unit
    size = float(np.median(np.linalg.norm(raw, axis=1)))
    gravity = {"m/s2": GRAVITY, "g": 1.0, "mg": 1000.0}
    fits = [u for u, g in gravity.items() if raw.shape[1] == 3 and 0.75 * g < size < 1.3 * g]
    named = plain(names[0])
    said = kind
    if said is None and re.search(r"acc|^a_?[xyz]$|gravity", named):
        said = "acceleration"
    if said is None and re.search(r"pos|disp|^p_?[xyz]$", named):
        said = "position"
    band = _band_rms(raw, time)
    if said is None:
        fast = band / max(float(np.sqrt(np.sum(np.var(raw, axis=0)))), 1e-300)
        said = "acceleration" if fits or fast**2 > _FAST_SHARE else "position"
    if said == "acceleration":
        if fits:
            notes.append(f"accelerations in {fits[0]}, gravity included (guessed: a median size of {size:.4g})")
            return said, fits[0]
        notes.append("accelerations in m/s2, gravity removed (guessed: fast motion, no constant part)")
        return said, "m/s2"
    lower, upper = _TREMOR_M
    unit = "m" if band < upper else "mm" if band < upper * 1e3 else "um"
    notes.append(
        f"positions in {unit} (guessed: tremor of {band * POSITION_UNITS[unit] * 1e6:.3g} µm rms,"
        f" hands make {lower * 1e6:g} µm to {upper * 1e3:g} mm)"
    )
    return said, unit


def _band_rms(raw: Vector, time: Vector) -> float:
    """Root mean square of the tremor band over all axes, in the file's own unit."""
    rate = 1.0 / float(np.median(np.diff(time)))
    even = np.arange(time[0], time[-1], 1.0 / rate)
    axes = np.column_stack([np.interp(even, time, axis) for axis in raw.T])
    high = min(_TREMOR_HZ[1], 0.45 * rate)
    band = sosfiltfilt(butter(2, (_TREMOR_HZ[0], high), "bandpass", fs=rate, output="sos"), axes, axis=0)
    return float(np.sqrt(np.sum(np.mean(band**2, axis=0))))


def _unit_in_name(name: str, units: dict[str, float]) -> str | None:
    """A unit in brackets or behind the last underscore of a column's name."""
    found = re.search(r"[(\[]([^)\]]+)[)\]]", name) or re.search(r"_([A-Za-z0-9/^²µμ]+)$", name.strip())
    text = found[1] if found else name.strip()
    text = text.strip().lower().replace("µ", "u").replace("μ", "u").replace("²", "2")
    text = re.sub(r"[\s^*]", "", text)
    text = {"ms2": "m/s2", "ms-2": "m/s2", "mps2": "m/s2", "m/s/s": "m/s2", "seconds": "s", "sec": "s"}.get(text, text)
    text = {"milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns", "seconds_elapsed": "s"}.get(text, text)
    return text if text in units else None
