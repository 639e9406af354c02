"""All measures of a movement, and what a block of movements came to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from robotics.errors import UnknownNameError
from robotics.rehab_measures import REHAB_MEASURES
from vr_training.rehab.measures.accuracy import accuracy
from vr_training.rehab.measures.compensation import compensation
from vr_training.rehab.measures.effort import effort, patient_share
from vr_training.rehab.measures.motion import Motion, motion
from vr_training.rehab.measures.ranges import ranges
from vr_training.rehab.measures.reaching import reaching
from vr_training.rehab.measures.smoothness import smoothness
from vr_training.rehab.measures.tone import passive, tone
from vr_training.rehab.measures.tremor import tremor
from vr_training.rehab.results import Trace

TAKEN: tuple[Callable[[Motion], Iterator[tuple[str, float]]], ...] = (
    ranges, reaching, smoothness, accuracy, effort, compensation, passive, tremor
)  # fmt: skip
"""What takes measures; a new one is added here."""

_POOLS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "mean": lambda values: float(np.mean(values)),
    "sum": lambda values: float(np.sum(values)),
    "highest": max,
    "lowest": min,
}


def measure(trace: Trace) -> dict[str, float]:
    """Every measure of a movement that can be taken, by name, in the order of `REHAB_MEASURES`; all finite.

    Raises:
        ArgumentError: The trace's arrays do not fit together.
    """
    moved = motion(trace)
    return _finite(pair for take in TAKEN for pair in take(moved))


def summarise(movements: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Measures of a block: the mean, sum or extreme of its movements', as each measure has it.

    The patient's share is that of the work of all movements that he was to make, tone the slope over all passive ones.

    Args:
        movements: What `measure` gave of each.

    Raises:
        UnknownNameError: A measure has no such name.
    """
    values: dict[str, list[float]] = {}
    for each in movements:
        for name, value in each.items():
            if name not in REHAB_MEASURES:
                raise UnknownNameError("measure of an exercise", name, REHAB_MEASURES)
            values.setdefault(name, []).append(value)
    block = {
        name: _POOLS[pooled](found)
        for name, found in values.items()
        if (pooled := REHAB_MEASURES[name].pooled) in _POOLS
    }
    his = [each for each in movements if {"patient_moving_work", "robot_moving_work"} <= set(each)]
    if his:
        patient_j, robot_j = ([each[f"{who}_moving_work"] for each in his] for who in ("patient", "robot"))
        way_m, apart_m = (
            [0.01 * each.get(name, 0.0) for each in his] for name in ("handle_way", "handle_apart")
        )  # fmt: skip
        block["patient_share"] = patient_share(patient_j, robot_j, way_m, apart_m)
    pairs = [
        (m["passive_speed"], m["passive_torque"]) for m in movements if {"passive_speed", "passive_torque"} <= set(m)
    ]
    if pairs:
        block["tone"] = tone(*zip(*pairs, strict=True))
    return _finite(block.items())


def _finite(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    found = {name: float(value) for name, value in pairs if math.isfinite(value)}
    return {name: found[name] for name in REHAB_MEASURES if name in found}
