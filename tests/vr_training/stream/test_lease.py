"""One hand at a time moves the arm, and only fresh, sane messages in order count."""

import math
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vr_training.stream.lease import LEASE_NS, MAX_AGE_NS, Lease, Verdict
from vr_training.stream.messages import HandMessage

EPOCH = 42
HAND = HandMessage(
    client="a", epoch=EPOCH, sequence=1, sent_ns=0, pose=(0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0), grip=0.5, clutch=False
)
MS = 1_000_000


def judge(lease: Lease, key: bytes = b"A", now_ns: int = 0, same_clock: bool = True, **change: object) -> Verdict:
    message = msgspec.structs.replace(HAND, **{"sent_ns": now_ns, **change})
    return lease.judge(key, message, now_ns, now_ns, same_clock)


def test_the_first_takes_the_lease_and_another_waits_until_it_is_silent() -> None:
    lease = Lease(EPOCH)
    assert lease.holder(0) == ""
    first = judge(lease)
    assert first.accepted
    assert first.first
    again = judge(lease, now_ns=16 * MS, sequence=2)
    assert again.accepted
    assert not again.first
    assert lease.holder(16 * MS) == "a"
    refused = judge(lease, b"B", 20 * MS, client="b")
    assert not refused.accepted
    assert "'a' holds" in refused.reason
    later = 16 * MS + LEASE_NS + 1
    assert lease.holder(later) == ""
    assert judge(lease, b"B", later, client="b").first
    assert not judge(lease, b"A", later + MS, sequence=3).accepted


def test_a_name_does_not_give_the_lease_only_the_connection_does() -> None:
    lease = Lease(EPOCH)
    assert judge(lease).accepted
    assert not judge(lease, b"B", MS, sequence=2).accepted


@given(st.lists(st.integers(0, 20), min_size=1))
def test_sequences_that_are_let_in_only_ever_grow(sequences: list[int]) -> None:
    lease = Lease(EPOCH)
    accepted = [s for i, s in enumerate(sequences) if judge(lease, now_ns=i * 60 * MS, sequence=s).accepted]
    assert accepted == sorted(set(accepted))
    assert accepted[-1] == max(sequences)


def test_an_old_sequence_is_refused_after_the_lease_ran_out_too() -> None:
    lease = Lease(EPOCH)
    assert judge(lease, sequence=10).accepted
    assert not judge(lease, now_ns=10 * LEASE_NS, sequence=10).accepted
    assert judge(lease, now_ns=10 * LEASE_NS, sequence=11).first


def test_another_epoch_is_refused_and_takes_no_lease() -> None:
    lease = Lease(EPOCH)
    assert not judge(lease, epoch=EPOCH - 1).accepted
    assert lease.holder(0) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"pose": (math.nan, 0, 0, 1, 0, 0, 0)},
        {"pose": (0, math.inf, 0, 1, 0, 0, 0)},
        {"pose": (0, 0, 5.1, 1, 0, 0, 0)},
        {"pose": (0, 0, 0, 0, 0, 0, 0)},
        {"pose": (0, 0, 0, 1, 1, 0, 0)},
        {"grip": math.nan},
        {"grip": 1.1},
        {"grip": -0.1},
    ],
)
def test_no_hand_is_absurd(change: dict[str, object]) -> None:
    lease = Lease(EPOCH)
    verdict = judge(lease, **change)
    assert not verdict.accepted
    assert verdict.reason
    assert lease.holder(0) == ""


def test_on_one_clock_a_hand_says_its_age_and_an_old_or_future_one_is_refused() -> None:
    lease = Lease(EPOCH)
    assert judge(lease, now_ns=1000 * MS, sent_ns=970 * MS).age_ns == 30 * MS
    assert not judge(lease, now_ns=1000 * MS, sent_ns=1000 * MS - MAX_AGE_NS - 1, sequence=2).accepted
    assert not judge(lease, now_ns=1000 * MS, sent_ns=1100 * MS, sequence=3).accepted


@given(skew_ns=st.integers(-(10**18), 10**18), delay_ns=st.integers(0, 50 * MS))
def test_on_two_clocks_only_a_delay_that_grew_counts(skew_ns: int, delay_ns: int) -> None:
    lease, other = Lease(EPOCH), partial(judge, same_clock=False)
    assert other(lease, now_ns=0, sent_ns=skew_ns - delay_ns).age_ns == 0
    assert other(lease, now_ns=16 * MS, sent_ns=16 * MS + skew_ns, sequence=2).age_ns == 0
    stalled = other(lease, now_ns=400 * MS, sent_ns=32 * MS + skew_ns, sequence=3)
    assert not stalled.accepted
    assert "old" in stalled.reason
    assert other(lease, now_ns=401 * MS, sent_ns=391 * MS + skew_ns, sequence=4).age_ns == 10 * MS
