"""The protocol's frames: whatever is sent arrives as it was, and nothing else is ever taken for a frame."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.joint_board.codec import FrameError, pack, unpack
from hardware.joint_board.frame import LONGEST, Receiver, VersionError, decode, encode, stuff, unstuff
from hardware.joint_board.generate import made
from hardware.joint_board.messages import LAYOUTS, TYPES, AnyMessage, Command, Mode, Ping
from robotics.errors import ArgumentError

BOUNDS = {"B": (0, 2**8 - 1), "H": (0, 2**16 - 1), "I": (0, 2**32 - 1), "h": (-(2**15), 2**15 - 1),
          "i": (-(2**31), 2**31 - 1)}  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> tuple[AnyMessage, int, int]:
    joints, channels = draw(st.integers(0, 8)), draw(st.integers(0, 24))
    counts = {"joints": joints, "channels": channels}
    kind = TYPES[draw(st.sampled_from(sorted(TYPES)))]
    values = []
    for letter, count, of in LAYOUTS[kind]:
        number = st.sampled_from(list(of)) if of else st.integers(*BOUNDS[letter])
        many = counts.get(str(count), count)
        values.append(draw(number) if count == 1 else tuple(draw(st.lists(number, min_size=many, max_size=many))))
    return kind(*values), joints, channels


@given(messages(), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1))
def test_every_message_arrives_as_it_was_sent(sent: tuple[AnyMessage, int, int], sequence: int, time_us: int) -> None:
    message, joints, channels = sent
    frame = encode(message, sequence, time_us, joints, channels)
    assert frame.count(b"\0") == 1
    assert len(frame) <= LONGEST
    assert decode(frame[:-1], joints, channels) == (sequence, time_us, message)


@given(st.binary(max_size=700))
def test_stuffing_leaves_no_zero_and_can_be_undone(data: bytes) -> None:
    stuffed = stuff(data)
    assert 0 not in stuffed
    assert unstuff(stuffed) == data
    assert len(stuffed) <= len(data) + 1 + len(data) // 254


@given(messages(), st.data())
def test_a_frame_with_any_bit_turned_is_refused(sent: tuple[AnyMessage, int, int], data: st.DataObject) -> None:
    message, joints, channels = sent
    frame = bytearray(encode(message, 7, 8, joints, channels)[:-1])
    at = data.draw(st.integers(0, 8 * len(frame) - 1))
    frame[at // 8] ^= 1 << at % 8
    with pytest.raises(FrameError):
        decode(bytes(frame), joints, channels)


@given(messages(), st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=40))
def test_a_receiver_finds_frames_in_pieces_and_between_anything(
    sent: tuple[AnyMessage, int, int], noise: bytes, cuts: list[int]
) -> None:
    message, joints, channels = sent
    receiver = Receiver()
    receiver.joints, receiver.channels = joints, channels
    frame = encode(message, 1, 2, joints, channels)
    stream, got = noise + b"\0" + frame + frame, []
    for length in [*cuts, len(stream)]:
        got += receiver.feed(stream[:length])
        stream = stream[length:]
    assert [each.message for each in got[-2:]] == [message, message]


def test_a_line_that_never_ends_a_frame_fills_no_memory() -> None:
    receiver = Receiver()
    for _ in range(1000):
        assert not list(receiver.feed(b"\x55" * 997))
    assert len(receiver._rest) <= LONGEST
    assert [each.message for each in receiver.feed(b"\0" + encode(Ping(3), 0))] == [Ping(3)]
    assert receiver.corrupt == 1


def test_another_version_is_told_and_not_understood() -> None:
    other = encode(Ping(3), 0, version=2)
    with pytest.raises(VersionError, match="protocol version 2, not 1"):
        decode(other[:-1])
    receiver = Receiver()
    assert not list(receiver.feed(other))
    assert (receiver.version, receiver.corrupt) == (2, 0)


def test_a_value_that_none_of_the_names_has_is_refused() -> None:
    payload = bytearray(pack(Command(1, Mode.TORQUE, (0,), (0,), (0,)), 1))
    payload[4] = 3
    with pytest.raises(FrameError, match="Command: 3 is not a valid Mode"):
        unpack(0x10, bytes(payload), 1)


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ArgumentError, match="Command"):
        encode(Command(1, Mode.TORQUE, (2**31,), (0,), (0,)), 0, joints=1)
    with pytest.raises(ArgumentError, match="Command"):
        encode(Command(1, Mode.TORQUE, (1, 2), (0,), (0,)), 0, joints=1)


def test_the_crc_is_that_of_zlib() -> None:
    frame = unstuff(encode(Ping(1), 2)[:-1])
    assert int.from_bytes(frame[-4:], "little") == zlib.crc32(frame[:-4])


def test_what_is_made_of_the_protocol_is_up_to_date() -> None:
    for file, text in made().items():
        assert file.read_text(encoding="utf-8") == text, f"{file}: run python -m hardware.joint_board.generate"
