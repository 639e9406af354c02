"""What varies with the seed besides the scene: from which side the operator looks, and how late the arm follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from robotics.chain import rpy_matrix
from robotics.errors import ConfigError
from simulation.tasks.registry import TaskSettings
from steadyhand.rig_config import CameraConfig, RigConfig

if TYPE_CHECKING:
    from steadyhand.rig import Rig

_CHILD = 2
"""Of the seed: the scene and a scripted hand have the two before it, and are drawn as they would be without this."""

_EYE = "eye_m"
"""The setting of a task that judges by what the operator sees: where that one's eye is."""


def vary(rig: Rig, seed: int) -> Rig:
    """The rig of one episode: its operator's camera turned, and the delay of its line drawn, as the task asks.

    Args:
        rig: From `steadyhand.rig.plan`; one that has been drawn stays as it is.
        seed: Of the episode.
    """
    if rig.drawn:
        return rig
    settings, config = rig.task_settings, rig.config
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(_CHILD + 1)[_CHILD])
    # Always drawn in this order, whatever is asked for: one range does not change what comes of another.
    angle_deg = rng.uniform(*settings.camera_deg) * (1.0 if rng.uniform() < 0.5 else -1.0)
    delay_ms = settings.delay_ms + round(rng.uniform(*settings.more_delay_ms))  # whole ticks, as a person reads them
    settings = msgspec.structs.replace(settings, delay_ms=min(delay_ms, 1000.0))
    if angle_deg:
        camera = turned(config.cameras[0], angle_deg)
        config = msgspec.structs.replace(config, cameras=(camera, *config.cameras[1:]))
        if _EYE in settings.__struct_fields__:
            settings = msgspec.structs.replace(settings, **{_EYE: camera.eye_m})
    return replace(rig, config=config, task_settings=settings, drawn=True)


def turned(camera: CameraConfig, angle_deg: float) -> CameraConfig:
    """A camera turned about the vertical through what it looks at, counter-clockwise seen from above [deg]."""
    R = rpy_matrix(0.0, 0.0, np.radians(angle_deg))
    centre = np.array(camera.look_at_m)
    x, y, z = (centre + R @ (np.array(camera.eye_m) - centre)).tolist()
    u, v, w = (R @ np.array(camera.up)).tolist()
    return msgspec.structs.replace(camera, eye_m=(x, y, z), up=(u, v, w))


def refuse_camera(settings: TaskSettings, config: RigConfig, rig: str) -> None:
    """Refuse to turn a camera that an arm carries: it is where the hand has driven it.

    Raises:
        ConfigError: The task asks for it.
    """
    camera = config.cameras[0]
    if any(settings.camera_deg) and camera.arm:
        raise ConfigError(settings.kind, "camera_deg", f"asks to turn a camera that '{camera.arm}' of '{rig}' carries")
