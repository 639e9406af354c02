"""What the head-up display says, gathered from scene, state and view into plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from control.tick import Flag, State
from robotics.contracts import CLUTTER, COUNTDOWN, POSE_SIZE, Vector
from vr_training.stream.messages import ArmState, SceneMessage, StateMessage

Tone = Literal["go", "pause", "stop", "idle", "over"]
"""How a state is shown: each tone has a colour and a shape of its own, so that neither alone carries the meaning."""

STATES: dict[State, tuple[str, Tone]] = {
    State.OFF: ("OFF", "idle"),
    State.SELF_TEST: ("SELF-TEST", "idle"),
    State.IDLE: ("IDLE", "idle"),
    State.HOMING: ("HOMING", "idle"),
    State.READY: ("READY", "idle"),
    State.ENGAGED: ("ENGAGED", "go"),
    State.CLUTCHED: ("CLUTCHED", "pause"),
    State.HOLD: ("HOLD", "stop"),
    State.SOFT_STOP: ("SOFT STOP", "stop"),
    State.POWER_OFF: ("POWER OFF", "stop"),
    State.LATCHED_FAULT: ("FAULT", "stop"),
}

FLAGS: tuple[tuple[Flag, str], ...] = (
    (Flag.OPERATOR_STOP, "Stopped by operator"),
    (Flag.DEVICE_FAULT, "Device failed"),
    (Flag.INPUT_STALE, "Hand signal lost"),
    (Flag.INPUT_IMPLAUSIBLE, "Hand signal invalid"),
    (Flag.MEASUREMENT_INVALID, "Measurement invalid"),
    (Flag.TRACKING_ERROR, "Tracking error"),
    (Flag.TORQUE_LIMIT, "Torque limit"),
    (Flag.WORKSPACE, "Workspace edge"),
    (Flag.REMOTE_CENTRE, "Port limit"),
    (Flag.POSITION_LIMIT, "Joint limit"),
    (Flag.TARGET_INFEASIBLE, "Out of reach"),
    (Flag.VELOCITY_LIMIT, "Speed limit"),
    (Flag.ACCELERATION_LIMIT, "Acceleration limit"),
    (Flag.ALIGNING, "Aligning"),
    (Flag.FILTER_SETTLING, "Filter settling"),
    (Flag.NO_TREMOR, "No tremor found"),
)
"""Most telling first."""

SAID = ~Flag.NO_TREMOR
"""What the display says. That a hand does not tremble is no news: a recording tells of it, and a mouse never does."""

HELD, PLACED = "held", "placed"
"""Signals by which a task says how many arms hold its thing, and how many of its things are where they belong."""

SHUT_RAD = math.radians(8.0)
"""Jaws that hold nothing are open from this angle on: their tips are then 1.2 mm apart."""

LIMITS = (
    Flag.POSITION_LIMIT
    | Flag.VELOCITY_LIMIT
    | Flag.TORQUE_LIMIT
    | Flag.TARGET_INFEASIBLE
    | Flag.REMOTE_CENTRE
    | Flag.WORKSPACE
)
"""What keeps the arm from where the hand asks it to be. Acceleration is left out: it limits every start and stop."""


@dataclass(frozen=True)
class ArmLine:
    """What is said of one arm of several: whether the hand drives it, and whether the task asks something of it."""

    name: str
    driven: bool
    asked: bool


@dataclass(frozen=True)
class Status:
    """Everything the head-up display shows, ready to be written.

    Attributes:
        title: The lesson.
        phases: Names of all its phases.
        phase: The present one.
        time_s: Time since the start of the run [s].
        state: Name of the loop's state.
        tone: How to show it.
        notes: What limits or stops the motion, at most two, most telling first.
        distance_m: Distance of the tip from the target [m]; NaN where there is none.
        jaws: What the jaws do, in lessons in which something is held; else empty.
        holding: Whether they hold it.
        wrist_deg: By how much the tip would have to turn to lie as the guide shows it [deg]; NaN where that is of no
            use.
        placed: How many things lie where they belong, of how many; empty where that is not counted.
        keys: Whether to say what mouse and keys do.
        asked: Name of the arm whose tip that is, where there are several; else empty.
        goal_m: Distance that counts as reached [m].
        force_n: Contact force at the tip [N].
        force_full_n: Force at which its bar is full [N].
        force_warn_n: Force from which on it warns [N].
        age_s: Age of the picture [s]; NaN in a replay.
        stale_s: Age from which on it is stale [s].
        missed: Deadlines missed so far.
        dropped: Ticks that the hub did not get.
        success: Whether the goal was reached.
        running: Whether the run goes on.
        camera: Name of the camera.
        renderer: Name of the renderer.
        rate_hz: Frames drawn a second; 0 where that says nothing.
        control: Who drives, for example ``"You drive"``.
        banner: A message across the top, empty for none.
        instruction: What is to be done now and for how long, in a phase that is counted down; else empty.
        replay: Speed of a replay, for example ``"REPLAY 1x"``; empty when live.
        arms: Which arm is driven and which is asked, where there are several; empty where there is one.
    """

    title: str
    phases: tuple[str, ...]
    phase: int
    time_s: float
    state: str
    tone: Tone
    notes: tuple[str, ...]
    distance_m: float
    goal_m: float
    force_n: float
    force_full_n: float
    force_warn_n: float
    age_s: float
    stale_s: float
    missed: int
    dropped: int
    success: bool
    running: bool
    camera: str
    renderer: str
    rate_hz: float = 0.0
    control: str = ""
    banner: str = ""
    instruction: str = ""
    replay: str = ""
    asked: str = ""
    arms: tuple[ArmLine, ...] = ()
    jaws: str = ""
    holding: bool = False
    wrist_deg: float = math.nan
    placed: str = ""
    keys: bool = False

    @property
    def stale(self) -> bool:
        """Whether what is shown is too old to act on."""
        return self.age_s > self.stale_s


@dataclass(frozen=True)
class ViewInfo:
    """What the view adds to a state: how old it is, what draws it, who drives.

    ``driven`` is the index of the arm that this view's own hand drives; None where it has none, and then an arm counts
    as driven whose clutch is not pressed.
    """

    camera: str
    renderer: str
    age_s: float = math.nan
    stale_s: float = 0.15
    rate_hz: float = 0.0
    control: str = ""
    driven: int | None = None
    banner: str = ""
    replay: str = ""
    force_full_n: float = 2.0
    force_warn_n: float = 1.0
    keys: bool = False


def asked_arm(state: StateMessage) -> ArmState:
    """The arm that the task asks something of; the first where a recording does not say."""
    return state.arms[min(state.asked, len(state.arms) - 1)]


def distance_to_target(state: StateMessage) -> float:
    """Distance of the asked arm's tip from the task's target [m]; NaN where there is neither."""
    if not state.arms or len(state.target) < 3:
        return math.nan
    tip = np.asarray(asked_arm(state).tip[:3])
    return float(np.linalg.norm(tip - np.asarray(state.target[:3])))


def turn_to_target(state: StateMessage) -> Vector:
    """Rotation vector in world from the asked arm's tip to the task's target, shape (3,) [rad]; NaN without either."""
    if not state.arms or len(state.target) != POSE_SIZE:
        return np.full(3, math.nan)
    tip, target = np.array(asked_arm(state).tip[3:]), np.array(state.target[3:])
    if not (np.linalg.norm(tip) > 0.5 and np.linalg.norm(target) > 0.5):  # also refuses NaN
        return np.full(3, math.nan)
    turn = Rotation.from_quat(target[[1, 2, 3, 0]]) * Rotation.from_quat(tip[[1, 2, 3, 0]]).inv()
    return np.asarray(turn.as_rotvec(), np.float64)


def _jaws(scene: SceneMessage, state: StateMessage) -> tuple[str, bool, float]:
    """What the jaws do, whether they hold something, and how far the wrist is from where the guide shows it [deg]."""
    names = [name for name, _ in scene.signals]
    if HELD not in names or len(state.signals) < len(names) or not state.arms:
        return "", False, math.nan
    if state.signals[names.index(HELD)] > 0.0:
        return "Held", True, math.nan
    # What is measured, not what the hand asks: jaws stay as they are while the hand does not drive.
    jaw = asked_arm(state).jaw
    word = "Jaws open" if jaw > SHUT_RAD else "Jaws closed" if math.isfinite(jaw) else "Jaws empty"
    return word, False, math.degrees(float(np.linalg.norm(turn_to_target(state))))


def _placed(scene: SceneMessage, state: StateMessage) -> str:
    """How many of several things are where they belong."""
    names = [name for name, _ in scene.signals]
    things = sum(not name.startswith(CLUTTER) for name, _ in scene.objects)
    if PLACED not in names or HELD not in names or things < 2 or len(state.signals) < len(names):
        return ""
    return f"{state.signals[names.index(PLACED)]:.0f} of {things} placed"


def status_of(scene: SceneMessage, state: StateMessage, info: ViewInfo) -> Status:
    """Gather what the head-up display shows of a state."""
    bits = state.flags
    for arm in state.arms:
        bits |= arm.flags
    known = state.state in State.__members__.values()
    word, tone = STATES[State(state.state)] if known else (f"STATE {state.state}", "stop")
    if not state.running:
        word, tone = "ENDED", "over"
    jaws, holding, wrist_deg = _jaws(scene, state)
    return Status(
        title=scene.title,
        phases=scene.phases,
        phase=state.phase,
        time_s=state.time_s,
        state=word,
        tone=tone,
        notes=tuple(text for flag, text in FLAGS if bits & flag & SAID)[:2],
        distance_m=distance_to_target(state),
        goal_m=scene.goal_radius_m,
        force_n=max((arm.force_n for arm in state.arms if math.isfinite(arm.force_n)), default=0.0),
        force_full_n=info.force_full_n,
        force_warn_n=info.force_warn_n,
        age_s=info.age_s,
        stale_s=info.stale_s,
        missed=state.missed,
        dropped=state.dropped,
        success=state.success,
        running=state.running,
        camera=info.camera,
        renderer=info.renderer,
        rate_hz=info.rate_hz,
        control=info.control,
        banner=info.banner,
        instruction=_countdown(scene, state),
        replay=info.replay,
        asked=asked_arm(state).name if len(state.arms) > 1 else "",
        arms=_arm_lines(state, info.driven),
        jaws=jaws,
        holding=holding,
        wrist_deg=wrist_deg,
        placed=_placed(scene, state),
        keys=info.keys,
    )


def _arm_lines(state: StateMessage, driven: int | None) -> tuple[ArmLine, ...]:
    """What is said of each arm where there are several."""
    if len(state.arms) < 2:
        return ()
    asked = len(state.target) >= 3 and all(map(math.isfinite, state.target[:3]))
    return tuple(
        ArmLine(arm.name, not arm.clutch if driven is None else i == driven, asked and i == state.asked)
        for i, arm in enumerate(state.arms)
    )


def _countdown(scene: SceneMessage, state: StateMessage) -> str:
    """What is to be done and the whole seconds left for it, where the task counts its phases down."""
    names = [name for name, _ in scene.signals]
    if COUNTDOWN not in names or not 0 <= state.phase < len(scene.phases) or len(state.signals) < len(names):
        return ""
    left = state.signals[names.index(COUNTDOWN)]
    return f"{scene.phases[state.phase]}: {math.ceil(left)} s" if left > 0.0 else ""
