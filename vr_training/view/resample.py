"""Enlarging a picture, fast enough to be done to every one while the camera moves.

Source:
    Keys 1981, cubic convolution interpolation, with a = -1/2.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def enlarged(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """A picture at another, larger size: smooth between its pixels, its edges kept.

    Args:
        picture: Shape (rows, columns, 3).
        width: Columns wanted.
        height: Rows wanted.

    Returns:
        Shape (height, width, 3).
    """
    out = np.empty((height, width, 3), np.uint8)
    _convolve(np.ascontiguousarray(picture), *_taps(picture.shape[0], height), *_taps(picture.shape[1], width), out)
    return out


def _taps(old: int, new: int) -> tuple[NDArray[np.int64], Floats]:
    """Which four pixels along a side make each new one, and how much of each: shapes (new, 4)."""
    at = (np.arange(new) + 0.5) * old / new - 0.5
    first = np.floor(at).astype(np.int64)
    t = at - first
    weights = np.stack(
        [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ],
        axis=-1,
    )
    return np.clip(first[:, None] + np.arange(-1, 3), 0, old - 1), weights.astype(np.float32)


@njit(cache=True, nogil=True, fastmath={"contract"})
def _convolve(picture, rows, tall, columns, wide, out):  # type: ignore[no-untyped-def] # pragma: no cover
    """Columns first, a whole row at a time, then along the row."""
    flat = picture.reshape(picture.shape[0], -1)
    line = np.empty(flat.shape[1], np.float32)
    for i in range(out.shape[0]):
        a, b, c, d = flat[rows[i, 0]], flat[rows[i, 1]], flat[rows[i, 2]], flat[rows[i, 3]]
        p, q, r, s = tall[i, 0], tall[i, 1], tall[i, 2], tall[i, 3]
        for k in range(len(line)):
            line[k] = p * np.float32(a[k]) + q * np.float32(b[k]) + r * np.float32(c[k]) + s * np.float32(d[k])
        for j in range(out.shape[1]):
            e, f, g, h = 3 * columns[j, 0], 3 * columns[j, 1], 3 * columns[j, 2], 3 * columns[j, 3]
            p, q, r, s = wide[j, 0], wide[j, 1], wide[j, 2], wide[j, 3]
            for k in range(3):
                value = p * line[e + k] + q * line[f + k] + r * line[g + k] + s * line[h + k]
                out[i, j, k] = np.uint8(min(max(value + np.float32(0.5), np.float32(0.0)), np.float32(255.0)))
