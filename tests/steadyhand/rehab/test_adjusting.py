"""What a therapist sets between two sets: within the plan, kept, and told."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from robotics.errors import ArgumentError
from robotics.rehab_measures import REHAB_MEASURES
from steadyhand.rehab.adjusting import adjusted, said
from steadyhand.rehab.company import FIXED, Therapist
from steadyhand.rehab.session import Place, conduct, difficulties_of
from tests.steadyhand.rehab.conftest import write_plan
from tests.steadyhand.rehab.test_session import WANTED, Lab
from vr_training.rehab.adaptation import Difficulty, Progression
from vr_training.rehab.export.fhir import bundle
from vr_training.rehab.prescription import Plan, load_plan
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.report.pages import write_reports

FREE = Progression(assistance=(0.0, 1.0), amplitude=(0.5, 1.0), speed=(0.5, 1.0))
START = Difficulty.start(FREE, 0.5, 0.7, 0.8)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Three sets of a block whose difficulty is free, and a set of one."""
    plan = load_plan(str(write_plan(tmp_path / "reach.toml")))
    block = replace(plan.blocks[0], sets=3, progression=replace(FREE, successes=1))
    return replace(plan, blocks=(block, plan.blocks[1]))


def spoken(answers: Sequence[str | type[BaseException]]) -> tuple[Console, list[str]]:
    """A terminal at which a therapist says one thing after the other, and what he was asked."""
    console, left, asked = Console(file=io.StringIO(), width=300), list(answers), []

    def answer(question: str) -> str:
        asked.append(question)
        said = left.pop(0)
        if isinstance(said, str):
            return said
        raise said

    console.input = answer  # type: ignore[method-assign]
    return console, asked


def held(plan: Plan, folder: Path, answers: Sequence[str | type[BaseException]], asks: bool = True):
    console, asked = spoken(answers)
    lab, records = Lab(), PatientRecords("p07", folder)
    therapist = Therapist(console, plan, asks=asks, waits=False)
    difficulties = difficulties_of(plan, "reach", records.difficulties())
    try:
        conduct(plan, "reach", None, difficulties, WANTED, lab, records, "2026-03-02", therapist)
    except KeyboardInterrupt:
        asked.append("left")
    return lab, records, asked, console.file.getvalue()


def test_enter_goes_on_as_the_rule_has_it_and_who_cannot_be_asked_is_not(plan: Plan, tmp_path: Path) -> None:
    told, records, asked, _ = held(plan, tmp_path / "one", ["", "", ""])
    assert len(asked) == 3  # before each but the first
    alone, quiet, nothing, _ = held(plan, tmp_path / "two", [], asks=False)
    assert nothing == []
    assert told.orders == alone.orders
    assert records.difficulties() == quiet.difficulties()
    assert records.sessions()[0].results == quiet.sessions()[0].results
    assert not any(each.level.by_therapist for each in records.sessions()[0].results)


def test_a_step_is_taken_in_the_next_set_and_the_rule_goes_on_from_there(plan: Plan, tmp_path: Path) -> None:
    lab, records, asked, _ = held(plan, tmp_path, ["easier", "", "harder speed", "", ""])
    assert len(asked) == 5
    # Each set is passed, and gives a tenth of help less.
    assert [each.assistance for each in lab.orders] == pytest.approx([1.0, 1.0, 0.9, 0.0])
    assert [each.speed for each in lab.orders] == pytest.approx([0.5, 0.5, 0.6, 1.0])
    results = records.sessions()[0].results
    assert [dict(each.level.turned) for each in results] == [
        {}, {"assistance": (0.9, 1.0)}, {"speed": (0.5, 0.6)}, {},
    ]  # fmt: skip
    kept = records.difficulties()["reach/1/centre_out"]
    assert (kept.assistance, kept.speed) == pytest.approx((0.8, 0.6))


def test_what_is_held_stays_until_it_is_freed_and_no_longer_than_the_session(plan: Plan, tmp_path: Path) -> None:
    lab, records, _, _ = held(plan, tmp_path, ["hold help", "", "free", "", ""])
    assert [each.assistance for each in lab.orders[:3]] == pytest.approx([1.0, 0.9, 0.9])
    assert lab.orders[2].amplitude == pytest.approx(0.6)  # the rule turned what was not held
    assert [each.level.held for each in records.sessions()[0].results] == [(), ("assistance",), (), ()]
    assert [each.level.freed for each in records.sessions()[0].results] == [(), (), ("assistance",), ()]
    assert records.sessions()[0].results[2].level.by_therapist == "set by the therapist: help freed"
    again, _, _, _ = held(plan, tmp_path, ["hold", "", "", ""])
    assert again.orders[1].assistance == again.orders[2].assistance == pytest.approx(0.7)
    (first, *_) = difficulties_of(plan, "reach", records.difficulties())
    assert first.progression.hold == frozenset()


def test_what_was_chosen_is_in_the_report_and_in_what_is_handed_over(plan: Plan, tmp_path: Path) -> None:
    _, records, _, _ = held(plan, tmp_path, ["easier", "hold speed", "", "", ""])
    (record,) = records.sessions()
    chosen = "set by the therapist: help 90 to 100 %, speed held"
    pages = write_reports([record], (), tmp_path)
    assert sum(chosen in page.read_text() for page in pages) == 1  # the therapist's
    assert chosen in str(bundle(record, REHAB_MEASURES))


def test_a_word_that_cannot_be_done_is_answered_and_asked_again(plan: Plan, tmp_path: Path) -> None:
    fixed = replace(plan.blocks[0], progression=replace(plan.blocks[0].progression, hold=frozenset({"amplitude"})))
    fixed = replace(plan, blocks=(fixed, plan.blocks[1]))
    answers = ["softer", "easier mood", ",", "harder amplitude", "free amplitude", "", "", ""]
    lab, _, asked, out = held(fixed, tmp_path, answers)
    assert len(asked) == 8
    assert len(lab.orders) == 4
    assert "'softer': say easier, harder, hold, free" in out
    assert "'easier mood': say" in out
    assert out.count("the plan holds amplitude") == 2


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, EOFError])
def test_who_leaves_at_the_question_ends_the_session_and_what_was_done_is_kept(
    plan: Plan, tmp_path: Path, leaving: type[BaseException]
) -> None:
    lab, records, asked, _ = held(plan, tmp_path, ["", leaving])
    assert asked[-1] == "left"
    assert len(lab.orders) == len(records.sessions()[0].results) == 2


def test_before_probes_nothing_is_asked_as_they_are_always_the_same(plan: Plan, tmp_path: Path) -> None:
    probing = replace(plan, blocks=(plan.blocks[1], replace(plan.blocks[0], probes=2)))
    _, records, asked, _ = held(probing, tmp_path, [""] * 3)
    assert [each.probe for each in records.sessions()[0].results] == [False, True, False, False, False]
    assert len(asked) == 3


def test_a_word_alone_turns_what_the_rule_would_and_a_named_one_what_is_named() -> None:
    assert adjusted(START, "easier", ()).assistance == pytest.approx(0.6)
    assert adjusted(START, "Harder", ()).assistance == pytest.approx(0.4)
    assert adjusted(START, "harder help, help", ()).assistance == pytest.approx(0.4)  # one step
    both = adjusted(START, "harder speed, amplitude", ())
    assert (both.assistance, both.amplitude, both.speed) == pytest.approx((0.5, 0.8, 0.9))
    assert adjusted(START, "hold", ()).progression.hold == {"assistance", "amplitude", "speed"}
    two = adjusted(adjusted(START, "hold speed", ()), "hold help", ())
    assert two.progression.hold == {"assistance", "speed"}
    assert adjusted(two, "free help", ()).progression.hold == {"speed"}
    assert said(two, ()) == "help 50 %, amplitude 70 %, speed 80 %, held: help, speed"
    assert said(two, {"speed"}) == "help 50 %, amplitude 70 %, speed 80 %, held: help"


def test_nothing_leaves_the_bounds_of_the_plan_and_what_it_holds_is_not_freed() -> None:
    most = Difficulty.start(FREE, 0.0, 1.0, 1.0)
    for words in ("harder", "harder speed", "free"):
        with pytest.raises(ArgumentError, match="changes nothing"):
            adjusted(most, words, ())
    planned = Difficulty.start(replace(FREE, hold=frozenset({"speed"})), 0.5, 0.7, 0.8)
    for words in ("free speed", "easier speed", "hold speed"):
        with pytest.raises(ArgumentError, match="the plan holds speed"):
            adjusted(planned, words, {"speed"})
    for held_by_plan, words, said_why in (
        ({"speed"}, "free", "nothing is held but what the plan holds"),
        ((), "hold speed", "held already"),
        (("assistance", "amplitude", "speed"), "easier", "the plan holds help, amplitude and speed"),
    ):
        every = Difficulty.start(replace(FREE, hold=frozenset(held_by_plan or {"speed"})), 0.5, 0.7, 0.8)
        with pytest.raises(ArgumentError, match=said_why):
            adjusted(every, words, held_by_plan)
    all_free = adjusted(adjusted(planned, "hold", {"speed"}), "free", {"speed"})
    assert all_free.progression.hold == {"speed"}


def test_the_question_is_one_line_that_says_what_comes_and_what_may_be_said(plan: Plan) -> None:
    console, asked = spoken([""])
    place = Place(0, plan.blocks[0], 1, START)
    assert Therapist(console, plan, asks=True, waits=False).adjusts(place) is START
    (question,) = asked
    assert "\n" not in question
    assert all(word in question for word in ("Enter", "easier", "harder", "hold", "free"))
    assert "Block 1 of 2, centre_out, set 2 of 3, comes at help 50 %" in console.file.getvalue()


def test_who_asks_is_told_what_the_words_do_and_who_ends_it_keeps_what_was_done(plan: Plan, tmp_path: Path) -> None:
    lab, records, asked, out = held(plan, tmp_path, ["?", "End"])
    assert asked[-1] == "left"
    assert len(asked) == 3
    assert "easier speed" in out
    assert len(lab.orders) == len(records.sessions()[0].results) == 1


def test_where_the_plan_holds_all_nothing_else_is_offered(plan: Plan, tmp_path: Path) -> None:
    fixed = replace(FREE, hold=frozenset({"assistance", "amplitude", "speed"}))
    _, _, asked, _ = held(replace(plan, blocks=(replace(plan.blocks[0], progression=fixed),)), tmp_path, ["", ""])
    assert asked == [FIXED] * 2
