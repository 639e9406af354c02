"""The client of a hub: the scene, the newest state, and the way for a hand and a stop."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Literal, TypeVar

import msgspec
import numpy as np
import zmq
from numpy.typing import ArrayLike

from robotics.contracts import POSE_SIZE
from robotics.errors import ArgumentError, InputFileError, StaleError
from vr_training.stream.messages import (
    PROTOCOL,
    Endpoints,
    HandMessage,
    LeaseReply,
    Request,
    SceneMessage,
    Snapshot,
    StateMessage,
    StopMessage,
)
from vr_training.stream.security import ClientKeys, is_local, unlock

T = TypeVar("T", SceneMessage, Snapshot)
StopWord = Literal["hold", "soft", "power_off", "quit"]

_STOP_WAIT_MS = 1000


class StreamClient:
    """One client of a hub; ``with`` connects. Any number of them may watch, one at a time may move the arm.

    `hand` may be called from another thread than the rest, `stop` from any.

    Args:
        endpoints: Where the hub listens; see `vr_training.stream.endpoints.find_live`.
        name: What others see while this client holds the lease.
        keys: Keys, for a hub on another machine.

    Attributes:
        endpoints: Where the hub listens.
        name: Name of this client, unique.
        lease: The hub's last word on this client's hand messages; None before there was one.
    """

    def __init__(self, endpoints: Endpoints, name: str = "view", keys: ClientKeys | None = None) -> None:
        self.endpoints, self.name, self._keys = endpoints, f"{name}-{secrets.token_hex(3)}", keys
        self.lease: LeaseReply | None = None
        self._epoch, self._sequence = 0, 0
        self._stack = ExitStack()
        self._stop_lock = threading.Lock()
        self._decoder = msgspec.msgpack.Decoder(StateMessage)
        self._lease_decoder = msgspec.msgpack.Decoder(LeaseReply)

    def __enter__(self) -> StreamClient:
        with self._stack:
            self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
            self._stack.callback(self._context.destroy, linger=_STOP_WAIT_MS)
            self._state = self._connect(zmq.SUB, self.endpoints.state, {zmq.CONFLATE: 1, zmq.SUBSCRIBE: b""})
            few: dict[int, int | bytes] = {zmq.SNDHWM: 2, zmq.RCVHWM: 16, zmq.IMMEDIATE: 1, zmq.LINGER: 0}
            self._command = self._connect(zmq.DEALER, self.endpoints.command, few)
            waits: dict[int, int | bytes] = {zmq.IMMEDIATE: 1, zmq.SNDTIMEO: _STOP_WAIT_MS, zmq.LINGER: _STOP_WAIT_MS}
            self._stop = self._connect(zmq.PUSH, self.endpoints.stop, waits)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def scene(self, timeout_s: float = 3.0) -> SceneMessage:
        """The scene, in one round trip.

        Raises:
            StaleError: The hub does not answer within ``timeout_s``.
            InputFileError: It speaks another version of the protocol.
        """
        scene = self._ask("scene", SceneMessage, timeout_s)
        self._accept(scene)
        return scene

    def snapshot(self, timeout_s: float = 3.0) -> Snapshot:
        """Scene and newest state together, in one round trip; raises like `scene`."""
        snapshot = self._ask("snapshot", Snapshot, timeout_s)
        self._accept(snapshot.scene)
        return snapshot

    def newest(self) -> StateMessage | None:
        """The newest state since the last call; None where none came. Never waits."""
        try:
            return self._decoder.decode(self._state.recv(zmq.NOBLOCK))
        except zmq.Again:
            return None

    def wait(self, timeout_s: float) -> StateMessage | None:
        """The newest state since the last call, waited for; None where none comes within ``timeout_s``."""
        return self.newest() if self._state.poll(round(1e3 * timeout_s)) else None

    def hand(self, pose: ArrayLike, grip: float, clutch: bool, arm: int = 0, sensed_ns: int | None = None) -> bool:
        """Send the operator's hand; never waits. Call it at 60 Hz or more to keep the lease. Ask for the scene first.

        Args:
            pose: Hand in the operator's frame, shape (7,) [m, quaternion].
            grip: 0 open to 1 closed.
            clutch: Whether the clutch is pressed.
            arm: Index of the arm that it drives, in the scene's order.
            sensed_ns: Wall-clock time at which the hand was there [ns since 1970]; now where None.

        Returns:
            Whether it left; False where the hub is gone or takes nothing.
        """
        numbers = np.asarray(pose, float)
        if numbers.shape != (POSE_SIZE,):
            raise ArgumentError(f"a hand of shape {numbers.shape}, not ({POSE_SIZE},)")
        x, y, z, qw, qx, qy, qz = numbers.tolist()
        self._sequence += 1
        return self.send_hand(
            HandMessage(
                client=self.name,
                epoch=self._epoch,
                sequence=self._sequence,
                sent_ns=time.time_ns() if sensed_ns is None else sensed_ns,
                pose=(x, y, z, qw, qx, qy, qz),
                grip=float(grip),
                clutch=bool(clutch),
                arm=arm,
            )
        )

    def send_hand(self, message: HandMessage) -> bool:
        """Send a hand message as it is, and take in what the hub said to earlier ones; see `hand`."""
        self.hear()
        try:
            self._command.send(msgspec.msgpack.encode(message), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def hear(self) -> LeaseReply | None:
        """Take in what the hub said to hand messages; its last word. Same thread as `hand`."""
        while True:
            try:
                self.lease = self._lease_decoder.decode(self._command.recv(zmq.NOBLOCK))
            except zmq.Again:
                return self.lease

    def stop(self, kind: StopWord = "soft") -> None:
        """Stop the arm, or end the run (``"quit"``); needs no lease.

        Raises:
            StaleError: The hub cannot be reached: use the stop of the control process itself.
        """
        with self._stop_lock:
            try:
                self._stop.send(msgspec.msgpack.encode(StopMessage(client=self.name, kind=kind)))
            except zmq.Again as error:
                raise StaleError(
                    f"the hub of session {self.endpoints.session} takes no stop: end its process {self.endpoints.pid}"
                ) from error

    def quit(self) -> None:
        """End the run in good order; raises like `stop`."""
        self.stop("quit")

    def _connect(self, kind: int, endpoint: str, options: Mapping[int, int | bytes]) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        unlock(socket, endpoint, self._keys)
        for option, value in options.items():
            socket.setsockopt(option, value)
        socket.connect(endpoint)
        return socket

    def _ask(self, what: Literal["scene", "snapshot"], answer: type[T], timeout_s: float) -> T:
        endpoint = self.endpoints.request
        wait_ms = round(1e3 * timeout_s)  # a hub that has refused the key takes no question either
        options: dict[int, int | bytes] = {zmq.LINGER: 0, zmq.SNDTIMEO: wait_ms, zmq.RCVTIMEO: wait_ms}
        with self._connect(zmq.REQ, endpoint, options) as socket:  # afresh: one that got no answer may not ask again
            try:
                socket.send(msgspec.msgpack.encode(Request(what=what)))
                reply = socket.recv()
            except zmq.Again as error:
                doubt = (
                    f"does process {self.endpoints.pid} still run?"
                    if is_local(endpoint)
                    else "does a session listen there, and does it know this key?"
                )
                raise StaleError(
                    f"session {self.endpoints.session or 'unknown'} does not answer at {endpoint}"
                    f" within {timeout_s:g} s; {doubt}"
                ) from error
        try:
            return msgspec.msgpack.decode(reply, type=answer)
        except msgspec.DecodeError as error:
            raise InputFileError(f"the hub at {endpoint} speaks another version of the protocol: {error}") from error

    def _accept(self, scene: SceneMessage) -> None:
        if scene.protocol != PROTOCOL:
            raise InputFileError(f"the hub speaks version {scene.protocol} of the protocol, this client {PROTOCOL}")
        self._epoch = scene.epoch
