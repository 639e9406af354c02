"""`steadyhand tremor`: filters side by side on anyone's recording, and a preset of one's own, from the command line."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from control.filters import create
from control.tremor.real import RECORDINGS_ENV, own_recordings
from tests.steadyhand import program
from tests.steadyhand.in_process import ask

ROOT = Path(__file__).parents[2]
REAL = own_recordings()
FIGURES = {"attenuation_db", "hold_db", "error_ratio", "delay_ms", "trusted_percent"}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "steadyhand.cli", "tremor", *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "160"}


def tremor(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return program.ask("tremor", *words, cwd=cwd, environment={"COLUMNS": "160"})


def hand(path: Path, amplitude_mm: float = 0.15, seconds: float = 16.0) -> Path:
    """Positions of a hand that wanders and trembles at 8 Hz, its amplitude waxing and waning."""
    t = np.arange(0.0, seconds, 0.005)
    swell = amplitude_mm * (1.0 + 0.3 * np.sin(0.9 * t))
    shake = [swell * np.sin(2 * np.pi * 8.0 * t + phase) for phase in (0.0, 1.0, 2.5)]
    rows = np.column_stack([t, *shake]) + np.outer(np.sin(0.7 * t), (0.0, 15.0, 8.0, 4.0))
    np.savetxt(path, rows, delimiter=",", header="time_s,x_mm,y_mm,z_mm", comments="")
    return path


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_recording_of_ones_own_is_evaluated_said_and_drawn(tmp_path: Path) -> None:
    hand(tmp_path / "hand.csv")
    ran = tremor(
        "evaluate", "hand.csv", "--filters", "kalman,butterworth", "--lag", "20", "--seeds", "2", "--out", "pictures",
        "--json", "scores.json", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    said = one_line(ran.stdout)
    for words in (
        "hand.csv 16.0 s of positions at 200 Hz",
        "tremor at 8.0 Hz",
        "surgical motion and presets",
        "second half",
    ):
        assert words in said
    data = json.loads((tmp_path / "scores.json").read_text())
    (recording,) = data["recordings"]
    assert recording["scale"] == "surgical"
    assert recording["tremor_rms_m"] == pytest.approx(0.15e-3 * np.sqrt(0.5 * (1 + 0.5 * 0.3**2)), rel=0.1)
    (scale,) = data["scales"]
    rows = {row["filter"]: row for row in scale["filters"]}
    assert list(rows) == ["kalman", "kalman +20 ms", "butterworth"]
    assert set(rows["kalman"]) >= FIGURES
    assert rows["kalman"]["attenuation_db"]["mean"] > 3.0
    assert rows["kalman +20 ms"]["attenuation_db"]["mean"] > rows["kalman"]["attenuation_db"]["mean"]
    assert rows["butterworth"]["delay_ms"]["mean"] > 20.0
    best = max(rows.values(), key=lambda row: row["attenuation_db"]["mean"])
    assert f"*{best['attenuation_db']['mean']:.1f}" in said
    assert len(scale["records"]) == 2 * 3
    names = ("surgical_spectra.png", "surgical_reach.png", "surgical_hold.png")
    assert all((tmp_path / "pictures" / name).stat().st_size > 10_000 for name in names)


def test_a_large_tremor_is_met_with_rehabilitation_presets(tmp_path: Path) -> None:
    hand(tmp_path / "hand.csv", amplitude_mm=2.0)
    ran = tremor("evaluate", "hand.csv", "--seeds", "1", "--json", "-", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    (scale,) = json.loads(ran.stdout)["scales"]
    names = {row["filter"] for row in scale["filters"]}
    assert {"kalman_rehab", "none"} <= names
    assert "kalman" not in names
    assert "rehabilitation motion and presets" in one_line(ran.stderr)


def test_without_a_recording_made_up_hands_of_both_scales_are_evaluated(tmp_path: Path) -> None:
    ran = tremor("evaluate", "--filters", "none,butterworth", "--seeds", "2", "--json", "scores.json", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    scales = json.loads((tmp_path / "scores.json").read_text())["scales"]
    assert [scale["scale"] for scale in scales] == ["surgical", "rehab"]
    for scale in scales:
        nothing = next(row for row in scale["filters"] if row["filter"] == "none")
        assert nothing["error_ratio"]["mean"] == pytest.approx(1.0)
        assert nothing["attenuation_db"]["mean"] == pytest.approx(0.0, abs=1e-9)


BAD = {
    "missing": (("evaluate", "nowhere.csv"), "nowhere.csv"),
    "prose": (("evaluate", "prose.csv"), "no table of numbers"),
    "short": (("evaluate", "short.csv"), "too short"),
    "unit": (("evaluate", "hand.csv", "--units", "s,furlong"), "m/s2"),
    "filter": (("evaluate", "hand.csv", "--filters", "kalmann"), "kalman"),
    "lag": (("evaluate", "hand.csv", "--filters", "kalman", "--lag", "900"), "must lie in"),
    "seeds": (("evaluate", "--seeds", "0"), "at least 1"),
    "json": (("evaluate", "hand.csv", "--json", "no/such/x.json"), "no/such"),
    "no name": (("tune", "hand.csv"), "--name"),
    "real name": (("tune", "hand.csv", "--name", "Jane Doe"), "pseudonym"),
    "nothing to tune": (("tune", "hand.csv", "--name", "p07", "--filter", "none"), "no numbers to tune"),
    "tune missing": (("tune", "nowhere.csv", "--name", "p07", "--filter", "kalman"), "nowhere.csv"),
    "still": (("tune", "still.csv", "--name", "p07", "--filter", "kalman"), "nothing to fit"),
    "budget": (("tune", "hand.csv", "--name", "p07", "--seconds", "0"), "--seconds"),
    "suffix": (("tune", "hand.csv", "--name", "p07", "--out", "x.txt"), ".toml"),
    "input": (("tune", "--name", "p07", "--filter", "kalman", "--input", "telepathy"), "scripted"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_done_is_one_clear_message_exit_code_two_and_leaves_nothing_behind(
    tmp_path: Path, case: str
) -> None:
    words, said = BAD[case]
    hand(tmp_path / "hand.csv")
    hand(tmp_path / "short.csv", seconds=4.0)
    hand(tmp_path / "still.csv", amplitude_mm=0.001)
    (tmp_path / "prose.csv").write_text("Dear doctor,\nmy hand trembles.\n")
    there = set(tmp_path.iterdir())
    ran = ask("tremor", *words, cwd=tmp_path)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert said in one_line(ran.stderr)
    assert "Traceback" not in ran.stderr
    assert set(tmp_path.iterdir()) == there


def test_a_filter_is_fitted_to_a_recording_and_its_preset_is_the_persons_alone(tmp_path: Path) -> None:
    hand(tmp_path / "hand.csv")
    ran = tremor(
        "tune", "hand.csv", "--name", "p07", "--filter", "one_euro", "--seconds", "15", "--json", "gain.json",
        cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    data = json.loads((tmp_path / "gain.json").read_text())
    assert data["accepted"] is True
    assert data["worth_db"]["gained"]["mean"] > 0.5
    assert data["figures"]["error_ratio"]["after"]["mean"] <= 1.02 * data["figures"]["error_ratio"]["before"]["mean"]
    folder = tmp_path / "people" / "p07"
    preset = folder / "filter.toml"
    assert {path.name for path in folder.iterdir()} == {"filter.toml", "filter.png"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert create(str(preset), 1000.0, 3).update(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    said = one_line(ran.stdout)
    assert "steadyhand run needle_reach --filter people/p07/filter.toml" in said
    assert "95 % interval" in said
    changed = {change["field"] for change in data["changed"]}
    assert changed
    assert changed <= {"min_cutoff_hz", "beta_hz_s_per_m", "derivative_cutoff_hz"}
    again = tremor(
        "evaluate", "hand.csv", "--filters", f"one_euro,{preset}", "--seeds", "3", "--json", "-", cwd=tmp_path
    )
    before, after = json.loads(again.stdout)["scales"][0]["filters"]
    assert after["error_ratio"]["mean"] < before["error_ratio"]["mean"]


def test_ctrl_c_ends_the_search_with_the_best_so_far(tmp_path: Path) -> None:
    hand(tmp_path / "hand.csv")
    words = command(
        "tune", "hand.csv", "--name", "p07", "--filter", "ebmflc_kalman", "--seconds", "200", "--out", "mine.toml"
    )
    with (tmp_path / "said.txt").open("wb") as out:
        process = subprocess.Popen(
            words, cwd=tmp_path, env=environment(), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            end = time.monotonic() + 60.0
            while len(psutil.Process(process.pid).children(recursive=True)) < 2 and time.monotonic() < end:
                time.sleep(0.2)
            time.sleep(8.0)  # the workers load, and some settings are tried
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everyone in the group
            code = process.wait(60.0)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    said = one_line((tmp_path / "said.txt").read_text())
    assert code == 0, said
    assert "stopped by Ctrl-C" in said
    assert "Traceback" not in said
    assert (tmp_path / "mine.toml").exists() == ("Preset mine.toml" in said)


@pytest.mark.slow
def test_a_guided_calibration_needs_no_recording(tmp_path: Path) -> None:
    ran = tremor(
        "tune", "--name", "p08", "--input", "scripted", "--filter", "kalman", "--seconds", "8", "--json", "gain.json",
        cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    said = one_line(ran.stdout)
    assert "from hold and rest: surgical presets" in said
    data = json.loads((tmp_path / "gain.json").read_text())
    assert data["tried"] > 1
    assert data["figures"]["attenuation_db"]["before"]["count"] == 9
    (session,) = (tmp_path / "sessions").iterdir()
    assert (session / "recording.mcap").stat().st_size > 1_000_000
    assert (tmp_path / "people").exists() == data["accepted"]


@pytest.mark.parametrize("name", ["evaluate", "tune"])
def test_each_command_teaches_itself(tmp_path: Path, name: str) -> None:
    ran = ask("tremor", name, "--help", cwd=tmp_path)
    assert ran.returncode == 0
    assert f"steadyhand tremor {name}" in ran.stdout
    assert "--json" in ran.stdout


@pytest.mark.skipif(REAL is None, reason=f"no recordings of real tremor; name a folder of them in {RECORDINGS_ENV}")
def test_real_tremor_is_evaluated(tmp_path: Path) -> None:
    files = sorted(REAL.glob("*.csv"))
    ran = tremor("evaluate", *files, "--filters", "none,kalman", "--seeds", "1", "--json", "-", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    data = json.loads(ran.stdout)
    assert [Path(found["file"]).name for found in data["recordings"]] == [path.name for path in files]
    assert all(3.0 <= found["tremor_hz"] <= 15.0 for found in data["recordings"])
    assert sum(len(scale["records"]) for scale in data["scales"]) == 2 * len(files)
