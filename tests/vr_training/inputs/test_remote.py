import time

import numpy as np
import pytest

from control.guard import GuardConfig, InputGuard
from control.mailbox import HANDS, Mailbox
from control.shared import unique_name
from control.tick import Flag
from robotics.errors import ArgumentError
from vr_training.inputs.remote import PARKED_S, RemoteHand


@pytest.fixture
def mailbox():
    with Mailbox.create(unique_name("test-remote")) as box:
        yield box


def post(mailbox, arm, x=0.0, grip=0.0, clutch=False, ago_s=0.0):
    host_ns = time.monotonic_ns() - round(1e9 * ago_s)
    mailbox.post_hand([x, 0, 0, 1, 0, 0, 0], grip, clutch, host_ns=host_ns, arm=arm)


def test_every_arm_has_a_hand_of_its_own(mailbox):
    hands = [RemoteHand(mailbox, "mouse", arm) for arm in range(HANDS)]
    for arm in range(HANDS):
        post(mailbox, arm, 0.1 * arm, grip=arm / HANDS, clutch=arm % 2 == 0)
    for arm, hand in enumerate(hands):
        read = hand.read()
        assert read.valid
        assert read.pose[0] == 0.1 * arm
        assert (read.grip, read.clutch) == (arm / HANDS, arm % 2 == 0)


def test_an_arm_that_nobody_speaks_of_keeps_still_with_its_grip_and_stays_fresh(mailbox):
    left, right = RemoteHand(mailbox, "mouse", 0), RemoteHand(mailbox, "mouse", 1)
    post(mailbox, 0, 0.2, grip=0.6)
    assert not left.read().clutch
    post(mailbox, 0, 0.2, grip=0.6, ago_s=2.0 * PARKED_S)
    post(mailbox, 1, 0.5)
    read = left.read()
    assert read.valid
    assert read.clutch
    assert read.grip == 0.6
    assert read.pose[0] == 0.2
    assert read.age_s < PARKED_S
    assert not right.read().clutch


def test_a_parked_arm_follows_again_only_after_its_own_clutch(mailbox):
    left = RemoteHand(mailbox, "mouse", 0)
    post(mailbox, 1)
    assert left.read().clutch  # never spoken of, but the operator is there
    post(mailbox, 0, clutch=False)
    assert left.read().clutch
    post(mailbox, 0, clutch=True)
    assert left.read().clutch
    post(mailbox, 0, clutch=False)
    assert not left.read().clutch


def test_when_all_hands_fall_silent_every_arm_grows_old(mailbox):
    hands = [RemoteHand(mailbox, "mouse", arm) for arm in (0, 1)]
    guards = [InputGuard(GuardConfig(), 1e-3) for _ in hands]
    post(mailbox, 0, ago_s=0.2)
    post(mailbox, 1, ago_s=0.3)
    for hand, guard in zip(hands, guards, strict=True):
        assert guard.check(hand.read()) == Flag.INPUT_STALE


def test_before_any_hand_has_come_there_is_none(mailbox):
    assert not RemoteHand(mailbox, "mouse", 1).read().valid


def test_a_hand_that_jumps_is_refused(mailbox):
    hand, guard = RemoteHand(mailbox, "mouse", 1), InputGuard(GuardConfig(), 1e-3)
    post(mailbox, 1)
    assert guard.check(hand.read()) == 0
    post(mailbox, 1, 0.4)
    assert guard.check(hand.read()) == Flag.INPUT_IMPLAUSIBLE


def test_an_arm_too_many_is_said(mailbox):
    with pytest.raises(ArgumentError, match=f"room for {HANDS}"):
        RemoteHand(mailbox, "mouse", HANDS)


def test_the_quiet_about_others_is_as_old_as_the_newest_word_of_one_of_them(mailbox):
    assert mailbox.quiet_s(but=0) == np.inf
    post(mailbox, 2, ago_s=1.0)
    assert 1.0 <= mailbox.quiet_s(but=0) < 1.5
    post(mailbox, 5, ago_s=0.5)
    assert 0.5 <= mailbox.quiet_s(but=0) < 1.0
    assert 1.0 <= mailbox.quiet_s(but=5) < 1.5


def test_a_word_about_an_arm_that_comes_while_its_silence_is_looked_at_does_not_park_it(mailbox, monkeypatch):
    hand, quiet = RemoteHand(mailbox, "mouse", 0), mailbox.quiet_s

    def spoken_of_meanwhile(*args, **kwargs):
        post(mailbox, 0, 0.3)
        return quiet(*args, **kwargs)

    post(mailbox, 0, 0.3, ago_s=2.0 * PARKED_S)
    monkeypatch.setattr(mailbox, "quiet_s", spoken_of_meanwhile)
    assert not hand.read().clutch
    assert not hand.read().clutch
