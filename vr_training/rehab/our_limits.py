"""Our own limits, which no plan can raise, and which exercises and laws are of which kind.

They are conservative choices and no clinical standard: a therapist prescribes below them.
"""

from __future__ import annotations

PASSIVE_MARGIN_DEG = 3.0
"""How far a movement stays inside the passive range. Ours; passive is 3 to 5 deg more than active: PMC6555111."""

MOST_CUFF_N = 60.0
"""Most force at a cuff. Ours: far below what ISO/TS 15066 allows on the arm of a healthy adult, and near the least at
which a rigid cuff became uncomfortable, 40 N to over 230 N (at the thigh; Bessler-Etten et al. 2024)."""

MOST_PUSH_N = 120.0
"""The same while the patient pushes against the robot, and so can let go. Ours."""

MOST_TORQUE_NM = {"shoulder": 25.0, "elbow": 15.0, "forearm": 4.0, "wrist": 4.0}
"""Most torque at a joint, by the beginning of its name. Ours: a man's bare arm takes 12 Nm at the shoulder and 3 Nm at
the elbow to be held up (de Leva 1996)."""

MOST_OTHER_TORQUE_NM = 25.0
MOST_HAND_SPEED_CM_S = 100.0
MOST_TRUNK_CM = 15.0
"""Ours, all three."""

STOP_TORQUE_TIMES = 2.0
"""Times our largest torque of an arm's joints up to which its stop rule of torque may lie, where that is below the
largest of all. Ours: the guard acts at 0.7 of a rule, and an arm of a wrist alone never feels 25 Nm."""

STOP_PUSH_TIMES = 4.0
"""The same of an exercise in which he pushes, and so can let go. Ours: 16 Nm for a wrist alone, little more than the
15 Nm up to which its strength is measured."""

MOST_SPASM_NM = 12.0
"""Largest rise of torque up to which a stop rule for spasms may wait. Ours: at the hand it counts as 40 N, and the
laxest rule of force stops at 42 N."""

MOST_SPASM_SPASTIC_NM = {"forearm": 5.0, "wrist": 5.0}
"""The same of joints that are known for spasms, by the beginning of their names. Ours: the guard's own threshold."""

MOST_OTHER_SPASM_SPASTIC_NM = 8.0
"""The same of all other joints and of the hand. Ours: little more than half of the largest spasm that is simulated,
14 Nm at the elbow."""

MOST_FATIGUE_PERCENT = 50.0
"""Largest loss of way and pace up to which a stop rule for fatigue may wait. Ours: of 100 % it never stops anything."""

MOST_TONE_NMS_RAD = 4.5
"""Steepest slope of resistance up to which a stop rule for tone may wait. Ours: near 5 times that of a healthy
shoulder, the stiffest joint that one rule has to do for."""

MOST_TONE_SPASTIC_NMS_RAD = 3.0
"""The same where a joint is known for spasms. Ours: some three times a healthy shoulder's."""

SPEED_DEG_S = {"0": 90.0, "1": 60.0, "1+": 45.0, "2": 30.0, "3": 15.0, "4": 5.0}
"""Highest speed by Modified Ashworth grade. Ours: resistance rises from 15 to 150 deg/s (PMC6402810)."""

FOREARM_REACH_M = 0.6
"""Distance from shoulder to hand at which a joint's limit is turned into one of the hand. Ours."""

LEVERS_M = {"shoulder_flexion": 0.6, "elbow_flexion": 0.3}
"""Distance at which a force at the hand loads a joint at most. Ours, for an adult with the arm stretched out."""

STRENGTH_SHARE = 0.8
"""Share of the assessed strength that a resistance may have. Ours."""

MOST_IN_A_ROW = 30
"""Repetitions without a rest. Ours."""

LEAST_REST_S = 20.0
"""Shortest rest between sets. Ours."""

SPASTIC = ("2", "3", "4")
"""Grades at which a movement needs a rule for spasms. Ours."""

USUAL_SLOPE_NMS_RAD = {
    "shoulder_rotation": 0.47,
    "shoulder": 0.93,
    "elbow": 0.47,
    "forearm": 0.06,
    "wrist": 0.06,
}
"""Slope of a healthy arm's resistance over speed as a robot measures it, by the beginning of a joint's name. Ours: what
the tone assessment found of the simulated healthy arm, once each, at shoulder abduction, elbow, forearm, wrist flexion;
that of shoulder rotation is assumed, half of the other, as its viscosity is."""

SLOPES = {1.5: 45.0, 2.5: 30.0, 5.0: 15.0}
"""Highest speed from so many times the usual slope on [deg/s]. Ours: the elbow of a patient who recovers from a
stroke has 1.6 times, simulated; that of the spastic one was not measured to the end, as spasms came before it."""

SPASTIC_SLOPE = 2.5
"""Times the usual slope from which on a movement needs a rule for spasms. Ours."""

SPASM_SPEED_DEG_S = 30.0
"""Highest speed of a joint that answered with a spasm to being moved. Ours: as of the first grade in `SPASTIC`."""

ASSESSING = frozenset({"range_of_motion", "strength", "tone", "weighing"})
"""Exercises that make an assessment, and so need none of what they take."""

PUSHING = frozenset({"strength", "resisted_reach"})
"""Exercises in which the patient pushes against the robot."""


def usual_slope_nms_rad(joint: str) -> float:
    """Slope of resistance over speed of a healthy arm's joint [Nm s/rad]."""
    found = (slope for start, slope in USUAL_SLOPE_NMS_RAD.items() if joint.startswith(start))
    return next(found, min(USUAL_SLOPE_NMS_RAD.values()))


def most_spasm_nm(joint: str) -> float:
    """Our largest threshold of a stop rule for spasms at a joint that is known for them [Nm]."""
    most = MOST_SPASM_SPASTIC_NM.items()
    return next((each for start, each in most if joint.startswith(start)), MOST_OTHER_SPASM_SPASTIC_NM)


def most_torque_nm(joint: str) -> float:
    """Our largest torque at a joint [Nm]."""
    return next((most for start, most in MOST_TORQUE_NM.items() if joint.startswith(start)), MOST_OTHER_TORQUE_NM)
