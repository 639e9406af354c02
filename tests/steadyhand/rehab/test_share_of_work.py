"""Who moved the arm, of simulated patients: the results, a recording that is shown, and the hub tell the same."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.results import evaluate
from steadyhand.run import run
from vr_training.records.reader import Recording
from vr_training.rehab.results import ExerciseResult
from vr_training.stream.work_share import WorkShare


def done(tmp_path: Path, **changes: object) -> ExerciseResult:
    """A short exercise's results; what was shown at its end and what the hub told are looked at on the way."""
    data = {"repetitions": 1, "lockstep": True, "headless": True, "demonstrated": False, "sessions": tmp_path}
    session = run(ExerciseOrder(**{**data, **changes}), lambda _: None, lambda *_: None).session
    result, recording = evaluate(session), Recording.open(session.recording)
    told = WorkShare(recording.scene)
    for start in range(0, len(recording.ticks), 700):
        told.add(recording.ticks[start : start + 700])
    told.finish()
    share = result.measures.get("patient_share", math.nan)
    assert WorkShare(recording.scene).of(recording.ticks)[-1] == pytest.approx(share, abs=1e-9, nan_ok=True)
    assert told.share == pytest.approx(share, abs=0.1, nan_ok=True)
    return result


def test_a_limp_elbow_that_is_moved_has_no_share_and_who_moves_it_by_himself_has_all(tmp_path: Path) -> None:
    elbow = {"exercise": "elbow_flexion", "amplitude": 0.4, "speed": 2.0, "support": 0.5}
    limp = done(tmp_path, patient="stroke_flaccid", law="passive", **elbow)
    assert limp.measures["patient_share"] < 2.0
    assert limp.measures["robot_moving_work"] > 0.2
    own = done(tmp_path, patient="healthy", law="active", **elbow)
    assert own.measures["patient_share"] > 98.0


def test_a_limp_arm_at_a_handle_has_no_share_however_it_hangs(tmp_path: Path) -> None:
    limp = done(tmp_path, exercise="centre_out", patient="stroke_flaccid", law="passive", speed=1.5)
    assert limp.measures["patient_share"] < 5.0
