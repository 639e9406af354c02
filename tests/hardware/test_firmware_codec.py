"""The firmware's codec and the host's are one: whatever one takes the other takes, as the same bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from test_joint_board_frame import messages

from hardware.emulation.native_board import NativeBoard
from hardware.joint_board.codec import FrameError, pack, unpack
from hardware.joint_board.messages import LAYOUTS, TYPES, AnyMessage

BOARD = NativeBoard()
NUMBERS = {message: number for number, message in TYPES.items()}


@given(messages())
def test_what_the_host_packs_the_firmware_reads_as_it_was_meant(sent: tuple[AnyMessage, int, int]) -> None:
    message, joints, channels = sent
    payload = pack(message, joints, channels)
    assert BOARD.said_again(NUMBERS[type(message)], payload, joints, channels) == payload


@given(
    st.integers(0, 255) | st.sampled_from(sorted(TYPES)), st.binary(max_size=130), st.integers(0, 8), st.integers(0, 24)
)
def test_what_one_refuses_the_other_refuses(number: int, payload: bytes, joints: int, channels: int) -> None:
    again = BOARD.said_again(number, payload, joints, channels)
    try:
        message = unpack(number, payload, joints, channels)
    except FrameError:
        assert again is None
    else:
        assert again == payload == pack(message, joints, channels)


@given(st.sampled_from(sorted(TYPES)), st.integers(0, 8), st.integers(0, 24), st.data())
def test_noise_of_the_right_length_is_taken_or_refused_alike(
    number: int, joints: int, channels: int, data: st.DataObject
) -> None:
    length = _size(TYPES[number], joints, channels)
    payload = data.draw(st.binary(min_size=length, max_size=length))
    again = BOARD.said_again(number, payload, joints, channels)
    try:
        unpack(number, payload, joints, channels)
    except FrameError:
        assert again is None
    else:
        assert again == payload


def _size(message: type[AnyMessage], joints: int, channels: int) -> int:
    counts, sizes = {"joints": joints, "channels": channels}, {"B": 1, "H": 2, "I": 4, "h": 2, "i": 4}
    return sum(sizes[letter] * int(counts.get(str(count), count)) for letter, count, _ in LAYOUTS[message])
