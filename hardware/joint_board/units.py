"""Numbers of the protocol and of the field: integers there, radians, metres and newtons here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hardware.joint_board.messages import Joint
from robotics.contracts import Vector

POSITION = 1e-7
"""A unit of position [rad or m]."""

_I32, _I16 = 2**31 - 1, 2**15 - 1


class Units:
    """Of all joints of a board.

    Args:
        joints: What the board says of each, in order.
    """

    def __init__(self, joints: Sequence[Joint]) -> None:
        self.dq = np.array([1e-9 * joint.dq_unit for joint in joints])
        self.tau = np.array([1e-9 * joint.tau_unit for joint in joints])

    def positions(self, q: Vector) -> tuple[int, ...]:
        """Positions, shape (n,) [rad or m], as the board has them; what it cannot say is cut."""
        return _integers(q / POSITION, _I32)

    def velocities(self, dq: Vector) -> tuple[int, ...]:
        """Velocities, shape (n,), as the board has them."""
        return _integers(dq / self.dq, _I16)

    def efforts(self, tau: Vector) -> tuple[int, ...]:
        """Torques or forces, shape (n,), as the board has them."""
        return _integers(tau / self.tau, _I16)


def unit_of(joint: Joint) -> str:
    """Unit of a joint's position."""
    return "m" if joint.prismatic else "rad"


def _integers(values: Vector, most: int) -> tuple[int, ...]:
    return tuple(np.rint(np.clip(values, -most, most)).astype(np.int64).tolist())
