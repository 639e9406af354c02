"""The guide of a handoff asks one arm, then the other, and begins anew with what is lost between them."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.contracts import Outcome
from simulation.passage import BOTH, LIFTED, PASSED, WAITING, Passage
from simulation.props import Grasp
from simulation.tasks.handoff_guide import (
    BRING,
    DELIVER,
    GIVE_BACK,
    GIVER,
    LET_GO,
    MAKE_ROOM,
    RETAKE,
    STEPS,
    TAKE,
    TAKER,
    HandoffGuide,
)
from simulation.tasks.transfer_guide import ABOVE, CLOSE, DOWN, LIFT, Stand, TransferGuide

DT, SPEED, LOW_M, HIGH_M = 0.005, 0.05, 0.02, 0.05
DOWNWARDS = np.array([0.0, 1.0, 0.0, 0.0])
GRASPS = tuple(Grasp(point_m=(x, 0.0, 0.004), along=(0.0, 1.0, 0.0)) for x in (-0.006, 0.006))
ARMS = (1, 0)
"""Of the giver, which stands on the left, and of the taker."""


class Ideal:
    """Two tips that go where they are told, and jaws that hold what is between them once they have closed."""

    def __init__(self, release: bool = True) -> None:
        self.tips = [np.array([x, 0.0, 0.045, *DOWNWARDS]) for x in (-0.03, 0.03)]
        guides = (
            TransferGuide(GRASPS, self.tips[0], LOW_M, 0.1, 0.9, 0.0, lambda thing: 0),
            TransferGuide(GRASPS, self.tips[1], LOW_M, 0.1, 0.9, 0.0, lambda thing: 1),
        )
        self.meet, self.goal = np.array([0.0, 0.0, 0.034]), np.array([0.03, 0.01, 0.0 if release else 0.03])
        self.guide = HandoffGuide(guides, ARMS, self.tips[1], self.meet, LOW_M, HIGH_M)
        self.passage, self.release = Passage(*ARMS), release
        self.thing = np.array([-0.03, 0.01, 0.0, 1.0, 0.0, 0.0, 0.0])
        self.outcome = Outcome(np.zeros(1), np.full(7, np.nan), 0, False, False)
        self.grips, self.held, self.slippery = [0.1, 0.1], [False, False], [False, False]
        self.snatches = False
        """Whether the taker's jaws wrest it from the giver's as they close."""
        self.time, self.phases, self.stages = 0.0, [1], [BRING]

    def run(self, seconds: float, until: int | None = None) -> None:
        for _ in range(round(seconds / DT)):
            self.time += DT
            stands = [
                Stand(self.time, tip, self.thing, self.goal, held, self.release)
                for tip, held in zip(self.tips, self.held, strict=True)
            ]
            self.guide.step(stands[0], stands[1], self.passage, self.outcome)
            if self.outcome.phase != self.phases[-1]:
                self.phases.append(self.outcome.phase)
            if self.guide.stage != self.stages[-1]:
                self.stages.append(self.guide.stage)
            assert self.outcome.arm == ARMS[STEPS[self.outcome.phase][0]]
            if self.guide.stage == until:
                return
            self._move()
        assert until is None, f"never came to stage {until}: {self.stages} {self.phases}"

    def _move(self) -> None:
        who = ARMS.index(self.outcome.arm)
        tip = self.tips[who]
        step = self.outcome.target[:3] - tip[:3]
        step *= min(1.0, SPEED * DT / max(float(np.linalg.norm(step)), 1e-12))
        tip[:3] += step
        tip[3:] = self.outcome.target[3:]
        self.grips[who] += np.clip(self.outcome.grip - self.grips[who], -DT / 0.3, DT / 0.3)
        for k in range(2):
            near = np.linalg.norm(self.tips[k][:3] - self.thing[:3] - GRASPS[k].point_m) < 0.003
            closed = self.grips[k] > 0.8 and not self.slippery[k]
            self.held[k] = bool(closed and (self.held[k] or near))
        if self.snatches and self.held[TAKER]:
            self.held[GIVER] = False
        if self.held[who] and not self.held[1 - who]:
            self.thing[:3] += step
        elif not any(self.held):
            self.thing[2] = max(self.thing[2] - 0.3 * DT, 0.0)
        aloft = self.thing[2] > 0.002
        after = {LIFTED: (WAITING, PASSED), BOTH: (LIFTED,), PASSED: (BOTH,)}
        if aloft and any(self.held):
            stage = {(True, False): LIFTED, (True, True): BOTH, (False, True): PASSED}[tuple(self.held)]
            if self.passage.stage in after[stage]:
                self.passage.stage = stage
        elif not aloft and self.thing[0] < 0.0:
            self.passage.stage = WAITING


def test_ideal_arms_go_through_all_phases_once_and_the_thing_is_delivered() -> None:
    ideal = Ideal()
    ideal.run(30.0, DELIVER)
    while ideal.guide.stage == DELIVER and not ideal.guide.away:
        ideal.run(DT)
    assert ideal.phases[: len(STEPS) - 1] == list(range(1, len(STEPS)))  # all but to make room
    assert ideal.stages == [BRING, TAKE, LET_GO, DELIVER]
    np.testing.assert_allclose(ideal.thing[:3], ideal.goal, atol=0.002)
    assert not any(ideal.held)


def test_the_giver_keeps_it_closed_at_the_meeting_place_until_the_taker_holds_it_too() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    assert np.linalg.norm(ideal.thing[:3] - ideal.meet) < 0.003
    while ideal.guide.stage == TAKE:
        assert ideal.held[GIVER]
        ideal.run(DT)
    assert ideal.guide.stage == LET_GO
    assert ideal.held == [True, True]
    ideal.run(30.0, DELIVER)
    assert ideal.held == [False, True]
    assert ideal.tips[GIVER][2] > HIGH_M - 0.004


def test_what_is_to_be_held_up_is_carried_to_its_goal_by_the_taker_and_stays_there() -> None:
    ideal = Ideal(release=False)
    ideal.run(40.0)
    assert ideal.held == [False, True]
    np.testing.assert_allclose(ideal.thing[:3], ideal.goal, atol=1e-3)
    assert not ideal.guide.away


@pytest.mark.parametrize("stage", [TAKE, LET_GO, DELIVER])
def test_what_falls_from_between_the_arms_is_fetched_by_the_giver_again(stage: int) -> None:
    ideal = Ideal()
    ideal.run(30.0, stage)
    ideal.slippery = [True, True]
    ideal.passage.stage = WAITING
    ideal.thing[0] = -0.01
    ideal.run(10.0, BRING)
    ideal.slippery = [False, False]
    ideal.run(30.0, DELIVER)
    ideal.run(30.0)
    assert ideal.stages[-4:] == [BRING, TAKE, LET_GO, DELIVER]


def test_a_taker_that_stands_where_it_fell_from_between_them_makes_room_before_it_is_brought_again() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    while ideal.guide._taker.phase != CLOSE:
        ideal.run(DT)
    ideal.slippery = [True, True]
    ideal.passage.stage = WAITING
    ideal.run(10.0, MAKE_ROOM)
    assert np.linalg.norm(ideal.tips[TAKER][:2] - ideal.meet[:2]) < 0.015
    assert (ideal.outcome.arm, ideal.outcome.phase) == (ARMS[TAKER], 0)
    ideal.slippery = [False, False]
    ideal.thing[:2] = -0.005, 0.01
    before = ideal.tips[GIVER].copy()
    ideal.run(10.0, BRING)
    np.testing.assert_array_equal(ideal.tips[GIVER], before)
    assert ideal.tips[TAKER][0] > 0.02
    ideal.run(30.0, DELIVER)
    ideal.run(30.0)
    assert ideal.stages == [BRING, TAKE, MAKE_ROOM, BRING, TAKE, LET_GO, DELIVER]


def test_what_the_taker_drops_on_its_own_side_it_takes_up_itself() -> None:
    ideal = Ideal()
    ideal.run(30.0, DELIVER)
    ideal.run(0.3)
    ideal.slippery[TAKER] = True
    ideal.thing[0] = 0.02
    ideal.run(0.5)
    ideal.slippery[TAKER] = False
    while ideal.outcome.phase != len(STEPS) - 1:
        assert ideal.time < 60.0
        ideal.run(DT)
    assert ideal.stages == [BRING, TAKE, LET_GO, DELIVER]
    np.testing.assert_allclose(ideal.thing[:3], ideal.goal, atol=0.002)


def test_what_the_giver_lost_before_both_held_it_he_takes_again_and_then_lets_go() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    ideal.snatches = True
    ideal.run(10.0, RETAKE)
    assert ideal.held == [False, True]
    assert ideal.passage.stage == LIFTED
    ideal.snatches = False
    ideal.run(10.0, DELIVER)
    assert ideal.passage.passed
    ideal.run(20.0)
    assert ideal.stages[:5] == [BRING, TAKE, RETAKE, LET_GO, DELIVER]
    np.testing.assert_allclose(ideal.thing[:3], ideal.goal, atol=0.002)


@pytest.mark.parametrize("snatched", [True, False])
def test_what_touched_something_before_both_held_it_is_given_back_and_handed_over_anew(snatched: bool) -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    ideal.snatches = snatched
    while ideal.guide.stage == TAKE:
        if ideal.passage.stage == LIFTED and not ideal.held[TAKER]:
            ideal.passage.stage = WAITING  # and the giver's hold of it is over before it could count
        ideal.run(DT)
        if ideal.held[TAKER]:
            ideal.passage.stage = WAITING
    ideal.snatches = False
    ideal.run(20.0, GIVE_BACK)
    ideal.run(20.0, DELIVER)
    assert ideal.passage.passed
    assert ideal.stages == [BRING, TAKE, *([RETAKE] if snatched else []), GIVE_BACK, BRING, TAKE, LET_GO, DELIVER]


def test_the_jaws_open_as_far_as_they_do_in_the_air_and_no_farther_than_there_is_room_elsewhere() -> None:
    ideal, seen = Ideal(), {TAKE: set(), LET_GO: set(), BRING: set(), DELIVER: set()}
    while ideal.guide.stage != DELIVER or not ideal.guide.away:
        ideal.run(DT)
        seen[ideal.guide.stage].add(ideal.outcome.grip)
    assert min(seen[TAKE]) == min(seen[LET_GO]) == 0.0
    assert min(seen[BRING]) == min(seen[DELIVER]) == 0.1


def test_the_taker_stays_with_it_while_the_giver_does_not_hold_it_firmly_yet() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    while ideal.guide._taker.phase != LIFT:
        ideal.passage.stage = LIFTED  # what both hold does not count yet
        ideal.run(DT)
    for _ in range(round(1.0 / DT)):
        ideal.passage.stage = LIFTED
        ideal.run(DT)
        assert ideal.guide.stage == TAKE
        np.testing.assert_allclose(ideal.outcome.target[:3], ideal.tips[TAKER][:3], atol=2e-4)
    ideal.run(1.0, LET_GO)


def test_what_the_taker_pushed_aside_in_the_givers_jaws_he_brings_back_between_them() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    ideal.snatches = True
    while ideal.guide._taker.phase != LIFT:
        ideal.run(DT)
    ideal.thing[0] += 0.0006
    before = ideal.tips[TAKER][0]
    ideal.run(1.5)
    assert ideal.guide.stage == TAKE
    off = ideal.tips[GIVER][0] - ideal.thing[0] - GRASPS[0].point_m[0]
    assert abs(off) < 1e-4
    assert 0.0002 < before - ideal.tips[TAKER][0] < 0.0008


def test_the_giver_closes_again_where_the_taker_slips_off_as_he_lets_go_and_it_is_taken_anew() -> None:
    ideal = Ideal()
    ideal.run(30.0, LET_GO)
    gives, takes = (Stand(ideal.time, tip, ideal.thing, ideal.goal, True, True) for tip in ideal.tips)

    def go_on(seconds: float) -> None:
        for _ in range(round(seconds / DT)):
            gives.time += DT
            takes.time += DT
            ideal.guide.step(gives, takes, ideal.passage, ideal.outcome)

    go_on(0.05)
    assert ideal.outcome.grip == 0.0
    takes.held = False
    go_on(0.05)
    assert ideal.outcome.grip == 0.0
    go_on(0.1)
    assert ideal.outcome.grip == 0.9
    go_on(0.2)
    assert ideal.guide.stage == LET_GO
    go_on(0.3)
    assert ideal.guide.stage == TAKE


def test_what_neither_holds_for_a_moment_at_the_meeting_place_is_not_lost() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    stands = [Stand(ideal.time, tip, ideal.thing, ideal.goal, False, True) for tip in ideal.tips]
    for _ in range(round(0.5 / DT)):
        for stand in stands:
            stand.time += DT
        ideal.guide.step(stands[0], stands[1], ideal.passage, ideal.outcome)
    assert ideal.guide.stage == TAKE
    ideal.thing[2] -= 0.02
    for _ in range(round(0.2 / DT)):
        for stand in stands:
            stand.time += DT
        ideal.guide.step(stands[0], stands[1], ideal.passage, ideal.outcome)
    assert ideal.guide.stage == BRING


def test_open_jaws_that_push_what_another_arm_holds_go_up_again_and_not_after_it() -> None:
    ideal = Ideal()
    ideal.run(30.0, TAKE)
    while ideal.guide._taker.phase != DOWN:
        ideal.run(DT)
    height = ideal.thing[2] + GRASPS[1].point_m[2]
    ideal.thing[2] -= 0.0009
    ideal.run(DT)
    assert ideal.outcome.target[2] == pytest.approx(height, abs=1e-4)
    ideal.thing[2] -= 0.0004
    ideal.run(DT)
    assert ideal.guide._taker.phase == ABOVE


@pytest.mark.parametrize("follows", [True, False])
def test_jaws_that_close_keep_to_the_middle_of_what_another_arm_holds_and_not_of_what_lies(follows: bool) -> None:
    tip = np.array([0.0, 0.0, HIGH_M, *DOWNWARDS])
    guide = TransferGuide(GRASPS, tip.copy(), HIGH_M, 0.1, 0.9, 0.0, lambda thing: 0)
    guide.follows = follows
    outcome = Outcome(np.zeros(1), np.full(7, np.nan), 0, False, False)
    now = Stand(0.0, tip, np.array([0.0, 0.0, 0.03, 1.0, 0.0, 0.0, 0.0]), np.zeros(3), False, True)
    while guide.phase != CLOSE:
        now.time += DT
        guide.step(now, outcome)
        tip[:] = outcome.target
    guide.step(now, outcome)
    before = outcome.target.copy()
    now.thing[0] += 0.0004
    for _ in range(round(1.0 / DT)):
        last = outcome.target[0]
        now.time += DT
        guide.step(now, outcome)
        assert outcome.target[0] - last < 0.001 * DT  # evenly: a hand at rest runs ahead of what leaps
    assert outcome.target[0] - before[0] == pytest.approx(0.0004 if follows else 0.0, abs=1e-9)
