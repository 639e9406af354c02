"""Pictures of what tremor filters do: attenuation against delay with the bound, spectra, a hold and a reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.signal import welch

from control.filters import create
from control.tremor import Record, Scale
from control.tremor.bound import bounds
from control.tremor.campaign import Result
from control.tremor.metrics import BAND_HZ, END_S, START_S
from control.tremor.trials import run
from robotics.contracts import Vector

HAND, MEANT, _OTHERS = "#9a9a9a", "#111111", "#c4c4c4"
_COLOURS = {
    "default": "#c8102e",
    "ebmflc_kalman": "#1f77b4",
    "butterworth": "#2a9148",
    "kalman": "#8f5fbf",
    "one_euro": "#e6a117",
}
"""Who stands out: the default, and in each way of filtering the best of its rivals; the rest are dots in grey."""

_SHOWN = ("default", "ebmflc_kalman", "butterworth")
_VIGOUR = ("a hand that holds still", "a slow hand", "a brisk hand", "a hasty hand")
_UNKNOWN = "#00798c"
_BEFORE, _AFTER = "#e6a117", "#2a9148"
_FLOOR_DB = -2.0
_LAGS_S = tuple(0.001 * k for k in range(0, 121, 3))
_HOLD_S = 1.6


def shown(names: Sequence[str]) -> list[str]:
    """The filters that pictures of single motions show: the default, and the best without and with delay."""
    first = [name for kind in _SHOWN for name in names if _kind(name) == kind]
    return first or list(names)[: len(_SHOWN)]


def _kind(name: str) -> str:
    return name.removesuffix("_rehab")


def _colour(name: str) -> str:
    return _COLOURS.get(_kind(name), _OTHERS)


def _line(name: str) -> str:
    return _COLOURS.get(_kind(name), _UNKNOWN)


def outputs(record: Record, names: Sequence[str]) -> dict[str, Vector]:
    """What filters make of a record."""
    return {name: run(create(name, record.rate_hz, record.measured.shape[1]), record.measured) for name in names}


def spectra(path: Path, record: Record, found: dict[str, Vector]) -> Path:
    """Spectra of the hand, of what it meant, and of what each filter left as error."""
    with Sheet(path, 1, (8.0, 5.0)) as sheet:
        ax = sheet.axes[0]
        where = slice(round(START_S * record.rate_hz), -round(END_S * record.rate_hz))
        lines = {"hand": (record.measured, HAND, 1.6), "meant": (record.voluntary, MEANT, 1.6)}
        for name, y in found.items():
            lines[f"error of {name}"] = (y - record.voluntary, _line(name), 1.6)
        for name, (x, colour, width) in lines.items():
            frequency, density = _spectrum(x[where], record.rate_hz)
            ax.loglog(frequency, 1e12 * density, color=colour, lw=width, label=name)
        _band(ax)
        ax.set_xlim(0.5, 30.0)
        ax.set_ylim(bottom=1e-2 * (record.tremor.std() / 70e-6) ** 2)
        ax.set_xlabel("frequency [Hz]")
        ax.set_ylabel("power spectral density, all axes [µm²/Hz]")
        ax.set_title(f"Spectra of a {record.scale} gesture: hand, what it meant, and the error left at zero lag")
        ax.legend(frameon=False, fontsize=9)
    return path


def hold(path: Path, record: Record, found: dict[str, Vector]) -> Path:
    """The middle of the longest hold, one axis: a panel for each filter, over the same hand."""
    rate, late = record.rate_hz, np.arange(len(record.holds)) > START_S * record.rate_hz
    whole = _longest(np.logical_and(record.holds, late))
    half = min(round(_HOLD_S * rate), whole.stop - whole.start) // 2
    part = slice((whole.start + whole.stop) // 2 - half, (whole.start + whole.stop) // 2 + half)
    axis = int(np.argmax(record.tremor[part].std(axis=0)))
    time = np.arange(part.stop - part.start) / rate
    v = record.voluntary[part, axis]
    unit, size = ("µm", 1e6) if record.scale == "surgical" else ("mm", 1e3)
    limit = 1.1 * size * np.abs(record.measured[part, axis] - v.mean()).max()
    with Sheet(path, len(found), (8.0, 1.7 * len(found) + 0.9)) as sheet:
        for k, (ax, (name, y)) in enumerate(zip(sheet.axes, found.items(), strict=True)):
            first = k == 0
            ax.plot(time, size * (record.measured[part, axis] - v.mean()), color=HAND, lw=1.0, label="hand" * first)
            ax.plot(time, size * (v - v.mean()), color=MEANT, lw=1.8, label="meant" * first)
            ax.plot(time, size * (y[part, axis] - v.mean()), color=_line(name), lw=1.8, label=name)
            ax.set_ylim(-limit, limit)
            ax.set_ylabel(f"[{unit}]")
            ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        sheet.axes[-1].set_xlim(time[0], time[-1])
        sheet.axes[-1].set_xlabel("time [s]")
        sheet.axes[0].set_title(f"A {record.scale} hold: what the hand does, and what each filter makes of it")
    return path


def reach(path: Path, record: Record, found: dict[str, Vector]) -> Path:
    """A reach: the path along its main axis, and the error of each filter under it."""
    rate = record.rate_hz
    speed = np.linalg.norm(np.gradient(record.voluntary, axis=0), axis=1) * rate
    inside = slice(round((START_S + 1.0) * rate), len(speed) - round(1.5 * rate))
    peak = inside.start + int(np.argmax(speed[inside]))
    part = slice(peak - round(0.7 * rate), peak + round(1.1 * rate))
    axis = int(np.argmax(np.ptp(record.voluntary[part], axis=0)))
    time = (np.arange(part.start, part.stop) - part.start) / rate
    v = record.voluntary[part, axis]
    with Sheet(path, 2, (8.0, 5.6)) as sheet:
        ax, below = sheet.axes
        ax.plot(time, 1e3 * (record.measured[part, axis] - v[0]), color=HAND, lw=1.0, label="hand")
        ax.plot(time, 1e3 * (v - v[0]), color=MEANT, lw=2.0, label="meant")
        unit, size = ("µm", 1e6) if record.scale == "surgical" else ("mm", 1e3)
        below.plot(time, size * (record.measured[part, axis] - v), color=HAND, lw=1.0)
        worst = np.abs(record.measured[part, axis] - v).max()
        for k, (name, y) in enumerate(found.items()):
            colour, order = _line(name), 9 - k
            ax.plot(time, 1e3 * (y[part, axis] - v[0]), color=colour, lw=1.6, label=name, zorder=order)
            below.plot(time, size * (y[part, axis] - v), color=colour, lw=1.6, zorder=order)
        below.axhline(0.0, color=MEANT, lw=0.8)
        below.set_ylim(-2.0 * size * worst, 2.0 * size * worst)
        ax.set_ylabel("position [mm]")
        below.set_ylabel(f"error [{unit}]")
        below.set_xlabel("time [s]")
        ax.set_title(f"A {record.scale} reach: a filter with delay trails behind, far off below")
        ax.legend(frameon=False, fontsize=9)
    return path


def gain(path: Path, record: Record, before: Vector, after: Vector, title: str) -> Path:
    """What fitting a filter gained: a hold as it came out before and after, and the spectra of what was left.

    Args:
        path: Where the picture goes.
        record: A record with a hold.
        before: Output of the filter as it was, shape (n, axes) [m].
        after: The same of the fitted one.
        title: What stands above.
    """
    part = _longest(np.asarray(record.holds, dtype=bool) & (np.arange(len(record.holds)) > START_S * record.rate_hz))
    axis = int(np.argmax(record.tremor[part].std(axis=0)))
    time = np.arange(len(record.holds))[part] / record.rate_hz
    where = slice(round(START_S * record.rate_hz), -round(END_S * record.rate_hz))
    unit, size = ("µm", 1e6) if record.scale == "surgical" else ("mm", 1e3)
    lines = {
        "hand": (record.measured, HAND, 1.0),
        "before": (before, _BEFORE, 1.4),
        "after": (after, _AFTER, 1.6),
    }
    with Sheet(path, 2, (9.0, 7.0), shared=False) as sheet:
        ax, below = sheet.axes
        for name, (x, colour, width) in lines.items():
            error = x - record.voluntary
            ax.plot(time, size * error[part, axis], color=colour, lw=width, label=name)
            frequency, density = _spectrum(error[where], record.rate_hz)
            below.loglog(frequency, 1e12 * density, color=colour, lw=width + 0.2)
        ax.axhline(0.0, color=MEANT, lw=0.8)
        ax.set_xlim(time[0], time[-1])
        ax.set_xlabel("time [s]")
        ax.set_ylabel(f"error in a hold [{unit}]")
        ax.set_title(title)
        _band(below)
        below.set_xlim(0.5, 30.0)
        below.set_xlabel("frequency [Hz]")
        below.set_ylabel("error, all axes [µm²/Hz]")
        sheet.figure.legend(frameon=False, fontsize=9, ncols=3, loc="outside lower center")
    return path


def against_delay(path: Path, scale: Scale, results: Sequence[Result], names: Sequence[str]) -> Path:
    """Attenuation of the whole error against delay on stationary records, with the bound's curve.

    A filter stands at the delay that it shows where hands move, or at the lag that it was given. Its error is taken
    after that delay; where it lies below the picture a triangle points down.
    """
    still = [found for found in results if found.bound_ratio is not None]
    order_of = list(_COLOURS)
    last = [name for kind in order_of for name in names if _kind(name) == kind]
    last += [name for name in names if _kind(name) not in (*order_of, "none")]
    with Sheet(path, len(scale.jerk_psd), (8.0, 6.6), across=True) as sheet:
        for k, (ax, psd) in enumerate(zip(sheet.axes, scale.jerk_psd, strict=True)):
            mine = [found for found in still if found.order.index % len(scale.jerk_psd) == k]
            hands = {found.order: found.order.record().stationary for found in mine}
            ax.set_title(f"voluntary jerk {1e12 * psd:.0e} µm²/s⁶/Hz", fontsize=10)
            if not hands:
                continue
            curve = np.mean([[b.decibels for b in bounds(hand, _LAGS_S)] for hand in hands.values() if hand], axis=0)
            late = 1e3 * np.array(_LAGS_S)
            ax.fill_between(late, curve, 30.0, color="#efefef", lw=0.0, zorder=0)
            ax.plot(late, curve, color=MEANT, lw=2.0, label="bound: no causal filter lies above", zorder=5)
            ax.plot(0.0, 0.0, "x", color=MEANT, ms=7, mew=2.0, ls="", label="doing nothing", clip_on=False, zorder=6)
            for name in last:
                xy = _points(results, mine, name)
                if not len(xy):
                    continue
                known = _kind(name) in _COLOURS
                x, y = xy[:, 0], np.maximum(xy[:, 1], _FLOOR_DB)
                order = 8 if _kind(name) == "default" else 7 if known else 4
                ax.plot(x, y, color=_colour(name), lw=1.2, zorder=order)
                for at, height, low in zip(x, y, xy[:, 1] < _FLOOR_DB, strict=True):
                    marker = "v" if low else "o"
                    ax.plot(at, height, marker, color=_colour(name), ms=8 if known else 5, zorder=order, clip_on=False)
                if known:
                    ax.plot([], [], "o-", color=_colour(name), ms=8, label=name)
            ax.plot([], [], "o", color=_OTHERS, ms=5, label="other filters")
            ax.set_xlim(-3.0, 1e3 * _LAGS_S[-1])
            ax.set_ylim(_FLOOR_DB, 24.0)
            ax.set_title(f"{_VIGOUR[k]}: jerk {_power_of_ten(1e12 * psd)} µm²/s⁶/Hz", fontsize=10)
        for ax in sheet.axes[2:]:
            ax.set_xlabel("delay [ms]")
        for ax in sheet.axes[::2]:
            ax.set_ylabel("error taken away [dB]")
        handles, labels = sheet.axes[0].get_legend_handles_labels()
        sheet.figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
        sheet.figure.suptitle(f"What is possible, and what filters reach: {scale.name} tremor, stationary", fontsize=12)
    return path


def _power_of_ten(value: float) -> str:
    exponent = int(np.floor(np.log10(value) + 1e-9))
    factor = f"{value / 10.0**exponent:.0f}"
    return f"$10^{{{exponent}}}$" if factor == "1" else f"${factor} \\cdot 10^{{{exponent}}}$"


def _points(results: Sequence[Result], mine: Sequence[Result], name: str) -> Vector:
    """Delay [ms] and attenuation [dB] of a filter, a row for each lag that it was given."""
    rows = []
    for lag in sorted({r.contender.lag_s or 0.0 for r in mine if r.contender.name == name}):
        chosen = [r.contender.name == name and (r.contender.lag_s or 0.0) == lag for r in results]
        shown_ = [r.scores.delay_s for r, own in zip(results, chosen, strict=True) if own]
        delay = lag or max(float(np.nanmedian(shown_)), 0.0)
        scores = [r.scores for r in mine if r.contender.name == name and (r.contender.lag_s or 0.0) == lag]
        # Less than 2 ms is none: there the best shift would only fit the noise.
        ratios = [s.error_ratio if lag or delay < 2e-3 else s.aligned_ratio for s in scores]
        rows.append((1e3 * delay, -20.0 * float(np.mean(np.log10(ratios)))))
    return np.array(rows)


class Sheet:
    """A figure in one style, saved and closed at the end of a ``with``."""

    def __init__(
        self, path: Path, panels: int, size: tuple[float, float], across: bool = False, shared: bool = True
    ) -> None:
        self.path = path
        rows, columns = ((panels + 1) // 2, 2) if across else (panels, 1)
        self.figure = Figure(figsize=size, layout="constrained")
        self.axes: list[Axes] = list(np.ravel(self.figure.subplots(rows, columns, sharex=shared, sharey=across)))
        for ax in self.axes:
            ax.grid(color="#e4e4e4", lw=0.7)
            ax.set_axisbelow(True)
            ax.spines[["top", "right"]].set_visible(False)

    def __enter__(self) -> Sheet:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.figure.savefig(self.path, dpi=130)


def _spectrum(x: Vector, rate_hz: float) -> tuple[Vector, Vector]:
    """Spectral density summed over the axes; motion is differenced before the window and integrated after it."""
    step = np.diff(x, 2, axis=0) * rate_hz**2
    frequency, density = welch(step, rate_hz, nperseg=min(round(4.0 * rate_hz), len(step)), axis=0)
    return frequency[1:], density.sum(axis=1)[1:] / (2.0 * rate_hz * np.sin(np.pi * frequency[1:] / rate_hz)) ** 4


def _band(ax: Axes) -> None:
    ax.axvspan(*BAND_HZ, color="#f3ead7", zorder=0)
    ax.text(np.sqrt(BAND_HZ[0] * BAND_HZ[1]), 0.96, "tremor", transform=ax.get_xaxis_transform(), ha="center", va="top")


def _longest(mask: NDArray[np.bool_]) -> slice:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0])))).reshape(-1, 2)
    begin, end = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return slice(int(begin), int(end))
