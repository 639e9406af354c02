"""Dials: what a search may turn, within what bounds, and that whatever it makes of shipped settings can be read."""

from __future__ import annotations

import importlib
import math

import msgspec
import pytest

from control.filters import available
from control.filters.registry import kinds
from control.tremor.dials import Dial, dials_of
from control.tremor.tuning import preset_for
from robotics.errors import ArgumentError

TUNED = [name for name in available() if name != "none"]


def test_a_dial_turns_by_factors_in_four_digits_and_stops_at_its_ends():
    dial = Dial(("gate", "watch_s"), low=0.1, high=1.0, stride=2.0)
    values = {"gate": {"watch_s": 0.3, "other": 1}, "kind": "x"}
    up = dial.turned(values, math.log(1.5))
    assert up == {"gate": {"watch_s": 0.675, "other": 1}, "kind": "x"}
    assert values["gate"]["watch_s"] == 0.3
    assert dial.turned(up, math.log(2.0))["gate"]["watch_s"] == 1.0
    assert dial.turned({"gate": {"watch_s": 1.0}}, math.log(2.0)) is None
    third = dial.turned(values, -math.log(3.0) / 6.0)["gate"]["watch_s"]
    assert third == float(f"{0.3 * 3.0 ** (-1 / 3):.4g}")


def test_whole_numbers_go_one_by_one_and_linear_dials_by_lengths():
    order = Dial(("order",), 2, 6, whole=True)
    assert order.turned({"order": 2}, 0.1) == {"order": 3}
    assert isinstance(order.turned({"order": 2}, 0.1)["order"], int)
    assert order.turned({"order": 2}, -0.7) is None
    linear = Dial(("tremor", 1, "low"), logarithmic=False, stride=0.2)
    assert linear.turned({"tremor": [{}, {"low": 0.0}]}, -1.0) == {"tremor": [{}, {"low": -0.2}]}


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind != "none"])
def test_what_a_module_declares_are_numbers_of_its_settings_within_bounds(kind):
    declared = getattr(importlib.import_module(f"control.filters.{kind}"), "TUNABLE", {})
    assert all(low < high and (low > 0.0 or not logarithmic) for low, high, logarithmic in declared.values())
    for name in (name for name in TUNED if preset_for(name, "surgical").kind == kind):
        values = preset_for(name, "surgical").values
        found = {dial.name: dial for dial in dials_of(kind, values)}
        assert found
        if declared:
            assert set(found) == set(declared)
        for dial in found.values():
            assert dial.low <= dial.read(values) <= dial.high, dial.name


@pytest.mark.parametrize("name", TUNED)
def test_a_dial_turned_either_way_gives_settings_or_is_refused_as_settings(name):
    preset = preset_for(name, "rehab" if name.endswith("_rehab") else "surgical")
    made = 0
    for dial in dials_of(preset.kind, preset.values):
        for by in (-0.05, 0.05):
            turned = dial.turned(preset.values, by)
            if turned is not None:
                assert turned != preset.values
                try:
                    type(preset)(name, preset.kind, turned).build(1000.0, 1)
                    made += 1
                except ValueError:
                    pass  # one number alone may cross another; a search passes it by
    assert made > 0


def test_a_list_shorter_than_declared_has_fewer_dials():
    values = msgspec.to_builtins(preset_for("kalman", "surgical").values)
    values["tremor"] = values["tremor"][:1]
    names = {dial.name for dial in dials_of("kalman", values)}
    assert "tremor.0.width_hz" in names
    assert not any(name.startswith("tremor.1") for name in names)


def test_a_filter_without_numbers_is_refused():
    with pytest.raises(ArgumentError, match="no numbers to tune"):
        preset_for("none", "surgical")
