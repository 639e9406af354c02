"""Tremor filters side by side: how much tremor each takes, what it costs in delay, and how far it is from the bound.

    python -m benchmarks.tremor --out FOLDER

prints its tables for each scale and draws attenuation against delay, spectra, a hold and a reach. Every filter in
``configs/filters`` takes part, as it is and, where it can smooth, with a fixed lag.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks._report import alternate, console, markdown, print_machine
from control.filters import available, create
from control.tremor import SCALES, SPLITS, Record, Split, records
from control.tremor.bound import apart, bounds
from control.tremor.campaign import Contender, Order, Result, campaign, real_orders, suited, with_lags
from control.tremor.real import RECORDINGS_ENV, RECORDINGS_HELP, own_recordings
from control.tremor.records import RATE_HZ
from control.tremor.scales import scale_named
from control.tremor.trials import Interval, interval, locking, step_response
from robotics.errors import MissingFileError
from vr_training.report import filter_figures as figures

_PEER = "butterworth"
_AXES = 3


def main() -> None:
    args = _arguments()
    print_machine("numpy", "scipy", "numba")
    names = args.filters or list(available())
    lags = tuple(1e-3 * lag for lag in args.lag)
    for scale in args.scale:
        chosen = names if args.filters else suited(names, scale)
        contenders = with_lags(chosen, lags)
        made = [Order("made", scale, args.split, k) for k in range(args.seeds)]
        still = [Order("stationary", scale, args.split, k) for k in range(args.stationary)]
        results = _campaign(f"{scale}, {args.split} split", made + still, contenders, args.jobs)
        _print_scale(scale, results, contenders)
        _print_bound(scale, results, contenders, lags)
        if args.kinds:
            _print_kinds(scale, results, contenders, "made")
        if args.out is not None:
            args.out.mkdir(parents=True, exist_ok=True)
            _write(args.out / f"{scale}_{args.split}.json", results)
            _draw(args.out, scale, args.split, results, chosen)
    _print_steps(names, args.split)
    _print_real(args, with_lags(names, lags))
    if args.out is not None:
        (args.out / "tables.md").write_text("\n\n".join(map(markdown, _shown)) + "\n", encoding="utf-8")
        console.print(f"wrote {args.out / 'tables.md'}")


_shown: list[Table] = []


def _show(table: Table) -> None:
    """Print a table, and keep it for the Markdown of all."""
    console.print(table)
    _shown.append(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", choices=(*SCALES, "both"), default="both")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--seeds", type=int, default=48, metavar="N", help="records per scale; 12 have all there is")
    parser.add_argument(
        "--stationary", type=int, default=32, metavar="N", help="stationary records; 4 have all there is"
    )
    parser.add_argument("--filters", type=lambda text: text.split(","), metavar="A,B", help="all where not given")
    parser.add_argument("--lag", type=float, nargs="*", default=[20.0], metavar="MS", help="lags of those that smooth")
    parser.add_argument("--real", type=Path, metavar="FOLDER", default=own_recordings(), help=RECORDINGS_HELP)
    parser.add_argument(
        "--motions", type=int, default=12, metavar="N", help="motions that each recording is laid on; 3 have all kinds"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where pictures, all scores and the tables as Markdown go"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="processes; one per core where not given")
    parser.add_argument("--kinds", action="store_true", help="print each kind of motion by itself, too")
    args = parser.parse_args()
    args.scale = list(SCALES) if args.scale == "both" else [args.scale]
    return args


def _campaign(title: str, orders: Sequence[Order], contenders: Sequence[Contender], jobs: int | None) -> list[Result]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{title}: records", total=len(orders))
        return campaign(orders, contenders, jobs, lambda: progress.advance(task))


def _cell(results: Sequence[Result], value: Callable[[Result], float], form: str, factor: float = 1.0) -> str:
    """A mean over its 95 % interval."""
    return _shown_as(interval([factor * value(r) for r in results], _design(results)), form)


def _shown_as(found: Interval, form: str, factor: float = 1.0) -> str:
    """A figure over its 95 % interval, where one is known."""
    mean, low, high = factor * found.mean, factor * found.low, factor * found.high
    if not np.isfinite(mean):
        return "-"
    return f"{mean:{form}}" + (f"\n[dim]{low:{form}}..{high:{form}}[/]" if found.count > 1 else "")


def _pick(results: Sequence[Result], contender: Contender, source: str) -> list[Result]:
    return [found for found in results if found.contender == contender and found.order.source == source]


def _design(results: Sequence[Result]) -> list[int] | None:
    """Which cell of the design each belongs to; None where there is no design."""
    cells = [r.order.cell for r in results if r.order.cell is not None]
    return cells if len(cells) == len(results) else None


def _gap(result: Result) -> float:
    """How far the whole error lies above the least possible [dB]; NaN where that is not known."""
    if result.bound_ratio is None:
        return float("nan")
    return float(20.0 * np.log10(result.scores.error_ratio / result.bound_ratio))


_Column = tuple[str, Callable[[Result], float], str, float]

_NOW: tuple[_Column, ...] = (
    ("3-15 Hz\ndB", lambda r: r.scores.attenuation_db, ".1f", 1.0),
    ("in holds\ndB", lambda r: r.scores.hold_db, ".1f", 1.0),
    ("left in\nholds um", lambda r: r.scores.hold_rms_m, ".0f", 1e6),
    ("error over\ndoing nothing", lambda r: r.scores.error_ratio, ".2f", 1.0),
)
_LATE: tuple[_Column, ...] = (
    ("delay\nms", lambda r: r.scores.delay_s, ".0f", 1e3),
    ("3-15 Hz\ndB", lambda r: r.scores.aligned_db, ".1f", 1.0),
    ("in holds\ndB", lambda r: r.scores.aligned_hold_db, ".1f", 1.0),
    ("error over\ndoing nothing", lambda r: r.scores.aligned_ratio, ".2f", 1.0),
)


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("filter", no_wrap=True)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _print_scale(scale: str, results: list[Result], contenders: Sequence[Contender]) -> None:
    cost = _cost([contender.name for contender in contenders if contender.lag_s is None])
    count = len(_pick(results, contenders[0], "made"))
    split = results[0].order.split
    now = _table(
        f"{scale}, {split} split, {count} records: zero lag, or the lag named; mean and 95 % interval",
        [*(title for title, *_ in _NOW), "above the\nbound dB"],
    )
    late = _table(
        f"{scale}, {split} split: each filter's own delay taken out; locking and cost",
        [*(title for title, *_ in _LATE), "locks\ns", f"us / sample, axis\nx {_PEER}"],
    )
    for contender in contenders:
        mine = _pick(results, contender, "made")
        gap = _cell(_pick(results, contender, "stationary"), _gap, ".1f")
        now.add_row(contender.label, *_cells(mine, _NOW), gap)
        rest = ["", ""]
        if contender.lag_s is None:
            rest = [_shown_as(locking(contender.name, scale, split), ".1f"), cost[contender.name]]
        late.add_row(contender.label, *_cells(mine, _LATE), *rest)
    _show(now)
    _show(late)


def _cells(results: Sequence[Result], columns: Sequence[_Column]) -> list[str]:
    return [_cell(results, value, form, factor) for _, value, form, factor in columns]


def _cost(names: Sequence[str]) -> dict[str, str]:
    """Time per sample and axis of each filter, and its ratio to the peer."""
    x = records("surgical", "train", 1, seconds=2.0)[0].measured
    calls: dict[str, Callable[[], object]] = {}
    for name in dict.fromkeys((*names, _PEER)):
        made, y, at = create(name, RATE_HZ, _AXES), np.empty(_AXES), iter(_forever(len(x)))
        for row in x:
            made.update(row, y)
        calls[name] = lambda update=made.update, y=y, at=at: update(x[next(at)], y)
    timed = alternate(calls, rounds=40)
    base = timed[_PEER].median
    cells = {}
    for name in names:
        median, low, high = (1e6 / _AXES * v for v in (timed[name].median, timed[name].low, timed[name].high))
        cells[name] = f"{median:.1f}\n[dim]{low:.1f}..{high:.1f}, x{timed[name].median / base:.1f}[/]"
    return cells


def _forever(count: int) -> Iterator[int]:
    while True:
        yield from range(count)


def _print_bound(scale: str, results: list[Result], contenders: Sequence[Contender], lags: tuple[float, ...]) -> None:
    intensities = scale_named(scale).jerk_psd
    own = [found for found in results if found.order.source == "stationary"]
    if not own:
        return
    table = Table(
        title=f"{scale}, stationary records: whole error taken away in dB, by one-sided jerk intensity in um^2/s^6/Hz",
        title_justify="left",
    )
    table.add_column("filter")
    for psd in intensities:
        table.add_column(f"{1e12 * psd:.0e}", justify="right")
    table.add_column("mean gap", justify="right")
    made = {found.order: found.order.record() for found in own}
    for lag in (0.0, *lags):
        row = []
        for psd in intensities:
            hands = [r.stationary for r in made.values() if r.stationary is not None and r.stationary.jerk_psd == psd]
            row.append(f"{np.mean([bounds(hand, (lag,))[0].decibels for hand in hands]):.1f}" if hands else "-")
        table.add_row(f"[bold]bound{f' +{1e3 * lag:.0f} ms' if lag else ''}[/]", *row, "0")
    alone = [
        [apart(r.stationary).decibels for r in made.values() if r.stationary and r.stationary.jerk_psd == psd]
        for psd in intensities
    ]
    table.add_row("[bold]bound, axes apart[/]", *(f"{np.mean(v):.1f}" if v else "-" for v in alone), end_section=True)
    for contender in contenders:
        mine, row = _pick(results, contender, "stationary"), []
        for k in range(len(intensities)):
            values = [-20.0 * np.log10(r.scores.error_ratio) for r in mine if r.order.index % len(intensities) == k]
            row.append(_shown_as(interval(values), ".1f"))
        table.add_row(contender.label, *row, _cell(mine, _gap, ".1f"))
    _show(table)


def _print_kinds(title: str, results: list[Result], contenders: Sequence[Contender], source: str) -> None:
    kinds = list(dict.fromkeys(found.kind for found in results if found.order.source == source))
    for figure, value, form in (
        ("3-15 Hz dB", lambda r: r.scores.attenuation_db, ".1f"),
        ("error over doing nothing", lambda r: r.scores.error_ratio, ".2f"),
    ):
        table = _table(f"{title}: {figure}, by kind of motion", kinds)
        for contender in contenders:
            mine = _pick(results, contender, source)
            cells = [interval([value(r) for r in mine if r.kind == kind]) for kind in kinds]
            table.add_row(contender.label, *(_shown_as(cell, form) for cell in cells))
        _show(table)


def _print_steps(names: Sequence[str], split: Split) -> None:
    shakes = np.stack([r.measured - r.voluntary for r in records("surgical", split, 8, first=1000, seconds=8.0)])
    table = Table(
        title="step of 10 mm in 0.25 s: the hand itself is within 2 % after 216 ms; locked: under way with tremor",
        title_justify="left",
    )
    for title in ("filter", "overshoot %", "settles ms", "locked: overshoot %", "settles ms"):
        table.add_column(title, justify="left" if title == "filter" else "right")
    for name in names:
        clean, locked = step_response(name, RATE_HZ), step_response(name, RATE_HZ, tremor=shakes)
        table.add_row(
            name,
            *(
                cell
                for scores in (clean, locked)
                for cell in (_shown_as(scores.overshoot, ".2f", 100.0), _shown_as(scores.settling_s, ".0f", 1e3))
            ),
        )
    _show(table)


def _print_real(args: argparse.Namespace, contenders: Sequence[Contender]) -> None:
    if args.real is None:
        console.print(f"real tremor: left out; name a folder of recordings with --real or ${RECORDINGS_ENV}")
        return
    try:
        orders = real_orders(args.real, args.split, args.motions)
    except MissingFileError as error:
        console.print(f"real tremor: left out, {error}")
        return
    names = list(dict.fromkeys(contender.name for contender in contenders))
    results = _campaign("real tremor", orders, contenders, args.jobs)
    for scale in SCALES:
        fitting = contenders if args.filters else [c for c in contenders if c.name in suited(names, scale)]
        mine = [found for found in results if found.scale == scale]
        if not mine:
            continue
        files = sorted({found.order.path.name for found in mine if found.order.path is not None})
        for heading, columns in ((f"{args.split} half", _NOW), ("each filter's own delay taken out", _LATE)):
            title = f"real tremor of {len(files)} recordings on {scale} motion, {heading}"
            table = _table(title, [column[0] for column in columns])
            for contender in fitting:
                table.add_row(contender.label, *_cells(_pick(mine, contender, "real"), columns))
            _show(table)
        console.print(f"  {', '.join(files)}")
        _print_kinds(f"real tremor on {scale} motion", mine, fitting, "real")


def _write(path: Path, results: Sequence[Result]) -> None:
    """All scores of all records."""
    rows = [
        {"record": r.name, "kind": r.kind, "filter": r.contender.label, **asdict(r.scores), "bound": r.bound_ratio}
        for r in results
    ]
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    console.print(f"wrote {path}")


def _draw(folder: Path, scale: str, split: Split, results: list[Result], names: Sequence[str]) -> None:
    shown = figures.shown(names)
    made: Record = records(scale, split, 1)[0]
    outputs = figures.outputs(made, shown)
    paths = [
        figures.spectra(folder / f"{scale}_spectra.png", made, outputs),
        figures.hold(folder / f"{scale}_hold.png", made, outputs),
        figures.reach(folder / f"{scale}_reach.png", made, outputs),
    ]
    if any(found.bound_ratio is not None for found in results):
        paths.append(figures.against_delay(folder / f"{scale}_delay.png", scale_named(scale), results, names))
    for path in paths:
        console.print(f"drew {path}")


if __name__ == "__main__":
    main()
