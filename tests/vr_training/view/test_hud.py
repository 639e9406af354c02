import dataclasses
import itertools
import math

import msgspec
import numpy as np
import pytest

from control.tick import PATIENT_STOPS, Flag, State
from robotics.contracts import COUNTDOWN
from tests.vr_training.view import view_stage
from vr_training.view.guided.status import CAUSES
from vr_training.view.hud import Hud
from vr_training.view.painter import TONES
from vr_training.view.status import FLAGS, STATES, Status, ViewInfo, status_of

SIZES = ((640, 480), (1280, 720), (640, 720), (1920, 1080))
PLAIN = Status(
    title="Needle reach",
    phases=("approach", "touch", "hold"),
    phase=1,
    time_s=72.43,
    state="ENGAGED",
    tone="go",
    notes=(),
    distance_m=0.0124,
    goal_m=0.005,
    force_n=0.42,
    force_full_n=2.0,
    force_warn_n=1.0,
    age_s=0.018,
    stale_s=0.15,
    missed=0,
    dropped=0,
    success=False,
    running=True,
    camera="endoscope",
    renderer="software",
    rate_hz=29.0,
    control="You drive",
)


def with_(**changes):
    return dataclasses.replace(PLAIN, **changes)


FULL = with_(
    title="Needle reach with a very long name that no lesson should have",
    notes=("Hand signal lost", "Acceleration limit"),
    state="SELF-TEST",
    tone="idle",
    time_s=5999.9,
    distance_m=0.8888,
    force_n=88.88,
    missed=99999,
    dropped=99999,
    age_s=88.8,
    banner="STOP NOT DELIVERED: USE THE STOP OF THE DEVICE",
)
TWO_ARMS = with_(
    phases=(*(f"Right: {what}" for what in ("bring it to the middle",) * 14), "Done"), phase=12, asked="psm1"
)
CASES = (
    PLAIN,
    FULL,
    TWO_ARMS,
    with_(phases=TWO_ARMS.phases * 2, phase=17),
    with_(keys=True, jaws="Jaws half closed", wrist_deg=123.0, placed="11 of 12 placed"),
    with_(jaws="Held", holding=True, placed="1 of 6 placed"),
    with_(success=True),
    with_(replay="REPLAY 0.0625x"),
    with_(age_s=math.inf),
    with_(age_s=math.nan),
)


def words(panels):
    return " | ".join(text.text for panel in panels for text in panel.texts)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("status", CASES)
@pytest.mark.parametrize("help_shown", [False, True])
def test_no_text_is_clipped_by_its_panel_and_no_panel_by_the_picture(size, status, help_shown):
    for panel in Hud(*size).panels(status, help_shown):
        height, width = panel.pixels.shape[:2]
        assert panel.x >= 0
        assert panel.x + width <= size[0], panel.name
        assert panel.y >= 0
        assert panel.y + height <= size[1], panel.name
        for text in panel.texts:
            x0, y0, x1, y1 = text.box
            assert 2 <= x0 <= x1 <= width - 2, text
            assert 1 <= y0 <= y1 <= height - 1, text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("status", CASES)
def test_panels_and_the_texts_in_them_do_not_overlap(size, status):
    panels = Hud(*size).panels(status)
    for a, b in itertools.combinations(panels, 2):
        apart_x = a.x + a.pixels.shape[1] <= b.x or b.x + b.pixels.shape[1] <= a.x
        apart_y = a.y + a.pixels.shape[0] <= b.y or b.y + b.pixels.shape[0] <= a.y
        assert apart_x or apart_y, (a.name, b.name)
    for panel in panels:
        for one, other in itertools.combinations(panel.texts, 2):
            a, b = one.box, other.box
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one, other)


def test_it_says_what_an_operator_needs():
    said = words(Hud(1280, 720).panels(PLAIN))
    for word in ("Needle reach", "Touch", "2 of 3", "01:12.4", "12.4", "mm", "ENGAGED", "0.42 N", "0 late", "software"):
        assert word in said


def test_a_picture_older_than_the_bound_is_marked_stale_and_a_younger_one_is_not():
    hud = Hud(1280, 720)
    assert "STALE" not in words(hud.panels(with_(age_s=0.149)))
    assert "LIVE" in words(hud.panels(with_(age_s=0.149)))
    assert "STALE" in words(hud.panels(with_(age_s=0.151)))
    assert "STALE" in words(hud.panels(with_(age_s=math.inf)))


def test_where_there_are_several_arms_it_says_whose_distance_it_is():
    assert "psm1 to goal" in words(Hud(1280, 720).panels(TWO_ARMS))
    assert "to goal" not in words(Hud(1280, 720).panels(PLAIN))
    scene = view_stage.scene()
    state = view_stage.state(scene, 0.5)
    first = msgspec.structs.replace(state.arms[0], name="psm1")
    both = msgspec.structs.replace(state, arms=(first, msgspec.structs.replace(first, name="psm2")), asked=1)
    info = ViewInfo(camera="endoscope", renderer="software")
    assert status_of(scene, both, info).asked == "psm2"
    assert status_of(scene, state, info).asked == ""


def test_the_goal_is_announced_once_it_is_reached():
    hud = Hud(640, 480)
    assert "GOAL REACHED" not in words(hud.panels(PLAIN))
    assert "GOAL REACHED" in words(hud.panels(with_(success=True)))


def test_a_phase_that_is_counted_down_says_what_to_do_and_for_how_long():
    scene = msgspec.structs.replace(view_stage.scene(), signals=(("distance", "m"), (COUNTDOWN, "s")), phases=("Hold",))
    state = msgspec.structs.replace(view_stage.state(scene, 0.5), phase=0, signals=(0.01, 6.2))
    info = ViewInfo(camera="endoscope", renderer="software")
    assert status_of(scene, state, info).instruction == "Hold: 7 s"
    over = msgspec.structs.replace(state, signals=(0.01, 0.0))
    assert status_of(scene, over, info).instruction == ""
    plain = msgspec.structs.replace(scene, signals=(("distance", "m"),))
    assert status_of(plain, state, info).instruction == ""


def test_every_state_has_its_word_and_each_tone_its_colour_and_shape():
    assert set(STATES) == set(State)
    hud = Hud(1280, 720)
    shapes = []
    for tone in TONES:
        panel = next(p for p in hud.panels(with_(tone=tone, state="X")) if p.name == "state")
        opaque = panel.pixels[..., 3] > 250
        left = opaque[:, : opaque.shape[1] // 3]
        shapes.append(left)
        assert left.any()
    for a, b in itertools.combinations(shapes, 2):
        assert (a != b).any()


def test_every_flag_has_a_word_here_or_ends_a_patient_s_movement_and_has_one_there():
    assert {flag for flag, _ in FLAGS} == {flag for flag in Flag if not flag & PATIENT_STOPS}
    assert {flag for flag in Flag if flag & PATIENT_STOPS} <= {flag for flag, _ in CAUSES}


def test_it_says_that_the_filter_settles_and_not_that_a_steady_hand_is_steady():
    scene = view_stage.scene()
    info = ViewInfo("endoscope", "software")
    both = view_stage.state(scene, 0.5, flags=int(Flag.FILTER_SETTLING | Flag.NO_TREMOR))
    assert status_of(scene, both, info).notes == ("Filter settling",)
    assert status_of(scene, view_stage.state(scene, 0.5, flags=int(Flag.NO_TREMOR)), info).notes == ()


def test_it_changes_the_edges_of_a_picture_and_leaves_its_middle_alone():
    frame = np.full((720, 1280, 3), 120, np.uint8)
    Hud(1280, 720).draw(frame, PLAIN)
    assert (frame[200:560] == 120).all()
    assert (frame[:120, :240] != 120).any()


def test_a_shift_moves_the_whole_display():
    one, other = np.zeros((480, 640, 3), np.uint8), np.zeros((480, 640, 3), np.uint8)
    hud = Hud(640, 480)
    hud.draw(one, PLAIN)
    hud.draw(other, PLAIN, shift_px=3.0)
    np.testing.assert_array_equal(one[:, :-3], other[:, 3:])


def test_with_several_arms_it_says_which_is_driven_and_which_is_asked():
    scene = view_stage.scene()
    one = view_stage.state(scene, 0.1)
    assert status_of(scene, one, ViewInfo(camera="c", renderer="r")).arms == ()
    other = msgspec.structs.replace(one.arms[0], name="other", clutch=True)
    two = msgspec.structs.replace(one, arms=(*one.arms, other), asked=1)

    def lines(state, **info):
        status = status_of(scene, state, ViewInfo(camera="c", renderer="r", **info))
        return [(line.name, line.driven, line.asked) for line in status.arms], status

    (said, status) = lines(two, driven=0)
    assert said == [("arm", True, False), ("other", False, True)]
    assert lines(two, driven=1)[0] == [("arm", False, False), ("other", True, True)]
    watching = msgspec.structs.replace(two, arms=(msgspec.structs.replace(one.arms[0], clutch=False), other))
    assert lines(watching)[0] == [("arm", True, False), ("other", False, True)]
    nowhere = msgspec.structs.replace(two, target=(math.nan,) * 7)
    assert not any(asked for _, _, asked in lines(nowhere)[0])
    for width, height in SIZES:
        panels = {panel.name: panel for panel in Hud(width, height).panels(status)}
        words = [text.text for text in panels["arms"].texts]
        assert words == ["arm", "driven", "other", "asked"]
        bottom = panels["arms"].y + panels["arms"].pixels.shape[0]
        assert bottom < panels["state"].y
        assert panels["arms"].y > panels["title"].y + panels["title"].pixels.shape[0]


def test_the_display_says_which_keys_do_what_until_something_more_important_is_to_be_said():
    hud = Hud(640, 480)
    assert "Hold left" in words(hud.panels(with_(keys=True)))
    for status, help_shown in (
        (PLAIN, False),
        (with_(keys=True, banner="CONNECTION LOST"), False),
        (with_(keys=True), True),
    ):
        assert "keys" not in {panel.name for panel in hud.panels(status, help_shown)}


def grasping(held, jaw, turn_deg=0.0):
    """Status of a lesson in which one of two rings is placed."""
    stage = view_stage.scene()
    scene = msgspec.structs.replace(
        stage, signals=(("placed", ""), ("held", "")), objects=(("ring1", (3,)), ("ring2", (3,)))
    )
    state = view_stage.state(stage, 1.0)
    half = 0.5 * math.radians(turn_deg)
    arm = msgspec.structs.replace(
        state.arms[0], jaw=jaw, tip=(*state.arms[0].tip[:3], math.cos(half), math.sin(half), 0, 0)
    )
    state = msgspec.structs.replace(state, arms=(arm,), signals=(1.0, held), target=(*state.target[:3], -1.0, 0, 0, 0))
    return status_of(scene, state, ViewInfo("endoscope", "software"))


def test_what_the_jaws_do_and_how_far_the_wrist_is_off_is_said_where_something_is_grasped():
    assert status_of(view_stage.scene(), view_stage.state(view_stage.scene(), 1.0), ViewInfo("a", "b")).jaws == ""
    loose, shut, held = grasping(0.0, 0.6, turn_deg=24.0), grasping(0.0, 0.02), grasping(1.0, 0.2)
    assert (loose.jaws, shut.jaws, held.jaws) == ("Jaws open", "Jaws closed", "Held")
    assert (loose.holding, shut.holding, held.holding) == (False, False, True)
    assert loose.wrist_deg == pytest.approx(24.0)
    said = words(Hud(1280, 720).panels(loose))
    assert "wrist 24\N{DEGREE SIGN} off: hold J" in said
    assert "1 of 2 placed" in said
    assert "wrist as shown" in words(Hud(1280, 720).panels(shut))
    assert "wrist" not in words(Hud(1280, 720).panels(held))
