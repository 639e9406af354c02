"""Commands about people: what they show of an index, and what they refuse."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from robotics.errors import ArgumentError, UnknownNameError
from steadyhand import progress
from steadyhand.commands import curriculum, curve, reference, sessions
from tests.vr_training.progress.conftest import attempt
from vr_training.records.index import SessionIndex


def call(command, *arguments):
    app = typer.Typer()
    app.command()(command)
    ran = CliRunner().invoke(app, [str(each) for each in arguments])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.fixture
def root(tmp_path):
    with SessionIndex(tmp_path) as index:
        for i in range(12):
            index.enter(attempt(i, lesson="needle_reach", level=1, points=50.0 + 3.0 * i, measures={"time": 40.0 - i}))
        for i, person in enumerate(("p08", None)):
            index.enter(attempt(20 + i, lesson="needle_reach", person=person, points=99.0))
    return tmp_path


def test_the_curriculum_of_a_person_counts_their_tries_alone(root):
    call(curriculum.command, "--as", "p07", "--sessions", root, "--json", root / "out.json")
    rows = {row["lesson"]: row for row in json.loads((root / "out.json").read_text())["lessons"]}
    assert (rows["needle_reach"]["tries"], rows["needle_reach"]["passes"]) == (12, 12)
    assert rows["needle_reach"]["best"] == 83.0
    assert rows["static_track"]["tries"] == 0
    assert rows["needle_reach"]["unlocked"]
    assert not rows["peg_transfer"]["unlocked"]


def test_a_lesson_that_comes_too_early_is_warned_of_and_no_more(root):
    said = progress.locked("active_track", "p07", root)
    assert "static_track" in said
    assert "needle_reach" not in said
    assert progress.locked("needle_reach", "p07", root) == ""


def test_a_broken_index_is_said_and_stops_nobody(tmp_path):
    (tmp_path / "index.sqlite").write_bytes(b"nonsense" * 500)
    assert "delete it" in progress.locked("active_track", "p07", tmp_path)


def test_a_curve_is_drawn_and_its_figures_told(root):
    text = call(curve.command, "needle_reach", "--as", "p07", "--sessions", root, "--json", root / "out.json")
    found = json.loads((root / "out.json").read_text())
    assert found["method"] == "exponential"
    assert len(found["values"]) == 12
    assert found["peers"]["people"] == 1
    assert found["peers"]["percentile"] == 0.0
    assert (root / "curve-p07-needle_reach-points.png").read_bytes().startswith(b"\x89PNG")
    assert "p08" not in text + json.dumps(found)


def test_a_curve_of_nobody_is_refused(root):
    with pytest.raises(ArgumentError, match="no tries"):
        call(curve.command, "needle_reach", "--as", "p09", "--sessions", root)
    with pytest.raises(ArgumentError, match="pseudonym"):
        call(curve.command, "needle_reach", "--as", "Jane Doe", "--sessions", root)
    with pytest.raises(UnknownNameError, match="economy_of_motion"):
        call(curve.command, "needle_reach", "--as", "p07", "--measure", "speed", "--sessions", root)


def test_sessions_are_listed_by_person(root):
    call(sessions.command, "--as", "p08", "--sessions", root, "--json", root / "out.json")
    assert [each["person"] for each in json.loads((root / "out.json").read_text())] == ["p08"]


def test_a_reference_of_ones_own_experts_names_none_of_them(root):
    out = root / "needle_reach.toml"
    call(reference.command, "needle_reach", "--people", "p07,p08", "--sessions", root, "--out", out)
    text = out.read_text()
    assert "passed = 13" in text
    assert "p07" not in text
    with pytest.raises(ArgumentError, match="needs 3"):
        call(reference.command, "needle_reach", "--people", "p08", "--sessions", root, "--out", out)
