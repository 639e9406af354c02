"""Named blocks of memory that processes of one user share, and that outlive none of them unnoticed.

A block is a file on a memory file system, mapped by everyone. `multiprocessing.shared_memory` is not used: before
Python 3.13 its resource tracker removes a block as soon as any process that attached to it exits, and the whole
point here is that a reader may die without the writer noticing.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import secrets
import tempfile
from pathlib import Path
from types import TracebackType

import numpy as np
import psutil
from numpy.typing import NDArray

from robotics.errors import ArgumentError, DeviceError, MissingFileError

PREFIX = "steadyhand-"
"""What the file name of every block begins with."""


class SharedBlock:
    """A block of shared memory. `create` makes one, `attach` opens one by name.

    The process that creates a block removes its name again in `unlink`; processes that attached keep their mapping.

    Args:
        name: Name of the block, without prefix.
        memory: The mapping.
        owner: Whether this process created it.
    """

    def __init__(self, name: str, memory: mmap.mmap, owner: bool) -> None:
        self.name, self.owner = name, owner
        self._memory = memory

    @classmethod
    def create(cls, name: str, size: int) -> SharedBlock:
        """Make a block of ``size`` zero bytes, every page of it backed by memory.

        Raises:
            ArgumentError: The name is not plain, or a block of that name exists.
            DeviceError: There is not enough shared memory.
        """
        path = _path(name)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        try:
            handle = os.open(path, flags, 0o600)
        except FileExistsError as error:
            raise ArgumentError(f"shared memory '{name}' exists already") from error
        try:
            _allocate(handle, size)
            memory = mmap.mmap(handle, size, flags=mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0))
        except OSError as error:
            path.unlink()
            raise DeviceError(
                f"no room for {size / 2**20:.1f} MiB of shared memory in {path.parent}: {error.strerror}"
            ) from error
        finally:
            os.close(handle)
        return cls(name, memory, owner=True)

    @classmethod
    def attach(cls, name: str) -> SharedBlock:
        """Open the block of that name.

        Raises:
            MissingFileError: There is none; the message lists those there are.
        """
        path = _path(name)
        try:
            handle = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError as error:
            raise MissingFileError(f"no shared memory '{name}'; there is: {', '.join(names()) or 'none'}") from error
        try:
            memory = mmap.mmap(handle, os.fstat(handle).st_size, flags=mmap.MAP_SHARED)
        finally:
            os.close(handle)
        return cls(name, memory, owner=False)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self._memory)

    def words(self, start: int, count: int) -> NDArray[np.int64]:
        """``count`` 64-bit words from byte ``start`` on, as a writable int64 array on the block itself."""
        return np.frombuffer(self._memory, np.int64, count, start)

    def text(self, start: int, size: int) -> bytes:
        """A copy of ``size`` bytes from ``start`` on."""
        return self._memory[start : start + size]

    def put(self, start: int, data: bytes) -> None:
        """Write bytes at ``start``."""
        self._memory[start : start + len(data)] = data

    def unlink(self) -> None:
        """Remove the name; harmless where it is gone. Mappings stay valid until their processes end."""
        with contextlib.suppress(FileNotFoundError):
            _path(self.name).unlink()

    def __enter__(self) -> SharedBlock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.owner:
            self.unlink()


def unique_name(kind: str) -> str:
    """A name for a block that no other block has: ``kind``, the process and a random part."""
    return f"{kind}-{os.getpid()}-{secrets.token_hex(4)}"


def names() -> tuple[str, ...]:
    """Names of all blocks there are."""
    return tuple(sorted(path.name.removeprefix(PREFIX) for path in _folder().glob(PREFIX + "*")))


def sweep() -> tuple[str, ...]:
    """Remove the blocks made with `unique_name` whose process is gone, and return their names."""
    removed = []
    for name in names():
        match = re.fullmatch(r".+-(\d+)-[0-9a-f]{8}", name)
        if match and not process_runs(int(match.group(1))):
            with contextlib.suppress(OSError):
                _path(name).unlink()
                removed.append(name)
    return tuple(removed)


def process_runs(pid: int) -> bool:
    """Whether a process runs; one that ended but was not yet waited for does not."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _folder() -> Path:
    folder = Path("/dev/shm")
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def _path(name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,100}", name):
        raise ArgumentError(
            f"'{name}' is no name for shared memory: letters, digits, '_', '-' and '.' only, at most 100"
        )
    return _folder() / (PREFIX + name)


def _allocate(handle: int, size: int) -> None:
    """Back the whole file with memory now: a missing page would otherwise kill the process at its first use."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
        return
    zeros = bytes(1 << 20)
    while size > 0:
        size -= os.write(handle, zeros[:size])
