"""Adds to a result what a patient's arm was found to weigh."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from robotics.errors import ArgumentError
from simulation.patients.limb import limb_on
from steadyhand.rehab.build import prepare
from steadyhand.rehab.rig import GuidedRig
from steadyhand.rehab.weighing import held_out_nm, named, weigh
from vr_training.rehab.results import ExerciseResult


def with_weight(result: ExerciseResult, ticks: NDArray[np.void], rig: GuidedRig) -> ExerciseResult:
    """A result with the loads that were found; as it was where the postures that were held do not determine them."""
    period, gravity = rig.config.period_s, rig.config.simulation.gravity_m_s2
    table = limb_on(rig.arm, prepare(rig).patient)
    try:
        found = weigh(ticks, rig.arm, table, period, gravity)
    except ArgumentError:
        return result
    measures = {
        "arm_weight": held_out_nm(rig.arm, found.loads, period, gravity),
        "arm_weight_average": held_out_nm(rig.arm, table, period, gravity),
        "arm_weight_residual": found.residual_nm,
    }
    return replace(result, loads=named(rig.arm, found.loads), measures=result.measures | measures)
