"""The classical tremor filters on synthetic hands at both scales, and the search that their settings come from.

``python -m benchmarks.classical_filters`` prints the table, on records that no setting was tuned on;
``python -m benchmarks.classical_filters tune wflc_rehab`` searches the settings of one filter on its own records.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from scipy import signal

from benchmarks._report import console, print_machine
from control.filters import create
from control.tremor.dials import Values, suggested
from control.tremor.search import search
from robotics import config
from robotics.contracts import Filter

Array = NDArray[np.float64]

RATE_HZ, SECONDS, RECORDS, SKIP_S = 1000.0, 20.0, 24, 3.0
TUNE_SEED, TEST_SEED = 1, 2


@dataclass(frozen=True)
class Scale:
    """A kind of hand: how far it moves, and how it trembles.

    Attributes:
        reach: Longest reach [m].
        drift: Wander of a hand that holds still [m rms].
        jerk: Density of white jerk that a moving hand adds to its smooth path [m^2/s^6/Hz]; a still one a thousandth.
        tremor: Least and largest tremor [m rms].
        frequency: Least and largest frequency [Hz].
        width: Least and largest width of the spectral line [Hz].
        harmonic: Largest share of the second harmonic.
    """

    reach: float
    drift: float
    jerk: float
    tremor: tuple[float, float]
    frequency: tuple[float, float]
    width: tuple[float, float]
    harmonic: float


SCALES = {
    "surgical": Scale(5e-3, 1e-4, 1e-1, (45e-6, 110e-6), (8.0, 12.0), (0.5, 2.0), 0.0),
    "rehab": Scale(60e-3, 1e-3, 1.5e1, (0.7e-3, 2.5e-3), (4.0, 9.0), (0.3, 1.2), 0.3),
}


@dataclass(frozen=True)
class Hands:
    """Records of hands, one a column.

    Attributes:
        meant: Voluntary motion, shape (samples, records) [m].
        tremor: Tremor, same shape [m].
        seen: Their sum with sensor noise, as measured [m].
        still: Where the hand holds, same shape.
    """

    meant: Array
    tremor: Array
    seen: Array
    still: NDArray[np.bool_]


def _slow(rng: np.random.Generator, samples: int, cutoff_hz: float) -> Array:
    """Smooth noise of unit variance below a cut-off: sines of random phase."""
    t = np.arange(samples) / RATE_HZ
    tones = [rng.normal() * np.cos(2 * np.pi * (f * t + rng.random())) for f in rng.uniform(0.05, cutoff_hz, 12)]
    return np.sum(tones, axis=0) / np.sqrt(6.0)


def _roughness(rng: np.random.Generator, scale: Scale, still: NDArray[np.bool_]) -> Array:
    """What no smooth path has: white jerk, integrated three times and forgotten over a sixth of a second."""
    jerk = rng.normal(size=len(still)) * np.sqrt(scale.jerk * RATE_HZ * np.where(still, 1e-3, 1.0))
    decay = np.exp(-2 * np.pi / RATE_HZ)
    for _ in range(3):
        jerk = signal.lfilter([1 / RATE_HZ], [1.0, -decay], jerk)
    return np.asarray(jerk)


def _meant(rng: np.random.Generator, scale: Scale, samples: int) -> tuple[Array, NDArray[np.bool_]]:
    """Minimum-jerk reaches (Flash, Hogan 1985) with holds between, or pursuit every third time; and where it holds."""
    if rng.random() < 1 / 3:
        still = np.zeros(samples, bool)
        return scale.reach / 5 * _slow(rng, samples, 1.0) + _roughness(rng, scale, still), still
    path, still, here = np.empty(0), np.empty(0, bool), 0.0
    while len(path) < samples:
        there = rng.uniform(-0.5, 0.5) * scale.reach
        s = np.linspace(0.0, 1.0, int(RATE_HZ * rng.uniform(0.3, 1.2)))
        hold = int(RATE_HZ * rng.uniform(0.5, 3.0))
        reach = here + (there - here) * s**3 * (10 - 15 * s + 6 * s * s)
        # A reach falls short or long, and a quick submovement sets it right (Meyer et al. 1988).
        miss = 0.1 * rng.normal() * (there - here)
        s = np.linspace(0.0, 1.0, int(RATE_HZ * rng.uniform(0.25, 0.4)))
        reach += miss / (there - here) * (reach - here)
        mend = there + miss * (1 - s**3 * (10 - 15 * s + 6 * s * s))
        path = np.concatenate([path, reach, mend, np.full(hold, there)])
        still = np.concatenate([still, np.zeros(len(reach) + len(mend), bool), np.ones(hold, bool)])
        here = there
    path, still = path[:samples], still[:samples]
    return path + scale.drift * _slow(rng, samples, 0.8) + _roughness(rng, scale, still), still


def _trembling(rng: np.random.Generator, scale: Scale, samples: int) -> Array:
    """A phasor that turns with a wandering frequency, decays and is driven anew, with a second harmonic."""
    rms, frequency = rng.uniform(*scale.tremor), rng.uniform(*scale.frequency)
    width, harmonic = rng.uniform(*scale.width), rng.uniform(0.0, scale.harmonic)
    decay = np.exp(-np.pi * width / RATE_HZ)
    wander = frequency + 0.3 * _slow(rng, samples, 0.2)
    kicks = np.sqrt(1 - decay**2) * (rng.normal(size=samples) + 1j * rng.normal(size=samples))
    z, phasor = np.empty(samples, complex), complex(rng.normal(), rng.normal())
    for k, turn in enumerate(decay * np.exp(2j * np.pi * wander / RATE_HZ)):
        phasor = phasor * turn + kicks[k]
        z[k] = phasor
    shape = z.real + harmonic * (z * z / np.abs(z)).real
    return rms * shape / shape.std()


def hands(scale: Scale, seed: int, seconds: float = SECONDS, records: int = RECORDS) -> Hands:
    """Draw records of hands."""
    rng = np.random.default_rng(seed)
    samples = int(seconds * RATE_HZ)
    motions = [_meant(rng, scale, samples) for _ in range(records)]
    meant = np.stack([motion for motion, _ in motions], axis=1)
    tremor = np.stack([_trembling(rng, scale, samples) for _ in range(records)], axis=1)
    # A good tracker: 2 um rms of noise, 1 um of resolution.
    seen = np.round((meant + tremor + rng.normal(0.0, 2e-6, meant.shape)) / 1e-6) * 1e-6
    return Hands(meant, tremor, seen, np.stack([still for _, still in motions], axis=1))


def _band_power(error: Array) -> Array:
    """Power between 3 and 15 Hz of each column."""
    spectrum = np.fft.rfft(error * np.hanning(len(error))[:, None], axis=0)
    f = np.fft.rfftfreq(len(error), 1 / RATE_HZ)
    return (np.abs(spectrum[(f >= 3) & (f <= 15)]) ** 2).sum(axis=0)


def scores(filters: Sequence[Filter], data: Hands) -> tuple[float, float, float]:
    """Attenuation in 3-15 Hz [dB], attenuation in holds [dB], error over that of doing nothing; all at zero lag.

    Attenuations are of the mean power ratio in decibels over the records, the error is the mean ratio of the rms.
    Each filter takes as many of the records as it has axes.
    """
    filtered = np.empty_like(data.seen)
    last = 0
    for filter_ in filters:
        hands_of_it = slice(last, last + filter_.axes)
        last += filter_.axes
        seen, out = np.ascontiguousarray(data.seen[:, hands_of_it]), np.empty((len(data.seen), filter_.axes))
        for k, row in enumerate(seen):
            filter_.update(row, out[k])
        filtered[:, hands_of_it] = out
    after = slice(int(SKIP_S * RATE_HZ), None)
    error, raw, still = (filtered - data.meant)[after], (data.seen - data.meant)[after], data.still[after]
    band = 10 * np.log10(_band_power(raw) / _band_power(error))
    ratio = np.sqrt((error**2).mean(axis=0) / (raw**2).mean(axis=0))
    held = [
        10 * np.log10((raw[s, j] ** 2).mean() / (error[s, j] ** 2).mean()) for j, s in enumerate(still.T) if s.any()
    ]
    return float(band.mean()), float(np.mean(held)), float(ratio.mean())


def tune(name: str, budget_s: float) -> None:
    """Search the settings of a subtracting filter, one number after the other, and print the best.

    What is searched for is the sum of attenuation in 3-15 Hz and of the total error in decibels, so that neither is
    bought with the other. A low-pass has no such best: it buys every decibel with delay.
    """
    module = importlib.import_module(f"control.filters.{name.removesuffix('_rehab')}")
    settings = config.load_named("filters", name, module.Settings)
    data = hands(SCALES["rehab" if name.endswith("rehab") else "surgical"], TUNE_SEED, 14.0, 24)

    def value(candidate: Values) -> float:
        try:
            made = module.build(msgspec.convert(candidate, module.Settings), RATE_HZ, data.seen.shape[1])
            band, _, ratio = scores([made], data)
        except ValueError:
            return -np.inf
        return band - 20 * np.log10(ratio) if np.isfinite(ratio) else -np.inf

    values: Values = msgspec.to_builtins(settings)
    end = time.monotonic() + budget_s
    found = search(
        values,
        suggested(values),
        lambda several: [value(candidate) for candidate in several],
        lambda: time.monotonic() >= end,
    )
    console.print(f"{name}: from {found.start:.2f} to {found.best:.2f} dB, last step a factor of {found.step:.2f}")
    console.print(str(found.values), soft_wrap=True)


def main() -> None:
    """Print the table, or tune: ``tune NAME [SECONDS]``."""
    if sys.argv[1:2] == ["tune"]:
        tune(sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 60.0)
        return
    print_machine("numpy", "numba")
    names = [
        "none",
        "butterworth",
        "one_euro",
        "wflc",
        "bmflc",
        "bmflc_kalman",
        "ebmflc_kalman",
        "adaptive_notch",
        "kalman",
    ]
    table = Table("filter", *(f"{scale} {what}" for scale in SCALES for what in ("3-15 Hz dB", "holds dB", "err/raw")))
    table.add_column("us per sample and axis")
    data = {key: hands(scale, TEST_SEED) for key, scale in SCALES.items()}
    for name in names:
        cells: list[str] = []
        for key in SCALES:
            preset = name if key == "surgical" or name == "none" else f"{name}_{key}"
            # The one-euro filter opens all of its axes together: each hand has one of its own.
            axes = 1 if name == "one_euro" else RECORDS
            band, held, ratio = scores([create(preset, RATE_HZ, axes) for _ in range(RECORDS // axes)], data[key])
            cells += [f"{band:.1f}", f"{held:.1f}", f"{ratio:.2f}"]
        three = create(name, RATE_HZ, 3)
        rows, out = data["surgical"].seen[:5000, :3].copy(), np.empty(3)
        three.update(rows[0], out)
        spent = []
        for batch in np.array_split(rows, 50):
            start = time.perf_counter()
            for row in batch:
                three.update(row, out)
            spent.append((time.perf_counter() - start) / batch.size)
        cells.append(f"{np.median(spent) * 1e6:.1f}")
        table.add_row(name, *cells)
    console.print(table)


if __name__ == "__main__":
    main()
