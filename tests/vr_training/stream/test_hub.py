"""The hub serves late joiners, lets one hand in, and passes every stop on."""

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
import zmq
from two_arm_scene import LAYOUT, make_info, make_scene, make_tick
from waiting import newest, until

from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import unique_name
from robotics.contracts import HandPose, StopKind
from robotics.errors import DeviceError, StaleError
from vr_training.records.reader import Recording
from vr_training.records.writer import Recorder
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import ipc_endpoints
from vr_training.stream.hub import Hub
from vr_training.stream.messages import LeaseReply, SceneMessage

if TYPE_CHECKING:
    from conftest import Served

POSE = [0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0]


def test_a_late_joiner_is_complete_after_one_round_trip(served: "Served") -> None:
    served.ring.write(make_tick(5))
    until(lambda: served.hub.report.ticks == 1, "drained")
    with served.client() as client:
        snapshot = client.snapshot()
        assert snapshot.state is not None
        assert snapshot.state.sequence == 5
        assert snapshot.scene == served.hub.scene
        assert client.scene() == served.hub.scene
        assert snapshot.state.epoch == snapshot.scene.epoch


def test_before_the_first_tick_there_is_a_scene_and_no_state(served: "Served") -> None:
    with served.client() as client:
        assert client.snapshot().state is None
        assert client.newest() is None


def test_a_slow_viewer_sees_the_newest_state_and_never_a_backlog(served: "Served") -> None:
    with served.client() as client:
        served.ring.write(make_tick(0))
        newest(client, lambda state: state.sequence == 0)
        for sequence in range(1, 30):
            served.ring.write(make_tick(sequence))
            time.sleep(0.02)
        published = served.hub.report.published
        until(lambda: served.hub.report.published > published + 1, "published twice more")
        state = client.newest()
        assert state is not None
        assert state.sequence == 29


def test_every_viewer_sees_the_end(served: "Served") -> None:
    with served.client() as one, served.client() as other:
        served.ring.write(make_tick(0))
        for client in (one, other):
            assert newest(client, lambda state: True).running
        served.end()
        for client in (one, other):
            newest(client, lambda state: not state.running)


def test_whoever_missed_the_end_hears_it_while_the_recording_is_closed(tmp_path: Path, scene: SceneMessage) -> None:
    endpoints = ipc_endpoints("s")

    class SlowToClose(Recorder):
        def close(self, progress: Callable[[float], None] | None = None) -> None:
            if progress is not None:  # only the closing at the end of a run tells how it goes on
                with StreamClient(endpoints) as late:
                    until(lambda: progress(0.5) or late.newest(), "heard of the end")
            super().close(progress)

    recorder = SlowToClose(tmp_path / "recording.mcap", scene, make_info())
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
        Hub(ring.name, mailbox.name, scene, endpoints, recorder=recorder) as hub,
    ):
        ring.write(make_tick(0))
        ring.close()
        hub.run(lambda share: None)
    assert Recording.open(recorder.path).complete


def test_ticks_that_were_overwritten_are_counted_and_shown(tmp_path: Path, scene: SceneMessage) -> None:
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 16) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
    ):
        for sequence in range(100):
            ring.write(make_tick(sequence))
        with Hub(ring.name, mailbox.name, scene, ipc_endpoints("s")) as hub:
            ring.close()
            report = hub.run()
            assert report.ticks + report.dropped == 100
            assert report.ticks == 15
            state = hub._state()
            assert state is not None
            assert state.dropped == 85


def test_a_hand_reaches_the_control_process_with_its_age(served: "Served") -> None:
    hand = HandPose(np.zeros(7), 0.0, False, 0.0, False)
    with served.client() as client:
        client.scene()
        until(lambda: client.hand(POSE, 0.5, True), "connected")
        until(lambda: served.mailbox.read(hand) or hand.valid, "arrived")
        assert hand.pose.tolist() == POSE
        assert (hand.grip, hand.clutch) == (0.5, True)
        assert 0.0 <= hand.age_s < 30.0
        until(client.hear, "answered")
        assert client.lease == LeaseReply(granted=True, holder=client.name, reason="")


def test_a_hand_is_for_the_arm_that_it_names_and_one_for_an_arm_that_is_not_there_is_refused(served: "Served") -> None:
    hands = [HandPose(np.zeros(7), 0.0, False, 0.0, False) for _ in range(2)]
    with served.client() as client:
        client.scene()
        until(lambda: client.hand(POSE, 0.5, True, 1), "connected")
        until(lambda: served.mailbox.read(hands[1], 1) or hands[1].valid, "arrived")
        served.mailbox.read(hands[0], 0)
        assert not hands[0].valid
        assert hands[1].pose.tolist() == POSE
        refused = served.hub.report.refused
        assert client.hand(POSE, 0.5, True, 2)
        until(lambda: served.hub.report.refused > refused, "refused")
        until(lambda: client.hear() and not client.lease.granted, "answered")
        assert client.lease is not None
        assert "no arm 2" in client.lease.reason


def test_only_the_holder_of_the_lease_moves_the_arm_and_the_other_is_told_who_it_is(served: "Served") -> None:
    with served.client("first") as first, served.client("second") as second:
        for client in (first, second):
            client.scene()
        served.ring.write(make_tick(0))
        until(lambda: first.hand(POSE, 0.0, False), "connected")
        until(lambda: served.hub.report.accepted, "accepted")
        other = [0.4, *POSE[1:]]

        def refused() -> bool:
            first.hand(POSE, 0.0, False)
            if second.lease is not None and second.lease.granted:  # it came after a pause longer than the lease
                time.sleep(0.2)
                second.lease = None
                return False
            second.hand(other, 0.0, False)
            return second.lease is not None and not second.lease.granted

        until(refused, "refused")
        assert second.lease is not None
        assert second.lease.holder == first.name
        hand = HandPose(np.zeros(7), 0.0, False, 0.0, False)
        served.mailbox.read(hand)
        assert hand.pose.tolist() == POSE

        def told() -> bool:
            first.hand(POSE, 0.0, False)
            state = first.newest()
            return state is not None and state.lease == first.name

        until(told, "told who holds the lease")
        until(lambda: second.hand(other, 0.0, False) and second.hear() and second.lease.granted, "granted")
        served.mailbox.read(hand)
        assert hand.pose.tolist() == other


def test_a_hand_that_does_not_know_this_hub_is_refused(served: "Served") -> None:
    with served.client() as client:  # it has not asked for the scene
        until(lambda: client.hand(POSE, 0.0, False) and client.hear(), "answered")
        assert client.lease is not None
        assert not client.lease.granted
        assert "another run" in client.lease.reason
        assert served.hub.report.accepted == 0


def test_a_session_without_inputs_takes_no_hand() -> None:
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 16) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
        Hub(ring.name, mailbox.name, make_scene(inputs=False), ipc_endpoints("s")) as hub,
    ):
        thread = threading.Thread(target=hub.run)
        thread.start()
        try:
            with StreamClient(hub.endpoints) as client:
                client.scene()
                until(lambda: client.hand(POSE, 0.0, False) and client.hear(), "answered")
                assert client.lease is not None
                assert "takes no hand" in client.lease.reason
        finally:
            ring.close()
            thread.join(20)


@pytest.mark.parametrize(("word", "kind"), [("hold", StopKind.HOLD), ("soft", StopKind.SOFT)])
def test_a_stop_needs_no_lease_and_no_epoch(served: "Served", word: str, kind: StopKind) -> None:
    with served.client() as client:
        client.stop(word)
        until(lambda: served.mailbox.stop_requested, "stopped")
    assert served.mailbox.stop_requested is kind
    assert not served.mailbox.quit_requested


def test_quit_ends_the_run_and_stops_nothing(served: "Served") -> None:
    with served.client() as client:
        client.quit()
        until(lambda: served.mailbox.quit_requested, "asked to quit")
    assert served.mailbox.stop_requested is None


def raw(kind: int, endpoint: str) -> zmq.Socket[bytes]:
    socket = zmq.Context.instance().socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(endpoint)
    return socket


def test_garbage_on_any_socket_breaks_nothing_and_a_garbled_stop_stops(served: "Served") -> None:
    endpoints = served.hub.endpoints
    with (
        raw(zmq.DEALER, endpoints.command) as command,
        raw(zmq.DEALER, endpoints.request) as request,
        raw(zmq.PUSH, endpoints.stop) as stop,
        served.client() as client,
    ):
        rng = np.random.default_rng(0)
        for size in (0, 1, 10, 1000, 100_000):
            with contextlib.suppress(zmq.Again):
                command.send(rng.bytes(size), zmq.NOBLOCK)
                command.send_multipart([b"", rng.bytes(size)], zmq.NOBLOCK)
                request.send_multipart([b"", rng.bytes(size)], zmq.NOBLOCK)
                request.send_multipart([b"", b"x", rng.bytes(size)], zmq.NOBLOCK)
        assert client.scene() == served.hub.scene
        assert served.mailbox.stop_requested is None
        stop.send(b"STOP!")
        until(lambda: served.mailbox.stop_requested, "stopped")
        assert served.mailbox.stop_requested is StopKind.SOFT
        assert client.scene() == served.hub.scene


def test_a_stop_gets_through_while_others_flood_the_hub(served: "Served") -> None:
    with raw(zmq.DEALER, served.hub.endpoints.command) as flood, served.client() as client:
        for _ in range(3000):
            with contextlib.suppress(zmq.Again):
                flood.send(b"x" * 1000, zmq.NOBLOCK)
        client.stop("power_off")
        for _ in range(3000):
            with contextlib.suppress(zmq.Again):
                flood.send(b"x" * 1000, zmq.NOBLOCK)
        until(lambda: served.mailbox.stop_requested, "stopped")
    assert served.mailbox.stop_requested is StopKind.POWER_OFF


def test_without_a_hub_every_question_ends_in_a_clear_error() -> None:
    endpoints = ipc_endpoints("20260101-120000-gone")
    with StreamClient(endpoints) as client:
        with pytest.raises(StaleError, match="20260101-120000-gone does not answer"):
            client.scene(timeout_s=0.1)
        assert client.newest() is None
        assert not client.hand(POSE, 0.0, False)
        with pytest.raises(StaleError, match="takes no stop"):
            client.stop()


def test_an_address_that_is_taken_is_an_error_and_leaves_nothing_behind(served: "Served", tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="cannot listen"):
        Hub(
            served.ring.name,
            served.mailbox.name,
            make_scene(),
            msgspec.structs.replace(ipc_endpoints("s"), state="ipc:///nowhere/at/all"),
        ).__enter__()


def test_a_full_disk_ends_the_recording_and_not_the_picture(tmp_path: Path, scene: SceneMessage) -> None:
    class FullDisk(Recorder):
        def write(self, ticks: np.ndarray) -> None:
            if self.written >= 10:
                raise OSError(28, "No space left on device")
            super().write(ticks)

    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 64) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
        FullDisk(tmp_path / "unused.mcap", scene, make_info()),
        Hub(
            ring.name,
            mailbox.name,
            scene,
            ipc_endpoints("s"),
            recorder=FullDisk(tmp_path / "recording.mcap", scene, make_info()),
        ) as hub,
    ):
        thread = threading.Thread(target=hub.run)
        thread.start()
        for sequence in range(20):
            ring.write(make_tick(sequence))
            until(lambda count=sequence: hub.report.ticks == count + 1, "drained")
        published = hub.report.published
        until(lambda: hub.report.published > published, "published on")
        ring.close()
        thread.join(20)
    assert "No space left" in hub.report.problem
    assert hub.report.recorded == 10
    assert Recording.open(tmp_path / "recording.mcap").ticks["sequence"].tolist() == list(range(10))
