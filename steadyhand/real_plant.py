"""A real plant beside a simulated one: the scene follows the real arm.

A lesson's scene is simulated whoever moves the arm. Beside a real arm the simulated one is its mirror: it is where the
real one was measured.
"""

from __future__ import annotations

from types import TracebackType

from robotics.contracts import Command, Measurement, Plant, PlantDescription, StopKind
from simulation.bullet_plant import BulletPlant
from steadyhand.mirror import Mirror


class RealPlant:
    """A real plant that the loop drives, and a simulated one that goes along.

    Args:
        real: The real one; connected here.
        simulated: The simulated one, driven by position; connected by the caller.
        period_s: Control period [s].
    """

    def __init__(self, real: Plant, simulated: BulletPlant, period_s: float) -> None:
        self._real, self._simulated, self._mirror = real, simulated, Mirror(simulated, period_s)

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
        self._mirror.see(measurement)
        return measurement

    def write(self, command: Command) -> Command:
        """Send a command to the real plant; the simulated one goes where that was measured."""
        sent = self._real.write(command)
        self._mirror.follow()
        return sent

    def leave(self) -> str:
        """Have the real plant's drives off where it is not safe, and say how it was left: empty if it cannot tell."""
        leave = getattr(self._real, "leave", None)
        return str(leave()) if leave is not None else ""

    def stop(self, kind: StopKind) -> None:
        """Stop the real plant; the simulated one stays where it is."""
        self._real.stop(kind)
        self._simulated.stop(StopKind.HOLD)
