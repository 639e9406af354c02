"""Keys for sockets that leave the machine: CURVE encrypts them, ZAP admits known keys only.

Two roles: an observer may see, an operator may also move and stop the arm. A socket inside the machine (``ipc://``)
is protected by its folder, which only the user may enter.

Source:
    ZeroMQ RFC 26 (CurveZMQ) and RFC 27 (ZAP).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

from robotics.errors import ArgumentError

Role = Literal["observe", "operate"]
"""What a socket lets its peers do; the name of its ZAP domain."""

HANDSHAKE_MS = 3000
"""A peer that has not proved its key by then is dropped [ms]."""

MAX_REQUEST_BYTES = 64 * 1024
"""Longest message that a hub takes; a hand has about 150 bytes."""


@dataclass(frozen=True)
class KeyPair:
    """A CURVE key pair, each 40 characters of Z85."""

    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public!r})"  # a secret has no place in a log

    @classmethod
    def generate(cls) -> KeyPair:
        """A fresh pair."""
        return cls(*zmq.curve_keypair())


@dataclass(frozen=True)
class ServerKeys:
    """What a hub needs.

    Attributes:
        own: Its key pair.
        observers: Public keys of those who may see.
        operators: Public keys of those who may also move and stop the arm.
    """

    own: KeyPair
    observers: frozenset[bytes] = frozenset()
    operators: frozenset[bytes] = frozenset()

    def admits(self, role: str, key: bytes) -> bool:
        """Whether a public key may connect to a socket of that role."""
        return key in self.operators or (role == "observe" and key in self.observers)


@dataclass(frozen=True)
class ClientKeys:
    """What a client needs: its key pair and the public key of the hub that it trusts."""

    own: KeyPair
    server: bytes


class Gatekeeper:
    """Answers ZAP requests of one context; ``with`` starts it. Does nothing where ``keys`` is None.

    Args:
        context: Context of the hub's sockets.
        keys: Who is admitted.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], keys: ServerKeys | None) -> None:
        self._context, self._keys = context, keys
        self._authenticator: ThreadAuthenticator | None = None

    def __enter__(self) -> Gatekeeper:
        if self._keys is not None:
            self._authenticator = ThreadAuthenticator(self._context)
            self._authenticator.start()
            for role in ("observe", "operate"):
                self._authenticator.configure_curve_callback(role, credentials_provider=_Provider(self._keys))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._authenticator is not None:
            self._authenticator.stop()
            self._authenticator = None

    def guard(self, socket: zmq.Socket[bytes], endpoint: str, role: Role) -> None:
        """Set a socket up before it is bound.

        Raises:
            ArgumentError: It would leave the machine without keys.
        """
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_REQUEST_BYTES)
        socket.setsockopt(zmq.HANDSHAKE_IVL, HANDSHAKE_MS)
        if is_local(endpoint):
            return
        if self._keys is None:
            raise ArgumentError(f"'{endpoint}' leaves the machine: it needs keys")
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_PUBLICKEY, self._keys.own.public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self._keys.own.secret)
        socket.setsockopt_string(zmq.ZAP_DOMAIN, role)
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)  # without it a hub whose gatekeeper is gone admits everyone


class _Provider:
    def __init__(self, keys: ServerKeys) -> None:
        self._keys = keys

    def callback(self, domain: str, key: bytes) -> bool:
        return self._keys.admits(domain, key)


def unlock(socket: zmq.Socket[bytes], endpoint: str, keys: ClientKeys | None) -> None:
    """Set a client's socket up before it connects.

    Raises:
        ArgumentError: The endpoint is on another machine and there are no keys.
    """
    if is_local(endpoint):
        return
    if keys is None:
        raise ArgumentError(f"'{endpoint}' is reached over the network: it needs keys")
    socket.setsockopt(zmq.CURVE_SERVERKEY, keys.server)
    socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.own.public)
    socket.setsockopt(zmq.CURVE_SECRETKEY, keys.own.secret)


def is_local(endpoint: str) -> bool:
    """Whether an endpoint cannot be reached from another machine by its very kind.

    Raises:
        ArgumentError: Neither ``ipc://`` nor ``tcp://``.
    """
    if not endpoint.startswith(("ipc://", "tcp://")):
        raise ArgumentError(f"'{endpoint}' is no endpoint: it begins with ipc:// or tcp://")
    return endpoint.startswith("ipc://")
