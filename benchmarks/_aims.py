"""What makes a stop of one kind likely, of prescriptions that are drawn.

Else spasms and the trunk would be nearly all that is ever seen. All bounds are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Aim:
    """What makes a stop of one kind likely; what is empty is drawn as ever.

    Attributes:
        patients: One of these.
        exercises: One of these.
        laws: One of these, where it fits.
        stops: Bounds of rules of their own.
        repetitions: So many.
        stale_deg: The assessment finds his range by so much too wide, as one that is out of date may [deg].
        margin_deg: Bounds of the margin beyond the range, of orders alone [deg].
    """

    patients: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    stops: dict[str, tuple[float, float]] = field(default_factory=dict)
    repetitions: tuple[int, ...] = ()
    stale_deg: float = 0.0
    margin_deg: tuple[float, float] = (1.0, 5.0)


AIMS = {
    "none": Aim(),
    "pain": Aim(
        patients=("frozen_shoulder",),
        exercises=("shoulder_abduction", "external_rotation", "shoulder_flexion_passive"),
        laws=("passive", "wolbrecht"),
        stale_deg=14.0,
    ),
    "range": Aim(
        patients=("healthy", "cerebellar_ataxia", "parkinson", "essential_tremor"),
        laws=("active", "error_augmentation", "tunnel"),
        margin_deg=(0.0, 0.5),
    ),
    "fatigue": Aim(
        exercises=("catch", "resisted_reach"),
        stops={"fatigue_percent": (2.0, 10.0)},
        repetitions=(8, 9),
    ),
    "tone": Aim(
        exercises=("tone", "elbow_flexion", "shoulder_flexion_passive", "pronation"),
        laws=("passive",),
        stops={"tone_nms_rad": (0.1, 1.0)},
    ),
    "spasm": Aim(
        patients=("stroke_spastic", "cerebellar_ataxia", "essential_tremor", "parkinson"),
        stops={"spasm_torque_nm": (0.5, 2.0)},
    ),
    "trunk": Aim(
        patients=("stroke_moderate", "stroke_synergy", "stroke_flaccid"),
        exercises=("forward_reach", "resisted_reach", "lift_and_place", "centre_out"),
        stops={"trunk_cm": (0.5, 3.0)},
    ),
    "force": Aim(
        patients=("healthy", "parkinson", "essential_tremor"),
        exercises=("strength", "resisted_reach", "shoulder_flexion_passive"),
        stops={"cuff_force_n": (40.0, 45.0), "joint_torque_nm": (15.0, 18.0)},
    ),
    "speed": Aim(
        patients=("essential_tremor", "cerebellar_ataxia", "parkinson"),
        laws=("active", "tunnel", "error_augmentation"),
        stops={"joint_speed_deg_s": (40.0, 45.0), "hand_speed_cm_s": (30.0, 33.0)},
    ),
}  # fmt: skip
"""By the stop that each is for."""
