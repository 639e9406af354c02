"""Stop rules of a plan held against our own limits, which no plan can raise."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from vr_training.rehab.our_limits import (
    MOST_CUFF_N,
    MOST_FATIGUE_PERCENT,
    MOST_HAND_SPEED_CM_S,
    MOST_OTHER_SPASM_SPASTIC_NM,
    MOST_PUSH_N,
    MOST_SPASM_NM,
    MOST_TONE_NMS_RAD,
    MOST_TONE_SPASTIC_NMS_RAD,
    MOST_TORQUE_NM,
    MOST_TRUNK_CM,
    SPEED_DEG_S,
    STOP_PUSH_TIMES,
    STOP_TORQUE_TIMES,
    most_spasm_nm,
    most_torque_nm,
)
from vr_training.rehab.prescription import Stops

Laxer = tuple[str, str, str, str]
"""Key, value, bound and reason of a stop rule that is laxer than ours."""


def laxer_than_ours(stops: Stops, pushing: bool, joints: Collection[str]) -> Iterator[Laxer]:
    """Each stop rule that is laxer than ours are for whoever it is.

    Args:
        stops: The rules.
        pushing: Whether the patient pushes against the robot, and so can let go.
        joints: Joints of the arm.
    """
    torque = max(MOST_TORQUE_NM.values())
    if joints:
        times = STOP_PUSH_TIMES if pushing else STOP_TORQUE_TIMES
        torque = min(torque, times * max(most_torque_nm(joint) for joint in joints))
    rules = (
        ("cuff_force_n", stops.cuff_force_n, MOST_PUSH_N if pushing else MOST_CUFF_N, "N"),
        ("joint_torque_nm", stops.joint_torque_nm, torque, "Nm"),
        ("joint_speed_deg_s", stops.joint_speed_deg_s, 2.0 * max(SPEED_DEG_S.values()), "deg/s"),
        ("hand_speed_cm_s", stops.hand_speed_cm_s, MOST_HAND_SPEED_CM_S, "cm/s"),
        ("trunk_cm", stops.trunk_cm, MOST_TRUNK_CM, "cm"),
        ("fatigue_percent", stops.fatigue_percent, MOST_FATIGUE_PERCENT, "%"),
        ("spasm_torque_nm", stops.spasm_torque_nm, MOST_SPASM_NM, "Nm"),
        ("tone_nms_rad", stops.tone_nms_rad, MOST_TONE_NMS_RAD, "Nm s/rad"),
    )
    for key, value, bound, unit in rules:
        yield from _laxer(key, value, bound, unit, "ours")


def laxer_for_spasms(stops: Stops, joint: str, said: str, hand: bool) -> Iterator[Laxer]:
    """Each stop rule that is laxer than ours are for a joint that is known for spasms.

    Args:
        stops: The rules.
        joint: Its name.
        said: What says so.
        hand: Whether it is an exercise of the hand: what the joint does is then felt as a force there.
    """
    most = MOST_OTHER_SPASM_SPASTIC_NM if hand else most_spasm_nm(joint)
    yield from _laxer("spasm_torque_nm", stops.spasm_torque_nm, most, "Nm", f"ours for {said}")
    yield from _laxer("tone_nms_rad", stops.tone_nms_rad, MOST_TONE_SPASTIC_NMS_RAD, "Nm s/rad", f"ours for {said}")


def _laxer(key: str, value: float | None, bound: float, unit: str, whose: str) -> Iterator[Laxer]:
    if value is not None and not value <= bound:  # what is no number never stops anything
        reason = f"stop rule {key} at {{value}} is laxer than {whose}, {{bound}}"
        yield key, f"{value:g} {unit}", f"{bound:g} {unit}", reason
