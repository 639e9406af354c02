"""Plans of an evaluation: who takes part where, and what is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from control.filters import available
from control.tremor.evaluation import plans
from control.tremor.recording_facts import RecordingFacts
from robotics.errors import ArgumentError, UnknownNameError


def facts(scale, name="hand.csv"):
    return RecordingFacts(Path(name), 30.0, 100.0, "position", 8.0, 1e-4, scale, ())


def test_without_a_recording_both_scales_of_the_test_split_are_run_with_their_presets():
    surgical, rehab = plans((), count=4)
    assert (surgical.scale, rehab.scale) == ("surgical", "rehab")
    assert {order.split for plan in (surgical, rehab) for order in plan.orders} == {"test"}
    assert len(surgical.orders) == len(rehab.orders) == 4
    assert {c.name for c in surgical.contenders} == {name for name in available() if not name.endswith("_rehab")}
    names = {c.name for c in rehab.contenders}
    assert "kalman_rehab" in names
    assert "kalman" not in names
    assert "none" in names


def test_each_recording_is_run_on_its_own_scale_only():
    (plan,) = plans([facts("rehab", "a.csv"), facts("rehab", "b.csv")], count=3, filters=["none"])
    assert plan.scale == "rehab"
    assert [(order.path.name, order.index) for order in plan.orders] == [
        (f, k) for f in ("a.csv", "b.csv") for k in range(3)
    ]
    assert len(plans([facts("rehab"), facts("surgical")], count=1, filters=["none"])) == 2


def test_a_lag_is_run_besides_by_those_that_can_smooth():
    plan = plans((), count=1, filters=["kalman", "one_euro"], lag_s=0.02)[0]
    assert [c.label for c in plan.contenders] == ["kalman", "kalman +20 ms", "one_euro"]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"filters": ["kalmann"]}, UnknownNameError, "kalman"),
        ({"count": 0}, ArgumentError, "at least 1"),
        ({"filters": ["one_euro"], "lag_s": 0.02}, ArgumentError, "cannot smooth"),
        ({"filters": ["kalman"], "lag_s": 3.0}, ArgumentError, "must lie in"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(options, error, said):
    with pytest.raises(error, match=said):
        plans((), **options)
