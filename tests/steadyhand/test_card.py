import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from robotics.contracts import Score, Scorecard
from robotics.errors import ConfigError
from robotics.line_config import LineConfig
from robotics.score_config import LessonScoring
from simulation.tasks import registry
from steadyhand import results
from steadyhand.commands.card import print_card

CARD = Scorecard(
    "t", True, "Done.", (Score("time", "Time to success", 20.0, "s"),), 82.6, ("Time: 20 s; cost 17 points. Plan.",)
)


NO_LINE = LineConfig()


def printed(card, line=NO_LINE):
    console = Console(file=io.StringIO(), width=200)
    recording = SimpleNamespace(info=SimpleNamespace(line=line, difficulty="standard"))
    print_card(console, SimpleNamespace(scorecard=card, recording=recording), None, ())
    return console.file.getvalue()


def test_the_score_stands_above_the_lines_with_what_it_cost():
    text = printed(CARD)
    assert (
        text.index("Score 83 of 100") < text.index("Time: 20 s; cost 17 points. Plan.") < text.index("Time to success")
    )
    assert "not achieved" not in text


def test_a_delay_that_was_added_is_said_and_none_is_not():
    line = LineConfig(delay_ms=200.0, jitter_ms=20.0)
    assert "Added delay  200 ms, jitter 20 ms, between hand and arm" in printed(CARD, line)
    assert "delay" not in printed(CARD)


def test_a_lesson_that_was_not_achieved_says_how_much_there_was_to_get():
    assert "Score 12 of 100  not achieved: at most 40" in printed(Scorecard("t", False, "No.", (), 12.0))


def test_nothing_recorded_has_no_score():
    assert "Score" not in printed(Scorecard("t", False, "Nothing was recorded."))


def stored(task, **configs):
    texts = {key.replace("__", "/") + ".toml": text for key, text in configs.items()}
    info = SimpleNamespace(task=task, difficulty="standard", configs=texts)
    return SimpleNamespace(info=info, path="recording.mcap")


def test_a_session_is_scored_by_the_lesson_as_it_was():
    text = '[[score]]\nmeasure = "drops"\nweight = 1\ngood = 0\npoor = 2\n'
    for recording in (
        stored("peg", arms__peg="score = 3", tasks__peg=text),
        stored("mine/peg.toml", mine__peg=text, arms__psm=""),
    ):
        assert [row.measure for row in results.scoring(recording).score] == ["drops"]


def test_a_session_that_holds_no_lesson_is_scored_as_any():
    assert results.scoring(stored("peg", arms__psm="")) == LessonScoring()


def test_a_lesson_that_asks_for_what_is_not_measured_is_refused_by_name():
    text = '[[score]]\nmeasure = "grace"\nweight = 1\ngood = 0\npoor = 2\n'
    with pytest.raises(ConfigError, match=r"recording\.mcap, tasks/peg\.toml: score.*unknown measure 'grace'"):
        results.scoring(stored("peg", tasks__peg=text))


@pytest.mark.parametrize("task", registry.available())
def test_the_weights_of_a_lesson_that_ships_sum_to_a_hundred(task):
    rows = registry.load(task).score
    assert not rows or sum(row.weight for row in rows) == 100.0
