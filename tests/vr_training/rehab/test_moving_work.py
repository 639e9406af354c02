"""Who moved the arm: an arm of known mass, weight and tissue that is moved by forces of closed form."""

import math

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.guidance import Moment
from tests.vr_training.rehab.made_traces import RATE, made, still, stroke
from vr_training.rehab.measures import effort, measure, summarise
from vr_training.rehab.measures.effort import patient_share
from vr_training.rehab.measures.motion import motion

MASS_KG, WEIGHT_N, DAMPING_NS_M = 2.0, 6.0, 5.0
QUICK = (0.3, 0.6)
"""A way [m] and its time [s] on which an arm of this mass has most energy of motion: 0.9 J."""


def trip(start=0.0, goal=QUICK[0], seconds=QUICK[1]):
    """Position of a movement with its rests before and after, shape (t, 1)."""
    return np.vstack([still(start, 0.5), stroke(start, goal, seconds), still(goal, 0.7)])


def asked(x, before_s=0.4):
    """Rest, go, and hold from the arrival on."""
    moment = np.full(len(x), int(Moment.MOVE))
    moment[: round(before_s * RATE)] = Moment.REST
    moment[-round(0.6 * RATE) :] = Moment.HOLD
    return moment


def derivatives(x):
    v = np.gradient(x, 1.0 / RATE, axis=0)
    return v, np.gradient(v, 1.0 / RATE, axis=0)


def limp(x, damping_ns_m=DAMPING_NS_M):
    """A limp arm that is carried: all that is felt of it is its mass and its tissue; what moves it is the robot."""
    v, a = derivatives(x)
    own = -MASS_KG * a - damping_ns_m * v
    return made(x, asked(x), patient=own, robot=-own, goal=x[-1])


def moving_work(trace):
    return effort.moving_work(motion(trace))[:2]


def share(*traces):
    return summarise([measure(trace) for trace in traces]).get("patient_share", math.nan)


def test_a_limp_mass_that_the_robot_moves_there_and_back_has_no_share():
    there, back = limp(trip()), limp(trip(QUICK[0], 0.0))
    rectified = measure(there)
    # As it is braked the arm gives back what it took up: of that alone its owner would have had a fifth and more.
    assert patient_share(rectified["patient_work"], rectified["robot_work"]) > 20.0
    assert share(there, back) == pytest.approx(0.0, abs=0.2)


def test_an_arm_that_its_owner_moves_by_himself_has_all_of_it():
    x = trip()
    v, a = derivatives(x)
    # Who moves an arm by himself against the robot's damping: the robot gives nothing, the cuffs feel the rest.
    trace = made(x, asked(x), patient=DAMPING_NS_M * v + 1e-3 * a, robot=np.zeros_like(x))
    assert share(trace) == 100.0


def test_against_a_law_that_resists_the_share_is_whole():
    x = trip()
    v, _ = derivatives(x)
    assert share(made(x, asked(x), patient=20.0 * v, robot=-15.0 * v)) == 100.0


def test_the_energy_of_motion_is_nobodys():
    x = trip()
    _, a = derivatives(x)
    swung = made(x, asked(x), patient=-MASS_KG * a, robot=MASS_KG * a)
    assert swung.x.size
    assert moving_work(swung) == pytest.approx((0.0, 0.0), abs=2e-3)
    assert measure(swung)["patient_work"] == pytest.approx(0.5 * MASS_KG * (1.875 * 0.5) ** 2, rel=0.05)


def test_who_lifts_together_shares_as_he_lifts():
    x = trip()
    lifted = WEIGHT_N * QUICK[0]
    for own in (0.0, 0.25, 0.5, 0.8):
        trace = made(x, asked(x), patient=np.full_like(x, own * WEIGHT_N), robot=np.full_like(x, (1 - own) * WEIGHT_N))
        assert share(trace) == pytest.approx(100.0 * own)
        assert moving_work(trace) == pytest.approx((own * lifted, (1 - own) * lifted), rel=0.02, abs=1e-9)


def test_letting_an_arm_down_puts_nothing_in_whoever_does_it():
    up, down = trip(), trip(QUICK[0], 0.0)
    weight = np.full_like(up, WEIGHT_N)
    nothing = np.zeros_like(weight)
    lifted = made(up, asked(up), patient=0.5 * weight, robot=0.5 * weight)
    assert math.isnan(share(made(down, asked(down), patient=weight, robot=nothing)))
    assert share(lifted, made(down, asked(down), patient=weight, robot=nothing)) == pytest.approx(50.0)
    assert share(lifted, made(down, asked(down), patient=nothing, robot=weight)) == pytest.approx(50.0)


def test_a_tremor_moves_nothing():
    t = np.arange(len(trip())) / RATE
    for hz in (4.0, 5.0, 8.0):
        # A limp arm that shakes: its owner's muscles feed the robot's damping all the time.
        shake = 0.004 * np.sin(2.0 * math.pi * hz * t)[:, None]
        v, _ = derivatives(shake)
        calm = limp(trip())
        shaken = replace(calm, x=calm.x + shake, patient=calm.patient + 40.0 * v)
        rectified = measure(shaken)
        assert patient_share(rectified["patient_work"], rectified["robot_work"]) > 25.0
        assert share(shaken) < 2.0


def test_an_arm_that_swings_about_its_goal_against_the_law_puts_nothing_in():
    t = np.arange(round(3.0 * RATE)) / RATE
    # A mass at a spring, of the law, that rings out: what the one gives the other takes.
    k, decay = 80.0, 1.5
    omega = math.sqrt(k / MASS_KG - (decay) ** 2)
    ring = 0.1 * np.exp(-decay * t) * (np.cos(omega * t) + decay / omega * np.sin(omega * t))
    x = np.concatenate([np.full(round(0.6 * RATE), 0.1), ring])[:, None]
    v, a = derivatives(x)
    # The law pulls from the go on to zero; the arm resists with mass and tissue.
    pull = np.where(np.arange(len(x)) < round(0.6 * RATE), 0.0, -k * x[:, 0])[:, None]
    moment = np.full(len(x), int(Moment.MOVE))
    trace = made(x, moment, patient=-MASS_KG * a - 2.0 * decay * MASS_KG * v, robot=pull, goal=np.zeros(1))
    rectified = measure(trace)
    assert patient_share(rectified["patient_work"], rectified["robot_work"]) > 10.0
    assert share(trace) < 1.0


def test_of_a_movement_that_is_cut_off_the_energy_of_motion_is_not_counted():
    whole = limp(trip())
    at = round(0.8 * RATE)  # in the middle of it, at full speed

    def cut(trace, end):
        arrays = ("x", "reference", "robot", "patient", "assistance", "trunk", "cuff_n", "moment")
        return replace(trace, **{name: getattr(trace, name)[:end] for name in arrays})

    taken = cut(whole, at)
    assert measure(taken)["robot_work_net"] > 0.8
    assert moving_work(taken)[1] < 0.01
    assert math.isnan(share(cut(limp(trip(QUICK[0], 0.0)), at))) or share(taken) < 5.0


def test_rests_between_the_movements_of_one_do_not_end_it():
    x = np.vstack([still(0.0, 0.5), stroke(0.0, 0.1, 0.5), still(0.1, 0.6), stroke(0.1, 0.3, 0.6), still(0.3, 0.7)])
    lift = np.full_like(x, WEIGHT_N)
    trace = made(x, asked(x), patient=lift, robot=0.5 * lift)
    assert moving_work(trace) == pytest.approx((WEIGHT_N * 0.3, 0.5 * WEIGHT_N * 0.3), rel=0.01)


def test_an_arm_that_hangs_between_shoulder_and_handle_has_no_share_by_its_weight():
    # Its weight draws the hand outwards; the robot that moves it there and back knows nothing of it.
    out, back = (replace(limp(x), weighed=False) for x in (trip(), trip(QUICK[0], 0.0)))
    drawn = [replace(t, patient=t.patient + WEIGHT_N, robot=t.robot - WEIGHT_N) for t in (out, back)]
    assert share(*drawn) == 0.0
    assert share(*(replace(trace, weighed=True) for trace in drawn)) > 20.0
    # Who goes there and back by himself has all of it, however it hangs.
    alone = [replace(t, patient=DAMPING_NS_M * derivatives(t.x)[0], robot=np.zeros_like(t.robot)) for t in drawn]
    assert share(*(replace(trace, patient=trace.patient + WEIGHT_N) for trace in alone)) == 100.0


def test_at_a_handle_no_share_is_told_where_what_goes_on_in_the_arm_itself_may_decide():
    light = [limp(x, 1.0) for x in (trip(), trip(QUICK[0], 0.0))]  # half a newton on average: so much his elbow takes
    assert math.isnan(share(*(replace(trace, weighed=False) for trace in light)))
    assert share(*light) == pytest.approx(0.0, abs=0.2)
    # Whom no law helped has moved his arm himself, however light it was.
    own = [replace(t, patient=derivatives(t.x)[0], robot=np.zeros_like(t.robot), weighed=False) for t in light]
    assert share(*own) == 100.0
    found = measure(replace(light[0], weighed=False))
    assert found["handle_way"] == pytest.approx(100.0 * QUICK[0], rel=0.05)
    assert "handle_way" not in measure(light[0])


def test_of_a_single_way_there_at_a_handle_nobody_s_share_is_told_and_of_a_round_it_is():
    heavy = replace(limp(trip()), weighed=False)
    assert math.isnan(share(replace(heavy, patient=heavy.patient + WEIGHT_N, robot=np.zeros_like(heavy.robot))))
    x = np.vstack([trip(), trip(QUICK[0], 0.0)[round(0.5 * RATE) :]])
    v, _ = derivatives(x)
    there_and_back = made(x, asked(x), patient=10.0 * v, robot=np.zeros_like(x), goal=x[-1], weighed=False)
    assert share(there_and_back) == 100.0


def test_nobody_has_a_share_where_all_but_weight_has_cancelled():
    x = trip()
    drawn, lifted = np.full_like(x, WEIGHT_N), np.full_like(x, -0.97 * WEIGHT_N)
    there, back = (made(x, asked(x), patient=force, robot=-force, weighed=False) for force in (drawn, lifted))
    assert math.isnan(share(there, back))
    assert "patient_share" not in measure(there)


def test_nobody_moved_what_did_not_move():
    x = still(0.2, 2.0)
    pressed = made(x, asked(x), patient=np.full_like(x, 30.0), robot=np.full_like(x, -30.0))
    assert moving_work(pressed) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert math.isnan(share(pressed))


def test_what_was_not_measured_is_no_work_of_anybody():
    trace = limp(trip())
    for name in ("x", "patient", "robot"):
        hurt = getattr(trace, name).copy()
        hurt[len(hurt) // 2] = math.nan
        assert "robot_moving_work" not in measure(replace(trace, **{name: hurt}))


def test_who_only_slows_down_before_the_next_movement_has_moved_all_the_same():
    # There and back without a rest at the turn: he slows down to a third, and the next goal is shown.
    seconds = np.arange(round(2.0 * RATE)) / RATE
    v = 0.10 + 0.05 * np.cos(2.0 * np.pi * seconds)
    x = np.concatenate([still(0.0, 0.5)[:, 0], np.cumsum(v) / RATE])[:, None]
    moment = np.full(len(x), int(Moment.MOVE))
    moment[: round(0.4 * RATE)], moment[-round(0.3 * RATE) :] = Moment.REST, Moment.HOLD
    end = round(2.1 * RATE)  # slow, at 0.05 m/s of 0.15
    pull = np.full_like(x, 5.0)
    trace = made(x[:end], moment[:end], patient=pull[:end], robot=0.0 * pull[:end], goal=x[end - 1])
    assert moving_work(trace)[0] == pytest.approx(5.0 * float(x[end - 1, 0]), rel=0.1)
