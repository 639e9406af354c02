"""What belongs to a person: pseudonyms only, and nobody else may read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from robotics.errors import ArgumentError
from steadyhand.commands import train
from steadyhand.people import check_name, check_room, folder_of, write_private


@pytest.mark.parametrize("name", ["p07", "left-hand_2", "a"])
def test_pseudonyms_pass(name):
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "Jane Doe", "Jane", "../p07", "p/7", "7p", "jane@clinic.org", "p" * 33, "p07\n"])
def test_what_may_be_a_name_or_a_path_is_refused(name):
    with pytest.raises(ArgumentError, match="pseudonym"):
        check_name(name)


def test_files_are_their_owners_alone_and_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = os.umask(0)
    try:
        folder = folder_of("p07")
        write_private(folder / "filter.toml", b"one")
        write_private(folder / "filter.toml", b"two")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "filter.toml").stat().st_mode) == 0o600
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("filter.toml", b"two")]


def test_where_nothing_can_be_written_is_known_before_a_search(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_room("p07", None)
    check_room("p07", tmp_path / "x.toml")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ArgumentError, match="no folder that takes files"):
        check_room("p07", tmp_path / "nowhere" / "x.toml")
    (tmp_path / "people").write_text("a file")
    with pytest.raises(ArgumentError, match="no folder that takes files"):
        check_room("p07", None)


@pytest.mark.parametrize(("hand", "entered"), [("expert", None), ("idle", None), ("gamepad", "p07")])
def test_what_nobody_did_is_not_entered_as_a_persons(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hand: str, entered: str | None
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(train.run, "command", lambda **order: asked.append(order))
    for _ in range(2):
        train.command("needle_reach", input_name=hand, person="p07", sessions=tmp_path)
    assert [order["person"] for order in asked] == [entered] * 2
    assert asked[0]["seed"] != asked[1]["seed"], "a scene of one in a hundred thousand came twice"
    train.command("needle_reach", input_name=hand, seed=5, sessions=tmp_path)
    assert asked[2]["seed"] == 5
