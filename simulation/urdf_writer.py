"""URDF of an arm as its configuration describes it: the form in which PyBullet takes bodies, joints and inertias."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from robotics.arm_config import BASE, ArmConfig, BodyConfig, LinkShape
from robotics.chain import Chain, chain_from_config, matrix_rpy, rpy_matrix
from robotics.contracts import Vector
from robotics.mesh import Mesh
from robotics.shape_config import Box, Capsule, Cylinder, Shape, Sphere
from robotics.shapes import join, mesh

JAWS = ("jaw_left", "jaw_right")
"""Joints of the two jaws; each opens by half of the jaw angle, left by positive turns."""


def write_urdf(config: ArmConfig, path: Path, visuals: bool = False) -> None:
    """Write an arm's URDF.

    Link frames are those of the arm's configuration, so joint values mean the same in both. Inertias are written as
    they are: load with ``URDF_USE_INERTIA_FROM_FILE``.

    Args:
        config: The arm.
        path: Where to write.
        visuals: Whether to write what the arm looks like, too, as meshes beside the file: for PyBullet's own window.
    """
    chain = chain_from_config(config)
    robot = ET.Element("robot", name=config.name)
    # A fixed base needs no mass; it carries what stands still.
    _link(robot, BASE, None, [s for s in config.collisions if s.link == BASE])
    parent = BASE
    for index, joint in enumerate(config.joints):
        shapes = [s for s in config.collisions if s.link == joint.name and s.jaw == 0.0]
        _link(robot, joint.name, joint.body, shapes)
        _joint(robot, chain, index, parent)
        parent = joint.name
    if config.jaw is not None:
        for name, side in zip(JAWS, (1.0, -1.0), strict=True):
            shapes = [s for s in config.collisions if s.link == parent and s.jaw * side > 0.0]
            _link(robot, name, config.jaw.body, shapes)
            # Closed, the jaws lie on each other: an angle below zero is asked for, never reached.
            bounds = sorted((0.0, 0.5 * side * config.jaw.upper))
            _element_joint(
                robot, name, "revolute", parent, np.eye(4), bounds, 0.5 * config.jaw.velocity, config.jaw.effort
            )
    if visuals:
        _add_visuals(robot, config, path)
    ET.indent(robot)
    path.write_text(ET.tostring(robot, encoding="unicode"), encoding="utf-8")


def _link(robot: ET.Element, name: str, body: BodyConfig | None, shapes: list[LinkShape]) -> None:
    link = ET.SubElement(robot, "link", name=name)
    inertial = ET.SubElement(link, "inertial")
    mass, com = (body.mass_kg, body.com_m) if body else (0.0, (0.0, 0.0, 0.0))
    xx, yy, zz, xy, xz, yz = body.inertia_kgm2 if body else (0.0,) * 6
    ET.SubElement(inertial, "origin", xyz=_text(com), rpy="0 0 0")
    ET.SubElement(inertial, "mass", value=repr(float(mass)))
    values = {"ixx": xx, "iyy": yy, "izz": zz, "ixy": xy, "ixz": xz, "iyz": yz}
    ET.SubElement(inertial, "inertia", {key: repr(float(value)) for key, value in values.items()})
    for shape in shapes:
        collision = ET.SubElement(link, "collision")
        T, geometry = _primitive(shape.part)
        ET.SubElement(collision, "origin", xyz=_text(T[:3, 3]), rpy=_text(matrix_rpy(T[:3, :3])))
        ET.SubElement(collision, "geometry").append(geometry)


def _joint(robot: ET.Element, chain: Chain, index: int, parent: str) -> None:
    kind = "prismatic" if chain.kind[index] else "revolute"
    bounds = [float(chain.lower[index]), float(chain.upper[index])]
    _element_joint(
        robot,
        chain.joint_names[index],
        kind,
        parent,
        chain.placement[index],
        bounds,
        float(chain.velocity[index]),
        float(chain.effort[index]),
    )


def _element_joint(
    robot: ET.Element,
    child: str,
    kind: str,
    parent: str,
    T_parent_joint: Vector,
    bounds: list[float],
    velocity: float,
    effort: float,
) -> None:
    joint = ET.SubElement(robot, "joint", name=child, type=kind)
    ET.SubElement(joint, "parent", link=parent)
    ET.SubElement(joint, "child", link=child)
    ET.SubElement(joint, "origin", xyz=_text(T_parent_joint[:3, 3]), rpy=_text(matrix_rpy(T_parent_joint[:3, :3])))
    ET.SubElement(joint, "axis", xyz="0 0 1")
    limit = {"lower": bounds[0], "upper": bounds[1], "velocity": velocity, "effort": effort}
    ET.SubElement(joint, "limit", {key: repr(float(value)) for key, value in limit.items()})


def _add_visuals(robot: ET.Element, config: ArmConfig, path: Path) -> None:
    """One mesh a link, in the link's frame."""
    meshes: dict[str, list[Mesh]] = {}
    for shape in config.visuals:
        jaw = "" if shape.jaw == 0.0 or config.jaw is None else JAWS[0 if shape.jaw > 0.0 else 1]
        meshes.setdefault(jaw or shape.link, []).append(mesh(shape.part))
    for link in robot.iter("link"):
        name = link.get("name", "")
        if name not in meshes:
            continue
        file = path.with_name(f"{path.stem}-{name}.obj")
        file.write_text(_obj(join(meshes[name])), encoding="utf-8")
        visual = ET.SubElement(link, "visual")
        ET.SubElement(ET.SubElement(visual, "geometry"), "mesh", filename=file.name)
        ET.SubElement(ET.SubElement(visual, "material", name=f"{name}-look"), "color", rgba="0.8 0.8 0.78 1")


def _obj(shape: Mesh) -> str:
    lines = [f"v {x:.6g} {y:.6g} {z:.6g}" for x, y, z in shape.vertices]
    lines += [f"vn {x:.4g} {y:.4g} {z:.4g}" for x, y, z in shape.normals]
    lines += [f"f {a + 1}//{a + 1} {b + 1}//{b + 1} {c + 1}//{c + 1}" for a, b, c in shape.faces]
    return "\n".join(lines) + "\n"


def _primitive(shape: Shape) -> tuple[Vector, ET.Element]:
    """Pose in the link and geometry of a collision shape; URDF centres what our shapes start at z = 0."""
    T = np.eye(4)
    T[:3, :3] = rpy_matrix(*shape.rpy_rad)
    T[:3, 3] = shape.xyz_m
    if isinstance(shape, Sphere):
        return T, ET.Element("sphere", radius=repr(shape.radius_m))
    if isinstance(shape, Box):
        return T, ET.Element("box", size=_text(shape.size_m))
    if isinstance(shape, Cylinder | Capsule):
        T[:3, 3] += T[:3, 2] * 0.5 * shape.length_m
        tag = "capsule" if isinstance(shape, Capsule) else "cylinder"
        return T, ET.Element(tag, radius=repr(shape.radius_m), length=repr(shape.length_m))
    raise TypeError(f"no collision shape for {type(shape).__name__}; use sphere, box, cylinder or capsule")


def _text(values: object) -> str:
    return " ".join(repr(float(value)) for value in np.asarray(values, dtype=float))
