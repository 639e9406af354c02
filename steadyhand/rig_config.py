"""A rig as configured: which arms stand where, how they are driven, and from where they are seen."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from robotics.chain import rpy_matrix
from robotics.config import Config
from robotics.constrained import HalfSpace
from robotics.contracts import Vector
from robotics.human_arm import RANGES_DEG
from robotics.shape_config import Finite, Positive, Triple
from simulation.settings import SimulationConfig

LEAST_TABLE_M = 0.2
"""A table whose side is no longer than this has no room for its legs [m]."""

PARALLEL = 1e-6
"""Sine of the angle between two directions that leave the picture's right undefined."""


class ArmPlacement(Config, frozen=True, kw_only=True):
    """An arm of the rig.

    Attributes:
        name: Name in the rig.
        arm: Name of its configuration in ``configs/arms``.
        xyz_m: Where its base stands in world.
        rpy_rad: How it is turned.
        home: Joint positions to start from; the arm's own where left out.
        half_spaces: Where the tip may be: all points of the arm's base with ``normal . p >= offset_m``.
        trocar_m: Where the instrument enters the body, in world, for arms whose remote centre is kept by software.
        controller: Name in ``configs/controllers`` of its own controller; the rig's where left out.
        jaw_stiffness_nm_rad: How firmly its instrument's jaws grasp; the arm's own where left out [Nm/rad].
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    arm: str
    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_rad: Triple = (0.0, 0.0, 0.0)
    home: tuple[Finite, ...] | None = None
    half_spaces: tuple[HalfSpace, ...] = ()
    trocar_m: Triple | None = None
    controller: str | None = None
    jaw_stiffness_nm_rad: Positive | None = None

    def T_world_base(self) -> Vector:
        """Pose of the base in world, shape (4, 4)."""
        T = np.eye(4)
        T[:3, :3] = rpy_matrix(*self.rpy_rad)
        T[:3, 3] = self.xyz_m
        return T


class CameraConfig(Config, frozen=True, kw_only=True):
    """A camera that stands in world, or that an arm carries.

    Attributes:
        name: Its name.
        arm: The arm that carries it, by its name in the rig; nobody where empty. Everything below is then in the frame
            of that arm's measured tip instead of world: an endoscope that looks along its tip's z has
            ``eye_m = [0, 0, 0]``, ``look_at_m = [0, 0, d]`` and ``up = [0, -1, 0]``.
        eye_m: Where it is.
        look_at_m: What it looks at.
        up: What is up in the picture.
        fov_y_deg: Vertical field of view [deg].
        baseline_mm: Distance of its two eyes [mm].
    """

    name: str
    arm: str = ""
    eye_m: Triple
    look_at_m: Triple
    up: Triple = (0.0, 0.0, 1.0)
    fov_y_deg: Annotated[float, Meta(gt=1, lt=170)]
    baseline_mm: Annotated[float, Meta(ge=0, le=200)] = 5.0

    def __post_init__(self) -> None:
        back = np.subtract(self.eye_m, self.look_at_m)
        if not np.any(back):
            raise ValueError(f"look_at_m: {list(self.look_at_m)} is where eye_m is, so it gives no direction to look")
        if not np.any(self.up):
            raise ValueError(f"up: {list(self.up)} gives no direction")
        back, up = back / np.abs(back).max(), np.array(self.up) / np.abs(self.up).max()
        if np.linalg.norm(np.cross(up, back)) <= PARALLEL * np.linalg.norm(up) * np.linalg.norm(back):
            raise ValueError(
                f"up: {list(self.up)} is along the view, from {list(self.eye_m)} to {list(self.look_at_m)}"
            )

    def R_operator_world(self) -> Vector:
        """Rotation from world into the frame of an operator who looks through it: x right, y up, z to the eye.

        Of a camera that an arm carries, from the frame of that arm's tip.
        """
        back = np.array(self.eye_m) - np.array(self.look_at_m)
        back /= np.linalg.norm(back)
        right = np.cross(self.up, back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back])

    @property
    def fov_y_rad(self) -> float:
        """Vertical field of view [rad]."""
        return math.radians(self.fov_y_deg)


class PatientPlacement(Config, frozen=True, kw_only=True):
    """Where a patient sits at a rig, the right arm in it; the left one is its mirror image.

    Attributes:
        align: What of the patient lies where something of the robot is: ``"base"``, his shoulder in its base;
            ``"tip"``, his hand at its tip, turned like it; ``"reach"``, he sits at ``shoulder_m`` and reaches for its
            handle.
        shoulder_m: Centre of his shoulder in world, where he reaches.
        posture_deg: Joint angles of his arm that nothing else says, by name; where he reaches, what he is at ease with.
        trunk: Whether his trunk is drawn.
    """

    align: Literal["base", "tip", "reach"]
    shoulder_m: Triple | None = None
    posture_deg: dict[str, float] = msgspec.field(default_factory=dict)
    trunk: bool = True

    def __post_init__(self) -> None:
        if (self.align == "reach") != (self.shoulder_m is not None):
            raise ValueError("shoulder_m: is needed for align = 'reach', and for nothing else")
        for joint in self.posture_deg:
            if joint not in RANGES_DEG:
                raise ValueError(f"posture_deg: no joint '{joint}'; choose of: {', '.join(RANGES_DEG)}")


class TableConfig(Config, frozen=True, kw_only=True):
    """A table before a patient, as it is seen; for a left arm it is mirrored.

    Attributes:
        top_m: Height of its top in world.
        height_m: Height of its top above the floor on which he sits, too.
        x_m: From where to where it reaches in world, from his edge on.
        y_m: The same across.
    """

    top_m: Finite
    height_m: Annotated[float, Meta(gt=0.3, lt=1.3)]
    x_m: tuple[Finite, Finite]
    y_m: tuple[Finite, Finite]

    def __post_init__(self) -> None:
        for key in ("x_m", "y_m"):
            low, high = getattr(self, key)
            if not high - low > LEAST_TABLE_M:
                raise ValueError(f"{key}: {low:g} to {high:g} must be longer than {LEAST_TABLE_M:g}")


class RigConfig(Config, frozen=True, kw_only=True):
    """A rig.

    Attributes:
        title: What a person reads.
        period_s: Control period [s].
        controller: Name in ``configs/controllers``.
        filter: Name in ``configs/filters``.
        arms: The arms; the first is the operator's.
        simulation: How it is simulated.
        cameras: The first is the operator's.
        patient: Where a patient sits; None where nobody does.
        table: What stands before him; None where nothing does.
    """

    title: str
    period_s: Annotated[float, Meta(gt=0, le=0.05)]
    controller: str
    filter: str
    arms: Annotated[tuple[ArmPlacement, ...], Meta(min_length=1)]
    simulation: SimulationConfig = SimulationConfig()
    cameras: Annotated[tuple[CameraConfig, ...], Meta(min_length=1)]
    patient: PatientPlacement | None = None
    table: TableConfig | None = None

    def __post_init__(self) -> None:
        for kind, names in (("arms", [a.name for a in self.arms]), ("cameras", [c.name for c in self.cameras])):
            if len(set(names)) != len(names):
                raise ValueError(f"{kind}: names must differ, are {', '.join(names)}")
        arms = [arm.name for arm in self.arms]
        for i, camera in enumerate(self.cameras):
            if camera.arm and camera.arm not in arms:
                raise ValueError(f"cameras: {i}.arm is '{camera.arm}'; the rig has {', '.join(arms)}")
