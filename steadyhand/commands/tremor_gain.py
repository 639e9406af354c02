"""What fitting a filter to a person gained: the table on the terminal, the preset's file, and the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from control.tremor.dials import dials_of
from control.tremor.metrics import Scores
from control.tremor.preset_file import preset_text
from control.tremor.records import Record
from control.tremor.trials import Interval, interval, run
from control.tremor.tuning import Fit, worth_of
from steadyhand.people import write_private

# What is compared, its figure, format, and whether more (+1) or less (-1) is better.
_ROWS: tuple[tuple[str, str, Callable[[Scores], float], str, int], ...] = (
    ("attenuation in 3-15 Hz, dB", "attenuation_db", lambda s: s.attenuation_db, ".1f", 1),
    ("attenuation in holds, dB", "hold_db", lambda s: s.hold_db, ".1f", 1),
    ("total error over doing nothing", "error_ratio", lambda s: s.error_ratio, ".2f", -1),
    ("delay, ms", "delay_ms", lambda s: 1e3 * s.delay_s, ".0f", -1),
)


def print_gain(console: Console, fit: Fit) -> None:
    """Print each figure before and after, and the difference with its 95 % interval over the records."""
    table = Table(
        title=f"{fit.start.name} on the half that the search has not seen, {len(fit.before)} records",
        title_justify="left",
    )
    for name in ("", "before", "after", "gained", "95 % interval"):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    for name, _, value, form, sign in _ROWS:
        before, after, gained = _figures(fit, value, sign)
        if before.count:
            table.add_row(
                name,
                f"{before.mean:{form}}",
                f"{after.mean:{form}}",
                f"{gained.mean:+{form}}",
                f"{gained.low:+{form}}..{gained.high:+{form}}",
            )
    both = fit.gain_db
    table.add_section()
    table.add_row(
        "both in dB (what is searched for)",
        f"{worth_of(fit.before):.1f}",
        f"{worth_of(fit.after):.1f}",
        f"{both.mean:+.1f}",
        f"{both.low:+.1f}..{both.high:+.1f}",
    )
    console.print(table)


def changes(fit: Fit) -> list[tuple[str, float, float]]:
    """What was turned: field, value before, value after."""
    old, new = fit.start.values, fit.fitted.values
    return [(d.name, d.read(old), d.read(new)) for d in dials_of(fit.start.kind, old) if d.read(old) != d.read(new)]


def as_json(fit: Fit) -> dict[str, Any]:
    """The table as plain data."""
    figures = {}
    for _, key, value, _, sign in _ROWS:
        before, after, gained = _figures(fit, value, sign)
        figures[key] = {"before": asdict(before), "after": asdict(after), "gained": asdict(gained)}
    return {
        "filter": fit.start.name,
        "accepted": fit.accepted,
        "tried": fit.found.tried,
        "interrupted": fit.found.interrupted,
        "changed": [{"field": name, "before": before, "after": after} for name, before, after in changes(fit)],
        "figures": figures,
        "worth_db": {"before": worth_of(fit.before), "after": worth_of(fit.after), "gained": asdict(fit.gain_db)},
    }


def write_preset(path: Path, fit: Fit, name: str, source: str) -> None:
    """Write the fitted preset as TOML that only its owner may read."""
    values = dict(fit.fitted.values)
    if "title" in values:
        values["title"] = f"{fit.start.kind} fitted to {name}"
    _, after, gained = _figures(fit, lambda s: s.attenuation_db, 1)
    comments = (
        f"Fitted to {name} from {fit.start.name} by `steadyhand tremor tune`, with {source}.",
        f"On the half that the search has not seen: {after.mean:.1f} dB in 3-15 Hz, {gained.mean:+.1f} dB over before.",
    )
    write_private(path, preset_text(values, comments).encode())


def draw_gain(path: Path, fit: Fit, records: tuple[Record, ...], name: str) -> None:
    """Draw a hold of the validation half before and after."""
    from vr_training.report import filter_figures as figures

    record = max(records, key=lambda r: int(r.holds.sum()))
    before, after = (
        run(preset.build(record.rate_hz, record.measured.shape[1]), record.measured)
        for preset in (fit.start, fit.fitted)
    )
    write_private(path, b"")  # private before there is anything to see
    figures.gain(path, record, before, after, title=f"{fit.start.name} before and after it was fitted to {name}")


def print_changes(console: Console, fit: Fit) -> None:
    """Say which numbers were turned, and how far."""
    said = ", ".join(f"{name} {before:.4g} to {after:.4g}" for name, before, after in changes(fit))
    console.print(f"[dim]Turned: {escape(said)}[/]", highlight=False, soft_wrap=True)


def _figures(fit: Fit, value: Callable[[Scores], float], sign: int) -> tuple[Interval, Interval, Interval]:
    before, after = [value(s) for s in fit.before], [value(s) for s in fit.after]
    gained = [sign * (new - old) for old, new in zip(before, after, strict=True)]
    return interval(before), interval(after), interval(gained)
