"""Where results go: whole files, links and pipes, and a refusal before a run instead of after it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from robotics.errors import ArgumentError
from steadyhand.commands.output import check_writable, write_json


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "real.json", tmp_path / "link.json"
    file.write_text("old, and longer than what is written now")
    link.symlink_to(file)
    check_writable(link)
    write_json(link, {"a": 1})
    assert link.is_symlink()
    assert json.loads(file.read_text()) == {"a": 1}


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_writable(pipe)
        write_json(pipe, [1, 2])
        assert json.loads(os.read(reader, 4096)) == [1, 2]
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    check_writable(tmp_path / "new.json")
    assert list(tmp_path.iterdir()) == []
    write_json(tmp_path / "new.json", {"b": None})
    assert [path.name for path in tmp_path.iterdir()] == ["new.json"]


@pytest.mark.parametrize("target", [".", "no/such/folder/x.json", "/proc/steadyhand.json"])
def test_where_no_file_can_be_written_that_is_said_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match=f"--json {target}"):
        check_writable(Path(target))
