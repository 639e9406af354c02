"""Real-time rights of the operating system: asked for where they are allowed, and said where they are not."""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LIBC = ctypes.CDLL(None, use_errno=True)
_MCL_CURRENT, _MCL_FUTURE = 1, 2
_PR_SET_PDEATHSIG = 1
_CLOCK_MONOTONIC, _TIMER_ABSTIME, _EINTR = 1, 1, 4


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Sleeper:
    """Sleeps to absolute times of the monotonic clock without allocating."""

    def __init__(self) -> None:
        self._until = _Timespec()
        self._reference = ctypes.byref(self._until)
        self._sleep = _LIBC.clock_nanosleep
        self._sleep.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    def until(self, deadline_ns: int) -> None:
        """Return at ``deadline_ns`` of `time.monotonic_ns`, at once where that is past."""
        self._until.seconds, self._until.nanoseconds = divmod(deadline_ns, 1_000_000_000)
        while self._sleep(_CLOCK_MONOTONIC, _TIMER_ABSTIME, self._reference, None) == _EINTR:
            pass


SCHEDULING = "SCHED_FIFO"
"""Name of the right to run before everything that has none."""


@dataclass(frozen=True)
class Right:
    """One real-time right.

    Attributes:
        name: What it is.
        granted: Whether it was allowed.
        said: What is to be told: what holds, or what was refused and how to allow it.
    """

    name: str
    granted: bool
    said: str


def end_with_parent() -> None:
    """Ask the system to send SIGTERM to this process when its parent dies; only Linux can."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def loop_core() -> int | None:
    """The core kept for the loop: the last one that this process may use; None where there is but one."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return cores[-1] if len(cores) > 1 else None


def leave_core(core: int | None) -> None:
    """Keep the calling process off a core, so that the loop has it for itself."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        return
    others = os.sched_getaffinity(0) - {core}
    if others:
        os.sched_setaffinity(0, others)


@contextmanager
def realtime(priority: int = 80, core: int | None = None) -> Iterator[tuple[Right, ...]]:
    """Take every right that is allowed for the calling process, and give it back at the end.

    Args:
        priority: SCHED_FIFO priority, 1 to 99.
        core: Core to run on alone, None for any.

    Yields:
        What was granted and what was not.
    """
    rights = (_lock_memory(), _take_core(core), _schedule(priority), _freeze())
    try:
        yield rights
    finally:
        gc.unfreeze()
        gc.enable()
        if rights[2].granted:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        if rights[0].granted:
            _LIBC.munlockall()


def _schedule(priority: int) -> Right:
    name = SCHEDULING
    if not hasattr(os, "sched_setscheduler"):
        return Right(name, False, f"no {name}: {sys.platform} has none")
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return Right(name, False, f"no {name}: allow it with `ulimit -r 99` or CAP_SYS_NICE; expect missed deadlines")
    except OSError as error:
        return Right(name, False, f"no {name}: {error.strerror}")
    return Right(name, True, f"{name} at priority {priority}")


def _lock_memory() -> Right:
    name = "mlockall"
    # Locking what comes later, too, would fail mid-run under a small limit: ask for all only without a limit.
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY or os.geteuid() == 0
    if _LIBC.mlockall(_MCL_CURRENT | (_MCL_FUTURE if unlimited else 0)) == 0:
        return Right(name, True, "memory locked")
    return Right(name, False, "memory not locked: allow it with `ulimit -l unlimited` or CAP_IPC_LOCK")


def _take_core(core: int | None) -> Right:
    if core is None:
        return Right("affinity", False, "no core for the loop alone: this machine has but one to use")
    try:
        os.sched_setaffinity(0, {core})
    except OSError as error:
        return Right("affinity", False, f"not bound to core {core}: {error.strerror}")
    return Right("affinity", True, f"bound to core {core}")


def _freeze() -> Right:
    gc.collect()
    gc.freeze()
    gc.disable()
    return Right("gc", True, "garbage collector off")
