"""A hub in its own process costs the loop nothing when it dies, and the recording little; it ends in good order."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hub_in_child import HubJob, HubProcess
from two_arm_scene import LAYOUT, make_info, make_scene
from waiting import newest

from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import sweep, unique_name
from robotics.errors import DeviceError
from vr_training.records.reader import Recording
from vr_training.stream.client import StreamClient

WRITER = """
import sys, time
from control.mailbox import Mailbox
from control.ring import TickRing
ring, mailbox, count, period = TickRing.attach(sys.argv[1]), Mailbox.attach(sys.argv[2]), int(sys.argv[3]), 1e-3
import numpy as np
record = np.zeros(1, ring.dtype)
due = time.monotonic()
for i in range(count):
    record["sequence"], record["time"] = i, i * period
    ring.write(record)
    if i % 100 == 0:
        print(i, flush=True)
    due += period
    time.sleep(max(0.0, due - time.monotonic()))
    if mailbox.quit_requested:
        break
ring.close()
print("done", ring.written, flush=True)
"""


@contextlib.contextmanager
def processes(tmp_path: Path, count: int, capacity: int = 8192, lossless: bool = False):  # type: ignore[no-untyped-def]
    """A writing process and a hub process, as in a real run."""
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, capacity, lossless) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
    ):
        job = HubJob(
            ring.name,
            mailbox.name,
            make_scene(),
            recording=tmp_path / "recording.mcap",
            info=make_info(),
            folder=tmp_path,
        )
        with HubProcess(job) as hub:
            command = [sys.executable, "-c", WRITER, ring.name, mailbox.name, str(count)]
            writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                yield ring, writer, hub
            finally:
                writer.kill()
                writer.wait(10)


def wait_for_tick(writer: subprocess.Popen[str], tick: int) -> None:
    assert writer.stdout is not None
    while int(writer.stdout.readline()) < tick:
        pass


def test_a_whole_run_is_recorded_tick_by_tick_and_its_hub_ends_by_itself(tmp_path: Path) -> None:
    with processes(tmp_path, 1500) as (_, writer, hub):
        wait_for_tick(writer, 200)
        assert hub.endpoints is not None
        with StreamClient(hub.endpoints) as client:
            assert newest(client, lambda state: state.sequence >= 200).running
        told: list[float] = []
        report = hub.wait(60, told.append)
        assert writer.wait(10) == 0
        assert not hub.runs
    assert report.problem == ""
    assert (report.ticks, report.recorded, report.dropped) == (1500, 1500, 0)
    assert told[-1] == 1.0
    recording = Recording.open(tmp_path)
    assert recording.ticks["sequence"].tolist() == list(range(1500))
    assert recording.complete
    assert recording.chain.intact
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recording.mcap"]
    assert not Path(hub.endpoints.state.removeprefix("ipc://")).parent.exists()


def test_a_hub_killed_in_the_middle_costs_the_writer_nothing_and_the_recording_fifty_ticks_at_most(
    tmp_path: Path,
) -> None:
    with processes(tmp_path, 1500) as (ring, writer, hub):
        wait_for_tick(writer, 700)
        hub.kill()
        at_death = ring.written
        assert "died" in hub.wait(10).problem
        assert writer.stdout is not None
        assert writer.stdout.read().splitlines()[-1] == "done 1500"
        assert writer.wait(10) == 0
        taken = ring.written - ring.backlog
    recording = Recording.open(tmp_path)
    assert not recording.complete
    assert recording.chain.intact
    assert recording.ticks["sequence"].tolist() == list(range(len(recording.ticks)))
    assert taken - 50 <= len(recording.ticks) <= at_death
    assert len(recording.ticks) >= 600


def test_a_lossless_run_is_recorded_whole_however_small_the_ring(tmp_path: Path) -> None:
    with processes(tmp_path, 600, capacity=8, lossless=True) as (ring, _, hub):
        report = hub.wait(60)
        assert (report.ticks, report.dropped) == (600, 0)
        assert ring.skipped == 0
    assert len(Recording.open(tmp_path).ticks) == 600


def test_an_interrupt_ends_the_run_in_good_order(tmp_path: Path) -> None:
    with processes(tmp_path, 30_000) as (ring, writer, hub):
        wait_for_tick(writer, 200)
        os.kill(hub.pid, signal.SIGINT)
        report = hub.wait(60)
        assert writer.wait(10) == 0
        assert ring.closed
    assert report.problem == ""
    assert report.recorded == ring.written < 30_000
    assert Recording.open(tmp_path).complete


def test_a_terminated_hub_closes_its_recording_and_leaves_the_run_alone(tmp_path: Path) -> None:
    with processes(tmp_path, 30_000) as (ring, writer, hub):
        wait_for_tick(writer, 200)
        os.kill(hub.pid, signal.SIGTERM)
        report = hub.wait(60)
        assert report.problem == ""
        wait_for_tick(writer, ring.written // 100 * 100)
        assert writer.poll() is None
    assert Recording.open(tmp_path).complete
    assert not (tmp_path / "live.json").exists()


def test_a_terminated_hub_leaves_a_lossless_writer_that_never_pauses(tmp_path: Path) -> None:
    with processes(tmp_path, 2_000, capacity=16, lossless=True) as (ring, writer, hub):
        wait_for_tick(writer, 100)
        os.kill(hub.pid, signal.SIGTERM)
        report = hub.wait(60)
        assert report.problem == ""
        assert writer.wait(60) == 0
        assert ring.written == 2_000
        assert report.ticks + ring.skipped >= 2_000 - ring.capacity
    assert Recording.open(tmp_path).complete


def test_a_hub_whose_control_process_died_says_so_and_closes(tmp_path: Path) -> None:
    code = """
import sys, time
from control.mailbox import Mailbox
from control.ring import TickRing
sys.path.insert(0, sys.argv[1])
from hub_in_child import HubJob, HubProcess
from two_arm_scene import LAYOUT, make_tick
from control.shared import unique_name
ring, mailbox = TickRing.create(unique_name("test-ring"), LAYOUT, 64), Mailbox.create(unique_name("test-mailbox"))
ring.write(make_tick(0))
print(ring.name, mailbox.name, flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    control = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert control.stdout is not None
    names = control.stdout.readline().split()
    try:
        job = HubJob(*names, make_scene(), recording=tmp_path / "recording.mcap", info=make_info(), folder=tmp_path)
        with HubProcess(job) as hub:
            control.kill()
            report = hub.wait(30)
        assert "without closing" in report.problem
        assert Recording.open(tmp_path).complete
    finally:
        control.kill()
        control.wait(10)
        sweep()


def test_a_hub_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    job = HubJob("no-such-ring", "no-such-mailbox", make_scene(), recording=tmp_path / "r.mcap", info=make_info())
    with pytest.raises(DeviceError, match="no shared memory 'no-such-ring'"):
        HubProcess(job).__enter__()
    assert list(tmp_path.iterdir()) == []
