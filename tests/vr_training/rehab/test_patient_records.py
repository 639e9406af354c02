"""What is kept of a patient: private, whole, under a pseudonym, in order."""

from __future__ import annotations

import datetime
import stat

import pytest

from robotics.errors import ArgumentError, InputFileError, UnknownNameError
from vr_training.rehab.adaptation import Difficulty, Progression
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.prescription import Assessment, JointAssessment
from vr_training.rehab.records import PatientRecords, patients


def assessment(day=1, arm="arm_exo", side="right", patient="p07", **joints):
    return Assessment(patient=patient, date=datetime.date(2026, 3, day), arm=arm, side=side, joints=joints)


def session(date="2026-03-01", pseudonym="p07", **changes):
    return SessionRecord(pseudonym=pseudonym, date=date, results=(), **changes)


def test_looking_leaves_nothing_behind(tmp_path):
    records = PatientRecords("p07", tmp_path / "sessions")
    assert (records.sessions(), records.assessments(), records.assessment("right")) == ((), (), None)
    assert records.difficulties() == {}
    assert patients(tmp_path / "sessions") == ()
    assert not list(tmp_path.iterdir())
    with pytest.raises(UnknownNameError, match="none there"):
        records.require()


def test_only_the_owner_may_look_into_a_patients_folder_and_no_draft_is_left(tmp_path):
    records = PatientRecords("p07", tmp_path)
    records.add_assessment(assessment())
    records.keep_session(records.next_session("2026-03-01"), session())
    records.keep_difficulties({"plan/1/x": Difficulty.start(Progression())})
    assert stat.S_IMODE(records.folder.stat().st_mode) == 0o700
    files = sorted(str(path.relative_to(records.folder)) for path in records.folder.rglob("*") if path.is_file())
    assert files == ["assessments/2026-03-01-arm_exo-right.json", "difficulty.json", "sessions/0001-2026-03-01.json"]
    assert patients(tmp_path) == ("p07",)
    assert records.require() is records


@pytest.mark.parametrize("name", ["", "Jane Doe", "Jane", "../p07", "p/7", "7p", "p" * 33, "p07\n"])
def test_what_may_be_a_name_or_a_path_is_refused(tmp_path, name):
    with pytest.raises(ArgumentError, match="pseudonym"):
        PatientRecords(name, tmp_path)


def test_nothing_of_another_patient_is_taken(tmp_path):
    records = PatientRecords("p07", tmp_path)
    with pytest.raises(ArgumentError, match="'p08'"):
        records.add_assessment(assessment(patient="p08"))
    with pytest.raises(ArgumentError, match="'p08'"):
        records.keep_session(records.next_session("2026-03-01"), session(pseudonym="p08"))
    assert not records.folder.exists()


def test_sessions_come_in_the_order_in_which_they_were_done(tmp_path):
    records = PatientRecords("p07", tmp_path)
    for number in range(11):
        date = f"2026-03-{30 - number:02d}"  # whatever the dates say
        records.keep_session(records.next_session(date), session(date, session=f"s{number}", baseline=number < 3))
    found = records.sessions()
    assert [each.session for each in found] == [f"s{number}" for number in range(11)]
    assert sum(each.baseline for each in found) == 3


def test_a_session_that_goes_on_is_written_over_by_itself_alone(tmp_path):
    records = PatientRecords("p07", tmp_path)
    path = records.next_session("2026-03-01")
    records.keep_session(path, session())
    records.keep_session(path, session(notes=("more",)))
    assert [each.notes for each in records.sessions()] == [("more",)]


def test_two_assessments_of_one_day_are_both_kept_and_the_second_is_the_newer(tmp_path):
    records = PatientRecords("p07", tmp_path)
    for high in (90.0, 95.0, 99.0):
        records.add_assessment(assessment(elbow_flexion=JointAssessment(active_deg=(10.0, high))))
    assert [each.joints["elbow_flexion"].active_deg[1] for each in records.assessments()] == [90.0, 95.0, 99.0]
    assert records.assessment("right").joints["elbow_flexion"].active_deg == (10.0, 99.0)


def test_each_figure_of_an_arm_is_the_newest_whichever_robot_took_it(tmp_path):
    records = PatientRecords("p07", tmp_path)
    records.add_assessment(
        assessment(
            1,
            elbow_flexion=JointAssessment(
                active_deg=(10.0, 90.0), strength_nm=8.0, strength_at_least=True, pain_deg=(95.0,)
            ),
        )
    )
    records.add_assessment(assessment(2, "wrist_exo", wrist_flexion=JointAssessment(strength_nm=3.0)))
    records.add_assessment(assessment(3, elbow_flexion=JointAssessment(active_deg=(5.0, 100.0))))
    records.add_assessment(assessment(4, side="left", elbow_flexion=JointAssessment(strength_nm=50.0)))
    found = records.assessment("right")
    assert found.date.day == 3
    assert found.joints == {
        "elbow_flexion": JointAssessment(
            active_deg=(5.0, 100.0), strength_nm=8.0, strength_at_least=True, pain_deg=(95.0,)
        ),
        "wrist_flexion": JointAssessment(strength_nm=3.0),
    }


def test_the_first_figures_are_to_be_had_as_well_as_the_newest(tmp_path):
    records = PatientRecords("p07", tmp_path)
    records.add_assessment(assessment(1, elbow_flexion=JointAssessment(active_deg=(10.0, 90.0))))
    records.add_assessment(assessment(3, elbow_flexion=JointAssessment(active_deg=(5.0, 100.0), strength_nm=8.0)))
    first = records.assessment("right", newest=False)
    assert first.joints["elbow_flexion"] == JointAssessment(active_deg=(10.0, 90.0), strength_nm=8.0)
    assert first.date.day == 1


def test_difficulties_of_other_plans_stay(tmp_path):
    records = PatientRecords("p07", tmp_path)
    one, two = Difficulty.start(Progression(), 0.4), Difficulty.start(Progression(hold=frozenset({"speed"})))
    records.keep_difficulties({"a/1/x": one})
    records.keep_difficulties({"b/1/x": two})
    assert records.difficulties() == {"a/1/x": one, "b/1/x": two}


def test_a_damaged_file_is_named(tmp_path):
    records = PatientRecords("p07", tmp_path)
    path = records.next_session("2026-03-01")
    records.keep_session(path, session())
    path.write_text('{"pseudonym": "p07"')
    with pytest.raises(InputFileError, match=r"0001-2026-03-01\.json is damaged"):
        records.sessions()


def test_a_folder_that_cannot_be_is_refused_before_anything_is_done_and_looking_makes_none(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match="is no folder"):
        PatientRecords("p07", tmp_path / "file" / "sessions").refuse_unwritable()
    records = PatientRecords("p07", tmp_path / "new" / "sessions")
    records.refuse_unwritable()
    assert not (tmp_path / "new").exists()
    monkeypatch.setattr("os.access", lambda *_: False)  # whoever runs the tests as root may write anywhere
    with pytest.raises(ArgumentError, match="not yours to write to"):
        records.refuse_unwritable()
