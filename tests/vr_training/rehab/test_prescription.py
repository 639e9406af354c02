import datetime
import math

import pytest
from msgspec.structs import replace

from robotics.config import decode, names
from robotics.errors import ConfigError, InputFileError, MissingFileError, UnknownNameError
from vr_training.rehab.prescription import (
    Assessment,
    JointAssessment,
    JointRange,
    WearableRule,
    assessment_text,
    load_plan,
    read_assessment,
)

ELBOW = JointAssessment(
    active_deg=(20.0, 95.0),
    passive_deg=(12.0, 118.0),
    strength_nm=14.5,
    tone_grade="1+",
    tone_nms_rad=0.4,
    pain_deg=(125.0,),
)
FOUND = Assessment(
    patient="p07", date=datetime.date(2026, 3, 2), arm="arm_exo", side="right", joints={"elbow_flexion": ELBOW}
)


def test_an_assessment_comes_back_from_its_file(tmp_path):
    (tmp_path / "p07.json").write_bytes(assessment_text(FOUND))
    assert read_assessment(tmp_path / "p07.json") == FOUND
    assert '"2026-03-02"' in (tmp_path / "p07.json").read_text(encoding="utf-8")


def test_what_is_no_assessment_is_refused(tmp_path):
    with pytest.raises(MissingFileError):
        read_assessment(tmp_path / "nobody.json")
    path = tmp_path / "p07.json"
    path.write_bytes(assessment_text(FOUND))
    whole = path.read_text(encoding="utf-8")
    for right, wrong in (
        ('"right"', '"up"'),
        ('"1+"', '"5"'),
        ('"2026-03-02"', '"2nd of March"'),
        ("12.0", "119.0"),
        ('"patient"', '"person"'),
        (
            "{",
            "",
        ),
    ):
        assert right in whole
        path.write_text(whole.replace(right, wrong, 1), encoding="utf-8")
        with pytest.raises(InputFileError, match="is no assessment"):
            read_assessment(path)


def test_a_figure_that_is_not_finite_is_not_written():
    wrong = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, passive_deg=(12.0, math.inf))})
    with pytest.raises(InputFileError, match="elbow_flexion has a figure"):
        assessment_text(wrong)


def test_ranges_that_an_exercise_took_go_into_the_assessment_and_leave_the_rest():
    found = FOUND.with_ranges(
        {"elbow_flexion": {"active": (15.0, 101.0)}, "wrist_flexion": {"passive": (-40.0, 50.0)}}
    ).joints
    assert found["elbow_flexion"] == replace(ELBOW, active_deg=(15.0, 101.0))
    assert found["wrist_flexion"] == JointAssessment(passive_deg=(-40.0, 50.0))
    assert FOUND.joints["elbow_flexion"] == ELBOW


def test_a_share_of_a_range_lies_about_its_middle():
    assert JointRange(share=0.5).resolved(ELBOW) == pytest.approx((38.5, 91.5))
    assert JointRange(share=1.0, of="active").resolved(ELBOW) == pytest.approx((20.0, 95.0))
    assert JointRange(deg=(5.0, 140.0)).resolved(None) == (5.0, 140.0)
    assert JointRange(share=0.5).resolved(None) is None
    assert JointRange(share=0.5, of="active").resolved(JointAssessment(passive_deg=(0.0, 9.0))) is None


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "either deg or share"),
        ("deg = [0, 90]\nshare = 0.9", "not both"),
        ("deg = [90, 0]", "must be below"),
        ("share = 1.2", "<= 1"),
        ("degrees = [0, 90]", "degrees"),
    ],
)
def test_a_range_that_cannot_be_is_refused(text, match):
    with pytest.raises(ConfigError, match=match):
        decode(text, JointRange)


def test_a_rule_for_a_wearable_needs_a_bound():
    with pytest.raises(ConfigError, match="needs above or below"):
        decode('channel = "heart_rate"\nfor_s = 5.0', WearableRule)
    with pytest.raises(ConfigError, match="needs above or below"):
        decode('channel = "heart_rate"\nfor_s = 5.0\nsilent_s = 5.0', WearableRule)


def test_a_rule_for_a_wearable_may_say_how_long_it_may_be_silent():
    text = 'channel = "heart_rate"\nabove = 110.0\nfor_s = 5.0'
    assert decode(text, WearableRule).silent_s is None
    assert decode(f"{text}\nsilent_s = 4.0", WearableRule).silent_s == 4.0
    with pytest.raises(ConfigError, match="silent_s"):
        decode(f"{text}\nsilent_s = 0.0", WearableRule)


@pytest.mark.parametrize("name", names("plans"))
def test_every_plan_that_ships_loads_and_says_what_stops_it(name):
    plan = load_plan(name)
    assert plan.title
    assert plan.repetitions == sum(block.repetitions * block.sets for block in plan.blocks)
    for block in plan.blocks:
        assert plan.stops_of(block).cuff_force_n > 0.0
        assert block.assistance == block.progression.bounds("assistance")
    assert any(rule.channel == "heart_rate" for rule in plan.stops.wearables)


def test_plans_ship_and_an_unknown_one_names_them():
    assert len(names("plans")) >= 3
    with pytest.raises(UnknownNameError, match="elbow_after_stroke"):
        load_plan("knee")
