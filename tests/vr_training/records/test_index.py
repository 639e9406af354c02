"""The index of sessions: whole after crashes, open to many writers, the same when built anew."""

from __future__ import annotations

import multiprocessing as mp
import os
import sqlite3
import stat

import msgspec
import pytest

from robotics.errors import InputFileError
from tests.vr_training.progress.conftest import attempt
from vr_training.records.attempt import from_results
from vr_training.records.index import FILE_NAME, VERSION, SessionIndex
from vr_training.records.session import Session


def results(**changes):
    return {
        "task": "needle_reach",
        "level": 1,
        "person": None,
        "input": "expert",
        "seed": 7,
        "success": True,
        "points": 99.5,
        "filter": "default",
        "rig": "psm_over_tissue",
        "digest": "ab",
        "scores": {"time": 5.9, "sparc": -1.4, "final_error": None},
        **changes,
    }


def folder(root, name, data=None):
    session = Session(root / name)
    session.folder.mkdir(parents=True)
    if data is not None:
        session.write_results(data)
    return session


def test_what_is_entered_is_read_back(tmp_path):
    tries = [attempt(0), attempt(1, person=None, points=None, success=False), attempt(2, lesson="needle_pick")]
    with SessionIndex(tmp_path) as index:
        for each in reversed(tries):
            index.enter(each)
        assert index.attempts() == tuple(tries)
        assert index.attempts(lesson="needle_pick") == (tries[2],)
        assert index.attempts(person="p07") == (tries[0], tries[2])
        assert index.attempts(person="p08") == ()


def test_a_session_that_is_entered_again_replaces_itself(tmp_path):
    with SessionIndex(tmp_path) as index:
        index.enter(attempt(0, measures={"time": 1.0, "drops": 2.0}))
        index.enter(attempt(0, measures={"time": 3.0}))
        assert [each.measures for each in index.attempts()] == [{"time": 3.0}]


def test_building_anew_gives_the_same(tmp_path):
    names = [f"20260101-12000{i}-needle_reach" for i in range(3)] + ["20260101-120002-needle_reach-2"]
    for i, name in enumerate(names):
        data = results(seed=i, person="p07" if i else None)
        session = folder(tmp_path, name, data)
        with SessionIndex(tmp_path) as index:
            index.enter(from_results(session.name, data))
    with SessionIndex(tmp_path) as index:
        before = index.attempts()
        assert [each.session for each in before] == names
        assert index.rebuild() == len(names)
        assert index.attempts() == before
    (tmp_path / FILE_NAME).unlink()
    with SessionIndex(tmp_path) as index:
        assert index.attempts() == before
    assert before[0].measures == {"time": 5.9, "sparc": -1.4}
    assert before[0].started == "2026-01-01T12:00:00"


def test_sessions_that_were_not_scored_are_left_out(tmp_path):
    folder(tmp_path, "20260101-120000-needle_reach")
    folder(tmp_path, "20260101-120001-needle_reach", {"task": "needle_reach"})
    folder(tmp_path, "20260101-120002-needle_reach", results())
    folder(tmp_path, "20260101-120003-needle_reach").results.write_text("{")
    with SessionIndex(tmp_path) as index:
        assert [each.session for each in index.attempts()] == ["20260101-120002-needle_reach"]


def test_an_index_of_an_older_version_is_built_anew_and_a_newer_one_is_left_alone(tmp_path):
    folder(tmp_path, "20260101-120000-needle_reach", results())
    base = sqlite3.connect(tmp_path / FILE_NAME)
    base.execute("CREATE TABLE attempts (session TEXT)")
    base.commit()
    with SessionIndex(tmp_path) as index:
        assert len(index.attempts()) == 1
    base.execute(f"PRAGMA user_version = {VERSION + 1}")
    base.close()
    with pytest.raises(InputFileError, match="newer"), SessionIndex(tmp_path):
        pass


def test_what_is_no_index_is_refused_with_the_way_out(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"not a database, and long enough to be read as one" * 100)
    with pytest.raises(InputFileError, match="delete it"), SessionIndex(tmp_path):
        pass


def test_only_its_owner_may_read_it(tmp_path):
    before = os.umask(0)
    try:
        with SessionIndex(tmp_path) as index:
            index.enter(attempt(0))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_writer_that_dies_within_an_entry_leaves_nothing_of_it(tmp_path):
    with SessionIndex(tmp_path) as index:
        index.enter(attempt(0))
        with pytest.raises(InputFileError):
            index.enter(msgspec.structs.replace(attempt(1), measures={"time": None}))  # fails after its first row
        assert [each.seed for each in index.attempts()] == [0]


def _enter_many(root, person, start):
    start.wait()
    for number in range(10):
        with SessionIndex(root) as index:
            index.enter(attempt(number, person=person, session=f"20260101-1200{number:02d}-{person}"))


def test_many_writers_at_once_lose_nothing(tmp_path):
    context = mp.get_context("spawn")
    start = context.Event()
    people = ("p01", "p02", "p03")
    writers = [context.Process(target=_enter_many, args=(tmp_path, person, start)) for person in people]
    for writer in writers:
        writer.start()
    start.set()
    for writer in writers:
        writer.join(200.0)
        assert writer.exitcode == 0
    with SessionIndex(tmp_path) as index:
        assert len(index.attempts()) == 30
        assert all(len(index.attempts(person=person)) == 10 for person in people)


def test_whoever_finds_an_old_index_at_the_same_time_as_another_drops_nothing_that_was_entered_since(tmp_path):
    with SessionIndex(tmp_path) as first, SessionIndex(tmp_path) as second:
        first.enter(attempt(0))
        # Both had read the old version before either brought it up to date: the second comes to its turn only now.
        assert second._in_one(second._from_folders(), afresh=True, unless_done=True) == 0
        assert [each.seed for each in second.attempts()] == [0]


def test_whoever_asks_where_no_sessions_are_leaves_nothing_behind(tmp_path):
    with SessionIndex(tmp_path / "none") as index:
        assert index.attempts() == ()
    assert not list(tmp_path.iterdir())
