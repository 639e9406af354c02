"""The hub: takes ticks out of the ring, records and publishes them, and lets one operator's hand in.

It is a process of its own. The control loop neither knows nor waits for it; when it dies, the loop goes on and the
arm's guard notices that the operator is gone.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import msgspec
import numpy as np
import zmq
from numpy.typing import NDArray

from control.mailbox import HANDS, Mailbox
from control.ring import TickRing
from robotics.contracts import StopKind
from robotics.errors import DeviceError
from vr_training.records.writer import Recorder
from vr_training.stream.endpoints import SOCKETS, announce, remove_sockets, withdraw
from vr_training.stream.lease import Lease
from vr_training.stream.messages import (
    Endpoints,
    HandMessage,
    LeaseReply,
    Request,
    SceneMessage,
    Snapshot,
    StateMessage,
    StopMessage,
)
from vr_training.stream.poser import ScenePoser
from vr_training.stream.security import Gatekeeper, Role, ServerKeys, is_local
from vr_training.stream.signals import Interrupts
from vr_training.stream.work_share import WorkShare

PUBLISH_S = 1.0 / 60.0
"""Period of states, and the longest time a tick waits for the recorder [s]."""

READ_LIMIT = 2048
"""Ticks taken at a time."""

MESSAGE_LIMIT = 256
"""Messages of one socket taken at a time, so that none of them starves the rest."""

WRITER_CHECK_S = 0.5
"""How often a silent ring's writer is looked for [s]."""

QUIT_GRACE_S = 10.0
"""After an interrupt, how long the control process gets to end the run in good order [s]."""

_ROLES: dict[str, Role] = {"state": "observe", "request": "observe", "command": "operate", "stop": "operate"}
_KINDS = {"state": zmq.PUB, "request": zmq.REP, "command": zmq.ROUTER, "stop": zmq.PULL}


@dataclass
class _Door:
    """One set of sockets.

    Attributes:
        endpoints: Where they listen, with the ports that they got.
        mark: Goes before the identities of its peers, so that those of two doors are never taken for one another.
        sockets: The sockets, by what they are for.
    """

    endpoints: Endpoints
    mark: bytes
    sockets: dict[str, zmq.Socket[bytes]] = field(default_factory=dict)


@dataclass
class HubReport:
    """What a hub did.

    Attributes:
        ticks: Ticks taken from the ring.
        dropped: Ticks that were overwritten before they could be taken.
        recorded: Ticks recorded.
        published: States published.
        accepted: Hand messages let in.
        refused: Hand messages refused.
        problem: What went wrong, for a person; empty where nothing did.
    """

    ticks: int = 0
    dropped: int = 0
    recorded: int = 0
    published: int = 0
    accepted: int = 0
    refused: int = 0
    problem: str = ""


class Hub:
    """Serves one session. Constructing it touches nothing; ``with`` attaches, listens and announces; `run` serves.

    Args:
        ring: Name of the ring of ticks.
        mailbox: Name of the mailbox.
        scene: The scene; its epoch is replaced by one of this hub's own.
        endpoints: Where to listen; see `vr_training.stream.endpoints`.
        recorder: What records the ticks, not yet opened; None to record nothing.
        folder: Folder of the session, where ``live.json`` goes; None to announce nothing.
        keys: Keys, where it listens on the network.
        network: Where to listen besides, on the network; None for nowhere.

    Attributes:
        scene: The scene, with this hub's epoch.
        report: What it did so far.
    """

    def __init__(
        self,
        ring: str,
        mailbox: str,
        scene: SceneMessage,
        endpoints: Endpoints,
        *,
        recorder: Recorder | None = None,
        folder: Path | None = None,
        keys: ServerKeys | None = None,
        network: Endpoints | None = None,
    ) -> None:
        self.scene = msgspec.structs.replace(scene, epoch=secrets.randbits(63))
        self._doors = [_Door(each, b"%d" % k) for k, each in enumerate((endpoints, network)) if each is not None]
        self.report = HubReport()
        self._names, self._folder, self._keys, self._recorder = (ring, mailbox), folder, keys, recorder
        self._poser = ScenePoser(self.scene)
        self._share = None if self.scene.guided is None else WorkShare(self.scene)
        self._lease = Lease(self.scene.epoch)
        self._scene_bytes = msgspec.msgpack.encode(self.scene)
        self._last: NDArray[np.void] | None = None
        self._stack = ExitStack()
        self._running = True

    def __enter__(self) -> Hub:
        with self._stack as stack:
            self._ring, self._mailbox = TickRing.attach(self._names[0]), Mailbox.attach(self._names[1])
            context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
            stack.callback(context.destroy, linger=500)
            self.gate = gate = stack.enter_context(Gatekeeper(context, self._keys))
            for door in self._doors:
                stack.callback(remove_sockets, door.endpoints)
                for name in SOCKETS:
                    _listen(door, context, gate, name)
            if self._recorder is not None:
                stack.enter_context(self._recorder)
            if self._folder is not None:
                announce(self._folder, self.endpoints)
                stack.callback(withdraw, self._folder)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def endpoints(self) -> Endpoints:
        """Where it listens, with the ports that it got."""
        return self._doors[0].endpoints

    @property
    def network(self) -> Endpoints | None:
        """Where it listens besides on the network, with the ports that it got."""
        return self._doors[1].endpoints if len(self._doors) > 1 else None

    def run(self, progress: Callable[[float], None] | None = None) -> HubReport:
        """Serve until the run is over, everything is drained and the recording closed.

        An interrupt (Ctrl-C) asks the control process to end the run and goes on serving until it has; a second one,
        or a termination, ends the hub alone.

        Args:
            progress: Told the share of the recording that is closed, 0 to 1.
        """
        poller = zmq.Poller()
        for door in self._doors:
            for name in ("stop", "request", "command"):
                poller.register(door.sockets[name], zmq.POLLIN)
        publish_at = looked_at = time.monotonic()
        with Interrupts() as interrupts:
            while True:
                backlog = self._drain()
                now = time.monotonic()
                if now >= publish_at:
                    publish_at = max(publish_at + PUBLISH_S, now)
                    self._publish()
                if self._over(interrupts, now):
                    break
                if not backlog and now - looked_at > WRITER_CHECK_S:
                    looked_at = now
                    if not self._ring.writer_runs and not self._ring.backlog:
                        self._note("the control process ended without closing its ring")
                        break
                wait_ms = 0 if backlog else max(0, round(1e3 * (publish_at - now)))
                self._answer({socket for socket, _ in poller.poll(wait_ms)})
            self._finish(progress)
        return self.report

    def _over(self, interrupts: Interrupts, now: float) -> bool:
        if interrupts.interrupted_at is not None:
            self._mailbox.request_quit()
        late = interrupts.interrupted_at is not None and now - interrupts.interrupted_at > QUIT_GRACE_S
        return (self._ring.closed and not self._ring.backlog) or interrupts.end_now or late

    def _drain(self) -> bool:
        """Take what the ring has; whether there is more at once."""
        ticks, missed = self._ring.read(READ_LIMIT)
        self.report.dropped += missed
        if len(ticks):
            self.report.ticks += len(ticks)
            self._last = ticks[-1:]
            if self._share is not None:
                self._share.add(ticks)
            self._record(ticks)
        return len(ticks) == READ_LIMIT or self._ring.waiting

    def _record(self, ticks: NDArray[np.void]) -> None:
        if self._recorder is None or self.report.problem:
            return
        try:
            self._recorder.write(ticks)
            self.report.recorded += len(ticks)
        except OSError as error:  # the audience keeps its picture though the disk is full
            self._note(f"recording stopped at tick {self.report.recorded}: {error}")

    def _publish(self) -> None:
        state = self._state()
        if state is not None:
            message = msgspec.msgpack.encode(state)
            for door in self._doors:
                door.sockets["state"].send(message, zmq.NOBLOCK)
            self.report.published += 1

    def _state(self) -> StateMessage | None:
        if self._last is None:
            return None
        return self._poser.state_message(
            self._last[0],
            epoch=self.scene.epoch,
            sent_ns=time.time_ns(),
            running=self._running,
            dropped=self.report.dropped,
            lease=self._lease.holder(time.monotonic_ns()),
            share=math.nan if self._share is None else self._share.share,
        )

    def _answer(self, ready: set[zmq.Socket[bytes]]) -> None:
        handlers = {"stop": self._take_stop, "request": self._take_request, "command": self._take_hand}
        for name, handler in handlers.items():
            for door in self._doors:
                socket = door.sockets[name]
                if socket not in ready:
                    continue
                for _ in range(MESSAGE_LIMIT):
                    try:
                        frames = socket.recv_multipart(zmq.NOBLOCK)
                    except zmq.Again:
                        break
                    handler(door, frames)

    def _take_stop(self, _: _Door, frames: list[bytes]) -> None:
        try:
            kind = msgspec.msgpack.decode(frames[-1], type=StopMessage).kind
        except msgspec.DecodeError:
            kind = "soft"  # whoever cried stop, however badly, meant it
        if kind == "quit":
            self._mailbox.request_quit()
        else:
            self._mailbox.request_stop(StopKind(kind))

    def _take_request(self, door: _Door, frames: list[bytes]) -> None:
        try:
            what = msgspec.msgpack.decode(frames[-1], type=Request).what
        except msgspec.DecodeError:
            reply = b""
        else:
            snapshot = Snapshot(scene=self.scene, state=self._state())
            reply = self._scene_bytes if what == "scene" else msgspec.msgpack.encode(snapshot)
        door.sockets["request"].send(reply, zmq.NOBLOCK)

    def _take_hand(self, door: _Door, frames: list[bytes]) -> None:
        peer, now_ns = frames[0], time.monotonic_ns()

        def reply(granted: bool, holder: str, reason: str = "") -> None:
            said = msgspec.msgpack.encode(LeaseReply(granted=granted, holder=holder, reason=reason))
            door.sockets["command"].send_multipart([peer, said], zmq.NOBLOCK)

        def refuse(reason: str) -> None:
            self.report.refused += 1
            reply(False, self._lease.holder(now_ns), reason)

        try:
            message = msgspec.msgpack.decode(frames[-1], type=HandMessage)
        except msgspec.DecodeError as error:
            return refuse(f"not a hand message: {error}")
        if not self.scene.inputs:
            return refuse("this session takes no hand")
        arms = min(len(self.scene.arms), HANDS)
        if message.arm >= arms:
            return refuse(f"there is no arm {message.arm}: this session takes hands for 0 to {arms - 1}")
        local = is_local(door.endpoints.command)
        verdict = self._lease.judge(door.mark + peer, message, now_ns, time.time_ns(), same_clock=local)
        if not verdict.accepted:
            return refuse(verdict.reason)
        self.report.accepted += 1
        self._mailbox.post_hand(
            message.pose, message.grip, message.clutch, host_ns=now_ns - verdict.age_ns, arm=message.arm
        )
        if verdict.first:
            reply(True, message.client)
        return None

    def _finish(self, progress: Callable[[float], None] | None) -> None:
        for _ in range(self._ring.capacity // READ_LIMIT + 1):  # a writer that goes on must not keep the hub here
            if not self._drain():
                break
        self._ring.detach()
        self._running = False
        if self._share is not None:
            self._share.finish()
        self._publish()
        if self._folder is not None:
            withdraw(self._folder)
        if self._recorder is not None:

            def tell(share: float) -> None:
                self._publish()  # the last word again: a busy machine may have lost it, and nothing follows it
                if progress is not None:
                    progress(share)

            try:
                self._recorder.close(tell)
            except OSError as error:
                self._note(f"the recording stays as it was written live: {error}")

    def _note(self, problem: str) -> None:
        self.report.problem = self.report.problem or problem


def _listen(door: _Door, context: zmq.Context[zmq.Socket[bytes]], gate: Gatekeeper, name: str) -> None:
    """Open one of a door's sockets."""
    endpoint: str = getattr(door.endpoints, name)
    socket = context.socket(_KINDS[name])
    gate.guard(socket, endpoint, _ROLES[name])
    socket.setsockopt(zmq.LINGER, 500)
    if name == "state":
        socket.setsockopt(zmq.SNDHWM, 4)
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        raise DeviceError(f"the hub cannot listen at {endpoint}: {error.strerror}") from error
    bound = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    door.endpoints = msgspec.structs.replace(door.endpoints, **{name: bound})
    door.sockets[name] = socket
