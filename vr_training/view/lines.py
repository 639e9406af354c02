"""Antialiased strokes over a picture, depth-tested against it: the brush that every overlay is painted with.

A stroke is laid into a coverage layer first, where overlapping pieces take their maximum, and blended once; so
translucent polylines show no knots at their joints.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from robotics.contracts import Vector

NEAR_M = 1e-3
"""Nothing nearer to the camera than this is drawn [m]."""


class Brush:
    """Paints polylines given in pixels and depth into a picture.

    Args:
        colour: sRGB picture to paint into, shape (height, width, 3), uint8, written in place.
        depth: Its depth along the camera's axis, shape (height, width) [m].
        hidden: Share of the opacity left to what lies behind the scene, 0..1.
        bias_m: How far behind the surface still counts as visible [m].
    """

    def __init__(
        self, colour: NDArray[np.uint8], depth: NDArray[np.float32], hidden: float = 0.3, bias_m: float = 5e-4
    ) -> None:
        self.colour, self.depth = colour, depth
        self.hidden, self.bias_m = hidden, bias_m
        self._layer: NDArray[np.float32] = np.zeros(depth.shape, np.float32)

    def stroke(
        self,
        points: Vector,
        rgb: tuple[int, int, int],
        width_px: float | Vector,
        alpha: float | Vector = 1.0,
        dash_px: float = 0.0,
        tested: bool = True,
    ) -> None:
        """Paint one polyline with round caps.

        Args:
            points: Vertices, shape (n, 3): x and y [px], pixel centres at halves, and depth [m]; one alone is a dot.
            rgb: Colour, sRGB.
            width_px: Width, one for all or one per vertex [px].
            alpha: Opacity 0..1, one for all or one per vertex.
            dash_px: Length of dashes and of the gaps between them; 0 draws a solid line.
            tested: Whether the scene hides what lies behind it.
        """
        points = np.ascontiguousarray(points, np.float64).reshape(-1, 3)
        n = len(points)
        widths = np.ascontiguousarray(np.broadcast_to(np.asarray(width_px, np.float64), (n,)))
        alphas = np.ascontiguousarray(np.broadcast_to(np.asarray(alpha, np.float64), (n,)))
        hidden = self.hidden if tested else 1.0
        box = _lay(self._layer, self.depth, points, widths, alphas, dash_px, hidden, self.bias_m)
        _blend(self.colour, self._layer, *box, *rgb)

    def halo(self, points: Vector, width_px: float, alpha: float = 0.35, dash_px: float = 0.0) -> None:
        """Paint a dark, soft edge under a line so that it reads on bright tissue."""
        self.stroke(points, (4, 8, 12), width_px + 2.0, alpha, dash_px)


def warm_up() -> None:
    """Compile the brush now, seconds on a host that never did, rather than in the middle of a session."""
    brush = Brush(np.zeros((2, 2, 3), np.uint8), np.ones((2, 2), np.float32))
    brush.stroke(np.zeros((2, 3)), (0, 0, 0), 1.0)


@njit(cache=True, nogil=True)
def _lay(layer, depth, points, widths, alphas, dash, hidden, bias):  # type: ignore[no-untyped-def] # pragma: no cover
    """Lay a polyline's coverage into the layer; returns the box it touched: x0, y0, x1, y1."""
    height, width = depth.shape
    bx0, by0, bx1, by1 = width, height, 0, 0
    n = points.shape[0]
    run = 0.0
    for i in range(max(n - 1, 1)):
        j = min(i + 1, n - 1)
        ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
        bx, by, bz = points[j, 0], points[j, 1], points[j, 2]
        if not (az > NEAR_M and bz > NEAR_M):  # also refuses NaN
            continue
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        length = np.sqrt(length2)
        reach = 0.5 * max(widths[i], widths[j]) + 1.0
        if max(ax, bx) < -reach or min(ax, bx) > width + reach or max(ay, by) < -reach or min(ay, by) > height + reach:
            run += length
            continue
        x0 = int(max(np.floor(min(ax, bx) - reach), 0))
        y0 = int(max(np.floor(min(ay, by) - reach), 0))
        x1 = int(min(np.ceil(max(ax, bx) + reach), width))
        y1 = int(min(np.ceil(max(ay, by) + reach), height))
        bx0, by0, bx1, by1 = min(bx0, x0), min(by0, y0), max(bx1, x1), max(by1, y1)
        for y in range(y0, y1):
            py = y + 0.5 - ay
            for x in range(x0, x1):
                px = x + 0.5 - ax
                t = 0.0
                if length2 > 1e-12:
                    t = min(max((px * dx + py * dy) / length2, 0.0), 1.0)
                ex, ey = px - t * dx, py - t * dy
                half = 0.5 * (widths[i] + t * (widths[j] - widths[i]))
                cover = half + 0.5 - np.sqrt(ex * ex + ey * ey)
                if cover <= 0.0:
                    continue
                cover = min(cover, 1.0) * min(2.0 * half, 1.0) * (alphas[i] + t * (alphas[j] - alphas[i]))
                if dash > 0.0:
                    place = (run + t * length) % (2.0 * dash)
                    cover *= min(max(0.5 * dash - abs(place - 0.5 * dash) + 0.5, 0.0), 1.0)
                z = 1.0 / (1.0 / az + t * (1.0 / bz - 1.0 / az))
                if z > depth[y, x] + bias:
                    cover *= hidden
                layer[y, x] = max(layer[y, x], cover)
        run += length
    return bx0, by0, bx1, by1


@njit(cache=True, nogil=True)
def _blend(colour, layer, x0, y0, x1, y1, r, g, b):  # type: ignore[no-untyped-def] # pragma: no cover
    """Blend a colour through the layer's box and clear the box."""
    for y in range(y0, y1):
        for x in range(x0, x1):
            a = layer[y, x]
            if a > 0.0:
                colour[y, x, 0] = np.uint8(colour[y, x, 0] * (1.0 - a) + r * a + 0.5)
                colour[y, x, 1] = np.uint8(colour[y, x, 1] * (1.0 - a) + g * a + 0.5)
                colour[y, x, 2] = np.uint8(colour[y, x, 2] * (1.0 - a) + b * a + 0.5)
                layer[y, x] = 0.0
