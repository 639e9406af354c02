"""Patterns of the literature: what is said of a run, and that each can fail."""

from __future__ import annotations

import pytest

from benchmarks.rehab_patterns import Ran, patterns

EVERY = {pattern.name: pattern for pattern in patterns()}


def ran(**changes: object) -> Ran:
    usual: dict[str, object] = {
        "seed": 1,
        "passed": 2,
        "planned": 2,
        "stop": "",
        "assistance": [10.0, 20.0, 20.0, 20.0],
        "first_help": 5.0,
        "share": [80.0, 60.0, 40.0, 20.0, 20.0, 20.0],
        "work_j": [1.0, 2.0],
        "excursion_deg": 90.0,
        "beyond_deg": 0.0,
        "cuff": 0.4,
        "spasms": 0,
        "after": 0.0,
        "turn_deg": 0.0,
    }
    return Ran(**(usual | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", EVERY)
def test_a_pattern_does_not_hold_where_all_runs_are_alike(name: str) -> None:
    pattern = EVERY[name]
    assert not pattern.holds({each.label: [0.0, 0.0, 0.0] for each in pattern.runs})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("recovers_wolbrecht", {"session 1": [30.0], "session 12": [12.0]}),
        ("cannot_wolbrecht", {"who cannot": [15.0], "who can": [2.0]}),
        ("slacking", {"without forgetting": [-30.0], "with forgetting": [-4.0]}),
        ("limp", {"elbow": [90.0], "shoulder": [80.0], "wrist": [60.0]}),
        ("weaker_wolbrecht", {"48.0% of strength": [2.0], "2.0% of strength": [3.0], "0.8% of strength": [4.0]}),
        ("learning", {"passive": [9.0], "active": [5.0], "tunnel": [6.0]}),
    ],
)
def test_a_pattern_holds_where_figures_are_as_it_says(name: str, found: dict[str, list[float]]) -> None:
    assert EVERY[name].holds(found)


def test_a_spasm_that_was_not_let_go_or_pressed_too_hard_does_not_hold() -> None:
    spasm = EVERY["spasm"]
    assert spasm.figure(ran(stop="spasm", spasms=40)) == 0.4
    for wrong in ({"stop": "spasm", "spasms": 40, "after": 0.1}, {"stop": "", "spasms": 40}, {"stop": "spasm"}):
        assert spasm.figure(ran(**wrong)) == 2.0
    assert not spasm.holds({"passive": [1.01], "wolbrecht": [0.5], "tunnel": [0.5]})


def test_a_limp_arm_that_went_past_its_range_or_did_not_come_through_it_counts_as_failed() -> None:
    limp = EVERY["limp"]
    assert limp.figure(ran()) == 90.0
    assert limp.figure(ran(beyond_deg=1.0)) == -1.0
    assert limp.figure(ran(passed=1)) == 0.0
