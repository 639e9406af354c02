"""Rehearses a guided exercise: in lockstep, in this process, recorded nowhere; only its results are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from control.runner import Orders, run_lockstep
from control.tick import tick_dtype
from robotics.errors import DeviceError
from simulation.patients.patient import Patient
from steadyhand.plants import Through
from steadyhand.rehab.build import build
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.results import result_of
from steadyhand.rehab.rig import GuidedRig
from steadyhand.rehab.weighed import with_weight
from vr_training.rehab.results import ExerciseResult
from vr_training.rehab.traces import KEPT

BATCH = 1024
"""Ticks that are packed at a time."""


class KeptTicks:
    """A sink that keeps of each tick what results are made of.

    Args:
        dtype: Of the whole record.
        fields: What is kept.
        look: Called after each tick.
    """

    def __init__(
        self, dtype: np.dtype[np.void], fields: Sequence[str] = KEPT, look: Callable[[], None] | None = None
    ) -> None:
        self._whole: NDArray[np.void] = np.zeros(BATCH, dtype)
        self._words = self._whole.view(np.int64).reshape(BATCH, -1)  # whole words are copied faster than their fields
        self._count, self._look = 0, look
        self._fields = tuple(fields)
        self._packed = np.dtype([(name, dtype[name]) for name in fields])
        self._batches: list[NDArray[np.void]] = []

    def write(self, record: NDArray[np.void]) -> None:
        """Keep one tick."""
        self._words[self._count] = record.view(np.int64)
        self._count += 1
        if self._count == BATCH:
            self._pack()
        if self._look is not None:
            self._look()

    def ticks(self) -> NDArray[np.void]:
        """All of them."""
        self._pack()
        return np.concatenate(self._batches) if self._batches else np.zeros(0, self._packed)

    def _pack(self) -> None:
        if self._count:
            batch = np.zeros(self._count, self._packed)
            for name in self._fields:
                batch[name] = self._whole[name][: self._count]
            self._batches.append(batch)
        self._count = 0


def rehearse(order: ExerciseOrder, watch: Callable[[float], None] | None = None) -> ExerciseResult:
    """Run an exercise as fast as it can without recording it; the same results as `steadyhand.run.run` would give.

    Args:
        order: What to run; whether it asks for lockstep or a view makes no difference.
        watch: Told the simulated time now and then [s].

    Raises:
        SteadyhandError: It cannot be done; says why.
    """
    return rehearsed(order, watch).result


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsed exercise.

    Attributes:
        result: What it came to.
        ticks: Of each tick the fields that were kept.
        rig: The rig as planned.
        patient: The simulated patient as he was at the end.
    """

    result: ExerciseResult
    ticks: NDArray[np.void]
    rig: GuidedRig
    patient: Patient


def rehearsed(
    order: ExerciseOrder,
    watch: Callable[[float], None] | None = None,
    fields: Sequence[str] = KEPT,
    look: Callable[[Patient], None] | None = None,
    orders: Orders | None = None,
    through: Through | None = None,
) -> Rehearsal:
    """Run an exercise as `rehearse` does, and keep fields of its ticks: at least those that results are made of.

    ``look`` is called after each tick that is kept, with the patient as he is then. ``orders`` is where a therapist
    asks for a stop; nobody does where None. ``through`` is a board between the loop and the simulated robot.
    """
    run = ExerciseRun(order)
    rig = run.rig
    with build(rig, shown=False, through=through) as guided:
        loop = guided.loop
        loop.power_on()
        if loop.states.reason:
            raise DeviceError(f"the self-test failed: {loop.states.reason}")
        wanted = dict.fromkeys((*fields, *(("arms",) if rig.settings.weighs else ())))
        kept = KeptTicks(
            tick_dtype(loop.layout), tuple(wanted), None if look is None else partial(look, guided.patient)
        )
        run_lockstep(loop, kept, run.duration_s, orders, watch)
        signals = tuple(signal.name for signal in guided.bout.signals)
    ticks = kept.ticks()
    result = result_of(
        ticks,
        rig.settings,
        exercise=rig.exercise,
        signals=signals,
        rate_hz=1.0 / run.period_s,
        arm=rig.name,
        law=rig.law,
        patient=rig.patient_name,
        side=rig.side,
        planned=rig.repetitions,
        seed=order.seed,
    )
    if rig.settings.weighs:
        result = with_weight(result, ticks, rig)
    return Rehearsal(result, ticks, rig, guided.patient)
