"""A sheet in a PyBullet world: it meets the arms' jaws there, and they feel it as forces."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from simulation.grasping import ArmBodies
from simulation.sheet import Jaws, Sheet
from simulation.world import BulletWorld


class SheetCoupling:
    """Steps a sheet together with a world, from when it is made until the world is left.

    Before each physics step it reads where the jaws' links are, lets the sheet go along from where they were, and puts
    what the sheet does to them on the links for the step that follows: friction and pushes where they act, and the
    pads' squeeze, which presses the jaws apart. Nothing is welded.

    Args:
        world: The world, connected.
        sheet: The sheet.
        arms: The arms; those without jaws do not touch it.

    Attributes:
        jaws: What each arm with jaws does to the sheet, and what it feels.
        cutting: Whether the jaws part what they touch, as a hot blade does: they neither push nor hold it then.
    """

    def __init__(self, world: BulletWorld, sheet: Sheet, arms: tuple[ArmBodies, ...]) -> None:
        self._world, self.sheet = world, sheet
        self._links = [(arm.body, arm.jaws) for arm in arms if arm.jaws is not None]
        self.jaws = tuple(Jaws(np.zeros((2, 3, 4)), np.zeros((2, 3, 4)), np.zeros((2, 7))) for _ in self._links)
        self._row = np.zeros(7)
        self.cutting = False
        for (body, links), jaws in zip(self._links, self.jaws, strict=True):
            self._read(body, links, jaws.after)
            jaws.before[:] = jaws.after
        world.push(self._step)

    @property
    def pull_n(self) -> float:
        """Force of the sheet on all jaws together [N]."""
        if not self.jaws:
            return 0.0
        return float(np.linalg.norm(sum(jaws.force for jaws in self.jaws)))

    @property
    def pinch_n(self) -> float:
        """How hard the arm that squeezes the sheet hardest does so [N]; 0 where none does."""
        return max((jaws.pinch_n for jaws in self.jaws), default=0.0)

    def _step(self) -> None:
        for (body, links), jaws in zip(self._links, self.jaws, strict=True):
            jaws.before[:] = jaws.after
            self._read(body, links, jaws.after)
        dt = self._world.settings.physics_period_s
        if self.cutting:
            self.sheet.step(dt)
            for jaws in self.jaws:
                jaws.reaction[:], jaws.pinch_n = 0.0, 0.0
            return
        self.sheet.step(dt, self.jaws)
        for (body, links), jaws in zip(self._links, self.jaws, strict=True):
            self._push(body, links, jaws)

    def _read(self, body: int, links: tuple[int, int], out: Vector) -> None:
        states = self._world.client.getLinkStates(body, links, computeForwardKinematics=1)
        for state, frame in zip(states, out, strict=True):
            self._row[:3], self._row[3:] = state[4], state[5]
            _frame(self._row, frame)

    def _push(self, body: int, links: tuple[int, int], jaws: Jaws) -> None:
        for side, link in enumerate(links):
            reaction, frame = jaws.reaction[side], jaws.after[side]
            if reaction[3] > 0.0:
                self._world.apply_force(body, link, reaction[:3], reaction[4:] / reaction[3])
            if jaws.pinch_n > 0.0:
                # The left jaw's tissue lies along its x axis, and presses it the other way.
                away = frame[:, 0] * (-jaws.pinch_n if side == 0 else jaws.pinch_n)
                at = frame[:, 3] + frame[:, 1] * jaws.pinch_at_m
                self._world.apply_force(body, link, away, at)


@kernel
def _frame(pose: Vector, out: Vector) -> None:
    """PyBullet's position and quaternion ``[x, y, z, qx, qy, qz, qw]`` as a frame, shape (3, 4)."""
    x, y, z, w = pose[3], pose[4], pose[5], pose[6]
    out[0, 0], out[0, 1], out[0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    out[1, 0], out[1, 1], out[1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    out[2, 0], out[2, 1], out[2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    out[0, 3], out[1, 3], out[2, 3] = pose[0], pose[1], pose[2]
