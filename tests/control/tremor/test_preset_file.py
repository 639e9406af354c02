"""Presets as TOML: whatever settings ship come back as they were."""

from __future__ import annotations

import importlib

import msgspec
import pytest

from control.filters import available
from control.tremor.preset_file import preset_text
from control.tremor.tuning import preset_for
from robotics.config import decode


@pytest.mark.parametrize("name", [name for name in available() if name != "none"])
def test_settings_come_back_as_they_were(name):
    preset = preset_for(name, "rehab" if name.endswith("_rehab") else "surgical")
    settings = importlib.import_module(f"control.filters.{preset.kind}").Settings
    text = preset_text(preset.values, ("first line", "second line"))
    assert text.startswith("# first line\n# second line\n")
    assert msgspec.to_builtins(decode(text, settings)) == preset.values


def test_words_are_quoted_and_nothing_is_left_out_but_none():
    text = preset_text({"title": 'a "b" \\ µ', "on": True, "none": None, "list": [1, 2.5], "t": {"x": 1e-7, "y": None}})
    assert text.splitlines() == ['title = "a \\"b\\" \\\\ µ"', "on = true", "list = [1, 2.5]", "", "[t]", "x = 1e-07"]
