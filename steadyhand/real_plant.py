"""A real plant beside a simulated one: the scene follows the real arm, or its shadow does what the real arm was told.

A lesson's scene is simulated whoever moves the arm. Beside a real arm the simulated one is either its mirror, which is
where the real one was measured, or its shadow, which is given the same commands: how far the two come apart is how far
the simulation is from the real arm.
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
        shadow: Whether it is given the commands, and is compared; else it mirrors what was measured.

    Attributes:
        largest: Largest distance of each joint from its shadow, shape (n,) [rad or m].
    """

    def __init__(self, real: Plant, simulated: BulletPlant, shadow: bool) -> None:
        self._real, self._simulated, self._shadow = real, simulated, shadow
        n = len(real.describe().joints)
        self._follow = Command(DriveMode.POSITION, np.zeros(n), np.zeros(n), np.zeros(n))
        self._last: Vector | None = None
        self.largest, self._squares, self._count = np.zeros(n), np.zeros(n), 0

    def describe(self) -> PlantDescription:
        """What the real plant is."""
        return self._real.describe()

    @property
    def rms(self) -> Vector:
        """Root mean square of each joint's distance from its shadow, shape (n,) [rad or m]."""
        return np.sqrt(self._squares / max(self._count, 1))

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
            if self._shadow:
                apart = np.abs(measurement.q - self._simulated.read().q)
                np.maximum(self.largest, apart, out=self.largest)
                self._squares += apart * apart
                self._count += 1
        return measurement

    def write(self, command: Command) -> Command:
        """Send a command to the real plant; the simulated one goes along."""
        sent = self._real.write(command)
        if self._shadow:
            self._simulated.write(sent)
        elif self._last is not None:
            self._follow.q[:] = self._last
            self._simulated.write(self._follow)
        return sent

    def stop(self, kind: StopKind) -> None:
        """Stop the real plant; the simulated one stays where it is."""
        self._real.stop(kind)
        self._simulated.stop(StopKind.HOLD)
