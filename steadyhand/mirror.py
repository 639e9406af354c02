"""A simulated arm that goes where a real one was measured, as fast as that moves."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Command, DriveMode, Measurement
from simulation.bullet_plant import BulletPlant

GENTLY = 0.25
"""Where it is elsewhere at first it goes there at this share of its joints' largest speeds; ours."""


class Mirror:
    """Moves a simulated arm, driven by position, along with measurements.

    Args:
        simulated: The simulated arm; connected.
        period_s: Control period [s].
    """

    def __init__(self, simulated: BulletPlant, period_s: float) -> None:
        self._simulated, self._period = simulated, period_s
        n = len(simulated.describe().joints)
        self._gently = GENTLY * simulated.describe().velocity * period_s
        self._q, self._way = np.full(n, np.nan), np.zeros(n)
        self._command = Command(DriveMode.POSITION, simulated.read().q.copy(), np.zeros(n), np.zeros(n))

    def see(self, measurement: Measurement) -> None:
        """Take what was measured; what is not valid changes nothing."""
        if measurement.valid:
            self._q[:] = measurement.q
            # Never slower than the real arm, whose speed may not be known.
            np.abs(np.nan_to_num(measurement.dq) * self._period, out=self._way)

    def follow(self) -> None:
        """A period of the simulated arm, on its way to where the real one was seen last; stays where none was."""
        if np.isnan(self._q).any():
            return
        command, most = self._command, self._way + self._gently
        step = np.clip(self._q - command.q, -most, most)
        command.q += step
        np.divide(step, self._period, out=command.dq)
        self._simulated.write(command)
