"""A simulated course, what it leaves, and what is made of it."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from robotics.errors import ArgumentError
from steadyhand.rehab import course as module
from steadyhand.rehab.blocks import with_repetitions
from steadyhand.rehab.changes import as_data, measure_changes
from steadyhand.rehab.course import CoursePlan, prepare, run_course, sets_left
from steadyhand.rehab.order import ExerciseOrder
from tests.steadyhand.rehab.conftest import Steadyhand, assess, write_plan
from tests.steadyhand.rehab.test_session import result
from vr_training.rehab.prescription import Assessment, JointAssessment, load_plan
from vr_training.rehab.records import PatientRecords

TODAY = datetime.date(2026, 4, 1)


def course_of(tmp_path: Path, sessions: int = 2, **changes) -> CoursePlan:
    data = {
        "plan": load_plan(str(write_plan(tmp_path / "reach.toml"))), "plan_name": "reach",
        "patient": "stroke_recovering", "sessions": sessions, "days_between": 2, "first_day": None, "seed": 1,
    }  # fmt: skip
    return CoursePlan(**{**data, **changes})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[ExerciseOrder]:
    """Sets that take no time: who has recovered is better by it."""
    orders: list[ExerciseOrder] = []

    def rehearse(order: ExerciseOrder):
        orders.append(order)
        noise = 0.01 * (order.seed % 7)
        measures = {"path_ratio": 2.0 - 0.3 * order.sessions_before + noise, "robot_work": 5.0}
        return replace(result(order), measures=measures)

    monkeypatch.setattr(module, "rehearse", rehearse)
    return orders


def ran(course: CoursePlan, records: PatientRecords):
    return run_course(course, prepare(course, records, TODAY), records, lambda *_: None, lambda _: None)


def test_baselines_come_first_and_the_last_session_is_todays(tmp_path: Path, quick: list[ExerciseOrder]) -> None:
    records, course = assess(tmp_path, "p07"), course_of(tmp_path)
    assert sets_left(course, prepare(course, records, TODAY)) == 15
    ran(course, records)
    sessions = records.sessions()
    assert [each.baseline for each in sessions] == [True, True, True, False, False]
    assert [each.date for each in sessions] == ["2026-03-24", "2026-03-26", "2026-03-28", "2026-03-30", "2026-04-01"]
    assert [order.sessions_before for order in quick[::3]] == [0, 0, 0, 0, 1]
    # Baselines hold the difficulty; the sessions after them step with every success.
    help_ = [order.assistance for order in quick if order.law == "wolbrecht"]
    assert help_ == pytest.approx([1.0] * 6 + [1.0, 0.9, 0.8, 0.7])
    assert len({order.seed for order in quick}) == len(quick)
    assert len({each.session for each in sessions}) == 5


def test_a_course_that_was_interrupted_goes_on_where_it_was(tmp_path: Path, quick: list[ExerciseOrder]) -> None:
    whole, parts = assess(tmp_path / "a", "p07"), assess(tmp_path / "b", "p07")
    ran(course_of(tmp_path, sessions=4, first_day=TODAY), whole)
    orders = list(quick)
    quick.clear()
    ran(course_of(tmp_path, sessions=1, first_day=TODAY), parts)
    ran(course_of(tmp_path, sessions=4, first_day=TODAY), parts)
    assert quick == orders
    assert parts.sessions() == whole.sessions()
    assert parts.difficulties() == whole.difficulties()
    with pytest.raises(ArgumentError, match="has had 4 sessions"):
        prepare(course_of(tmp_path, sessions=4), parts, TODAY)


def test_he_is_assessed_anew_as_often_as_the_plan_says_and_at_the_end(
    tmp_path: Path, quick: list[ExerciseOrder]
) -> None:
    records, course = assess(tmp_path, "p07"), course_of(tmp_path, sessions=5)
    ran(replace_course(course, reassess_every=2), records)
    days = [each.date for each in records.sessions()]
    found = records.assessments()[1:]  # the first was there
    assert [each.date.isoformat() for each in found] == [days[4], days[6], days[7]]  # after sessions 2, 4 and 5
    kinds = [order.exercise for order in quick if order.exercise in ("range_of_motion", "strength", "tone")]
    assert len(kinds) == 3 * 6  # three kinds of two joints
    assert {order.sessions_before for order in quick if order.exercise == "tone"} == {2, 4, 5}


def test_what_is_asked_follows_the_newest_assessment(tmp_path: Path, quick: list[ExerciseOrder], monkeypatch) -> None:
    def grown(*args, sessions_before: int = 0, **_):
        passive = (0.0, 100.0 + 10.0 * sessions_before)
        joints = {"elbow_flexion": JointAssessment(active_deg=(10.0, 80.0), passive_deg=passive)}
        return Assessment(patient="p07", date=args[4], arm="arm_exo", side="right", joints=joints)

    monkeypatch.setattr(module, "assess", grown)
    records = PatientRecords("p07", tmp_path / "sessions")
    plan = replace(with_repetitions(load_plan("elbow_after_stroke"), 1), reassess_every=2)
    ran(course_of(tmp_path, sessions=3, plan=plan), records)
    ends = {
        law: [o.ranges_deg["elbow_flexion"][1] for o in quick if (o.exercise, o.law) == ("elbow_flexion", law)]
        for law in ("wolbrecht", "active")
    }
    assert ends["wolbrecht"] == pytest.approx([90.0] * 5 + [108.0])  # 0.8 of the passive range, about its middle
    assert ends["active"] == pytest.approx([90.0] * 6)  # of probes alone


def replace_course(course: CoursePlan, **changes) -> CoursePlan:
    return dataclasses.replace(course, plan=replace(course.plan, **changes))


def test_what_speaks_against_the_plan_is_said_before_anything_runs(tmp_path: Path, quick: list[ExerciseOrder]) -> None:
    other_side = assess(tmp_path, "p07", side="left")
    course = course_of(tmp_path, plan=load_plan(str(write_plan(tmp_path / "bad.toml", cuff_force_n=500.0))))
    right = assess(tmp_path, "p08")
    with pytest.raises(ArgumentError, match="laxer than ours"):
        prepare(course, right, TODAY)
    assert prepare(course_of(tmp_path), other_side, TODAY).assessment is None  # of the other arm: none of this one
    assert quick == []
    with pytest.raises(ArgumentError, match="sessions-count is 0"):
        course_of(tmp_path, sessions=0)
    with pytest.raises(ArgumentError, match="baselines is 2, must lie in 3 to 20"):
        course_of(tmp_path, baselines=2)


def test_changes_are_judged_against_the_baselines_exercise_by_exercise(
    tmp_path: Path, quick: list[ExerciseOrder]
) -> None:
    records = assess(tmp_path, "p07")
    ran(course_of(tmp_path, sessions=6), records)
    changes = measure_changes(records.sessions())
    assert [(each.law, each.change.measure) for each in changes] == [
        ("wolbrecht", "path_ratio"),
        ("active", "path_ratio"),
    ]  # work grows with the dose and is not compared
    assert {each.change.verdict.name for each in changes} == {"BETTER"}
    assert all(each.trend is not None and each.trend.certain and each.trend.per_week < 0.0 for each in changes)
    assert measure_changes(records.sessions()[:3]) == ()
    assert json.dumps(as_data(changes))


def test_a_course_of_two_sessions_leaves_records_that_can_be_judged_and_handed_on(
    steadyhand: Steadyhand, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml", trunk_cm=15.0)
    assess(tmp_path, "p07")
    words = ("--patient", "stroke_recovering", "--as", "p07", "--plan", "reach.toml", "--repetitions", 1)
    count = ("--baselines", 3, "--sessions-count", 2)
    done = steadyhand("rehab", "course", *words, *count, "--first-day", "2026-03-02", "--seed", 3, "--json", "-")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert [each["date"] for each in told] == ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-08", "2026-03-10"]
    assert {path.name for path in (tmp_path / "sessions").iterdir()} == {"patients"}  # no recording was kept
    judged = steadyhand("rehab", "progress", "--patient", "p07", "--json", "-")
    assert judged.returncode == 0, judged.stderr
    assert "5 sessions of p07, 3 of them baselines" in judged.stderr
    assert {each["exercise"] for each in json.loads(judged.stdout)} == {"centre_out"}
    assessments = len(list((tmp_path / "sessions" / "patients" / "p07" / "assessments").iterdir()))
    for kind, files in (("csv", 5), ("fhir", 5 + assessments)):
        out = steadyhand("rehab", "export", "--patient", "p07", "--format", kind, "-o", kind)
        assert out.returncode == 0, out.stderr
        assert len(list((tmp_path / kind).iterdir())) == files
    again = steadyhand("rehab", "export", "--patient", "p07", "--format", "csv", "-o", "csv")
    assert again.returncode == 2
    assert "there already" in again.stderr
