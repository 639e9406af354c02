"""The hub and the view as child processes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from control.realtime import leave_core, loop_core
from robotics.errors import SteadyhandError
from steadyhand.control_process import Failed
from steadyhand.order import Order
from vr_training.records.info import SessionInfo
from vr_training.records.session import Session
from vr_training.records.writer import Recorder
from vr_training.stream.hub import Hub
from vr_training.stream.messages import Endpoints, SceneMessage
from vr_training.view.app import ViewRequest, run_view
from vr_training.view.settings import load_view_settings

VIEW_READY = "view ready"
"""Said by the view once it follows the session."""


@dataclass(frozen=True)
class HubDone:
    """The hub has drained the ring and closed the recording."""

    dropped: int
    problem: str


def hub(
    ring: str,
    mailbox: str,
    scene: SceneMessage,
    endpoints: Endpoints,
    session: Session,
    info: SessionInfo,
    parent: Connection,
) -> None:
    """Body of the hub process."""
    leave_core(loop_core())
    try:
        recorder = Recorder(session.recording, scene, info)
        with Hub(ring, mailbox, scene, endpoints, recorder=recorder, folder=session.folder) as running:
            parent.send("The hub listens")
            report = running.run()
        parent.send(HubDone(report.dropped, report.problem))
    except SteadyhandError as error:
        _tell(parent, Failed(str(error), expected=True))
    except BrokenPipeError:
        return


def view(endpoints: Endpoints, folder: Path, order: Order, arm: int, core: int | None, parent: Connection) -> None:
    """Body of the view process; ``arm`` is the one that a person drives first."""
    request = ViewRequest(
        folder=folder,
        window="always" if order.by_hand else "auto",
        drive=order.by_hand,
        arm=arm,
        stereo="half" if order.stereo else "off",
        avoid_core=core,
        name="trainee",
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


def _tell(parent: Connection, message: object) -> None:
    try:
        parent.send(message)
    except (BrokenPipeError, OSError):
        return  # the parent has gone; there is nobody left to tell
