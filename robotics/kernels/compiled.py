"""How kernels are compiled, and the types that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., object])

Indices = NDArray[np.int64]
"""An int64 array; its shape stands in the docstring of whatever takes it."""

Words = NDArray[np.uint64]
"""A uint64 array: the state of a generator."""


def kernel(function: F) -> F:
    """Compile a function with numba, keep the result on disk, and leave its type as it was.

    ``fastmath`` stays off: the same input gives the same bits. The cache of a function notices changes of its own file
    only; after a change in a kernel that others call, remove their ``__pycache__``.
    """
    compiled: F = njit(cache=True)(function)
    return compiled


def wide(function: F) -> F:
    """Compile as `kernel` does, but let a division by zero give infinity, as the processor has it.

    The check before each division would keep loops from running in wide registers. ``fastmath`` stays off here, too.
    """
    compiled: F = njit(cache=True, error_model="numpy")(function)
    return compiled
