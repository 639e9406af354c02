"""An added delay between hand and arm: repeatable, told wherever the session is told of, and it costs time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from control.tick import State
from robotics.errors import ArgumentError
from robotics.line_config import LineConfig
from simulation import tasks
from steadyhand.order import Order
from steadyhand.results import as_json, evaluate, report
from steadyhand.run import run


def expert(folder: Path, **line: float):
    order = Order(task="needle_reach", input="expert", seed=1, lockstep=True, headless=True, sessions=folder, **line)
    return evaluate(run(order, lambda _: None, lambda *_: None).session)


def test_a_delayed_episode_is_the_same_bit_for_bit_slower_than_without_and_says_its_delay(tmp_path: Path) -> None:
    line = {"delay_ms": 250.0, "jitter_ms": 10.0, "loss": 0.01}
    plain, late, again = expert(tmp_path), expert(tmp_path, **line), expert(tmp_path, **line)
    assert late.digest == again.digest != plain.digest
    assert plain.scorecard.success
    assert late.scorecard.success
    assert late.scorecard.value("time") > plain.scorecard.value("time") + 0.2
    assert not (late.recording.ticks["state"] == State.HOLD).any()
    assert late.recording.info.line == LineConfig(**line)
    assert as_json(late, None)["line"] == line
    assert as_json(plain, None)["line"] == {"delay_ms": 0.0, "jitter_ms": 0.0, "loss": 0.0}
    page = report(late, None).read_text(encoding="utf-8")
    assert "250 ms, jitter 10 ms, 1 % lost" in page
    # It presses on the tissue before it sees that it does: more than the lesson's 0.5 N, near the needle.
    forces = [each for each in as_json(late, None)["incidents"] if each["kind"] == "force"]
    assert max(each["size"] for each in forces) > 0.5
    assert all(abs(x) < 0.1 for each in forces for x in each["place_m"])
    assert "too much force" in page
    assert as_json(plain, None)["incidents"] == []
    # The scene is the same: only the way from hand to arm differs.
    np.testing.assert_array_equal(plain.recording.ticks["objects"][0], late.recording.ticks["objects"][0])


def test_a_lesson_may_ask_for_a_delay_of_its_own_and_an_option_overrides_each_part(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "configs" / "tasks" / "needle_reach.toml").read_text(encoding="utf-8")
    path = tmp_path / "late_reach.toml"
    path.write_text("delay_ms = 300.0\njitter_ms = 5.0\n" + text, encoding="utf-8")
    lesson = tasks.load(str(path)).line
    assert Order(task=str(path)).line(lesson) == LineConfig(delay_ms=300.0, jitter_ms=5.0)
    assert Order(task=str(path), delay_ms=0.0, loss=0.1).line(lesson) == LineConfig(jitter_ms=5.0, loss=0.1)


@pytest.mark.parametrize("bad", [{"delay_ms": -1.0}, {"delay_ms": 1e4}, {"jitter_ms": float("nan")}, {"loss": 1.0}])
def test_a_delay_out_of_range_is_refused_with_its_name_and_bound(bad: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(bad))):
        Order(task="needle_reach", **bad)
