"""Who may attach to this machine's sessions over the network: a folder of keys, and one file for each invited.

The folder is the hub's: its own key pair, and the public keys of those whom it knows, by role. A key file is the
guest's: his pair and the hub's public key, so that either knows the other from the first word.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Literal

import msgspec

from robotics.errors import ArgumentError, InputFileError, MissingFileError, UnknownNameError
from vr_training.records.session import write_whole
from vr_training.stream.security import ClientKeys, KeyPair, Role, ServerKeys

OWN_FILE = "hub.key"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key file.

    Attributes:
        name: Whose it is.
        role: What it lets him do.
        public: His public key, 40 characters of Z85.
        secret: His secret key.
        hub: Public key of the hub; empty in the hub's own file.
    """

    name: str
    role: Literal["hub", "observe", "operate"]
    public: str
    secret: str
    hub: str = ""

    @property
    def pair(self) -> KeyPair:
        """His key pair."""
        return KeyPair(self.public.encode(), self.secret.encode())

    @property
    def client(self) -> ClientKeys:
        """What his client needs."""
        return ClientKeys(self.pair, self.hub.encode())


class KeyStore:
    """The folder of a hub's keys.

    Args:
        folder: Where they are; `keys_folder` where None. Made with the first key.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = keys_folder() if folder is None else folder

    def own(self) -> KeyPair:
        """The hub's pair, made where there is none.

        Raises:
            InputFileError: The file is none of a hub, or others may read it.
        """
        path = self.folder / OWN_FILE
        if not path.exists():
            _write(path, _file("hub", "hub", ""))
        return read_key(path, ("hub",)).pair

    def invite(self, name: str, role: Role) -> KeyFile:
        """A key for somebody, known from now on by its public half. The file is his: it is kept nowhere here.

        Raises:
            ArgumentError: A name that is none, or that somebody has.
        """
        if not NAME.fullmatch(name):
            raise ArgumentError(f"'{name}' is no name: small letters, digits, - and _, up to 32 of them")
        if name in self.known():
            raise ArgumentError(f"'{name}' has a key; take it back first with: steadyhand keys revoke {name}")
        made = _file(name, role, self.own().public.decode())
        path = self.folder / role / f"{name}.pub"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, made.public.encode() + b"\n")
        return made

    def known(self) -> dict[str, Role]:
        """Who has a key, and for what."""
        found: dict[str, Role] = {}
        roles: tuple[Role, ...] = ("observe", "operate")
        for role in roles:
            for path in sorted((self.folder / role).glob("*.pub")):
                found[path.stem] = role
        return found

    def revoke(self, name: str) -> None:
        """Know somebody no more; sessions that start from now on refuse his key.

        Raises:
            UnknownNameError: Nobody of that name has one.
        """
        known = self.known()
        if name not in known:
            raise UnknownNameError("key", name, known)
        (self.folder / known[name] / f"{name}.pub").unlink()

    def admitted(self) -> ServerKeys:
        """What a hub needs.

        Raises:
            MissingFileError: Nobody has a key.
            InputFileError: A file of the folder holds no key, or others may read the hub's own.
        """
        known = self.known()
        if not known:
            raise MissingFileError(f"nobody has a key in {self.folder}: make one with: steadyhand keys make NAME")
        keys = {name: self._public(role, name) for name, role in known.items()}
        observers, operators = (
            frozenset(keys[name] for name in known if known[name] == role) for role in ("observe", "operate")
        )
        return ServerKeys(self.own(), observers, operators)

    def _public(self, role: Role, name: str) -> bytes:
        path = self.folder / role / f"{name}.pub"
        key = path.read_bytes().strip()
        if len(key) != 40:
            raise InputFileError(f"{path}: no public key, which has 40 characters")
        return key


def keys_folder() -> Path:
    """Where a user's keys are: ``steadyhand/keys`` in the folder of his settings."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "steadyhand" / "keys"


def read_key(path: Path, roles: tuple[str, ...] = ("observe", "operate")) -> KeyFile:
    """Read a key file.

    Raises:
        MissingFileError: It is not there.
        InputFileError: It is none, or others may read it.
    """
    try:
        mode, data = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise MissingFileError(f"{path}: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise InputFileError(f"{path}: others may read this secret; mend it with: chmod 600 {path}")
    try:
        found = msgspec.json.decode(data, type=KeyFile)
    except msgspec.DecodeError as error:
        raise InputFileError(f"{path}: not a key file: {error}") from error
    if found.role not in roles:
        raise InputFileError(f"{path}: the key of a {found.role}, not one to {' or '.join(roles)}")
    return found


def write_key(path: Path, key: KeyFile) -> None:
    """Write a key file that nobody else may read; never over another file.

    Raises:
        ArgumentError: There is a file already, or none can be written.
    """
    try:
        _write(path, key)
    except FileExistsError as error:
        raise ArgumentError(f"{path}: is there already; a key is never written over another") from error
    except OSError as error:
        raise ArgumentError(f"{path}: {error.strerror}") from error


def _file(name: str, role: Literal["hub", "observe", "operate"], hub: str) -> KeyFile:
    pair = KeyPair.generate()
    return KeyFile(name=name, role=role, public=pair.public.decode(), secret=pair.secret.decode(), hub=hub)


def _write(path: Path, key: KeyFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(key), indent=2) + b"\n")
