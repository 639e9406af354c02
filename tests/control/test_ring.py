"""The ring of tick records: nothing is lost unseen, nothing is torn, and a dead reader costs the writer nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from control.layout import encode_layout
from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import SharedBlock, names, sweep, unique_name
from control.tick import TickLayout, tick_dtype
from robotics.errors import ArgumentError, InputFileError, MissingFileError

LAYOUT = TickLayout(arms=(("psm1", 6),), objects=("needle",), signals=("distance",))


def stamped(sequence: int) -> np.ndarray:
    """A record whose every word says its number, so that a torn copy shows."""
    record = np.zeros(1, tick_dtype(LAYOUT))
    record.view(np.int64)[:] = sequence
    return record


def whole(records: np.ndarray) -> bool:
    words = records.view(np.int64).reshape(len(records), -1)
    return bool(np.all(words == words[:, :1]))


@pytest.fixture
def ring() -> Iterator[TickRing]:
    with TickRing.create(unique_name("test-ring"), LAYOUT, capacity=8) as made:
        yield made


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_what_goes_in_comes_out_in_order_across_the_wrap(ring: TickRing) -> None:
    reader = TickRing.attach(ring.name)
    seen: list[int] = []
    for block in range(10):
        for i in range(5):
            ring.write(stamped(5 * block + i))
        records, missed = reader.read()
        assert missed == 0
        assert whole(records)
        seen += records["sequence"].tolist()
    assert seen == list(range(50))
    assert ring.backlog == 0


def test_a_record_is_taken_as_scalar_and_as_array_and_read_as_it_was_at_that_moment(ring: TickRing) -> None:
    record = stamped(1)
    ring.write(record)
    record["sequence"] = 2
    ring.write(record)
    ring.write(stamped(3)[0])
    records, _ = TickRing.attach(ring.name).read()
    assert records["sequence"].tolist() == [1, 2, 3]


def test_a_slow_reader_counts_exactly_what_it_missed(ring: TickRing) -> None:
    reader = TickRing.attach(ring.name)
    for i in range(100):
        ring.write(stamped(i))
    records, missed = reader.read()
    assert records["sequence"].tolist() == list(range(missed, 100))
    assert len(records) == ring.capacity - 1


def test_a_limit_leaves_the_rest_for_later(ring: TickRing) -> None:
    reader = TickRing.attach(ring.name)
    for i in range(6):
        ring.write(stamped(i))
    assert reader.read(4)[0]["sequence"].tolist() == [0, 1, 2, 3]
    assert reader.read(4)[0]["sequence"].tolist() == [4, 5]
    assert len(reader.read(4)[0]) == 0


def test_the_next_reader_goes_on_where_the_last_one_left_off(ring: TickRing) -> None:
    for i in range(6):
        ring.write(stamped(i))
    TickRing.attach(ring.name).read(4)
    assert TickRing.attach(ring.name).read()[0]["sequence"].tolist() == [4, 5]


def test_closing_is_seen_and_what_was_written_before_can_still_be_read(ring: TickRing) -> None:
    reader = TickRing.attach(ring.name)
    ring.write(stamped(0))
    assert not reader.closed
    ring.close()
    assert reader.closed
    assert len(reader.read()[0]) == 1


def test_a_record_of_another_layout_is_refused(ring: TickRing) -> None:
    with pytest.raises(ArgumentError):
        ring.write(np.zeros(1, tick_dtype(TickLayout(arms=(("psm1", 5),)))))


def test_a_name_is_taken_once_and_gone_at_the_end() -> None:
    name = unique_name("test-ring")
    with TickRing.create(name, LAYOUT, capacity=4):
        assert name in names()
        with pytest.raises(ArgumentError, match="exists already"):
            TickRing.create(name, LAYOUT, capacity=4)
    assert name not in names()
    with pytest.raises(MissingFileError, match=name):
        TickRing.attach(name)


def test_something_else_in_shared_memory_is_no_ring() -> None:
    with (
        SharedBlock.create(unique_name("test"), 4096) as block,
        pytest.raises(InputFileError, match="no tick ring"),
    ):
        TickRing.attach(block.name)
    with Mailbox.create(unique_name("test-mailbox")) as mailbox, pytest.raises(InputFileError, match="no tick ring"):
        TickRing.attach(mailbox.name)


def test_a_ring_of_other_records_is_refused_though_their_size_is_equal(ring: TickRing) -> None:
    other = encode_layout(LAYOUT).replace("distance", "sideways").replace("psm1", "psm2").encode()
    block = SharedBlock.attach(ring.name)
    block.put(512, other)
    with pytest.raises(InputFileError, match="another version"):
        TickRing.attach(ring.name)


READER = """
import sys, time
from control.ring import TickRing
ring = TickRing.attach(sys.argv[1])
print("ready", flush=True)
stop = time.monotonic() + 20
while time.monotonic() < stop and not ring.closed:
    ring.read(int(sys.argv[2]))
    time.sleep(0.001)
"""


def test_records_are_never_torn_while_another_process_writes_as_fast_as_it_can() -> None:
    code = """
import sys, time
import numpy as np
from control.ring import TickRing
ring = TickRing.attach(sys.argv[1])
record = np.zeros(1, ring.dtype)
words = record.view(np.int64)
for i in range(150_000):
    words[:] = i
    ring.write(record)
ring.close()
"""
    with TickRing.create(unique_name("test-ring"), LAYOUT, capacity=4) as ring:
        writer = start(code, ring.name)
        taken = missed = 0
        last = -1
        while not (ring.closed and ring.backlog == 0):
            records, lost = ring.read(4)
            missed += lost
            taken += len(records)
            if len(records):
                assert whole(records)
                sequence = records["sequence"].astype(np.int64)
                assert sequence[0] == last + 1 + lost
                assert np.all(np.diff(sequence) == 1)
                last = int(sequence[-1])
            else:
                last += lost
            assert writer.poll() in (None, 0)
        assert writer.wait(20) == 0
        assert taken + missed == 150_000
        assert missed > 0


def test_a_killed_reader_does_not_stop_the_writer_and_another_one_takes_over(ring: TickRing) -> None:
    reader = start(READER, ring.name, "100")
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    reader.kill()
    reader.wait(10)
    for i in range(1000):
        ring.write(stamped(i))
    assert ring.written == 1000
    assert ring.name in names()
    records, missed = TickRing.attach(ring.name).read()
    assert records["sequence"][-1] == 999
    assert missed + len(records) == 1000


def test_a_lossless_ring_loses_nothing_to_a_slow_reader() -> None:
    with TickRing.create(unique_name("test-ring"), LAYOUT, capacity=4, lossless=True) as ring:
        code = """
import sys
import numpy as np
from control.ring import TickRing
ring = TickRing.attach(sys.argv[1])
record = np.zeros(1, ring.dtype)
for i in range(2000):
    record["sequence"] = i
    ring.write(record)
ring.close()
"""
        writer = start(code, ring.name)
        seen: list[int] = []
        waited = False
        while not (ring.closed and ring.backlog == 0):
            waited = waited or ring.waiting
            records, missed = ring.read(3)
            assert missed == 0
            seen += records["sequence"].tolist()
            assert writer.poll() in (None, 0)
        assert seen == list(range(2000))
        assert waited
        assert writer.wait(20) == 0


def test_a_lossless_writer_passes_a_dead_reader_by_and_counts_it_and_waits_again_for_a_live_one() -> None:
    with TickRing.create(unique_name("test-ring"), LAYOUT, capacity=4, lossless=True, patience_s=0.05) as ring:
        for i in range(50):
            ring.write(stamped(i))
        assert ring.written == 50
        assert ring.skipped == 50 - 3
        reader = TickRing.attach(ring.name)
        records, missed = reader.read()
        assert missed == ring.skipped
        assert records["sequence"].tolist() == [47, 48, 49]
        ring.write(stamped(50))
        assert ring.skipped == 50 - 3
        assert reader.read()[0]["sequence"].tolist() == [50]


def test_a_lossless_writer_does_not_wait_for_a_reader_that_said_goodbye() -> None:
    with TickRing.create(unique_name("test-ring"), LAYOUT, capacity=4, lossless=True, patience_s=3600.0) as ring:
        reader = TickRing.attach(ring.name)
        reader.detach()
        for i in range(20):
            ring.write(stamped(i))
        assert ring.skipped == 20 - 3
        again = TickRing.attach(ring.name)
        assert again.read()[1] == ring.skipped
        ring.write(stamped(20))
        assert again.read()[0]["sequence"].tolist() == [20]


def test_the_end_of_the_writing_process_is_noticed_and_its_memory_swept_up() -> None:
    code = """
import sys, time
from control.ring import TickRing
from control.shared import unique_name
from control.tick import TickLayout
ring = TickRing.create(unique_name("test-orphan"), TickLayout(arms=(("a", 2),)), 4)
print(ring.name, flush=True)
time.sleep(20)
"""
    writer = start(code)
    assert writer.stdout is not None
    name = writer.stdout.readline().strip()
    ring = TickRing.attach(name)
    assert ring.writer_runs
    assert name not in sweep()
    writer.kill()
    deadline = time.monotonic() + 10
    while ring.writer_runs and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not ring.writer_runs  # although nobody has waited for it yet
    writer.wait(10)
    assert name in sweep()
    assert name not in names()
