"""One arm's part of a recording, with the hand carried to where an unfiltered arm would have put the tip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from control.tick import Flag, State
from robotics.contracts import Vector
from robotics.errors import ArgumentError

Mask = NDArray[np.bool_]
"""One truth value a tick, shape (n,)."""


@dataclass(frozen=True)
class Setup:
    """What the tick records do not say of themselves.

    Attributes:
        arm: Name of the arm that is scored.
        period_s: Control period [s].
        scale: Metres of tip motion per metre of hand motion; below zero where the hand moves the scene, and so the
            camera the other way.
        operator_from_world: Rotation from world into the operator's frame, shape (3, 3).
        carrier: Name of the arm that carries the operator's camera; nobody where empty. The operator's frame is then
            read anew from its tip wherever the scored arm begins to follow.
        operator_from_carrier: Rotation from the frame of that tip into the operator's frame, shape (3, 3).
        scales: The same of each arm by its name, where arms differ.
        scheduled: Whether the loop was granted real-time scheduling; None where that is not known.
    """

    arm: str
    period_s: float
    scale: float
    operator_from_world: Vector = field(default_factory=lambda: np.eye(3))
    scheduled: bool | None = None
    carrier: str = ""
    operator_from_carrier: Vector = field(default_factory=lambda: np.eye(3))
    scales: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.period_s > 0.0:
            raise ArgumentError(f"the control period is {self.period_s} s; it must be above 0")


class Episode:
    """A recording seen through one arm.

    Args:
        ticks: Records of `control.tick.tick_dtype`, shape (n,); may be empty.
        setup: What they do not say.

    Raises:
        ArgumentError: The records hold no arm of that name.
    """

    def __init__(self, ticks: NDArray[np.void], setup: Setup) -> None:
        arms = ticks.dtype["arms"].names or ()
        for name in (setup.arm, setup.carrier or setup.arm):
            if name not in arms:
                raise ArgumentError(f"the recording has no arm '{name}'; it has: {', '.join(arms)}")
        self.ticks, self.setup = ticks, setup
        self.arm = ticks["arms"][setup.arm]

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def rate_hz(self) -> float:
        """Ticks a second [Hz]."""
        return 1.0 / self.setup.period_s

    @cached_property
    def time(self) -> Vector:
        """Time of each tick, shape (n,) [s]."""
        return np.asarray(self.ticks["time"], dtype=np.float64)

    @cached_property
    def tip(self) -> Vector:
        """Measured tip, shape (n, 3) [m]."""
        return np.ascontiguousarray(self.arm["tip"][:, :3])

    @cached_property
    def following(self) -> Mask:
        """Where the tip followed the hand, shape (n,)."""
        engaged = (self.ticks["state"] == State.ENGAGED) & (self.arm["clutch"] == 0)
        return np.asarray(engaged & (self.arm["flags"] & np.uint64(Flag.ALIGNING) == 0))

    @cached_property
    def segments(self) -> tuple[slice, ...]:
        """Stretches between clutches in which the tip followed without a break."""
        return stretches(self.following)

    @cached_property
    def hand(self) -> Vector:
        """The hand as read, carried to the tip, shape (n, 3) [m]; see `_carry`."""
        return self._carry(self.arm["hand"][:, :3])

    @cached_property
    def filtered(self) -> Vector:
        """The hand after the tremor filter, carried to the tip, shape (n, 3) [m]."""
        return self._carry(self.arm["hand_filtered"][:, :3])

    @cached_property
    def start(self) -> int:
        """First tick in which the tip followed; 0 where it never did."""
        return self.segments[0].start if self.segments else 0

    @cached_property
    def end(self) -> int:
        """One past the tick of success, or the number of ticks where there was none."""
        achieved = np.nonzero(self.ticks["success"] != 0)[0]
        return int(achieved[0]) + 1 if achieved.size else len(self.ticks)

    @property
    def window(self) -> slice:
        """From when the tip first followed until success, or to the end."""
        return slice(self.start, max(self.end, self.start))

    @property
    def took_s(self) -> float:
        """How long that took [s]."""
        return self.setup.period_s * len(self.time[self.window])

    @cached_property
    def all_arms(self) -> tuple[Episode, ...]:
        """The recording seen through each of its arms, this one first."""
        others = (name for name in self.ticks.dtype["arms"].names or () if name != self.setup.arm)
        scales, usual = self.setup.scales, self.setup.scale
        setups = (replace(self.setup, arm=name, scale=scales.get(name, usual)) for name in others)
        return (self, *(Episode(self.ticks, setup) for setup in setups))

    @cached_property
    def driven(self) -> tuple[Episode, ...]:
        """Of `all_arms` those that a hand ever moved; the one that carries the camera only where it is all there is.

        An endoscope that is driven beside instruments does no part of their work: see `camera_use`.
        """
        instruments = tuple(arm for arm in self.moved if arm.setup.arm != self.setup.carrier)
        return instruments or self.moved

    @cached_property
    def moved(self) -> tuple[Episode, ...]:
        """Of `all_arms` those that a hand ever moved, whatever they carry."""
        return tuple(arm for arm in self.all_arms if arm.segments)

    @property
    def judged(self) -> tuple[Episode, ...]:
        """The arms whose motion tells of the hand: `driven`, or this one where none was."""
        return self.driven or (self,)

    @property
    def success(self) -> bool:
        """Whether the goal was reached."""
        return bool(np.any(self.ticks["success"] != 0))

    def operator_from_world(self, start: int) -> Vector:
        """Rotation from world into the operator's frame in the stretch of following that begins at a tick, (3, 3)."""
        setup = self.setup
        if not setup.carrier:
            return setup.operator_from_world
        w, x, y, z = self.ticks["arms"][setup.carrier]["tip"][start, 3:]
        R_world_carrier = Rotation.from_quat([x, y, z, w]).as_matrix()
        return np.asarray(setup.operator_from_carrier @ R_world_carrier.T)

    def smooth(self, x: Vector, cutoff_hz: float) -> Vector:
        """``x``, shape (n, k), without anything above ``cutoff_hz``, and without delay."""
        if len(x) < 16:
            return np.asarray(x, dtype=np.float64)
        sos = butter(2, min(cutoff_hz / (0.5 * self.rate_hz), 0.99), output="sos")
        return np.asarray(sosfiltfilt(sos, x, axis=0, padlen=min(len(x) - 1, round(0.5 * self.rate_hz))))

    def _carry(self, hand: Vector) -> Vector:
        """Hand motion carried to the tip as clutch and scale would without a filter.

        Each stretch of following starts at the measured tip, for there the arm takes the hand up; in between the
        result stays where it was.
        """
        setup = self.setup
        moved = setup.scale * np.diff(hand, axis=0, prepend=hand[:1])
        carried = self.tip.copy()
        for part in self.segments:
            steps = moved[part] @ self.operator_from_world(part.start)
            steps[0] = 0.0
            carried[part] = self.tip[part.start] + np.cumsum(steps, axis=0)
        last = -1
        for part in self.segments:
            if last >= 0:
                carried[last : part.start] = carried[last - 1]
            last = part.stop
        if last >= 0:
            carried[last:] = carried[last - 1]
        return carried


def stretches(mask: Mask, shortest: int = 1) -> tuple[slice, ...]:
    """Runs of True in a mask that are at least ``shortest`` long."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    starts, stops = np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0]
    return tuple(slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True) if b - a >= shortest)


def joined(mask: Mask, gap: int) -> list[slice]:
    """Stretches of a mask, those that lie closer than ``gap`` made one."""
    found: list[slice] = []
    for part in stretches(mask):
        if found and part.start - found[-1].stop < gap:
            found[-1] = slice(found[-1].start, part.stop)
        else:
            found.append(part)
    return found
