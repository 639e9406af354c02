"""On the network only known keys get in, each to what its role allows; every refusal has a friend that gets through."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import zmq
from two_arm_scene import LAYOUT, make_scene, make_tick

from control.mailbox import Mailbox
from control.ring import TickRing
from control.shared import unique_name
from robotics.contracts import HandPose
from robotics.errors import ArgumentError, StaleError
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import ipc_endpoints, tcp_endpoints
from vr_training.stream.hub import Hub
from vr_training.stream.messages import Endpoints
from vr_training.stream.security import ClientKeys, KeyPair, ServerKeys

SERVER, OPERATOR, OBSERVER, STRANGER = (KeyPair.generate() for _ in range(4))
KEYS = ServerKeys(SERVER, observers=frozenset({OBSERVER.public}), operators=frozenset({OPERATOR.public}))
POSE = [0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0]


class Secured:
    def __init__(self, hub: Hub, mailbox: Mailbox) -> None:
        self.hub, self.mailbox = hub, mailbox

    def client(self, pair: KeyPair, server: bytes = SERVER.public) -> StreamClient:
        return StreamClient(self.hub.endpoints, keys=ClientKeys(pair, server))


@contextlib.contextmanager
def serving() -> Iterator[tuple[Hub, TickRing, Mailbox]]:
    """A hub that listens on the network with `KEYS` and runs in a thread."""
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 64) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
        Hub(ring.name, mailbox.name, make_scene(), tcp_endpoints("s", "127.0.0.1"), keys=KEYS) as hub,
    ):
        thread = threading.Thread(target=hub.run)
        thread.start()
        try:
            yield hub, ring, mailbox
        finally:
            ring.close()
            thread.join(20)


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    with serving() as (hub, ring, mailbox):
        ring.write(make_tick(3))
        while hub.report.ticks == 0:
            time.sleep(0.005)
        yield Secured(hub, mailbox)


def state_within(client: StreamClient, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if client.newest() is not None:
            return True
        time.sleep(0.01)
    return False


def hands_within(secured: Secured, client: StreamClient, seconds: float) -> bool:
    before = secured.hub.report.accepted
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        client.hand(POSE, 0.0, False)
        if secured.hub.report.accepted > before:
            return True
        time.sleep(0.01)
    return False


def test_an_operator_sees_moves_and_stops(secured: Secured) -> None:
    with secured.client(OPERATOR) as client:
        assert client.snapshot().state is not None
        assert state_within(client, 10)
        assert hands_within(secured, client, 10)
        hand = HandPose(np.zeros(7), 0.0, False, 0.0, False)
        secured.mailbox.read(hand)
        assert hand.pose.tolist() == POSE
        client.quit()
        deadline = time.monotonic() + 10
        while not secured.mailbox.quit_requested and time.monotonic() < deadline:
            time.sleep(0.01)
        assert secured.mailbox.quit_requested


def test_an_observer_sees_and_can_neither_move_nor_stop(secured: Secured) -> None:
    with secured.client(OBSERVER) as client:
        assert client.snapshot().state is not None
        assert state_within(client, 10)
        assert not hands_within(secured, client, 0.5)
        with pytest.raises(StaleError):
            client.stop()
    assert secured.mailbox.stop_requested is None


def test_an_unknown_key_gets_nothing(secured: Secured) -> None:
    with secured.client(STRANGER) as client, secured.client(OPERATOR) as friend:
        assert state_within(friend, 10)
        with pytest.raises(StaleError):
            client.scene(timeout_s=0.5)
        assert not state_within(client, 0.3)
        client._epoch = secured.hub.scene.epoch
        assert not hands_within(secured, client, 0.3)
        with pytest.raises(StaleError):
            client.stop()
    assert secured.mailbox.stop_requested is None


def test_whom_the_hub_has_refused_before_he_asks_is_told_too(secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = StreamClient._connect

    def connect_and_wait(*arguments: Any) -> zmq.Socket[bytes]:
        socket = connect(*arguments)
        time.sleep(0.1)  # refused by then: often nobody is left to send to
        return socket

    with secured.client(STRANGER) as client:
        monkeypatch.setattr(StreamClient, "_connect", connect_and_wait)
        for _ in range(8):
            with pytest.raises(StaleError):
                client.scene(timeout_s=0.05)


def test_a_socket_without_keys_gets_nothing(secured: Secured) -> None:
    endpoints = secured.hub.endpoints
    context = zmq.Context.instance()
    with context.socket(zmq.SUB) as state, context.socket(zmq.REQ) as request, context.socket(zmq.PUSH) as stop:
        for socket, endpoint in ((state, endpoints.state), (request, endpoints.request), (stop, endpoints.stop)):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RCVTIMEO, 300)
            socket.connect(endpoint)
        state.setsockopt(zmq.SUBSCRIBE, b"")
        with contextlib.suppress(zmq.Again):
            stop.send(b"stop", zmq.NOBLOCK)
            request.send(b"", zmq.NOBLOCK)
        for socket in (state, request):
            with pytest.raises(zmq.Again):
                socket.recv()
    assert secured.mailbox.stop_requested is None
    with secured.client(OBSERVER) as friend:
        assert state_within(friend, 10)


def test_a_client_talks_to_no_hub_but_the_one_it_trusts(secured: Secured) -> None:
    with secured.client(OPERATOR, server=STRANGER.public) as client, pytest.raises(StaleError):
        client.scene(timeout_s=0.5)
    with secured.client(OPERATOR) as client:
        assert client.scene() == secured.hub.scene


def test_with_its_gatekeeper_gone_a_hub_admits_nobody() -> None:
    with serving() as (hub, _, _):
        for pair, friend in ((OPERATOR, True), (STRANGER, False), (OPERATOR, False)):
            with StreamClient(hub.endpoints, keys=ClientKeys(pair, SERVER.public)) as client:
                if friend:
                    assert client.scene() == hub.scene
                    hub.gate.__exit__(None, None, None)
                else:
                    with pytest.raises(StaleError):
                        client.scene(timeout_s=0.5)


def test_nothing_leaves_the_machine_without_keys() -> None:
    endpoints = tcp_endpoints("s", "127.0.0.1")
    with (
        TickRing.create(unique_name("test-ring"), LAYOUT, 64) as ring,
        Mailbox.create(unique_name("test-mailbox")) as mailbox,
        pytest.raises(ArgumentError, match="needs keys"),
    ):
        Hub(ring.name, mailbox.name, make_scene(), endpoints).__enter__()
    with pytest.raises(ArgumentError, match="needs keys"):
        StreamClient(endpoints).__enter__()
    strange = Endpoints(session="s", pid=1, state="udp://x", request="udp://x", command="udp://x", stop="udp://x")
    with pytest.raises(ArgumentError, match="ipc:// or tcp://"):
        StreamClient(strange).__enter__()
    assert ipc_endpoints("s").state.startswith("ipc://")


def test_a_secret_key_is_in_no_log() -> None:
    assert SERVER.secret.decode() not in repr(KEYS)
    assert SERVER.public.decode() in repr(KEYS)
