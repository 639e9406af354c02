"""An OpenIGTLink tracker, played by pyigtl on the loopback: units, axes, clutch, grip, and a tracker that stalls."""

import contextlib
import math
import signal
import socket
import threading
import time

import msgspec
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from control.guard import GuardConfig, InputGuard
from control.mailbox import Mailbox
from control.shared import unique_name
from control.tick import Flag
from robotics.config import decode, find, load
from robotics.errors import ConfigError, DeviceError
from vr_training.inputs.igtl import OLDEST_S, Tracker, TrackerConfig, TrackerMap
from vr_training.inputs.remote import RemoteHand

CONFIG = load(find("inputs", "igtl"), TrackerConfig)
TEXT = find("inputs", "igtl").read_text(encoding="utf-8")


def at(x=0.0, y=0.0, z=0.0, rotation=None):
    T = np.eye(4)
    T[:3, 3] = (x, y, z)
    T[:3, :3] = np.eye(3) if rotation is None else rotation
    return T


def with_(**changes):
    return msgspec.structs.replace(CONFIG, **changes)


def test_millimetres_become_metres_and_axes_turn_place_and_orientation_alike():
    each = TrackerMap(with_(axes=("-y", "z", "-x"), scale=2.0))
    R = Rotation.from_rotvec((0.1, -0.4, 0.7)).as_matrix()
    assert each.take_transform(at(10.0, 20.0, 30.0, R), 5.0, 5.0)
    hand = each.hand(0, 5.0)
    np.testing.assert_allclose(hand.pose[:3], (-0.040, 0.060, -0.020))
    w, x, y, z = hand.pose[3:]
    got = Rotation.from_quat((x, y, z, w)).as_matrix()
    np.testing.assert_allclose(got, np.array([[0, -1, 0], [0, 0, 1], [-1, 0, 0]]) @ R, atol=1e-12)


def test_a_mirror_or_an_axis_named_twice_is_refused():
    for axes in ('["-x", "+y", "+z"]', '["+x", "+x", "+z"]'):
        with pytest.raises(ConfigError, match="is no rotation"):
            decode(TEXT.replace('["+x", "+y", "+z"]', axes), TrackerConfig)
    with pytest.raises(ConfigError, match="names must differ"):
        decode(TEXT.replace("LeftGrip", "RightGrip"), TrackerConfig)


def test_the_clutch_is_pressed_unless_it_is_said_to_be_released_again_and_again():
    each = TrackerMap(CONFIG)
    each.take_transform(at(), 0.0, 0.0)
    assert each.hand(0, 0.0).clutch
    each.take_clutch("0", 0.1)
    assert not each.hand(0, 0.3).clutch
    each.take_transform(at(), 0.1 + CONFIG.clutch_age_s, 0.1 + CONFIG.clutch_age_s)
    assert each.hand(0, 0.11 + CONFIG.clutch_age_s).clutch
    each.take_clutch("0", 1.0)
    each.take_clutch("maybe", 1.0)
    each.take_transform(at(), 1.0, 1.0)
    assert each.hand(0, 1.0).clutch


def test_a_grip_that_is_no_share_is_not_followed():
    each = TrackerMap(CONFIG)
    each.take_transform(at(), 0.0, 0.0)
    each.take_grip("0.75")
    for bad in ("closed", "2.0", "-1", "nan"):
        each.take_grip(bad)
    assert each.hand(0, 0.0).grip == 0.75


def test_what_is_no_pose_or_comes_twice_is_not_taken():
    each = TrackerMap(CONFIG)
    sheared, mirrored = at(1.0), at(1.0, rotation=np.diag((1.0, 1.0, -1.0)))
    sheared[0, 1] = 0.1
    for bad in (sheared, mirrored, at(math.nan), at(math.inf), np.zeros((4, 4)), np.eye(3)):
        assert not each.take_transform(bad, 1.0, 1.0)
    assert each.hand(0, 1.0) is None
    assert each.take_transform(at(), 2.0, 2.0)
    assert not each.take_transform(at(5.0), 2.0, 2.3)
    assert each.hand(0, 2.3).age_s == pytest.approx(0.3)


def test_a_tracker_that_lags_is_seen_to_be_old_whatever_its_clock_says():
    each = TrackerMap(CONFIG)
    for k in range(10):  # its clock is an hour behind, its messages take 5 ms
        each.take_transform(at(0.1 * k), 0.01 * k, 3600.005 + 0.01 * k)
    assert each.hand(0, 3600.095).age_s == pytest.approx(0.0, abs=1e-6)
    each.take_transform(at(1.0), 0.10, 3600.305)
    assert each.hand(0, 3600.305).age_s == pytest.approx(0.2, abs=1e-6)
    assert each.hand(0, 3600.105 + OLDEST_S + 0.01) is None
    each.take_transform(at(1.0), 0.0, 3700.0)  # started anew
    assert each.hand(0, 3700.0).age_s == pytest.approx(0.0, abs=1e-6)


def test_within_the_dead_zone_the_hand_rests_and_beyond_it_follows_without_a_jump():
    each = TrackerMap(with_(dead_zone_mm=1.0))
    places = [0.0, 0.9, -0.9, 0.5, 1.5, 3.0, 2.2, 0.5]
    followed = []
    for k, x in enumerate(places):
        each.take_transform(at(x), 0.01 * k, 0.01 * k)
        followed.append(1e3 * each.hand(0, 0.01 * k).pose[0])
    np.testing.assert_allclose(followed, [0.0, 0.0, 0.0, 0.0, 0.5, 2.0, 2.0, 1.5], atol=1e-9)


pyigtl = pytest.importorskip("pyigtl")


@contextlib.contextmanager
def tracker_server():
    """A tracker on the loopback, at a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    server = pyigtl.OpenIGTLinkServer(port=port, local_server=True)
    try:
        yield server, port
    finally:
        server.stop()
        for kind, handler in before.items():  # the library takes them for itself
            signal.signal(kind, handler)


def send(server, x, clutch="0", grip="0.5", stamp=None):
    hand = CONFIG.hands[0]
    server.send_message(pyigtl.TransformMessage(at(x), device_name=hand.device, timestamp=stamp), wait=False)
    server.send_message(pyigtl.StringMessage(clutch, device_name=hand.clutch), wait=False)
    server.send_message(pyigtl.StringMessage(grip, device_name=hand.grip), wait=False)


def until(seen, server, x, seconds=10.0, **more):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        send(server, x, **more)
        time.sleep(0.01)
        got = seen()
        if got:
            return got
    raise AssertionError("it was not seen")


class Sending:
    """Sends a hand from the start, as a tracker does that runs already."""

    def __init__(self, server):
        self.on = True
        self.thread = threading.Thread(target=self.run, args=(server,))
        self.thread.start()

    def run(self, server):
        while self.on:
            send(server, 10.0, clutch="1")
            time.sleep(0.01)

    def end(self):
        self.on = False
        self.thread.join()


def test_a_tracker_on_the_loopback_moves_the_hand_and_when_it_stalls_the_guard_sees_it():
    with tracker_server() as (server, port), Mailbox.create(unique_name("test-igtl")) as mailbox:
        sending = Sending(server)
        try:
            with Tracker(CONFIG, port=port) as tracker:
                sending.end()
                assert str(port) in tracker.describe()
                arm, guard = RemoteHand(mailbox, "igtl"), InputGuard(GuardConfig(), 1e-3)

                def pump():
                    hands = tracker.read(0.0)
                    for hand in hands:
                        host_ns = time.monotonic_ns() - round(1e9 * hand.age_s)
                        mailbox.post_hand(hand.pose, hand.grip, hand.clutch, host_ns=host_ns, arm=hand.arm)
                    return hands

                # Pose and clutch are messages of their own: a pose may come a moment before its clutch.
                moved = until(
                    lambda: [h for h in pump() if abs(h.pose[0] - 0.012) < 1e-6 and not h.clutch], server, 12.0
                )[0]
                assert (moved.grip, moved.arm) == (0.5, 0)
                assert moved.age_s < 0.5
                until(lambda: pump() and arm.read().age_s < 0.05 and guard.check(arm.read()) == 0, server, 12.0)
                # A jump of half a metre is refused.
                until(lambda: pump() and guard.check(arm.read()) == Flag.INPUT_IMPLAUSIBLE, server, 512.0)
                # It falls silent: the guard sees it, and soon nothing is sent at all.
                end = time.monotonic() + 5.0
                flags = 0
                while not flags & Flag.INPUT_STALE and time.monotonic() < end:
                    pump()
                    flags = guard.check(arm.read())
                    time.sleep(0.005)
                assert flags & Flag.INPUT_STALE
                time.sleep(OLDEST_S)
                assert tracker.read(0.0) == []
        finally:
            sending.end()


def test_an_old_pose_sent_again_and_again_is_no_fresh_hand():
    with tracker_server() as (server, port):
        sending = Sending(server)
        try:
            with Tracker(CONFIG, port=port) as tracker:
                sending.end()
                stamp = time.time() + 0.1
                assert until(
                    lambda: any(abs(h.pose[0] - 0.02) < 1e-6 for h in tracker.read(0.0)), server, 20.0, stamp=stamp
                )
                assert until(lambda: not tracker.read(0.0), server, 20.0, seconds=OLDEST_S + 5.0, stamp=stamp)
                # Still sent, and still nothing that anyone would take for a hand.
                send(server, 20.0, stamp=stamp)
                assert tracker.read(0.2) == []
        finally:
            sending.end()


def test_a_tracker_that_is_not_there_is_said_in_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DeviceError, match=f"127.0.0.1:{port} does not answer"), Tracker(CONFIG, port=port, wait_s=0.3):
        pass


def test_a_tracker_without_the_hand_s_device_is_told_which_one_is_missed():
    with tracker_server() as (server, port):
        server.send_message(pyigtl.TransformMessage(at(), device_name="Probe"), wait=False)
        with (
            pytest.raises(DeviceError, match="sends no TRANSFORM of RightHand"),
            Tracker(CONFIG, port=port, wait_s=1.0),
        ):
            pass
