"""Running sessions are found by name; what is dead is not found, and the choices are listed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from robotics.errors import ArgumentError, DeviceError, MissingFileError, UnknownNameError
from vr_training.records.session import create
from vr_training.stream.endpoints import announce, find_live, ipc_endpoints, remove_sockets, runtime_folder, withdraw


def run_session(root: Path, task: str, pid: int) -> str:
    session = create(task, root)
    endpoints = ipc_endpoints(session.name, pid)
    announce(session.folder, endpoints)
    remove_sockets(endpoints)
    return session.name


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(20)
    return process.pid


def test_the_only_running_session_needs_no_name(tmp_path: Path) -> None:
    run_session(tmp_path, "dead", dead_process())
    create("finished", tmp_path)
    name = run_session(tmp_path, "alive", os.getpid())
    assert find_live(tmp_path).session == name
    assert find_live(tmp_path, "newest").session == name


def test_several_are_told_apart_by_name_and_listed_in_errors(tmp_path: Path) -> None:
    one, two = run_session(tmp_path, "one", os.getpid()), run_session(tmp_path, "two", os.getpid())
    dead = run_session(tmp_path, "dead", dead_process())
    assert find_live(tmp_path, two).session == two
    assert find_live(tmp_path, one[:-1]).session == one
    with pytest.raises(ArgumentError, match=f"{one}, {two}"):
        find_live(tmp_path)
    for name in (dead, "nothing", one[:8]):
        with pytest.raises(UnknownNameError, match=f"{one}, {two}"):
            find_live(tmp_path, name)


def test_where_nothing_runs_the_error_says_how_to_start(tmp_path: Path) -> None:
    run_session(tmp_path, "dead", dead_process())
    with pytest.raises(MissingFileError, match="steadyhand run"):
        find_live(tmp_path)


def test_a_damaged_file_is_passed_over_and_a_withdrawn_one_gone(tmp_path: Path) -> None:
    session = create("damaged", tmp_path)
    session.live.write_text("{")
    name = run_session(tmp_path, "alive", os.getpid())
    assert find_live(tmp_path).session == name
    withdraw(tmp_path / name)
    withdraw(tmp_path / name)
    with pytest.raises(MissingFileError):
        find_live(tmp_path)


def test_sockets_lie_where_only_their_user_can_reach_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path) if len(str(tmp_path)) < 60 else "/nowhere")
    folder = runtime_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    endpoints = ipc_endpoints("s")
    path = Path(endpoints.command.removeprefix("ipc://"))
    assert path.parent.parent == folder
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(str(path)) < 107
    remove_sockets(endpoints)
    assert not path.parent.exists()


def test_a_runtime_folder_that_others_may_enter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        (Path(base) / "steadyhand").mkdir(mode=0o700)
        (Path(base) / "steadyhand").chmod(0o755)
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        with pytest.raises(DeviceError, match="0700"):
            runtime_folder()


def test_the_sockets_of_a_killed_process_are_swept_up_and_those_of_a_live_one_are_not() -> None:
    mine = Path(ipc_endpoints("mine").state.removeprefix("ipc://")).parent
    left = runtime_folder() / f"{dead_process()}-abc"
    left.mkdir()
    (left / "state").touch()
    remove_sockets(ipc_endpoints("another"))
    assert mine.is_dir()
    assert not left.exists()
    mine.rmdir()


def test_removing_sockets_touches_no_file_of_anybody_else(tmp_path: Path) -> None:
    import msgspec

    endpoints = ipc_endpoints("s")
    remove_sockets(endpoints)
    mine = tmp_path / "mine"
    mine.write_text("keep")
    remove_sockets(msgspec.structs.replace(endpoints, state=f"ipc://{tmp_path}/state"))
    assert mine.read_text() == "keep"
