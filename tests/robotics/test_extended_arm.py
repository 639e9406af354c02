"""An arm with another tool is the same arm but for that tool."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from robotics.arm_config import arm_files, load_arm_config
from robotics.chain import load_arm
from robotics.config import CONFIG_DIR, names
from robotics.errors import ConfigError, UnknownNameError


@pytest.mark.parametrize(("name", "base"), [("psm_probe", "psm"), ("iiwa_needle", "iiwa_laparoscope")])
def test_joints_are_those_of_the_arm_that_it_extends_and_the_tool_is_its_own(name: str, base: str) -> None:
    own, other = load_arm_config(name), load_arm_config(base)
    assert own.joints == other.joints
    assert own.jaw is None
    assert own.name == name
    assert own.tip != other.tip
    np.testing.assert_array_equal(load_arm(name).placement, load_arm(base).placement)
    last = own.joints[-1].name
    theirs = [shape for shape in other.visuals if shape.link != last]
    assert list(own.visuals[: len(theirs)]) == theirs
    assert {shape.link for shape in own.visuals[len(theirs) :]} == {last}


def test_the_files_of_an_arm_are_all_that_say_what_it_is() -> None:
    assert [path.name for path in arm_files("psm")] == ["psm.toml"]
    assert [path.name for path in arm_files("psm_probe")] == ["psm_probe.toml", "psm.toml"]
    assert set(names("arms")) >= {"psm_probe", "iiwa_needle"}


@pytest.mark.parametrize(("extends", "error"), [("nobody", UnknownNameError), ("psm_probe", ConfigError)])
def test_what_cannot_be_extended_is_refused(tmp_path: Path, extends: str, error: type[Exception]) -> None:
    text = (CONFIG_DIR / "arms" / "psm_probe.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('extends = "psm"', f'extends = "{extends}"'), encoding="utf-8")
    with pytest.raises(error):
        load_arm_config(str(path))
