"""What every exercise that is configured promises."""

from __future__ import annotations

import itertools
import math
from functools import cache

import numpy as np
import pytest
from msgspec.structs import replace

from control.laws import load as load_law
from control.laws import names as law_names
from control.tick import State
from robotics.contracts import Vector
from robotics.guidance import Moment, Space
from robotics.trajectories import PEAK_VELOCITY
from tests.vr_training.exercises.trial import DT, Trial, cases, context_of, idle, made, obedient, wanderer
from vr_training.exercises import FIRST, Exercise, Phase, create, load, names
from vr_training.exercises.refusal import REACH

CASES = list(cases())
ids = ["-".join(filter(None, case)) for case in CASES]
every = pytest.mark.parametrize(("name", "rig", "joint"), CASES, ids=ids)

SHIPPED = {
    "shoulder_flexion_passive", "shoulder_abduction", "external_rotation", "elbow_flexion", "pronation",
    "wrist_flexion", "wrist_deviation", "centre_out", "forward_reach", "circle", "figure_of_eight", "hand_to_mouth",
    "lift_and_place", "resisted_reach", "range_of_motion", "strength", "tone", "catch", "path_follow",
}  # fmt: skip

FASTEST_M_S = 0.3
ARMS = {"obedient": lambda: obedient, "idle": lambda: idle, "lost": lambda: wanderer(1), "astray": lambda: wanderer(2)}


def movements(exercise: Exercise):
    return exercise.planned()


def fastest_deg_s(exercise: Exercise) -> float:
    """The most that an exercise of joints says of its own speed [deg/s]."""
    settings = exercise.settings
    said = [getattr(settings, key, 0.0) for key in ("speed_deg_s", "own_speed_deg_s")]
    return max(*said, *getattr(settings, "speeds_deg_s", ()), settings.approach_deg_s)


def test_all_that_a_clinic_expects_is_there() -> None:
    assert set(names()) >= SHIPPED


@pytest.mark.parametrize("name", names())
def test_an_exercise_is_called_after_its_file(name: str) -> None:
    assert load(name).exercise == name


@pytest.mark.parametrize("name", names())
def test_its_laws_exist_have_gains_for_its_space_and_are_made_for_what_it_asks(name: str) -> None:
    settings = load(name)
    space = Space(settings.space)
    assert settings.law in (settings.laws or law_names())
    for law in (settings.law, *settings.laws, *settings.imposes.values()):
        assert space in load_law(law).spaces()
    rig, joint = next((rig, joint) for case, rig, joint in CASES if case == name)
    for each in (each for repetition in movements(made(name, rig, joint)) for each in repetition):
        law = load_law(settings.imposes.get(each.moment.name.lower(), settings.law))
        assert law.fitting(each.moment)


@cache
def ran(name: str, rig: str, joint: str | None, how: str) -> Trial:
    """A whole trial of two repetitions; not to be changed."""
    return Trial(made(name, rig, joint, repetitions=2)).run(ARMS[how]())


@every
def test_every_kind_of_movement_has_its_words(name: str, rig: str, joint: str | None) -> None:
    exercise = made(name, rig, joint)
    said = exercise.settings.say
    used = {each.say for repetition in movements(exercise) for each in repetition} | {FIRST}
    assert used <= set(said)
    for words in exercise.words:
        assert words == words.strip()
        assert words.endswith((".", "?", "!"))
        assert words[0].isupper()


@every
def test_movements_begin_where_the_last_one_ended(name: str, rig: str, joint: str | None) -> None:
    exercise = made(name, rig, joint, repetitions=6)
    at = exercise.context.x
    for each in (each for repetition in movements(exercise) for each in repetition):
        np.testing.assert_allclose(each.path.points[0], at, atol=1e-9)
        at = each.path.points[0 if each.moment is Moment.PUSH else -1]


@every
def test_what_is_planned_is_what_comes_and_planning_draws_nothing(name: str, rig: str, joint: str | None) -> None:
    exercise = made(name, rig, joint, repetitions=4)
    planned = [movements(exercise), movements(exercise), [exercise.repetition(index) for index in range(4)]]
    for one, other in itertools.pairwise(planned):
        for a, b in zip(itertools.chain(*one), itertools.chain(*other), strict=True):
            np.testing.assert_array_equal(a.path.points, b.path.points)
            assert (a.say, a.duration_s, a.pause_s) == (b.say, b.duration_s, b.pause_s)


@every
def test_nothing_leaves_what_is_allowed_or_can_be_reached(name: str, rig: str, joint: str | None) -> None:
    exercise = made(name, rig, joint, repetitions=6)
    context = exercise.context
    for each in (each for repetition in movements(exercise) for each in repetition):
        points = each.path.points
        if exercise.coordinates.space is Space.TIP:
            assert context.reach_of(exercise.coordinates.axes, points) <= REACH + 1e-9
        else:
            assert (points >= context.lower).all()
            assert (points <= context.upper).all()


@every
def test_no_reference_is_faster_than_was_said(name: str, rig: str, joint: str | None) -> None:
    exercise = made(name, rig, joint, repetitions=4)
    planned = [each for repetition in movements(exercise) for each in repetition if each.moment is not Moment.PUSH]
    if exercise.coordinates.space is Space.JOINT:
        allowed = math.radians(fastest_deg_s(exercise))
    else:
        allowed = max(*(each.peak_speed for each in planned), 0.01 * exercise.settings.approach_cm_s)
        assert allowed <= FASTEST_M_S
    for how in ARMS:
        trial = ran(name, rig, joint, how)
        rates = np.array([float(np.linalg.norm(tick[5])) for tick in trial.ticks if tick[1] is not Moment.REST])
        assert rates.size == 0 or rates.max() <= allowed + 1e-9


@every
def test_a_reference_never_jumps(name: str, rig: str, joint: str | None) -> None:
    """Under whatever law, the arm is asked for from where it is."""
    trial = ran(name, rig, joint, "lost")
    exercise, most = trial.exercise, 0.0
    for before, tick in zip(trial.ticks, trial.ticks[1:], strict=False):
        if tick[1] in (Moment.MOVE, Moment.RELAX) and tick[2] != before[2]:
            away = float(np.linalg.norm(tick[4] - tick[8]))
            most = max(most, away - exercise.tolerance)
    for how in ("obedient", "idle"):
        ticks = ran(name, rig, joint, how).ticks
        for before, tick in itertools.pairwise(ticks):
            if Moment.REST not in (before[1], tick[1]) and Moment.PUSH not in (before[1], tick[1]):
                moved = float(np.linalg.norm(tick[4] - before[4]))
                fast = max(float(np.linalg.norm(before[5])), float(np.linalg.norm(tick[5])))
                new = tick[2] != before[2] and how == "idle"  # begins where the arm is
                assert moved <= 1.1 * fast * DT + 1e-6 or new
    straight = all(each.straight for repetition in movements(exercise) for each in repetition)
    assert most <= 1e-9 or not straight


@every
def test_the_same_seed_gives_the_same_bout_bit_for_bit(name: str, rig: str, joint: str | None) -> None:
    runs = [ran(name, rig, joint, "obedient"), Trial(made(name, rig, joint, repetitions=2)).run(obedient)]
    assert len(runs[0].ticks) == len(runs[1].ticks)
    for a, b in zip(runs[0].ticks, runs[1].ticks, strict=True):
        assert a[:4] == b[:4]
        for left, right in zip(a[4:], b[4:], strict=True):
            np.testing.assert_array_equal(left, right)


@every
def test_who_does_what_is_asked_passes_every_repetition(name: str, rig: str, joint: str | None) -> None:
    trial = ran(name, rig, joint, "obedient")
    assert trial.done
    assert trial.success
    assert trial.judged == [0, 0]
    assert trial.signals[-1][0] == trial.signals[-1][1] == 2.0
    assert trial.phase is Phase.DONE
    assert trial.asks.moment is Moment.REST


@every
def test_who_does_nothing_passes_none(name: str, rig: str, joint: str | None) -> None:
    trial = ran(name, rig, joint, "idle")
    assert trial.done
    assert not trial.success
    assert len(trial.judged) == 2
    assert all(trial.judged)
    assert all(trial.exercise.verdicts[verdict] for verdict in trial.judged)


@every
@pytest.mark.parametrize("how", ARMS)
def test_it_never_takes_longer_than_it_says(name: str, rig: str, joint: str | None, how: str) -> None:
    trial = ran(name, rig, joint, how)
    assert trial.done
    assert trial.time_s <= Trial(made(name, rig, joint, repetitions=2)).bout.longest_s()


@every
def test_a_pause_begins_the_movement_again_and_costs_nobody_his_success(name: str, rig: str, joint: str | None) -> None:
    trial = Trial(made(name, rig, joint, repetitions=2))

    def midway(trial: Trial) -> bool:
        return trial.phase is Phase.MOVE and trial.asks.elapsed_s > 0.4

    trial.until(obedient, midway)
    movement, goal = trial.asks.movement, trial.asks.goal.copy()
    for _ in range(80):
        trial.step(obedient, State.CLUTCHED)
        assert trial.asks.moment is Moment.REST
    trial.until(obedient, lambda trial: trial.asks.movement > movement)
    np.testing.assert_array_equal(trial.asks.goal, goal)
    assert trial.asks.elapsed_s < 0.05
    trial.run(obedient)
    assert trial.success
    assert trial.judged == [0, 0]


@every
def test_a_stop_ends_it(name: str, rig: str, joint: str | None) -> None:
    trial = Trial(made(name, rig, joint)).until(obedient, lambda trial: trial.phase is Phase.MOVE)
    trial.tick["cause"] = 1
    before = trial.time_s
    while not trial.done:
        trial.step(idle, State.HOLD)
        assert trial.time_s - before < 3.0
    assert not trial.success


@every
def test_less_amplitude_asks_for_less_way(name: str, rig: str, joint: str | None) -> None:
    def way(amplitude: float) -> float:
        exercise = made(name, rig, joint, amplitude=amplitude, seed=3)
        return sum(each.path.length for repetition in movements(exercise) for each in repetition if each.counted)

    fixed = {"strength", "tone", "range_of_motion"}  # what is found must not depend on how hard an exercise is
    if name in fixed:
        assert way(0.6) == pytest.approx(way(1.0))
    else:
        assert way(0.6) < 0.95 * way(1.0)


@every
def test_where_something_is_shown_the_ghost_goes_alone_and_nothing_is_asked(
    name: str, rig: str, joint: str | None
) -> None:
    trial = ran(name, rig, joint, "obedient")
    shown = [tick for tick in trial.ticks if tick[0] == Phase.SHOW]
    # There is always something to show, but for an arm that stands already where it is to push.
    assert bool(shown) or (name, joint) == ("strength", "forearm_pronation")
    if shown:
        assert all(tick[1] is Moment.REST and tick[2] == 0 for tick in shown)
        assert max(float(np.linalg.norm(tick[4] - tick[6])) for tick in shown) > 0.0
        np.testing.assert_array_equal(shown[-1][8], trial.exercise.context.x)
        words = trial.exercise.words
        index = next(i for i, tick in enumerate(trial.ticks) if tick[0] == Phase.SHOW)
        assert words[int(trial.signals[index + 1][4])] == trial.exercise.settings.show


@every
def test_what_is_shown_moves_no_faster_than_what_is_asked_then_the_exercise_begins_as_without_it(
    name: str, rig: str, joint: str | None
) -> None:
    trial = ran(name, rig, joint, "obedient")
    exercise = trial.exercise
    unshown = replace(exercise.settings, demonstrates=False)
    plain = create(name, unshown, context_of(unshown, rig, repetitions=2))
    plain.reset(np.random.default_rng(1))
    without = Trial(plain).run(obedient)
    assert not any(tick[0] == Phase.SHOW for tick in without.ticks)
    begun, at = (next(i for i, tick in enumerate(each.ticks) if tick[2] == 1) for each in (trial, without))
    for one, other in zip(trial.ticks[begun:], without.ticks[at:], strict=True):
        assert one[:4] == other[:4]
        for left, right in zip(one[4:], other[4:], strict=True):
            np.testing.assert_array_equal(left, right)
    for said, other in zip(trial.signals[begun:], without.signals[at:], strict=True):
        np.testing.assert_array_equal(said, other)
    rates = [float(np.linalg.norm(tick[5])) for tick in trial.ticks if tick[0] == Phase.SHOW]
    if not rates:
        assert begun == at
        return
    planned = [each for repetition in movements(exercise) for each in repetition]
    assert begun > at
    assert 0.0 < max(rates) <= max(each.peak_speed for each in planned) + 1e-9
    assert rates[-1] < 0.1 * max(rates)  # it came to its end


def test_every_exercise_is_shown_first() -> None:
    assert [name for name in names() if not load(name).demonstrates] == []


@pytest.mark.parametrize("name", names())
def test_who_is_asked_for_ten_repetitions_rests_between_them(name: str) -> None:
    settings = load(name)
    rests = sum(settings.rests_after(done, settings.repetitions) for done in range(settings.repetitions + 1))
    if settings.repetitions >= 10:
        assert rests >= 1
        assert settings.rest_s >= 20.0
    assert not settings.rests_after(0, settings.repetitions)
    assert not settings.rests_after(settings.repetitions, settings.repetitions)


@every
def test_the_left_arm_does_what_the_right_one_does_mirrored(name: str, rig: str, joint: str | None) -> None:
    right, left = (made(name, rig, joint, side=side, seed=4) for side in ("right", "left"))
    for a, b in zip(movements(right), movements(left), strict=True):
        for one, other in zip(a, b, strict=True):
            np.testing.assert_allclose(other.path.points, mirrored(right, one.path.points), atol=1e-12)
            assert (one.say, one.duration_s, one.moment) == (other.say, other.duration_s, other.moment)


def mirrored(exercise: Exercise, points: Vector) -> Vector:
    """Joints are alike on both sides; the tip's places are mirrored in the body's middle plane."""
    if exercise.coordinates.space is Space.JOINT:
        return points
    signs = np.where(np.array(exercise.coordinates.axes) == 1, -1.0, 1.0)
    return np.asarray(points * signs)


def test_peak_speed_is_that_of_a_minimum_jerk_movement() -> None:
    each = movements(made("elbow_flexion", "arm_exo"))[0][1]
    assert each.peak_speed == pytest.approx(PEAK_VELOCITY * each.path.length / each.duration_s)
