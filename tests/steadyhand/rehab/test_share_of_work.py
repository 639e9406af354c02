"""Who moved the arm, of simulated patients: the results, a recording that is shown, and the hub tell the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearse
from steadyhand.rehab.results import evaluate
from steadyhand.run import run
from vr_training.records.reader import Recording
from vr_training.stream.work_share import WorkShare

ASKED = {"repetitions": 1, "lockstep": True, "headless": True, "demonstrated": False, "speed": 2.0}


@pytest.mark.parametrize(("patient", "law", "least", "most"), [
    ("stroke_flaccid", "passive", 0.0, 2.0),
    ("healthy", "active", 98.0, 100.0),
])  # fmt: skip
def test_an_elbow_that_is_moved_has_no_share_and_who_moves_it_by_himself_has_all(
    patient: str, law: str, least: float, most: float
) -> None:
    elbow = ExerciseOrder(exercise="elbow_flexion", patient=patient, law=law, amplitude=0.4, support=0.5, **ASKED)
    found = rehearse(elbow).measures
    assert found["patient_moving_work"] + found["robot_moving_work"] > 0.2
    assert least <= found["patient_share"] <= most


def test_whom_a_handle_takes_along_has_no_share_however_his_arm_hangs_and_all_who_tell_it_agree(tmp_path: Path) -> None:
    order = ExerciseOrder(exercise="centre_out", patient="stroke_moderate", law="passive", sessions=tmp_path, **ASKED)
    session = run(order, lambda _: None, lambda *_: None).session
    recording, share = Recording.open(session.recording), evaluate(session).measures["patient_share"]
    assert share < 5.0
    told = WorkShare(recording.scene)
    for start in range(0, len(recording.ticks), 700):
        told.add(recording.ticks[start : start + 700])
    told.finish()
    assert told.share == pytest.approx(share, abs=0.1)
    assert WorkShare(recording.scene).of(recording.ticks)[-1] == pytest.approx(share, abs=1e-9)
