"""A session from the command line: refused with reasons, adapted, stopped and saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.steadyhand.rehab.conftest import Steadyhand, assess, write_plan
from vr_training.rehab.records import PatientRecords

QUICK = ("--lockstep", "--headless")


def test_a_plan_that_may_not_be_done_is_refused_with_every_reason_and_leaves_nothing(
    steadyhand: Steadyhand, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml", cuff_force_n=200.0)
    ran = steadyhand("rehab", "start", "--patient", "healthy", "--plan", "reach.toml", *QUICK)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "stop rule cuff_force_n at 200 N is laxer than ours, 60 N" in ran.stderr
    assert "block 1, centre_out: needs an assessment" in ran.stderr
    assert "block 2, centre_out: needs an assessment" in ran.stderr
    assert "steadyhand rehab assess --patient healthy" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert {path.name for path in tmp_path.rglob("*")} == {"reach.toml"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--plan", "nope"), "elbow_after_stroke"),
        (("--plan", "reach.toml", "--hold", "speed,mood"), "choose of assistance, amplitude, speed"),
        (("--plan", "reach.toml", "--as", "Jane Doe"), "pseudonym"),
        (("--plan", "reach.toml", "--seed", "-3"), "-3"),
        (("--plan", "reach.toml", "--json", "no/such/x.json"), "no/such"),
    ],
)
def test_bad_words_give_one_message_and_exit_code_two(
    steadyhand: Steadyhand, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    write_plan(tmp_path / "reach.toml")
    ran = steadyhand("rehab", "start", "--patient", "healthy", *words, *QUICK)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "sessions").exists()


def test_a_session_is_recorded_adapted_and_carried_on_and_the_same_seed_gives_the_same(
    steadyhand: Steadyhand, tmp_path: Path
) -> None:
    write_plan(tmp_path / "reach.toml")
    told = []
    for pseudonym in ("p01", "p02"):
        assess(tmp_path, pseudonym)
        words = ("--patient", "healthy", "--as", pseudonym, "--plan", "reach.toml", "--seed", 3, "--json", "out.json")
        ran = steadyhand("rehab", "start", *words, *QUICK)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        told.append(json.loads((tmp_path / "out.json").read_text()))
    assert "At most" in ran.stdout
    first, second = told
    assert first["finished"]
    assert [each["law"] for each in first["results"]] == ["wolbrecht", "wolbrecht", "active"]
    assert [each["measures"] for each in first["results"]] == [each["measures"] for each in second["results"]]
    record = PatientRecords("p01", tmp_path / "sessions").sessions()[0]
    for result in record.results:
        assert (tmp_path / "sessions" / result.session / "recording.mcap").is_file()
        assert result.patient == "p01"
    # One step a success, from the most help on; two sets were passed.
    assert [each.successes for each in record.results[:2]] == [1, 1]
    assert first["difficulty"]["reach/1/centre_out"]["assistance"] == pytest.approx(0.8)

    held = steadyhand(
        "rehab", "start", "--patient", "healthy", "--as", "p01", "--plan", "reach.toml", "--hold", "assistance",
        "--json", "-", *QUICK,
    )  # fmt: skip
    assert held.returncode == 0, held.stderr
    assert json.loads(held.stdout)["difficulty"]["reach/1/centre_out"]["assistance"] == pytest.approx(0.8)
    assert "help 80 %" in held.stderr
    assert len(PatientRecords("p01", tmp_path / "sessions").sessions()) == 2


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
    ran = steadyhand("rehab", "run", "centre_out", "--law", "active", "--repetitions", 1, "--json", "-", *QUICK)
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
    steadyhand: Steadyhand, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    write_plan(tmp_path / "reach.toml")
    ran = steadyhand("rehab", *words)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert {path.name for path in tmp_path.rglob("*")} == {"reach.toml"}


@pytest.mark.parametrize("command", ["run", "assess", "start", "course", "progress", "report", "export"])
def test_every_command_teaches_itself(steadyhand: Steadyhand, command: str) -> None:
    ran = steadyhand("rehab", command, "--help")
    assert ran.returncode == 0
    assert f"steadyhand rehab {command}" in ran.stdout
    assert "--json" in ran.stdout
