"""One state as one binary WebSocket message: what changes in numbers first, the rest as JSON.

A message is little-endian and four-byte aligned throughout::

    uint32              length of the head in bytes, a multiple of four
    head                JSON, padded with spaces: see `head_of`
    float32 (m, 7)      poses of the moving bodies in world, in the scene's order: x, y, z, qw, qx, qy, qz
    for each entry of the head's "shapes", in their order:
        float32 (v, 3)  vertices in world [m]
        float32 (v, 3)  normals
        uint8 (v, 4)    linear colours, where "coloured" says so
        uint32 (f, 3)   faces, f as "faces" says
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from robotics.contracts import POSE_SIZE
from vr_training.stream.messages import ArmState, DeformableState, SceneMessage, StateMessage, array
from vr_training.view.cameras import operator_axes
from vr_training.view.kinds import kind_of
from vr_training.view.materials import linear
from vr_training.view.skin import Skin
from vr_training.view.status import ViewInfo

TO_LINEAR = np.round(255.0 * linear(np.arange(256) / 255.0)).astype(np.uint8)
"""Linear light of each sRGB value."""


@dataclass
class Seen:
    """What one browser has been sent of each deformable: its last shape, and its last cuts and marks."""

    shapes: dict[int, bytes] = field(default_factory=dict)
    skins: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)


class Packer:
    """Makes messages of the states of one scene.

    Args:
        scene: The scene.
    """

    def __init__(self, scene: SceneMessage) -> None:
        self._scene, self._kind = scene, kind_of(scene)
        self._moving = np.array([i for i, body in enumerate(scene.bodies) if body.moving], np.int64)
        self._skins = [Skin(each, scene.bodies[each.body]) for each in scene.deformables]

    def description(self) -> dict[str, Any]:
        """What a page has to know of the scene besides its meshes, once; JSON's own types."""
        scene = self._scene
        return {
            "session": scene.session,
            "epoch": str(scene.epoch),
            "title": scene.title,
            "guided": scene.guided is not None,
            "bodies": [body.name for body in scene.bodies],
            "moving": self._moving.tolist(),
            "target": list(scene.target),
            "goal_radius_m": scene.goal_radius_m,
            "force_limit_n": scene.force_limit_n,
            "phases": list(scene.phases),
            "inputs": scene.inputs,
            "scale": scene.scale,
            "arms": [arm.name for arm in scene.arms],
            "cameras": [
                {
                    "name": view.name, "arm": view.arm, "eye": view.eye_m, "at": view.look_at_m, "up": view.up,
                    "fov_y": view.fov_y_rad, "baseline": view.baseline_m,
                }
                for view in scene.cameras
            ],
            "operator_from_world": array(scene.operator_from_world, "<f8", -1).tolist(),
            "operator_from_camera_frame": operator_axes(scene.cameras[0]).ravel().tolist() if scene.cameras else None,
            "paths": [
                {"arm": path.arm, "points": array(path.points, "<f4", -1, 3).tolist()} for path in scene.paths
            ],
        }  # fmt: skip

    def common(self, state: StateMessage) -> tuple[dict[str, Any], bytes]:
        """What every browser gets of a state: the head without shapes, and the poses."""
        poses = array(state.poses, "<f4", -1, POSE_SIZE)[self._moving].tobytes()
        return self.head_of(state), poses

    def head_of(self, state: StateMessage) -> dict[str, Any]:
        """What a state says in words and single numbers; NaN is null."""
        info = ViewInfo(camera="", renderer="")
        return {
            "sequence": state.sequence,
            "time_s": state.time_s,
            "sent_ms": 1e-6 * state.sent_ns,
            "running": state.running,
            "success": state.success,
            "state": state.state,
            "phase": state.phase,
            "lease": state.lease,
            "asked": state.asked,
            "target": list(state.target) if math.isfinite(sum(state.target)) else None,
            "arms": [_arm(arm) for arm in state.arms],
            "signals": list(state.signals),
            "guided": state.guided,
            "status": self._kind.status(self._scene, state, info),
        }

    def message(self, head: dict[str, Any], poses: bytes, shapes: tuple[DeformableState, ...], seen: Seen) -> bytes:
        """The message for one browser.

        Args:
            head: Of `common`.
            poses: Of `common`.
            shapes: Of the state.
            seen: What this browser has been sent; renewed.
        """
        told, parts = [], [poses]
        for i, shape in enumerate(shapes):
            skin = (shape.open, shape.marked)
            if seen.shapes.get(i) == shape.nodes and seen.skins.get(i) == skin:
                continue
            bent, whole = self._skins[i].bend(shape), seen.skins.get(i) != skin
            parts += [bent.vertices.astype("<f4").tobytes(), bent.normals.astype("<f4").tobytes()]
            if whole:
                parts += [_rgba(bent.colours), bent.faces.astype("<u4").tobytes()]
            told.append(
                {
                    "body": self._skins[i].body, "vertices": len(bent.vertices), "coloured": whole,
                    "faces": len(bent.faces) if whole else 0,
                }
            )  # fmt: skip
            seen.shapes[i], seen.skins[i] = shape.nodes, skin
        text = msgspec.json.encode({**head, "shapes": told})
        text += b" " * (-len(text) % 4)
        return b"".join((struct.pack("<I", len(text)), text, *parts))


def _arm(arm: ArmState) -> dict[str, Any]:
    return {
        "name": arm.name, "tip": arm.tip, "target": arm.target, "force": arm.force, "force_n": arm.force_n,
        "grip": arm.grip, "jaw": arm.jaw, "clutch": arm.clutch, "flags": arm.flags,
    }  # fmt: skip


def _rgba(colours: NDArray[np.uint8]) -> bytes:
    return np.column_stack([TO_LINEAR[colours], np.full(len(colours), 255, np.uint8)]).tobytes()
