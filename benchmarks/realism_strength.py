"""Strength of simulated people beside what is published, by joint and direction; rows of `benchmarks.realism_patients`.

Each figure is the largest torque of the muscles while somebody pushes as hard as he can against a splint.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks._people import man, woman
from benchmarks._published import Row
from simulation.patients import checks

FLEXION = "Dynamic shoulder flexion strength for use in occupational risk analysis and clinical assessment"
STOCKHOLM = "Isometric strength in flexors, abductors, and external rotators of the shoulder"
HOLZBAUR = "Holzbaur et al. 2007"
DELP = "Delp, Grierson and Buchanan 1996"
MIN_KIM = "Min and Kim 2025"
TAKEN = "taken from there"
UNKNOWN = "no figure of men in Nm is known to us; ours is assumed"


def push(joint: str, sign: int, flexion_deg: float = 0.0) -> Callable[[], list[float]]:
    """The healthy man's hardest push [Nm]."""
    return lambda: [checks.hardest_push(man(), joint, sign, flexion_deg)]


def extension_share() -> list[float]:
    """The elbow's extension over its flexion at 90 degrees [%]."""
    down, up = (checks.hardest_push(man(), "elbow_flexion", sign, 90.0) for sign in (-1, 1))
    return [100.0 * down / up]


def of_a_man(joint: str, sign: int, flexion_deg: float = 0.0) -> Callable[[], list[float]]:
    """A woman's hardest push over a man's [%]."""

    def share() -> list[float]:
        hers, his = (checks.hardest_push(each, joint, sign, flexion_deg) for each in (woman(), man()))
        return [100.0 * hers / his]

    return share


def spread(name: str, title: str, mean: float, sd: float, source: str, joint: str, sign: int, remark: str) -> Row:
    """A row whose published figure is a mean and a standard deviation [Nm]."""
    return Row(name, title, mean - sd, mean + sd, "Nm", source, push(joint, sign), remark)


def unknown(name: str, title: str, joint: str, sign: int, flexion_deg: float = 0.0) -> Row:
    """A row of which nothing is published that we know of."""
    return Row(name, title, math.nan, math.nan, "Nm", "", push(joint, sign, flexion_deg), UNKNOWN)


TEN = "mean and deviation of ten men; the mean is " + TAKEN
POOLED = (
    "217 men and 283 women together, whose means ours are: with men 70 % above women (Axelsson et al. 2018) a man's "
    "would be 4.4 and 4.3"
)

ROWS = (
    Row(
        "strength_flexion_0", "Strength of shoulder flexion at 0 degrees, a man", 89.9, 89.9, "Nm", FLEXION,
        push("shoulder_flexion", 1), f"26 men; {TAKEN}, rounded",
    ),
    Row(
        "strength_flexion_45", "The same at 45 degrees", 68.6, 68.6, "Nm", FLEXION,
        push("shoulder_flexion", 1, 45.0), f"{TAKEN}, rounded",
    ),
    unknown("strength_extension", "Shoulder extension", "shoulder_flexion", -1),
    unknown("strength_abduction", "Shoulder abduction", "shoulder_abduction", 1),
    spread(
        "strength_adduction", "Shoulder adduction", 67.9, 28.4, HOLZBAUR, "shoulder_abduction", -1,
        "ten men and women from small to tall: a man's is in the upper half",
    ),
    unknown("strength_internal", "Internal rotation of the shoulder", "shoulder_rotation", 1),
    unknown("strength_external", "External rotation of the shoulder", "shoulder_rotation", -1),
    unknown("strength_elbow", "Elbow flexion at 90 degrees", "elbow_flexion", 1, 90.0),
    Row(
        "strength_elbow_share", "Elbow extension as a share of it", 55.0, 55.0, "%", "Colebatch et al. 1986",
        extension_share, f"56 people; {TAKEN}",
    ),
    spread("strength_pronation", "Pronation", 3.36, 1.18, MIN_KIM, "forearm_pronation", 1, POOLED),
    spread("strength_supination", "Supination", 3.30, 1.22, MIN_KIM, "forearm_pronation", -1, POOLED),
    spread("strength_wrist_flexion", "Wrist flexion", 12.2, 3.7, DELP, "wrist_flexion", 1, TEN),
    spread("strength_wrist_extension", "Wrist extension", 7.1, 2.1, DELP, "wrist_flexion", -1, TEN),
    spread("strength_radial", "Radial deviation", 11.0, 2.0, DELP, "wrist_deviation", -1, TEN),
    spread("strength_ulnar", "Ulnar deviation", 9.5, 2.2, DELP, "wrist_deviation", 1, TEN),
    Row(
        "woman_flexion", "A woman's shoulder flexion at 90 degrees as a share of a man's", 55.0, 55.0, "%", STOCKHOLM,
        of_a_man("shoulder_flexion", 1, 90.0), "half of a man's, as published for 0 and 45 degrees",
    ),
    Row(
        "woman_abduction", "Her abduction as a share of his", 43.0, 43.0, "%", STOCKHOLM,
        of_a_man("shoulder_abduction", 1), "half of a man's, assumed",
    ),
    Row(
        "woman_external", "Her external rotation as a share of his", 56.0, 56.0, "%", STOCKHOLM,
        of_a_man("shoulder_rotation", -1), "half of a man's, assumed",
    ),
)  # fmt: skip
