"""Arms as configurations: ``configs/arms/<name>.toml`` says everything about an arm except where it stands.

Frames. The **link frame** of a joint moves with the joint; its z axis is the joint's axis (the joint turns about z, or
slides along z). With modified Denavit-Hartenberg parameters (Craig) it is the DH frame of the joint. With standard
parameters it lies on the axis that the joint turns about, after the joint's own ``d`` and ``theta`` offset and before
its ``a`` and ``alpha``, which lead on to the next joint or to the tip. Bodies, shapes and the tip are given in link
frames; with standard parameters the tip is given behind the ``a`` and ``alpha`` of the last row.

The limits and the friction of a joint are in rad, rad/s, ..., Nm where it turns and in m, m/s, ..., N where it slides;
each key in the file carries the one that it is in, and a joint refuses the keys of the other kind.

An arm with another tool says ``extends = "<arm>"`` and gives only what differs: name, tip, jaws (none where it gives
none), shapes. Of the links in ``bare`` it takes over no shapes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, field

from robotics.config import Config, convert, find, read
from robotics.errors import ConfigError
from robotics.shape_config import Finite, NotNegative, Positive, Shape, Triple

BASE = "base"
"""What shapes name as their link where they do not move."""

Six = tuple[Finite, Finite, Finite, Finite, Finite, Finite]


class BodyConfig(Config, frozen=True, kw_only=True):
    """Mass properties of a link in its link frame.

    Attributes:
        mass_kg: Mass.
        com_m: Centre of mass.
        inertia_kgm2: ``[xx, yy, zz, xy, xz, yz]`` about the centre of mass, along the link's axes.
    """

    mass_kg: Positive
    com_m: Triple
    inertia_kgm2: Six

    def __post_init__(self) -> None:
        xx, yy, zz, xy, xz, yz = self.inertia_kgm2
        moments = np.linalg.eigvalsh(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]))
        if moments[0] <= 0.0:
            raise ValueError(f"inertia_kgm2: not positive definite, its smallest principal moment is {moments[0]:.6g}")
        # A body can have moments on the bound (a thin rod), so allow what rounding costs.
        if moments[0] + moments[1] < moments[2] * (1.0 - 1e-9):
            raise ValueError(
                f"inertia_kgm2: no body has principal moments {moments[0]:.6g}, {moments[1]:.6g}, {moments[2]:.6g}: "
                "the largest may not exceed the sum of the others"
            )


class JointBase(Config, frozen=True, kw_only=True, tag_field="type"):
    """What every joint has: its Denavit-Hartenberg row, and the body that it moves.

    Attributes:
        name: Name, unique within the arm.
        alpha_rad: DH twist.
        a_m: DH length.
        d_m: DH offset along z.
        theta_offset_rad: DH angle at ``q = 0``.
        body: Mass properties of the link.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    alpha_rad: Finite
    a_m: Finite
    d_m: Finite
    theta_offset_rad: Finite
    body: BodyConfig

    def __post_init__(self) -> None:
        if self.name == BASE:
            raise ValueError(f"name: '{BASE}' stands for the part that does not move; choose another")


class RevoluteJoint(JointBase, frozen=True, kw_only=True, tag="revolute"):
    """A joint that turns by ``theta = q + theta_offset_rad``; the file's keys add the unit: ``lower_rad``.

    Attributes:
        lower: Lower position limit [rad].
        upper: Upper position limit [rad].
        velocity: Velocity limit [rad/s].
        acceleration: Acceleration limit [rad/s^2].
        jerk: Jerk limit [rad/s^3].
        effort: Torque limit [Nm].
        viscous: Viscous friction [Nm s/rad].
        coulomb: Coulomb friction [Nm].
        backlash: Play between motor and joint, from end to end [rad].
    """

    lower: float = field(name="lower_rad")
    upper: float = field(name="upper_rad")
    velocity: Positive = field(name="velocity_rad_s")
    acceleration: Positive = field(name="acceleration_rad_s2")
    jerk: Positive = field(name="jerk_rad_s3")
    effort: Positive = field(name="effort_nm")
    viscous: NotNegative = field(name="viscous_nms_rad", default=0.0)
    coulomb: NotNegative = field(name="coulomb_nm", default=0.0)
    backlash: NotNegative = field(name="backlash_rad", default=0.0)

    def __post_init__(self) -> None:
        JointBase.__post_init__(self)
        _check_range(self.lower, self.upper, "rad", f" of joint '{self.name}'")


class PrismaticJoint(JointBase, frozen=True, kw_only=True, tag="prismatic"):
    """A joint that slides by ``d = q + d_m``; the file's keys add the unit: ``lower_m``.

    Attributes:
        lower: Lower position limit [m].
        upper: Upper position limit [m].
        velocity: Velocity limit [m/s].
        acceleration: Acceleration limit [m/s^2].
        jerk: Jerk limit [m/s^3].
        effort: Force limit [N].
        viscous: Viscous friction [N s/m].
        coulomb: Coulomb friction [N].
        backlash: Play between motor and joint, from end to end [m].
    """

    lower: float = field(name="lower_m")
    upper: float = field(name="upper_m")
    velocity: Positive = field(name="velocity_m_s")
    acceleration: Positive = field(name="acceleration_m_s2")
    jerk: Positive = field(name="jerk_m_s3")
    effort: Positive = field(name="effort_n")
    viscous: NotNegative = field(name="viscous_ns_m", default=0.0)
    coulomb: NotNegative = field(name="coulomb_n", default=0.0)
    backlash: NotNegative = field(name="backlash_m", default=0.0)

    def __post_init__(self) -> None:
        JointBase.__post_init__(self)
        _check_range(self.lower, self.upper, "m", f" of joint '{self.name}'")


JointConfig = RevoluteJoint | PrismaticJoint
"""One joint; its key ``type`` says which, and so which units its other keys carry."""


class TipConfig(Config, frozen=True, kw_only=True):
    """The tip in the last link: a translation, and a rotation either as angles or as a matrix.

    Attributes:
        xyz_m: Position.
        rpy_rad: Roll, pitch, yaw about fixed axes.
        rotation: Rotation matrix by rows; excludes ``rpy_rad``.
    """

    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_rad: Triple = (0.0, 0.0, 0.0)
    rotation: tuple[Triple, Triple, Triple] | None = None

    def __post_init__(self) -> None:
        if self.rotation is None:
            return
        if self.rpy_rad != (0.0, 0.0, 0.0):
            raise ValueError("rotation: give either rotation or rpy_rad, not both")
        R = np.array(self.rotation)
        if not np.allclose(R @ R.T, np.eye(3), atol=1e-9) or np.linalg.det(R) < 0.0:
            raise ValueError(f"rotation: {self.rotation} is no rotation matrix")


class JawConfig(Config, frozen=True, kw_only=True):
    """A pair of jaws that open about the z axis of the last link, each by half of the jaw angle.

    As with a joint that turns, the file's keys add the unit: ``lower_rad``.

    Attributes:
        lower: Smallest jaw angle that may be asked for [rad]; below zero the jaws press on each other.
        upper: Largest jaw angle [rad].
        velocity: Velocity limit [rad/s].
        acceleration: Acceleration limit [rad/s^2].
        effort: Torque limit [Nm].
        stiffness: Torque on each jaw per angle by which the pair is held off what is asked for [Nm/rad]: how firmly
            it grasps what keeps it open.
        body: Mass properties of one jaw in the last link's frame, at jaw angle zero.
    """

    lower: float = field(name="lower_rad")
    upper: float = field(name="upper_rad")
    velocity: Positive = field(name="velocity_rad_s")
    acceleration: Positive = field(name="acceleration_rad_s2")
    effort: Positive = field(name="effort_nm")
    stiffness: Positive = field(name="stiffness_nm_rad")
    body: BodyConfig

    def __post_init__(self) -> None:
        _check_range(self.lower, self.upper, "rad")


class LinkShape(Config, frozen=True, kw_only=True):
    """A shape that rides on a link, to be seen or to be touched.

    Attributes:
        link: Name of the joint whose link carries it, or ``"base"``.
        jaw: Share of the jaw angle by which it is turned about the z axis of the last link: 0.5 and -0.5 make the two
            jaws, 0 is no jaw.
        part: The shape, placed in the link frame.
    """

    link: str
    jaw: Finite = 0.0
    part: Shape


class ArmConfig(Config, frozen=True, kw_only=True):
    """An arm. Where its base stands is the rig's business.

    Attributes:
        name: Name, as the file's.
        title: What a person reads.
        source: Where the numbers come from.
        convention: Meaning of the Denavit-Hartenberg rows.
        remote_centre: Whether the instrument pivots about a point: by the ``"mechanism"`` (the base origin), by
            ``"software"``, or not (``"none"``).
        inverse: Closed-form inverse kinematics, or empty where there is none.
        home: Joint positions to start from, each in its joint's unit [rad or m].
        joints: From base to tip.
        tip: The tip in the last link.
        jaw: The jaws, where it has some.
        visuals: What it looks like.
        collisions: What it touches with.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    source: str
    convention: Literal["modified_dh", "standard_dh"]
    remote_centre: Literal["mechanism", "software", "none"]
    inverse: Literal["", "psm"] = ""
    home: tuple[float, ...]
    joints: Annotated[tuple[JointConfig, ...], Meta(min_length=1)]
    tip: TipConfig = TipConfig()
    jaw: JawConfig | None = None
    visuals: tuple[LinkShape, ...] = ()
    collisions: tuple[LinkShape, ...] = ()

    def __post_init__(self) -> None:
        names = [joint.name for joint in self.joints]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"joints: the name '{name}' is given {names.count(name)} times")
        if len(self.home) != len(names):
            raise ValueError(f"home: has {len(self.home)} values for {len(names)} joints")
        for value, joint in zip(self.home, self.joints, strict=True):
            if not joint.lower <= value <= joint.upper:
                raise ValueError(
                    f"home: {value:g} for joint '{joint.name}' is outside of [{joint.lower:g}, {joint.upper:g}]"
                )
        for kind, shapes in (("visuals", self.visuals), ("collisions", self.collisions)):
            for index, shape in enumerate(shapes):
                if shape.link != BASE and shape.link not in names:
                    raise ValueError(
                        f"{kind}[{index}].link: no joint '{shape.link}'; choose one of: {', '.join([BASE, *names])}"
                    )
                if shape.jaw != 0.0 and (self.jaw is None or shape.link != names[-1]):
                    raise ValueError(
                        f"{kind}[{index}].jaw: jaws are on the last link, '{names[-1]}', of arms with [jaw]"
                    )


def load_arm_config(name: str) -> ArmConfig:
    """Load the arm ``name`` from ``configs/arms``, or from a path that ends in ``.toml``.

    Raises:
        UnknownNameError: No such arm.
        ConfigError: The file says something that cannot be.
    """
    path, *base = arm_files(name)
    data = read(path)
    return convert(_equipped(data, read(base[0])) if base else data, ArmConfig, path)


def arm_files(name: str) -> tuple[Path, ...]:
    """The files that say what the arm ``name`` is: its own, and that of the arm that it extends.

    Raises:
        UnknownNameError: No such arm, or none that is called as ``extends`` says.
        ConfigError: It extends an arm that itself extends another.
    """
    path = find("arms", name)
    extended = read(path).get("extends")
    if extended is None:
        return (path,)
    base = find("arms", str(extended))
    if "extends" in read(base):
        raise ConfigError(path, "extends", f"'{extended}' extends another arm itself; name that one")
    return path, base


def _equipped(own: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """An arm's data with another tool: its own keys over the base's, its own jaws or none, and its own shapes beside
    those of the base that are not on a link in ``bare``.
    """
    bare = own.get("bare", [])
    merged = {key: value for key, value in base.items() if key != "jaw"}
    merged |= {key: value for key, value in own.items() if key not in ("extends", "bare")}
    for kind in ("visuals", "collisions"):
        kept = [shape for shape in base.get(kind, []) if shape.get("link") not in bare]
        merged[kind] = [*kept, *own.get(kind, [])]
    return merged


def _check_range(lower: float, upper: float, unit: str, whose: str = "") -> None:
    if not lower < upper:
        raise ValueError(f"lower_{unit}: {lower:g}{whose} is not below upper_{unit}, {upper:g}")
