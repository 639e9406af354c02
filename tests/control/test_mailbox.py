"""The mailbox: the newest hand with its age, sticky stops, and nothing that anybody could wait for."""

import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest

from control.mailbox import Mailbox
from control.shared import SharedBlock, unique_name
from robotics.contracts import HandPose, StopKind
from robotics.errors import InputFileError


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox.create(unique_name("test-mailbox")) as made:
        yield made


def no_hand() -> HandPose:
    return HandPose(np.full(7, np.nan), 0.0, False, 0.0, False)


def test_an_empty_mailbox_has_no_hand_and_no_stop(mailbox: Mailbox) -> None:
    hand = no_hand()
    mailbox.read(hand)
    assert not hand.valid
    assert np.all(np.isnan(hand.pose))
    assert mailbox.stop_requested is None
    assert not mailbox.quit_requested


def test_the_newest_hand_wins_and_grows_older(mailbox: Mailbox) -> None:
    hub = Mailbox.attach(mailbox.name)
    now = time.monotonic_ns()
    for x in range(10):
        pose = [x, 0, 0, 1, 0, 0, 0]
        hub.post_hand(pose, 0.25, True, host_ns=now - 3_000_000_000)
    hand = no_hand()
    mailbox.read(hand)
    assert hand.valid
    assert hand.pose.tolist() == [9, 0, 0, 1, 0, 0, 0]
    assert hand.grip == 0.25
    assert hand.clutch
    first = hand.age_s
    assert first >= 3.0
    mailbox.read(hand)
    assert hand.age_s > first


def test_a_stop_stays_and_only_a_stronger_one_overrides_it(mailbox: Mailbox) -> None:
    hub = Mailbox.attach(mailbox.name)
    hub.request_stop(StopKind.HOLD)
    assert mailbox.stop_requested is StopKind.HOLD
    hub.request_stop(StopKind.POWER_OFF)
    hub.request_stop(StopKind.SOFT)
    assert mailbox.stop_requested is StopKind.POWER_OFF
    assert not mailbox.quit_requested
    hub.request_quit()
    assert mailbox.quit_requested


def test_every_request_for_a_stop_is_taken_once(mailbox: Mailbox) -> None:
    hub = Mailbox.attach(mailbox.name)
    assert mailbox.take_stop() is None
    for _ in range(3):
        hub.request_stop(StopKind.HOLD)
        assert mailbox.take_stop() is StopKind.HOLD
        assert mailbox.take_stop() is None
    hub.request_stop(StopKind.HOLD)
    hub.request_stop(StopKind.SOFT)
    assert Mailbox.attach(mailbox.name).take_stop() is StopKind.SOFT  # every reader has its own count
    assert mailbox.take_stop() is StopKind.SOFT
    assert mailbox.take_stop() is None


def test_something_else_in_shared_memory_is_no_mailbox() -> None:
    with (
        SharedBlock.create(unique_name("test"), 4096) as block,
        pytest.raises(InputFileError, match="no mailbox"),
    ):
        Mailbox.attach(block.name)


WRITER = """
import sys
from control.mailbox import Mailbox
mailbox = Mailbox.attach(sys.argv[1])
print("ready", flush=True)
i = 0
while True:
    i += 1
    mailbox.post_hand([i] * 7, i, i % 2 == 1, host_ns=i)
"""


def test_a_hand_is_never_torn_and_a_sender_killed_at_any_point_leaves_its_last_one(mailbox: Mailbox) -> None:
    hand = no_hand()
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, mailbox.name], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        changes, last, deadline = 0, -1.0, time.monotonic() + 20
        while changes < 500 and time.monotonic() < deadline:
            mailbox.read(hand)
            if hand.valid:
                assert np.all(hand.pose == hand.grip)
                assert hand.clutch == (hand.grip % 2 == 1)
                changes += hand.grip != last
                last = hand.grip
        writer.kill()
        writer.wait(10)
        assert changes == 500
        mailbox.read(hand)
        assert hand.valid
        assert np.all(hand.pose == hand.grip)
