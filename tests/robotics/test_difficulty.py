"""Difficulties as a lesson's configuration says them: what is set, what is multiplied, and what is refused."""

from __future__ import annotations

import copy

import pytest

from robotics.difficulty import STANDARD, at_difficulty, offered
from robotics.errors import ConfigError, UnknownNameError

LESSON = {
    "radius_m": 0.005,
    "area_m": [0.03, 0.02],
    "seen": True,
    "inclusion": {"depth_m": [0.002, 0.004], "modulus_pa": 1e5},
    "starts": [{"at": 1, "spread_m": [0.01, 0.02]}, {"at": 2, "spread_m": [0.03, 0.04]}],
    "difficulty": {
        "hard": {
            "radius_m": 0.003,
            "clutter": 4,
            "inclusion": {"modulus_pa": 2e5},
            "starts": {"at": 7},
            "scale": {"area_m": 2.0, "inclusion": {"depth_m": 1.5}, "starts": {"spread_m": 0.5}},
        }
    },
}


def test_a_difficulty_sets_and_multiplies_what_it_names_and_leaves_the_rest() -> None:
    before = copy.deepcopy(LESSON)
    hard = at_difficulty(LESSON, "hard")
    assert hard["radius_m"] == 0.003
    assert hard["clutter"] == 4
    assert hard["area_m"] == [0.06, 0.04]
    assert hard["inclusion"] == {"depth_m": pytest.approx([0.003, 0.006]), "modulus_pa": 2e5}
    assert hard["starts"] == [{"at": 7, "spread_m": [0.005, 0.01]}, {"at": 7, "spread_m": [0.015, 0.02]}]
    assert hard["seen"] is True
    assert before == LESSON


def test_the_standard_difficulty_is_the_lesson_itself_and_every_lesson_has_it() -> None:
    assert at_difficulty(LESSON, "standard") == LESSON
    assert offered(LESSON) == ("standard", "hard")
    assert offered({}) == ("standard",)


def test_a_difficulty_that_a_lesson_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(
        UnknownNameError, match="unknown difficulty of this lesson 'easy'; choose one of: hard, standard"
    ):
        at_difficulty(LESSON, "easy")


@pytest.mark.parametrize(
    ("scale", "problem"),
    [
        ({"height_m": 2.0}, r"difficulty\.hard\.scale\.height_m: is no key"),
        ({"inclusion": {"width_m": 2.0}}, r"scale\.inclusion\.width_m: is no key"),
        ({"seen": 2.0}, r"scale\.seen: multiplies True, which is no number"),
        ({"area_m": "twice"}, r"scale\.area_m: must be a number, is 'twice'"),
        ({"radius_m": {"x": 2.0}}, r"scale\.radius_m: names keys of a table, but there stands 0\.005"),
        ({"inclusion": 2.0}, r"scale\.inclusion: multiplies .* no number"),
    ],
)
def test_what_cannot_be_multiplied_is_refused_with_its_key(scale: dict[str, object], problem: str) -> None:
    lesson = {**LESSON, "difficulty": {"hard": {"scale": scale}}}
    with pytest.raises(ConfigError, match=problem):
        at_difficulty(lesson, "hard")


def test_rows_are_added_behind_those_that_stand() -> None:
    lesson = {"score": [{"measure": "time"}], "difficulty": {"hard": {"more": {"score": [{"measure": "bumps"}]}}}}
    assert at_difficulty(lesson, "hard")["score"] == [{"measure": "time"}, {"measure": "bumps"}]
    assert at_difficulty(lesson, STANDARD)["score"] == [{"measure": "time"}]
    lesson["difficulty"]["hard"]["more"] = {"work": [{"signal": "held"}]}
    assert at_difficulty(lesson, "hard")["work"] == [{"signal": "held"}]


@pytest.mark.parametrize("more", [{"score": {"measure": "bumps"}}, {"goal_radius_m": [1.0]}])
def test_rows_can_be_added_only_to_an_array(more: dict[str, object]) -> None:
    lesson = {"goal_radius_m": 0.005, "score": [], "difficulty": {"hard": {"more": more}}}
    with pytest.raises(ConfigError, match="adds rows"):
        at_difficulty(lesson, "hard")
