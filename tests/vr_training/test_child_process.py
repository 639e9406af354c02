"""Child processes: what they say is heard, and they are ended within a bounded time, however stubborn they are."""

from __future__ import annotations

import os
import signal
import sys
import time
import types
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from robotics.errors import DeviceError
from vr_training.child_process import ChildProcess

START_S = 60.0


def echoing(word: str, pipe: Connection) -> None:
    try:
        while True:
            pipe.send((word, pipe.recv()))
    except EOFError:
        return


def stubborn(pipe: Connection) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe.send("deaf")
    while True:
        time.sleep(1.0)


def dying(pipe: Connection) -> None:
    pipe.recv()
    os._exit(3)


def telling_of_interrupts(pipe: Connection) -> None:
    pipe.send(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)


def test_a_child_answers_and_ends_once_its_pipe_is_closed() -> None:
    child = ChildProcess("the echo", echoing, "heard")
    try:
        assert child.exit_code is None
        child.send("hello")
        assert child.poll(START_S) == ("heard", "hello")
        assert child.poll() is None
    finally:
        child.end(START_S)
    assert child.exit_code == 0


def test_a_child_that_ends_neither_by_itself_nor_when_asked_is_ended_by_force() -> None:
    child = ChildProcess("the deaf one", stubborn)
    try:
        assert child.poll(START_S) == "deaf"
    finally:
        child.end(0.2)
    assert child.exit_code == -signal.SIGKILL


def test_a_child_that_dies_is_told_of_by_its_name_and_exit_code() -> None:
    child = ChildProcess("the mortal one", dying)
    try:
        child.send("now")
        with pytest.raises(DeviceError, match=r"the mortal one died \(exit code 3\)"):
            child.poll(START_S)
        with pytest.raises(DeviceError, match="the mortal one is gone"):
            child.send("still there?")
    finally:
        child.end()


def test_a_child_that_dies_while_it_imports_does_not_keep_its_parent_however_much_that_gave_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "deadly.py").write_text("import os\nos._exit(4)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    deadly = types.ModuleType("deadly")
    monkeypatch.setitem(sys.modules, "deadly", deadly)

    def body(_: bytes, pipe: Connection) -> None:
        raise AssertionError

    body.__module__, body.__qualname__ = "deadly", "body"
    deadly.body = body  # type: ignore[attr-defined]
    child = ChildProcess("the one that never was", body, bytes(5_000_000))
    try:
        with pytest.raises(DeviceError, match=r"the one that never was died \(exit code 4\)"):
            child.poll(START_S)
    finally:
        child.end()


def test_a_child_may_be_started_before_it_is_known_what_it_begins_with() -> None:
    child = ChildProcess("the echo", echoing, begins=False)
    try:
        child.begin("later")
        child.send("hello")
        assert child.poll(START_S) == ("later", "hello")
    finally:
        child.end(START_S)
    never = ChildProcess("the echo", echoing, begins=False)
    never.end(START_S)
    assert never.exit_code == 0


def test_a_child_leaves_ctrl_c_to_its_parent_who_keeps_his_own_answer_to_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    child = ChildProcess("the calm one", telling_of_interrupts)
    try:
        assert signal.getsignal(signal.SIGINT) is before
        assert child.poll(START_S) is True
    finally:
        child.end(START_S)
