"""What a recording of a hand is: how long, how fast sampled, how it trembles, and what was guessed about its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import welch

from control.tremor.displacement import tremor
from control.tremor.metrics import BAND_HZ
from control.tremor.motion_file import ReadingOptions, read_motion
from control.tremor.real import REHAB_FROM_M, half, scale_of
from control.tremor.scales import ScaleName
from robotics.contracts import Vector


@dataclass(frozen=True)
class RecordingFacts:
    """What a person should know of a recording before figures made from it.

    Attributes:
        path: The file.
        seconds: Its length [s].
        rate_hz: Its usual sampling rate [Hz].
        kind: ``"position"`` or ``"acceleration"``.
        frequency_hz: Where the tremor's spectrum has its peak [Hz].
        rms_m: Root mean square of the tremor, mean over the axes [m].
        scale: On which scale of motion its tremor is measured.
        notes: How the file was read, one sentence each; what was guessed says so.
    """

    path: Path
    seconds: float
    rate_hz: float
    kind: str
    frequency_hz: float
    rms_m: float
    scale: ScaleName
    notes: tuple[str, ...]

    @property
    def size(self) -> str:
        """The tremor's size in words."""
        return size_in_words(self.rms_m)

    @property
    def why_scale(self) -> str:
        """The scale in words, and why it was chosen."""
        if self.scale == "rehab":
            return f"rehabilitation motion and presets, as its tremor is {1e3 * REHAB_FROM_M:g} mm rms or more"
        return f"surgical motion and presets, as its tremor is below {1e3 * REHAB_FROM_M:g} mm rms"


def recording_facts(path: Path | str, options: ReadingOptions | None = None) -> RecordingFacts:
    """Read a recording and say what it is.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It cannot be used as a hand's motion, or is too short to be told into two halves.
    """
    path = Path(path)
    motion = read_motion(path, options)
    time, x = tremor(motion)
    return RecordingFacts(
        path=path,
        seconds=float(motion.time[-1]),
        rate_hz=motion.rate_hz,
        kind=motion.kind,
        frequency_hz=peak_frequency(x, (len(time) - 1) / float(time[-1])),
        rms_m=float(np.sqrt(np.mean(x**2))),
        scale=scale_of(half(path, "test", options)).name,
        notes=motion.notes,
    )


def peak_frequency(x: Vector, rate_hz: float) -> float:
    """Where the spectrum of a tremor's velocity, summed over the axes, has its peak [Hz].

    Of its velocity: a hand's displacement falls off so fast that what is left of slow motion may stand above a tremor,
    and its acceleration lifts the sensor's noise.

    Args:
        x: Displacement in the tremor band, shape (n, axes) [m].
        rate_hz: Its sampling rate [Hz].
    """
    frequency, density = welch(x, rate_hz, nperseg=min(round(4.0 * rate_hz), len(x)), axis=0)
    inside = (frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1])
    power = density.sum(axis=1)[inside] * frequency[inside] ** 2
    return float(frequency[inside][np.argmax(power)])


def size_in_words(rms_m: float) -> str:
    """A length in micrometres or millimetres, whichever reads better."""
    return f"{1e6 * rms_m:.0f} µm" if rms_m < 0.95e-3 else f"{1e3 * rms_m:.2g} mm"
