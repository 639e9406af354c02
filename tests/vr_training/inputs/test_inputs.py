import numpy as np
import pytest

from control.mailbox import Mailbox
from control.shared import unique_name
from robotics.contracts import OperatorInput
from robotics.errors import ArgumentError, MissingFileError, UnknownNameError
from vr_training import inputs


@pytest.fixture
def mailbox():
    with Mailbox.create(unique_name("test-inputs")) as box:
        yield box


@pytest.fixture
def recording(tmp_path):
    t = np.arange(1000) / 100.0
    path = tmp_path / "hand.csv"
    np.savetxt(path, np.column_stack([t, 1e-3 * np.sin(50 * t), 1e-3 * np.cos(50 * t)]), delimiter=",")
    return path


@pytest.mark.parametrize("name", inputs.names())
def test_every_name_makes_an_input_that_keeps_the_contract(name, mailbox, recording):
    operator = inputs.create(name.replace("FILE", str(recording)), mailbox=mailbox)
    assert isinstance(operator, OperatorInput)
    with operator as hand:
        hand.reset(np.random.default_rng(0), 1e-3)
        first = hand.read()
        assert first.pose.shape == (7,)
        assert np.linalg.norm(first.pose[3:]) == pytest.approx(1.0)


def test_a_recording_can_be_used_as_a_whole_motion(recording):
    hand = inputs.create(
        f"recorded:{recording}", use="motion", reading=inputs.ReadingOptions(columns="t,x,y", units="s,m")
    )
    hand.reset(np.random.default_rng(0), 1e-3)
    x = np.array([hand.read().pose[0] for _ in range(3000)])
    assert np.ptp(x) == pytest.approx(2e-3, rel=0.02)


@pytest.mark.parametrize("spec", ["", "joystick", "recording:a.csv", "Scripted"])
def test_an_unknown_name_is_answered_with_the_valid_ones(spec):
    with pytest.raises(
        UnknownNameError, match="expert, gamepad, idle, igtl, keyboard, mouse, random, recorded:FILE, remote"
    ):
        inputs.create(spec)


def test_what_is_missing_or_too_much_is_said(tmp_path):
    with pytest.raises(ArgumentError, match="needs a file"):
        inputs.create("recorded")
    with pytest.raises(ArgumentError, match="takes no file"):
        inputs.create("scripted:hand.csv")
    with pytest.raises(ArgumentError, match="needs a session with a hub"):
        inputs.create("mouse")
    with pytest.raises(MissingFileError):
        inputs.create(f"recorded:{tmp_path / 'none.csv'}")
    with pytest.raises(ArgumentError, match="takes no file"):
        inputs.create("idle:hand.csv")


def test_a_remote_hand_is_invalid_until_one_has_come_and_grows_old_after(mailbox):
    import time

    hand = inputs.create("mouse", mailbox=mailbox)
    assert not hand.read().valid
    pose = np.array([0.1, 0.2, 0.3, 0.5, 0.5, 0.5, 0.5])
    mailbox.post_hand(pose, 0.7, True, host_ns=time.monotonic_ns() - 200_000_000)
    read = hand.read()
    assert read.valid
    assert read.clutch
    assert read.grip == 0.7
    np.testing.assert_array_equal(read.pose, pose)
    assert read.age_s >= 0.2
