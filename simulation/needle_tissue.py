"""A straight needle with a bevelled tip in layered tissue: what force it feels, and which way its tip goes.

Force along the needle is that of Simone and Okamura 2002: a layer's capsule is pressed in as a stiffening spring until
it is punctured, once; from then on the tip cuts and the shaft rubs. The tip goes as Webster et al. 2006 have it:
forwards, along a circle of constant curvature to the side that the bevel points to, so that turning the needle about
its axis turns the circle. A needle that is drawn back goes back in its own track, and cuts nothing on the way in again.
Neither the tissue's motion nor the torsion of the shaft is modelled.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive

STEP_M = 1e-4
"""Length of needle between two points of its track [m]."""

SLIP_M_S = 1e-3
"""Speed from which friction and cutting are nearly whole [m/s]; above it they do not depend on speed (Frick 2001)."""

_TRACK = 2000  # points: 0.2 m


class Layer(Config, frozen=True, kw_only=True):
    """A layer of tissue, from its upper boundary down.

    Attributes:
        name: What it is.
        material: What it looks like.
        thickness_m: How thick it is.
        stiffness_n_m: Linear stiffness of its boundary under the tip, until it is punctured [N/m].
        stiffening_n_m2: Quadratic part of the same [N/m^2].
        puncture_n: Force at which its boundary gives way [N].
        friction_n_m: Friction on the shaft per length in it [N/m].
        cutting_n: Force with which the tip cuts it [N].
    """

    name: str
    material: str
    thickness_m: Positive
    stiffness_n_m: Positive
    stiffening_n_m2: NotNegative
    puncture_n: Positive
    friction_n_m: NotNegative
    cutting_n: NotNegative


class BevelNeedle(Config, frozen=True, kw_only=True):
    """A needle.

    Attributes:
        length_m: From its hub to its tip.
        radius_m: Of its shaft.
        curvature_1_m: Mean curvature of its path in tissue [1/m].
        curvature_spread: The curvature of an episode lies within plus or minus this share of that.
        lateral_n_m: Stiffness with which tissue holds the shaft where it entered [N/m].
    """

    length_m: Positive
    radius_m: Positive
    curvature_1_m: Positive
    curvature_spread: Annotated[float, Meta(ge=0, lt=1)]
    lateral_n_m: Positive


class NeedleInTissue:
    """The state of one needle in one block of layers whose surface is level.

    Args:
        layers: From the surface down.
        needle: The needle.
        curvature_1_m: Curvature of this needle's path [1/m].
        top_m: Height of the surface [m].

    Attributes:
        entered: Whether it has punctured the surface and not left since.
        entry: Where it passes the surface, shape (3,) [m].
        depth: Length of needle beyond there [m].
        tip: Where its tip is, shape (3,); that of a straight needle before it enters.
        heading: Where the tip points, shape (3,).
        bevel: The side that it bends to, shape (3,).
        punctured: Number of boundaries punctured, from the surface down.
        punctures: How often any boundary was punctured, all told.
        axial_n: Force along the needle, positive against its advance [N].
        lateral_n: Force across it, where it entered [N].
        force: Both as the needle feels them, in world, shape (3,) [N].
        point: Where they act, shape (3,) [m].
    """

    def __init__(self, layers: tuple[Layer, ...], needle: BevelNeedle, curvature_1_m: float, top_m: float) -> None:
        self._needle, self._curvature, self._top = needle, curvature_1_m, top_m
        self._bounds = np.concatenate([[0.0], np.cumsum([layer.thickness_m for layer in layers])])
        self._stiffness = np.array([layer.stiffness_n_m for layer in layers])
        self._stiffening = np.array([layer.stiffening_n_m2 for layer in layers])
        self._puncture = np.array([layer.puncture_n for layer in layers])
        self._friction = np.array([layer.friction_n_m for layer in layers])
        self._cutting = np.array([layer.cutting_n for layer in layers])
        self._track = np.zeros((_TRACK, 6))
        self.entered, self.depth, self.punctured, self.punctures = False, 0.0, 0, 0
        self.entry, self.tip, self.heading, self.bevel = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
        self.axial_n, self.lateral_n = 0.0, 0.0
        self.force, self.point = np.zeros(3), np.zeros(3)
        self._points = 0

    def step(self, place: Vector, axes: Vector, velocity: Vector) -> None:
        """Move the needle on.

        Args:
            place: Where the tip of a straight needle would be, in world, shape (3,) [m].
            axes: The needle's axes, one a column: the third along it, the second to the side that its bevel points to,
                shape (3, 3).
            velocity: Velocity of ``place``, shape (3,) [m/s].
        """
        axis = axes[:, 2]
        if self.entered:
            self.depth = float((place - self.entry) @ axis)
            if self.depth < 0.0:
                self._leave()
        if self.entered:
            self._points = advance(
                self._track, self._points, self.depth, axes[:, 1], self._curvature, self.tip, self.heading, self.bevel
            )
        else:
            self.tip[:], self.heading[:] = place, axis
            self.bevel[:] = axes[:, 1]
        self._feel(place, axis, float(velocity @ axis))

    def segments(self, place: Vector, axis: Vector, poses: Vector) -> None:
        """Write poses of equal pieces of the needle from the hub on, z along them, into ``poses``, shape (n, 7)."""
        inside = self.depth if self.entered else 0.0
        place_segments(self._track, self._points, inside, place, axis, self._needle.length_m, self.tip, poses)

    def pressing_n(self, indent_m: float, layer: int) -> float:
        """Force of a boundary that is not punctured, pressed in so far [N]: linear plus quadratic."""
        return float(self._stiffness[layer] * indent_m + self._stiffening[layer] * indent_m**2)

    def _feel(self, place: Vector, axis: Vector, speed: float) -> None:
        down = -float(self.heading[2])
        below = self._top - float(self.tip[2])
        self.axial_n = self.lateral_n = 0.0
        self.force[:], self.point[:] = 0.0, place
        if below <= 0.0 and not self.entered:
            return
        steep = max(down, 0.2)
        share = speed / math.sqrt(speed**2 + SLIP_M_S**2)
        if self.entered:
            lengths = np.clip(below - self._bounds[:-1], 0.0, np.diff(self._bounds)) / steep
            self.axial_n += float(self._friction @ lengths) * share
        pressed = False
        if self.punctured < len(self._puncture):
            indent = (below - self._bounds[self.punctured]) / steep
            if indent > 0.0:
                spring = self.pressing_n(indent, self.punctured)
                pressed = spring < self._puncture[self.punctured]
                if pressed:
                    self.axial_n += spring
                else:
                    self._give_way(place, axis, indent)
        if not pressed and self.entered and share > 0.0 and self.depth >= STEP_M * (self._points - 1) - STEP_M:
            layer = min(max(int(np.searchsorted(self._bounds, below)) - 1, 0), len(self._cutting) - 1)
            self.axial_n += float(self._cutting[layer]) * share
        self.force -= self.axial_n * axis
        if self.entered:
            self.point -= self.depth * axis
            aside = self.entry - self.point
            aside -= float(aside @ axis) * axis
            self.force += self._needle.lateral_n_m * aside
            self.lateral_n = self._needle.lateral_n_m * math.sqrt(float(aside @ aside))

    def _give_way(self, place: Vector, axis: Vector, indent: float) -> None:
        """A boundary is punctured. The tissue springs back: the shaft now stands in it as far as it was pressed."""
        self.punctured += 1
        self.punctures += 1
        if not self.entered:
            self.entered, self.depth = True, indent
            self.entry[:] = place - indent * axis
            self._track[0, :3], self._track[0, 3:] = self.entry, axis
            self._points = advance(self._track, 1, indent, self.bevel, 0.0, self.tip, self.heading, self.bevel.copy())

    def _leave(self) -> None:
        """Out of the tissue: another place must be punctured anew."""
        self.entered, self.depth, self.punctured, self._points = False, 0.0, 0, 0


@kernel
def advance(
    track: Vector,
    points: int,
    depth: float,
    side: Vector,
    curvature: float,
    tip: Vector,
    heading: Vector,
    bevel: Vector,
) -> int:
    """Go so far along the track, and lengthen it where that is farther than the needle has been.

    With the unit heading t and the bevel's side b across it, dp/ds = t and dt/ds = curvature b.

    Args:
        track: Place and heading every `STEP_M`, shape (n, 6).
        points: How many of them there are, at least one.
        depth: Length of needle in tissue [m].
        side: The side that the bevel points to, shape (3,); what of it lies across the heading counts.
        curvature: Of the path [1/m].
        tip: Result, shape (3,) [m].
        heading: Result, shape (3,).
        bevel: Result, shape (3,).

    Returns:
        How many points the track has now.

    Source:
        Webster et al. 2006, Int. J. Robot. Res. 25: the unicycle model.
    """
    while points < track.shape[0] and points * STEP_M <= depth:
        _across(side, track[points - 1, 3:], bevel)
        length = 0.0
        for i in range(3):
            t = track[points - 1, 3 + i]
            track[points, i] = track[points - 1, i] + STEP_M * (t + 0.5 * STEP_M * curvature * bevel[i])
            track[points, 3 + i] = t + STEP_M * curvature * bevel[i]
            length += track[points, 3 + i] ** 2
        for i in range(3):
            track[points, 3 + i] /= math.sqrt(length)
        points += 1
    k = min(int(depth / STEP_M), points - 1)
    rest = depth - k * STEP_M
    _across(side, track[k, 3:], bevel)
    for i in range(3):
        tip[i] = track[k, i] + rest * track[k, 3 + i]
        heading[i] = track[k, 3 + i]
    return points


@kernel
def _across(side: Vector, along: Vector, result: Vector) -> None:
    """The unit vector across ``along`` that is nearest to ``side``."""
    dot, length = 0.0, 0.0
    for i in range(3):
        dot += side[i] * along[i]
    for i in range(3):
        result[i] = side[i] - dot * along[i]
        length += result[i] ** 2
    for i in range(3):
        result[i] /= math.sqrt(length)


@kernel
def place_segments(
    track: Vector,
    points: int,
    depth: float,
    place: Vector,
    axis: Vector,
    length: float,
    tip: Vector,
    poses: Vector,
) -> None:
    """Poses of equal pieces of a needle: straight outside, along its track inside, shape (n, 7)."""
    n = poses.shape[0]
    ends = np.empty((n + 1, 3))
    for j in range(n + 1):
        s = length * j / n
        inside = s - (length - depth)
        if j == n:
            for i in range(3):
                ends[j, i] = tip[i]
        elif inside <= 0.0 or points == 0:
            for i in range(3):
                ends[j, i] = place[i] - (length - s) * axis[i]
        else:
            k = min(int(inside / STEP_M), points - 1)
            for i in range(3):
                ends[j, i] = track[k, i] + (inside - k * STEP_M) * track[k, 3 + i]
    for j in range(n):
        x, y, z = ends[j + 1, 0] - ends[j, 0], ends[j + 1, 1] - ends[j, 1], ends[j + 1, 2] - ends[j, 2]
        size = max(math.sqrt(x * x + y * y + z * z), 1e-12)
        # The shortest turn from z to the direction d: (1 + d_z, -d_y, d_x, 0), normalised.
        w, a, b = 1.0 + z / size, -y / size, x / size
        norm = math.sqrt(w * w + a * a + b * b)
        if norm < 1e-9:
            w, a, b, norm = 0.0, 1.0, 0.0, 1.0
        for i in range(3):
            poses[j, i] = ends[j, i]
        poses[j, 3], poses[j, 4], poses[j, 5], poses[j, 6] = w / norm, a / norm, b / norm, 0.0
