"""Fits a filter's settings to one person's tremor: searched on one half of a recording, judged on the other.

What is searched for is the sum of the attenuation in 3-15 Hz and of the total error over that of doing nothing, both
means over the records, at zero lag and in decibels,

    worth = attenuation - 20 log10(error / error of doing nothing),

so that neither is bought with the other: a low-pass that takes all the tremor and trails behind the hand is worth
little. Settings whose total error is larger than that of those to start from do not count at all. On the validation
half, which no step of the search has seen, the same is asked: settings are accepted only where they are worth more than
those they started from, and their error is not larger by more than a fiftieth.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from control.filters import available
from control.tremor.campaign import suited
from control.tremor.dials import Values, dials_of
from control.tremor.metrics import START_S, Reference, Scores, band_pass, decibels, ratio, reference, score
from control.tremor.motion_file import ReadingOptions
from control.tremor.real import recorded
from control.tremor.records import Record
from control.tremor.search import Found, search
from control.tremor.trials import Interval, run
from control.tremor.workers import workers
from robotics import config
from robotics.contracts import Filter, Vector
from robotics.errors import ArgumentError, InputFileError

FLOOR_M = 10e-6
"""Least tremor that a filter is fitted to, root mean square per axis [m]: well above what a good tracker makes up."""

TRAIN_S, TRAIN_START_S, TRAIN_COUNT = 6.0, 2.0, 9
"""Length of a training record, from when on it counts [s], and how many there are: little, so that many settings are
tried, but of every kind of motion three."""

FAR: dict[str, float] = {"surgical": 4.0, "rehab": 1.0}
"""How much further a hand moves, by scale: one that drives an instrument at a quarter of its own motion, as
teleoperation does, and one that moves an arm as far as itself."""

SLACK = 1.02
"""By how much the error may grow on the validation half, free choice: what another second of the hand would change."""

VALIDATION_S, VALIDATION_COUNT = 14.0, 9
"""Length of a validation record [s], which counts from `control.tremor.metrics.START_S` on, and how many there are."""


@dataclass(frozen=True)
class Halves:
    """What a filter is fitted to, and what it is judged on; they share no sample of the hand.

    Attributes:
        train: Records for the search.
        validation: Records for the judgement.
    """

    train: tuple[Record, ...]
    validation: tuple[Record, ...]

    def __post_init__(self) -> None:
        rms = min(_rms(self.train), _rms(self.validation))
        if rms < FLOOR_M:
            raise InputFileError(
                f"the hand trembles by {1e6 * rms:.2g} µm rms, less than {1e6 * FLOOR_M:.0f}: there is nothing to fit"
            )

    @property
    def scale(self) -> str:
        """The scale on which it is measured."""
        return self.train[0].scale


@dataclass(frozen=True)
class Preset:
    """A filter and its settings as plain data.

    Attributes:
        name: Name of the configuration that it comes from.
        kind: Module of the filter.
        values: Its settings.
    """

    name: str
    kind: str
    values: Values

    def build(self, rate_hz: float, axes: int) -> Filter:
        """Make the filter.

        Raises:
            ValueError: The settings are none.
        """
        module = importlib.import_module(f"control.filters.{self.kind}")
        made: Filter = module.build(msgspec.convert(self.values, module.Settings), rate_hz, axes)
        return made


@dataclass(frozen=True)
class Fit:
    """What fitting came to, all figures on the validation half.

    Attributes:
        start: The preset that it started from.
        fitted: The best one found.
        before: Scores of the first on each record.
        after: Scores of the second.
        found: The search.
    """

    start: Preset
    fitted: Preset
    before: tuple[Scores, ...]
    after: tuple[Scores, ...]
    found: Found

    @property
    def gain_db(self) -> Interval:
        """What the fitted settings are worth more, with its 95 % interval over the records [dB]."""
        return gain(self.before, self.after)

    @property
    def accepted(self) -> bool:
        """Whether they are worth more, with no larger an error."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why they are not accepted, in words; empty where they are."""
        if self.fitted == self.start:
            return "the search found nothing better"
        if not self.gain_db.mean > 0.0:
            return f"on the half that the search has not seen what it found is worth {-self.gain_db.mean:.1f} dB less"
        before, after = _means(self.before)[1], _means(self.after)[1]
        if after > SLACK * before:
            return (
                f"on the half that the search has not seen the total error would grow from {before:.2f} to {after:.2f}"
            )
        return ""


def halves_of_file(path: Path | str, options: ReadingOptions | None = None) -> Halves:
    """The two halves of a recording, each half's tremor on generated motion.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It cannot be used as a hand's motion, is too short, or holds no tremor.
    """
    train = recorded(path, "train", options=options, seconds=TRAIN_S, count=TRAIN_COUNT)
    test = recorded(path, "test", options=options, seconds=VALIDATION_S, count=VALIDATION_COUNT)
    return Halves(moving_far(train), moving_far(test))


def moving_far(records: Sequence[Record]) -> tuple[Record, ...]:
    """The records, the motion of the last third of them `FAR` times as large, with the same tremor.

    A filter that was fitted to small motion alone was seen to lose the tremor for seconds after each large one: in the
    needle reach it took 2.7 dB away, and 7.5 before it was fitted.
    """
    first = len(records) - len(records) // 3
    far = [
        replace(
            record,
            name=f"{record.name}, far",
            voluntary=FAR[record.scale] * record.voluntary,
            measured=record.measured + (FAR[record.scale] - 1.0) * record.voluntary,
        )
        for record in records[first:]
    ]
    return (*records[:first], *far)


def preset_for(name: str, scale: str) -> Preset:
    """The preset to start from: that of a filter for a scale, or the one in a TOML file.

    Raises:
        UnknownNameError: No filter of that name.
        ConfigError: The config does not fit the filter's settings.
        ArgumentError: The filter has nothing to tune.
    """
    names = available()
    if f"{name}_rehab" in names:
        name = next(fitting for fitting in suited(names, scale) if fitting in (name, f"{name}_rehab"))
    path = config.find("filters", name)
    kind = config.load(path, _Kind).kind
    module = importlib.import_module(f"control.filters.{kind}")
    values: Values = msgspec.to_builtins(config.load(path, module.Settings))
    if not dials_of(kind, values):
        raise ArgumentError(f"the filter '{name}' has no numbers to tune")
    return Preset(name, kind, values)


def fit(
    start: Preset,
    halves: Halves,
    out_of_time: Callable[[], bool],
    told: Callable[[float, int], object] | None = None,
    jobs: int = 2,
) -> Fit:
    """Search the settings of a filter on one half and judge the best ones on the other.

    Args:
        start: Where to start.
        halves: The person's records.
        out_of_time: Asked before each step of the search; Ctrl-C ends it as well, with the best so far.
        told: Told what the best settings are worth on the training half, and how many were tried.
        jobs: Number of processes.
    """
    start.build(halves.train[0].rate_hz, halves.train[0].measured.shape[1]).update(halves.train[0].measured[0])
    with workers(jobs, _prepare, start, halves.train) as pool:
        largest = math.inf

        def value(several: Sequence[Values]) -> list[float]:
            nonlocal largest
            figures = list(pool.map(_train, several))
            if math.isinf(largest):  # the first ones are those to start from
                largest = figures[0][1]
            return [worth(*found) if found[1] <= largest else -math.inf for found in figures]

        found = search(start.values, dials_of(start.kind, start.values), value, out_of_time, told)
        fitted = Preset(start.name, start.kind, found.values)
        presets = (start, fitted) if found.values != start.values else (start,)
        runs = [(preset, record) for preset in presets for record in halves.validation]
        scores = list(pool.map(_judge, *zip(*runs, strict=True)))
    before, after = scores[: len(halves.validation)], scores[-len(halves.validation) :]
    return Fit(start, fitted, tuple(before), tuple(after), found)


def worth(attenuation_db: float, error_ratio: float) -> float:
    """What a filter's mean figures are worth [dB]; see the module."""
    return attenuation_db - 20.0 * math.log10(error_ratio)


def worth_of(scores: Sequence[Scores]) -> float:
    """What a filter's scores on several records are worth [dB]."""
    return worth(*_means(scores))


def gain(before: Sequence[Scores], after: Sequence[Scores], seed: int = 0, resamples: int = 2000) -> Interval:
    """By how much some scores are worth more than others on the same records, with a 95 % bootstrap interval [dB]."""
    rng, count = np.random.default_rng(seed), len(before)
    several = []
    for picked in rng.integers(count, size=(resamples, count)):
        several.append(worth_of([after[k] for k in picked]) - worth_of([before[k] for k in picked]))
    low, high = np.percentile(several, (2.5, 97.5))
    return Interval(worth_of(after) - worth_of(before), float(low), float(high), count)


def _means(scores: Sequence[Scores]) -> tuple[float, float]:
    """Mean attenuation [dB] and mean error ratio."""
    return (
        float(np.mean([found.attenuation_db for found in scores])),
        float(np.mean([found.error_ratio for found in scores])),
    )


def _rms(records: Sequence[Record]) -> float:
    return float(np.sqrt(np.mean([np.mean(record.tremor**2) for record in records])))


class _Kind(config.Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    kind: str


class _Training:
    """What a worker process keeps: the preset, and the training records prepared."""

    preset: Preset
    known: tuple[Reference, ...] = ()


def _prepare(start: Preset, records: Sequence[Record]) -> None:
    _Training.preset = start
    _Training.known = tuple(reference(record, TRAIN_START_S) for record in records)


def _train(values: Values) -> tuple[float, float]:
    """Mean attenuation [dB] and error ratio of some settings over the training records; infinite error where bad."""
    preset = Preset(_Training.preset.name, _Training.preset.kind, values)
    figures = []
    for known in _Training.known:
        record = known.record
        try:
            y = run(preset.build(record.rate_hz, record.measured.shape[1]), record.measured)
        except ValueError:
            return 0.0, math.inf
        band = band_pass(y, record.rate_hz) - known.voluntary_band
        error = ratio(y - record.voluntary, known.raw, known.scored)
        figures.append((decibels(known.raw_band, band, known.scored), error))
    attenuation, error = np.mean(figures, axis=0)
    return (float(attenuation), float(error)) if np.isfinite(attenuation + error) else (0.0, math.inf)


def _judge(preset: Preset, record: Record) -> Scores:
    made = preset.build(record.rate_hz, record.measured.shape[1])
    y: Vector = run(made, record.measured)
    return score(reference(record, START_S), y)
