"""The simulator beside a real arm: both get the same commands, and what is noted is by how much they come to differ.

A model is as good as that difference is small. It has the real line in it as well: what a real arm measures is some
milliseconds old by the time it is heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Command, Measurement, Plant, Vector
from robotics.kinematics import forward
from simulation.bullet_plant import BulletPlant, PlacedArm
from steadyhand.real_plant import RealPlant

NOTED_S = 0.01
"""How often both are noted [s]."""

LONGEST_S = 3600.0
"""Longest run that is noted: as long as any may be [s]."""

TOGETHER, TOGETHER_S = 2e-3, 0.2
"""The simulated arm follows the real one until no joint differs by more, for so long [rad or m, s]; ours."""


@dataclass(frozen=True)
class Difference:
    """How a joint, or the tip, differed.

    Attributes:
        name: Which.
        unit: ``"deg"`` or ``"mm"``.
        rms: Root mean square.
        worst: Largest.
        worst_at_s: When that was [s].
    """

    name: str
    unit: str
    rms: float
    worst: float
    worst_at_s: float


@dataclass(frozen=True)
class Shadow:
    """Both arms of a run, from when they stood together.

    Attributes:
        joints: Names of the joints, n of them.
        prismatic: Which of them are no angles, shape (n,).
        time_s: When it was noted, by the run's time, shape (t,) [s].
        real: Measured, shape (t, n) [rad or m].
        simulated: What the simulator had by then, shape (t, n).
        tip_mm: How far the tips were apart, shape (t,).
    """

    joints: tuple[str, ...]
    prismatic: tuple[bool, ...]
    time_s: NDArray[np.float64]
    real: NDArray[np.float64]
    simulated: NDArray[np.float64]
    tip_mm: NDArray[np.float64]

    @property
    def apart(self) -> NDArray[np.float64]:
        """Real less simulated, shape (t, n) [deg or mm]."""
        scale = np.where(self.prismatic, 1e3, 180.0 / np.pi)
        off: NDArray[np.float64] = (self.real - self.simulated) * scale
        return off

    def unit(self, joint: int) -> str:
        """Unit of a joint's difference."""
        return "mm" if self.prismatic[joint] else "deg"

    def differences(self) -> tuple[Difference, ...]:
        """Of each joint, the tip last; none where they never stood together."""
        if not len(self.time_s):
            return ()
        rows = [(name, self.unit(j), self.apart[:, j]) for j, name in enumerate(self.joints)]
        return tuple(self._of(*row) for row in (*rows, ("tip", "mm", self.tip_mm)))

    def _of(self, name: str, unit: str, off: NDArray[np.float64]) -> Difference:
        worst = int(np.argmax(np.abs(off)))
        rms = float(np.sqrt(np.mean(off**2)))
        return Difference(name, unit, rms, float(np.abs(off[worst])), float(self.time_s[worst]))


class ShadowedPlant(RealPlant):
    """A real plant that the loop drives, and a simulated one that gets the same commands.

    Args:
        real: The real one; connected here.
        simulated: The simulated one, driven by position; connected by the caller.
        arm: The arm that both are.
        period_s: Control period [s].
    """

    def __init__(self, real: Plant, simulated: BulletPlant, arm: PlacedArm, period_s: float) -> None:
        super().__init__(real, simulated, period_s)
        self._arm, self._period = arm, period_s
        n, rows = len(real.describe().joints), round(LONGEST_S / NOTED_S)
        self._every = max(round(NOTED_S / period_s), 1)
        # All of it at once: no memory has to be found while the loop runs.
        self._time, self._both = np.zeros(rows), np.zeros((rows, 2, n))
        self._rows = self._ticks = self._near = 0
        self._met = False
        self._last: Vector | None = None

    def read(self) -> Measurement:
        """The real plant's measurement."""
        measurement = super().read()
        if measurement.valid:
            self._last = measurement.q
        return measurement

    def write(self, command: Command) -> Command:
        """Send a command to the real plant, and what was really sent to the simulated one."""
        sent = self._real.write(command)
        self._ticks += 1
        if self._last is None:
            return sent
        if self._met:
            self._simulated.write(sent)
        else:
            self._mirror.follow()
        if not self._met or self._ticks % self._every == 0:
            self._note(self._simulated.read().q)
        return sent

    def _note(self, simulated: Vector) -> None:
        assert self._last is not None
        if not self._met:
            near = bool(np.abs(simulated - self._last).max() < TOGETHER)
            self._near = self._near + 1 if near else 0
            self._met = self._near * self._period >= TOGETHER_S
        elif self._rows < len(self._time):
            self._time[self._rows] = self._ticks * self._period
            self._both[self._rows, 0], self._both[self._rows, 1] = self._last, simulated
            self._rows += 1

    def noted(self) -> Shadow:
        """Both arms, as far as they were noted."""
        chain, both = self._arm.chain, self._both[: self._rows]

        def tip(q: Vector) -> Vector:
            return forward(chain, q[: chain.size])[:3, 3]

        tips = [float(np.linalg.norm(tip(real) - tip(simulated))) for real, simulated in both]
        jaw = (False,) * (both.shape[2] - chain.size)
        return Shadow(
            joints=tuple(name.rsplit("/", 1)[-1] for name in self.describe().joints),
            prismatic=(*(bool(kind) for kind in chain.kind), *jaw),
            time_s=self._time[: self._rows].copy(),
            real=both[:, 0].copy(),
            simulated=both[:, 1].copy(),
            tip_mm=1e3 * np.array(tips),
        )
