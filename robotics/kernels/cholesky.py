"""Symmetric positive definite matrices by Cholesky's factor: ``A = L L'``.

Source:
    Golub and Van Loan, Matrix Computations, 4th ed. 2013, section 4.2.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel


@kernel
def factorise(n: int, A: Vector, L: Vector, least: float) -> bool:
    """Factorise the first n rows and columns of a matrix.

    Args:
        n: Size of the matrix.
        A: The matrix, shape (at least n, at least n); the lower half is read.
        L: Result in the lower half, shape (at least n, at least n); may be ``A`` itself.
        least: Share of its diagonal entry that a pivot has to keep; below it counts as singular. 0 takes what it can.

    Returns:
        False where the matrix is not positive definite; ``L`` is then meaningless.
    """
    for j in range(n):
        diagonal = A[j, j]
        pivot = diagonal
        for k in range(j):
            pivot -= L[j, k] * L[j, k]
        if not pivot > least * diagonal:
            return False
        root = math.sqrt(pivot)
        L[j, j] = root
        for i in range(j + 1, n):
            value = A[i, j]
            for k in range(j):
                value -= L[i, k] * L[j, k]
            L[i, j] = value / root
    return True


@kernel
def solve_factorised(L: Vector, x: Vector) -> None:
    """Solve ``L L' x = b`` in place.

    Args:
        L: Factor from `factorise`, shape (at least n, at least n).
        x: Comes in as ``b``, shape (n,).
    """
    n = len(x)
    for i in range(n):
        value = x[i]
        for k in range(i):
            value -= L[i, k] * x[k]
        x[i] = value / L[i, i]
    for k in range(n):
        i = n - 1 - k
        value = x[i]
        for j in range(i + 1, n):
            value -= L[j, i] * x[j]
        x[i] = value / L[i, i]


@kernel
def solve_positive_definite(A: Vector, b: Vector) -> bool:
    """Solve ``A x = b`` in place; ``A`` is overwritten by its factor, ``b`` by ``x``.

    Args:
        A: Symmetric positive definite matrix, shape (n, n); the lower half is read.
        b: Right side, shape (n,).

    Returns:
        False where ``A`` is not positive definite; ``b`` is then meaningless.
    """
    if not factorise(len(b), A, A, 0.0):
        return False
    solve_factorised(A, b)
    return True
