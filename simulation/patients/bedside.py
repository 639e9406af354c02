"""The bedside of a simulated patient: he is shown what is asked, presses his button, leans; a therapist stands by.

The therapist presses his key once to let the exercise begin, and not again: what stopped stays stopped.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.guidance import BedsideReading, Cue
from simulation.patients.patient import Patient

PRESSES_S = 0.3
"""When the therapist presses his key [s]."""

LETS_GO_S = 0.5
"""When he lets it go: from then on the exercise runs [s]."""


class SimulatedBedside:
    """What stands at a simulated patient's side.

    Args:
        patient: The patient.
        presses_s: When the therapist presses his key; never where infinite [s].
    """

    def __init__(self, patient: Patient, presses_s: float = PRESSES_S) -> None:
        self._patient, self._presses_s = patient, presses_s
        self._lets_go_s = presses_s + LETS_GO_S - PRESSES_S
        self._reading = BedsideReading(False, False, np.zeros(3), np.zeros(7), np.zeros(0))
        self._time = 0.0

    def __enter__(self) -> SimulatedBedside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def reset(self, rng: np.random.Generator, dt: float) -> None:  # noqa: ARG002
        """Start afresh; the patient was put into the arm by whoever built the rig."""
        self._time = 0.0

    def show(self, cue: Cue) -> None:
        """Let the patient see what is asked."""
        self._time = cue.time_s
        self._patient.see(cue)

    def read(self) -> BedsideReading:
        """What is known of him now."""
        reading, patient = self._reading, self._patient
        reading.consent = self._presses_s <= self._time < self._lets_go_s
        reading.pain = patient.pain
        reading.trunk[:] = patient.trunk
        reading.sound_side[:] = patient.sound_side
        return reading
