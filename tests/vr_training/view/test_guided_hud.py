import dataclasses
import itertools
import math

import numpy as np
import pytest

from control.tick import Flag, State
from tests.vr_training.view import guided_stage
from vr_training.view.guided.hud import GuidedHud
from vr_training.view.guided.painter import GuidedPainter
from vr_training.view.guided.status import AFTER_STOP, guided_status_of
from vr_training.view.status import ViewInfo

SIZES = ((640, 480), (1280, 720), (640, 720), (1920, 1080))
SCENE = guided_stage.scene()
PLAIN = guided_status_of(
    SCENE,
    guided_stage.state(SCENE, (0.9,), (2.0,), words=1.0, repetition=2.0, successes=2.0, progress=40.0),
    ViewInfo(camera="therapist", renderer="software", age_s=0.018),
)


def with_(**changes):
    return dataclasses.replace(PLAIN, **changes)


STOPPED = with_(stop="Stopped: pain button", after=AFTER_STOP, say="", state="Stopped", tone="stop")
CASES = (
    PLAIN,
    with_(
        title="Shoulder flexion and extension, carried by the robot, with a very long name",
        say="Bring the cup to your mouth, do not spill it, and keep your back where it is against the chair all along.",
        left_s=188,
        repetition=188,
        repetitions=500,
        passed=121,
        failed=67,
        verdict="the goal was not held for as long as it was meant to be",
        state="Waiting for the therapist",
        way="Shoulder rotation of the upper arm",
        place="-188\N{DEGREE SIGN}",
        goal="-179\N{DEGREE SIGN}",
        assistance=1.0,
        cuff_n=8888.0,
        cuff_limit_n=200.0,
        share=100.0,
        time_s=5999.9,
        age_s=88.8,
        banner="STOP NOT DELIVERED: USE THE STOP OF THE DEVICE",
    ),
    with_(way="To the goal", place="88.8 cm", goal="", left_s=3),
    with_(say="Hold.", left_s=1),
    with_(points=2000, passed=20, repetitions=20, way="In the circle", place="100 %", goal="", remark="of the time"),
    with_(
        way="Shoulder rotation", place="-88\N{DEGREE SIGN}", goal="-90\N{DEGREE SIGN}", there=True, progress=math.nan
    ),
    with_(say="", way=""),
    with_(cuff_n=math.nan, cuff_limit_n=math.nan, share=math.nan),
    with_(replay="REPLAY 0.0625x", age_s=math.nan),
)


def words(panels):
    return " | ".join(text.text for panel in panels for text in panel.texts)


def named(status, size=(1280, 720)):
    return {panel.name: panel for panel in GuidedHud(*size).panels(status)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("status", [*CASES, STOPPED])
def test_no_text_is_clipped_by_its_panel_and_no_panel_by_the_picture(size, status):
    for panel in GuidedHud(*size).panels(status, help_shown=True):
        height, width = panel.pixels.shape[:2]
        assert panel.x >= 0
        assert panel.x + width <= size[0], panel.name
        assert panel.y >= 0
        assert panel.y + height <= size[1], panel.name
        for text in panel.texts:
            x0, y0, x1, y1 = text.box
            assert 1 <= x0 <= x1 <= width - 1, text
            assert 1 <= y0 <= y1 <= height - 1, text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("status", [*CASES, STOPPED])
def test_panels_and_the_texts_in_them_do_not_overlap(size, status):
    panels = GuidedHud(*size).panels(status)
    for a, b in itertools.combinations(panels, 2):
        apart_x = a.x + a.pixels.shape[1] <= b.x or b.x + b.pixels.shape[1] <= a.x
        apart_y = a.y + a.pixels.shape[0] <= b.y or b.y + b.pixels.shape[0] <= a.y
        assert apart_x or apart_y, (a.name, b.name)
    for panel in panels:
        for one, other in itertools.combinations(panel.texts, 2):
            a, b = one.box, other.box
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def test_it_says_what_patient_and_therapist_need_and_nothing_that_surgeons_read():
    said = words(GuidedHud(1280, 720).panels(PLAIN))
    for word in (
        "3",
        "of 10",
        "2 passed",
        "Bend the elbow",
        "52\N{DEGREE SIGN}",
        "25 %",
        "50 of 80 N",
        "42 %",
        "Exercise runs",
    ):
        assert word in said
    for word in ("ENGAGED", "Tip force", "Distance", "late", "software", "jaws"):
        assert word not in said


def test_what_is_said_is_larger_than_all_other_text():
    panels = named(PLAIN)
    tallest = {name: max(t.box[3] - t.box[1] for t in panel.texts) for name, panel in panels.items()}
    assert tallest["words"] == max(tallest.values())
    assert tallest["words"] > 25


def test_a_hold_shows_how_many_seconds_are_left():
    assert "3" in [t.text for t in named(with_(say="Hold it there.", left_s=3))["words"].texts]
    assert len(named(with_(say="Hold it there.", left_s=0))["words"].texts) == 1


def test_a_stop_stands_large_and_red_above_the_arm_and_in_the_place_of_what_was_asked():
    panels = named(STOPPED)
    stop = panels["stop"]
    assert [t.text for t in stop.texts] == ["Stopped: pain button", AFTER_STOP]
    assert "words" not in panels
    assert "way" not in panels
    assert stop.y + stop.pixels.shape[0] < 0.3 * 720  # where the arm is, the picture is free
    r, g, b, a = stop.pixels.reshape(-1, 4).mean(axis=0)
    assert r > 1.5 * max(g, b)
    assert a > 200
    assert stop.pixels.shape[1] > 0.4 * 1280


def test_the_middle_of_a_picture_stays_free_after_a_stop_too():
    hud, plain, stopped = (
        GuidedHud(1280, 720),
        np.full((720, 1280, 3), 120, np.uint8),
        np.full((720, 1280, 3), 120, np.uint8),
    )
    hud.draw(plain, PLAIN)
    hud.draw(stopped, STOPPED)
    assert (plain[140:560, 300:980] == 120).all()
    assert (stopped[210:560, 330:980] == 120).all()
    assert (stopped[30:180, 500:780] != 120).any(axis=2).mean() > 0.9


def test_a_gauge_fills_with_what_it_shows():
    paint = GuidedPainter(1280, 1.0)

    def lit(**changes):
        figures = {"help_percent": 0, "force": 0, "limit": 80, "level": 0, "share": 0} | changes
        pixels = paint.gauges(**figures)[1].astype(int)
        return int(((pixels[..., 3] > 200) & (pixels[..., :3].max(axis=2) - pixels[..., :3].min(axis=2) > 60)).sum())

    assert lit() == 0
    for name, half, full in (("help_percent", 50, 100), ("force", 40, 80), ("share", 50, 100)):
        assert lit(**{name: half}) == pytest.approx(0.5 * lit(**{name: full}), rel=0.05)
    assert lit(force=400) == lit(force=80)


def test_a_gauge_of_too_much_force_says_so():
    assert "Force: too high" in words([named(with_(cuff_n=90.0))["gauges"]])
    assert "Force: high" in words([named(with_(cuff_n=70.0))["gauges"]])


def test_the_bar_of_repetitions_tells_passed_from_failed_and_from_those_to_come():
    paint = GuidedPainter(1280, 1.0)

    def coloured(passed, failed):
        pixels = paint.count("Elbow", 1, 10, passed, failed, "")[1][74:90].astype(int)
        green = (pixels[..., 1] > pixels[..., 0] + 60) & (pixels[..., 3] > 200)
        amber = (pixels[..., 0] > pixels[..., 2] + 90) & (pixels[..., 3] > 200)
        return int(green.sum()), int(amber.sum())

    assert coloured(0, 0) == (0, 0)
    assert coloured(4, 0)[0] == pytest.approx(0.4 * coloured(10, 0)[0], rel=0.05)
    assert coloured(4, 0)[1] == 0
    assert coloured(4, 3)[1] == pytest.approx(0.3 * coloured(0, 10)[1], rel=0.15)


def test_panels_are_drawn_anew_only_where_something_changed():
    hud = GuidedHud(1280, 720)
    first = {panel.name: panel.pixels for panel in hud.panels(PLAIN)}
    again = {panel.name: panel.pixels for panel in hud.panels(with_(progress=0.41, cuff_n=60.0))}
    for name, pixels in first.items():  # within the same tenth of a second not even the figures
        assert again[name] is pixels
    later = {panel.name: panel.pixels for panel in hud.panels(with_(time_s=PLAIN.time_s + 0.1, cuff_n=60.0))}
    assert later["gauges"] is not first["gauges"]
    for name in ("count", "words", "state", "way"):
        assert later[name] is first[name]


def test_a_shift_moves_the_whole_display():
    one, other = np.zeros((480, 640, 3), np.uint8), np.zeros((480, 640, 3), np.uint8)
    hud = GuidedHud(640, 480)
    hud.draw(one, STOPPED)
    hud.draw(other, STOPPED, shift_px=3.0)
    np.testing.assert_array_equal(one[:, :-3], other[:, 3:])


def test_the_keys_are_those_of_somebody_who_drives_nothing():
    said = words(GuidedHud(1280, 720).panels(PLAIN, help_shown=True))
    assert "STOP" in said
    assert "instrument" not in said


def test_a_waiting_robot_says_for_whom_it_waits():
    state = guided_stage.state(SCENE, (0.5,), (0.5,), loop=State.READY, phase="ready")
    status = guided_status_of(SCENE, state, ViewInfo("side", "software"))
    assert "Waiting for the therapist" in words(GuidedHud(1280, 720).panels(status))
    stop = guided_stage.state(SCENE, (0.5,), (0.5,), loop=State.HOLD, cause=int(Flag.OPERATOR_STOP))
    assert "Stopped by the therapist" in words(
        GuidedHud(1280, 720).panels(guided_status_of(SCENE, stop, ViewInfo("side", "software")))
    )


def test_how_to_stop_is_on_the_display_while_an_exercise_can_be_stopped_and_not_in_a_replay():
    assert words([named(PLAIN)["keys"]]) == "Esc | STOP | H | help"
    assert "keys" in named(STOPPED)
    assert "keys" not in named(with_(replay="REPLAY 1x"))
    assert "keys" not in named(with_(ended=True))
