"""Records with real tremor: the tremor band of anyone's recording on a generated voluntary motion."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from control.tremor.displacement import loop, tremor
from control.tremor.draws import SPLITS, Draws, Split
from control.tremor.motion_file import ReadingOptions, read_motion
from control.tremor.records import RATE_HZ, SECONDS, Record, sensed
from control.tremor.scales import REHAB, SURGICAL, Scale
from control.tremor.voluntary import voluntary
from robotics.contracts import Vector
from robotics.errors import InputFileError, MissingFileError

REHAB_FROM_M = 0.3e-3
"""Root mean square per axis from which on a tremor is measured on rehabilitation-sized motion, free choice [m]."""

KINDS = ("holds", "gestures", "pursuit")
"""Voluntary motions that each recording is laid on."""

SUFFIXES = (".csv", ".txt", ".tsv")


RECORDINGS_ENV = "STEADYHAND_TREMOR_DATA"
"""Environment variable that names a folder of recordings."""

RECORDINGS_HELP = f"recordings of hands; else ${RECORDINGS_ENV}, else shared/data/hand_tremor beside the checkout"
"""What commands say of them."""

_BESIDE = Path(__file__).parents[2].parent / "shared" / "data" / "hand_tremor"


def own_recordings() -> Path | None:
    """The folder that `RECORDINGS_ENV` names, else ``shared/data/hand_tremor`` beside the checkout, if any."""
    named = os.environ.get(RECORDINGS_ENV)
    if named:
        return Path(named)
    return _BESIDE if _BESIDE.is_dir() else None


def recordings(folder: Path | str) -> list[Path]:
    """Files in a folder that may be recordings, sorted.

    Raises:
        MissingFileError: There is no such folder, or none in it.
    """
    folder = Path(folder)
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    found = [path for path in found if not path.stem.isupper()]  # README and LICENSE
    if not found:
        raise MissingFileError(f"no recordings ({', '.join(SUFFIXES)}) in {folder}")
    return found


def recorded(
    path: Path | str,
    split: Split,
    *,
    options: ReadingOptions | None = None,
    rate_hz: float = RATE_HZ,
    seconds: float = SECONDS,
    count: int = len(KINDS),
    first: int = 0,
) -> list[Record]:
    """Records with the tremor of one recording, on each of `KINDS` in turn.

    The train split has the first half of the recording and the test split the second, each as a loop without a seam,
    so that what a filter was tuned on is never what it is measured on.

    Args:
        path: The recording.
        split: ``"train"`` or ``"test"``.
        options: What is known about the file; the rest is guessed.
        rate_hz: Sampling rate of the records [Hz].
        seconds: Length of each [s].
        count: How many.
        first: Index of the first one; record ``k`` is the same whatever the first and the count.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It cannot be used as a hand's motion.
    """
    path = Path(path)
    one_round = half(path, split, options, rate_hz)
    scale = scale_of(one_round)
    samples = round(seconds * rate_hz)
    made = []
    for index in range(first, first + count):
        kind = KINDS[index % len(KINDS)]
        draws = Draws(split, 2, index)
        start = int(draws.share() * len(one_round))
        shake = np.take(one_round, np.arange(start, start + samples), axis=0, mode="wrap")
        meant, holds = voluntary(kind, scale.voluntary, draws, samples, shake.shape[1], rate_hz)
        measured = sensed(meant + shake, scale, draws.rng)
        name = f"{path.name} {split}: {kind}"
        made.append(Record(name, scale.name, kind, rate_hz, meant, shake, measured, holds))
    return made


def scale_of(shake: Vector) -> Scale:
    """The scale at which a tremor, shape (n, axes) [m], is measured, told by its size."""
    return REHAB if float(np.sqrt(np.mean(shake**2))) >= REHAB_FROM_M else SURGICAL


def half(path: Path, split: Split, options: ReadingOptions | None = None, rate_hz: float = RATE_HZ) -> Vector:
    """One round of the tremor in the half of a recording that belongs to a split, shape (n, 3) [m]; see `recorded`."""
    time, x = tremor(read_motion(path, options))
    middle = len(time) // 2
    part = slice(0, middle) if split == SPLITS[0] else slice(middle, None)
    if time[part][-1] - time[part][0] < 2.0:
        raise InputFileError(f"{path}: {time[-1]:.3g} s of tremor are too short for two halves of 2 s")
    return loop(time[part] - time[part][0], x[part], 1.0 / rate_hz, keep_power=True)
