import json
from dataclasses import replace

import numpy as np
import pytest

from control.tick import Flag, State, TickLayout, tick_dtype
from robotics.errors import ArgumentError
from vr_training.scoring import Episode, Setup, events, is_good, score_lesson
from vr_training.scoring.loop_timing import loop_timing
from vr_training.scoring.movement import movement
from vr_training.scoring.spectrum import spectra
from vr_training.scoring.tremor_removal import delay, hold_steadiness, tremor_removal

DT = 1e-3
SIGNALS = (("distance", "m"),)
SETUP = Setup(arm="a", period_s=DT, scale=0.25)
LAYOUT = TickLayout(arms=(("a", 6),), signals=("distance",))


def recording(hand, tip, clutch=None):
    """Ticks of an arm that follows throughout, but for the clutch; the identity turns world into the hand's frame."""
    ticks = np.zeros(len(hand), tick_dtype(LAYOUT))
    arm = ticks["arms"]["a"]
    ticks["sequence"], ticks["time"] = np.arange(len(hand)), DT * np.arange(len(hand))
    arm["hand"][:, :3], arm["tip"][:, :3], arm["setpoint"][:, :3] = hand, tip, tip
    arm["hand_filtered"] = arm["hand"]
    arm["hand"][:, 3] = arm["tip"][:, 3] = 1.0
    arm["clutch"] = 0 if clutch is None else clutch
    ticks["state"] = np.where(arm["clutch"] == 1, int(State.CLUTCHED), int(State.ENGAGED))
    return ticks


def shaking(seconds=8.0, amplitude=1e-3, hertz=9.0):
    t = np.arange(round(seconds / DT)) * DT
    x = np.zeros((len(t), 3))
    x[:, 0] = amplitude * np.sin(2.0 * np.pi * hertz * t)
    return t, x


def reach(t, length=0.02, start=1.0, duration=2.0):
    s = np.clip((t - start) / duration, 0.0, 1.0)
    x = np.zeros((len(t), 3))
    x[:, 1] = length * s**3 * (10.0 - 15.0 * s + 6.0 * s**2)
    return x


@pytest.mark.parametrize("left", [1.0, 0.5, 0.1, 0.01])
def test_tremor_removed_is_the_ratio_of_the_tips_tremor_to_the_hands(left):
    t, x = shaking()
    slow = reach(t, length=0.02)
    shake = tremor_removal(Episode(recording(4.0 * slow + 4.0 * x, slow + left * x), SETUP))
    assert shake.hand_rms == pytest.approx(1e-3 / np.sqrt(2.0), rel=0.01)
    assert shake.decibels == pytest.approx(-20.0 * np.log10(left), abs=0.15)
    assert shake.percent == pytest.approx(100.0 * (1.0 - left), abs=1.0)


def test_both_arms_tremble_and_both_count():
    t, x = shaking()
    slow = reach(t)
    ticks = np.zeros(len(t), tick_dtype(TickLayout(arms=(("a", 6), ("b", 6)), signals=("distance",))))
    for name, left in (("a", 0.1), ("b", 0.5)):
        one = recording(4.0 * slow + 4.0 * x, slow + left * x)
        ticks["arms"][name] = one["arms"]["a"]
        for field in ("sequence", "time", "state"):
            ticks[field] = one[field]
    shake = tremor_removal(Episode(ticks, SETUP))
    assert shake.hand_rms == pytest.approx(1e-3 / np.sqrt(2.0), rel=0.01)
    assert shake.tip_rms == pytest.approx(shake.hand_rms * np.sqrt(0.5 * (0.1**2 + 0.5**2)), rel=0.02)
    held, hand, seconds = hold_steadiness(Episode(ticks, SETUP))
    assert 0.1 < held / hand < 0.5
    assert seconds > 8.0


@pytest.mark.parametrize(("amplitude_m", "asked"), [(5e-6, False), (100e-6, True)])
def test_a_hand_that_hardly_trembles_is_asked_nothing_of_its_tremor(amplitude_m, asked):
    t, x = shaking(amplitude=amplitude_m)
    slow = reach(t)
    ticks = recording(4.0 * slow + 4.0 * x, slow + 3.0 * x)
    card = score_lesson(ticks, SETUP)
    goals = {score.name: score.good for score in card.scores}
    assert (goals["tremor_removed"] is not None) == (goals["intent_ratio"] is not None) == asked
    assert ("tremor removed" in card.summary) == asked
    assert ("hardly trembled" in card.summary) != asked


def test_the_filters_share_is_told_apart_from_the_arms():
    _, x = shaking()
    ticks = recording(4.0 * x, 0.1 * x)
    ticks["arms"]["a"]["hand_filtered"][:, :3] = 0.3 * 4.0 * x
    shake = tremor_removal(Episode(ticks, SETUP))
    assert shake.filtered_rms / shake.hand_rms == pytest.approx(0.3, rel=1e-3)
    assert shake.tip_rms / shake.hand_rms == pytest.approx(0.1, rel=1e-3)


def test_tremor_outside_of_the_band_does_not_count():
    _, x = shaking(hertz=40.0)
    assert tremor_removal(Episode(recording(4.0 * x, x), SETUP)).hand_rms < 2e-5


def test_a_delayed_tremor_is_not_a_removed_one():
    _, x = shaking()
    shake = tremor_removal(Episode(recording(4.0 * x, np.roll(x, 30, axis=0)), SETUP))
    assert shake.decibels == pytest.approx(0.0, abs=0.1)
    # At zero lag the delayed tremor is as far from what the hand meant as the raw one.
    assert shake.intent_error == pytest.approx(shake.raw_error, rel=0.1)


def test_a_voluntary_reach_is_not_taken_for_tremor():
    t, x = shaking(amplitude=5e-6)
    slow = reach(t, length=0.03, duration=2.0)
    both = tremor_removal(Episode(recording(4.0 * (slow + x), slow + x), SETUP))
    assert both.hand_rms == pytest.approx(5e-6 / np.sqrt(2.0), rel=0.1)


@pytest.mark.parametrize("lag_ms", [0, 25, 60, 140])
def test_the_delay_is_the_one_there_is(lag_ms):
    t, _ = shaking()
    hand = reach(t)
    tip = reach(t, start=1.0 + 1e-3 * lag_ms)
    assert delay(Episode(recording(4.0 * hand, tip), SETUP)) == pytest.approx(1e-3 * lag_ms, abs=1.5e-3)


def test_being_late_counts_as_an_error_against_what_the_hand_meant():
    t, _ = shaking()
    hand, late = reach(t), reach(t, start=1.1)
    shake = tremor_removal(Episode(recording(4.0 * hand, late), SETUP))
    inner = slice(250, len(t) - 250)
    assert shake.intent_error == pytest.approx(np.sqrt(np.mean(np.sum((hand - late)[inner] ** 2, axis=1))), rel=0.02)


def test_the_spectrum_holds_the_tremors_power():
    _, x = shaking(seconds=20.0)
    found = spectra(Episode(recording(4.0 * x, 0.5 * x), SETUP))
    frequency, hand, tip = found.frequency, found.hand, found.tip
    step = frequency[1] - frequency[0]
    assert frequency[np.argmax(hand)] == pytest.approx(9.0, abs=step)
    assert np.sum(hand) * step == pytest.approx(0.5e-6, rel=0.03)
    np.testing.assert_allclose(tip[34:40], 0.25 * hand[34:40], rtol=1e-6)


def test_slow_motion_does_not_leak_into_the_spectrum_of_tremor():
    t, x = shaking(seconds=20.0, amplitude=10e-6)
    found = spectra(Episode(recording(4.0 * (reach(t, 0.05, 2.0, 3.0) + x), x), SETUP))
    frequency, hand = found.frequency, found.hand
    quiet = (frequency > 11.0) & (frequency < 30.0)
    assert hand[quiet].max() < 1e-3 * hand[np.argmin(abs(frequency - 9.0))]


def test_holds_are_judged_by_the_wandering_within_them():
    t, x = shaking(seconds=6.0, amplitude=100e-6)
    slow = reach(t)
    tip, hand, seconds = hold_steadiness(Episode(recording(4.0 * (slow + x), slow + 0.2 * x), SETUP))
    assert tip == pytest.approx(20e-6 / np.sqrt(2.0), rel=0.2)
    assert hand == pytest.approx(100e-6 / np.sqrt(2.0), rel=0.1)
    assert 3.0 < seconds < 5.0


def test_the_hand_is_carried_to_the_tip_with_scale_and_frames_and_not_while_clutched():
    rotation = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    hand = np.cumsum(np.full((3000, 3), [4e-5, 0.0, 0.0]), axis=0)
    clutch = (np.arange(3000) // 1000 == 1).astype(int)
    world = 0.25 * hand @ rotation
    tip = world.copy()
    tip[1000:2000] = tip[999]
    tip[2000:] -= tip[2000] - tip[1999]
    episode = Episode(recording(hand, tip, clutch), Setup("a", DT, 0.25, rotation))
    np.testing.assert_allclose(episode.hand, tip, atol=1e-12)
    assert [(s.start, s.stop) for s in episode.segments] == [(0, 1000), (2000, 3000)]


def test_a_straight_reach_has_ratio_one_and_the_speed_of_its_profile():
    t, _ = shaking()
    moved = movement(Episode(recording(4.0 * reach(t), reach(t)), SETUP))
    assert moved.path == pytest.approx(0.02, rel=1e-3)
    assert moved.hand_path == pytest.approx(0.02, rel=1e-3)
    assert moved.ratio == pytest.approx(1.0, abs=1e-3)
    assert moved.peak_speed == pytest.approx(1.875 * 0.02 / 2.0, rel=0.01)
    assert moved.movements == 1
    assert moved.sparc == pytest.approx(-1.41, abs=0.1)


def test_a_detour_lengthens_the_path():
    t, _ = shaking()
    x = reach(t, start=1.0)
    x[:, 0] = reach(t, 0.03, 4.0, 1.0)[:, 1] - reach(t, 0.03, 5.5, 1.0)[:, 1]
    moved = movement(Episode(recording(4.0 * x, x), SETUP))
    assert moved.path == pytest.approx(0.08, rel=0.01)
    assert moved.ratio == pytest.approx(4.0, rel=0.01)
    assert moved.movements == 3


def test_events_have_their_names_and_their_times():
    ticks = recording(np.zeros((4000, 3)), np.zeros((4000, 3)))
    arm = ticks["arms"]["a"]
    arm["clutch"][1000:1500] = 1
    arm["flags"][2000:2100:2] = int(Flag.VELOCITY_LIMIT)
    arm["flags"][3000] = int(Flag.ALIGNING)
    arm["flags"][500:700] = int(Flag.FILTER_SETTLING)
    arm["flags"][700:900] = int(Flag.NO_TREMOR)
    ticks["state"][2500:2900] = int(State.HOLD)
    ticks["cause"][2500:2700] = int(Flag.INPUT_STALE)
    ticks["cause"][2700:2900] = int(Flag.OPERATOR_STOP)
    ticks["phase"][3200:] = 1
    ticks["success"][3600:] = 1
    found = [(e.kind, e.label, round(e.start_s, 3), round(e.end_s, 3)) for e in events(ticks, "a", ("reach", "hold"))]
    assert found == [
        ("phase", "reach", 0.0, 0.0),
        ("filter", "filter settling", 0.5, 0.7),
        ("clutch", "clutch", 1.0, 1.5),
        ("limit", "velocity limit", 2.0, 2.099),
        ("stop", "hold (input stale)", 2.5, 2.7),
        ("stop", "hold (operator stop)", 2.7, 2.9),
        ("phase", "hold", 3.2, 3.2),
        ("success", "reached", 3.6, 3.6),
    ]


@pytest.mark.parametrize(
    ("flag", "every", "off_m", "held"),
    [
        (Flag.ACCELERATION_LIMIT, 1, 1e-5, False),  # noise on a limit: the arm is where it should be
        (Flag.ACCELERATION_LIMIT, 1, 2e-4, True),
        (Flag.ACCELERATION_LIMIT, 10, 2e-4, False),
        (Flag.VELOCITY_LIMIT, 1, 0.0, True),
        (Flag.VELOCITY_LIMIT, 10, 0.0, False),
    ],
)
def test_a_limit_counts_where_it_held_the_arm_back_and_its_time_counts_always(flag, every, off_m, held):
    ticks = recording(np.zeros((4000, 3)), np.zeros((4000, 3)))
    arm = ticks["arms"]["a"]
    arm["flags"][2000:3000:every] = int(flag)
    arm["target"][2500, 0] = off_m
    card = score_lesson(ticks, SETUP)
    assert card.value("limits") == float(held)
    assert card.value("limited_time") == pytest.approx(DT * 1000 / every)


def test_timing_has_percentiles_and_counts_what_was_missed():
    ticks = recording(np.zeros((1000, 3)), np.zeros((1000, 3)))
    assert loop_timing(ticks) is None
    ticks["timing"]["tick_ns"] = 200_000
    ticks["timing"]["wake_latency_ns"] = np.arange(1000) * 100
    ticks["timing"]["missed"][500:] = 3
    timing = loop_timing(ticks)
    assert timing.missed == 3
    assert timing.missed_share == pytest.approx(0.003)
    assert timing.tick_p99 == pytest.approx(200e-6)
    assert timing.wake_p50 == pytest.approx(50e-6, rel=0.01)
    assert timing.wake_max == pytest.approx(99.9e-6)


def test_a_good_reach_gets_a_good_scorecard(episode, setup_of_rig):
    card = score_lesson(episode, setup_of_rig, task="needle_reach", signals=SIGNALS)
    assert card.success
    assert card.task == "needle_reach"
    assert 5.0 < card.value("time") < 20.0
    assert card.value("final_error") < 3.0
    assert 1.0 <= card.value("path_ratio") < 1.2
    assert card.value("tremor_removed") > 3.0
    assert card.value("clutches") == 2.0
    assert "Reached the goal in" in card.summary
    assert all(np.isfinite(score.value) for score in card.scores)


def test_advice_stands_where_it_is_needed_and_only_there(expert, run, rig, setup_of_rig):
    ticks = run(expert(), seed=7, seconds=40.0, rig=rig(cutoff_hz=0.0, lag_s=0.002))
    ticks["arms"]["psm1"]["wrench"][5000:5100, 2] = 4.0
    card = score_lesson(ticks, setup_of_rig)
    for score in card.scores:
        assert bool(score.advice) == (is_good(score) is False), score.name
    weak = {score.name for score in card.scores if is_good(score) is False}
    assert {"intent_ratio", "tremor_removed", "peak_force"} <= weak
    assert card.value("peak_force") == pytest.approx(4.0)
    assert "Needs work: " in card.summary
    assert "; tremor removed, 3 to 15 Hz" in card.summary


@pytest.mark.parametrize(("scheduled", "asks"), [(False, True), (True, False), (None, False)])
def test_real_time_scheduling_is_asked_for_only_where_it_was_refused(episode, setup_of_rig, scheduled, asks):
    late = episode.copy()
    late["timing"]["tick_ns"] = 100_000
    late["timing"]["host_time_ns"] = 1_000_000 * np.arange(len(late))
    late["timing"]["missed"] = np.arange(len(late)) // 10
    card = score_lesson(late, replace(setup_of_rig, scheduled=scheduled))
    (advice,) = [line.advice for line in card.scores if line.name == "deadlines_missed"]
    assert ("allow it" in advice) == asks
    assert "close what else runs on this machine" in advice.lower()


def test_a_failed_reach_says_so(expert, run, rig, setup_of_rig):
    ticks = run(expert(), seed=7, seconds=4.0)
    card = score_lesson(ticks, setup_of_rig)
    assert not card.success
    assert "Did not reach the goal within" in card.summary


def test_an_arm_that_never_followed_says_how_to_engage_it(setup_of_rig, expert, run, rig):
    ticks = run(expert(), seed=7, seconds=3.0, rig=rig(obeys=lambda time: False))
    assert "press and release the clutch" in score_lesson(ticks, setup_of_rig).summary


@pytest.mark.parametrize("length", [0, 1, 2, 3, 10, 100, 700, 1100])
def test_short_recordings_give_short_scorecards(episode, setup_of_rig, length):
    card = score_lesson(episode[:length], setup_of_rig, signals=SIGNALS)
    assert not card.success
    assert card.summary
    assert all(np.isfinite(score.value) for score in card.scores)


def test_recordings_full_of_holes_do_not_break_the_scorecard(episode, setup_of_rig):
    ticks = episode.copy()
    ticks["arms"]["psm1"]["wrench"] = np.nan
    ticks["arms"]["psm1"]["setpoint"] = np.nan
    names = {score.name for score in score_lesson(ticks, setup_of_rig).scores}
    assert "peak_force" not in names
    assert "tracking_error" not in names
    assert "time" in names


def test_scoring_again_gives_the_same_figures(episode, setup_of_rig):
    import msgspec

    first, second = (msgspec.json.encode(score_lesson(episode.copy(), setup_of_rig)) for _ in range(2))
    assert first == second
    assert json.loads(first)["success"] is True


def test_an_unknown_arm_is_answered_with_those_there_are(episode):
    with pytest.raises(ArgumentError, match="no arm 'left'; it has: psm1"):
        score_lesson(episode, Setup("left", DT, 0.25))
