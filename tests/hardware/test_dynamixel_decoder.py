"""The decoder finds each packet wherever it stands, takes none that was damaged, and keeps little."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.dynamixel import packets
from hardware.dynamixel.decoder import Decoder, Packet

BYTES = st.lists(st.sampled_from([0xFF, 0xFD, 0x00, 0xFE, 0x55, 0x01, 0x80]) | st.integers(0, 255), max_size=40).map(
    bytes
)
STATUSES = st.builds(packets.status, st.integers(0, 252), st.integers(0, 255), BYTES)


def all_of(data: bytes, sizes: tuple[int, ...] = ()) -> list[Packet]:
    """Packets of a stream that comes in pieces, whole where no sizes are given."""
    decoder, found, at = Decoder(), list[Packet](), 0
    for size in sizes:
        found += decoder.feed(data[at : at + size])
        at += size
    return found + list(decoder.feed(data[at:]))


@pytest.mark.parametrize(
    "parameters",
    [
        b"\xff\xff\xfd",
        b"\xff\xff\xff\xfd",
        b"\xff\xff\xfd\xfd",
        b"\xff\xff\xfd\xff\xff\xfd",
        b"\xff\xff\xfd\x00\x01\x03\x00",
        b"\xfd\xff\xff",
        b"\xff\xff",
        b"\xff" * 30 + b"\xfd" * 30,
        b"\xff\xff\xfd" * 100,
        packets.ping(1),
        packets.status(1, 0, b"\xff\xff\xfd"),
    ],
)
def test_what_looks_like_a_header_inside_survives(parameters: bytes) -> None:
    made = packets.write(1, 5, parameters)
    assert b"\xff\xff\xfd\x00" not in made[4:]
    assert all_of(made) == [Packet(1, 3, b"\x05\x00" + parameters)]


def test_a_checksum_that_looks_like_part_of_a_header_survives() -> None:
    draw, seen = random.Random(5), 0
    for _ in range(200_000):
        data = draw.randbytes(3)
        made = packets.status(1, 0, data)
        if made[-2:] == b"\xff\xff" or made[-1] == 0xFF:
            seen += 1
            assert all_of(made + packets.ping(2)) == [Packet(1, 0x55, b"\0" + data), Packet(2, 1, b"")]
        if seen > 50:
            break
    assert seen > 50


@given(st.lists(STATUSES, min_size=1, max_size=6), st.lists(st.integers(1, 20), max_size=30))
def test_pieces_make_no_difference(made: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(made)
    assert all_of(stream, tuple(sizes)) == all_of(stream) == [p for each in made for p in all_of(each)]


@given(st.lists(st.tuples(BYTES, STATUSES), max_size=5))
def test_packets_are_found_between_garbage(parts: list[tuple[bytes, bytes]]) -> None:
    decoder, found = Decoder(), list[Packet]()
    for garbage, made in parts:
        found += decoder.feed(garbage + made)
    found += decoder.feed(bytes(1040))  # completes whatever garbage promised
    expected = [packet for _, made in parts for packet in all_of(made)]
    assert [packet for packet in found if packet in expected] == expected or found[-len(expected) :] == expected


@given(STATUSES, st.lists(st.integers(0, 10_000), min_size=1, max_size=3, unique=True))
def test_up_to_three_wrong_bits_are_never_taken(made: bytes, places: list[int]) -> None:
    bits = [place % (8 * (len(made) - 7)) + 56 for place in places]  # behind the length: a checksum finds all of these
    if len(set(bits)) < len(bits):
        return
    damaged = bytearray(made)
    for bit in bits:
        damaged[bit // 8] ^= 1 << bit % 8
    assert all_of(bytes(damaged) + bytes(1040)) == []


@given(STATUSES, st.integers(0, 10_000), st.integers(1, 0xFFFF))
def test_a_burst_of_wrong_bits_is_never_taken(made: bytes, place: int, burst: int) -> None:
    start = place % (len(made) - 8) + 7
    damaged = bytearray(made)
    damaged[start] ^= burst & 0xFF
    if start + 1 < len(made):
        damaged[start + 1] ^= burst >> 8
    if bytes(damaged) != made:
        assert all_of(bytes(damaged) + bytes(1040)) == []


@given(STATUSES, STATUSES, st.integers(1, 10_000))
def test_a_packet_cut_short_takes_no_other_with_it(first: bytes, second: bytes, cut: int) -> None:
    begun = first[: cut % len(first)]
    assert all_of(begun + second)[-1:] == all_of(second) or all_of(begun + second + bytes(1040))[-1:] == all_of(second)


def test_random_bytes_give_no_packet_and_are_not_kept() -> None:
    draw, decoder, most = random.Random(6), Decoder(), 0
    found = []
    for _ in range(100_000):
        found += decoder.feed(bytes(draw.choices([0xFF, 0xFD, 0x00, 0x55, 0x01, draw.randrange(256)], k=12)))
        most = max(most, decoder.waiting)
    assert found == []
    assert most <= 1024 + 7 + 12
    assert decoder.skipped + decoder.waiting == 1_200_000


def test_a_million_bytes_at_once_are_taken_in_order() -> None:
    made = b"".join(packets.status(k % 253, 0, k.to_bytes(4, "little")) for k in range(40_000))
    decoder = Decoder()
    assert [int.from_bytes(p.parameters[1:], "little") for p in decoder.feed(made)] == list(range(40_000))
    assert decoder.waiting == decoder.skipped == decoder.corrupt == 0


def test_damaged_packets_are_counted() -> None:
    decoder, made = Decoder(), bytearray(packets.status(1, 0, b"1234"))
    made[-1] ^= 1
    assert list(decoder.feed(bytes(made) + packets.ping(1))) == [Packet(1, 1, b"")]
    assert decoder.corrupt == 1
    assert decoder.skipped == len(made)
