"""Judges of the exercises: each can be failed by what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from robotics.contracts import Vector
from robotics.errors import ArgumentError, ConfigError
from robotics.guidance import Moment
from tests.vr_training.exercises.trial import Trial, context_of, made, obedient
from vr_training.exercises import FIRST, Phase, create, load, parse
from vr_training.exercises.hand_to_mouth import sideways


def verdicts(trial: Trial) -> list[str]:
    """What is said of each repetition, in words."""
    return [trial.exercise.verdicts[verdict] for verdict in trial.judged]


def off(away: Vector, when: Callable[[Trial], bool]) -> Callable[[Trial], Vector]:
    """An arm that does what it should, but for being elsewhere at times."""

    def arm(trial: Trial) -> Vector:
        x = obedient(trial)
        return x + away if trial.asks.moment is not Moment.REST and when(trial) else x

    return arm


def kind(trial: Trial) -> str:
    return trial.bout.done[-1].movement.say if trial.bout.done else ""


def test_a_goal_that_is_left_again_was_not_held() -> None:
    trial = Trial(made("elbow_flexion", "arm_exo", repetitions=1))
    trial.run(off(np.array([-0.6]), lambda trial: trial.phase is Phase.HOLD))
    assert verdicts(trial) == ["the goal was not held"]


def test_a_passive_movement_fails_where_the_cuffs_press() -> None:
    trial = Trial(made("shoulder_flexion_passive", "arm_exo", repetitions=1))
    trial.until(obedient, lambda trial: kind(trial) == "there")
    trial.part["cuffs"][1, 2] = 45.0
    trial.step(obedient)
    trial.part["cuffs"][:] = 0.0
    assert verdicts(trial.run(obedient)) == ["the force was above the limit"]


def test_a_reach_with_the_trunk_is_none() -> None:
    trial = Trial(made("forward_reach", "arm_exo", repetitions=1))
    trial.part["trunk"] = (0.0, 0.0, 0.0)
    trial.until(obedient, lambda trial: kind(trial) == "there")
    trial.part["trunk"] = (0.035, 0.0, 0.0)
    assert verdicts(trial.run(obedient)) == ["the trunk went along"]


@pytest.mark.parametrize(("rig", "height"), [("arm_exo", 0.0), ("planar_reach", -0.29)])
def test_a_reach_goes_to_nine_tenths_of_the_arm_and_to_the_height_that_it_can(rig: str, height: float) -> None:
    exercise = made("forward_reach", rig)
    goal = exercise.repetition(1)[0].path.points[-1]
    assert exercise.context.reach_of(exercise.coordinates.axes, goal[None]) == pytest.approx(0.9)
    palm = np.array([*exercise.context.tip[:3]])
    palm[list(exercise.coordinates.axes)] = goal
    shoulder = exercise.context.p_world_shoulder
    assert (palm + exercise.context.p_tip_palm - shoulder)[2] == pytest.approx(height)


@pytest.mark.parametrize(("name", "most"), [("circle", 0.015), ("figure_of_eight", 0.02)])
def test_who_is_off_the_line_by_more_than_is_allowed_fails(name: str, most: float) -> None:
    def traced(share: float) -> Trial:
        away = np.array([0.0, 0.0, share * most])  # before or behind its plane, where the line is nearest as before
        return Trial(made(name, "arm_exo", repetitions=1)).run(
            off(away[[2, 0, 1]], lambda trial: kind(trial) != FIRST and trial.asks.progress < 0.9)
        )

    assert verdicts(traced(0.8)) == [""]
    assert verdicts(traced(1.3)) == ["the hand was too far off the line"]


def test_circles_go_both_ways() -> None:
    exercise = made("circle", "planar_reach")
    out, back = (exercise.repetition(index)[-1].path.points for index in (2, 1))
    np.testing.assert_allclose(out, back[::-1])
    radii = np.linalg.norm(out - 0.5 * (out[0] + out[len(out) // 2]), axis=1)
    np.testing.assert_allclose(radii, 0.07, atol=1e-6)


def test_an_eight_is_twenty_by_ten_centimetres() -> None:
    points = made("figure_of_eight", "planar_reach").repetition(1)[0].path.points
    np.testing.assert_allclose(np.ptp(points, axis=0), [0.1, 0.2], atol=1e-3)


def test_a_way_to_the_mouth_that_leaves_a_point_out_is_none() -> None:
    trial = Trial(made("hand_to_mouth", "arm_exo", repetitions=1))
    away = np.array([0.05, -0.07, 0.0])
    trial.run(off(away, lambda trial: kind(trial) == "there" and 0.1 < trial.asks.progress < 0.6))
    assert verdicts(trial) == ["the way did not lead past its points in order"]


def test_a_cup_that_tips_to_the_side_is_spilt() -> None:
    trial = Trial(made("hand_to_mouth", "arm_exo", repetitions=1))
    tilted = np.array([np.cos(0.2), np.sin(0.2), 0.0, 0.0])  # 23 degrees about the forearm, which points forward
    upright = trial.exercise.context.tip[3:].copy()
    trial.tick["arms"]["arm"]["tip"][3:] = product(tilted, upright)
    assert abs(tilt(trial.tick["arms"]["arm"]["tip"])) == pytest.approx(np.degrees(0.4), abs=0.1)
    assert verdicts(trial.run(obedient)) == ["the cup tipped"]
    assert tilt(trial.exercise.context.tip) == pytest.approx(0.0, abs=1e-6)


def tilt(tip: Vector) -> float:
    return sideways(tip, np.zeros((3, 3)))


def product(a: Vector, b: Vector) -> Vector:
    w, v = a[0] * b[0] - a[1:] @ b[1:], a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:])
    return np.array([w, *v])


def test_the_way_to_the_mouth_is_about_35_centimetres() -> None:
    there = made("hand_to_mouth", "arm_exo").repetition(1)[0]
    assert 0.3 < there.path.length < 0.42
    assert there.path.points[-1][2] > there.path.points[0][2] + 0.2


def test_an_object_is_carried_over_the_edge_or_hits_the_shelf() -> None:
    def carried(lower: float) -> Trial:
        def late(trial: Trial) -> bool:
            return kind(trial) == "carry" and trial.phase is Phase.MOVE and 0.6 < trial.asks.progress < 0.95

        return Trial(made("lift_and_place", "arm_exo", repetitions=1)).run(off(np.array([0.015, 0.0, -lower]), late))

    assert verdicts(carried(0.0)) == [""]
    assert verdicts(carried(0.08)) == ["it hit the shelf"]


def test_an_object_that_was_not_waited_for_is_not_taken() -> None:
    trial = Trial(made("lift_and_place", "arm_exo", repetitions=1))
    trial.run(off(np.array([0.0, 0.1, 0.0]), lambda trial: kind(trial) == "take" and trial.phase is Phase.HOLD))
    assert verdicts(trial) == ["the object was not taken"]


def test_the_object_lies_is_carried_and_is_placed() -> None:
    trial = Trial(made("lift_and_place", "arm_exo", repetitions=1)).run(obedient)
    seen = [int(signals[6]) for signals in trial.signals]
    assert [a for a, b in zip(seen, [*seen[1:], -1], strict=True) if a != b] == [0, 1, 2]


def test_a_resisted_reach_has_three_seconds() -> None:
    trial = Trial(made("resisted_reach", "planar_reach", repetitions=1))
    start = trial.exercise.repetition(1)[0].path.points[0]
    trial.run(lambda trial: np.asarray(start + 0.8 * (trial.asks.reference - start)))
    assert verdicts(trial) == ["the goal was not reached in time"]
    assert trial.exercise.repetition(1)[0].patience_s == pytest.approx(3.0)


def test_who_catches_sooner_has_more_points_and_targets_are_drawn() -> None:
    def played(seed: int) -> Trial:
        return Trial(made("catch", "planar_reach", repetitions=5, seed=seed)).run(obedient)

    one, other = played(1), played(2)
    assert 0.0 < one.signals[-1][6] < 500.0
    goals = [{tuple(tick[7]) for tick in trial.ticks if tick[1] is Moment.MOVE} for trial in (one, other)]
    assert len(goals[0]) >= 5
    assert not goals[0] & goals[1] - {tuple(one.exercise.context.x)}
    quick = Trial(made("catch", "planar_reach", repetitions=5, seed=1))
    quick.run(lambda trial: trial.asks.goal.copy() if trial.asks.moment is Moment.MOVE else obedient(trial))
    assert quick.signals[-1][6] > one.signals[-1][6]


def test_who_trails_the_target_too_far_behind_loses_it() -> None:
    def followed(away: float) -> Trial:
        return Trial(made("path_follow", "planar_reach", repetitions=1)).run(
            off(np.array([away, 0.0]), lambda trial: kind(trial) == "follow")
        )

    assert verdicts(followed(0.02)) == [""]
    assert verdicts(followed(0.04)) == ["the hand was too rarely with the target"]


def test_the_mark_runs_with_the_target() -> None:
    trial = Trial(made("path_follow", "planar_reach", repetitions=1))
    trial.until(obedient, lambda trial: kind(trial) == "follow")
    for _ in range(100):
        trial.step(obedient)
    np.testing.assert_array_equal(trial.targets[-1][:2], trial.ticks[-1][4])


def test_a_range_ends_where_the_patient_gets_no_further_and_where_the_arm_resists() -> None:
    exercise = made("range_of_motion", "arm_exo", repetitions=2)  # what the robot brought him to first is not his own
    own, passive = np.radians([30.0, 90.0]), np.radians([20.0, 110.0])

    def stiff(trial: Trial) -> Vector:
        ends = passive if trial.asks.moment is Moment.RELAX else own
        x = np.clip(trial.asks.reference, *ends)
        trial.part["patient"] = 20.0 * (x - trial.asks.reference) if trial.asks.moment is Moment.RELAX else 0.0
        return np.asarray(x)

    trial = Trial(exercise).run(stiff)
    assert verdicts(trial) == ["", ""]
    by_moment = {moment: [tick[8][0] for tick in trial.ticks if tick[1] is moment] for moment in Moment}
    assert np.degrees([min(by_moment[Moment.MOVE]), max(by_moment[Moment.MOVE])]) == pytest.approx([30.0, 90.0], abs=1)
    assert np.degrees(max(by_moment[Moment.RELAX])) == pytest.approx(110.0, abs=1)
    # 2.5 Nm at 20 Nm/rad: the robot went on by no more than 7 degrees, and little more until it was felt.
    assert max(np.degrees(tick[4][0]) for tick in trial.ticks if tick[1] is Moment.RELAX) < 121.0


def test_strength_is_pushed_both_ways_for_six_seconds_each_and_nothing_moves() -> None:
    trial = Trial(made("strength", "arm_exo", repetitions=1)).run(obedient)
    pushed = [tick for tick in trial.ticks if tick[1] is Moment.PUSH]
    senses = {float(np.sign(tick[7] - tick[6])[0]): 0 for tick in pushed}
    assert set(senses) == {1.0, -1.0}
    assert len(pushed) * trial.exercise.context.dt == pytest.approx(12.0, abs=0.1)
    assert all(np.array_equal(tick[4], tick[6]) and not tick[5].any() for tick in pushed)
    assert trial.judged == [0]


def growing(trial: Trial) -> Vector:
    """An arm whose push grows by 10 Nm a second."""
    at = obedient(trial)
    if trial.asks.moment is Moment.PUSH:
        trial.part["patient"] = 10.0 * trial.asks.elapsed_s * np.sign(trial.asks.goal - trial.asks.start)
    return at


def test_a_push_is_enough_where_the_robot_can_hold_no_more_and_that_is_said() -> None:
    trial = Trial(made("strength", "arm_exo", repetitions=1)).run(growing)
    pushed = [tick for tick in trial.ticks if tick[1] is Moment.PUSH]
    most = trial.exercise.settings.most_nm["elbow_flexion"]
    assert len(pushed) * trial.exercise.context.dt == pytest.approx(2.0 * most / 10.0, abs=0.1)
    assert trial.judged == [2]
    assert "at least" in trial.exercise.verdicts[2]


def test_tone_is_taken_at_rising_speeds_and_not_beyond_the_limits() -> None:
    def peaks(**changes: object) -> list[float]:
        exercise = made("tone", "arm_exo", repetitions=4, **changes)
        ways = [exercise.repetition(index)[-1] for index in range(4)]
        return [np.degrees(1.875 * way.path.length / way.duration_s) for way in ways]

    assert peaks() == pytest.approx([15.0, 45.0, 90.0, 150.0])
    assert peaks(speed=0.5) == pytest.approx([15.0, 45.0, 90.0, 150.0])
    assert peaks(fastest=np.radians(80.0)) == pytest.approx([15.0, 45.0, 15.0, 45.0])


def test_sets_are_followed_by_a_rest() -> None:
    text = "\n".join(
        (
            'title = "t"\nexercise = "external_rotation"\nsource = "s"\nspace = "joint"',
            'joints = ["shoulder_rotation"]',
            'rigs = ["arm_exo"]\nset_size = 2\nrest_s = 20.0\nfrom_deg = 0.0\nto_deg = -45.0\nspeed_deg_s = 45.0',
            '[say]\nfirst = "A."\nthere = "B."\nback = "C."',
        )
    )
    settings = parse(text, "test")
    trial = Trial(create("test", settings, context_of(settings, "arm_exo", repetitions=5))).run(obedient)
    rests = [index for index, tick in enumerate(trial.ticks) if tick[0] == Phase.REST]
    assert len(rests) * trial.exercise.context.dt == pytest.approx(40.0, abs=0.1)  # none after the last
    assert {trial.ticks[index][1] for index in rests} == {Moment.REST}
    assert {trial.exercise.words[int(trial.signals[index][4])] for index in rests} == {settings.rest}
    assert trial.signals[rests[0]][3] == pytest.approx(20.0, abs=0.1)


def test_an_exercise_with_rests_takes_no_longer_than_it_says_and_says_little_more() -> None:
    def longest(reps: int) -> float:
        return Trial(made("elbow_flexion", "arm_exo", repetitions=reps)).bout.longest_s()

    trial = Trial(made("elbow_flexion", "arm_exo", repetitions=11)).run(obedient)
    rests = [tick for tick in trial.ticks if tick[0] == Phase.REST]
    rest_s = trial.exercise.settings.rest_s
    assert len(rests) * trial.exercise.context.dt == pytest.approx(2.0 * rest_s, abs=0.1)  # behind five and ten
    assert trial.time_s <= longest(11)
    assert longest(6) - longest(5) == pytest.approx(longest(5) - longest(4) + rest_s)


def test_what_is_shown_of_a_range_is_its_way_and_not_its_end_and_of_a_run_only_its_beginning() -> None:
    ranges = made("range_of_motion", "arm_exo", "elbow_flexion")
    up = ranges.repetition(0)
    shown = ranges.to_show(up)
    assert shown is not None
    begin, end = up[0].path.points[[0, -1], 0]
    assert shown.path.points[0, 0] == begin
    assert 0.0 < (shown.path.points[-1, 0] - begin) / (end - begin) <= 0.5
    assert np.degrees(shown.peak_speed) == pytest.approx(12.0)
    game = made("path_follow", "planar_reach")
    run = game.repetition(0)[-1]
    shown = game.to_show([run])
    assert shown is not None
    assert shown.duration_s == pytest.approx(4.0)
    assert shown.peak_speed == pytest.approx(run.peak_speed)
    assert 0.0 < shown.path.length < 0.7 * run.path.length
    weighing = made("weighing", "arm_exo")
    first = weighing.repetition(0)
    assert weighing.to_show(first) is first[0]
    stretch = made("tone", "arm_exo", "elbow_flexion")
    shown = stretch.to_show(stretch.repetition(0))
    assert shown is not None
    assert np.degrees(shown.peak_speed) == pytest.approx(15.0)


def test_an_arc_keeps_to_its_share_of_the_range_and_needs_some() -> None:
    settings = load("shoulder_flexion_passive")
    context = context_of(settings, "arm_exo", lower=np.radians([-20.0]), upper=np.radians([120.0]))
    there = create("passive", settings, context).repetition(1)[0]
    # 136 degrees are left inside, of which 90 % about the middle.
    np.testing.assert_allclose(np.degrees(there.path.points[:, 0]), [10.0, 50.0 + 0.45 * 136.0])
    narrow = context_of(settings, "arm_exo", lower=np.radians([-20.0]), upper=np.radians([15.0]))
    with pytest.raises(ArgumentError, match="leave nothing"):
        create("passive", settings, narrow)


def test_what_an_arm_cannot_reach_is_refused_and_what_it_nearly_can_comes_nearer() -> None:
    settings = load("circle")
    near = create("circle", settings, context_of(settings, "planar_reach", arm_length_m=0.56))
    usual = create("circle", settings, context_of(settings, "planar_reach"))
    assert near.repetition(1)[0].path.points[:, 0].mean() < usual.repetition(1)[0].path.points[:, 0].mean() - 0.005
    with pytest.raises(ArgumentError, match="too large for an arm of 40 cm"):
        create("circle", settings, context_of(settings, "planar_reach", arm_length_m=0.4))


def test_a_joint_that_cannot_be_chosen_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"choose of: .*wrist_flexion"):
        load("tone").ordered("arm_exo", "knee")
    with pytest.raises(ArgumentError, match="choose of: elbow_flexion"):
        load("elbow_flexion").ordered("arm_exo", "wrist_flexion")


def test_settings_without_words_for_an_approach_are_refused() -> None:
    text = 'title = "t"\nexercise = "circle"\nsource = "s"\nspace = "tip"\naxes = [0, 1]\nrigs = ["planar_reach"]\n'
    with pytest.raises(ConfigError, match="first"):
        parse(text + 'off_mm = 15.0\nduration_s = 8.0\nradius_mm = 70.0\n[say]\nround = "Go."', "test")
