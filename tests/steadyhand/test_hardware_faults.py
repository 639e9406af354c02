"""`steadyhand hardware faults`: a tty with faults for as long as it runs, and what was injected at its end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hardware.emulation.devices import EmulatedBoard
from robotics.errors import ArgumentError, ConfigError, DeviceError
from steadyhand.commands import hardware_faults

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")

app = typer.Typer()
app.command()(hardware_faults.command)


def asked(*words: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output, done.exception


def test_it_runs_for_its_time_and_tells_what_was_injected(tmp_path: Path):
    link, told = tmp_path / "faulty", tmp_path / "told.json"
    with EmulatedBoard("native") as board:
        code, said, _ = asked(
            board.path, "--link", str(link), "--fault", "babble", "--bytes-s", "2000", "--direction", "to_board",
            "--seconds", "0.5", "--json", str(told),
        )  # fmt: skip
    assert code == 0, said
    assert not link.is_symlink()
    struck = json.loads(told.read_text())["injected"]
    assert struck["to_board"][0] > 100
    assert struck["from_board"] == [0]
    assert f"babble: {struck['to_board'][0]} to the board, 0 from it." in said


def test_a_plan_of_several_faults_is_a_file(tmp_path: Path):
    plan = tmp_path / "bad_cable.toml"
    plan.write_text(
        'seed = 1\n[[faults]]\nkind = "flip"\nrate = 0.01\n[[faults]]\nkind = "cut"\nat_s = 0.1\nfor_s = 0.1\n'
    )
    with EmulatedBoard("native") as board:
        code, said, _ = asked(board.path, "--link", str(tmp_path / "faulty"), "--plan", str(plan), "--seconds", "0.2")
    assert code == 0, said
    assert "flip:" in said
    assert "cut:" in said


@pytest.mark.parametrize(("words", "kind", "said"), [
    ((), ArgumentError, "--fault or --plan"),
    (("--fault", "explode"), ConfigError, "explode"),
    (("--fault", "stall"), ConfigError, "has an end"),
    (("--fault", "flip"), DeviceError, "no such port"),
])  # fmt: skip
def test_what_cannot_be_is_refused(tmp_path: Path, words: tuple[str, ...], kind: type[Exception], said: str):
    _, _, error = asked(str(tmp_path / "none"), "--link", str(tmp_path / "faulty"), *words)
    assert isinstance(error, kind)
    assert said in str(error)
