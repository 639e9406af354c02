"""A wearable in a session: a real outlet of the Lab Streaming Layer, recorded with the loop, ends the exercise."""

import uuid
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from robotics.errors import ArgumentError
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.recorded import run_recorded
from steadyhand.rehab.worn import wearables_of
from tests.vr_training.wearables.outlet import Sending
from vr_training.records.reader import Recording
from vr_training.rehab.prescription import WearableRule
from vr_training.wearables.lsl import CONFIG_VARIABLE, library_missing

WEARABLE = """
title = "Heart rate"
stale_s = 3.0
[stream]
type = "{kind}"
[[channels]]
name = "pulse"
title = "Heart rate"
unit = "1/min"
index = 0
[[rules]]
channel = "pulse"
above = 130.0
for_s = 0.5
"""


def worn(tmp_path, monkeypatch):
    """Name of a wearable's file, and the type of its stream, which nobody else sends."""
    layer = tmp_path / "lsl_api.cfg"
    layer.write_text("[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n")
    monkeypatch.setenv(CONFIG_VARIABLE, str(layer))
    kind = f"Test{uuid.uuid4().hex[:8]}"
    path = tmp_path / "pulse.toml"
    path.write_text(WEARABLE.format(kind=kind))
    return str(path), kind


@pytest.mark.skipif(bool(library_missing()), reason=library_missing() or "the library is there")
def test_a_heart_that_beats_too_fast_stops_the_exercise_and_is_in_the_record(tmp_path, monkeypatch):
    path, kind = worn(tmp_path, monkeypatch)
    order = ExerciseOrder(
        exercise="centre_out", wearables=(path,), headless=True, duration_s=12.0, sessions=tmp_path, repetitions=2
    )
    ExerciseRun(replace(order, wearables=())).warm_up()  # the outlet must outlast what is compiled
    with Sending(kind, [150.0], rate_hz=20.0):
        result, _, ran = run_recorded(order, Console(quiet=True))
    assert result.stop == "wearable"
    assert "wearable" in result.stop_reason
    ticks = Recording.open(ran.session.recording).ticks
    pulse = ticks["guided"]["arm"]["wearables"][:, 0]
    assert np.all((pulse == 150.0) | np.isnan(pulse))
    assert np.any(pulse == 150.0)


def test_a_wearable_needs_real_time():
    with pytest.raises(ArgumentError, match="real time"):
        ExerciseOrder(exercise="centre_out", wearables=("heart_rate",), lockstep=True)


def test_a_plan_s_rule_stands_instead_of_the_wearable_s_own_for_its_channel():
    rule = WearableRule(channel="heart_rate", above=110.0, for_s=5.0)
    order = ExerciseOrder(exercise="centre_out", wearables=("heart_rate",), rules=(rule,))
    (found,) = wearables_of(order)
    assert [(each.channel, each.above) for each in found.rules] == [("heart_rate", 110.0)]


def test_a_rule_for_what_nobody_wears_is_refused():
    rule = WearableRule(channel="heart_rate", above=110.0, for_s=5.0)
    with pytest.raises(ArgumentError, match="heart_rate"):
        wearables_of(ExerciseOrder(exercise="centre_out", rules=(rule,)))
