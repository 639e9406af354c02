"""Proficiency: as good as the experts in everything that counts, twice in a row."""

from __future__ import annotations

import pytest

from robotics import config
from robotics.errors import ConfigError
from robotics.score_config import ScoreRow
from simulation import tasks
from tests.vr_training.progress.conftest import attempt
from vr_training.progress import reference
from vr_training.progress.proficiency import as_experts, bars, is_proficient, meets_published, missed
from vr_training.progress.reference import Published, Reference, measure_references

ROWS = (
    ScoreRow(measure="time", weight=50, good=100, poor=300),
    ScoreRow(measure="economy_of_motion", weight=30, good=0.9, poor=0.4),
    ScoreRow(measure="drops", weight=20, good=0, poor=3),
)
RUNS = [{"time": t, "economy_of_motion": e, "drops": 0.0} for t, e in ((50, 0.9), (60, 0.8), (70, 0.7))]
REFERENCE = Reference(
    lesson="peg_transfer",
    command="steadyhand reference peg_transfer --seeds 3",
    who="the scripted expert",
    seeds=(1, 2, 3),
    tried=3,
    passed=3,
    measure=measure_references(RUNS),
    published=Published(source="FLS", time_s=48.0, most={"drops": 0.0}),
)
NEEDED = bars(REFERENCE, ROWS)
GOOD = {"time": 70.0, "economy_of_motion": 0.7, "drops": 0.0}


def test_the_bar_is_mean_and_one_deviation_on_the_worse_side():
    found = {bar.measure: bar.value for bar in NEEDED}
    assert found == pytest.approx({"time": 70.0, "economy_of_motion": 0.7, "drops": 0.0})


def test_a_bar_is_no_finer_than_what_tells_people_apart_and_no_laxer_than_poor():
    rows = (
        ScoreRow(measure="tissue_peak_force", weight=50, good=0.3, poor=1.5),
        ScoreRow(measure="entry_error", weight=25, good=1.2, poor=2.5),
        ScoreRow(measure="economy_of_motion", weight=25, good=0.9, poor=0.4),
    )
    runs = [{"tissue_peak_force": 0.0, "entry_error": e, "economy_of_motion": 0.4 + 0.1 * e} for e in (0.4, 0.5, 6.0)]
    wide = REFERENCE.__class__(**{**_fields(REFERENCE), "measure": measure_references(runs)})
    found = {bar.measure: bar.value for bar in bars(wide, rows)}
    assert found == pytest.approx({"tissue_peak_force": 0.05, "entry_error": 2.5, "economy_of_motion": 0.4})


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


@pytest.mark.parametrize(
    ("change", "short"),
    [
        ({}, ()),
        ({"time": 70.1}, ("time",)),
        ({"economy_of_motion": 0.69}, ("economy_of_motion",)),
        ({"drops": 1.0, "time": 90.0}, ("time", "drops")),
    ],
)
def test_every_scored_measure_counts(change, short):
    tried = attempt(measures={**GOOD, **change})
    assert missed(tried, NEEDED) == short
    assert as_experts(tried, NEEDED) == (not short)


def test_a_measure_that_a_try_does_not_have_is_not_met():
    assert missed(attempt(measures={"time": 60.0, "drops": 0.0}), NEEDED) == ("economy_of_motion",)


def test_what_was_not_passed_is_never_as_the_experts():
    assert not as_experts(attempt(success=False, measures=GOOD), NEEDED)


@pytest.mark.parametrize(
    ("pattern", "proficient"),
    [("", False), ("g", False), ("gbg", False), ("bgg", True), ("ggb", True), ("gbgbgg", True)],
)
def test_it_takes_two_in_a_row_and_is_kept(pattern, proficient):
    tries = [attempt(i, measures=GOOD if c == "g" else {**GOOD, "time": 99.0}) for i, c in enumerate(pattern)]
    assert is_proficient(tries, NEEDED) == proficient


def test_without_a_reference_nobody_is_proficient():
    assert not is_proficient([attempt(0, measures=GOOD), attempt(1, measures=GOOD)], ())


@pytest.mark.parametrize(("time", "drops", "meets"), [(48.0, 0.0, True), (48.1, 0.0, False), (40.0, 1.0, False)])
def test_a_published_standard_asks_for_time_and_mishaps(time, drops, meets):
    tried = attempt(measures={"time": time, "drops": drops})
    assert meets_published(tried, REFERENCE.published) == meets


def test_a_reference_reads_back_as_it_was_written():
    assert config.decode(reference.as_toml(REFERENCE), Reference) == REFERENCE


def test_two_runs_are_no_reference():
    assert measure_references(RUNS[:2]) == ()
    with pytest.raises(ConfigError, match="passed"):
        config.decode(reference.as_toml(REFERENCE).replace("passed = 3", "passed = 2"), Reference)


@pytest.mark.parametrize("name", config.names("references"))
def test_references_that_ship_are_of_a_lesson_and_cover_what_it_is_scored_by(name):
    shipped = reference.load(name)
    assert shipped is not None
    assert shipped.lesson == name
    assert name in shipped.command
    assert len(shipped.seeds) == shipped.tried >= shipped.passed
    rows = tasks.load(name).score
    assert {bar.measure for bar in bars(shipped, rows)} == {row.measure for row in rows}


def test_some_reference_ships():
    assert "needle_reach" in config.names("references")
