"""A patient who tires fast, in the whole simulator: a plan's rule stops his set, and nothing goes on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from control.tick import Flag, State
from robotics.config import find
from steadyhand.rehab.blocks import limits_of
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from vr_training.rehab.prescription import Stops


def changed(path: Path, kind: str, name: str, **values: str) -> str:
    """A part that ships with some of its values changed; of a table of joints all of them."""
    text = find(kind, name).read_text(encoding="utf-8")
    for line, instead in values.items():
        if f".{line}]\n" in text:
            head, _, rest = text.partition(f".{line}]\n")
            table, gap, after = rest.partition("[")
            text = f"{head}.{line}]\n{re.sub(r'= .*', f'= {instead}', table)}{gap}{after}"
            continue
        key = next(each for each in text.splitlines() if each.startswith(f"{line} ="))
        text = text.replace(key, f"{line} = {instead}", 1)
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.slow
def test_a_patient_who_tires_is_stopped_by_his_plan_s_rule_once_he_no_longer_gets_there(tmp_path: Path) -> None:
    # A tenth of a healthy man's strength, nine times as fast to tire; nothing carries his arm.
    patient = changed(tmp_path / "tiring.toml", "patients", "healthy",
                      share="0.1", tire_1_s="0.08", recover_1_s="0.0001")  # fmt: skip
    quick = changed(tmp_path / "elbow_flexion.toml", "exercises", "elbow_flexion", set_size="12", hold_s="0.2")
    rule = Stops(cuff_force_n=80.0, joint_torque_nm=30.0, joint_speed_deg_s=120.0, hand_speed_cm_s=100.0,
                 fatigue_percent=30.0)  # fmt: skip
    done = rehearsed(
        ExerciseOrder(
            exercise=quick, patient=patient, law="active", repetitions=12, seed=1, amplitude=0.3, speed=3.0,
            support=0.0, demonstrated=False, limits=limits_of(rule), lockstep=True, headless=True,
        )
    )  # fmt: skip
    result, ticks = done.result, done.ticks
    assert result.stop == "fatigue"
    assert 8 <= len(result.repetitions) < 12  # eight at least, and he was not let do them all
    assert all(each.success for each in result.repetitions[:4])
    assert not result.repetitions[-1].success
    assert done.patient.capacity.min() < 0.3  # it is his muscles that are tired
    stopped = np.flatnonzero(ticks["cause"])[0]
    assert np.all(ticks["cause"][stopped:] == Flag.FATIGUE)
    assert np.all(ticks["state"][stopped : stopped + 1500] == State.HOLD)  # so that it is seen how he was let go
    assert np.isin(ticks["state"][stopped:], (State.HOLD, State.SOFT_STOP, State.POWER_OFF)).all()
