"""Quadratic programs with at most two equalities in closed form, for where no inequality binds.

Programs are in the form of DAQP: minimize ``x' H x / 2 + f' x`` with bounds on the unknowns first and on the rows of
``A`` after them.
"""

from __future__ import annotations

from robotics.contracts import Vector
from robotics.kernels.cholesky import factorise, solve_factorised
from robotics.kernels.compiled import kernel

CLOSE = 1e-6
"""How near to a bound counts as on it, as a share of a velocity limit or in m/s: the solver's own tolerance."""


@kernel
def solve_free(equalities: int, H: Vector, f: Vector, A: Vector, bounds: Vector, work: Vector, y: Vector) -> bool:
    """Minimum of a program under its equalities alone; where no inequality binds, that is the answer.

    Args:
        equalities: How many of the first rows of ``A`` are equalities, 0 or 2.
        H: Cost matrix, shape (n, n).
        f: Cost vector, shape (n,).
        A: Rows, equalities first, shape (r, n).
        bounds: Upper and lower bounds of the unknowns, then of the rows, shape (2, n + r).
        work: Result, shape (at least n + 4, at least n): the factor ``L`` of ``H = L L'``; in row n and n + 1 the
            equalities as ``L^-1 a``; in row n + 2 the inverse of their Gram matrix, ``[0, 0] [0, 1] [1, 1]``.
        y: Result, shape (n,).

    Returns:
        False where ``H`` or the equalities are singular.
    """
    n = len(f)
    if not factorise(n, H, work, 0.0):
        return False
    for i in range(n):
        y[i] = -f[i]
    solve_factorised(work, y)
    if equalities == 0:
        return True
    first, second, gram = work[n], work[n + 1], work[n + 2]
    aa = ab = bb = 0.0
    for i in range(n):
        a, b = A[0, i], A[1, i]
        for k in range(i):
            a -= work[i, k] * first[k]
            b -= work[i, k] * second[k]
        a, b = a / work[i, i], b / work[i, i]
        first[i], second[i] = a, b
        aa, ab, bb = aa + a * a, ab + a * b, bb + b * b
    determinant = aa * bb - ab * ab
    if not determinant > 1e-12 * aa * bb:
        return False
    gram[0], gram[1], gram[2] = bb / determinant, -ab / determinant, aa / determinant
    onto_equalities(A, bounds, work, y)
    return True


@kernel
def correction(short_a: float, short_b: float, work: Vector, step: Vector) -> None:
    """The shortest step in the norm of ``H`` that changes the two equalities by so much.

    Args:
        short_a: Change of the first.
        short_b: Change of the second.
        work: See `solve_free`.
        step: Result, shape (n,).
    """
    n = len(step)
    first, second, gram = work[n], work[n + 1], work[n + 2]
    step_a, step_b = gram[0] * short_a + gram[1] * short_b, gram[1] * short_a + gram[2] * short_b
    for k in range(n):
        i = n - 1 - k
        value = step_a * first[i] + step_b * second[i]
        for j in range(i + 1, n):
            value -= work[j, i] * step[j]
        step[i] = value / work[i, i]


@kernel
def onto_equalities(A: Vector, bounds: Vector, work: Vector, y: Vector) -> None:
    """Move an answer onto the two equalities by the shortest way in the norm of ``H``.

    Args:
        A: See `solve_free`.
        bounds: See `solve_free`.
        work: See `solve_free`; row n + 3 is scratch.
        y: Answer, shape (n,); moved in place.
    """
    n = len(y)
    short_a, short_b = bounds[0, n], bounds[0, n + 1]
    for i in range(n):
        short_a -= A[0, i] * y[i]
        short_b -= A[1, i] * y[i]
    step = work[n + 3, :n]
    correction(short_a, short_b, work, step)
    for i in range(n):
        y[i] += step[i]


@kernel
def allowed(y: Vector, first: int, A: Vector, bounds: Vector) -> bool:
    """Whether an answer keeps its own bounds, and those of the rows from ``first`` on, to the solver's tolerance."""
    n = A.shape[1]
    for i in range(n):
        if not bounds[1, i] - CLOSE <= y[i] <= bounds[0, i] + CLOSE:
            return False
    for k in range(first, len(A)):
        rate = 0.0
        for i in range(n):
            rate += A[k, i] * y[i]
        if not bounds[1, n + k] - CLOSE <= rate <= bounds[0, n + k] + CLOSE:
            return False
    return True


@kernel
def peak(y: Vector) -> float:
    """The largest share of a velocity limit that an answer takes."""
    largest = 0.0
    for value in y:
        largest = max(largest, abs(value))
    return largest
