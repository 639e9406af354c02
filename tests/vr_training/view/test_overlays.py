import math

import msgspec
import numpy as np
import pytest

from control.tick import Flag
from tests.vr_training.view import view_stage
from vr_training.stream.messages import CameraView
from vr_training.view.cameras import camera, carried, project
from vr_training.view.contracts import Frame
from vr_training.view.lines import Brush
from vr_training.view.overlays import Overlays
from vr_training.view.painter import AMBER, CYAN, GREEN
from vr_training.view.settings import load_view_settings
from vr_training.view.trail import Trail

SETTINGS = load_view_settings().overlays
SCENE = view_stage.scene()
EYE = camera(SCENE.cameras[0], 640, 480)


def canvas(depth=np.inf):
    return Frame(np.full((480, 640, 3), 60, np.uint8), np.full((480, 640), depth, np.float32))


def drawn(state, frame=None, before=()):
    frame = frame or canvas()
    overlays = Overlays(SCENE, SETTINGS)
    for earlier in before:
        overlays.update(earlier)
    overlays.update(state)
    overlays.draw(frame, EYE, state)
    return frame.colour


def ink(colour):
    return (colour != 60).any(axis=2)


def near(colour, point, radius):
    x, y, _ = project(EYE, point)
    rows, columns = np.ogrid[:480, :640]
    return ink(colour) & (np.hypot(columns + 0.5 - x, rows + 0.5 - y) <= radius)


def test_a_stroke_covers_as_much_as_it_is_long_and_wide():
    for width, slope in ((2.0, 0.0), (3.0, 0.7), (5.0, 1.3)):
        frame = canvas()
        frame.colour[:] = 0
        a = np.array((100.3, 200.7, 0.1))
        b = a + 200 * np.array((math.cos(slope), math.sin(slope), 0.0))
        Brush(frame.colour, frame.depth).stroke(np.stack((a, b)), (200, 200, 200), width)
        covered = frame.colour[..., 0].sum() / 200.0
        assert covered == pytest.approx(200 * width + math.pi * width**2 / 4, rel=0.03)


def test_a_translucent_stroke_shows_no_knots_at_its_joints():
    frame = canvas()
    points = np.column_stack((np.linspace(100, 300, 41), np.full(41, 200.5), np.full(41, 0.1)))
    Brush(frame.colour, frame.depth).stroke(points, (255, 255, 255), 3.0, alpha=0.5)
    row = frame.colour[200, 105:295, 0]
    assert row.min() == row.max() > 60


def test_the_scene_hides_what_lies_behind_it_but_for_a_trace():
    wall = canvas(depth=0.5)
    line = np.array(((100.0, 100.5, 0.4), (500.0, 100.5, 0.4)))
    behind = np.array(((100.0, 300.5, 0.6), (500.0, 300.5, 0.6)))
    brush = Brush(wall.colour, wall.depth, hidden=0.3)
    brush.stroke(line, (255, 255, 255), 2.0)
    brush.stroke(behind, (255, 255, 255), 2.0)
    assert wall.colour[100, 300, 0] == 255
    assert wall.colour[300, 300, 0] == pytest.approx(60 + 0.3 * 195, abs=2)


def test_what_is_behind_the_camera_or_not_finite_is_not_drawn():
    frame = canvas()
    brush = Brush(frame.colour, frame.depth)
    brush.stroke(np.array(((10.0, 10.0, -0.1), (600.0, 400.0, 0.2))), (255, 255, 255), 3.0)
    brush.stroke(np.array(((np.nan, 10.0, 0.2), (600.0, 400.0, 0.2))), (255, 255, 255), 3.0)
    brush.stroke(np.array(((-1e9, 1e9, 0.2), (-1e9, 2e9, 0.2))), (255, 255, 255), 3.0)
    assert not ink(frame.colour).any()


def test_the_goal_s_ring_is_as_large_as_the_goal():
    colour = drawn(view_stage.state(SCENE, 0.0))
    x, y, z = project(EYE, view_stage.GOAL)
    radius = SCENE.goal_radius_m * 240 / math.tan(EYE.fov_y_rad / 2) / z
    on = [colour[int(y + radius * math.sin(a)), int(x + radius * math.cos(a))] for a in np.linspace(0, 6.2, 12)]
    assert (np.array(on) != 60).any(axis=1).all()
    inside = near(colour, view_stage.GOAL, radius - 3) & ~near(colour, view_stage.GOAL, 4)
    assert not inside.any()


def test_the_goal_turns_green_once_the_tip_is_there():
    def has_green(state):
        difference = np.abs(drawn(state).astype(int) - GREEN).sum(axis=2)
        return bool((difference < 40).any())

    assert not has_green(view_stage.state(SCENE, 0.0))
    assert has_green(view_stage.state(SCENE, 4.0))


def test_the_trail_follows_the_tip_and_fades():
    states = [view_stage.state(SCENE, t, 12.0) for t in np.arange(0.0, 7.5, 1 / 30)]
    plain = drawn(states[-1])
    trailed = drawn(states[-1], before=states[:-1])
    path = project(EYE, np.array([s.arms[0].tip[:3] for s in states[45:-20]]))
    changed = (plain != trailed).any(axis=2)
    assert np.mean([changed[int(y), int(x)] for x, y, _ in path]) > 0.95
    blue = np.array([trailed[int(y), int(x)].astype(int) @ (-1, 0, 1) for x, y, _ in path])
    assert blue[-20:].mean() > 1.3 * blue[:20].mean() > 0
    assert CYAN[2] > CYAN[0]


def test_a_tip_at_its_limit_wears_a_ring_and_a_free_one_does_not():
    state = view_stage.state(SCENE, 0.0)
    arm = state.arms[0]
    limited = msgspec.structs.replace(arm, flags=int(Flag.WORKSPACE))
    plain, ringed = drawn(state), drawn(msgspec.structs.replace(state, arms=(limited,)))
    changed = (plain != ringed).any(axis=2)
    x, y, _ = project(EYE, arm.tip[:3])
    rows, columns = np.nonzero(changed)
    distance = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    assert changed.any()
    assert distance.min() > 15 and distance.max() < 30  # noqa: PT018
    accelerating = msgspec.structs.replace(arm, flags=int(Flag.ACCELERATION_LIMIT))
    np.testing.assert_array_equal(plain, drawn(msgspec.structs.replace(state, arms=(accelerating,))))


def test_the_force_arrow_points_along_the_force():
    state = view_stage.state(SCENE, 0.0)
    arm = msgspec.structs.replace(state.arms[0], force_n=1.5, force=(1.5, 0.0, 0.0))
    left = msgspec.structs.replace(arm, force=(-1.5, 0.0, 0.0))
    right_ink = drawn(msgspec.structs.replace(state, arms=(arm,))).astype(int)
    left_ink = drawn(msgspec.structs.replace(state, arms=(left,))).astype(int)
    x, _, _ = project(EYE, state.arms[0].tip[:3])
    columns = np.nonzero(np.abs(right_ink - left_ink).sum(axis=(0, 2)))[0]
    only_right = [c for c in columns if c > x + 20]
    only_left = [c for c in columns if c < x - 20]
    assert only_right and only_left  # noqa: PT018
    assert (right_ink[:, only_right] != 60).any() and not (left_ink[:, only_right[-1]] != 60).any()  # noqa: PT018


def test_a_tether_shows_where_the_hand_is_once_the_tip_cannot_follow():
    state = view_stage.state(SCENE, 0.0)
    arm = state.arms[0]
    away = tuple(np.add(arm.tip[:3], (0.0, 0.0, 0.01))) + arm.tip[3:]
    pulled = msgspec.structs.replace(arm, target=away)
    assert (drawn(state) != drawn(msgspec.structs.replace(state, arms=(pulled,)))).any()
    clutched = msgspec.structs.replace(pulled, clutch=True)
    np.testing.assert_array_equal(drawn(state), drawn(msgspec.structs.replace(state, arms=(clutched,))))


def test_a_state_without_target_or_arm_draws_nothing():
    state = view_stage.state(SCENE, 0.0)
    nothing = msgspec.structs.replace(state, target=(math.nan,) * 7, arms=())
    assert not ink(drawn(nothing)).any()
    lost = msgspec.structs.replace(state.arms[0], tip=(math.nan,) * 7)
    drawn(msgspec.structs.replace(state, arms=(lost,)))


def test_the_trail_forgets_what_is_old_and_thins_what_is_dense():
    trail = Trail(duration_s=1.0, step_m=1e-3, capacity=64)
    for k in range(3000):
        trail.add(k * 1e-3, (k * 1e-5, 0.0, 0.0))
    points, fresh = trail.points(2.999)
    steps = np.diff(points[:, 0])
    assert len(points) <= 13
    assert points[-1, 0] == pytest.approx(2999e-5)
    assert steps[:-1].min() >= 1e-3 - 1.1e-5  # one sample short of a step
    assert fresh[-1] == 1.0
    assert points[0, 0] >= 1990e-5
    trail.add(0.5, (1.0, 1.0, 1.0))
    assert len(trail.points(0.5)[0]) == 1
    trail.add(0.6, (math.nan, 0.0, 0.0))
    assert len(trail.points(0.6)[0]) == 1


def test_settings_refuse_a_warning_above_the_full_scale():
    with pytest.raises(ValueError, match="force_warn_n"):
        msgspec.structs.replace(SETTINGS, force_warn_n=3.0)


MOUNT = CameraView(
    name="m", arm="arm", eye_m=(0.0, 0.0, 0.0), look_at_m=(0.0, 0.0, 0.06), up=(0.0, -1.0, 0.0), fov_y_rad=0.8
)


def framed(turned_rad, farther_m=0.0):
    """What is drawn of a view that has to turn about the picture's up axis and come nearer, and where that leads."""
    tip = np.array((0.02, -0.01, 0.1, 0.0, 1.0, 0.0, 0.0))  # looks straight down
    eye = camera(carried(MOUNT, tip), 640, 480)
    half = 0.5 * turned_rad
    target = (*(tip[:3] + farther_m * eye.T_world_camera[:3, 2]), 0.0, math.cos(half), 0.0, math.sin(half))
    state = view_stage.state(SCENE, 1.0)
    arm = msgspec.structs.replace(state.arms[0], tip=tuple(tip), target=tuple(tip))
    state = msgspec.structs.replace(state, arms=(arm,), target=tuple(target))
    frame = canvas()
    overlays = Overlays(SCENE, SETTINGS)
    overlays.update(view_stage.state(SCENE, 0.5))
    overlays.draw(frame, eye, state, MOUNT)
    return frame.colour, project(eye, carried(MOUNT, target).look_at_m)


def ring(colour, rgb):
    rows, columns = np.nonzero((np.abs(colour.astype(int) - rgb) < 40).all(axis=2))
    return columns + 0.5, rows + 0.5


def test_a_camera_that_is_to_turn_is_shown_where_the_middle_of_its_picture_will_be():
    colour, (x, y, _) = framed(0.1, 0.02)
    columns, rows = ring(colour, AMBER)
    assert abs(x - 320.0) > 30.0
    # Ring and whiskers about the point that will be in the middle, as large as from there.
    assert 0.5 * (columns.min() + columns.max()) == pytest.approx(x, abs=2.0)
    assert 0.5 * (rows.min() + rows.max()) == pytest.approx(y, abs=2.0)
    focal = 240.0 / math.tan(0.4)
    assert rows.max() - rows.min() == pytest.approx(2.0 * focal * 0.005 / 0.08, rel=0.08)
    fixed = ring(colour, (238, 243, 247))[1]
    assert np.ptp(fixed) == pytest.approx(2.0 * focal * 0.005 / 0.06, rel=0.08)


def test_a_camera_that_frames_what_it_shall_has_both_rings_in_the_middle_and_nothing_is_drawn_at_its_lens():
    colour, _ = framed(0.0)
    columns, rows = ring(colour, GREEN)
    assert 0.5 * (columns.min() + columns.max()) == pytest.approx(320.0, abs=1.5)
    assert 0.5 * (rows.min() + rows.max()) == pytest.approx(240.0, abs=1.5)
    inside = np.hypot(*(np.indices((480, 640)) - np.array((240.0, 320.0))[:, None, None])) < 30.0
    assert not ink(colour)[inside].any()


def test_a_plumb_line_falls_from_the_tip_to_what_lies_below_it():
    state = view_stage.state(SCENE, 0.0)
    tip = np.array(state.arms[0].tip[:3])
    foot = np.array((tip[0], tip[1], 0.0))
    # The depth of a flat floor at z = 0, pixel by pixel.
    T = EYE.T_world_camera
    focal = 240 / math.tan(EYE.fov_y_rad / 2)
    columns, rows = np.meshgrid(np.arange(640) + 0.5, np.arange(480) + 0.5)
    rays = np.stack(((columns - 320) / focal, (rows - 240) / focal, np.ones_like(columns)), axis=-1) @ T[:3, :3].T
    depth = np.where(rays[..., 2] < 0.0, -T[2, 3] / np.minimum(rays[..., 2], -1e-9), np.inf).astype(np.float32)
    floor, nothing = drawn(state, Frame(np.full((480, 640, 3), 60, np.uint8), depth)), drawn(state)
    assert near(floor, foot, 6).any()
    assert not near(nothing, foot, 6).any()
    halfway = 0.5 * (tip + foot)
    assert near(floor, halfway, 2).any()
    # A wall in front of the floor hides the foot; nothing is drawn for it.
    before = Frame(np.full((480, 640, 3), 60, np.uint8), np.minimum(depth, 0.05))
    assert not near(drawn(state, before), foot, 4).any()
