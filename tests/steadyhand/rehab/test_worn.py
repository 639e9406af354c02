"""A wearable in a session: a real outlet of the Lab Streaming Layer, recorded with the loop, ends the exercise."""

import io
import os
import signal
import time
import uuid
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from robotics.config import find
from robotics.errors import ArgumentError
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.recorded import run_recorded
from steadyhand.rehab.results import evaluate
from steadyhand.rehab.worn import wearables_of
from tests.vr_training.wearables.outlet import Sending
from vr_training.records.reader import Recording
from vr_training.rehab.prescription import WearableRule
from vr_training.wearables.config import load_wearables, wearable_names
from vr_training.wearables.lsl import CONFIG_VARIABLE, WearableInlet, library_missing

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
{rule}
"""


def worn(tmp_path, monkeypatch, rule="above = 130.0\nfor_s = 0.5"):
    """Name of a wearable's file, and the type of its stream, which nobody else sends."""
    layer = tmp_path / "lsl_api.cfg"
    layer.write_text("[multicast]\nResolveScope = machine\n[log]\nlevel = -3\n")
    monkeypatch.setenv(CONFIG_VARIABLE, str(layer))
    kind = f"Test{uuid.uuid4().hex[:8]}"
    path = tmp_path / "pulse.toml"
    path.write_text(WEARABLE.format(kind=kind, rule=rule))
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
    assert result.stop_reason == "a wearable's rule: pulse 150 above 130 1/min for 0.5 s"
    assert ran.session.read_results()["stop_reason"] == result.stop_reason
    assert evaluate(ran.session).stop_reason == result.stop_reason  # from the record alone
    ticks = Recording.open(ran.session.recording).ticks
    pulse = ticks["guided"]["arm"]["wearables"][:, 0]
    assert np.all((pulse == 150.0) | np.isnan(pulse))
    assert np.any(pulse == 150.0)


@pytest.mark.skipif(bool(library_missing()), reason=library_missing() or "the library is there")
def test_what_falls_silent_stops_the_exercise_and_whose_process_has_ended_is_told(tmp_path, monkeypatch):
    path, kind = worn(tmp_path, monkeypatch, "above = 130.0\nsilent_s = 1.0")
    order = ExerciseOrder(
        exercise="centre_out", wearables=(path,), headless=True, duration_s=20.0, sessions=tmp_path, repetitions=2
    )
    ExerciseRun(replace(order, wearables=())).warm_up()
    started, told = [], io.StringIO()

    class Ending(WearableInlet):
        """Its process ends once the exercise is well under way."""

        def check(self):
            started.append(time.monotonic())
            if len(started) == 30:  # looked at ten times a second
                os.kill(self.process_id, signal.SIGKILL)
            super().check()

    monkeypatch.setattr("vr_training.wearables.lsl.WearableInlet", Ending)
    with Sending(kind, [72.0], rate_hz=20.0):
        result, _, ran = run_recorded(order, Console(file=told, width=200))
    assert len(started) >= 30
    assert "the process that receives wearables died" in told.getvalue()
    assert result.stop == "wearable"
    assert result.stop_reason == "a wearable's rule: pulse silent for 1 s"
    pulse = Recording.open(ran.session.recording).ticks["guided"]["arm"]["wearables"][:, 0]
    assert np.any(pulse == 72.0)
    assert np.isnan(pulse[-1])


SENT = {"heart_rate": [72.0], "emg": [30.0, -40.0], "imu": [0.1, 0.2, 9.8, 0.0, 1.9, 0.0]}
"""What the wearables that ship send while all is well."""


@pytest.mark.slow
@pytest.mark.skipif(bool(library_missing()), reason=library_missing() or "the library is there")
def test_all_wearables_that_ship_are_recorded_together_and_a_start_of_the_trunk_stops_the_exercise(
    tmp_path, monkeypatch
):
    worn(tmp_path, monkeypatch)
    token, files, outlets = uuid.uuid4().hex[:8], [], []
    for wearable in wearable_names():
        (shipped,) = load_wearables((wearable,))
        kind, name = shipped.stream.type, f"test {wearable} {token}"  # so that two runs do not hear each other
        text = find("wearables", wearable).read_text(encoding="utf-8")
        files.append(tmp_path / f"{wearable}.toml")
        files[-1].write_text(text.replace("[stream]", f'[stream]\nname = "{name}"'), encoding="utf-8")
        outlets.append(Sending(kind, SENT[wearable], rate_hz=100.0, name=name))
    order = ExerciseOrder(
        exercise="centre_out", wearables=tuple(map(str, files)), headless=True, duration_s=20.0, sessions=tmp_path,
        repetitions=2,
    )  # fmt: skip
    ExerciseRun(replace(order, wearables=())).warm_up()
    looked = []

    class Starting(WearableInlet):
        """Its wearer starts once the exercise is well under way."""

        def check(self):
            looked.append(time.monotonic())
            if len(looked) == 30:  # looked at ten times a second
                outlets[wearable_names().index("imu")].send([0.1, 0.2, 9.8, 0.0, 2.5, 0.0])
            super().check()

    monkeypatch.setattr("vr_training.wearables.lsl.WearableInlet", Starting)
    with ExitStack() as stack:
        for outlet in outlets:
            stack.enter_context(outlet)
        result, _, ran = run_recorded(order, Console(quiet=True))
    assert len(looked) >= 30
    assert result.stop == "wearable"
    assert result.stop_reason == "a wearable's rule: trunk_rate_y 2.5 above 2 rad/s for 0.1 s"
    found = Recording.open(ran.session.recording).ticks["guided"]["arm"]["wearables"]
    well = np.concatenate([np.abs(SENT[name]) if name == "emg" else SENT[name] for name in wearable_names()])
    assert np.all(np.any(np.isclose(found, well, rtol=1e-3), axis=0))
    assert np.isclose(found[-1], 2.5, rtol=1e-3).any()


def test_a_wearable_needs_real_time():
    with pytest.raises(ArgumentError, match="real time"):
        ExerciseOrder(exercise="centre_out", wearables=("heart_rate",), lockstep=True)


def test_a_plan_s_rule_stands_instead_of_the_wearable_s_own_for_its_channel():
    rule = WearableRule(channel="heart_rate", above=110.0, for_s=5.0)
    order = ExerciseOrder(exercise="centre_out", wearables=("heart_rate",), rules=(rule,))
    (found,) = wearables_of(order)
    assert [(each.channel, each.above) for each in found.rules] == [("heart_rate", 110.0)]


@pytest.mark.parametrize(("own", "stated", "counts"), [(7.0, None, 7.0), (7.0, 4.0, 4.0), (None, 4.0, 4.0)])
def test_a_plan_s_rule_keeps_the_silence_that_the_wearable_allows_unless_it_says_its_own(
    tmp_path, monkeypatch, own, stated, counts
):
    path, _ = worn(tmp_path, monkeypatch, "above = 130.0" + (f"\nsilent_s = {own}" if own else ""))
    rule = WearableRule(channel="pulse", above=110.0, for_s=5.0, silent_s=stated)
    (found,) = wearables_of(ExerciseOrder(exercise="centre_out", wearables=(path,), rules=(rule,)))
    assert [(each.above, each.silent_s) for each in found.rules] == [(110.0, counts)]


def test_a_rule_for_what_nobody_wears_is_refused():
    rule = WearableRule(channel="heart_rate", above=110.0, for_s=5.0)
    with pytest.raises(ArgumentError, match="heart_rate"):
        wearables_of(ExerciseOrder(exercise="centre_out", rules=(rule,)))
