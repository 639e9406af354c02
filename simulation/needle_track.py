"""A curved needle in soft tissue: puncture, cutting, friction along the wire, and a channel that holds it sideways.

PyBullet has no counterpart to a wire within tissue, so these forces are our own: they act on the needle's body before
every physics step (`BulletWorld.push`). Only the point may enter. It presses a dimple until the tissue gives way, cuts
a channel as it goes, and must pierce a second time where it comes out. Whatever follows lies in that channel: springs
pull it back sideways, friction holds it lengthwise, first as a spring of the tissue, then sliding. The laws
of these forces, and where they come from, stand in `simulation.needle_track_kernels`.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import pybullet as pb
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.shape_config import NotNegative, Pad, Positive
from simulation.needle import NeedleConfig
from simulation.needle_track_kernels import (
    ASIDE,
    DEPTH,
    DS,
    EMBEDDED,
    EMERGED,
    FORCE,
    LAST_NODE,
    PUNCTURED,
    STATE_SIZE,
    TEARS,
    VERTICES,
    tissue_load,
)
from simulation.world import BulletWorld

NODES = 61
"""Nodes along the wire: 0.6 mm apart on a CT-1."""

_VERTICES = 400  # of a channel


class Suturable(Config, frozen=True, kw_only=True):
    """How tissue answers a needle.

    Attributes:
        puncture_n: Force at the point at which it enters [N].
        exit_n: Force at the point at which it comes out again [N].
        cutting_n: Force at the point while it cuts its channel [N].
        friction_n_m: Friction per length of wire in the tissue [N/m].
        point_stiffness_n_m: Of the tissue before the point [N/m].
        point_damping_n_s_m: The same for speed [N s/m].
        line_stiffness_n_m2: Sideways, per length of wire [N/m^2].
        line_damping_n_s_m2: The same for speed [N s/m^2].
        drag_stiffness_n_m: Of the tissue that the wire drags along before it slides [N/m].
        drag_damping_n_s_m: The same for speed [N s/m].
        tear_n_m: Sideways force per length of wire at which the channel tears [N/m].
        bite_deg: Angle between point and the inward normal up to which the point bites; beyond, it slides [deg].
    """

    puncture_n: Positive
    exit_n: Positive
    cutting_n: Positive
    friction_n_m: NotNegative
    point_stiffness_n_m: Positive
    point_damping_n_s_m: NotNegative
    line_stiffness_n_m2: Positive
    line_damping_n_s_m2: NotNegative
    drag_stiffness_n_m: Positive
    drag_damping_n_s_m: NotNegative
    tear_n_m: Positive
    bite_deg: Annotated[float, Meta(gt=0, lt=90)] = 75.0


class NeedleTrack:
    """One needle and the tissue of one pad.

    Args:
        world: Where they are; connected.
        needle: The needle.
        body: Its body, loaded with ``bare_m``: its point is not PyBullet's to touch.
        pad: The tissue, its top level.
        pad_body: Its body.
        tissue: How it answers.

    Attributes:
        entry: Where the point went in, in world, shape (3,); NaN before.
        exit: Where it came out, shape (3,); NaN before.
        passages: Times that the needle was drawn through whole.
    """

    def __init__(
        self, world: BulletWorld, needle: NeedleConfig, body: int, pad: Pad, pad_body: int, tissue: Suturable
    ) -> None:
        self._client, self._body, self._pad_body = world.client, body, pad_body
        share = np.linspace(0.0, 1.0, NODES)
        both = [needle.point_on_arc(float(s)) for s in share]
        self._nodes = np.array([point for point, _ in both]) - [needle.centre_of_mass_m, 0.0, 0.0]
        self._tangents = np.array([tangent for _, tangent in both])
        dt = world.settings.physics_period_s
        self._parameters = np.array(
            [
                tissue.puncture_n,
                tissue.exit_n,
                tissue.cutting_n,
                tissue.friction_n_m,
                tissue.point_stiffness_n_m,
                tissue.point_damping_n_s_m,
                tissue.line_stiffness_n_m2,
                tissue.line_damping_n_s_m2,
                tissue.drag_stiffness_n_m,
                tissue.drag_damping_n_s_m,
                tissue.tear_n_m,
                math.cos(math.radians(tissue.bite_deg)),
                pad.xyz_m[2],
                pad.xyz_m[0],
                pad.xyz_m[1],
                0.5 * pad.size_m[0],
                0.5 * pad.size_m[1],
                needle.radius_m * needle.arc_rad / (NODES - 1),
                dt,
            ]
        )
        self.state: Vector = np.zeros(STATE_SIZE)
        self.channel: Vector = np.zeros((_VERTICES, 3))
        self.entry, self.exit = np.full(3, np.nan), np.full(3, np.nan)
        self._load, self._pose = np.zeros(6), np.zeros((4, 3))
        self._quat = np.zeros(4)
        self.passages = 0
        self._apart = False

    @property
    def inside(self) -> bool:
        """Whether the needle is in the tissue."""
        return bool(self.state[PUNCTURED] > 0.0)

    @property
    def emerged(self) -> bool:
        """Whether the point has come out of the present channel."""
        return bool(self.state[EMERGED] > 0.0)

    @property
    def force_n(self) -> float:
        """Size of the tissue's force on the needle [N]."""
        return float(self.state[FORCE])

    @property
    def depth_m(self) -> float:
        """How deep below the surface its deepest part is [m]."""
        return float(self.state[DEPTH])

    @property
    def aside_m(self) -> float:
        """How far the wire is pulled off its channel, at most [m]."""
        return float(self.state[ASIDE])

    @property
    def tears(self) -> int:
        """How often a channel has been torn."""
        return int(self.state[TEARS])

    @property
    def embedded_m(self) -> float:
        """Length of wire in the tissue [m]."""
        return float(self.state[EMBEDDED])

    @property
    def protruding_m(self) -> float:
        """Length of wire between the point and what is in the tissue [m]; 0 where nothing has come out."""
        return float((NODES - 1 - self.state[LAST_NODE]) * self._parameters[DS]) if self.emerged else 0.0

    def apply(self) -> None:
        """Put the tissue's force on the needle; called before every physics step."""
        client, state = self._client, self.state
        position, quat = client.getBasePositionAndOrientation(self._body)
        velocity, spin = client.getBaseVelocity(self._body)
        row = self._pose
        row[0], row[1], row[2] = position, velocity, spin
        self._quat[:] = quat
        was, out = state[PUNCTURED] > 0.0, state[EMERGED] > 0.0
        acts = tissue_load(
            row, self._quat, self._nodes, self._tangents, self._parameters, state, self.channel, self._load
        )
        if (state[PUNCTURED] > 0.0) != was:
            self._change(was)
        if state[EMERGED] > 0.0 and not out:
            self.exit[:] = self.channel[int(state[VERTICES]) - 1]
        if acts:
            load = self._load.tolist()
            client.applyExternalForce(self._body, -1, load[:3], position, pb.WORLD_FRAME)
            client.applyExternalTorque(self._body, -1, load[3:], pb.WORLD_FRAME)

    def _change(self, was: bool) -> None:
        """The needle has just gone in, or has just left: within the tissue PyBullet's contact with it is off."""
        self._client.setCollisionFilterPair(self._body, self._pad_body, -1, -1, int(was))
        if not was:
            self.entry[:], self.exit[:] = self.channel[0], np.nan
            return
        if self.state[EMERGED] > 0.0 and self.state[LAST_NODE] < NODES / 2:
            self.passages += 1
        self.state[EMERGED] = 0.0
