"""Cuffs as configurations: where an arm holds a patient's limb, and how softly."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from robotics.config import Config
from robotics.guidance import SEGMENTS
from robotics.shape_config import NotNegative, Triple

Anchor = Literal["link", "previous", "tip"]
"""What something keeps to when an arm is fitted to a person; see `robotics.fitting`."""

NotNegatives = tuple[NotNegative, NotNegative, NotNegative]


class CuffConfig(Config, frozen=True, kw_only=True):
    """A compliant hold on one segment of a limb: springs and dampers along and about the axes of the cuff's frame.

    The cuff's frame lies in its middle; where ``rpy_rad`` is zero its axes are those of the link. Springs are at rest
    where the limb lies as it was put in.

    Attributes:
        name: Name, unique within the arm.
        link: Name of the joint whose link carries it, or ``"base"``.
        xyz_m: Its middle in the link.
        rpy_rad: Roll, pitch, yaw of its axes about the link's.
        segment: What it holds: ``"upper_arm"``, ``"forearm"`` or ``"hand"``.
        stiffness_n_m: Stiffness along x, y, z [N/m].
        damping_ns_m: Damping along x, y, z [N s/m].
        stiffness_nm_rad: Stiffness about x, y, z [Nm/rad]; zero where the limb is free to turn.
        damping_nms_rad: Damping about x, y, z [Nm s/rad].
        anchor: What it keeps to when the arm is fitted to a person.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    link: str
    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_rad: Triple = (0.0, 0.0, 0.0)
    segment: str
    stiffness_n_m: NotNegatives
    damping_ns_m: NotNegatives
    stiffness_nm_rad: NotNegatives
    damping_nms_rad: NotNegatives
    anchor: Anchor = "link"

    def __post_init__(self) -> None:
        if self.segment not in SEGMENTS:
            raise ValueError(f"segment: no segment '{self.segment}'; choose one of: {', '.join(SEGMENTS)}")
