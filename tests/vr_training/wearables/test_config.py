import pytest

from robotics.config import decode, find
from robotics.errors import ConfigError
from vr_training.wearables.config import WearableConfig, channels, load_wearables, wearable_names
from vr_training.wearables.stop_rule import StopRules

TEXT = find("wearables", "heart_rate").read_text(encoding="utf-8")


def test_all_that_ship_load_together_with_rules_that_find_their_channels():
    wearables = load_wearables(wearable_names())
    assert {"heart_rate", "emg", "imu"} <= set(wearable_names())
    assert len({channel.name for channel in channels(wearables)}) == len(channels(wearables))
    StopRules(wearables)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('type = "HeartRate"', "", "neither name nor type"),
        ('type = "HeartRate"', "type = \"x' or '1'='1\"", "stream.type"),
        ("above = 130.0", "", "a rule needs one of"),
        ("above = 130.0", "above = 130.0\nbelow = 140.0", "nothing would be allowed"),
        ('channel = "heart_rate"\nabove', 'channel = "pulse"\nabove', "no channel 'pulse'"),
        ("index = 0", "index = -1", "channels"),
        ("stale_s = 3.0", "stale_s = 0.0", "stale_s"),
        ("for_s = 10.0 ", "for_s = -1.0 ", "for_s"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_key(old, new, message):
    assert old in TEXT
    with pytest.raises(ConfigError, match=message):
        decode(TEXT.replace(old, new), WearableConfig)
