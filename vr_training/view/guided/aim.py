"""What a guided exercise aims at: whether the arm has a goal, and whether it is there. Picture and display agree."""

from __future__ import annotations

import math

from robotics.guidance import Moment
from vr_training.stream.messages import GuidedState, SceneMessage, StateMessage

NEAR_RAD = math.radians(5.0)
"""So near to its goal a joint counts as there where a recording does not say how near is there [rad]; ours."""

HALF_PERCENT = 50.0
"""Share of a way with bends below which its goal is not reached, however near the hand is: it may lead round; ours."""


def phase_of(scene: SceneMessage, state: StateMessage) -> str:
    """Name of the phase that a state is in; empty where it has none."""
    return scene.phases[state.phase] if 0 <= state.phase < len(scene.phases) else ""


def signal(scene: SceneMessage, state: StateMessage, name: str) -> float:
    """Value of a signal; 0 where the exercise has none of that name."""
    for (each, _), value in zip(scene.signals, state.signals, strict=False):
        if each == name:
            return value
    return 0.0


def is_shown(scene: SceneMessage, state: StateMessage) -> bool:
    """Whether the ghost shows a movement that nobody is asked to do yet."""
    return phase_of(scene, state) == "show"


def has_goal(scene: SceneMessage, part: GuidedState) -> bool:
    """Whether the arm is to come to a goal: neither who pushes against an arm that is held is, nor who goes as far as
    he can.
    """
    return part.moment not in (Moment.REST, Moment.PUSH) and scene.guided is not None and not scene.guided.explores


def is_there(scene: SceneMessage, state: StateMessage) -> bool:
    """Whether the arm is at the goal, as near as the exercise asks."""
    guided, part = scene.guided, state.guided
    if guided is None or part is None or not has_goal(scene, part):
        return False
    if phase_of(scene, state) == "hold":
        return True  # the exercise itself says so
    near = guided.near if math.isfinite(guided.near) else NEAR_RAD if guided.joints else scene.goal_radius_m
    if math.dist(part.x, part.goal) > near:
        return False
    bent = any(way.words == int(signal(scene, state, "words")) for way in guided.ways)
    return not bent or signal(scene, state, "progress") >= HALF_PERCENT
