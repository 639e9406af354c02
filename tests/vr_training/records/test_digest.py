"""The digest of an episode depends on what happened, not on when it ran or how it was cut into pieces."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from control.tick import TIMING_FIELDS, TickLayout, tick_dtype
from vr_training.records.digest import TickDigest, digest

DTYPE = tick_dtype(TickLayout((("a", 2),), ("o",), ("s",)))
TICKS = np.frombuffer(np.random.default_rng(3).bytes(300 * DTYPE.itemsize), DTYPE)


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 300), max_size=5))
def test_it_is_the_same_in_pieces(cuts: list[int]) -> None:
    state = TickDigest()
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), 300], strict=True):
        state.update(TICKS[start:stop])
    assert state.hexdigest() == digest(TICKS)


def test_host_time_does_not_count_and_everything_else_does() -> None:
    later = TICKS.copy()
    for name in TIMING_FIELDS:
        later["timing"][name] += 1
    assert digest(later) == digest(TICKS)
    base = digest(TICKS)
    changed = TICKS.copy()
    words = changed.view(np.int64).reshape(len(TICKS), -1)
    timing = DTYPE.fields["timing"][1] // 8
    for word in range(words.shape[1]):
        words[123, word] ^= 1
        assert (digest(changed) == base) == (timing <= word < timing + len(TIMING_FIELDS))
        words[123, word] ^= 1
    assert digest(changed) == base
