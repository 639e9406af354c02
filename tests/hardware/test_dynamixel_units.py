"""Joints to registers and back: goals never leave the limits, and what is read is what was sent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.servo_config import load_servo
from hardware.dynamixel.units import Units
from robotics.config import convert

NAMES = ("xm430_w350", "xl330_m288", "xh430_w350")
MODELS = tuple(load_servo(name) for name in NAMES)


def config(mode: str, signs: tuple[int, ...], gears: tuple[float, ...]) -> BusConfig:
    joints = [
        {
            "name": f"joint_{k}",
            "servo": k,
            "model": name,
            "sign": sign,
            "gear": gear,
            "zero_count": 2000 + 40 * k,
            "lower_rad": -0.9 / gear,
            "upper_rad": 1.3 / gear,
            "velocity_rad_s": 2.0,
            "effort_nm": 0.3,
        }
        for k, (name, sign, gear) in enumerate(zip(NAMES, signs, gears, strict=True))
    ]
    data = {
        "title": "t",
        "baud": 1_000_000,
        "period_s": 0.01,
        "mode": mode,
        "arms": [{"name": "arm", "joints": joints}],
    }
    return convert(data, BusConfig)


SIGNS = st.tuples(*[st.sampled_from([1, -1])] * 3)
GEARS = st.tuples(*[st.floats(0.5, 5.0)] * 3)
WANTED = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=3, max_size=3)


@given(st.sampled_from(["position", "velocity", "current"]), SIGNS, GEARS, WANTED)
def test_goals_stay_inside_of_the_limits_whatever_is_wanted(
    mode: str, signs: tuple[int, ...], gears: tuple[float, ...], wanted: list[float]
) -> None:
    bus = config(mode, signs, gears)
    units, goals, sent = Units(bus, MODELS), np.full(3, 77, np.int64), np.zeros(3)
    if not np.isfinite(wanted).all():
        assert not units.goals(np.array(wanted), goals, sent)
        assert goals.tolist() == [77, 77, 77]
        return
    assert units.goals(np.array(wanted), goals, sent)
    for k, (joint, model) in enumerate(zip(bus.joints, MODELS, strict=True)):
        low, high, step = {
            "position": (joint.lower, joint.upper, model.rad_per_count / joint.gear),
            "velocity": (-joint.velocity, joint.velocity, model.rad_s_per_unit / joint.gear),
            "current": (-joint.effort, joint.effort, joint.nm_per_unit(model) * joint.gear),
        }[mode]
        asked = min(max(wanted[k], low), high)
        assert abs(sent[k] - asked) <= 0.5 * step * (1 + 1e-6)
        assert low - 0.5 * step * (1 + 1e-6) <= sent[k] <= high + 0.5 * step * (1 + 1e-6)


@given(SIGNS, GEARS, st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3))
def test_a_position_that_was_sent_reads_the_same(
    signs: tuple[int, ...], gears: tuple[float, ...], shares: list[float]
) -> None:
    bus = config("position", signs, gears)
    units, goals, sent = Units(bus, MODELS), np.zeros(3, np.int64), np.zeros(3)
    wanted = np.array([share * joint.upper for share, joint in zip(shares, bus.joints, strict=True)])
    units.goals(wanted, goals, sent)
    raw, got = np.zeros((3, 3), np.int64), np.ones(3, np.bool_)
    raw[:, 2] = goals
    q, dq, tau = np.zeros(3), np.zeros(3), np.zeros(3)
    assert units.joints(raw, got, q, dq, tau)
    assert q == pytest.approx(sent, abs=1e-12)
    assert [joint.count(float(at), model) for joint, at, model in zip(bus.joints, q, MODELS, strict=True)] == list(
        goals
    )


@given(
    SIGNS, GEARS, st.lists(st.integers(-(2**31), 2**31 - 1), min_size=3, max_size=3), st.tuples(*[st.booleans()] * 3)
)
def test_what_is_read_is_plausible_or_no_number(
    signs: tuple[int, ...], gears: tuple[float, ...], counts: list[int], got: tuple[bool, ...]
) -> None:
    bus = config("position", signs, gears)
    units, raw = Units(bus, MODELS), np.zeros((3, 3), np.int64)
    raw[:, 2] = counts
    q, dq, tau = np.zeros(3), np.zeros(3), np.zeros(3)
    good = units.joints(raw, np.array(got), q, dq, tau)
    assert good is bool(np.isfinite(q).all())
    for k, joint in enumerate(bus.joints):
        assert np.isnan(q[k]) or (got[k] and joint.lower - 0.2 <= q[k] <= joint.upper + 0.2)
        assert np.isnan(q[k]) == np.isnan(dq[k]) == np.isnan(tau[k])


def test_a_measured_torque_constant_goes_before_the_models() -> None:
    bus = config("position", (1, 1, 1), (1.0, 1.0, 1.0))
    joint = bus.joints[0]
    assert joint.nm_per_unit(MODELS[0]) == pytest.approx(1.783 * 0.00269)
    measured = convert(
        {"name": "a", "servo": 1, "model": NAMES[0], "nm_per_a": 1.5, "lower_rad": -1.0, "upper_rad": 1.0,
         "velocity_rad_s": 1.0, "effort_nm": 1.0},
        type(joint),
    )  # fmt: skip
    assert measured.nm_per_unit(MODELS[0]) == pytest.approx(1.5 * 0.00269)
