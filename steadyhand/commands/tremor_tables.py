"""Tremor filters side by side on the terminal: what recordings are, what each filter did, and which did it best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from control.tremor.campaign import Contender, Result
from control.tremor.recording_facts import RecordingFacts
from control.tremor.trials import Interval, interval

# Title, figure of a result, format, factor, and whether more (+1) or less (-1) is better; 0 marks none.
_COLUMNS: tuple[tuple[str, str, Callable[[Result], float], str, float, int], ...] = (
    ("3-15 Hz\ndB", "attenuation_db", lambda r: r.scores.attenuation_db, ".1f", 1.0, 1),
    ("in holds\ndB", "hold_db", lambda r: r.scores.hold_db, ".1f", 1.0, 1),
    ("total error over\ndoing nothing", "error_ratio", lambda r: r.scores.error_ratio, ".2f", 1.0, -1),
    ("delay\nms", "delay_ms", lambda r: r.scores.delay_s, ".0f", 1e3, 0),
    ("trusted\n% of time", "trusted_percent", lambda r: r.trusted, ".0f", 100.0, 0),
)


def print_recording(console: Console, facts: RecordingFacts) -> None:
    """Print what a recording is and what was guessed about it."""
    what = "accelerations" if facts.kind == "acceleration" else "positions"
    console.print(
        f"[bold]{escape(facts.path.name)}[/]  {facts.seconds:.1f} s of {what} at {facts.rate_hz:.4g} Hz; tremor at "
        f"{facts.frequency_hz:.1f} Hz, {facts.size} rms per axis: {facts.why_scale}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"[dim]  {escape('; '.join(facts.notes))}[/]", highlight=False, soft_wrap=True)


def print_results(console: Console, title: str, results: Sequence[Result], contenders: Sequence[Contender]) -> None:
    """Print a row for each filter: mean and 95 % interval over the records, the best of each column marked."""
    table = Table(
        title=title,
        title_justify="left",
        caption="At zero lag, or the lag named. * the best of its column",
        caption_justify="left",
    )
    table.add_column("filter", overflow="fold")
    found = [[_figure(results, contender, column) for column in _COLUMNS] for contender in contenders]
    for name, *_ in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    best = [_best([row[k] for row in found], contenders, column) for k, column in enumerate(_COLUMNS)]
    for contender, row in zip(contenders, found, strict=True):
        cells = [
            _cell(figure, column[3], marked=f"{figure.mean:{column[3]}}" == top)
            for figure, column, top in zip(row, _COLUMNS, best, strict=True)
        ]
        table.add_row(escape(contender.label), *cells)
    console.print(table)


def summary(results: Sequence[Result], contenders: Sequence[Contender]) -> list[dict[str, Any]]:
    """The table as plain data."""
    return [
        {
            "filter": contender.label,
            **{column[1]: asdict(_figure(results, contender, column)) for column in _COLUMNS},
        }
        for contender in contenders
    ]


def rows(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Every score of every record as plain data."""
    return [
        {
            "record": result.name,
            "kind": result.kind,
            "scale": result.scale,
            "filter": result.contender.label,
            **asdict(result.scores),
            "trusted": result.trusted,
        }
        for result in results
    ]


def _figure(results: Sequence[Result], contender: Contender, column: tuple[Any, ...]) -> Interval:
    return interval([column[4] * column[2](result) for result in results if result.contender == contender])


def _best(figures: Sequence[Interval], contenders: Sequence[Contender], column: tuple[Any, ...]) -> str:
    """The best figure of a column as it is written; empty where none is marked."""
    sign: int = column[5]
    values = [
        figure.mean
        for figure, contender in zip(figures, contenders, strict=True)
        if contender.name != "none" and math.isfinite(figure.mean)
    ]
    return f"{max(values, key=lambda value: sign * value):{column[3]}}" if sign and values else ""


def _cell(figure: Interval, form: str, marked: bool) -> str:
    """A mean over its 95 % interval."""
    if figure.count == 0:
        return "-"
    mean = f"{figure.mean:{form}}"
    span = f"{figure.low:{form}}..{figure.high:{form}}" if figure.count > 1 else ""
    return (f"[bold green]*{mean}[/]" if marked else mean) + f"\n[dim]{span}[/]"
