"""A small scene to look at: a pad, a needle in it, an instrument whose tip moves, and the ghost of its target."""

import math
import os
import time

import msgspec
import numpy as np

from control.layout import encode_layout
from control.tick import Flag, State, TickLayout, tick_dtype
from robotics.shape_config import Capsule, Lathe, Pad, Sphere, Tube
from vr_training.stream.messages import ArmLink, ArmScene, CameraView, SceneMessage
from vr_training.stream.poser import ScenePoser
from vr_training.view.bodies import shape_body
from vr_training.view.contracts import Camera, Frame

GOAL = np.array((0.018, 0.006, 0.012))
START = np.array((-0.03, -0.015, 0.045))
LAYOUT = TickLayout(arms=(("arm", 3),), objects=("needle",), signals=())
TILT = (0.924, 0.383, 0.0, 0.0)  # the shaft leans back by 45 degrees


def scene(inputs=True, session="stage", epoch=7):
    shaft = Lathe(
        material="polymer", profile_m=((0.0, 0.008), (0.0025, 0.009), (0.004, 0.014), (0.004, 0.2), (0.0, 0.2))
    )
    jaw = Capsule(material="steel", radius_m=0.0012, length_m=0.008, xyz_m=(0.0, 0.0, 0.004))
    needle = Tube(material="needle", radius_m=0.0006, arc_radius_m=0.009, arc_rad=math.pi)
    bodies = (
        shape_body(
            "pad",
            Pad(material="tissue", size_m=(0.12, 0.09, 0.01), relief_m=0.0015, xyz_m=(0.0, 0.0, -0.003)),
            moving=False,
        ),
        shape_body("shaft", shaft, "arm"),
        shape_body("jaw", jaw, "arm"),
        shape_body("needle", needle),
        shape_body("ghost", Sphere(material="ghost", radius_m=0.003), "target", casts_shadow=False),
    )
    rest = np.zeros((len(bodies), 7))
    rest[:, 3] = 1.0
    cameras = (
        CameraView(
            name="endoscope", eye_m=(0.0, -0.11, 0.09), look_at_m=(0.0, 0.0, 0.01), up=(0.0, 0.0, 1.0), fov_y_rad=0.8
        ),
        CameraView(name="side", eye_m=(0.2, -0.1, 0.08), look_at_m=(0.0, 0.0, 0.02), up=(0.0, 0.0, 1.0), fov_y_rad=0.6),
    )
    # A gantry of three sliders: joint positions are the tip's coordinates, since the three turns make a whole one.
    turn = np.eye(4)
    turn[:3, :3] = ((0, 0, 1), (1, 0, 0), (0, 1, 0))
    tilt = np.eye(4)
    w, x = TILT[:2]
    tilt[1:3, 1:3] = ((1 - 2 * x * x, -2 * w * x), (2 * w * x, 1 - 2 * x * x))
    link = tilt.astype("<f8").tobytes()
    arm = ArmScene(
        name="arm",
        placement=np.stack([turn] * 3).astype("<f8").tobytes(),
        kind=np.ones(3, "<i8").tobytes(),
        tip=link,
        base=np.eye(4).astype("<f8").tobytes(),
        links=(ArmLink(body=1, link=2, pose=link), ArmLink(body=2, link=2, pose=link)),
    )
    return SceneMessage(
        session=session,
        epoch=epoch,
        title="Needle reach",
        task="needle_reach",
        period_s=0.001,
        bodies=bodies,
        static_poses=rest.astype("<f8").tobytes(),
        arms=(arm,),
        objects=(("needle", (3,)),),
        target=(4,),
        goal_radius_m=0.005,
        cameras=cameras,
        signals=(),
        phases=("approach", "touch", "hold"),
        inputs=inputs,
        scale=0.5,
        operator_from_world=np.array(((1, 0, 0), (0, 0, 1), (0, -1, 0)), "<f8").tobytes(),
        layout=encode_layout(LAYOUT),
    )


def tick(time_s, duration_s=4.0):
    """The tip wanders from `START` to `GOAL` in ``duration_s``."""
    share = min(time_s / duration_s, 1.0)
    smooth = share * share * (3.0 - 2.0 * share)
    wander = np.array((math.sin(9 * share), math.cos(7 * share), math.sin(5 * share)))
    tip = START + smooth * (GOAL - START) + 0.004 * math.sin(math.pi * share) * wander
    distance = float(np.linalg.norm(tip - GOAL))
    force = 0.8 * max(0.0, 1.0 - distance / 0.006)
    record = np.zeros((), tick_dtype(LAYOUT))
    record["sequence"], record["time"] = round(time_s * 1000), time_s
    record["state"] = State.ENGAGED
    record["phase"] = 0 if distance > 0.015 else 1 if distance > 0.005 else 2
    record["success"] = share >= 1.0
    record["target"] = (*GOAL, 1.0, 0.0, 0.0, 0.0)
    record["objects"][0] = (*(GOAL + np.array((-0.002, 0.004, -0.012))), math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0)
    arm = record["arms"]["arm"]
    arm["q"] = tip
    arm["tip"] = arm["target"] = arm["setpoint"] = (*tip, *TILT)
    arm["wrench"][:3] = (0.0, -0.5 * force, 0.87 * force)
    arm["flags"] = Flag.VELOCITY_LIMIT if 0.35 < share < 0.5 else 0
    return record[()]


def state(scene, time_s, duration_s=4.0, running=True, **changes):
    """The message that shows `tick`."""
    message = ScenePoser(scene).state_message(tick(time_s, duration_s), scene.epoch, time.time_ns(), running)
    return msgspec.structs.replace(message, **changes)


class CrashingRenderer:
    """Takes its process down with the first picture, as broken graphics drivers do."""

    name = "crashing"

    def load(self, scene):
        pass

    def render(self, poses, camera: Camera) -> Frame:
        os._exit(11)

    def close(self):
        pass


class HangingRenderer(CrashingRenderer):
    """Never finishes a picture."""

    name = "hanging"

    def render(self, poses, camera: Camera) -> Frame:
        time.sleep(3600.0)
        raise AssertionError
