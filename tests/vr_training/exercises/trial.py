"""Exercises without a plant: contexts of the rigs, tick records made up, and arms that follow what is asked, or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from control.tick import GuidedLayout, State, TickLayout, tick_dtype
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.contracts import Vector
from robotics.guidance import Guidance, Moment, Space
from robotics.human_arm import RANGES_DEG
from vr_training.exercises import Bout, Context, Exercise, ExerciseSettings, Phase, create, load, names

DT = 0.02
ARM_M = 0.65
UPRIGHT = np.array([math.sqrt(0.5), 0.0, -math.sqrt(0.5), 0.0])  # the forearm forward, the thumb up

_TIPS = {"arm_exo": (0.46, -0.04, -0.28), "planar_reach": (0.4, 0.0, 0.0), "wrist_exo": (0.08, 0.0, 0.0)}
_SHOULDERS = {"planar_reach": (0.0, 0.0, 0.38)}
_PALMS = {"planar_reach": (0.0, 0.0, 0.09)}


def cases() -> Iterator[tuple[str, str, str | None]]:
    """Every exercise on every rig, and for two joints of it that may be chosen."""
    for name in names():
        settings = load(name)
        for rig in settings.rigs:
            joints = chain_from_config(load_arm_config(rig)).joint_names
            if settings.choice:  # the first and the last that the rig has
                has = [joint for joint in settings.choice if joint in joints]
                yield from ((name, rig, joint) for joint in (has[0], has[-1]))
            else:
                yield name, rig, None


def context_of(settings: ExerciseSettings, rig: str, **changes: object) -> Context:
    """What an exercise is told on a rig; a left arm is the right one's mirror image."""
    side = str(changes.pop("side", "right"))
    mirror = np.array([1.0, 1.0 if side == "right" else -1.0, 1.0])
    tip = np.concatenate([_TIPS[rig] * mirror, UPRIGHT])
    if Space(settings.space) is Space.JOINT:
        chain = chain_from_config(load_arm_config(rig))
        index = [chain.joint_names.index(joint) for joint in settings.joints]
        ranges = np.radians([RANGES_DEG[joint] for joint in settings.joints])
        x, lower, upper = chain.home[index], chain.lower[index], chain.upper[index]
        lower, upper = np.maximum(lower, ranges[:, 0]), np.minimum(upper, ranges[:, 1])
    else:
        x = tip[list(settings.axes)]
        lower, upper = np.full(x.size, -np.inf), np.full(x.size, np.inf)
    data: dict[str, object] = {
        "arm": "arm",
        "x": x.copy(),
        "tip": tip,
        "lower": lower,
        "upper": upper,
        "side": side,
        "arm_length_m": ARM_M,
        "p_world_shoulder": np.array(_SHOULDERS.get(rig, (0.0, 0.0, 0.0))),
        "dt": DT,
        "repetitions": 3,
        "p_tip_palm": np.array(_PALMS.get(rig, (0.0, 0.0, 0.0))),
    }
    return Context(**{**data, **changes})  # type: ignore[arg-type]


def made(name: str, rig: str, joint: str | None = None, seed: int = 1, **changes: object) -> Exercise:
    """An exercise on a rig, ready for its first tick."""
    settings = load(name).ordered(rig, joint)
    exercise = create(name, settings, context_of(settings, rig, **changes))
    exercise.reset(np.random.default_rng(seed))
    return exercise


Arm = Callable[["Trial"], Vector]
"""Where the arm is in the next tick, shape (m,)."""


class Trial:
    """An exercise tried by an arm, tick by tick.

    Attributes:
        tick: The tick record; a test may write into it.
        time_s: Time since the start [s].
        ticks: What was asked in each tick: phase, moment, movement, repetition, and copies of reference, rate, start,
            goal and where the arm was.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise, self.bout = exercise, Bout(exercise)
        m = exercise.coordinates.size
        layout = TickLayout(
            arms=(("arm", 1),),
            signals=tuple(signal.name for signal in self.bout.signals),
            guided=(GuidedLayout("arm", m, 2),),
        )
        self.tick = np.zeros(1, tick_dtype(layout))[0]
        self.part = self.tick["guided"]["arm"]
        self.part["x"], self.part["trunk"] = exercise.context.x, np.nan
        self.tick["arms"]["arm"]["tip"] = exercise.context.tip
        self.time_s, self.done, self.success = 0.0, False, False
        self.ticks: list[tuple[int, Moment, int, int, Vector, Vector, Vector, Vector, Vector]] = []
        self.signals: list[Vector] = []
        self.targets: list[Vector] = []

    @property
    def asks(self) -> Guidance:
        return self.bout.guidance

    @property
    def judged(self) -> list[int]:
        return list(self.bout.judged)

    @property
    def phase(self) -> Phase:
        return self.bout.phase

    def step(self, arm: Arm, state: State = State.ENGAGED) -> None:
        self.tick["state"] = state
        self.part["x"] = arm(self)
        out = self.bout.step(self.tick)
        asks = self.asks
        self.time_s += DT
        self.done, self.success = out.done, out.success
        self.ticks.append(
            (
                out.phase,
                asks.moment,
                asks.movement,
                asks.repetition,
                asks.reference.copy(),
                asks.rate.copy(),
                asks.start.copy(),
                asks.goal.copy(),
                self.part["x"].copy(),
            )
        )
        self.signals.append(out.signals.copy())
        self.targets.append(out.target.copy())

    def run(self, arm: Arm, longest_s: float | None = None) -> Trial:
        """Until it is done."""
        longest = self.bout.longest_s() + 1.0 if longest_s is None else longest_s
        while not self.done and self.time_s < longest:
            self.step(arm)
        return self

    def until(self, arm: Arm, there: Callable[[Trial], bool]) -> Trial:
        """Until something is so; it has to come before the exercise is done."""
        while not there(self):
            self.step(arm)
            assert not self.done
        return self


def obedient(trial: Trial) -> Vector:
    """An arm that is where it should be and pushes where it should push."""
    asks = trial.asks
    trial.part["patient"] = 0.0
    if asks.moment is Moment.REST:
        return np.asarray(trial.part["x"].copy())
    if asks.moment is Moment.PUSH:
        trial.part["patient"] = 5.0 * np.sign(asks.goal - asks.start)
    return asks.reference.copy()


def idle(trial: Trial) -> Vector:
    """An arm that stays where it was at the start."""
    trial.part["patient"] = 0.0
    return trial.exercise.context.x.copy()


def wanderer(seed: int) -> Arm:
    """An arm that is somewhere else with every movement."""
    rng, at = np.random.default_rng(seed), {}

    def arm(trial: Trial) -> Vector:
        context, movement = trial.exercise.context, trial.asks.movement
        if movement not in at:
            low = np.where(np.isfinite(context.lower), context.lower, context.x - 0.2)
            high = np.where(np.isfinite(context.upper), context.upper, context.x + 0.2)
            at[movement] = rng.uniform(low, high)
        return np.asarray(at[movement])

    return arm


__all__ = ["DT", "Trial", "cases", "context_of", "idle", "made", "obedient", "wanderer"]
