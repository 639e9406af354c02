"""A real plant beside a simulated one: the scene follows the real arm.

A lesson's scene is simulated whoever moves the arm. Beside a real arm the simulated one is its mirror: it is where the
real one was measured.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np

from robotics.contracts import Command, DriveMode, Measurement, Plant, PlantDescription, StopKind, Vector
from simulation.bullet_plant import BulletPlant


class RealPlant:
    """A real plant that the loop drives, and a simulated one that goes along.

    Args:
        real: The real one; connected here.
        simulated: The simulated one, driven by position; connected by the caller.
    """

    def __init__(self, real: Plant, simulated: BulletPlant) -> None:
        self._real, self._simulated = real, simulated
        n = len(real.describe().joints)
        self._follow = Command(DriveMode.POSITION, np.zeros(n), np.zeros(n), np.zeros(n))
        self._last: Vector | None = None

    def describe(self) -> PlantDescription:
        """What the real plant is."""
        return self._real.describe()

    def __enter__(self) -> RealPlant:
        self._real.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._real.__exit__(kind, error, trace)

    def read(self) -> Measurement:
        """The real plant's measurement."""
        measurement = self._real.read()
        if measurement.valid:
            self._last = measurement.q
        return measurement

    def write(self, command: Command) -> Command:
        """Send a command to the real plant; the simulated one goes where that was measured."""
        sent = self._real.write(command)
        if self._last is not None:
            self._follow.q[:] = self._last
            self._simulated.write(self._follow)
        return sent

    def stop(self, kind: StopKind) -> None:
        """Stop the real plant; the simulated one stays where it is."""
        self._real.stop(kind)
        self._simulated.stop(StopKind.HOLD)
