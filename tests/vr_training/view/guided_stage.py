"""A small guided exercise for tests of the view: a joint that turns a limb, or a hand that goes along a line."""

import math

import msgspec
import numpy as np

from control.layout import encode_layout
from control.tick import GuidedLayout, State, TickLayout, tick_dtype
from robotics.guidance import Moment
from robotics.shape_config import Sphere
from vr_training.stream.messages import (
    ArmScene,
    CameraView,
    GuidedJoint,
    GuidedScene,
    GuidedWay,
    SceneMessage,
)
from vr_training.stream.poser import ScenePoser
from vr_training.view.bodies import shape_body

SIGNALS = ("repetition", "successes", "progress", "left", "words", "verdict")
PHASES = ("ready", "move", "hold", "pause", "rest", "done", "show")
WORDS = ("Sit comfortably.", "Bend the elbow, slowly, as far as the mark.", "And straighten it again.")
VERDICTS = ("", "the goal was not reached", "the goal was not held")
LOWER, UPPER = 0.0, math.radians(140.0)
BENT = np.array([[0.0, 0.0, 0.0], [0.1, 0.1, 0.0], [0.2, 0.0, 0.0]])
"""A way with a bend that is shown where the second sentence is said."""


def layout(size):
    """One arm of one joint, its patient, one cuff."""
    return TickLayout(arms=(("arm", 1),), signals=SIGNALS, guided=(GuidedLayout("arm", size, 1),))


def scene(space="joint"):
    """The scene: the joint turns about world's -y, so that the limb at x goes up."""
    placement = np.eye(4)
    placement[:3, :3] = ((1, 0, 0), (0, 0, -1), (0, 1, 0))
    joint = space == "joint"
    guided = GuidedScene(
        arm="arm",
        words=WORDS,
        verdicts=VERDICTS,
        repetitions=10,
        joints=(GuidedJoint(name="elbow_flexion", index=0, lower=LOWER, upper=UPPER, pointer=(1, 0, 0), radius_m=0.2),)
        if joint
        else (),
        axes=() if joint else (0, 1),
        hand=(0.0, 0.0, 0.0) if joint else (0.0, 0.0, 0.05),
        ways=() if joint else (GuidedWay(words=2, points=BENT.astype("<f4").tobytes()),),
    )
    body = shape_body("goal", Sphere(material="goal", radius_m=0.01), "target")
    return SceneMessage(
        session="guided",
        epoch=3,
        title="Elbow flexion and extension",
        task="elbow_flexion",
        period_s=0.001,
        bodies=(body,),
        static_poses=np.array([[0, 0, -50.0, 1, 0, 0, 0]], "<f8").tobytes(),
        arms=(
            ArmScene(
                name="arm",
                placement=placement[None].astype("<f8").tobytes(),
                kind=np.zeros(1, "<i8").tobytes(),
                tip=np.eye(4).tobytes(),
                base=np.eye(4).tobytes(),
                links=(),
            ),
        ),
        objects=(),
        target=(0,),
        goal_radius_m=0.01,
        force_limit_n=80.0,
        cameras=(
            CameraView(name="side", eye_m=(0, -1.0, 0), look_at_m=(0, 0, 0), up=(0, 0, 1), fov_y_rad=0.8),
            CameraView(name="above", eye_m=(0, -0.1, 1.0), look_at_m=(0, 0, 0), up=(0, 0, 1), fov_y_rad=0.8),
        ),
        signals=tuple((name, "") for name in SIGNALS),
        phases=PHASES,
        inputs=False,
        scale=1.0,
        operator_from_world=np.eye(3).tobytes(),
        layout=encode_layout(layout(1 if joint else 2)),
        guided=guided,
    )


def tick(scene, x, goal, start=None, moment=Moment.MOVE, time_s=1.0, loop=State.ENGAGED, phase="move", cause=0, **said):
    """A tick with the arm at ``x`` on its way to ``goal``; signals by their name."""
    record = np.zeros((), tick_dtype(layout(len(x))))
    record["sequence"], record["time"], record["state"], record["cause"] = round(time_s * 1000), time_s, loop, cause
    record["phase"], record["target"] = PHASES.index(phase), np.nan
    record["signals"] = [said.get(name, 0.0) for name in SIGNALS]
    arm, part = record["arms"]["arm"], record["guided"]["arm"]
    if scene.guided.joints:
        arm["q"] = x
    elif moment != Moment.REST:
        record["target"] = (*goal, 0.0, 1.0, 0.0, 0.0, 0.0)
    arm["tip"] = (*x[:2], 0.0, 1.0, 0.0, 0.0, 0.0) if len(x) == 2 else (0.3, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    part["x"], part["goal"], part["start"] = x, goal, np.zeros(len(x)) if start is None else start
    part["reference"], part["moment"], part["movement"] = x, moment, 1
    part["cuffs"][0, :3] = (30.0, 0.0, 40.0)
    part["assistance"] = 0.25
    return record[()]


def state(scene, x, goal, running=True, share=42.0, **tick_changes):
    """The message that shows `tick`."""
    message = ScenePoser(scene).state_message(
        tick(scene, x, goal, **tick_changes), scene.epoch, 1, running, share=share
    )
    return msgspec.structs.replace(message)
