"""Hand to mouth: the hand brings a cup from the table to the mouth and back, past points in their order, upright.

A cup tips towards the mouth with the forearm: that is drinking. What may not happen is that it tips to the side, which
the forearm's pronation decides: its sideways tilt is the angle between the cup's axis, along the thumb, and the upright
plane through the forearm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Signal, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import matrix_from_quaternion
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.path_kernels import squared_distance
from vr_training.exercises.paths import Path
from vr_training.exercises.workspace import HandExercise, HandSettings, Share

POINTS = 60
"""Points of the way; ours."""

UPRIGHT = 0.5
"""Where the forearm is nearer to the vertical than this, as the length of its horizontal part, nothing tips; ours."""


class Settings(HandSettings, frozen=True, kw_only=True):
    """Hand to mouth.

    Attributes:
        mouth: The cup at the mouth from the shoulder: ahead, inward, above [share of the arm's length].
        bow: How far the way bows out ahead of the straight one [share of its length].
        vias: Points on the way that have to be passed [share of the way].
        via_mm: How near to them [mm].
        tilt_deg: Sideways tilt above which it is not passed [deg].
        duration_s: Time for the way to the mouth [s].
    """

    mouth: tuple[Share, Share, Share]
    bow: Annotated[float, Meta(ge=0, le=0.5)]
    vias: tuple[Annotated[float, Meta(gt=0, lt=1)], ...]
    via_mm: Annotated[float, Meta(gt=0, le=200)]
    tilt_deg: Annotated[float, Meta(gt=0, le=90)]
    duration_s: Annotated[float, Meta(gt=0, le=20)]


class Task(HandExercise):
    """To the mouth and back to the table."""

    settings: Settings
    signals = (Signal("tilt", "deg"),)
    verdicts = (*Exercise.verdicts, "the way did not lead past its points in order", "the cup tipped")

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew."""
        super().reset(rng)
        m = self.coordinates.size
        self._via, self._tangent, self._R = np.zeros(m), np.zeros(m), np.zeros((3, 3))

    @property
    def way(self) -> Vector:
        """From the table to the mouth, in the exercise's coordinates, shape (k, 3) [m]."""
        settings, context = self.settings, self.context
        ahead, inward, above = settings.mouth
        mouth = context.arm_length_m * np.array([ahead, -context.outward * inward, above])
        mouth += context.p_world_shoulder - context.p_tip_palm - self.middle
        bowed = 0.5 * mouth + settings.bow * float(np.linalg.norm(mouth)) * np.array([1.0, 0.0, 0.0])
        s = np.linspace(0.0, context.amplitude if context.amplitude < 1.0 else 1.0, POINTS)[:, None]
        return self.placed(2.0 * s * (1.0 - s) * bowed + s * s * mouth)

    def repetition(self, index: int) -> Sequence[Movement]:
        """To the mouth and back."""
        way, settings = self.way, self.settings
        there = self.along(Path(way), settings.duration_s, "there")
        back = self.along(Path(way[::-1]), settings.duration_s, "back", hold_s=0.0)
        return (there, back) if index else (self.approach(self.context.x, way[0]), there, back)

    def tell(self, now: Now, own: Vector) -> None:
        """How far the cup tips."""
        own[0] = sideways(now.tip, self._R)

    def watch(self, done: Done, now: Now) -> None:
        """Points that were passed, in order, and how far the cup tipped."""
        if not done.movement.counted:
            return
        vias, noted, x = self.settings.vias, done.noted, now.x
        passed = int(noted.setdefault("passed", 0.0))
        if passed < len(vias):
            path = done.movement.path
            share = vias[passed] if done.movement.say == "there" else 1.0 - vias[-1 - passed]
            path.at(share * path.length, self._via, self._tangent)
            if math.sqrt(squared_distance(x, self._via)) <= 1e-3 * self.settings.via_mm:
                noted["passed"] = passed + 1.0
        noted["tilt"] = max(noted.get("tilt", 0.0), abs(sideways(now.tip, self._R)))

    def judge(self, done: Sequence[Done]) -> int:
        """As usual, and by the points that were passed and by the cup."""
        verdict = super().judge(done)
        counted = [each for each in done if each.movement.counted]
        if verdict:
            return verdict
        if any(each.noted.get("passed", 0.0) < len(self.settings.vias) for each in counted):
            return 3
        return 4 if max(each.noted.get("tilt", 0.0) for each in counted) > self.settings.tilt_deg else 0


@kernel
def sideways(tip: Vector, R: Vector) -> float:
    """Sideways tilt of a cup in the hand [deg].

    The tip's axes are those of world while the arm hangs: x along the thumb, z from the palm to the elbow.

    Args:
        tip: Pose of the tip in world, shape (7,).
        R: Scratch, shape (3, 3).
    """
    matrix_from_quaternion(tip[3:], R)
    across_x, across_y = -R[1, 2], R[0, 2]  # upright to the forearm, level
    length = math.sqrt(across_x * across_x + across_y * across_y)
    if not length >= UPRIGHT:
        return 0.0
    sine = (R[0, 0] * across_x + R[1, 0] * across_y) / length
    return math.degrees(math.asin(min(max(sine, -1.0), 1.0)))
