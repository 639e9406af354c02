"""What a rehabilitation law is: it turns where a patient is and what is asked of him into a force on his arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from robotics.contracts import Vector
from robotics.guidance import Guidance


@dataclass(slots=True)
class LawState:
    """What a law knows in a tick, in the exercise's coordinates. Arrays are the caller's, shape (m,).

    Attributes:
        x: Where the arm is, [rad] or [m].
        v: Its velocity.
        patient: Force of the patient on the arm as the cuffs measure it, [Nm] or [N].
        guidance: What is asked.
    """

    x: Vector
    v: Vector
    patient: Vector
    guidance: Guidance


@runtime_checkable
class Law(Protocol):
    """A law for ``dims`` coordinates, called once a control period. Constructing one allocates all that it needs.

    Attributes:
        dims: Number of coordinates, m.
        assistance: Present share of the help that the law could give, 0 to 1: what is shown and logged. Laws that only
            resist have 0.
    """

    dims: int
    assistance: float

    def reset(self) -> None:
        """Forget all that was learnt."""
        ...

    def update(self, state: LawState, force: Vector) -> None:
        """Force on the arm for the coming period.

        Args:
            state: What is known. Where its guidance's moment is REST a law lets go (all but those that hold the arm).
            force: Result, shape (m,), [Nm] or [N]: of the robot on the arm, before support, limits and guard.
        """
        ...
