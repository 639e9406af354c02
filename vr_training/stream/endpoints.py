"""Where hubs listen, and how others find them: ``live.json`` in the folder of a running session."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

import msgspec

from control.shared import process_runs
from robotics.errors import ArgumentError, DeviceError, InputFileError, MissingFileError, UnknownNameError
from vr_training.records.session import sessions, write_whole
from vr_training.stream.messages import Endpoints

LIVE_FILE = "live.json"
SOCKETS = ("state", "request", "command", "stop")

_MAX_PATH = 90
"""Longest folder of sockets: the system takes paths of up to 107 characters."""


def runtime_folder() -> Path:
    """A folder for sockets that only this user may enter, made where it is not there.

    Raises:
        DeviceError: Somebody else owns it, or may enter it.
    """
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(base) / "steadyhand" if base and len(base) < _MAX_PATH - 30 and Path(base).is_dir() else None
    folder = folder or Path("/tmp") / f"steadyhand-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise DeviceError(f"{folder} must be a folder of user {os.getuid()} with mode 0700: remove it and try again")
    return folder


def ipc_endpoints(session: str, pid: int | None = None) -> Endpoints:
    """Fresh endpoints inside this machine, in a folder of their own.

    Args:
        session: Name of the session.
        pid: Process of the hub; this one where None.
    """
    base = runtime_folder()
    _sweep(base)
    folder = tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base)
    paths = {name: f"ipc://{folder}/{name}" for name in SOCKETS}
    return Endpoints(session=session, pid=os.getpid() if pid is None else pid, **paths)


def _sweep(base: Path) -> None:
    """Remove the socket folders of processes that were killed; see `ipc_endpoints`."""
    for folder in base.iterdir():
        owner, _, rest = folder.name.partition("-")
        if rest and owner.isdigit() and not process_runs(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


PORT = 5810
"""First of the four ports in a row at which hubs listen on the network."""


def tcp_endpoints(session: str, host: str, port: int | None = None, pid: int | None = None) -> Endpoints:
    """Endpoints on the network; they need keys.

    Args:
        session: Name of the session; empty where it is not known.
        host: Address of the machine, for example ``"192.168.1.5"``.
        port: First of four ports in a row; any that are free where None.
        pid: Process of the hub; this one where None.
    """
    ports = {name: "*" if port is None else str(port + k) for k, name in enumerate(SOCKETS)}
    own = os.getpid() if pid is None else pid
    return Endpoints(session=session, pid=own, **{name: f"tcp://{host}:{ports[name]}" for name in SOCKETS})


def place(text: str) -> tuple[str, int]:
    """Host and first port of ``HOST`` or ``HOST:PORT``; an address of IPv6 stands in brackets.

    Raises:
        ArgumentError: It is neither.
    """
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, str(PORT)
    known = host.startswith("[") or ":" not in host
    if not host or not known or not port.isdigit() or not 0 < int(port) <= 65535 - len(SOCKETS):
        raise ArgumentError(f"'{text}' is no place on a network: it is HOST or HOST:PORT, as 192.168.1.5:{PORT}")
    return host, int(port)


def remove_sockets(endpoints: Endpoints) -> None:
    """Remove the sockets of endpoints inside this machine, and their folder where nothing else is in it."""
    for name in SOCKETS:
        endpoint: str = getattr(endpoints, name)
        if endpoint.startswith("ipc://"):
            path = Path(endpoint.removeprefix("ipc://"))
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
                path.parent.rmdir()


def closed(endpoints: Endpoints) -> bool:
    """Whether a hub inside this machine has closed in good order: its sockets are gone. Not to be told from afar."""
    return endpoints.state.startswith("ipc://") and not Path(endpoints.state.removeprefix("ipc://")).exists()


def announce(folder: Path, endpoints: Endpoints) -> None:
    """Write ``live.json`` into a session's folder."""
    write_whole(folder / LIVE_FILE, msgspec.json.encode(endpoints) + b"\n")


def withdraw(folder: Path) -> None:
    """Remove ``live.json``."""
    with contextlib.suppress(FileNotFoundError):
        (folder / LIVE_FILE).unlink()


def read_endpoints(path: Path) -> Endpoints:
    """Read a ``live.json``.

    Raises:
        MissingFileError: It is not there.
        InputFileError: It is not one.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Endpoints)
    except FileNotFoundError as error:
        raise MissingFileError(f"nothing runs there: no {path}") from error
    except msgspec.DecodeError as error:
        raise InputFileError(f"{path}: not the endpoints of a hub: {error}") from error


def live_sessions(root: Path | None = None) -> dict[str, Endpoints]:
    """Endpoints of all sessions that run on this machine, by name, oldest first.

    Args:
        root: Folder of all sessions; `vr_training.records.session.sessions_folder` where None.
    """
    found: dict[str, Endpoints] = {}
    for session in sessions(root):
        with contextlib.suppress(MissingFileError, InputFileError):
            endpoints = read_endpoints(session.live)
            if process_runs(endpoints.pid):
                found[session.name] = endpoints
    return found


def find_live(root: Path | None = None, name: str = "") -> Endpoints:
    """Endpoints of a running session.

    Args:
        root: Folder of all sessions; `vr_training.records.session.sessions_folder` where None.
        name: Its name, the beginning of it, or ``"newest"``; empty where only one can be meant.

    Raises:
        MissingFileError: None runs.
        ArgumentError: No name was given and several run; lists them.
        UnknownNameError: None that runs is called so; lists those that do.
    """
    live = live_sessions(root)
    if not live:
        raise MissingFileError("no session runs here; start one with: steadyhand run needle_reach")
    if not name and len(live) > 1:
        raise ArgumentError(f"{len(live)} sessions run; name one of: {', '.join(live)}")
    if name in ("", "newest"):
        return list(live.values())[-1]
    fits = [key for key in live if key.startswith(name)]
    if name not in live and len(fits) != 1:
        raise UnknownNameError("running session", name, live)
    return live[name if name in live else fits[0]]
