"""The hub, the view and what reads a device as child processes."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from control.realtime import leave_core, loop_core
from robotics.errors import SteadyhandError
from steadyhand.control_process import Failed
from steadyhand.order import RunOrder
from vr_training.inputs.devices import Sensed, open_device, serve
from vr_training.records.info import SessionInfo
from vr_training.records.session import Session
from vr_training.records.writer import Recorder
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import place, tcp_endpoints
from vr_training.stream.hub import Hub
from vr_training.stream.keys import KeyStore
from vr_training.stream.messages import Endpoints, SceneMessage
from vr_training.stream.security import ServerKeys
from vr_training.view.app import ViewRequest, run_view
from vr_training.view.settings import load_view_settings

VIEW_READY = "view ready"
"""Said by the view once it follows the session."""

DEVICE_READY = "device ready"
"""Said by the process of a device once it has opened it."""


@dataclass(frozen=True)
class HubDone:
    """The hub has drained the ring and closed the recording."""

    dropped: int
    problem: str


@dataclass(frozen=True)
class Network:
    """Where a hub listens besides on the network, and whom it knows there."""

    endpoints: Endpoints
    keys: ServerKeys

    @classmethod
    def of(cls, listen: str, session: str) -> Network:
        """Of ``ADDRESS`` or ``ADDRESS:PORT``, with the keys of this user."""
        return cls(tcp_endpoints(session, *place(listen)), KeyStore().admitted())


def hub(
    ring: str,
    mailbox: str,
    scene: SceneMessage,
    endpoints: Endpoints,
    session: Session,
    info: SessionInfo,
    network: Network | None,
    parent: Connection,
) -> None:
    """Body of the hub process."""
    leave_core(loop_core())
    keys, besides = (None, None) if network is None else (network.keys, network.endpoints)
    try:
        recorder = Recorder(session.recording, scene, info)
        with Hub(
            ring, mailbox, scene, endpoints, recorder=recorder, folder=session.folder, keys=keys, network=besides
        ) as running:
            parent.send("The hub listens")
            report = running.run()
        parent.send(HubDone(report.dropped, report.problem))
    except SteadyhandError as error:
        _tell(parent, Failed(str(error), expected=True))
    except BrokenPipeError:
        return


def view(endpoints: Endpoints, folder: Path, order: RunOrder, arm: int, core: int | None, parent: Connection) -> None:
    """Body of the view process; ``arm`` is the one that a person drives first."""
    request = ViewRequest(
        folder=folder,
        window="always" if order.by_hand else "auto",
        drive=order.by_hand,
        arm=arm,
        stereo="half" if order.stereo else "off",
        avoid_core=core,
        name="trainee",
        closing_stops=order.must_be_seen and not order.by_hand,
        sound=order.sound,
    )
    try:
        code = run_view(
            endpoints,
            load_view_settings(order.view),
            request,
            say=lambda text: _tell(parent, text),
            ready=lambda: _tell(parent, VIEW_READY),
        )
    except SteadyhandError as error:
        _tell(parent, Failed(str(error), expected=True))
        code = 1
    sys.exit(code)


def device(endpoints: Endpoints, spec: str, scale: float, arms: int, first: int, parent: Connection) -> None:
    """Body of the process that reads a device and sends its hands to the hub; ends when its pipe does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    leave_core(loop_core())
    try:
        with StreamClient(endpoints, spec.partition(":")[0]) as client:
            limit_n = client.scene().force_limit_n  # the scene tells the client which run of the hub it speaks to, too
            with open_device(spec, scale, arms, first, limit_n) as source:
                _tell(parent, DEVICE_READY)

                def send(hand: Sensed) -> None:
                    sensed_ns = time.time_ns() - round(1e9 * hand.age_s)
                    client.hand(hand.pose, hand.grip, hand.clutch, hand.arm, sensed_ns)

                def forces() -> tuple[float, ...] | None:
                    state = client.newest()
                    return None if state is None else tuple(arm.force_n for arm in state.arms)

                serve(source, send, forces, parent)
    except SteadyhandError as error:
        _tell(parent, Failed(str(error), expected=True))


def _tell(parent: Connection, message: object) -> None:
    try:
        parent.send(message)
    except (BrokenPipeError, OSError):
        return  # the parent has gone; there is nobody left to tell
