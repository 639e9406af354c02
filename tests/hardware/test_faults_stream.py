"""Faults of one way of a line: each strikes as it says, counts what it struck, and comes again bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.faults.plan import DIRECTIONS, KINDS, FaultConfig, FaultPlan
from hardware.faults.resampled import resampled
from hardware.faults.stages import PATIENCE_US, STAGES
from hardware.faults.stream import FaultyStream
from hardware.joint_board.frame import Receiver, encode
from hardware.joint_board.messages import Ping
from robotics.config import decode
from robotics.errors import ConfigError

NEEDED: dict[str, dict[str, object]] = {
    "delay": {"delay_s": 0.003, "jitter_s": 0.004},
    "stall": {"for_s": 0.02},
    "replug": {"for_s": 0.02},
    "babble": {"bytes_s": 2000.0},
    "baud": {"baud_ratio": 2.0},
}


def fault(kind: str, **more: object) -> FaultConfig:
    return FaultConfig(kind=kind, **{**NEEDED.get(kind, {}), **more})  # type: ignore[arg-type]


def plan(*faults: FaultConfig, seed: int = 1) -> FaultPlan:
    return FaultPlan(seed=seed, faults=faults)


def pieces(count: int, begin: int = 0) -> list[bytes]:
    """Pieces that can be told apart, each ended by a zero."""
    return [bytes((1 + k % 200, 1 + k // 200, 7, 0)) for k in range(begin, begin + count)]


def passed(stream: FaultyStream, sent: list[bytes], every_us: int = 1000) -> list[tuple[int, bytes]]:
    """What comes out of a stream of pieces that go in one a millisecond, and for a second after."""
    out = []
    for k, data in enumerate(sent):
        out += stream.take(k * every_us, data)
    return [tuple(each) for each in out + stream.take(len(sent) * every_us + 1_000_000)]


def joined(timed: list[tuple[int, bytes]]) -> bytes:
    return b"".join(data for _, data in timed)


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_strikes_and_says_how_often(kind: str):
    stream = FaultyStream(plan(fault(kind)), "to_board")
    sent = pieces(50)
    out = passed(stream, sent)
    assert stream.injected[0] > 0
    on_time = [(1000 * k, data) for k, data in enumerate(sent)]
    assert out != on_time


@pytest.mark.parametrize("kind", KINDS)
def test_outside_of_its_time_a_fault_does_nothing(kind: str):
    stream = FaultyStream(plan(fault(kind, at_s=0.1, for_s=0.02)), "from_board", begin_us=5000)
    before = [stream.take(1000 * k, data) for k, data in enumerate(pieces(100), 5)]
    assert [each for each in before if each] == [[(1000 * k, data)] for k, data in enumerate(pieces(100), 5)]
    assert stream.injected == (0,)
    for k, data in enumerate(pieces(40, 100), 105):
        stream.take(1000 * k, data)
    struck = stream.injected[0]
    assert struck > 0
    stream.take(500_000)
    for k, data in enumerate(pieces(50, 150)):
        assert stream.take(600_000 + 1000 * k, data) == [(600_000 + 1000 * k, data)]
    assert stream.injected[0] == struck


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_same_bytes_at_the_same_times_come_out_the_same_however_often_it_is_asked(data: st.DataObject):
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    rate = data.draw(st.sampled_from([0.05, 0.4, 1.0]))
    faults = [fault(kind, rate=rate, at_s=0.004) for kind in kinds]
    sent = [data.draw(st.binary(min_size=1, max_size=12)) for _ in range(20)]
    looks = data.draw(st.lists(st.integers(0, 60_000), max_size=30))
    busy, quiet = FaultyStream(plan(*faults), "to_board"), FaultyStream(plan(*faults), "to_board")
    seen, plain = [], []
    looks.sort()
    for k, piece in enumerate(sent):
        at = 2500 * k
        while looks and looks[0] < at:
            seen += busy.take(looks.pop(0))
        for byte in piece:  # one by one, too, as a real line may have it
            seen += busy.take(at, bytes((byte,)))
        plain += quiet.take(at, piece)
    seen += busy.take(2_000_000)
    plain += quiet.take(2_000_000)
    if "baud" in kinds:
        return  # of a line of another speed it matters what follows without a pause
    assert joined(seen) == joined(plain)
    assert busy.injected == quiet.injected
    assert _times(seen) == _times(plain)


def _times(timed: list[tuple[int, bytes]]) -> list[int]:
    """When each byte came."""
    return [time_us for time_us, data in timed for _ in data]


@given(
    sent=st.lists(st.binary(min_size=1, max_size=20), max_size=30), kinds=st.lists(st.sampled_from(KINDS), max_size=4)
)
@settings(max_examples=60, deadline=None)
def test_times_never_go_back_whatever_is_combined(sent: list[bytes], kinds: list[str]):
    stream = FaultyStream(plan(*(fault(kind, rate=0.5) for kind in kinds)), "from_board")
    times = [time_us for time_us, _ in passed(stream, sent)]
    assert times == sorted(times)


def test_another_seed_strikes_elsewhere_and_each_way_has_its_own():
    one = fault("flip", rate=0.05)
    outs = {
        joined(passed(FaultyStream(plan(one, seed=seed), way), pieces(200))) for seed in (1, 2) for way in DIRECTIONS
    }
    assert len(outs) == 4


def test_a_share_of_the_bytes_turns_one_bit_each():
    sent = bytes(20_000)
    stream = FaultyStream(plan(fault("flip", rate=0.01)), "to_board")
    out = joined(stream.take(0, sent))
    turned = [byte for byte in out if byte]
    assert all(byte & (byte - 1) == 0 for byte in turned)
    assert len(turned) == stream.injected[0]
    assert abs(len(turned) - 200) < 5 * np.sqrt(200)


def test_pieces_are_dropped_whole_and_bytes_one_by_one():
    sent = pieces(400)
    whole = passed(FaultyStream(plan(fault("drop", rate=0.2)), "to_board"), sent)
    assert {data for _, data in whole} < set(sent)
    single = FaultyStream(plan(fault("drop", rate=0.2, unit="byte")), "to_board")
    out = joined(passed(single, sent))
    assert len(out) == 1600 - single.injected[0]


def test_a_piece_that_was_doubled_comes_again_as_late_as_was_asked():
    stream = FaultyStream(plan(fault("duplicate", most=1, delay_s=0.03)), "to_board")
    out = passed(stream, pieces(60))
    first = pieces(1)[0]
    assert [at for at, data in out if data == first] == [0, 30_000]
    assert len(out) == 61


def test_a_piece_that_is_overtaken_comes_after_the_next_or_alone_in_time():
    stream = FaultyStream(plan(fault("reorder", most=1)), "to_board")
    a, b, c = pieces(3)
    assert joined(passed(stream, [a, b, c])) == b + a + c
    alone = FaultyStream(plan(fault("reorder")), "to_board")
    assert alone.take(0, a) == []
    assert alone.next_us() == PATIENCE_US
    assert alone.take(PATIENCE_US + 5) == [(PATIENCE_US, a)]


def test_delays_keep_the_order():
    stream = FaultyStream(plan(fault("delay", delay_s=0.002, jitter_s=0.02)), "to_board")
    sent = pieces(100)
    out = passed(stream, sent)
    assert joined(out) == b"".join(sent)
    late = [at - 1000 * k for k, at in enumerate(_times(out)[::4])]
    assert min(late) >= 2000
    assert max(late) <= 22_001


def test_a_stalled_line_gives_all_at_once_at_its_end():
    stream = FaultyStream(plan(fault("stall", at_s=0.01, for_s=0.03)), "to_board")
    out = passed(stream, pieces(60))
    held = [(at, data) for at, data in out if at == 40_000]
    assert joined(held) == b"".join(pieces(31, 10))
    assert joined(out) == b"".join(pieces(60))


def test_noise_comes_of_itself_at_its_rate():
    stream = FaultyStream(plan(fault("babble", bytes_s=5000.0, for_s=0.5)), "to_board")
    noise = joined(stream.take(2_000_000))
    assert abs(len(noise) - 2500) <= 1
    assert len(set(noise)) > 200


def test_pieces_lose_their_ends():
    stream = FaultyStream(plan(fault("truncate")), "to_board")
    sent = pieces(200)
    for k, piece in enumerate(sent):
        out = joined(stream.take(1000 * k, piece))
        assert piece.startswith(out)
        assert len(out) < len(piece)


def test_a_port_that_is_unplugged_is_there_again_later():
    stream = FaultyStream(plan(fault("replug", at_s=0.01, for_s=0.02)), "to_board")
    assert [stream.unplugged(at) for at in (9_999, 10_000, 29_999, 30_000)] == [False, True, True, False]


def test_ends_of_the_same_speed_hear_what_was_said_and_others_do_not():
    said = bytes(range(256)) * 4
    assert resampled(said, 1.0) == said
    for ratio in (0.5, 2.0, 9600 / 115200, 115200 / 57600, 1.3):
        assert resampled(said, ratio) != said
    assert resampled(said, 1.02) == said  # a start bit puts the listener in step: 2% off is within half a bit in nine
    assert resampled(said, 0.98)[:50] == said[:50]
    assert resampled(b"\x55", 0.5) != b"\x55"
    assert resampled(b"", 2.0) == b""


@pytest.mark.parametrize("kind", ["flip", "truncate", "drop", "babble"])
def test_no_frame_that_was_struck_is_taken_for_one(kind: str):
    frames = [encode(Ping(k), k) for k in range(600)]
    stream = FaultyStream(plan(fault(kind, unit="byte" if kind == "drop" else "piece", rate=0.05)), "to_board")
    receiver = Receiver()
    got = [frame.message.token for frame in receiver.feed(joined(passed(stream, frames)))]
    assert stream.injected[0] > 5
    assert receiver.corrupt > 0
    assert set(got) <= set(range(600))
    assert got == sorted(set(got))  # what comes is what was said, in its order


def test_a_plan_is_a_toml_file_that_refuses_what_it_does_not_know():
    text = """
    seed = 3
    [[faults]]
    kind = "flip"
    rate = 0.01
    direction = "to_board"
    [[faults]]
    kind = "replug"
    at_s = 5.0
    for_s = 2.0
    """
    found = decode(text, FaultPlan)
    assert [each.kind for each in found.faults] == ["flip", "replug"]
    assert not found.faults[0].goes("from_board")
    for wrong, said in (
        ('kind = "explode"', "Invalid enum"),
        ('kind = "flip"\nrate = 2.0', "<= 1"),
        ('kind = "stall"', "a stall has an end"),
        ('kind = "baud"', "baud_ratio"),
        ('kind = "babble"', "bytes_s"),
        ('kind = "delay"', "delay_s"),
        ('kind = "replug"\nfor_s = 1.0\ndirection = "to_board"', "both ways"),
        ('kind = "flip"\nhow = 1', "unknown field"),
    ):
        with pytest.raises(ConfigError, match=said):
            decode(f"[[faults]]\n{wrong}", FaultPlan)


def test_every_kind_has_its_stage():
    assert set(STAGES) == set(KINDS)
