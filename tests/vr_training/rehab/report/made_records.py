"""A recovering patient who never was: twelve sessions in six weeks, three of them baseline, made from a seed."""

from __future__ import annotations

import datetime
import math

import numpy as np

from robotics.rehab_measures import REHAB_MEASURES
from vr_training.rehab.export.record import Prescription, SessionRecord
from vr_training.rehab.measures import summarise
from vr_training.rehab.prescription import Assessment, JointAssessment
from vr_training.rehab.results import ExerciseResult, RepetitionResult

PATIENT = "p_0417"
START = datetime.date(2026, 3, 2)

# Before and after recovery, scatter from session to session, and from repetition to repetition.
COURSE = {
    "elbow_flexion": {
        "range_deg": (58.0, 96.0, 2.0, 3.0),
        "minimum_deg": (24.0, 13.0, 1.2, 1.5),
        "maximum_deg": (82.0, 109.0, 1.8, 2.0),
        "maximum_speed_deg_s": (46.0, 84.0, 2.2, 3.0),
        "movement_time": (6.4, 5.1, 0.45, 0.5),
        "tracking_error_deg": (9.2, 5.4, 0.8, 1.0),
        "hold_error_deg": (4.8, 4.1, 0.7, 0.9),
        "sparc": (-2.9, -1.85, 0.12, 0.2),
        "speed_peaks": (5.5, 2.4, 0.5, 0.8),
        "patient_moving_work": (1.1, 3.0, 0.12, 0.3),
        "robot_moving_work": (2.4, 0.9, 0.15, 0.3),
        "mean_assistance": (78.0, 24.0, 4.0, 6.0),
        "compensation": (2.4, 1.9, 0.4, 0.5),
        "mean_cuff_force": (11.0, 7.5, 0.9, 1.0),
        "tremor_power_deg2": (0.06, 0.05, 0.012, 0.02),
    },
    "tone": {
        "passive_range_deg": (112.0, 121.0, 2.0, 1.0),
        "passive_torque": (1.7, 1.2, 0.12, 0.2),
        "tone": (0.62, 0.41, 0.05, 0.05),
    },
    "centre_out": {
        "range_cm": (8.1, 9.9, 0.25, 0.5),
        "reaction_time": (0.62, 0.5, 0.04, 0.08),
        "movement_time": (3.1, 2.0, 0.25, 0.4),
        "initial_direction_error": (24.0, 14.0, 3.5, 6.0),
        "path_ratio": (1.62, 1.18, 0.09, 0.15),
        "speed_peaks": (4.6, 2.2, 0.4, 0.9),
        "maximum_speed_cm_s": (9.0, 15.5, 1.1, 1.5),
        "sparc": (-2.5, -1.7, 0.1, 0.2),
        "final_error_cm": (1.9, 0.9, 0.2, 0.4),
        "patient_moving_work": (0.5, 1.2, 0.06, 0.1),
        "robot_moving_work": (0.9, 0.35, 0.06, 0.1),
        "mean_assistance": (70.0, 26.0, 4.0, 7.0),
        "compensation": (3.1, 3.4, 0.4, 0.6),
        "strength_n": (24.0, 41.0, 2.0, 1.5),
    },
}
TITLES = {
    "elbow_flexion": ("Elbow flexion and extension", "wolbrecht", 15),
    "tone": ("Tone of the elbow", "passive", 6),
    "centre_out": ("Centre-out reaching, eight targets", "wolbrecht", 16),
}
STOPS = {
    (5, "elbow_flexion"): ("pain", "the patient pressed the pain button", 6, 71.3),
    (8, "centre_out"): ("fatigue", "maximum speed fell by 27 % over the block", 12, 143.8),
}


def recovered(session: int) -> float:
    """How much of the recovery is reached: nothing in the baseline, nearly all in the twelfth session."""
    return 0.0 if session < 3 else 1.0 - math.exp(-(session - 2) / 3.5)


def exercise(name, session, rng, change=1.0, patient=PATIENT, **other):
    title, law, planned = TITLES[name]
    stop, why, count, when = STOPS.get((session, name), ("", "", planned, None))
    level = {}
    for measure, (before, after, scatter, _) in COURSE[name].items():
        first = 1.6 * scatter * rng.standard_normal() if session == 0 else 0.0
        level[measure] = (
            before + change * (after - before) * recovered(session) + first + scatter * rng.standard_normal()
        )
    repetitions = []
    for k in range(count):
        found = {m: level[m] + within * rng.standard_normal() for m, (*_, within) in COURSE[name].items()}
        found = {m: value if m == "sparc" else max(value, 0.02) for m, value in found.items()}
        success = bool(rng.random() < 0.6 + 0.35 * recovered(session))
        reason = "" if success else "the goal was not reached"
        repetitions.append(RepetitionResult(repetition=k, success=success, reason=reason, measures=found))
    measures = summarise([each.measures for each in repetitions])
    if name == "tone":
        measures["tone"] = level["tone"]
    # The highest of many is not what the session is scattered about.
    measures |= {m: level[m] for m in measures if REHAB_MEASURES[m].pooled in ("highest", "lowest")}
    given = {
        "exercise": name, "title": title, "arm": "arm_exo" if name != "centre_out" else "planar_reach", "law": law,
        "patient": patient, "simulated": True, "side": "right", "seed": session, "planned": planned,
        "repetitions": tuple(repetitions), "measures": measures, "stop": stop, "stop_reason": why, "stop_time_s": when,
    }  # fmt: skip
    return ExerciseResult(**(given | other))


def sessions(count=12, seed=3, change=1.0, names=tuple(TITLES), **other):
    """Records of a patient; ``change`` is how much of the usual recovery he makes, 0 for none."""
    rng = np.random.default_rng(seed)
    return tuple(
        SessionRecord(
            pseudonym=PATIENT,
            date=(START + datetime.timedelta(days=7 * (n // 2) + 3 * (n % 2))).isoformat(),
            session=f"s{n + 1:02d}",
            results=tuple(exercise(name, n, rng, change, **other) for name in names),
            prescription=Prescription(title="Elbow, weeks after a stroke", started="2026-03-01"),
        )
        for n in range(count)
    )


def assessments():
    """What was found at the arm before the first and after the last session."""
    before = {
        "shoulder_flexion": JointAssessment(
            active_deg=(-20, 74), passive_deg=(-45, 150), strength_nm=18, pain_deg=(140,)
        ),
        "elbow_flexion": JointAssessment(
            active_deg=(28, 80), passive_deg=(8, 132), strength_nm=9.5, tone_grade="2", tone_nms_rad=0.62
        ),
        "forearm_pronation": JointAssessment(active_deg=(-20, 42), passive_deg=(-61, 78), tone_grade="1"),
        "wrist_flexion": JointAssessment(active_deg=(-12, 35), passive_deg=(-52, 70)),
    }
    after = {
        "shoulder_flexion": JointAssessment(active_deg=(-31, 96), passive_deg=(-48, 156), strength_nm=23),
        "elbow_flexion": JointAssessment(
            active_deg=(14, 108), passive_deg=(4, 136), strength_nm=14, tone_grade="1+", tone_nms_rad=0.43
        ),
        "forearm_pronation": JointAssessment(active_deg=(-26, 50), passive_deg=(-63, 78), tone_grade="1"),
        "wrist_flexion": JointAssessment(active_deg=(-10, 37), passive_deg=(-55, 71)),
    }
    return tuple(
        Assessment(
            patient=PATIENT, date=START + datetime.timedelta(days=day), arm="arm_exo", side="right", joints=joints
        )
        for day, joints in ((-1, before), (40, after))
    )
