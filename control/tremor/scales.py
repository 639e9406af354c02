"""How large and how fast hands move and tremble in microsurgery and in rehabilitation: the numbers of the evaluation.

Ranges are drawn from evenly, or evenly in the logarithm where they span more than a factor of three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from robotics.errors import UnknownNameError

Range = tuple[float, float]
ScaleName = Literal["surgical", "rehab"]


@dataclass(frozen=True)
class VoluntaryScale:
    """How a hand means to move.

    Attributes:
        reach_m: Length of a reach.
        reach_s: How long it takes; the longer the reach, the longer.
        adjust_m: Length of a small adjustment.
        adjust_s: How long it takes.
        pull_m: Length of a pull.
        pull_s: How long it takes.
        step_s: How long a hasty step over the length of a reach takes.
        hold_s: How long a hand holds between movements.
        pursuit_m: Root mean square of pursuit along an axis.
        pursuit_hz: Cut-off of pursuit, see `control.tremor.strokes.smooth_noise`.
        drift_m: Root mean square along an axis of the wandering of a hand that means to hold.
        drift_hz: Cut-off of that wandering.
    """

    reach_m: Range
    reach_s: Range
    adjust_m: Range
    adjust_s: Range
    pull_m: Range
    pull_s: Range
    step_s: Range
    hold_s: Range
    pursuit_m: Range
    pursuit_hz: Range
    drift_m: Range
    drift_hz: Range


@dataclass(frozen=True)
class TremorScale:
    """How a hand trembles.

    Attributes:
        name: Kind of tremor.
        rms_m: Root mean square per axis, over the axes, while it trembles.
        centre_hz: Mean frequency of the first oscillator.
        second: Mean frequency of the second oscillator over that of the first.
        second_power: Share of the power in the second oscillator.
        linewidth_hz: Full width at half power of the first oscillator.
        second_linewidth_hz: The same of the second.
        wander_hz: Standard deviation of the frequencies.
        wander_s: Correlation time of that wandering.
        harmonic: Second harmonic over the first, of the force behind the tremor.
        regularity: See `control.tremor.oscillators.Oscillators`.
        own: Share of the power that an axis has of its own.
        waxing: Standard deviation of the logarithm of the slow waxing and waning.
        pausing: Chance that it sets in, or stops for a while, within a record.
    """

    name: str
    rms_m: Range
    centre_hz: Range
    second: Range
    second_power: Range
    linewidth_hz: Range
    second_linewidth_hz: Range
    wander_hz: Range
    wander_s: Range
    harmonic: Range
    regularity: Range
    own: Range
    waxing: Range
    pausing: float


@dataclass(frozen=True)
class Scale:
    """One of the two settings.

    Attributes:
        name: ``"surgical"`` or ``"rehab"``.
        voluntary: How the hand means to move.
        tremors: The kinds of tremor, taken in turn.
        noise_m: White noise of the sensor, root mean square.
        step_m: Smallest step that the sensor tells.
        jerk_psd: Intensities of the voluntary motion of stationary records, one-sided [m^2/s^6/Hz].
    """

    name: ScaleName
    voluntary: VoluntaryScale
    tremors: tuple[TremorScale, ...]
    noise_m: float
    step_m: float
    jerk_psd: tuple[float, ...]


PHYSIOLOGICAL = TremorScale(
    name="physiological",
    rms_m=(45e-6, 110e-6),  # 50 to 200 um in microsurgery (Riviere, Rader and Khosla 1997), its lower half
    centre_hz=(8.0, 10.0),  # 8 to 12 Hz with the second oscillator (Riviere, Rader and Khosla 1997)
    second=(1.1, 1.25),  # free choice
    second_power=(0.2, 0.5),  # free choice
    linewidth_hz=(0.6, 1.8),  # free choice around 1 Hz, the width of peaks in published spectra
    second_linewidth_hz=(1.2, 2.5),  # free choice: broader than the first
    wander_hz=(0.1, 0.4),  # free choice
    wander_s=(2.0, 6.0),  # free choice
    harmonic=(0.0, 0.1),  # free choice: nearly sinusoidal
    regularity=(0.0, 0.2),  # free choice: filtered noise
    own=(0.15, 0.6),  # free choice: partly shared phase
    waxing=(0.05, 0.3),  # free choice
    pausing=0.15,  # free choice
)

ESSENTIAL = TremorScale(
    name="essential",
    rms_m=(0.7e-3, 2.5e-3),  # free choice: moderate kinetic tremor at the hand
    centre_hz=(4.0, 9.0),  # 4 to 12 Hz (Deuschl et al. 1998, consensus on tremor); upper part with the harmonic
    second=(1.05, 1.3),  # free choice
    second_power=(0.02, 0.2),  # free choice: one frequency dominates
    linewidth_hz=(0.2, 0.8),  # free choice: narrower than physiological tremor
    second_linewidth_hz=(0.8, 2.0),  # free choice
    wander_hz=(0.1, 0.35),  # free choice
    wander_s=(2.0, 8.0),  # free choice
    harmonic=(0.05, 0.25),  # free choice
    regularity=(0.3, 0.9),  # free choice: between filtered noise and a steady oscillation
    own=(0.05, 0.4),  # free choice
    waxing=(0.1, 0.35),  # free choice
    pausing=0.25,  # free choice
)

PARKINSONIAN = TremorScale(
    name="parkinsonian",
    rms_m=(0.7e-3, 2.5e-3),  # free choice: as essential tremor
    centre_hz=(3.5, 7.0),  # 3 to 8 Hz (Deuschl et al. 1998)
    second=(1.05, 1.2),  # free choice
    second_power=(0.02, 0.15),  # free choice
    linewidth_hz=(0.1, 0.5),  # free choice: the most regular of tremors
    second_linewidth_hz=(0.5, 1.5),  # free choice
    wander_hz=(0.05, 0.25),  # free choice
    wander_s=(3.0, 10.0),  # free choice
    harmonic=(0.15, 0.35),  # free choice: marked second harmonic
    regularity=(0.5, 1.0),  # free choice
    own=(0.05, 0.3),  # free choice
    waxing=(0.15, 0.4),  # free choice
    pausing=0.4,  # free choice: comes and goes with movement
)

SURGICAL = Scale(
    name="surgical",
    voluntary=VoluntaryScale(
        reach_m=(2e-3, 15e-3),  # free choice around 5 mm: sutures in a field of a few centimetres
        reach_s=(0.3, 0.85),  # free choice: mean speed of 10 mm/s at the hand over a reach
        adjust_m=(0.15e-3, 1e-3),  # free choice
        adjust_s=(0.2, 0.4),  # free choice: submovements last about as long as a visual reaction
        pull_m=(6e-3, 20e-3),  # free choice: drawing thread
        pull_s=(0.9, 2.2),  # free choice
        step_s=(0.25, 0.4),  # free choice: as hasty as hands get
        hold_s=(0.8, 3.0),  # free choice
        pursuit_m=(1.5e-3, 5e-3),  # free choice
        pursuit_hz=(0.3, 0.7),  # 98.9 % of voluntary power below 2 Hz (Riviere, Rader and Khosla 1997)
        drift_m=(5e-6, 60e-6),  # free choice
        drift_hz=(0.1, 0.3),  # free choice
    ),
    tremors=(PHYSIOLOGICAL,),
    noise_m=4e-6,  # free choice: a good optical or electromagnetic tracker after averaging
    step_m=1e-6,  # free choice
    jerk_psd=(1e-6, 1e-4, 1e-2, 4e-1),  # 1e6 to 4e11 um^2/s^6/Hz: from a hold to a surgeon's hasty motion
)

REHAB = Scale(
    name="rehab",
    voluntary=VoluntaryScale(
        reach_m=(20e-3, 160e-3),  # free choice around 60 mm: reaching on a table
        reach_s=(0.6, 1.5),  # free choice
        adjust_m=(2e-3, 12e-3),  # free choice
        adjust_s=(0.3, 0.6),  # free choice
        pull_m=(60e-3, 200e-3),  # free choice
        pull_s=(1.5, 3.0),  # free choice
        step_s=(0.35, 0.6),  # free choice
        hold_s=(0.8, 3.0),  # free choice
        pursuit_m=(20e-3, 60e-3),  # free choice
        pursuit_hz=(0.2, 0.45),  # free choice
        drift_m=(0.1e-3, 0.8e-3),  # free choice
        drift_hz=(0.1, 0.3),  # free choice
    ),
    tremors=(ESSENTIAL, PARKINSONIAN),
    noise_m=30e-6,  # free choice: a marker tracker or joint encoders through an arm
    step_m=10e-6,  # free choice
    jerk_psd=(
        1e-4,
        1e-2,
        1.0,
        10.0,
    ),  # 1e8 to 1e13 um^2/s^6/Hz: motion and tremor are ten times larger
)

SCALES: dict[ScaleName, Scale] = {"surgical": SURGICAL, "rehab": REHAB}


def scale_named(name: str) -> Scale:
    """The scale called ``name``.

    Raises:
        UnknownNameError: No such scale.
    """
    for scale in SCALES.values():
        if scale.name == name:
            return scale
    raise UnknownNameError("scale", name, SCALES)
