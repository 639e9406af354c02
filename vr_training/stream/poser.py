"""Places the bodies of a scene from a tick record, and makes of a tick what travels to the viewers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from control.layout import decode_layout
from control.tick import tick_dtype, union_of_flags
from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import InputFileError
from robotics.kernels.kinematics import link_poses
from robotics.kernels.rotation import pose_from_matrix
from vr_training.stream.messages import (
    ArmScene,
    ArmState,
    DeformableState,
    GuidedState,
    SceneMessage,
    StateMessage,
    array,
)


@dataclass(frozen=True)
class _Arm:
    """One arm, unpacked: n joints, m bodies on its links."""

    name: str
    placement: Vector  # (n, 4, 4)
    kind: NDArray[np.int64]  # (n,)
    base: Vector  # (4, 4)
    bodies: NDArray[np.int64]  # (m,) rows of the scene
    links: NDArray[np.int64]  # (m,) 0 is the base, i + 1 is link i
    jaws: Vector  # (m,) share of the jaw angle
    T_link_body: Vector  # (m, 4, 4)
    T_base_link: Vector  # (n + 1, 4, 4) scratch, the base itself first


class ScenePoser:
    """Places the bodies of one scene.

    Args:
        scene: The scene.

    Raises:
        InputFileError: The scene does not fit its own tick layout, or binds bodies that it does not have.
    """

    def __init__(self, scene: SceneMessage) -> None:
        layout = decode_layout(scene.layout, "scene")
        self.dtype = tick_dtype(layout)
        self._static = np.array(array(scene.static_poses, np.float64, -1, POSE_SIZE))
        if len(self._static) != len(scene.bodies):
            raise InputFileError(f"scene: {len(self._static)} poses for {len(scene.bodies)} bodies")
        self._arms = [_unpack(arm, len(scene.bodies)) for arm in scene.arms]
        joints = dict(layout.arms)
        for arm in self._arms:
            if joints.get(arm.name) != len(arm.kind):
                raise InputFileError(f"scene: arm '{arm.name}' of {len(arm.kind)} joints, but the ticks have {joints}")
        objects = dict(scene.objects)
        if not set(objects) <= set(layout.objects):
            raise InputFileError(f"scene: objects {sorted(objects)}, but the ticks have {sorted(layout.objects)}")
        self._objects = [
            (layout.objects.index(name), _rows(bodies, len(scene.bodies))) for name, bodies in objects.items()
        ]
        shapes = {name: nodes for name, nodes, _ in layout.deformables}
        for each in scene.deformables:
            if shapes.get(each.name) != each.nodes[0] * each.nodes[1]:
                raise InputFileError(
                    f"scene: deformable '{each.name}' of {each.nodes} nodes, but the ticks have {shapes}"
                )
        _rows(tuple(each.body for each in scene.deformables), len(scene.bodies))
        self._deformables = [each.name for each in scene.deformables]
        self._target = _rows(scene.target, len(scene.bodies))
        self._guided = "" if scene.guided is None else scene.guided.arm
        if self._guided and self._guided not in [each.arm for each in layout.guided]:
            raise InputFileError(f"scene: arm '{self._guided}' guides a patient, but the ticks hold nothing of it")
        self._tick_arms = [name for name, _ in layout.arms]
        self._signals = bool(layout.signals)

    def poses(self, tick: np.void) -> Vector:
        """Pose of every body in world.

        Args:
            tick: A record of `dtype`.

        Returns:
            Poses ``[x, y, z, qw, qx, qy, qz]``, shape (bodies, 7). What this tick
            does not place stays where the scene put it.
        """
        poses = self._static.copy()
        for arm in self._arms:
            record = tick["arms"][arm.name]
            if np.isfinite(record["q"]).all():
                _place(arm, np.ascontiguousarray(record["q"]), _finite(record["jaw"]), poses)
        for index, bodies in self._objects:
            if _is_pose(tick["objects"][index]):
                poses[bodies] = tick["objects"][index]
        if _is_pose(tick["target"]):
            poses[self._target] = tick["target"]
        return poses

    def state_message(
        self,
        tick: np.void,
        epoch: int,
        sent_ns: int,
        running: bool = True,
        dropped: int = 0,
        lease: str = "",
        share: float = math.nan,
    ) -> StateMessage:
        """The message that shows a tick.

        Args:
            tick: A record of `dtype`.
            epoch: Of the hub.
            sent_ns: Wall-clock time [ns since 1970].
            running: Whether the run goes on.
            dropped: Ticks that the hub did not get in time.
            lease: Who holds the right to command.
            share: The patient's share of the work so far [%]; see `vr_training.stream.work_share`.
        """
        arms = tuple(_arm_state(name, tick["arms"][name]) for name in self._tick_arms)
        target = tick["target"] if _is_pose(tick["target"]) else np.full(POSE_SIZE, np.nan)
        return StateMessage(
            epoch=epoch,
            sequence=int(tick["sequence"]),
            time_s=float(tick["time"]),
            sent_ns=sent_ns,
            state=int(tick["state"]),
            flags=int(tick["flags"]) | int(tick["cause"]) | union_of_flags(arm.flags for arm in arms),
            phase=int(tick["phase"]),
            success=bool(tick["success"]),
            running=running,
            poses=self.poses(tick).astype("<f4").tobytes(),
            target=tuple(target.tolist()),
            arms=arms,
            signals=tuple(tick["signals"].tolist()) if self._signals else (),
            missed=int(tick["timing"]["missed"]),
            dropped=dropped,
            lease=lease,
            asked=int(tick["asked"]),
            deformables=tuple(_shape(tick["deformables"][name]) for name in self._deformables),
            guided=_guided_state(tick["guided"][self._guided], share) if self._guided else None,
        )


def _unpack(scene: ArmScene, bodies: int) -> _Arm:
    kind = np.array(array(scene.kind, np.int64, -1))
    n, m = len(kind), len(scene.links)
    links = np.array([link.link + 1 for link in scene.links], np.int64)
    if m and (links.min() < 0 or links.max() > n):
        raise InputFileError(f"scene: arm '{scene.name}' has bodies on links that it does not have")
    T_base_link = np.zeros((n + 1, 4, 4))
    T_base_link[0] = np.eye(4)
    return _Arm(
        name=scene.name,
        placement=np.array(array(scene.placement, np.float64, n, 4, 4)),
        kind=kind,
        base=np.array(array(scene.base, np.float64, 4, 4)),
        bodies=_rows(tuple(link.body for link in scene.links), bodies),
        links=links,
        jaws=np.array([link.jaw for link in scene.links]),
        T_link_body=np.array([array(link.pose, np.float64, 4, 4) for link in scene.links]).reshape(m, 4, 4),
        T_base_link=T_base_link,
    )


def _place(arm: _Arm, q: Vector, jaw: float, poses: Vector) -> None:
    link_poses(arm.placement, arm.kind, q, arm.T_base_link[1:])
    turn = np.zeros((len(arm.jaws), 4, 4))
    angle = arm.jaws * jaw
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 1, 0] = np.sin(angle)
    turn[:, 0, 1] = -turn[:, 1, 0]
    turn[:, 2, 2] = turn[:, 3, 3] = 1.0
    T_world_body = arm.base @ arm.T_base_link[arm.links] @ turn @ arm.T_link_body
    for body, T in zip(arm.bodies, T_world_body, strict=True):
        pose_from_matrix(T, poses[body])


def _arm_state(name: str, record: np.void) -> ArmState:
    return ArmState(
        name=name,
        q=tuple(record["q"].tolist()),
        tip=tuple(record["tip"].tolist()),
        target=tuple(record["target"].tolist()),
        force=tuple(record["wrench"][:3].tolist()),
        force_n=float(np.linalg.norm(record["wrench"][:3])),
        grip=float(record["grip"]),
        jaw=float(record["jaw"]),
        clutch=bool(record["clutch"]),
        flags=int(record["flags"]),
    )


def _guided_state(record: np.void, share: float) -> GuidedState:
    forces = np.linalg.norm(record["cuffs"][:, :3], axis=1)
    forces = forces[np.isfinite(forces)]
    return GuidedState(
        x=tuple(record["x"].tolist()),
        start=tuple(record["start"].tolist()),
        goal=tuple(record["goal"].tolist()),
        reference=tuple(record["reference"].tolist()),
        moment=int(record["moment"]),
        movement=int(record["movement"]),
        assistance=float(record["assistance"]),
        cuff_n=float(forces.max()) if len(forces) else math.nan,
        share=share,
    )


def _shape(record: np.void) -> DeformableState:
    return DeformableState(
        nodes=record["nodes"].tobytes(), open=record["open"].tobytes(), marked=record["marked"].tobytes()
    )


def _rows(bodies: tuple[int, ...], count: int) -> NDArray[np.int64]:
    rows = np.array(bodies, np.int64)
    if len(rows) and (rows.min() < 0 or rows.max() >= count):
        raise InputFileError(f"scene: body {rows.max()} of {count}")
    return rows


def _is_pose(pose: Vector) -> bool:
    """Whether seven numbers are a pose, and neither NaN nor never filled in."""
    return bool(np.isfinite(pose).all() and pose[3:].any())


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0
