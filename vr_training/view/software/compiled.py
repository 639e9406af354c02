"""How the drawing kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

# Infinities stand for "nothing there", so only the rewrites that keep them are allowed. A picture is not part of a
# recording: the last bit of a colour may differ between machines.
_FAST = {"contract", "reassoc", "arcp", "nsz", "afn"}


def exact(function: F) -> F:
    """Compile a kernel that decides what is seen; it runs beside others in threads."""
    compiled: F = njit(cache=True, nogil=True)(function)
    return compiled


def fast(function: F) -> F:
    """Compile a kernel that computes colours, arithmetic reordered for speed; it runs beside others in threads."""
    compiled: F = njit(cache=True, nogil=True, fastmath=_FAST)(function)
    return compiled


def inlined(function: F) -> F:
    """Compile a small step of a colour kernel into its caller: its many arguments cost more than its work."""
    compiled: F = njit(cache=True, nogil=True, inline="always", fastmath=_FAST)(function)
    return compiled
