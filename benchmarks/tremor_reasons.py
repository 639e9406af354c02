"""Why the default tremor filter misses what it misses: its error taken apart by frequency, knowledge and motion.

    python -m benchmarks.tremor_reasons

Four questions about the test split: how much of the gap to the causal bound is smoothness, how much is not knowing the
hand; in which frequencies the error lies; which motions leave most of it; and what real tremor has that made tremor has
not. Nothing is chosen by these figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from rich.table import Table
from scipy.signal import welch

from benchmarks._report import console, print_machine
from control.filters.imm import Imm, Settings
from control.tremor import SCALES, Record, Split, records, stationary
from control.tremor.bound import bound, error_spectrum
from control.tremor.displacement import tremor as displacement
from control.tremor.linear import LinearHand
from control.tremor.metrics import END_S, START_S, reference, score
from control.tremor.motion_file import read_motion
from control.tremor.real import KINDS, RECORDINGS_HELP, own_recordings, recorded, recordings
from control.tremor.scales import scale_named
from control.tremor.trials import run
from robotics import config
from robotics.contracts import Vector

_SPLIT: Split = "test"
_MOTIONS = 12  # that each recording is laid on
_BANDS_HZ = ((0.5, 3.0), (3.0, 5.0), (5.0, 8.0), (8.0, 15.0), (15.0, 100.0))
_COUNT, _STATIONARY = 48, 32

Variant = Callable[[Settings, Record], Settings]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, metavar="FOLDER", default=own_recordings(), help=RECORDINGS_HELP)
    args = parser.parse_args()
    print_machine("numpy", "scipy", "numba")
    for scale in SCALES:
        still = stationary(scale, _SPLIT, _STATIONARY)
        _print_knowledge(scale, still)
        _print_bands(scale, still)
        _print_motions(scale)
    if args.real is not None:
        _print_real(args.real)


def _filtered(record: Record, variant: Variant | None = None) -> Vector:
    settings = config.load(config.find("filters", "default"), Settings)
    if variant is not None:
        settings = variant(settings, record)
    return run(Imm(settings, record.rate_hz, record.measured.shape[1]), record.measured)


def _quick(settings: Settings, record: Record) -> Settings:  # noqa: ARG001 - one contract
    """Half of the easing."""
    return replace(settings, ease_ms=0.5)


def _vigour(settings: Settings, record: Record) -> Settings:
    """One filter, for the hand that there is; a linear hand's density is half of its one-sided intensity."""
    hand = record.stationary
    if hand is None:
        return settings
    density, forgets_s = 0.5e12 * hand.jerk_psd, 1.0 / (2.0 * np.pi * max(hand.leak_hz, 1e-3))
    return replace(
        settings, filters=1, densities=(density, density), forgetting_s=((forgets_s, forgets_s),), ease_ms=0.5
    )


def _width(settings: Settings, record: Record) -> Settings:
    """The same, and the linewidths that its tremor has."""
    if record.stationary is None:
        return settings
    bank = record.stationary.tremor
    first, second = (float(w / f) for w, f in zip(bank.linewidth_hz, bank.centre_hz, strict=True))
    return replace(_vigour(settings, record), linewidth=(first, second))


def _told(record: Record, strength: bool) -> Vector:
    """What the default makes of a linear hand if it is told how fast the tremor turns and forgets, sample by sample.

    Args:
        record: A stationary record.
        strength: Whether it is told how strong the tremor is, and how the axes share it, too.
    """
    made = Imm(config.load(config.find("filters", "default"), Settings), record.rate_hz, record.measured.shape[1])
    hand = record.stationary
    if hand is None:
        return run(made, record.measured)
    tremor, axes = hand.tremor, hand.axes
    decay = np.pi * tremor.linewidth_hz / record.rate_hz
    angle = 2.0 * np.pi * tremor.centre_hz / record.rate_hz
    fresh = np.zeros((2 * len(decay) * axes,) * 2)
    for line, lost in enumerate(1.0 - np.exp(-2.0 * decay)):
        shared, own = tremor.shared[:, line], tremor.own[:, line]
        powers = 0.5e12 * lost * (np.outer(shared, shared.conj()) + np.diag(own**2))
        block = np.kron(powers.real, np.eye(2)) + np.kron(powers.imag, np.array([[0.0, -1.0], [1.0, 0.0]]))
        at = slice(2 * line * axes, 2 * (line + 1) * axes)
        fresh[at, at] = block
    y, bank = np.empty_like(record.measured), made.groups[0].bank
    for x, out in zip(record.measured, y, strict=True):
        made.update(x, out)
        bank.turn[:] = np.exp(-decay) * np.stack([np.cos(angle), np.sin(angle)])
        if strength:
            bank.fresh[:] = fresh
    return y


def _print_knowledge(scale: str, still: Sequence[Record]) -> None:
    """Gap to the bound, of the default and of filters that are rougher or know more."""
    variants: dict[str, Callable[[Record], Vector]] = {
        "default": _filtered,
        "told the tremor's frequencies and widths": lambda record: _told(record, strength=False),
        "... strength and sharing, too": lambda record: _told(record, strength=True),
        "default, ease 0.5 ms for 1 ms": lambda record: _filtered(record, _quick),
        "... vigour known": lambda record: _filtered(record, _vigour),
        "... and linewidths": lambda record: _filtered(record, _width),
    }
    table = _table(f"{scale}: above the causal bound in dB, by jerk intensity", "filter")
    intensities = scale_named(scale).jerk_psd
    for psd in intensities:
        table.add_column(f"{1e12 * psd:.0e}", justify="right")
    table.add_column("mean", justify="right")
    for name, filtered in variants.items():
        gaps: dict[float, list[float]] = {psd: [] for psd in intensities}
        for record in still:
            if record.stationary is not None:
                ratio = score(reference(record), filtered(record)).error_ratio
                least = bound(record.stationary).ratio
                gaps[record.stationary.jerk_psd].append(20.0 * float(np.log10(ratio / least)))
        every = [gap for found in gaps.values() for gap in found]
        table.add_row(name, *(f"{np.mean(found):.1f}" for found in gaps.values()), f"{np.mean(every):.1f}")
    console.print(table)


def _print_bands(scale: str, still: Sequence[Record]) -> None:
    """Error by frequency, of the default and of the optimal filter."""
    table = _table(f"{scale}, stationary: rms error of an axis in um, default / least possible, by band", "jerk")
    for low, high in _BANDS_HZ:
        table.add_column(f"{low:g}-{high:g} Hz", justify="right")
    for psd in scale_named(scale).jerk_psd:
        ours, least = [], []
        for record in still:
            hand = record.stationary
            if hand is not None and hand.jerk_psd == psd:
                ours.append(_band_powers(_filtered(record) - record.voluntary, record.rate_hz))
                least.append([_least(hand, low, high) for low, high in _BANDS_HZ])
        pairs = zip(np.sqrt(np.mean(ours, axis=0)), np.sqrt(np.mean(least, axis=0)), strict=True)
        table.add_row(f"{1e12 * psd:.0e}", *(f"{1e6 * a:.0f} / {1e6 * b:.0f}" for a, b in pairs))
    console.print(table)


def _least(hand: LinearHand, low: float, high: float, count: int = 200) -> float:
    """Error power of an axis that the optimal filter leaves between two frequencies [m^2]."""
    middles = low + (high - low) * (np.arange(count, dtype=np.float64) + 0.5) / count
    return float(np.mean(error_spectrum(hand, middles))) * (high - low)


def _print_motions(scale: str) -> None:
    """Error by kind of motion, and how much of its power the tremor's band does not hold."""
    table = _table(f"{scale}, test split: error by kind of motion", "motion")
    for title in ("over doing nothing", "3-15 Hz dB", "error power below 3 Hz %", "ease 0.5 ms: error", "dB"):
        table.add_column(title, justify="right")
    rows: dict[str, list[tuple[float, ...]]] = {}
    for record in records(scale, _SPLIT, _COUNT):
        known, y = reference(record), _filtered(record)
        found, quick = score(known, y), score(known, _filtered(record, _quick))
        powers = _band_powers(y - record.voluntary, record.rate_hz)
        whole = float(np.mean((y - record.voluntary)[known.scored] ** 2))
        slow = max(1.0 - sum(powers[1:]) / whole, 0.0)
        row = found.error_ratio, found.attenuation_db, 100.0 * slow, quick.error_ratio, quick.attenuation_db
        rows.setdefault(record.kind, []).append(row)
    rows["all"] = [row for found_ in rows.values() for row in found_]
    for kind, many in rows.items():
        a, b, c, d, e = np.mean(many, axis=0)
        table.add_row(kind, f"{a:.3f}", f"{b:.2f}", f"{c:.0f}", f"{d:.3f}", f"{e:.2f}")
    console.print(table)


def _print_real(folder: Path) -> None:
    """Where a recording's tremor lies, what the default takes of it band by band, and from a hand that never moves."""
    bands = _BANDS_HZ[1:4]
    table = _table("real tremor, test half: share of its power, and dB taken away, by band", "recording")
    motions = _table("the same: dB taken away by motion, and of a hand that never moves", "recording")
    for title in ("rms um", "half in Hz", *(f"{low:g}-{high:g} Hz" for low, high in bands)):
        table.add_column(title, justify="right")
    for title in (*KINDS, "never moves", "line heard Hz", "rms heard um"):
        motions.add_column(title, justify="right")
    for path in recordings(folder):
        made = recorded(path, _SPLIT, count=_MOTIONS)
        _, whole = displacement(read_motion(path))
        shake = [np.array(_band_powers(r.tremor, r.rate_hz)[1:4]) for r in made]
        left = [np.array(_band_powers(_filtered(r) - r.voluntary, r.rate_hz)[1:4]) for r in made]
        share = np.sum(shake, axis=0) / np.sum(shake)
        taken = 10.0 * np.log10(np.sum(shake, axis=0) / np.sum(left, axis=0))
        taken_of = [score(reference(r), _filtered(r)).attenuation_db for r in made]
        kinds = [np.mean(taken_of[k :: len(KINDS)]) for k in range(len(KINDS))]
        still = _heard(_still(made[0]))
        cells = [f"{100 * s:.0f} %, {t:.1f}" for s, t in zip(share, taken, strict=True)]
        middle = _quartiles(np.concatenate([r.tremor for r in made]), made[0].rate_hz)
        table.add_row(path.stem, f"{1e6 * np.sqrt(np.mean(whole**2)):.0f}", middle, *cells)
        motions.add_row(path.stem, *(f"{k:.1f}" for k in kinds), *still)
    console.print(table)
    console.print(motions)


def _heard(record: Record) -> tuple[str, str, str]:
    """What the default takes from a record [dB], where it hears the strongest line [Hz], and how strong [um]."""
    made = Imm(config.load(config.find("filters", "default"), Settings), record.rate_hz, record.measured.shape[1])
    y, lines, sizes = np.empty_like(record.measured), [], []
    for k, (x, out) in enumerate(zip(record.measured, y, strict=True)):
        made.update(x, out)
        if k >= START_S * record.rate_hz and k % 500 == 0:
            frequency, rms = made.tremor()
            lines.append(float(frequency[0]))
            sizes.append(float(np.sqrt(np.mean(rms**2))))
    taken = score(reference(record), y).attenuation_db
    return f"{taken:.1f}", f"{min(lines):.1f}-{max(lines):.1f}", f"{1e6 * np.mean(sizes):.0f}"


def _quartiles(x: Vector, rate_hz: float) -> str:
    """The frequencies between which the middle half of a tremor's power lies."""
    frequency, density = welch(x, rate_hz, nperseg=round(4.0 * rate_hz), axis=0)
    power = np.cumsum(density.sum(axis=1))
    low, high = np.interp((0.25 * power[-1], 0.75 * power[-1]), power, frequency)
    return f"{low:.1f}-{high:.1f}"


def _still(record: Record) -> Record:
    """The same tremor and noise on a hand that does not move at all."""
    still = np.zeros_like(record.voluntary)
    return Record(
        record.name, record.scale, record.kind, record.rate_hz, still, record.tremor,
        record.measured - record.voluntary, np.ones_like(record.holds),
    )  # fmt: skip


def _band_powers(x: Vector, rate_hz: float) -> list[float]:
    """Power of an axis in each of `_BANDS_HZ`, mean over the axes [m^2]."""
    part = x[round(START_S * rate_hz) : len(x) - round(END_S * rate_hz)]
    frequency, density = welch(part, rate_hz, nperseg=round(4.0 * rate_hz), axis=0, detrend="linear")
    mean = density.mean(axis=1)
    step = frequency[1] - frequency[0]
    return [float(mean[(frequency >= low) & (frequency < high)].sum() * step) for low, high in _BANDS_HZ]


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, overflow="fold")
    return table


if __name__ == "__main__":
    main()
