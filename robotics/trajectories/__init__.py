"""Trajectories: minimum-jerk moves as people make them, and jerk-limited moves that may be re-targeted in flight."""

from robotics.trajectories.minimum_jerk import (
    PEAK_ACCELERATION,
    PEAK_VELOCITY,
    MinimumJerkMove,
    MinimumJerkPoseMove,
    blend,
    shortest_duration,
)
from robotics.trajectories.online_move import MoveLimits, MoveState, OnlineMove

__all__ = [
    "PEAK_ACCELERATION",
    "PEAK_VELOCITY",
    "MinimumJerkMove",
    "MinimumJerkPoseMove",
    "MoveLimits",
    "MoveState",
    "OnlineMove",
    "blend",
    "shortest_duration",
]
