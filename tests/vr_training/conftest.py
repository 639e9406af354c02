"""An ideal rig for operator inputs: a tip without mass that follows the hand through a low-pass and a lag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from control.tick import State, TickLayout, tick_dtype
from robotics import config
from robotics.contracts import OperatorInput, OperatorView
from vr_training.inputs.quaternion import turn, turn_between
from vr_training.inputs.scripted import ScriptedExpert
from vr_training.inputs.scripted_config import ScriptedConfig
from vr_training.scoring import Setup

DT = 1e-3
OPERATOR_FROM_WORLD = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
SETUP = Setup(arm="psm1", period_s=DT, scale=0.25, operator_from_world=OPERATOR_FROM_WORLD)
LAYOUT = TickLayout(arms=(("psm1", 6),), signals=("distance",))


@dataclass
class Rig:
    """What an ideal rig does with the hand.

    Attributes:
        cutoff_hz: Of the second-order low-pass on the hand's position; none where 0.
        lag_s: Time constant of the tip behind its set-point.
        obeys: Whether the tip follows at a time.
        turns: Whether the tip takes the hand's rotation.
        wall: Height in world of a springy floor, if there is one [m].
        stiffness_n_m: Of that floor [N/m].
        goal_m: Radius within which the target counts as reached, after half a second there.
    """

    cutoff_hz: float = 6.0
    lag_s: float = 0.01
    obeys: Callable[[float], bool] = lambda time: True
    turns: bool = True
    wall: float | None = None
    stiffness_n_m: float = 300.0
    goal_m: float = 0.003
    goal_rad: float = 0.2


def rehearse(
    operator: OperatorInput, seed: int, seconds: float, distance: float = 0.08, rig: Rig | None = None
) -> np.ndarray:
    """Tick records of an operator that reaches for a target `distance` away, turned by up to half a radian."""
    rig = rig or Rig()
    rng = np.random.default_rng(seed)
    operator.reset(rng, DT)
    direction = rng.standard_normal(3)
    target = np.array([*(distance * direction / np.linalg.norm(direction)), 1.0, 0.0, 0.0, 0.0])
    turn(target[3:], *rng.uniform(-0.5, 0.5, 3))
    tip = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    setpoint, low, mid = tip.copy(), np.zeros(3), np.zeros(3)
    ticks = np.zeros(round(seconds / DT), tick_dtype(LAYOUT))
    arm = ticks["arms"]["psm1"]
    share = 1.0 - np.exp(-2.0 * np.pi * 1.55 * rig.cutoff_hz * DT)  # two equal poles: -3 dB at the cutoff
    before, filtered_before, pressed, inside = np.zeros(7), np.zeros(7), True, 0
    w, force = np.zeros(3), np.zeros(3)
    for k in range(len(ticks)):
        time = k * DT
        follows = rig.obeys(time) and not pressed
        operator.feedback(OperatorView(time, tip, target, force, 0, follows, OPERATOR_FROM_WORLD, SETUP.scale))
        hand = operator.read()
        force[2] = 0.0 if rig.wall is None else rig.stiffness_n_m * max(rig.wall - tip[2], 0.0)
        pose = hand.pose.copy()
        if k == 0:
            low[:] = mid[:] = pose[:3]
        mid += share * (pose[:3] - mid)
        low += share * (mid - low)
        filtered = pose.copy()
        if rig.cutoff_hz:
            filtered[:3] = low
        if follows and not hand.clutch:
            setpoint[:3] += SETUP.scale * OPERATOR_FROM_WORLD.T @ (filtered[:3] - filtered_before[:3])
            if rig.turns:
                turn_between(before[3:], pose[3:], w)
                turn(setpoint[3:], *(OPERATOR_FROM_WORLD.T @ w))
        before, filtered_before, pressed = pose, filtered, hand.clutch
        tip[:3] += DT / rig.lag_s * (setpoint[:3] - tip[:3])
        turn_between(tip[3:].copy(), setpoint[3:].copy(), w)
        turn(tip[3:], *(DT / rig.lag_s * w))
        turn_between(tip[3:].copy(), target[3:].copy(), w)
        distance_now = float(np.linalg.norm(tip[:3] - target[:3]))
        inside = inside + 1 if distance_now < rig.goal_m and np.linalg.norm(w) < rig.goal_rad else 0
        row, record = arm[k], ticks[k]
        row["hand"], row["hand_filtered"], row["target"] = pose, filtered, setpoint
        row["setpoint"], row["tip"], row["wrench"][:3] = setpoint, tip, force
        row["grip"], row["clutch"] = hand.grip, hand.clutch
        record["sequence"], record["time"] = k, time
        record["state"] = State.CLUTCHED if hand.clutch else State.ENGAGED if follows else State.HOLD
        record["signals"][0] = distance_now
        record["success"] = inside > 500
        if inside > 1000:
            return ticks[: k + 1]
    return ticks


@pytest.fixture(scope="session")
def expert() -> Callable[..., ScriptedExpert]:
    """Makes a scripted expert, with a tremor source of its own where given."""
    made = config.load_named("inputs", "scripted", ScriptedConfig)
    return lambda tremor=None: ScriptedExpert(made, tremor)


@pytest.fixture(scope="session")
def run() -> Callable[..., np.ndarray]:
    """Runs an operator against the ideal rig; see `rehearse`."""
    return rehearse


@pytest.fixture(scope="session")
def rig() -> type[Rig]:
    """What an ideal rig does with the hand."""
    return Rig


@pytest.fixture(scope="session")
def setup_of_rig() -> Setup:
    """What the tick records of the ideal rig do not say."""
    return SETUP


@pytest.fixture(scope="session")
def episode(expert: Callable[..., ScriptedExpert], run: Callable[..., np.ndarray]) -> np.ndarray:
    """A whole reach by the scripted expert with generated tremor behind a 6 Hz low-pass."""
    return run(expert(), seed=7, seconds=40.0)
