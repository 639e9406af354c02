"""Session folders: each run gets its own, and is found again by any name that means only one."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from robotics.errors import ArgumentError, MissingFileError, UnknownNameError
from vr_training.records.session import SESSIONS_VARIABLE, create, resolve, sessions, sessions_folder

NOON = time.strptime("20260102-120000", "%Y%m%d-%H%M%S")
LATER = time.strptime("20260102-130000", "%Y%m%d-%H%M%S")


def test_sessions_of_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: create("needle_reach", tmp_path, NOON).name, range(12)))
    assert len(set(made)) == 12
    assert {"20260102-120000-needle_reach", "20260102-120000-needle_reach-12"} <= set(made)
    assert sessions(tmp_path)[-1].name == "20260102-120000-needle_reach-12"


def test_a_session_is_found_by_every_name_it_has(tmp_path: Path) -> None:
    first, second = create("needle_reach", tmp_path, NOON), create("ring_walk", tmp_path, LATER)
    second.recording.write_bytes(b"")
    for name in (second.name, "20260102-13", "newest", "ring_walk", str(second.folder), str(second.recording)):
        assert resolve(name, tmp_path) == second
    assert resolve("needle_reach", tmp_path) == first
    third = create("needle_reach", tmp_path, LATER)
    assert resolve("needle_reach", tmp_path) == third


@pytest.mark.parametrize("name", ["2026", "nothing", "", "/nowhere/at/all", "../"])
def test_a_name_that_means_none_or_several_lists_the_choices(name: str, tmp_path: Path) -> None:
    create("needle_reach", tmp_path, NOON)
    create("ring_walk", tmp_path, NOON)
    with pytest.raises(UnknownNameError, match="20260102-120000-needle_reach, 20260102-120000-ring_walk"):
        resolve(name, tmp_path)


def test_where_nothing_was_run_yet_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="none there"):
        resolve("newest", tmp_path / "not_made")


def test_a_task_whose_name_no_folder_can_have_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    for task in ("../up", "Needle", "", "a-b", "a/b"):
        with pytest.raises(ArgumentError):
            create(task, tmp_path / "sessions")
    assert not (tmp_path / "sessions").exists()


@pytest.mark.parametrize("inside", [False, True])
def test_where_no_folder_can_be_made_the_error_says_where_and_why(inside: bool, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    root = taken / "sessions" if inside else taken
    with pytest.raises(ArgumentError, match=f"{root}: {'Not a directory' if inside else 'File exists'}"):
        create("needle_reach", root, NOON)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_folder_of_all_sessions_is_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(SESSIONS_VARIABLE, str(tmp_path / "elsewhere"))
    assert sessions_folder() == tmp_path / "elsewhere"
    assert create("needle_reach").folder.parent == tmp_path / "elsewhere"
    monkeypatch.delenv(SESSIONS_VARIABLE)
    assert sessions_folder() == Path("sessions")


def test_results_are_written_whole_and_read_back(tmp_path: Path) -> None:
    session = create("needle_reach", tmp_path, NOON)
    with pytest.raises(MissingFileError, match="good order"):
        session.read_results()
    session.write_results({"success": True, "scores": {"time": 3.5}})
    assert session.read_results() == {"success": True, "scores": {"time": 3.5}}
    with pytest.raises(TypeError):
        session.write_results({"success": object()})
    assert session.read_results()["success"] is True
    assert [path.name for path in session.folder.iterdir()] == ["session.json"]
    session.discard()
    assert not session.folder.exists()
