"""Hands: how the scripted ones tremble, how fast the expert works, and how late one sees what one does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import welch

from benchmarks._published import Row
from robotics.contracts import Vector
from steadyhand.rig import build, plan
from vr_training.inputs import create
from vr_training.inputs.scripted import ScriptedExpert

DT = 1e-3
EVERY = 20
"""Ticks between two samples that are kept: 50 Hz."""

STILL_M_S = 0.002
"""Speed below which a tip rests: between two such rests lies a movement."""

RIVIERE = "Riviere et al. 1997, microsurgery"
JIGSAWS = "JIGSAWS, suturing, experts at the instruments' tips"


@dataclass(frozen=True)
class Run:
    """One lesson of the expert, 50 samples a second.

    Attributes:
        tip: Where the first arm's tip was, shape (n, 3) [m].
        commanded: Where it was commanded to be, shape (n, 3) [m].
        signals: The task's signals, shape (n, k).
        names: Their names.
    """

    tip: Vector
    commanded: Vector
    signals: Vector
    names: tuple[str, ...]

    def signal(self, name: str) -> Vector:
        """One signal, shape (n,)."""
        column: Vector = self.signals[:, self.names.index(name)]
        return column


@cache
def expert(lesson: str, seed: int, until_placed: int = 0, drives: str | None = None) -> Run:
    """Have the expert do a lesson through the whole loop, to its end or until so many things are placed."""
    rig = plan(lesson, drives=drives)
    rows: list[tuple[Vector, Vector, Vector]] = []
    with build(rig, {name: create("expert") for name in rig.operated}, seed) as (loop, task):
        names = tuple(signal.name for signal in task.signals)
        loop.power_on()
        k = 0
        while not loop.finished:
            record, k = loop.tick()[0], k + 1
            if k % EVERY == 0:
                slot = record["arms"][rig.operated[0]]
                rows.append((slot["tip"][:3].copy(), slot["setpoint"][:3].copy(), record["signals"].copy()))
                if until_placed and record["signals"][names.index("placed")] >= until_placed:
                    break
    tip, commanded, signals = (np.array(column) for column in zip(*rows, strict=True))
    return Run(tip, commanded, signals, names)


@cache
def _tremor(hand: str) -> tuple[Vector, Vector]:
    """Frequencies [Hz] and power density, mean over the axes [m^2/Hz], of a minute of a scripted hand's tremor."""
    operator = create(hand)
    assert isinstance(operator, ScriptedExpert)
    with operator:
        operator.reset(np.random.default_rng(7), DT)
        samples = np.array([np.array(operator.tremor.read()[:3]) for _ in range(60_000)])
    frequency, power = welch(samples, 1.0 / DT, nperseg=4096, axis=0)
    return frequency, power.mean(axis=1)


def _amplitude(hand: str) -> float:
    """Tremor above 4 Hz, rms on one axis [um]."""
    frequency, power = _tremor(hand)
    band = (frequency > 4.0) & (frequency < 25.0)
    return 1e6 * float(np.sqrt(np.trapezoid(power[band], frequency[band])))


def _peak(hand: str) -> float:
    """Frequency at which tremor above 4 Hz is strongest [Hz]."""
    frequency, power = _tremor(hand)
    above = frequency > 4.0
    return float(frequency[above][np.argmax(power[above])])


def _speed(lesson: str) -> float:
    """Mean speed of the tip over a lesson [mm/s]."""
    tip = expert(lesson, 2000).tip
    return 1e3 * float(np.linalg.norm(np.diff(tip, axis=0), axis=1).mean()) / (EVERY * DT)


def _movements(lesson: str) -> float:
    """Movements of the tip a minute: runs above the speed of rest that last 0.1 s."""
    tip = expert(lesson, 2000).tip
    moving = np.linalg.norm(np.diff(tip, axis=0), axis=1) / (EVERY * DT) > STILL_M_S
    edges = np.diff(np.concatenate([[0], moving.astype(int), [0]]))
    lasting = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1) >= 5
    return 60.0 * float(lasting.sum()) / (len(tip) * EVERY * DT)


def _slow_share(lesson: str) -> float:
    """Share of the tip's power of position below 2 Hz [%]."""
    tip = expert(lesson, 2000).tip
    frequency, power = welch(tip, 1.0 / (EVERY * DT), nperseg=256, axis=0, detrend="linear")
    total = power.sum(axis=1)
    return 100.0 * float(total[frequency < 2.0].sum() / total.sum())


def _transfer() -> list[float]:
    """Time from the first ring placed to the second [s]."""
    placed = expert("peg_transfer", 2000, until_placed=2).signal("placed")
    first = int(np.argmax(placed >= 1.0))
    return [(len(placed) - 1 - first) * EVERY * DT]


LESSONS = ("needle_pick", "gauze_retrieve")

ROWS = (
    Row("tremor_amplitude", "tremor of the scripted hands, rms on one axis", 50.0, 200.0, "um", RIVIERE,
        lambda: [_amplitude(hand) for hand in ("expert", "scripted")], "the expert and the trembling hand, 4 to 25 Hz; "
        "the expert's 50 um are those of all of its tremor"),
    Row("tremor_peak", "frequency at which it is strongest", 8.0, 12.0, "Hz", RIVIERE,
        lambda: [_peak(hand) for hand in ("expert", "scripted")]),
    Row("slow_share", "share of the motion's power below 2 Hz", 98.9, 100.0, "%", RIVIERE,
        lambda: [_slow_share(lesson) for lesson in LESSONS], "98.9 % were reported; needle pick and gauze retrieve"),
    Row("expert_speed", "the expert's mean tip speed", 10.0, 10.0, "mm/s", JIGSAWS,
        lambda: [_speed(lesson) for lesson in LESSONS],
        "needle pick and gauze retrieve; these lessons are carrying, not suturing, and nobody thinks in between"),
    Row("expert_movements", "the expert's movements a minute", 26.6, 26.6, "", "JIGSAWS: 39 of the right hand in 88 s",
        lambda: [_movements(lesson) for lesson in LESSONS],
        "definitions of a movement differ: here what lasts 0.1 s above 2 mm/s"),
    Row("transfer", "peg transfer: time for a ring", 8.6, 8.6, "s", "a resident with a dVRK, Hwang et al. 2020",
        _transfer, "the expert is a little slower than a person"),
    Row("video_delay", "delay of the video chain", 62.0, 62.0, "ms",
        "da Vinci's own; up to 200 ms are mild (Xu et al. 2014)",
        None,
        "none by itself, `--delay-ms` adds one; the display of a machine is measured by `python -m benchmarks.view`"),
)  # fmt: skip
