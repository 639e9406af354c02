"""Arms as configurations: ``configs/arms/<name>.toml`` says everything about an arm except where it stands.

Frames. The **link frame** of a joint moves with the joint; its z axis is the joint's axis (the joint turns about z, or
slides along z). With modified Denavit-Hartenberg parameters (Craig) it is the DH frame of the joint. With standard
parameters it lies on the axis that the joint turns about, after the joint's own ``d`` and ``theta`` offset and before
its ``a`` and ``alpha``, which lead on to the next joint or to the tip. Bodies, shapes and the tip are given in link
frames; with standard parameters the tip is given behind the ``a`` and ``alpha`` of the last row.

The limits and the friction of a joint are in rad, rad/s, ..., Nm where it turns and in m, m/s, ..., N where it slides;
each key in the file carries the one that it is in, and a joint refuses the keys of the other kind.

Arms that hold a person's limb say which side they are made for, where their cuffs hold it, and which of their lengths
follow the person's: `robotics.mirror` makes the other side of them, `robotics.fitting` sets their lengths.

An arm with another tool says ``extends = "<arm>"`` and gives only what differs: name, tip, jaws (none where it gives
none), shapes. Of the links in ``bare`` it takes over no shapes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, field

from robotics.config import Config, convert, find, read
from robotics.cuff_config import Anchor, CuffConfig
from robotics.errors import ConfigError
from robotics.shape_config import Box, Finite, NotNegative, Positive, Shape, Triple

BASE = "base"
"""What shapes name as their link where they do not move."""

FITTED_LENGTHS = ("upper_arm", "forearm", "palm", "elbow_to_palm")
"""Lengths of a person that an arm can be set to."""

TIP_AXES = ("x", "y", "z")
"""Coordinates of the tip, as `FitConfig` names them."""

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


class FitConfig(Config, frozen=True, kw_only=True):
    """A length of the arm that is set to one of the person's; its sign stays as it is.

    Attributes:
        length: Which of the person's lengths, as `robotics.fitting.person_lengths` names them.
        range_m: Least and greatest length that it can be set to.
        along: What is set: ``"d_m"`` or ``"a_m"`` of a joint, ``"x"``, ``"y"`` or ``"z"`` of the tip.
    """

    length: str
    range_m: tuple[Positive, Positive]
    along: Literal["d_m", "a_m", "x", "y", "z"] = "d_m"

    def __post_init__(self) -> None:
        if self.length not in FITTED_LENGTHS:
            raise ValueError(f"length: no length '{self.length}'; choose one of: {', '.join(FITTED_LENGTHS)}")
        low, high = self.range_m
        if not low < high:
            raise ValueError(f"range_m: {low:g} is not below {high:g}")

    def check(self, value: float) -> None:
        """Refuse a length that it could not be set to."""
        low, high = self.range_m
        if not low <= abs(value) <= high:
            raise ValueError(f"fit: {self.along} is {value:g}, its size is outside of range_m, [{low:g}, {high:g}]")


class JointBase(Config, frozen=True, kw_only=True, tag_field="type"):
    """What every joint has: its Denavit-Hartenberg row, and the body that it moves.

    Attributes:
        name: Name, unique within the arm.
        alpha_rad: DH twist.
        a_m: DH length.
        d_m: DH offset along z.
        theta_offset_rad: DH angle at ``q = 0``.
        body: Mass properties of the link.
        fit: What of the row follows a length of the person; None where nothing does.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    alpha_rad: Finite
    a_m: Finite
    d_m: Finite
    theta_offset_rad: Finite
    body: BodyConfig
    fit: FitConfig | None = None

    def __post_init__(self) -> None:
        if self.name == BASE:
            raise ValueError(f"name: '{BASE}' stands for the part that does not move; choose another")
        if self.fit is None:
            return
        if self.fit.along not in ("d_m", "a_m"):
            raise ValueError(f"fit.along: a joint has no '{self.fit.along}'; choose one of: d_m, a_m")
        self.fit.check(self.d_m if self.fit.along == "d_m" else self.a_m)


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


class FrameConfig(Config, frozen=True, kw_only=True):
    """A fixed frame in another: a translation, and a rotation either as angles or as a matrix.

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


class TipConfig(FrameConfig, frozen=True, kw_only=True):
    """The tip in the last link.

    Attributes:
        fit: Which of its coordinates follows a length of the person; None where none does.
    """

    fit: FitConfig | None = None

    def __post_init__(self) -> None:
        FrameConfig.__post_init__(self)
        if self.fit is None:
            return
        if self.fit.along not in TIP_AXES:
            raise ValueError(f"fit.along: the tip has no '{self.fit.along}'; choose one of: {', '.join(TIP_AXES)}")
        self.fit.check(self.xyz_m[TIP_AXES.index(self.fit.along)])


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
        anchor: What it keeps to when the arm is fitted to a person: its ``"link"``'s frame, the ``"previous"`` link's,
            the ``"tip"``, or ``"between"``, which is a box that reaches from one to the other.
        part: The shape, placed in the link frame.
    """

    link: str
    jaw: Finite = 0.0
    anchor: Anchor | Literal["between"] = "link"
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
        mount: The frame that the first Denavit-Hartenberg row starts from, in base.
        tip: The tip in the last link.
        jaw: The jaws, where it has some.
        side: Which of a person's arms it holds, ``"left"`` or ``"right"``; empty where it holds none.
        back_drivable: Whether a person can move it while its drives are off.
        cuffs: Where it holds a person's arm, base to tip.
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
    mount: FrameConfig = FrameConfig()
    tip: TipConfig = TipConfig()
    jaw: JawConfig | None = None
    side: Literal["", "left", "right"] = ""
    back_drivable: bool = True
    cuffs: tuple[CuffConfig, ...] = ()
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
        if self.convention == "standard_dh" and (
            self.tip.fit or any(joint.fit and joint.fit.along == "a_m" for joint in self.joints)
        ):
            raise ValueError("convention: with standard_dh only d_m can be fitted; use modified_dh")
        self._check_cuffs(names)
        for kind, shapes in (("visuals", self.visuals), ("collisions", self.collisions)):
            for index, shape in enumerate(shapes):
                self._check_anchor(f"{kind}[{index}]", shape.link, shape.anchor)
                if shape.anchor == "between" and not (isinstance(shape.part, Box) and not any(shape.part.rpy_rad)):
                    raise ValueError(f"{kind}[{index}].anchor: 'between' takes a box with the axes of its link")
                if shape.link != BASE and shape.link not in names:
                    raise ValueError(
                        f"{kind}[{index}].link: no joint '{shape.link}'; choose one of: {', '.join([BASE, *names])}"
                    )
                if shape.jaw != 0.0 and (self.jaw is None or shape.link != names[-1]):
                    raise ValueError(
                        f"{kind}[{index}].jaw: jaws are on the last link, '{names[-1]}', of arms with [jaw]"
                    )

    def _check_cuffs(self, names: list[str]) -> None:
        for index, cuff in enumerate(self.cuffs):
            self._check_anchor(f"cuffs[{index}]", cuff.link, cuff.anchor)
            if cuff.link != BASE and cuff.link not in names:
                raise ValueError(
                    f"cuffs[{index}].link: no joint '{cuff.link}'; choose one of: {', '.join([BASE, *names])}"
                )
            if any(cuff.name == other.name for other in self.cuffs[:index]):
                raise ValueError(f"cuffs[{index}].name: '{cuff.name}' is given twice")
        if self.cuffs and not self.side:
            raise ValueError("side: an arm with cuffs says which of a person's arms it holds: left or right")

    def _check_anchor(self, key: str, link: str, anchor: str) -> None:
        """Refuse what keeps to something from which its link has no distance that is fitted."""
        slides = any(joint.name == link and joint.fit and joint.fit.along == "d_m" for joint in self.joints)
        reaches = link == self.joints[-1].name and self.tip.fit is not None
        possible = ["link", *["previous"] * slides, *["tip"] * reaches, *["between"] * (slides != reaches)]
        if anchor not in possible:
            raise ValueError(f"{key}.anchor: no '{anchor}' on link '{link}'; choose one of: {', '.join(possible)}")


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
