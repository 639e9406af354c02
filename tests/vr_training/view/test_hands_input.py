import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vr_training.view.events import KEY_SWITCH, Button, ButtonChanged, KeyChanged, PointerMoved
from vr_training.view.hands_input import HandsInput
from vr_training.view.settings import load_view_settings

DT = 0.005
HAND = load_view_settings().hand


def fresh(arms=2):
    hands = HandsInput(HAND, 0.5, arms)
    hands.look(np.eye(3), 1e-4)
    return hands


def tab(hands):
    hands.handle(KeyChanged(KEY_SWITCH, True))
    hands.handle(KeyChanged(KEY_SWITCH, False))


def run(hands, seconds):
    made = [hands.advance(DT) for _ in range(round(seconds / DT))]
    return np.array([[pose for pose, _, _ in row] for row in made]), made[-1]


def drag(hands, by):
    hands.handle(PointerMoved(100.0, 100.0))
    hands.handle(ButtonChanged(Button.LEFT, True))
    hands.handle(PointerMoved(100.0 + by, 100.0))


def test_the_driven_hand_alone_moves_and_tab_goes_on_to_the_next_and_round():
    hands = fresh(3)
    for arm in (0, 1, 2, 0):
        assert hands.driven == arm
        before = hands.advance(DT)
        drag(hands, 40.0)
        poses, last = run(hands, 0.5)
        assert [clutch for _, _, clutch in last] == [other != arm for other in range(3)]
        for other in range(3):
            moved = np.ptp(np.vstack((before[other][0], poses[:, other])), axis=0)[0]
            assert (moved > 0.005) == (other == arm)
        tab(hands)
        assert all(clutch for _, _, clutch in hands.advance(DT))


def test_a_button_still_held_at_the_switch_does_not_take_the_other_arm():
    hands = fresh()
    drag(hands, 40.0)
    run(hands, 0.1)
    tab(hands)
    hands.handle(PointerMoved(300.0, 100.0))
    poses, last = run(hands, 0.3)
    assert np.ptp(poses, axis=0).max() == 0.0
    assert all(clutch for _, _, clutch in last)
    hands.handle(ButtonChanged(Button.LEFT, False))
    hands.handle(ButtonChanged(Button.LEFT, True))
    assert not hands.advance(DT)[1][2]


def test_each_arm_has_a_grip_of_its_own_that_is_kept_while_the_other_is_driven():
    hands = fresh()
    hands.handle(KeyChanged(ord("G"), True))
    run(hands, 1.0)
    tab(hands)
    _, last = run(hands, 0.5)
    assert [grip for _, grip, _ in last] == [1.0, 0.0]
    hands.handle(KeyChanged(ord("G"), True))
    _, last = run(hands, 1.0)
    assert [grip for _, grip, _ in last] == [1.0, 1.0]


def test_with_one_arm_tab_changes_nothing():
    hands = fresh(1)
    drag(hands, 10.0)
    tab(hands)
    assert hands.engaged
    assert hands.driven == 0


EVENTS = st.one_of(
    st.builds(PointerMoved, st.floats(-500, 500), st.floats(-500, 500)),
    st.builds(ButtonChanged, st.sampled_from([0, 1]), st.booleans()),
    st.builds(KeyChanged, st.sampled_from([KEY_SWITCH, ord("D"), ord("G"), ord(" ")]), st.booleans()),
)


@given(st.lists(EVENTS, max_size=40))
def test_whatever_happens_no_hand_jumps_and_whichever_is_not_driven_rests(script):
    hands = fresh()
    last = hands.advance(DT)
    for event in script:
        hands.handle(event)
        for _ in range(3):
            new = hands.advance(DT)
            for arm, (before, after) in enumerate(zip(last, new, strict=True)):
                if after[2]:
                    np.testing.assert_array_equal(before[0], after[0])
                assert np.abs(after[0][:3] - before[0][:3]).max() < 0.2
                assert after[2] or arm == hands.driven
            last = new
