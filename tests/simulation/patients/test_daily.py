"""That a patient varies from day to day and from movement to movement, and only as his configuration says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.config import names
from robotics.guidance import Moment
from tests.simulation.patients.cast import alone, config, made

ELBOW = 3


def of_days(name: str, field: str, count: int = 400) -> np.ndarray:
    """A parameter on many days."""
    patient = made(config(name))
    found = []
    for seed in range(count):
        patient.reset(np.random.default_rng(seed), np.zeros(7), np.eye(4))
        found.append(np.array(patient._parameters[0][field]).ravel().max())
    return np.array(found)


def peak_time(c, seed):
    """When the elbow is fastest on its way to 60 degrees, and how far it comes."""
    arm = alone(c, "elbow_flexion", seed=seed, gravity=0.0)
    arm.ask(Moment.MOVE, np.array([math.radians(60.0)]), 1.5, 1.0)
    return arm.patient.q.copy()


@pytest.mark.parametrize(("field", "share"), [("strength", 0.08), ("pace", 0.12), ("reaction_s", 0.15)])
def test_days_scatter_by_the_coefficient_of_variation_about_the_usual(field, share):
    days = of_days("stroke_moderate", field)
    usual = np.array(made(replace(config("stroke_moderate"), daily=None))._parameters[0][field]).max()
    assert days.mean() == pytest.approx(usual, rel=0.03)
    assert days.std() / days.mean() == pytest.approx(share, rel=0.15)


def test_the_active_range_goes_in_and_out_as_a_whole_and_stays_within_the_passive_one():
    c = config("stroke_recovering")
    usual = made(replace(c, daily=None))._parameters[0]["active"]
    patient = made(c)
    widths, moved = [], []
    for seed in range(400):
        patient.reset(np.random.default_rng(seed), np.zeros(7), np.eye(4))
        p = patient._parameters[0]
        assert np.all(p["passive"][0] <= p["active"][0])
        assert np.all(p["active"][1] <= p["passive"][1])
        assert np.all(p["active"][0] < p["active"][1])
        widths.append(np.degrees(p["active"][1, ELBOW] - p["active"][0, ELBOW]))
        moved.append(np.degrees(p["active"] - usual)[:, ELBOW])
    assert np.mean(widths) == pytest.approx(np.degrees(np.ptp(usual[:, ELBOW])), abs=0.5)
    assert np.std(widths) == pytest.approx(2.0 * 1.5, rel=0.15)
    assert np.allclose(np.sum(moved, axis=1), 0.0)
    still = made(replace(c, daily=replace(c.daily, range_deg=0.0)))
    assert np.array_equal(still._parameters[0]["active"], usual)


def test_every_joint_is_as_strong_or_weak_as_the_day():
    patient = made(config("stroke_moderate"), seed=4)
    usual = made(replace(config("stroke_moderate"), daily=None))
    ratio = patient._parameters[0]["strength"] / usual._parameters[0]["strength"]
    assert np.ptp(ratio) < 1e-12
    assert abs(ratio.mean() - 1.0) > 1e-3


def test_effort_of_a_day_stays_within_its_bounds():
    efforts = np.array([made(config("stroke_moderate"), seed=seed).effort for seed in range(100)])
    least, start = config("stroke_moderate").effort.least, config("stroke_moderate").effort.start
    assert np.all((efforts >= least) & (efforts <= 1.0))
    assert np.std(efforts) / start == pytest.approx(0.08, rel=0.4)


def test_the_same_seed_gives_the_same_day_and_another_seed_another():
    first, again, other = (peak_time(config("stroke_moderate"), seed) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert abs(first[ELBOW] - other[ELBOW]) > math.radians(0.5)


def test_movements_of_a_day_differ_only_where_movements_vary():
    still = replace(config("stroke_moderate"), effort=None)
    still = replace(still, daily=replace(still.daily, movement_pace=0.0, movement_amplitude=0.0, strength=0.0))
    still = replace(still, daily=replace(still.daily, pace=0.0, reaction=0.0, effort=0.0))
    assert np.array_equal(peak_time(still, 5), peak_time(still, 6))
    moved = replace(still, daily=replace(still.daily, movement_pace=0.12))
    assert abs(peak_time(moved, 5)[ELBOW] - peak_time(moved, 6)[ELBOW]) > math.radians(0.5)


def test_days_do_not_add_up():
    patient = made(config("stroke_moderate"))
    for seed in (1, 2, 3):
        patient.reset(np.random.default_rng(seed), np.zeros(7), np.eye(4))
    assert np.array_equal(
        patient._parameters[0]["strength"], made(config("stroke_moderate"), seed=3)._parameters[0]["strength"]
    )


@pytest.mark.parametrize("name", names("patients"))
def test_every_patient_varies(name):
    assert config(name).daily is not None
