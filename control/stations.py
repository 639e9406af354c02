"""What the loop asks of an arm: the stations of a tick, in the order in which it calls them.

`control.teleoperated_arm.TeleoperatedArm` follows a surgeon's hand through them, `control.guided_arm.GuidedArm` guides
a patient's arm under a rehabilitation law.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from control.tick import GuidedLayout, State
from robotics.contracts import Command, HandPose, Measurement, Outcome


class ArmStations(Protocol):
    """An arm in the loop, with its operator and everything between the two.

    Attributes:
        name: Name in the rig.
        joints: Number of its chain joints.
        hand: The operator's hand as read in this tick.
        flags: `control.tick.Flag` bits of what limited or stopped this arm in this tick.
        homed: Whether the arm has been home.
        at_rest: Whether its commanded motion is zero.
    """

    name: str
    joints: int
    hand: HandPose
    flags: int
    homed: bool
    at_rest: bool

    def self_test(self, measurement: Measurement) -> list[str]:
        """What keeps this arm from starting, in sentences; empty where all is well."""
        ...

    def start(self, measurement: Measurement) -> None:
        """Command what is: the arm stays where it stands."""
        ...

    def measure(self, measurement: Measurement) -> None:
        """Take this arm's part of the measurement; sets ``flags`` afresh."""
        ...

    def read_intent(self) -> None:
        """Read the operator."""
        ...

    def filter_tremor(self) -> None:
        """Take the tremor out of the operator's motion."""
        ...

    def clutch_and_scale(self, state: State) -> None:
        """Turn the operator's motion into what is asked of the arm."""
        ...

    def constrain(self, state: State) -> None:
        """Find the motion, or the force, within every constraint."""
        ...

    def guard(self, command: Command) -> None:
        """Let through only what the limits allow, and write it into the plant's command."""
        ...

    def log(self, sent: Command, slot: NDArray[np.void]) -> None:
        """Write what this arm knew and did into its part of the tick record (`control.tick.arm_dtype`), shape (1,)."""
        ...

    def show(self, time_s: float, outcome: Outcome | None) -> None:
        """Let the operator see what this tick came to."""
        ...


@runtime_checkable
class GuidingStations(Protocol):
    """An arm that guides a patient, and has more to write down than others.

    Attributes:
        guided: What its part of the tick record holds.
    """

    guided: GuidedLayout

    def log_guidance(self, slot: NDArray[np.void]) -> None:
        """Write what this arm and its patient did into its part of the record (`control.tick.guided_dtype`), (1,)."""
        ...
