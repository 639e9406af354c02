"""A small scene with two arms and ticks of it, for whoever tests the stream."""

import numpy as np
from scipy.spatial.transform import Rotation

from control.layout import encode_layout
from control.tick import TickLayout, tick_dtype
from vr_training.records.info import SessionInfo
from vr_training.stream.messages import ArmLink, ArmScene, Body, Material, SceneMessage

LAYOUT = TickLayout(arms=(("psm1", 3), ("fixed", 1)), objects=("needle", "pad"), signals=("distance",))
STATIC = np.tile([0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0], (8, 1))


def transform(rng: np.random.Generator) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = Rotation.random(random_state=int(rng.integers(1 << 30))).as_matrix()
    T[:3, 3] = rng.normal(size=3)
    return T


def arm_scene(name: str, kind: list[int], links: tuple[ArmLink, ...], seed: int) -> ArmScene:
    rng = np.random.default_rng(seed)
    return ArmScene(
        name=name,
        placement=np.array([transform(rng) for _ in kind]).tobytes(),
        kind=np.array(kind, np.int64).tobytes(),
        tip=transform(rng).tobytes(),
        base=transform(rng).tobytes(),
        links=links,
    )


def make_scene(inputs: bool = True) -> SceneMessage:
    rng = np.random.default_rng(5)
    bodies = tuple(
        Body(name=f"body{i}", owner="psm1", vertices=b"", normals=b"", faces=b"", material=Material(colour=(1, 1, 1)))
        for i in range(8)
    )
    links = (
        ArmLink(body=0, link=-1, pose=transform(rng).tobytes()),
        ArmLink(body=1, link=1, pose=transform(rng).tobytes()),
        ArmLink(body=2, link=2, pose=transform(rng).tobytes(), jaw=0.5),
        ArmLink(body=3, link=2, pose=transform(rng).tobytes(), jaw=-0.5),
    )
    return SceneMessage(
        session="20260101-120000-test", epoch=1, title="Test", task="test", period_s=1e-3, bodies=bodies,
        static_poses=STATIC.tobytes(),
        arms=(arm_scene("psm1", [0, 1, 0], links, 1), arm_scene("fixed", [0], (), 2)),
        objects=(("needle", (4, 5)),), target=(6,), goal_radius_m=0.005, cameras=(), signals=(("distance", "m"),),
        phases=("reach",), inputs=inputs, scale=0.3, operator_from_world=np.eye(3).tobytes(),
        layout=encode_layout(LAYOUT),
    )  # fmt: skip


def make_info() -> SessionInfo:
    return SessionInfo(
        session="20260101-120000-test", task="test", rig="test", input="none", filter="none", seed=1, lockstep=False,
        period_s=1e-3, start_ns=1_700_000_000_000_000_000, version="0",
    )  # fmt: skip


def make_tick(sequence: int = 0) -> np.ndarray:
    tick = np.zeros(1, tick_dtype(LAYOUT))
    tick["sequence"], tick["time"] = sequence, 1e-3 * sequence
    return tick
