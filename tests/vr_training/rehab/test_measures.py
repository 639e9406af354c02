import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from robotics.errors import ArgumentError, UnknownNameError
from robotics.guidance import Moment
from robotics.rehab_measures import REHAB_MEASURES
from tests.vr_training.rehab.made_traces import RATE, made, reach, still, stroke
from vr_training.rehab.measures import assessed_ranges, measure, summarise

T = np.arange(4000) / RATE
WAVE = 0.05 * np.sin(2.0 * math.pi * 0.5 * T)
RATES = 0.05 * math.pi * np.cos(2.0 * math.pi * 0.5 * T)


def test_smoothness_of_a_minimum_jerk_reach_is_that_of_the_closed_form():
    # Cut where the speed passes 5 %; the jerk of the speed profile is (60 - 360 s + 360 s^2) of a unit distance.
    edge = brentq(lambda s: 16 * s**2 * (1 - s) ** 2 - 0.05, 0.0, 0.5)
    s = np.linspace(edge, 1.0 - edge, 100_001)
    squared = np.trapezoid((60 - 360 * s + 360 * s**2) ** 2, s)
    found = measure(reach(seconds=2.0))
    assert found["ldlj"] == pytest.approx(-math.log((1 - 2 * edge) ** 3 / 1.875**2 * squared), abs=0.02)
    assert found["sparc"] == pytest.approx(-1.405829, abs=0.02)  # of the whole movement; Balasubramanian et al. 2015


def test_two_strokes_are_less_smooth_than_one():
    two = np.vstack([still(0.0, 0.3), stroke(0.0, 0.1, 1.0), stroke(0.1, 0.2, 1.0), still(0.2, 0.3)])
    one = np.vstack([still(0.0, 0.3), stroke(0.0, 0.2, 2.0), still(0.2, 0.3)])
    assert measure(made(two))["sparc"] < measure(made(one))["sparc"] - 0.1
    assert measure(made(two))["ldlj"] < measure(made(one))["ldlj"] - 1.0


def test_hold_error_of_a_sway_is_its_amplitude_over_root_two():
    hold = made(0.3 + 0.02 * np.sin(2.0 * math.pi * T), Moment.HOLD, goal=np.array([0.3]))
    assert measure(hold)["hold_error_cm"] == pytest.approx(2.0 / math.sqrt(2.0), rel=1e-6)


def test_tracking_error_of_a_lag_is_the_rms_difference_of_the_waves():
    lag = 0.05 * np.sin(2.0 * math.pi * 0.5 * T - 0.2)
    found = measure(made(lag, reference=WAVE[:, None], joint=True))
    assert found["tracking_error_deg"] == pytest.approx(
        math.degrees(0.05 * 2.0 * math.sin(0.1) / math.sqrt(2)), rel=1e-3
    )


def test_a_damper_takes_up_the_work_of_the_closed_form():
    # Two periods of A sin(w t): the integral of b v^2 is b A^2 w^2 T / 2.
    found = measure(made(WAVE, patient=-8.0 * RATES[:, None]))
    assert found["patient_work_net"] == pytest.approx(-8.0 * (0.05 * math.pi) ** 2 * 4.0 / 2.0, rel=2e-3)
    assert found["patient_work"] == pytest.approx(0.0, abs=1e-6)


def test_a_spring_gives_back_what_it_took_up():
    # It gives k A^2 / 2 twice a period.
    found = measure(made(WAVE, robot=-200.0 * WAVE[:, None]))
    assert found["robot_work"] == pytest.approx(2 * 2 * 200.0 * 0.05**2 / 2.0, rel=5e-3)
    assert found["robot_work_net"] == pytest.approx(0.0, abs=5e-3)


def test_the_share_of_the_work_is_the_patients_of_what_both_put_in():
    found = measure(made(WAVE, patient=3.0 * RATES[:, None], robot=RATES[:, None]))
    assert found["patient_share"] == pytest.approx(75.0, abs=0.01)


def test_nobody_has_a_share_of_no_work():
    assert "patient_share" not in measure(made(WAVE))


def test_who_is_to_let_his_arm_be_moved_has_no_share_of_the_work_and_takes_none_of_the_others():
    forces = {"patient": 3.0 * RATES[:, None], "robot": RATES[:, None]}
    relaxed, moved = measure(made(WAVE, Moment.RELAX, **forces)), measure(made(WAVE, **forces))
    assert not {"patient_share", "patient_moving_work"} & set(relaxed)
    assert relaxed["robot_moving_work"] == moved["robot_moving_work"] > 0.0
    assert summarise([relaxed, moved, relaxed])["patient_share"] == pytest.approx(75.0, abs=0.01)
    assert "patient_share" not in summarise([relaxed])


def test_assistance_is_a_mean_and_cuff_forces_a_peak_and_a_mean():
    found = measure(made(WAVE, assistance=np.linspace(0.0, 1.0, len(T)), cuff_n=10.0 + 5.0 * np.sin(math.pi * T)))
    assert found["mean_assistance"] == pytest.approx(50.0)
    assert found["peak_cuff_force"] == pytest.approx(15.0)
    assert found["mean_cuff_force"] == pytest.approx(10.0, abs=1e-6)


def test_strength_is_the_best_half_second_of_the_push_towards_the_goal():
    push = np.where((T >= 1.0) & (T < 1.25), 20.0, 10.0)
    force = np.column_stack([-push, 5.0 * np.ones_like(push)])
    goal = np.array([-0.1, 0.0])
    found = measure(made(still((0.0, 0.0), 4.0), Moment.PUSH, patient=force, goal=goal))
    assert found["strength_n"] == pytest.approx(15.0)


def test_a_push_shorter_than_half_a_second_is_no_strength():
    short = made(still(0.0, 0.4), Moment.PUSH, patient=np.full((400, 1), 9.0), goal=np.array([1.0]), joint=True)
    assert "strength_nm" not in measure(short)


def test_compensation_is_the_largest_displacement_and_missing_where_nobody_looked():
    trunk = np.zeros((len(T), 3))
    trunk[1000] = (0.03, 0.04, 0.0)
    trunk[2000:] = np.nan
    assert measure(made(WAVE, trunk=trunk))["compensation"] == pytest.approx(5.0)
    assert "compensation" not in measure(made(WAVE))


@pytest.mark.parametrize("hz", [5.0, 7.3, 10.0])
@pytest.mark.parametrize(
    ("joint", "name", "per"), [(False, "tremor_power_mm2", 1e3), (True, "tremor_power_deg2", 180 / math.pi)]
)
def test_tremor_power_of_a_sine_is_half_its_amplitude_squared(hz, joint, name, per):
    found = measure(made(0.2 * T / 4.0 + 0.002 * np.sin(2.0 * math.pi * hz * T), joint=joint))
    assert found[name] == pytest.approx((0.002 * per) ** 2 / 2.0, rel=0.05)
    assert found["tremor_frequency"] == pytest.approx(hz, abs=0.15)


def test_shaking_outside_of_the_band_and_a_smooth_reach_are_no_tremor():
    slow = measure(made(0.002 * np.sin(2.0 * math.pi * 1.5 * T)))
    fast = measure(made(0.002 * np.sin(2.0 * math.pi * 18.0 * T)))
    assert slow["tremor_power_mm2"] < 1e-3
    assert fast["tremor_power_mm2"] < 1e-3
    assert measure(reach(goal=(0.1, 0.0), seconds=2.0))["tremor_power_mm2"] < 0.01
    assert "tremor_frequency" not in measure(reach())


def passive_move(low, high, seconds, damping, inertia=0.08, weight=3.0):
    """A passive movement of a joint whose resistance is viscous, inertial and a weight's."""
    x = stroke(low, high, seconds)
    v = np.gradient(x, 1.0 / RATE, axis=0)
    a = np.gradient(v, 1.0 / RATE, axis=0)
    force = -damping * v - inertia * a - weight * np.sin(x)
    return made(x, Moment.RELAX, goal=np.atleast_1d(high), patient=force, joint=True)


def test_tone_is_the_viscosity_whatever_inertia_and_weight():
    moves = [passive_move(*ends, seconds, 0.7) for seconds in (4.0, 2.0, 1.0) for ends in ((0.3, 1.8), (1.8, 0.3))]
    assert summarise([measure(each) for each in moves])["tone"] == pytest.approx(0.7, rel=0.02)


def test_tone_needs_several_speeds():
    moves = [measure(passive_move(0.3, 1.8, 2.0, 0.7)) for _ in range(4)]
    found = summarise(moves)
    assert "tone" not in found
    assert "passive_speed" not in found


def test_ranges_are_those_of_what_was_asked_and_helped():
    own = made(np.radians(np.linspace(10.0, 95.0, 2000)), joint=True, unaided=True)
    helped = made(np.radians(np.linspace(10.0, 118.0, 2000)), joint=True, assistance=np.full(2000, 0.01))
    moved = made(np.radians(np.linspace(12.0, 130.0, 2000)), Moment.RELAX, joint=True)
    assert measure(own)["active_range_deg"] == pytest.approx(85.0)
    assert "active_range_deg" not in measure(helped)
    assert measure(helped)["range_deg"] == pytest.approx(108.0)
    assert measure(moved)["passive_range_deg"] == pytest.approx(118.0)
    found = assessed_ranges([own, helped, moved], ["elbow_flexion"])
    assert found["elbow_flexion"]["active"] == pytest.approx((10.0, 95.0))
    assert found["elbow_flexion"]["passive"] == pytest.approx((12.0, 130.0))


def test_a_range_of_the_hand_is_no_range_of_a_joint():
    with pytest.raises(ArgumentError, match="coordinates"):
        assessed_ranges([reach()], ["elbow_flexion"])


def test_a_block_is_pooled_as_each_measure_has_it():
    names = ("movement_time", "patient_work", "patient_moving_work", "robot_moving_work", "compensation", "minimum_deg")
    first, second = (
        dict(zip(names, values, strict=True))
        for values in ((1.0, 2.0, 1.0, 9.0, 2.0, 4.0), (3.0, 7.0, 5.0, 5.0, 1.0, 9.0))
    )
    block = summarise([{**first, "patient_share": 10.0}, {**second, "patient_share": 50.0}])
    assert block.pop("patient_share") == pytest.approx(30.0)
    assert block == dict(zip(names, (2.0, 9.0, 6.0, 14.0, 2.0, 4.0), strict=True))


def test_a_block_of_nothing_has_no_measures_and_unknown_ones_are_refused():
    assert summarise([]) == {}
    with pytest.raises(UnknownNameError, match="path_ratio"):
        summarise([{"grace": 1.0}])


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ArgumentError, match="robot has 3 samples"):
        measure(made(WAVE, robot=np.zeros((3, 1))))
    with pytest.raises(ArgumentError, match="goal has 2"):
        measure(made(WAVE, goal=np.zeros(2)))
    with pytest.raises(ArgumentError, match="above 0"):
        measure(made(WAVE, rate_hz=0.0))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_was_recorded_measures_are_known_finite_and_in_order(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    t, m = data.draw(st.integers(1, 400)), data.draw(st.integers(1, 3))
    rough = data.draw(st.sampled_from([0.0, 1e-4, 1.0]))
    hurt = data.draw(st.sampled_from(["none", "patient", "trunk", "cuff_n"]))
    trace = made(
        np.cumsum(rough * rng.standard_normal((t, m)), axis=0),
        rng.integers(0, 5, t) if data.draw(st.booleans()) else data.draw(st.sampled_from(list(Moment))),
        rate_hz=data.draw(st.sampled_from([50.0, 333.0, 1000.0])),
        joint=data.draw(st.booleans()),
        patient=rng.standard_normal((t, m)),
        goal=rng.standard_normal(m) * data.draw(st.sampled_from([0.0, 1.0])),
    )
    if hurt != "none":
        getattr(trace, hurt)[::3] = np.nan
    found = measure(trace)
    assert list(found) == [name for name in REHAB_MEASURES if name in found]
    assert all(math.isfinite(value) for value in found.values())
    block = summarise([found, found])
    assert json.loads(json.dumps(block, allow_nan=False)) == block


def test_every_measure_explains_itself_and_names_one_unit():
    for name, each in REHAB_MEASURES.items():
        assert each.name == name
        assert each.title
        assert each.explanation.endswith(".")
        for ending, unit in (("_deg", "deg"), ("_cm", "cm"), ("_deg_s", "deg/s"), ("_cm_s", "cm/s")):
            assert not name.endswith(ending) or each.unit == unit
