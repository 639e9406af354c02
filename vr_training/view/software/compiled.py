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

# Divisions give infinities as the processor does: a check before each would keep loops from running in wide registers.


def exact(function: F) -> F:
    """Compile a kernel that decides what is seen; it runs beside others in threads."""
    compiled: F = njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


def fast(function: F) -> F:
    """Compile a kernel that computes colours, arithmetic reordered for speed; it runs beside others in threads."""
    compiled: F = njit(cache=True, nogil=True, error_model="numpy", fastmath=_FAST)(function)
    return compiled


def inlined(function: F) -> F:
    """Compile a small step of a colour kernel; melted into its caller, whose loops may then run in wide registers."""
    compiled: F = njit(cache=True, nogil=True, forceinline=True, error_model="numpy", fastmath=_FAST)(function)
    return compiled
