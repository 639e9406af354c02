import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.errors import ArgumentError
from vr_training.wearables.config import SILENT_S, ChannelConfig, RuleConfig, StreamConfig, WearableConfig
from vr_training.wearables.stop_rule import StopRule, StopRules

CHANNEL = ChannelConfig(name="heart_rate", title="Heart rate", unit="1/min", index=0)


def rule(**changes):
    return StopRule(RuleConfig(channel="heart_rate", **changes), CHANNEL)


@pytest.mark.parametrize("dt", [1e-3, 1e-2, 1 / 3, 1.0])
@pytest.mark.parametrize(("bounds", "out", "inside"), [({"above": 130.0}, 131.0, 130.0), ({"below": 40.0}, 39.0, 40.0)])
def test_it_trips_once_the_value_has_been_out_for_the_time_and_stays_tripped(dt, bounds, out, inside):
    watched = rule(for_s=10.0, **bounds)
    periods = math.ceil(10.0 / dt - 1e-9)
    assert not any(watched.update(inside, dt) for _ in range(periods))
    assert not any(watched.update(out, dt) for _ in range(periods - 1))
    assert watched.update(out, dt)
    assert watched.update(inside, dt)
    said = "131 above 130" if "above" in bounds else "39 below 40"
    assert watched.reason == f"heart_rate {said} 1/min for 10 s"
    watched.reset()
    assert not watched.tripped
    assert not watched.update(out, dt)


def test_without_a_time_it_trips_at_once():
    assert rule(above=130.0).update(130.1, 1e-3)


def test_a_moment_back_in_bounds_starts_the_time_afresh():
    watched = rule(above=130.0, for_s=1.0)
    for _ in range(5):
        assert not any(watched.update(140.0, 0.1) for _ in range(9))
        assert not watched.update(120.0, 0.1)


def test_gaps_neither_count_nor_start_the_time_afresh():
    watched = rule(above=130.0, for_s=1.0, silent_s=600.0)
    for _ in range(9):
        assert not watched.update(140.0, 0.1)
        assert not any(watched.update(math.nan, 0.1) for _ in range(100))
    assert watched.update(140.0, 0.1)


def test_silence_trips_after_the_rule_s_own_time_and_a_value_ends_it():
    quiet = rule(silent_s=2.0)
    for _ in range(3):
        assert not any(quiet.update(math.nan, 0.1) for _ in range(19))
        assert not quiet.update(70.0, 0.1)
    assert [quiet.update(math.nan, 0.1) for _ in range(20)] == [False] * 19 + [True]
    assert quiet.reason == "heart_rate silent for 2 s"


def test_who_watches_a_value_stops_without_one_though_his_rule_says_nothing_of_silence():
    watched = rule(above=130.0, for_s=600.0)
    assert not watched.update(72.0, 0.1)
    periods = round(SILENT_S / 0.1)
    assert [watched.update(math.nan, 0.1) for _ in range(periods)] == [False] * (periods - 1) + [True]
    assert watched.reason == f"heart_rate silent for {SILENT_S:g} s"


@given(st.lists(st.floats(40.0, 130.0), max_size=200), st.floats(1e-4, 1.0))
def test_values_in_bounds_never_trip(values, dt):
    watched = rule(above=130.0, below=40.0)
    assert not any(watched.update(value, dt) for value in values)


def test_rules_find_their_channels_and_the_first_reason_is_given():
    heart = WearableConfig(
        title="Heart",
        stream=StreamConfig(type="HR"),
        stale_s=1.0,
        channels=(ChannelConfig(name="spare", title="Spare", unit="1", index=1), CHANNEL),
        rules=(RuleConfig(channel="heart_rate", above=130.0), RuleConfig(channel="spare", below=0.0)),
    )
    rules = StopRules((heart,))
    assert rules.update(np.array([np.nan, 130.0]), 1e-3) == ""
    assert rules.update(np.array([-1.0, 131.0]), 1e-3) == "heart_rate 131 above 130 1/min for 0 s"
    rules.reset()
    assert rules.update(np.array([1.0, 100.0]), 1e-3) == ""
    with pytest.raises(ArgumentError, match="same name"):
        StopRules((heart, heart))
