"""Is the patient's share of the work that results tell the share that simulated muscles truly had?

python -m benchmarks.work_share [--rig RIG] [--patients NAMES] [--laws NAMES] [EXERCISE ...]

True is what his muscles and his tissue put into each movement, with the motion below 2 Hz, over that and what the law
put in. The exit status is 1 where a share that is told lies further from it than `APART`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from benchmarks._report import console, print_machine
from control.tick import State
from robotics.contracts import Vector
from robotics.errors import SteadyhandError
from simulation.patients.patient import Patient
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from vr_training.rehab.measures.effort import SLOW_HZ
from vr_training.rehab.measures.motion import low_passed

APART = 30.0
"""Further than this no share may lie from the true one [%]; ours."""

EXERCISES = ("elbow_flexion", "shoulder_abduction", "centre_out", "circle", "forward_reach", "resisted_reach")
PATIENTS = ("stroke_flaccid", "stroke_moderate", "healthy")
LAWS = ("passive", "wolbrecht", "minimal_aan", "tunnel", "active", "resistive_viscous")


@dataclass(frozen=True)
class Compared:
    """A run: the share that is told and the true one [%], NaN where there is none, and the works behind [J]."""

    told: float
    true: float
    muscles_j: float
    tissue_j: float
    law_j: float


def compared(order: ExerciseOrder) -> Compared:
    """Run an exercise in lockstep and compare."""
    seen: list[Vector] = []

    def look(patient: Patient) -> None:
        seen.append(np.concatenate([patient.q, patient.muscle_torque, patient.passive_torque]))

    ran = rehearsed(order, look=look)
    result, ticks, rig, rate_hz = ran.result, ran.ticks, ran.rig, 1.0 / ran.rig.config.period_s
    part = ticks["guided"][rig.arm.name]
    q, muscles, tissue = np.split(np.array(seen), 3, axis=1)
    own, led = (np.gradient(low_passed(x.astype(np.float64), rate_hz, SLOW_HZ), 1.0 / rate_hz, axis=0)
                for x in (q, part["x"]))  # fmt: skip
    powers = np.stack([(muscles * own).sum(axis=1), (tissue * own).sum(axis=1), (part["robot"] * led).sum(axis=1)])
    runs = (ticks["state"] == State.ENGAGED) & (part["movement"] > 1)  # the first brings the arm to its start
    works = np.array([powers[:, runs & (part["movement"] == n)].sum(axis=1) for n in np.unique(part["movement"][runs])])
    works = works.reshape(-1, 3) / rate_hz
    his, laws = np.maximum(works[:, 0] + works[:, 1], 0.0).sum(), np.maximum(works[:, 2], 0.0).sum()
    true = 100.0 * float(his / (his + laws)) if his + laws > 0.0 else math.nan
    return Compared(result.measures.get("patient_share", math.nan), true, *(float(each) for each in works.sum(axis=0)))


def orders(
    exercises: Iterable[str], patients: Iterable[str], laws: Iterable[str], rig: str | None
) -> list[ExerciseOrder]:
    """All that is compared."""
    return [
        ExerciseOrder(
            exercise=exercise, patient=patient, law=law, rig=rig, repetitions=2, lockstep=True, headless=True,
            demonstrated=False,
        )
        for exercise in exercises for patient in patients for law in laws
    ]  # fmt: skip


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", default=EXERCISES, metavar="EXERCISE")
    parser.add_argument("--rig", help="another robot than each exercise's usual one")
    parser.add_argument("--patients", default=",".join(PATIENTS), metavar="NAMES", help="with commas between them")
    parser.add_argument("--laws", default=",".join(LAWS), metavar="NAMES", help="with commas between them")
    asked = parser.parse_args()
    print_machine("pybullet", "numba")
    table = Table("exercise", "patient", "law", "told [%]", "true [%]", "muscles [J]", "tissue [J]", "law [J]")
    told, worst = 0, 0.0
    for order in orders(asked.exercises, asked.patients.split(","), asked.laws.split(","), asked.rig):
        try:
            found = compared(order)
        except SteadyhandError as error:
            console.print(f"{order.exercise} {order.patient} {order.law}: {error}")
            continue
        figures = (found.told, found.true, found.muscles_j, found.tissue_j, found.law_j)
        shown = ("-" if math.isnan(each) else f"{each:.{0 if k < 2 else 2}f}" for k, each in enumerate(figures))
        table.add_row(order.exercise, order.patient, str(order.law), *shown)
        if math.isfinite(found.told) and math.isfinite(found.true):
            told, worst = told + 1, max(worst, abs(found.told - found.true))
    console.print(table)
    console.print(f"{told} shares told, {worst:.0f} points from the true one at most")
    sys.exit(int(worst > APART))


if __name__ == "__main__":
    main()
