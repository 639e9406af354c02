"""Arms from URDF: a serial chain of revolute, continuous and prismatic joints; fixed parts merge into their carriers.

The link frames of the chain are those of URDF turned so that z is the joint's axis; base, tip and joint values mean
what they mean in URDF. Shapes, transmissions and colours are not read.

Source:
    ROS wiki, urdf/XML/robot, link, joint.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from robotics.chain import Chain, rpy_matrix
from robotics.contracts import Vector
from robotics.errors import InputFileError, MissingFileError
from robotics.kernels import PRISMATIC, REVOLUTE

_MOVING = {"revolute": REVOLUTE, "continuous": REVOLUTE, "prismatic": PRISMATIC}


@dataclass
class _Body:
    """Mass properties that grow as bodies are welded on: first moment and inertia are about the frame's origin."""

    mass: float = 0.0
    moment: Vector = field(default_factory=lambda: np.zeros(3))
    inertia: Vector = field(default_factory=lambda: np.zeros((3, 3)))

    def weld(self, mass: float, com: Vector, inertia: Vector) -> None:
        """Add a body of inertia ``inertia`` about its centre of mass ``com``, along the frame's axes."""
        self.mass += mass
        self.moment += mass * com
        self.inertia += inertia + mass * (com @ com * np.eye(3) - np.outer(com, com))

    def about_com(self) -> tuple[Vector, Vector]:
        """Centre of mass, and inertia about it; zeros where there is no mass."""
        if self.mass <= 0.0:
            return np.zeros(3), np.zeros((3, 3))
        com = self.moment / self.mass
        return com, self.inertia - self.mass * (com @ com * np.eye(3) - np.outer(com, com))


def chain_from_urdf(path: Path | str, base_link: str | None = None, tip_link: str | None = None) -> Chain:
    """Read the serial chain between two links of a URDF file.

    Args:
        path: The file.
        base_link: Link that stands still; the root where None.
        tip_link: Link whose frame is the tip; the only leaf where None.

    Raises:
        MissingFileError: Nothing is at ``path``.
        InputFileError: Not URDF, or no serial chain of the joints supported; names the link or joint.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingFileError(f"no URDF file at {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path}: cannot be read: {error}") from error
    return chain_from_urdf_text(text, base_link, tip_link, source=str(path))


def chain_from_urdf_text(
    text: str, base_link: str | None = None, tip_link: str | None = None, source: str = "URDF"
) -> Chain:
    """Read the serial chain between two links of URDF text; see `chain_from_urdf`."""
    return _Reader(text, source).chain(base_link, tip_link)


class _Reader:
    """One URDF document: its links and joints by name, and errors that name the source."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        try:
            root = ET.fromstring(text)
        except ET.ParseError as error:
            raise self.error(f"not XML: {error}") from error
        if root.tag != "robot":
            raise self.error(f"the root element is <{root.tag}>, must be <robot>")
        if "xacro" in text and any("xacro" in element.tag for element in root.iter() if isinstance(element.tag, str)):
            raise self.error("holds xacro macros; expand them with xacro first")
        self.name = root.get("name", "urdf")
        self.links = {self.attribute(link, "name"): link for link in root.findall("link")}
        for name in self.links:
            count = sum(link.get("name") == name for link in root.findall("link"))
            if count > 1:
                raise self.error(f"{count} links are called '{name}'")
        self.joint_to: dict[str, ET.Element] = {}
        self.joints_from: dict[str, list[ET.Element]] = {name: [] for name in self.links}
        for joint in root.findall("joint"):
            parent, child = self.end(joint, "parent"), self.end(joint, "child")
            if child in self.joint_to:
                raise self.error(f"link '{child}' has two parent joints: a closed loop is no serial chain")
            self.joint_to[child] = joint
            self.joints_from[parent].append(joint)

    def chain(self, base_link: str | None, tip_link: str | None) -> Chain:
        base = self.link(base_link, [name for name in self.links if name not in self.joint_to], "root")
        tip = self.link(tip_link, [name for name in self.links if not self.joints_from[name]], "leaf")
        path = self.path(base, tip)
        self.refuse_branches(base, path)

        placement: list[Vector] = []
        bodies: list[_Body] = []
        moving: list[ET.Element] = []
        T_carrier_link = np.eye(4)  # the current URDF link in the link frame that carries it
        for joint in path:
            T_carrier_link = T_carrier_link @ self.origin(joint)
            if joint.get("type") != "fixed":
                R = _z_to(self.axis(joint))
                placement.append(T_carrier_link @ _pose(R, np.zeros(3)))
                T_carrier_link = _pose(R.T, np.zeros(3))
                moving.append(joint)
                bodies.append(_Body())
            if bodies:
                self.weld_all(self.end(joint, "child"), T_carrier_link, bodies[-1], path)
        if not moving:
            raise self.error(f"no joint moves between '{base}' and '{tip}'")
        return self.assemble(moving, np.array(placement), bodies, T_carrier_link)

    def assemble(self, moving: list[ET.Element], placement: Vector, bodies: list[_Body], T_link_tip: Vector) -> Chain:
        limits = np.array([self.limits(joint) for joint in moving])
        lower, upper = np.ascontiguousarray(limits[:, 0]), np.ascontiguousarray(limits[:, 1])
        about_com = [body.about_com() for body in bodies]
        return Chain(
            name=self.name,
            joint_names=tuple(self.attribute(joint, "name") for joint in moving),
            placement=placement,
            kind=np.array([_MOVING[joint.get("type", "")] for joint in moving], dtype=np.int64),
            lower=lower,
            upper=upper,
            velocity=np.ascontiguousarray(limits[:, 2]),
            acceleration=np.full(len(moving), np.inf),
            jerk=np.full(len(moving), np.inf),
            effort=np.ascontiguousarray(limits[:, 3]),
            viscous=np.array([self.number(joint.find("dynamics"), "damping", 0.0) for joint in moving]),
            coulomb=np.array([self.number(joint.find("dynamics"), "friction", 0.0) for joint in moving]),
            backlash=np.zeros(len(moving)),
            mass=np.array([body.mass for body in bodies]),
            com=np.array([com for com, _ in about_com]),
            inertia=np.array([inertia for _, inertia in about_com]),
            T_link_tip=T_link_tip,
            remote_centre="none",
            inverse="",
            home=np.clip(np.zeros(len(moving)), lower, upper),
        )

    def path(self, base: str, tip: str) -> list[ET.Element]:
        """Joints from base to tip, checked to be of the supported types."""
        path: list[ET.Element] = []
        link = tip
        while link != base:
            if link not in self.joint_to or len(path) > len(self.joint_to):
                raise self.error(f"link '{tip}' does not hang on link '{base}'")
            path.append(self.joint_to[link])
            link = self.end(path[-1], "parent")
        for joint in path:
            kind, name = joint.get("type"), joint.get("name")
            if kind != "fixed" and kind not in _MOVING:
                raise self.error(
                    f"joint '{name}' is of type '{kind}'; a serial chain takes: fixed, {', '.join(sorted(_MOVING))}"
                )
            if joint.find("mimic") is not None:
                raise self.error(f"joint '{name}' mimics another joint; a serial chain takes independent joints only")
        return path[::-1]

    def refuse_branches(self, base: str, path: list[ET.Element]) -> None:
        """Whatever hangs on the chain beside it must be fixed to it."""
        on_path = set(path)
        waiting = [base]
        while waiting:
            link = waiting.pop()
            for joint in self.joints_from[link]:
                if self.end(joint, "child") == base:
                    raise self.error(f"joint '{joint.get('name')}' closes a loop at link '{base}': no serial chain")
                if joint not in on_path and joint.get("type") != "fixed":
                    raise self.error(
                        f"joint '{joint.get('name')}' branches off the chain at link '{self.end(joint, 'parent')}'; "
                        "choose base and tip so that no other joint moves, or make it fixed"
                    )
                waiting.append(self.end(joint, "child"))

    def weld_all(self, link: str, T_carrier_link: Vector, body: _Body, path: list[ET.Element]) -> None:
        """Weld a link, and all that is fixed to it beside the chain, to the body that carries it."""
        self.weld(link, T_carrier_link, body)
        for joint in self.joints_from[link]:
            if joint not in path:
                self.weld_all(self.end(joint, "child"), T_carrier_link @ self.origin(joint), body, path)

    def weld(self, link: str, T_carrier_link: Vector, body: _Body) -> None:
        inertial = self.links[link].find("inertial")
        if inertial is None:
            return
        T = T_carrier_link @ self.origin(inertial)
        mass = self.number(inertial.find("mass"), "value", 0.0)
        tensor = inertial.find("inertia")
        xx, yy, zz, xy, xz, yz = (self.number(tensor, key, 0.0) for key in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz"))
        local = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        body.weld(mass, T[:3, 3], T[:3, :3] @ local @ T[:3, :3].T)

    def limits(self, joint: ET.Element) -> tuple[float, float, float, float]:
        """Lower, upper, velocity, effort."""
        name, limit = joint.get("name"), joint.find("limit")
        if joint.get("type") == "continuous":
            return (
                -math.inf,
                math.inf,
                self.number(limit, "velocity", math.inf),
                self.number(limit, "effort", math.inf),
            )
        if limit is None:
            raise self.error(f"joint '{name}' has no <limit>; URDF requires one for type '{joint.get('type')}'")
        for key in ("velocity", "effort"):
            if limit.get(key) is None:
                raise self.error(f"joint '{name}' has a <limit> without '{key}'; URDF requires it")
        lower, upper = self.number(limit, "lower", 0.0), self.number(limit, "upper", 0.0)
        if not lower < upper:
            raise self.error(f"joint '{name}' has lower limit {lower:g}, not below its upper limit {upper:g}")
        return lower, upper, self.number(limit, "velocity", 0.0), self.number(limit, "effort", 0.0)

    def axis(self, joint: ET.Element) -> Vector:
        axis = self.triple(joint.find("axis"), "xyz", (1.0, 0.0, 0.0))
        length = float(np.linalg.norm(axis))
        if not length > 0.0:
            raise self.error(f"joint '{joint.get('name')}' has an axis without direction")
        return axis / length

    def origin(self, element: ET.Element) -> Vector:
        origin = element.find("origin")
        rpy = self.triple(origin, "rpy", (0.0, 0.0, 0.0))
        return _pose(rpy_matrix(*rpy), self.triple(origin, "xyz", (0.0, 0.0, 0.0)))

    def link(self, name: str | None, candidates: list[str], what: str) -> str:
        if name is not None:
            if name not in self.links:
                raise self.error(f"no link '{name}'; choose one of: {', '.join(sorted(self.links))}")
            return name
        if len(candidates) != 1:
            raise self.error(f"has {len(candidates)} {what} links; name one of: {', '.join(sorted(candidates))}")
        return candidates[0]

    def end(self, joint: ET.Element, which: str) -> str:
        element = joint.find(which)
        name = None if element is None else element.get("link")
        if name not in self.links:
            raise self.error(f"joint '{joint.get('name')}' has no {which} link among the links: {name!r}")
        return name

    def attribute(self, element: ET.Element, key: str) -> str:
        value = element.get(key)
        if value is None:
            raise self.error(f"a <{element.tag}> has no '{key}'")
        return value

    def number(self, element: ET.Element | None, key: str, default: float) -> float:
        text = None if element is None else element.get(key)
        if text is None:
            return default
        return self.numbers(text, key, 1)[0]

    def triple(self, element: ET.Element | None, key: str, default: tuple[float, float, float]) -> Vector:
        text = None if element is None else element.get(key)
        return np.array(default if text is None else self.numbers(text, key, 3))

    def numbers(self, text: str, key: str, count: int) -> list[float]:
        try:
            values = [float(part) for part in text.split()]
        except ValueError:
            values = []
        if len(values) != count or not all(map(math.isfinite, values)):
            raise self.error(f"'{key}' must be {count} finite number{'s' * (count > 1)}, is '{text}'")
        return values

    def error(self, problem: str) -> InputFileError:
        return InputFileError(f"{self.source}: {problem}")


def _pose(R: Vector, p: Vector) -> Vector:
    T = np.eye(4)
    T[:3, :3] = R
    T[:3, 3] = p
    return T


def _z_to(axis: Vector) -> Vector:
    """The smallest rotation that turns z onto a unit axis; half a turn about x where that is -z."""
    x, y, z = axis
    if z < -1.0 + 1e-12:
        return np.diag([1.0, -1.0, -1.0])
    k = 1.0 / (1.0 + z)
    return np.array([[1.0 - k * x * x, -k * x * y, x], [-k * x * y, 1.0 - k * y * y, y], [-x, -y, z]])
