"""What a therapist sees first is of what is done without help; it says what was changed and what the robot did."""

import dataclasses
from types import SimpleNamespace

import msgspec
import pytest
from made_course import BASELINES, course

from robotics.rehab_measures import REHAB_MEASURES
from vr_training.rehab.change import Trend, Verdict, change
from vr_training.rehab.courses import courses
from vr_training.rehab.report.glance import _figure, _said, brief, glance


@pytest.fixture(scope="module")
def found():
    return courses(course(), 3)


def by_kind(found):
    return {(each.kind.exercise, each.kind.probe): each for each in found}


def test_probes_and_helped_sets_of_one_exercise_are_kept_apart(found):
    kinds = by_kind(found)
    probe, helped = kinds["elbow_flexion", True], kinds["elbow_flexion", False]
    assert probe.title == f"{helped.title}, without help"
    assert probe.unhelped
    assert not helped.unhelped
    assert kinds["range_of_motion", False].unhelped  # its law never helps


def test_where_more_is_asked_than_in_the_baseline_movement_is_not_compared_and_who_works_is():
    records = course(seed=4)
    levels = [record.results[2].level for record in records]
    assert levels[-1].amplitude == levels[0].amplitude
    # The same course in which the arc grew from the tenth session on.
    far = [msgspec.structs.replace(each, amplitude=each.amplitude + 0.2 * (n >= 9)) for n, each in enumerate(levels)]
    grown = tuple(
        msgspec.structs.replace(
            record, results=(*record.results[:2], msgspec.structs.replace(record.results[2], level=level))
        )
        for record, level in zip(records, far, strict=True)
    )
    before, after = (by_kind(courses(each, 3))["elbow_flexion", False] for each in (records, grown))
    assert before.changed == ""
    assert after.changed == "arc 73 to 98 deg"
    ranged = after.of("range_deg")
    assert ranged.verdict is Verdict.OTHER
    assert not ranged.comparable
    assert ranged.trend is None
    assert not ranged.lasting(Verdict.BETTER)
    assert [point.verdict is Verdict.OTHER for point in ranged.later] == [n + BASELINES >= 9 for n in range(12)]
    # As far as the same was asked the verdict is what it was.
    assert [p.verdict for p in ranged.later[:4]] == [p.verdict for p in before.of("range_deg").later[:4]]
    assert after.of("mean_assistance").change == before.of("mean_assistance").change
    assert after.of("mean_assistance").trend == before.of("mean_assistance").trend


def test_a_range_that_was_prescribed_anew_is_another_exercise_a_hair_more_is_not():
    def last_range(high):
        records = course(sessions=2)
        newest = records[-1]
        level = msgspec.structs.replace(newest.results[2].level, ranges_deg={"elbow_flexion": (15.0, high)})
        results = (*newest.results[:2], msgspec.structs.replace(newest.results[2], level=level))
        return by_kind(courses((*records[:-1], msgspec.structs.replace(newest, results=results)), 3))

    assert last_range(139.0)["elbow_flexion", False].changed == ""
    assert last_range(150.0)["elbow_flexion", False].changed == "arc 73 to 81 deg"


def test_without_a_level_everything_is_compared():
    records = tuple(
        msgspec.structs.replace(
            record, results=tuple(msgspec.structs.replace(each, level=None) for each in record.results)
        )
        for record in course()
    )
    for each in courses(records, 3):
        assert each.changed == ""
        assert all(one.comparable for one in each.measures)


def test_who_recovers_is_called_better_by_measures_without_help_alone(found):
    seen = glance(found)
    assert (seen.verdict, seen.mark) == ("Better without help", "good")
    assert {each.unhelped for each, _ in seen.key} == {True}
    names = [(each.kind.exercise, of.measure.name) for each, of in seen.key]
    assert names == [
        ("range_of_motion", "active_range_deg"),  # how long it takes to go as far as one can says nothing
        ("elbow_flexion", "range_deg"),
        ("elbow_flexion", "movement_time"),
        ("elbow_flexion", "sparc"),
    ]
    said = "\n".join(seen.own)
    of = by_kind(found)["elbow_flexion", True].of("range_deg")
    assert of.lasting(Verdict.BETTER)
    assert f"{brief(of.change.before)} → {brief(of.change.after)} deg (± {brief(of.change.mdc95)})" in said


def test_who_does_not_change_is_seldom_called_better():
    marks = [glance(courses(course(change=0.0, seed=seed), 3)).mark for seed in range(40)]
    assert marks.count("good") <= 4  # five measures, a course


def test_who_gets_worse_is_told_so():
    seen = glance(courses(course(change=-0.8), 3))
    assert (seen.verdict, seen.mark) == ("Worse without help", "weak")
    assert any(text.startswith("Worse, beyond measurement error, and lasting: ") for text in seen.own)


def test_too_few_baselines_and_nothing_without_help_are_said():
    assert "Too early" in glance(courses(course()[3:5] + course()[5:7], 3)).verdict
    helped = tuple(msgspec.structs.replace(record, results=record.results[2:]) for record in course())
    assert "Nothing was measured without help" in glance(courses(helped, 3)).verdict
    assert glance(courses(course()[:BASELINES], 3)).verdict == "Only baseline sessions so far"
    assert glance(()).key == ()


def test_help_and_difficulty_are_told_from_the_first_session_to_the_last(found):
    helped = by_kind(found)["elbow_flexion", False]
    seen = glance(found)
    assert seen.helped == (helped,)
    of = helped.of("mean_assistance").change
    (robot,), (plan,) = seen.robot, seen.plan
    assert f"{brief(of.before)} → {brief(of.after)} % of the help" in robot
    assert "less than before, beyond measurement error" in robot
    first, last = (100.0 * helped.sessions[n].level.assistance for n in (0, -1))
    assert f"most help allowed {first:.0f} → {last:.0f} %" in plan
    still = tuple(
        dataclasses.replace(each, sessions=each.sessions[:BASELINES]) for each in found
    )  # before anything was changed
    assert glance(still).plan == ()


def test_figures_in_passing_have_two_digits_or_are_whole():
    found = [brief(value) for value in (118.26, 9.96, 7.98, 0.0312, -3.31, 0.0)]
    assert found == ["118", "10", "8.0", "0.031", "−3.3", "0"]


def test_a_verdict_of_the_page_is_that_of_change(found):
    of = by_kind(found)["range_of_motion", False].of("active_range_deg")
    base = [point.value for point in of.points if point.baseline]
    assert len(base) == BASELINES
    assert of.change == change("active_range_deg", base, of.points[-1].value)


def test_what_the_therapist_turned_is_told_though_it_ends_where_it_began():
    records = course(sessions=1)
    newest = records[-1]
    done = newest.results[2]
    ways = [{}, {"speed": (0.5, 0.6)}, {"speed": (0.6, 0.5)}]
    speeds = [0.5, 0.6, 0.5]
    sets = tuple(
        msgspec.structs.replace(done, level=msgspec.structs.replace(done.level, speed=speed, turned=turned))
        for speed, turned in zip(speeds, ways, strict=True)
    )
    for number, said in ((2, "how fast 50 → 60 %; the therapist turned it before 1 set."), (3, "as at the start; the")):
        record = msgspec.structs.replace(newest, results=(*newest.results[:2], *sets[:number]))
        (plan,) = glance(courses((record,), 3)).plan
        assert said in plan


@pytest.mark.parametrize(
    ("measure", "per_week", "said"),
    [
        ("sparc", 0.02, "yet with a certain trend for the better"),
        ("sparc", -0.02, "yet with a certain trend for the worse"),
        ("movement_time", -0.1, "yet with a certain trend for the better"),
        ("movement_time", 0.1, "yet with a certain trend for the worse"),
    ],
)
def test_a_trend_within_the_error_says_which_way_it_goes(measure, per_week, said):
    ends = sorted((0.5 * per_week, 1.5 * per_week))
    of = SimpleNamespace(
        measure=REHAB_MEASURES[measure],
        trend=Trend(per_week, *ends, sessions=9),
        verdict=Verdict.NONE,
        lasting=lambda _: False,
    )
    assert _said(of).endswith(said)


def test_figures_that_look_the_same_have_a_digit_more():
    of = SimpleNamespace(
        measure=REHAB_MEASURES["sparc"], change=SimpleNamespace(before=-1.652, after=-1.694, mdc95=0.56)
    )
    assert _figure(SimpleNamespace(title="Reach"), of) == "smoothness (SPARC) (Reach) −1.65 → −1.69 (± 0.56)"
