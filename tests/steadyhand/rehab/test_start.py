"""A session from the command line: refused with reasons, adapted, stopped and saved."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from steadyhand.rehab.company import Therapist
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.session import Place
from tests.steadyhand.rehab.conftest import Asked, Steadyhand, assess, write_plan
from tests.steadyhand.rehab.test_session import result
from vr_training.rehab.adaptation import Difficulty
from vr_training.rehab.prescription import load_plan
from vr_training.rehab.records import PatientRecords

QUICK = ("--lockstep", "--headless")


def test_a_plan_that_may_not_be_done_is_refused_with_every_reason_and_leaves_nothing(
    asked: Asked, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml", cuff_force_n=200.0)
    code, _, err = asked("rehab", "start", "--patient", "healthy", "--plan", "reach.toml", *QUICK)
    assert code == 2, err
    assert "stop rule cuff_force_n at 200 N is laxer than ours, 60 N" in err
    assert "block 1, centre_out; block 2, centre_out: needs an assessment" in err
    assert "Assess first" not in err  # it would not be enough
    write_plan(tmp_path / "reach.toml")
    code, _, err = asked("rehab", "start", "--patient", "healthy", "--plan", "reach.toml", *QUICK)
    assert "Assess first: steadyhand rehab assess --patient healthy" in err
    assert "Traceback" not in err
    assert {path.name for path in tmp_path.rglob("*")} == {"reach.toml"}


def test_who_is_not_assessed_and_could_not_be_treated_if_he_were_is_told_both_at_once(
    asked: Asked, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml")
    code, _, err = asked("rehab", "start", "--patient", "stroke_spastic", "--plan", "reach.toml", *QUICK)
    assert code == 2, err
    assert "needs an assessment of the patient; there is none" in err
    assert "spasms of patient 'stroke_spastic' press a cuff" in err
    assert "a plan may have 60 N at most" in err
    assert "Assess first" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plan", "nope"), "elbow_after_stroke"),
        (("--plan", "reach.toml", "--hold", "speed,mood"), "choose of assistance, amplitude, speed"),
        (("--plan", "reach.toml", "--as", "Jane Doe"), "pseudonym"),
        (("--plan", "reach.toml", "--as", "john_smith"), "may be a name"),
        (("--plan", "reach.toml", "--seed", "-3"), "-3"),
        (("--plan", "reach.toml", "--json", "no/such/x.json"), "no/such"),
    ],
)
def test_bad_words_give_one_message_and_exit_code_two(
    asked: Asked, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    write_plan(tmp_path / "reach.toml")
    code, _, err = asked("rehab", "start", "--patient", "healthy", *words, *QUICK)
    assert code == 2, err
    assert said in err
    assert not (tmp_path / "sessions").exists()


def test_a_session_is_recorded_and_adapted_unless_held_and_the_same_seed_gives_the_same(
    steadyhand: Steadyhand, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml")
    told = []
    for pseudonym, more in (("p01", ()), ("p02", ("--hold", "assistance"))):
        assess(tmp_path, pseudonym)
        words = ("--patient", "healthy", "--as", pseudonym, "--plan", "reach.toml", "--seed", 3, "--json", "-", *more)
        ran = steadyhand("rehab", "start", *words, *QUICK)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "At most" in ran.stderr
        told.append(json.loads(ran.stdout))
    free, held = told
    assert free["finished"]
    assert [each["law"] for each in free["results"]] == ["wolbrecht", "wolbrecht", "active"]
    for set_index in (0, 2):  # those that began at the same difficulty
        one, two = free["results"][set_index], held["results"][set_index]
        assert (one["seed"], one["measures"]) == (two["seed"], two["measures"])
    assert [each["difficulty"]["reach/1/centre_out"]["assistance"] for each in told] == pytest.approx([0.8, 1.0])
    record = PatientRecords("p01", tmp_path / "sessions").sessions()[0]
    for each in record.results:
        assert (tmp_path / "sessions" / each.session / "recording.mcap").is_file()
        assert (each.patient, each.successes) == ("p01", 1)


def test_a_stop_ends_the_session_saved_with_its_reason_and_exit_code_one(
    steadyhand: Steadyhand, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml", trunk_cm=0.05)
    assess(tmp_path, "healthy")
    ran = steadyhand("rehab", "start", "--patient", "healthy", "--plan", "reach.toml", "--json", "out.json", *QUICK)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "Stopped (trunk) at" in ran.stdout
    assert "the patient compensates with the trunk" in ran.stdout
    told = json.loads((tmp_path / "out.json").read_text())
    assert not told["finished"]
    assert [(each["exercise"], each["stop"]) for each in told["stops"]] == [("centre_out", "trunk")]
    record = PatientRecords("healthy", tmp_path / "sessions").sessions()[0]
    assert [each.stop for each in record.results] == ["trunk"]  # neither the second set nor the second block followed
    assert (tmp_path / "sessions" / record.results[0].session / "session.json").is_file()


def test_a_single_exercise_says_why_it_was_stopped_and_shows_what_it_came_to(steadyhand: Steadyhand) -> None:
    asked = ("--law", "active", "--repetitions", 1, "--seed", 1, "--json", "-")
    ran = steadyhand("rehab", "run", "centre_out", *asked, *QUICK)
    assert ran.returncode == 0, ran.stderr
    data = json.loads(ran.stdout)
    assert data["success"]
    assert len(data["digest"]) == 64
    assert "Repetitions passed" in ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "juggling"), "centre_out"),
        (("run", "centre_out", "--law", "magic"), "wolbrecht"),
        (("run", "centre_out", "--patient", "nobody"), "stroke_moderate"),
        (("progress", "--patient", "p99"), "unknown patient 'p99'"),
        (("export", "--patient", "p99", "--format", "pdf", "-o", "x"), "csv, parquet, fhir"),
        (("course", "--patient", "healthy", "--plan", "reach.toml", "--days-between", "0"), "1 to 60"),
        (("course", "--patient", "healthy", "--plan", "reach.toml", "--first-day", "soon"), "2026-03-01"),
        (("assess", "--patient", "healthy", "--arm", "psm"), "arm_exo"),
        (("assess", "--patient", "healthy", "--side", "up"), "left or right"),
        (("assess", "--patient", "healthy", "--joints", "knee"), "elbow_flexion"),
    ],
)
def test_bad_input_of_any_command_gives_one_message_and_leaves_nothing(
    asked: Asked, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    write_plan(tmp_path / "reach.toml")
    code, _, err = asked("rehab", *words)
    assert code == 2, err
    assert said in err
    assert {path.name for path in tmp_path.rglob("*")} == {"reach.toml"}


@pytest.mark.parametrize("command", ["run", "assess", "start", "course", "progress", "report", "export"])
def test_every_command_teaches_itself(asked: Asked, command: str) -> None:
    code, out, _ = asked("rehab", command, "--help")
    assert code == 0
    assert "Usage" in out
    assert f"steadyhand rehab {command}" in out
    assert "--json" in out


def test_the_lists_say_what_a_program_wants_to_know(asked: Asked) -> None:
    def rows(what: str) -> dict[str, dict[str, object]]:
        code, out, err = asked("list", what, "--json", "-")
        assert code == 0, err
        return {row["name"]: row for row in json.loads(out)}

    exercises = rows("exercises")
    assert exercises["centre_out"]["rigs"][0] == "planar_reach"
    assert exercises["elbow_flexion"]["joints"] == ["elbow_flexion"]
    assert {"active", "wolbrecht"} <= set(exercises["elbow_flexion"]["laws"])
    assert rows("patients")["frozen_shoulder"]["side"] == "left"
    laws = rows("laws")
    assert all(each["source"] and each["spaces"] for each in laws.values())
    assert set(exercises["centre_out"]["laws"]) <= set(laws)
    assert rows("plans")["planar_strength"]["arm"] == "planar_reach"


def test_a_therapist_is_asked_after_a_stop_and_only_a_yes_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = load_plan(str(write_plan(tmp_path / "reach.toml")))
    place = Place(0, plan.blocks[0], 0, Difficulty.start(plan.blocks[0].progression))
    stopped = result(ExerciseOrder(exercise="centre_out"), stop="pain")
    said: list[str] = []
    for answers, goes_on in (
        (("y",), True),
        ((" YES ",), True),
        (("n",), False),
        (("maybe", "", "yesterday", "no"), False),  # what is neither ends nothing
        (("maybe", "yes"), True),
    ):
        console, left = Console(file=io.StringIO()), list(answers)
        monkeypatch.setattr(console, "input", lambda text, left=left: said.append(text) or left.pop(0))
        assert Therapist(console, plan, asks=True, waits=False).goes_on(place, stopped) is goes_on
        assert not left
    assert "block 2, centre_out" in said[0]
    assert not Therapist(console, plan, asks=False, waits=False).goes_on(place, stopped)
    assert len(said) == 9


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, EOFError])
def test_who_leaves_at_the_question_does_not_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, leaving: type[BaseException]
) -> None:
    plan = load_plan(str(write_plan(tmp_path / "reach.toml")))
    place = Place(0, plan.blocks[0], 0, Difficulty.start(plan.blocks[0].progression))
    console = Console(file=io.StringIO())

    def leave(_: str) -> str:
        raise leaving

    monkeypatch.setattr(console, "input", leave)
    stopped = result(ExerciseOrder(exercise="centre_out"), stop="pain")
    assert not Therapist(console, plan, asks=True, waits=False).goes_on(place, stopped)


def test_who_leaves_in_a_rest_is_told_what_was_done_and_it_is_kept(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    write_plan(tmp_path / "reach.toml")
    records = assess(tmp_path, "healthy")
    monkeypatch.setattr(Therapist, "run", lambda _, order: result(order))
    monkeypatch.setattr(Therapist, "rest", leave)
    code, out, err = asked("rehab", "start", "--patient", "healthy", "--plan", "reach.toml", *QUICK)
    assert code == 1, err
    assert "1 of 1" in out
    assert "0001-" in out
    (kept,) = records.sessions()
    assert [each.exercise for each in kept.results] == ["centre_out"]


def test_who_leaves_before_anything_was_done_leaves_nothing(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    write_plan(tmp_path / "reach.toml")
    records = assess(tmp_path, "healthy")
    monkeypatch.setattr(Therapist, "run", leave)
    code, out, err = asked("rehab", "start", "--patient", "healthy", "--plan", "reach.toml", *QUICK)
    assert code == 130
    assert "Interrupted" in err
    assert "0001-" not in out
    assert not records.sessions()


def test_before_it_begins_it_is_said_whose_session_it_is_and_that_no_window_will_show_it(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    write_plan(tmp_path / "reach.toml")
    assess(tmp_path, "p07")
    monkeypatch.setattr(Therapist, "run", lambda _, order: result(order))
    asks = ("rehab", "start", "--patient", "healthy", "--as", "p07", "--plan", "reach.toml", "--lockstep")
    code, out, err = asked(*asks)
    assert code == 0, err
    assert out.index("p07, simulated by healthy, assessed on 2026-03-01") < out.index("There is no display")
    assert "There is no display" not in asked(*asks, "--headless")[1]


def test_a_plan_for_the_arm_that_is_not_affected_is_remarked_on(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(tmp_path / "reach.toml")
    monkeypatch.setattr(Therapist, "run", lambda _, order: result(order))
    said = {}
    for patient in ("stroke_synergy", "stroke_moderate"):
        assess(tmp_path, patient)
        code, said[patient], err = asked("rehab", "start", "--patient", patient, "--plan", "reach.toml", *QUICK)
        assert code == 0, err
    assert "plan is for the right arm, and stroke_synergy is affected at the left one" in said["stroke_synergy"]
    assert "affected" not in said["stroke_moderate"]
