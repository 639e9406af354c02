"""Stop rules of a plan held against our own limits, which no plan can raise."""

from __future__ import annotations

from collections.abc import Iterator

from vr_training.rehab.our_limits import (
    MOST_CUFF_N,
    MOST_HAND_SPEED_CM_S,
    MOST_PUSH_N,
    MOST_TORQUE_NM,
    MOST_TRUNK_CM,
    SPEED_DEG_S,
)
from vr_training.rehab.prescription import Stops


def laxer_than_ours(stops: Stops, pushing: bool) -> Iterator[tuple[str, str, str, str]]:
    """Key, value, bound and reason of each stop rule that is laxer than ours.

    Args:
        stops: The rules.
        pushing: Whether the patient pushes against the robot, and so can let go.
    """
    rules = (
        ("cuff_force_n", stops.cuff_force_n, MOST_PUSH_N if pushing else MOST_CUFF_N, "N"),
        ("joint_torque_nm", stops.joint_torque_nm, max(MOST_TORQUE_NM.values()), "Nm"),
        ("joint_speed_deg_s", stops.joint_speed_deg_s, 2.0 * max(SPEED_DEG_S.values()), "deg/s"),
        ("hand_speed_cm_s", stops.hand_speed_cm_s, MOST_HAND_SPEED_CM_S, "cm/s"),
        ("trunk_cm", stops.trunk_cm, MOST_TRUNK_CM, "cm"),
    )
    for key, value, bound, unit in rules:
        if value is not None and value > bound:
            yield (
                key,
                f"{value:g} {unit}",
                f"{bound:g} {unit}",
                f"stop rule {key} at {{value}} is laxer than ours, {{bound}}",
            )
