import numpy as np
import pytest

from control.tick import State


class Still:
    """A hand that does not tremble."""

    def reset(self, rng, dt):
        pass

    def read(self):
        return np.zeros(6)

    def describe(self):
        return "no tremor"


def presses(ticks):
    return int(np.count_nonzero(np.diff(ticks["arms"]["psm1"]["clutch"].astype(int)) == 1))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("distance", [0.05, 0.12])
def test_it_reaches_targets_near_and_far(expert, run, seed, distance):
    ticks = run(expert(), seed=seed, seconds=30.0, distance=distance)
    assert ticks["success"][-1]
    assert 3.0 < ticks["time"][np.argmax(ticks["success"])] < 25.0


def test_it_stays_near_the_middle_of_its_room_and_clutches_to_go_on(expert, run):
    ticks = run(expert(), seed=3, seconds=30.0, distance=0.12)
    hand = ticks["arms"]["psm1"]["hand"][:, :3]
    assert np.linalg.norm(hand, axis=1).max() < 0.12 * 1.1
    assert 2 <= presses(ticks) <= 5


def test_the_arm_does_not_move_while_the_hand_comes_back(expert, run):
    ticks = run(expert(), seed=3, seconds=30.0, distance=0.12)
    arm = ticks["arms"]["psm1"]
    pressed = (arm["clutch"] == 1)[:-1] & (arm["clutch"] == 1)[1:]
    assert np.abs(np.diff(arm["setpoint"][:, :3], axis=0)[pressed]).max() == 0.0
    assert np.abs(np.diff(arm["hand"][:, :3], axis=0)[pressed]).max() > 1e-5


@pytest.mark.parametrize("cutoff_hz", [1.5, 0.0])
@pytest.mark.parametrize("lag_s", [0.005, 0.1])
def test_it_copes_with_slow_filters_and_slow_arms(expert, run, rig, cutoff_hz, lag_s):
    assert run(expert(), seed=2, seconds=40.0, rig=rig(cutoff_hz=cutoff_hz, lag_s=lag_s))["success"][-1]


def test_it_starts_after_people_have_seen_and_not_before(expert, run):
    ticks = run(expert(Still()), seed=1, seconds=5.0)
    moved = np.linalg.norm(ticks["arms"]["psm1"]["hand"][:, :3], axis=1) > 1e-6
    assert 0.6 < ticks["time"][np.argmax(moved)] < 1.5


def test_it_begins_with_the_clutch_pressed(expert, run):
    ticks = run(expert(), seed=1, seconds=2.0)
    assert ticks["arms"]["psm1"]["clutch"][0] == 1
    assert ticks["arms"]["psm1"]["clutch"][-1] == 0


def test_it_presses_and_releases_the_clutch_when_the_arm_does_not_follow(expert, run, rig):
    ticks = run(expert(), seed=4, seconds=40.0, rig=rig(obeys=lambda time: not 3.0 < time < 8.0))
    during = ticks[(ticks["time"] > 3.0) & (ticks["time"] < 8.0)]
    assert presses(during) >= 1
    assert ticks["success"][-1]


def test_an_arm_that_cannot_turn_does_not_make_it_wind_its_wrist(expert, run, rig):
    ticks = run(expert(), seed=5, seconds=25.0, rig=rig(turns=False, goal_rad=9.0, goal_m=1e-9))
    quat = ticks["arms"]["psm1"]["hand"][:, 3:]
    angle = 2.0 * np.arccos(np.clip(np.abs(quat @ quat[0]), 0.0, 1.0))
    assert angle.max() < np.pi / 2.0
    # It still corrects its position: within a millimetre or so at the end.
    assert ticks["signals"][-1000:, 0].mean() < 2e-3


def test_an_orientation_that_it_gave_up_does_not_keep_it_from_another(expert, run, rig):
    hand = expert(Still())

    def obeys(time):
        if time < 0.4:  # before the first reach: it has given up an orientation that it could not reach
            hand._futile = 3
        return True

    plain, tried = (
        run(each, seed=0, seconds=20.0, rig=rig(goal_m=1e-9, obeys=when))["arms"]["psm1"]["tip"][:, 3:]
        for each, when in ((expert(Still()), lambda _: True), (hand, obeys))
    )
    assert 2.0 * np.arccos(abs(plain[0] @ plain[-1])) > 0.3
    assert 2.0 * np.arccos(min(abs(plain[-1] @ tried[-1]), 1.0)) < 0.06


def test_it_eases_off_what_it_presses_on(expert, run, rig):
    target_height = run(expert(Still()), seed=0, seconds=30.0)["arms"]["psm1"]["tip"][-1, 2]
    floor = rig(wall=float(target_height) + 1e-3, goal_m=1e-9)
    force = run(expert(), seed=0, seconds=25.0, rig=floor)["arms"]["psm1"]["wrench"][:, 2]
    assert force.max() > 0.08
    assert force[-3000:].mean() < 0.08


def test_a_reach_to_another_place_is_not_off_by_what_it_eased_off_before(expert, run, rig):
    hand = expert(Still())

    def obeys(time):
        if time < 0.4:  # before the first reach: what it pressed on is left behind
            hand._aim = np.array([0.003, 0.0, 0.0])
        return True

    ticks = run(hand, seed=0, seconds=20.0, rig=rig(goal_m=1e-9, obeys=obeys))
    assert ticks["signals"][-1000:, 0].mean() < 1e-3


def test_it_holds_still_at_the_end_apart_from_its_tremor(expert, run, rig):
    ticks = run(expert(Still()), seed=6, seconds=25.0, rig=rig(goal_m=1e-9))
    last = ticks["arms"]["psm1"]["hand"][-5000:, :3]
    assert np.ptp(last, axis=0).max() < 1e-6


def test_a_trembling_hand_does_not_chase_its_own_tremor(expert, run, rig):
    calm = run(expert(Still()), seed=6, seconds=20.0, rig=rig(goal_m=1e-9))["arms"]["psm1"]["hand"][:, :3]
    shaky = run(expert(), seed=6, seconds=20.0, rig=rig(goal_m=1e-9))["arms"]["psm1"]["hand"][-5000:, :3]
    assert np.ptp(calm[-5000:], axis=0).max() < 1e-6
    assert np.abs(shaky - shaky.mean(axis=0)).max() < 1.5e-3


def test_it_trembles_while_clutched(expert, run):
    arm = run(expert(), seed=3, seconds=20.0)["arms"]["psm1"]
    clutched = arm["hand"][:500, 0]
    assert arm["clutch"][:500].all()
    assert 20e-6 < clutched.std() < 300e-6


def test_it_looks_at_nothing_without_a_target(expert):
    from robotics.contracts import OperatorView

    operator = expert(Still())
    operator.reset(np.random.default_rng(0), 1e-3)
    tip = np.array([0.1, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    for k in range(4000):
        operator.feedback(OperatorView(k * 1e-3, tip, np.full(7, np.nan), np.zeros(3), 0, True, np.eye(3), 0.25))
        pose = operator.read().pose
    np.testing.assert_allclose(pose, [0, 0, 0, 1, 0, 0, 0], atol=1e-12)


def test_it_grips_as_the_task_asks_and_keeps_its_grip_where_nothing_is_asked():
    import msgspec

    from robotics import config
    from robotics.contracts import OperatorView
    from vr_training.inputs.scripted import ScriptedExpert
    from vr_training.inputs.scripted_config import ScriptedConfig

    made = config.load_named("inputs", "scripted", ScriptedConfig)
    made = msgspec.structs.replace(made, grip=msgspec.structs.replace(made.grip, time_s=0.3))
    operator = ScriptedExpert(made)
    still = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    grips = []
    for k in range(1300):
        asked = 1.0 if 300 <= k < 800 else np.nan if k < 900 else 0.0
        operator.feedback(OperatorView(k * 1e-3, still, still, np.zeros(3), 0, True, np.eye(3), 0.25, asked))
        grips.append(operator.read().grip)
    assert grips[299] == 0.0
    assert grips[799] == pytest.approx(1.0)
    assert grips[899] == pytest.approx(1.0)
    assert grips[1299] == pytest.approx(0.0)
    assert np.abs(np.diff(grips)).max() < 0.004


def test_the_same_seed_gives_the_same_hand_bit_for_bit(expert, run):
    first, second = (run(expert(), seed=9, seconds=8.0) for _ in range(2))
    other = run(expert(), seed=10, seconds=8.0)
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != other.tobytes()


def test_a_used_hand_starts_afresh(expert, run):
    operator = expert()
    first = run(operator, seed=9, seconds=5.0).tobytes()
    assert run(operator, seed=9, seconds=5.0).tobytes() == first


def test_the_ideal_rig_says_when_it_follows(run, expert):
    ticks = run(expert(), seed=1, seconds=3.0)
    assert set(np.unique(ticks["state"])) <= {int(State.CLUTCHED), int(State.ENGAGED), int(State.HOLD)}
