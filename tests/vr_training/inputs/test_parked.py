import numpy as np

from robotics.contracts import OperatorInput
from vr_training.inputs.parked import CREEP_M, ParkedHand


def test_a_parked_hand_keeps_its_clutch_pressed_and_does_not_move():
    with ParkedHand() as hand:
        assert isinstance(hand, OperatorInput)
        for _ in range(1000):
            read = hand.read()
            assert read.valid
            assert read.clutch
            np.testing.assert_array_equal(read.pose, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])


def test_a_hand_that_lets_go_moves_from_then_on_and_does_the_same_after_a_reset():
    hand = ParkedHand(lets_go_after=3)
    for _ in range(2):
        hand.reset(np.random.default_rng(0), 1e-3)
        poses = [(read.clutch, read.pose[0]) for read in (hand.read() for _ in range(5))]
        assert [clutch for clutch, _ in poses] == [True, True, True, False, False]
        np.testing.assert_allclose([x for _, x in poses], [0.0, 0.0, 0.0, CREEP_M, 2 * CREEP_M], atol=1e-12)
