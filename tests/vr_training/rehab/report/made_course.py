"""A course as a plan has it: five baselines, twelve sessions, a helped block that adapts, and probes without help."""

from __future__ import annotations

import datetime
import math

import numpy as np

from vr_training.rehab.adaptation import Difficulty, Progression
from vr_training.rehab.export.record import Prescription, SessionRecord
from vr_training.rehab.prescription import Assessment, JointAssessment
from vr_training.rehab.results import ExerciseResult, Level, RepetitionResult

PATIENT = "p_0418"
START = datetime.date(2026, 3, 2)
BASELINES, SESSIONS = 5, 12
RANGE = {"elbow_flexion": (15.0, 137.0)}
PROGRESSION = Progression(assistance=(0.1, 1.0), amplitude=(0.6, 1.0), speed=(0.5, 1.0))

# Before and after recovery, and scatter from session to session.
UNHELPED = {
    "range_of_motion": {"active_range_deg": (66.0, 104.0, 4.0), "movement_time": (3.6, 2.6, 0.4)},
    "elbow_flexion": {
        "range_deg": (61.0, 99.0, 4.0),
        "final_error_deg": (33.0, 8.0, 4.0),
        "movement_time": (7.6, 5.9, 0.8),
        "sparc": (-3.4, -2.2, 0.25),
        "compensation": (1.4, 1.3, 0.3),
    },
}
TITLES = {"range_of_motion": "Range of motion", "elbow_flexion": "Elbow flexion and extension"}


def recovered(had):
    return 1.0 - math.exp(-had / 4.0)


def drawn(rng, table, share):
    return {name: before + share * (after - before) + scatter * rng.standard_normal()
            for name, (before, after, scatter) in table.items()}  # fmt: skip


def result(exercise, measures, level, law="active", stop="", **other):
    done = 1 if stop else 3
    repetitions = tuple(RepetitionResult(repetition=k, success=True, measures=measures) for k in range(done))
    return ExerciseResult(
        exercise=exercise, title=TITLES[exercise], arm="arm_exo", law=law, patient=PATIENT, simulated=True,
        side="right", seed=0, planned=3, repetitions=repetitions, measures=measures, level=level, stop=stop,
        stop_reason="the trunk moved too far" if stop else "", stop_time_s=21.0 if stop else None, **other,
    )  # fmt: skip


def course(change=1.0, seed=2, sessions=SESSIONS):
    """Records of a patient; ``change`` is how much of the usual recovery he makes, 0 for none."""
    rng = np.random.default_rng(seed)
    difficulty, records = Difficulty.start(PROGRESSION), []
    for number in range(BASELINES + sessions):
        baseline = number < BASELINES
        share = 0.0 if baseline else change * recovered(number - BASELINES)
        level = Level(
            assistance=difficulty.assistance, amplitude=difficulty.amplitude, speed=difficulty.speed, ranges_deg=RANGE
        )
        whole = Level(assistance=0.0, amplitude=1.0, speed=1.0, ranges_deg=RANGE)
        helped = {
            # Goes as far as is asked of it, whoever does it.
            "range_deg": 122.0 * level.amplitude + rng.standard_normal(),
            "movement_time": 8.0 * level.amplitude / level.speed + 0.4 * rng.standard_normal(),
            "patient_share": 40.0 + 35.0 * share + 3.0 * rng.standard_normal(),
            "mean_assistance": level.assistance * (30.0 - 14.0 * share + 1.5 * rng.standard_normal()),
            "patient_moving_work": 3.0 + share,
            "robot_moving_work": 3.0 - share,
        }
        stop = "trunk" if number == 7 else ""
        results = (
            result("range_of_motion", drawn(rng, UNHELPED["range_of_motion"], share), whole),
            result("elbow_flexion", drawn(rng, UNHELPED["elbow_flexion"], share), whole, probe=True),
            result("elbow_flexion", helped, level, "wolbrecht", stop),
        )
        if not baseline:
            for _ in range(3):
                difficulty = difficulty.step(bool(rng.random() < 0.6 + 0.4 * share))
        records.append(
            SessionRecord(
                pseudonym=PATIENT,
                date=(START + datetime.timedelta(days=2 * number)).isoformat(),
                session=f"course-{number + 1:04d}",
                results=results,
                baseline=baseline,
                prescription=Prescription(title="Elbow, weeks after a stroke", started=START.isoformat()),
            )
        )
    return tuple(records)


def assessments(change=1.0):
    """What was found before the course, and after every third session of it."""
    found = []
    for had in range(0, SESSIONS + 1, 3):
        share = change * recovered(had)
        elbow = JointAssessment(
            active_deg=(38.0 - 20.0 * share, 108.0 + 18.0 * share),
            passive_deg=(2.0, 148.0),
            strength_nm=9.5 + 5.0 * share,
            strength_at_least=had > 3,
            tone_nms_rad=0.62 - 0.2 * share,
        )
        day = START + datetime.timedelta(days=2 * (BASELINES + had - 1) if had else 0)
        found.append(
            Assessment(patient=PATIENT, date=day, arm="arm_exo", side="right", joints={"elbow_flexion": elbow})
        )
    return tuple(found)
