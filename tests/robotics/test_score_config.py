import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics import config
from robotics.errors import ConfigError
from robotics.measures import MEASURES
from robotics.score_config import LessonScoring, ScoreRow, refuse_repeats

ROW = '[[score]]\nmeasure = "time"\nweight = 1\ngood = 10\npoor = 20\n'


def test_a_lesson_says_it_in_rows_and_what_else_stands_there_is_left_alone():
    text = f'kind = "needle_reach"\nforce_limit_n = 0.5\ntime_limit_s = 60.0\n[pad]\nx = 1\n{ROW}'
    found = config.decode(text, LessonScoring)
    assert found.score == (ScoreRow(measure="time", weight=1.0, good=10.0, poor=20.0),)
    assert (found.force_limit_n, found.time_limit_s) == (0.5, 60.0)
    assert config.decode("", LessonScoring) == LessonScoring()


def test_an_unknown_measure_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match="unknown measure 'speed'") as refused:
        config.decode(ROW.replace("time", "speed"), LessonScoring, source="lesson.toml")
    assert "lesson.toml: score" in str(refused.value)
    for name in MEASURES:
        assert name in str(refused.value)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("poor = 20", "poor = 10"),
        ("poor = 20", "poor = nan"),
        ("poor = 20", "poor = inf"),
        ("good = 10", "good = nan"),
        ("weight = 1", "weight = 0"),
        ("weight = 1", "weight = -1"),
        ("weight = 1", "weight = 1\nwieght = 1"),
    ],
)
def test_a_row_that_cannot_be_is_refused(line, wrong):
    with pytest.raises(ConfigError, match="score"):
        config.decode(ROW.replace(line, wrong), LessonScoring)


def test_two_rows_of_one_measure_are_refused():
    rows = config.decode(ROW + ROW, LessonScoring).score
    refuse_repeats(rows[:1], "lesson.toml")
    with pytest.raises(ConfigError, match=r"lesson\.toml: score\[1\]\.measure: 'time' has a row already"):
        refuse_repeats(rows, "lesson.toml")


@given(good=st.floats(-100, 100), gap=st.floats(0.1, 100), share=st.floats(0.0, 1.0), down=st.booleans())
def test_the_loss_is_linear_from_good_to_poor_and_flat_outside(good, gap, share, down):
    poor = good - gap if down else good + gap
    row = ScoreRow(measure="sparc", weight=1.0, good=good, poor=poor)
    assert row.loss(good + share * (poor - good)) == pytest.approx(share, abs=1e-9)
    assert row.loss(2.0 * good - poor) == 0.0
    assert row.loss(2.0 * poor - good) == 1.0
    assert row.better == ("higher" if down else "lower")


def test_every_measure_stands_in_the_documentation_with_its_unit():
    text = (config.CONFIG_DIR.parent / "docs" / "SCORES.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for measure in MEASURES.values():
        (row,) = [row for row in rows if f"`{measure.name}`" in row.split("|")[1]]
        assert measure.unit in row.split("|")[2], measure.name


def test_every_measure_has_a_name_a_title_and_advice():
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.title
        assert measure.advice.endswith(".")
