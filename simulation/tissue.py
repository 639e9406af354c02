"""A pad of tissue: what everything lies on, soft under a touch."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pybullet as pb
from msgspec import Meta

from robotics.config import Config
from robotics.shape_config import Pad
from simulation.grasping import ArmBodies


class Tissue(Config, frozen=True, kw_only=True):
    """How the pad answers a touch.

    Attributes:
        stiffness_n_m: Contact stiffness under a tip [N/m].
        damping_n_s_m: Contact damping [N s/m].
        friction: Coulomb coefficient of steel on it; of other things, times their own.
    """

    stiffness_n_m: Annotated[float, Meta(gt=0)]
    damping_n_s_m: Annotated[float, Meta(ge=0)]
    friction: Annotated[float, Meta(ge=0, le=2)]


class TissuePad:
    """The pad in a world.

    Args:
        client: The PyBullet client.
        pad: Its shape, in world.
        tissue: Its contact.
    """

    def __init__(self, client: Any, pad: Pad, tissue: Tissue) -> None:
        self._client = client
        half = 0.5 * np.array(pad.size_m)
        shape = client.createCollisionShape(pb.GEOM_BOX, halfExtents=half.tolist())
        middle = [pad.xyz_m[0], pad.xyz_m[1], pad.xyz_m[2] - half[2]]
        # What falls off the pad comes to rest beside it.
        floor = client.createCollisionShape(pb.GEOM_BOX, halfExtents=(1.0, 1.0, 0.05))
        client.createMultiBody(0.0, floor, basePosition=(0.0, 0.0, pad.xyz_m[2] - pad.size_m[2] - 0.05))
        self.body: int = client.createMultiBody(baseMass=0.0, baseCollisionShapeIndex=shape, basePosition=middle)
        client.changeDynamics(
            self.body,
            -1,
            lateralFriction=tissue.friction,
            contactStiffness=tissue.stiffness_n_m,
            contactDamping=tissue.damping_n_s_m,
        )

    def pressing(self, arms: tuple[ArmBodies, ...]) -> float:
        """Normal force of the arms on it [N]."""
        force = 0.0
        for arm in arms:
            for contact in self._client.getContactPoints(self.body, arm.body):
                force += contact[9]
        return force
