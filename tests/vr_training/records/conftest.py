"""A small scene and ticks of it, without a simulator."""

import msgspec
import numpy as np
import pytest

from control.layout import encode_layout
from control.tick import TickLayout, tick_dtype
from vr_training.records.info import SessionInfo
from vr_training.stream.messages import SceneMessage

LAYOUT = TickLayout(arms=(("psm1", 6), ("kuka", 7)), objects=("needle", "pad"), signals=("distance", "depth", "force"))


def ticks_of(layout: TickLayout, count: int, seed: int = 0) -> np.ndarray:
    """Ticks full of random bits with a proper sequence and time."""
    dtype = tick_dtype(layout)
    ticks = np.frombuffer(np.random.default_rng(seed).bytes(count * dtype.itemsize), dtype).copy()
    ticks["sequence"] = np.arange(count)
    ticks["time"] = 1e-3 * np.arange(count)
    return ticks


@pytest.fixture
def ticks() -> np.ndarray:
    return ticks_of(LAYOUT, 2500)


@pytest.fixture
def scene() -> SceneMessage:
    return SceneMessage(
        session="20260101-120000-needle_reach", epoch=7, title="Needle reach", task="needle_reach", period_s=1e-3,
        bodies=(), static_poses=b"", arms=(), objects=(), target=(), goal_radius_m=0.005, cameras=(),
        signals=(), phases=(), inputs=False, scale=0.3, operator_from_world=np.eye(3).tobytes(),
        layout=encode_layout(LAYOUT),
    )  # fmt: skip


@pytest.fixture
def info() -> SessionInfo:
    return SessionInfo(
        session="20260101-120000-needle_reach", task="needle_reach", rig="needle_reach", input="expert",
        filter="one_euro", seed=7, lockstep=True, period_s=1e-3, start_ns=1_700_000_000_000_000_000, version="0.1.0",
        configs={"arms/psm.toml": "name = 'psm'"},
    )  # fmt: skip


@pytest.fixture
def other_scene(scene: SceneMessage) -> SceneMessage:
    return msgspec.structs.replace(scene, title="Another")
