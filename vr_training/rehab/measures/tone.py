"""Tone: how much a relaxed arm's resistance to being moved rises with the speed at which it is moved.

Resistance is taken in the middle third of each movement. There a minimum-jerk movement accelerates as much as it
decelerates, so the arm's inertia cancels; its weight is the same at all speeds and drops out of the slope. Movements
there and back are kept apart, for the weight helps the one and hinders the other.

Source:
    Reflex stiffness explains about 74 % of velocity-dependent resistance at 15 to 150 deg/s: PMC6402810. The middle
    third and the least spread of speeds are ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from robotics.guidance import Moment
from vr_training.rehab.measures.motion import Motion

SPREAD = 1.2
"""Fastest over slowest movement of one direction that a slope needs."""


def passive(motion: Motion) -> Iterator[tuple[str, float]]:
    """Speed and resistance of one passive movement of joints."""
    trace = motion.trace
    if not trace.joint or not np.any(motion.way):
        return
    distance = float(np.linalg.norm(np.asarray(trace.goal) - trace.start))
    share = (motion.x - trace.start) @ motion.way / distance
    middle = motion.asked(Moment.RELAX) & (share >= 1.0 / 3.0) & (share <= 2.0 / 3.0)
    if not middle.any():
        return
    sense = math.copysign(1.0, float(motion.way[np.argmax(np.abs(motion.way))]))
    yield "passive_speed", sense * math.degrees(float(np.mean(motion.v[middle] @ motion.way)))
    yield "passive_torque", -float(np.mean(np.asarray(trace.patient)[middle] @ motion.way))


def tone(speeds_deg_s: Sequence[float], torques_nm: Sequence[float]) -> float:
    """Slope of resistance over speed [Nm s/rad]; NaN where no direction has movements at several speeds.

    Least squares with one slope, and an intercept for each direction.

    Args:
        speeds_deg_s: Speed of each passive movement, the sign telling its direction.
        torques_nm: Torque against it.
    """
    speeds, torques = np.radians(np.asarray(speeds_deg_s, dtype=np.float64)), np.asarray(torques_nm, dtype=np.float64)
    above = below = 0.0
    for sense in (1.0, -1.0):
        of = np.sign(speeds) == sense
        speed, torque = np.abs(speeds[of]), torques[of]
        if len(speed) >= 2 and speed.max() >= SPREAD * speed.min():
            above += float(np.sum((speed - speed.mean()) * (torque - torque.mean())))
            below += float(np.sum((speed - speed.mean()) ** 2))
    return above / below if below > 0.0 else math.nan
