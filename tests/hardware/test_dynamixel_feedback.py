"""The cyclic read: a reply that is cut short, damaged, late or an echo never becomes a position."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from hardware.dynamixel import packets
from hardware.dynamixel.feedback import Feedback
from tests.hardware.servo_bench import XM430, Exchange, servos

IDS = (1, 2, 5)
TRUE = ((-7, 120, 2048), (12, -340, -100_000), (0, 0, 4095))


def data_of(size: int) -> list[bytes]:
    """What each servo has in its table for a request of a size, with the end that matters."""
    return [bytes(size - 10) + struct.pack("<hii", *each) for each in TRUE]


def reply(size: int, fast: bool, errors: tuple[int, ...] = (0, 0, 0)) -> bytes:
    """The whole reply."""
    parts = list(zip(errors, IDS, data_of(size), strict=True))
    if fast:
        return packets.fast_status(parts)
    return b"".join(packets.status(servo, error, data) for error, servo, data in parts)


def asked(request: bytes) -> int:
    """Size that a request asks for."""
    return int(request[10])


def only_true(feedback: Feedback) -> None:
    """What was got is what was sent."""
    for k in np.flatnonzero(feedback.got):
        assert tuple(feedback.raw[k]) == TRUE[k]


@pytest.mark.parametrize("fast", [False, True])
def test_a_whole_reply_is_taken_in_whatever_pieces_it_comes(fast: bool) -> None:
    feedback, draw = Feedback(IDS, [XM430] * 3, fast), random.Random(1)
    for _ in range(200):
        made = reply(asked(feedback.begin()), fast)
        at, whole = 0, False
        while at < len(made):
            step = draw.randrange(1, 30)
            whole = feedback.take(made[at : at + step])
            at += step
        assert whole
        assert feedback.end()
        assert feedback.got.all()
        only_true(feedback)


@pytest.mark.parametrize("fast", [False, True])
def test_a_reply_cut_short_gives_whole_parts_only(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    size = asked(feedback.begin())
    for cut in range(len(reply(size, fast))):
        size = asked(feedback.begin())
        feedback.raw[:] = -1
        assert not feedback.take(reply(size, fast)[: min(cut, len(reply(size, fast)) - 1)])
        assert not feedback.end()
        assert not feedback.got[2]
        only_true(feedback)
        assert (feedback.raw[~feedback.got] == -1).all()


@pytest.mark.parametrize("fast", [False, True])
def test_a_damaged_reply_gives_no_wrong_number(fast: bool) -> None:
    feedback, draw = Feedback(IDS, [XM430] * 3, fast), random.Random(2)
    for _ in range(5000):
        made = bytearray(reply(asked(feedback.begin()), fast))
        for _ in range(draw.randrange(1, 4)):
            bit = draw.randrange(8 * len(made))
            made[bit // 8] ^= 1 << bit % 8
        feedback.take(bytes(made))
        feedback.end()
        only_true(feedback)


@pytest.mark.parametrize("fast", [False, True])
def test_a_late_reply_is_not_taken_for_one_to_a_later_request(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    for back in range(1, feedback.kinds):
        requests = [feedback.begin()]
        for _ in range(back):
            assert not feedback.end()
            requests.append(feedback.begin())
        stale = reply(asked(requests[0]), fast)
        feedback.take(stale)
        assert not feedback.got.any()
        assert feedback.strangers() == (1 if fast else 3)
        feedback.take(reply(asked(requests[-1]), fast))
        assert feedback.end()
        only_true(feedback)


@pytest.mark.parametrize("fast", [False, True])
def test_a_reply_that_has_come_whole_and_damaged_is_told_from_one_that_is_still_to_come(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    request = feedback.begin()
    made = reply(asked(request), fast)
    for cut in range(len(made)):
        feedback.begin()
        feedback.take(made[:cut])
        assert not feedback.spoilt
    feedback.begin()
    feedback.take(made[:30] + bytes([made[30] ^ 1]) + made[31:])
    assert feedback.spoilt
    for before in (request, made[9:], b"\0"):  # an echo, the rest of a late reply, noise: ours may not have come yet
        feedback.begin()
        feedback.take(before)
        feedback.take(made[: len(made) - 5])
        assert not feedback.spoilt
    stale = feedback.begin()
    assert not feedback.end()
    feedback.begin()
    feedback.take(reply(asked(stale), fast) + reply(asked(stale), fast))  # late ones, of another kind
    assert not feedback.spoilt


@pytest.mark.parametrize("fast", [False, True])
def test_an_echo_of_the_request_is_passed_over(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    request = feedback.begin()
    feedback.take(request + reply(asked(request), fast))
    assert feedback.end()
    assert feedback.strangers() == 0


@pytest.mark.parametrize("fast", [False, True])
def test_a_servo_that_refuses_the_read_has_no_position(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    feedback.take(reply(asked(feedback.begin()), fast, (0, packets.Trouble.ACCESS, 0)))
    assert not feedback.end()
    assert feedback.got.tolist() == [True, False, True]


@pytest.mark.parametrize("fast", [False, True])
def test_an_alert_is_no_refusal(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    feedback.take(reply(asked(feedback.begin()), fast, (0, packets.ALERT, 0)))
    assert feedback.end()
    assert feedback.errors.tolist() == [0, packets.ALERT, 0]


@pytest.mark.parametrize("fast", [False, True])
def test_an_id_that_was_not_asked_is_nobodys_position(fast: bool) -> None:
    feedback = Feedback(IDS, [XM430] * 3, fast)
    made = reply(asked(feedback.begin()), fast)
    wrong = Feedback((1, 2, 6), [XM430] * 3, fast)
    wrong.begin()
    wrong.take(made)
    assert not wrong.end()
    assert not wrong.got[2]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("position", [-1, -131073, -16711681, 0x00FDFFFF, 2**31 - 1, -(2**31)])
def test_positions_that_look_like_headers_survive(fast: bool, position: int) -> None:
    line = Exchange(servos(1))
    [servo] = line.line.servos
    feedback = Feedback((1,), [XM430], fast)
    request = feedback.begin()
    servo.table["present_position"] = position
    error, data = servo.read(126, 10)
    made = packets.fast_status([(error, 1, data)]) if fast else packets.status(1, error, data)
    assert asked(request) == 10
    assert feedback.take(made)
    assert feedback.raw[0, 2] == position
