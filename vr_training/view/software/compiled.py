"""How the drawing kernels are compiled.

The cache of a kernel notices changes of its own file only; after a change in a kernel that others call, remove their
``__pycache__``.
"""

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
    """Compile a small step that a colour kernel takes; the compiler melts it into its caller."""
    compiled: F = njit(cache=True, nogil=True, fastmath=_FAST)(function)
    return compiled
