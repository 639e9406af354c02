"""Wearables received for real: outlets of the Lab Streaming Layer in child processes, on this machine alone."""

import math
import os
import time
import uuid

import numpy as np
import pytest
from msgspec.structs import replace

from control import shared
from robotics.errors import ArgumentError, DeviceError, MissingFileError
from tests.vr_training.wearables.outlet import Sending
from vr_training.wearables.board import StreamState
from vr_training.wearables.config import (
    ChannelConfig,
    RuleConfig,
    StreamConfig,
    WearableConfig,
    load_wearables,
    wearable_names,
)
from vr_training.wearables.lsl import CONFIG_VARIABLE, WearableInlet, library_missing, open_reader
from vr_training.wearables.stop_rule import StopRules

if MISSING := library_missing():
    pytest.skip(MISSING, allow_module_level=True)

PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def _loopback(tmp_path, monkeypatch):
    path = tmp_path / "lsl_api.cfg"
    path.write_text("[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n")
    monkeypatch.setenv(CONFIG_VARIABLE, str(path))


def wearable(*channels, **changes):
    kind = f"Test{uuid.uuid4().hex[:8]}"  # so that two runs on one machine do not hear each other
    rows = channels or (ChannelConfig(name="heart_rate", title="Heart rate", unit="1/min", index=0),)
    whole = {"title": "Test", "stream": StreamConfig(type=kind), "stale_s": 0.5, "channels": rows} | changes
    return WearableConfig(**whole)


def wait(until):
    end = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def test_there_is_nothing_before_the_first_sample_and_the_newest_one_after_it():
    config = wearable()
    with WearableInlet((config,)) as inlet:
        reader = inlet.reader()
        values, age_s = reader.read()
        assert math.isnan(values[0])
        assert age_s[0] == math.inf
        assert reader.states() == (StreamState.SEARCHING,)
        with Sending(config.stream.type, [72.0]) as outlet:
            wait(lambda: reader.read()[0][0] == 72.0)
            assert 0.0 <= reader.read()[1][0] <= 0.5
            assert reader.states() == (StreamState.FOUND,)
            outlet.send([75.0])
            wait(lambda: reader.read()[0][0] == 75.0)
        inlet.check()


def test_a_value_grows_old_and_goes_missing_when_its_outlet_ends_and_comes_back_with_it():
    config = wearable()
    with WearableInlet((config,)) as inlet:
        reader = inlet.reader()
        with Sending(config.stream.type, [80.0]) as outlet:
            wait(lambda: reader.read()[0][0] == 80.0)
            outlet.end()
            ages = []
            wait(lambda: ages.append(reader.read()[1][0]) or math.isnan(reader.read()[0][0]))
        assert ages[-1] > config.stale_s - 0.1
        settled = ages[len(ages) // 2 :]  # what was under way has come
        assert np.all(np.diff(settled) > 0.0)
        wait(lambda: reader.states() == (StreamState.SEARCHING,))
        with Sending(config.stream.type, [90.0]):
            wait(lambda: reader.read()[0][0] == 90.0)


def test_the_rule_trips_on_what_the_outlet_sends_and_not_before():
    config = wearable(rules=(RuleConfig(channel="heart_rate", above=130.0, for_s=0.2),))
    rules = StopRules((config,))
    with WearableInlet((config,)) as inlet, Sending(config.stream.type, [120.0]) as outlet:
        reader = inlet.reader()
        wait(lambda: reader.read()[0][0] == 120.0)
        for _ in range(1000):
            assert rules.update(reader.read()[0], 1e-3) == ""
        outlet.send([140.0])
        wait(lambda: reader.read()[0][0] == 140.0)
        reasons = [rules.update(reader.read()[0], 1e-3) for _ in range(200)]
        assert reasons[:199] == [""] * 199
        assert reasons[199] == "heart_rate 140 above 130 1/min for 0.2 s"


SHIPPED = {
    "heart_rate": ([72.0], [131.0], "heart_rate 131 above 130 1/min for 10 s"),
    "imu": (
        [0.0, 0.0, 9.8, 0.0, 1.9, 0.0],
        [0.0, 0.0, 9.8, 0.0, -2.5, 0.0],
        "trunk_rate_y -2.5 below -2 rad/s for 0.1 s",
    ),
    "emg": ([30.0, -40.0], [900.0, -900.0], "biceps_emg 900 above 500 uV for 1 s"),
}
"""What each wearable that ships sends while all is well and when it is not, and what then stops the exercise."""


def test_every_wearable_that_ships_is_tried():
    assert set(SHIPPED) == set(wearable_names())


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each == "imu" else pytest.mark.slow) for each in SHIPPED]
)
def test_a_wearable_that_ships_is_received_as_its_file_declares_it_and_its_rule_trips_on_what_breaks_it(name):
    (shipped,) = load_wearables((name,))
    ours = f"test {uuid.uuid4().hex[:8]}"  # its own type, and a name besides, so that two runs do not hear each other
    config = replace(shipped, stream=replace(shipped.stream, name=ours), stale_s=max(shipped.stale_s, 0.5))
    if not config.rules:  # its file leaves them to the therapist
        config = replace(config, rules=(RuleConfig(channel="biceps_emg", above=500.0, for_s=1.0),))
    well, ill, reason = SHIPPED[name]
    rules, periods = StopRules((config,)), round(max(rule.for_s for rule in config.rules) / 1e-2)
    with WearableInlet((config,)) as inlet, Sending(shipped.stream.type, well, 100.0, name=ours) as outlet:
        reader = inlet.reader()
        wait(lambda: np.allclose(reader.read()[0], np.abs(well) if name == "emg" else well, rtol=1e-3))
        assert not any(rules.update(reader.values, 1e-2) for _ in range(2 * periods))
        outlet.send(ill)
        wait(lambda: np.allclose(reader.read()[0], np.abs(ill) if name == "emg" else ill, rtol=1e-5))
        said = [rules.update(reader.values, 1e-2) for _ in range(periods)]
        assert said[-2:] == ["", reason]


def test_several_wearables_stand_in_one_reading_and_another_process_name_opens_it():
    heart = wearable()
    muscle = wearable(
        ChannelConfig(name="triceps", title="Triceps", unit="uV", index=2),
        ChannelConfig(name="biceps", title="Biceps", unit="uV", index=0, rms_s=0.05),
    )
    both = (heart, muscle)
    with (
        WearableInlet(both) as inlet,
        Sending(heart.stream.type, [60.0]),
        Sending(muscle.stream.type, [-3.0, 4.0, 5.0], 200.0),
    ):
        reader = open_reader(inlet.name, both)
        wait(lambda: np.isfinite(reader.read()[0]).all() and abs(reader.read()[0][2] - 3.0) < 1e-3)
        np.testing.assert_allclose(reader.read()[0][:2], [60.0, 5.0])


def test_a_wrong_clock_never_keeps_a_value_young():
    config = wearable()
    with WearableInlet((config,)) as inlet, Sending(config.stream.type, [1.0]) as outlet:
        reader = inlet.reader()
        wait(lambda: reader.read()[0][0] == 1.0)
        outlet.send([3.0], ahead_s=-5.0)
        wait(lambda: math.isnan(reader.read()[0][0]))
        outlet.send([2.0], ahead_s=3600.0)
        wait(lambda: reader.read()[0][0] == 2.0)
        outlet.end()
        wait(lambda: math.isnan(reader.read()[0][0]))
        assert reader.read()[1][0] > config.stale_s


def test_of_two_streams_that_could_be_meant_none_is_taken():
    config = wearable()
    with Sending(config.stream.type, [60.0]) as one, Sending(config.stream.type, [70.0], source="other") as other:
        one.wait()
        other.wait()
        with WearableInlet((config,)) as inlet:
            reader = inlet.reader()
            wait(lambda: reader.states() == (StreamState.AMBIGUOUS,))
            assert math.isnan(reader.read()[0][0])
            one.end()
            wait(lambda: reader.read()[0][0] == 70.0)


def test_it_needs_no_configuration_file_to_stay_on_this_machine(monkeypatch):
    config = wearable()
    with Sending(config.stream.type, [1.0]):
        monkeypatch.delenv(CONFIG_VARIABLE)
        with WearableInlet((config,)) as inlet:
            reader = inlet.reader()
            wait(lambda: reader.read()[0][0] == 1.0)
            assert reader.states() == (StreamState.FOUND,)


@pytest.mark.parametrize(("sample", "text"), [([1.0], False), ([1.0, 2.0, 3.0], True)])
def test_a_stream_with_too_few_channels_or_of_text_is_named_unfit(sample, text):
    config = wearable(ChannelConfig(name="z", title="Z", unit="m/s2", index=2))
    with WearableInlet((config,)) as inlet, Sending(config.stream.type, sample, text=text):
        reader = inlet.reader()
        wait(lambda: reader.states() == (StreamState.UNFIT,))
        assert math.isnan(reader.read()[0][0])


def test_a_value_that_is_no_number_does_not_replace_one_that_is():
    config = wearable(stale_s=2.0)
    with WearableInlet((config,)) as inlet, Sending(config.stream.type, [1.0]) as outlet:
        reader = inlet.reader()
        wait(lambda: reader.read()[0][0] == 1.0)
        outlet.send([math.nan])
        wait(lambda: reader.read()[1][0] > 0.3)
        assert reader.read()[0][0] == 1.0
        wait(lambda: math.isnan(reader.read()[0][0]))


def test_a_receiver_that_was_killed_is_noticed_and_leaves_nothing_behind():
    config = wearable()
    with WearableInlet((config,)) as inlet, Sending(config.stream.type, [1.0]):
        reader, name = inlet.reader(), inlet.name
        wait(lambda: reader.read()[0][0] == 1.0)
        os.kill(inlet.process_id, 9)
        wait(lambda: math.isnan(reader.read()[0][0]))
        with pytest.raises(DeviceError, match=r"ended|died"):
            inlet.check()
    assert name not in shared.names()
    with pytest.raises(MissingFileError):
        open_reader(name, (config,))


def test_wrong_arguments_are_refused_before_anything_starts():
    with pytest.raises(ArgumentError, match="machine, link, site"):
        WearableInlet((wearable(),), scope="world")
    with pytest.raises(ArgumentError, match="no wearable"):
        WearableInlet(())
    with pytest.raises(DeviceError, match="not been started"):
        WearableInlet((wearable(),)).reader()
