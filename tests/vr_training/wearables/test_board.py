import math
import time

import numpy as np
import pytest

from control.shared import SharedBlock, unique_name
from robotics.errors import ArgumentError, InputFileError
from vr_training.wearables.board import NEVER, StreamState, WearableBoard, WearableReader

BILLION = 1_000_000_000


@pytest.fixture
def board():
    with WearableBoard.create(unique_name("wearables"), 3, 2) as made:
        yield made


def test_each_channel_has_its_own_age_and_goes_missing_at_its_own_limit(board):
    reader = WearableReader(WearableBoard.attach(board.name), np.array([10.0, 0.5, 10.0]))
    assert np.isnan(reader.values).all()
    assert np.isinf(reader.age_s).all()
    now = time.monotonic_ns()
    board.write(np.array([1.0, 2.0, 3.0]), np.array([now - BILLION, now - BILLION, NEVER]))
    values, age_s = reader.read()
    np.testing.assert_array_equal(values, [1.0, np.nan, np.nan])
    assert age_s[0] == age_s[1] >= 1.0
    assert age_s[2] == math.inf


def test_reading_again_ages_what_stands_and_uses_the_same_arrays(board):
    reader = WearableReader(board, np.full(3, 10.0))
    board.write(np.arange(3.0), np.full(3, time.monotonic_ns()))
    values, age_s = reader.read()
    before = age_s.copy()
    time.sleep(0.01)
    again, older = reader.read()
    assert again is values
    assert older is age_s
    assert (older - before >= 0.01).all()
    np.testing.assert_array_equal(again, [0.0, 1.0, 2.0])


def test_the_states_of_streams_are_told(board):
    assert board.states() == (StreamState.SEARCHING,) * 2
    board.say(1, StreamState.UNTIMED)
    assert WearableBoard.attach(board.name).states() == (StreamState.SEARCHING, StreamState.UNTIMED)


def test_other_memory_and_wrong_sizes_are_refused(board):
    with SharedBlock.create(unique_name("test"), 4096) as other, pytest.raises(InputFileError, match="no wearables"):
        WearableBoard.attach(other.name)
    with pytest.raises(ArgumentError, match="there is room for"):
        WearableBoard.create(unique_name("wearables"), 0, 1)
    with pytest.raises(ArgumentError, match="2 ages for 3 channels"):
        WearableReader(board, np.ones(2))
