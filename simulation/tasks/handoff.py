"""Handoff: one arm takes a thing, hands it to the other in the air, and that one puts it where it belongs."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Signal, Vector
from robotics.errors import ArgumentError
from robotics.kernels.rotation import matrix_from_pose
from robotics.shape_config import Positive, Triple
from simulation.arm_contact import ArmContact
from simulation.grasping import GraspWatch
from simulation.passage import Passage
from simulation.tasks import transfer
from simulation.tasks.handoff_guide import GIVER, STEPS, TAKER, HandoffGuide
from simulation.tasks.transfer import Spot, Transfer, pressed
from simulation.tasks.transfer_guide import Guide, Stand
from simulation.world import BulletWorld

POINTS, COLLIDED = transfer.PLACED, len(transfer.Transfer.signals)
"""Places of the signals that a transfer has not, or calls otherwise."""

SIDES = ("Left", "Right")
"""What a person calls the arms, by where their tips start."""


class Settings(transfer.Settings, frozen=True, kw_only=True):
    """Settings of a handoff: those of a transfer, and where the arms meet.

    Attributes:
        meet_m: Where a thing's frame is to be when it is handed over, in world.
        meet_carry_m: Height at which the tips come to that place and leave it, in world [m].
        either_side: Whether the things start on the other side in every other episode, drawn: starts and goals are
            mirrored left to right, and the arms change their parts.
    """

    meet_m: Triple
    meet_carry_m: Positive
    either_side: bool = False


class Handoff(Transfer):
    """A transfer that one arm begins and the other ends.

    The arm whose tip starts nearer to the things gives, the other takes. A thing counts where it belongs only if it has
    passed from one to the other in the air (`simulation.passage.Passage`); where it is to be held up, the taker alone
    has to hold it.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7).

    Raises:
        ArgumentError: The rig has fewer than two arms.
    """

    settings: Settings
    signals = (
        *(Signal("points", "") if signal.name == "placed" else signal for signal in Transfer.signals),
        Signal("collided", ""),
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        if len(tip_starts) < 2:
            raise ArgumentError(f"a handoff needs a rig with two arms, this one has {len(tip_starts)}")
        super().__init__(name, settings, world, tip_starts)
        self._meet = np.array(settings.meet_m)
        orders = (False, True) if settings.either_side else (False,)
        # A scene is told of before anything is drawn: its phases name every order that there may be.
        self.phases = (*(phase for mirrored in orders for phase in self._share_out(mirrored)), "Done")
        self._share_out(False)

    def reset(self, rng: np.random.Generator) -> None:
        """Draw who gives and who takes, lay everything out, and let it come to rest."""
        self._share_out(self.settings.either_side and bool(rng.integers(2)))
        self._passages = [Passage(*self._roles) for _ in self.settings.starts]
        self._contact = ArmContact(self._world.client)
        super().reset(rng)

    def _share_out(self, mirrored: bool) -> tuple[str, ...]:
        """Say who gives and who takes where the things start as the settings say, or mirrored.

        Returns:
            What each then does, phase by phase.
        """
        self._mirrored = mirrored
        x = np.mean([start.xyz_m[0] for start in self.settings.starts]) * (-1.0 if mirrored else 1.0)
        # The rig's first two arms: what comes after them, an endoscope's say, takes nothing.
        order = np.argsort(np.abs(self._tip_starts[:2, 0] - x))
        self._roles = (int(order[0]), int(order[1]))
        self._home = float(np.sign(self._tip_starts[self._roles[GIVER], 0] - self._meet[0]))
        sides = [SIDES[int(self._tip_starts[arm, 0] > self._meet[0])] for arm in self._roles]
        return tuple(f"{sides[who]}: {what}" for who, what in STEPS)

    def _drawn(self, spot: Spot, rng: np.random.Generator) -> Vector:
        place = super()._drawn(spot, rng)
        if self._mirrored:
            place[0] = -place[0]
        return place

    def _new_guide(self) -> Guide:
        settings = self.settings
        self._guides = (
            self._arm_guide(self._roles[GIVER], self._gives_at),
            self._arm_guide(self._roles[TAKER], self._takes_at),
        )
        aside = self._tip_starts[self._roles[TAKER]]
        self._pair = HandoffGuide(self._guides, self._roles, aside, self._meet, settings.carry_m, settings.meet_carry_m)
        return self._pair

    def _gives_at(self, thing: Vector) -> int:
        """Of all grasps the one that lies nearest to the giver's side: the taker needs the other side."""
        return self._outermost(thing, self._home)

    def _takes_at(self, thing: Vector) -> int:
        """Of all grasps the one farthest from where the giver holds it; where it lies, the one on the taker's side."""
        taken = self._guides[GIVER].grasp
        if taken < 0:
            return self._outermost(thing, -self._home)
        points = np.array([grasp.point_m for grasp in self.settings.thing.grasps])
        return int(np.argmax(np.linalg.norm(points - points[taken], axis=1)))

    def _outermost(self, thing: Vector, side: float) -> int:
        T = np.empty((4, 4))
        matrix_from_pose(thing, T)
        return int(np.argmax([side * T[0, :3] @ grasp.point_m for grasp in self.settings.thing.grasps]))

    def _advise(self, time: float, arms: np.void) -> None:
        i, release = self._active, self.settings.release
        watch, thing, goal = self._watches[i], self._poses[i], self._goal_of_active()
        gives, takes = (
            Stand(time, arms[role]["tip"], thing, goal, watch.holds(role), release, pressed(arms[role]))
            for role in self._roles
        )
        self._pair.step(gives, takes, self._passages[i], self._outcome)
        self._outcome.phase += len(STEPS) * self._mirrored
        self._contact.look(self._arms, time)
        self._outcome.signals[COLLIDED] = self._contact.count

    def _holders(self, watch: GraspWatch) -> int:
        return sum(watch.holds(role) for role in self._roles)

    def _see(self, i: int, time: float) -> None:
        super()._see(i, time)
        at_home = self._home * (self._poses[i, 0] - self._meet[0]) > 0.0
        self._passages[i].look(self._watches[i], at_home, time)

    def _lies(self, i: int) -> bool:
        return super()._lies(i) and self._passages[i].passed

    def _held_up(self, i: int) -> bool:
        watch, (giver, taker) = self._watches[i], self._roles
        alone = watch.holds(taker) and not watch.holds(giver)
        return super()._held_up(i) and self._passages[i].passed and alone


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Handoff:
    """Make the task from its settings."""
    return Handoff(name, settings, world, tip_starts)
