"""Matplotlib figures as inline SVG whose colours and fonts the page decides, so that they fit light, dark and print."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from robotics.contracts import Vector

# Stand-ins that no other colour equals; the page's style sheet gives each its colour in either scheme.
COLOURS = {
    "ink": "#010a01",
    "muted": "#020a02",
    "grid": "#030a03",
    "hand": "#040a04",
    "tip": "#050a05",
    "accent": "#060a06",
    "good": "#070a07",
    "weak": "#080a08",
    "card": "#090a09",
}
"""What a plot may be drawn in; `svg` turns each into the style sheet's variable of that name."""

INK, MUTED, GRID = COLOURS["ink"], COLOURS["muted"], COLOURS["grid"]
HAND, TIP, ACCENT = COLOURS["hand"], COLOURS["tip"], COLOURS["accent"]
GOOD, WEAK, CARD = COLOURS["good"], COLOURS["weak"], COLOURS["card"]

_STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,  # a tick says what it is, not what it is more than something else
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "text.color": INK,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.4,
    "lines.solid_joinstyle": "round",
    "path.simplify": True,
    "path.simplify_threshold": 0.15,
}

_POINTS = 1400
"""Points of a line: twice what a page is wide."""


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """A figure in the report's style, without a window system.

    Args:
        width: In hundredths of the page's pixels at its usual size.
        height: The same.
    """
    with matplotlib.rc_context(_STYLE):  # type: ignore[arg-type,unused-ignore]
        yield Figure(figsize=(width, height), layout="constrained")


def svg(drawn: Figure, name: str, title: str, description: str) -> str:
    """A figure as an SVG element for an HTML page.

    Args:
        drawn: The figure, while its `figure` context is open.
        name: Unique on the page; keeps the ids of two figures apart.
        title: Its accessible name.
        description: What it shows, for someone who does not see it.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        metadata: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
        drawn.savefig(buffer, format="svg", metadata=metadata)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    view = re.search(r'viewBox="[^"]*"', text)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {view[0] if view else ""}'
        f' role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{html.escape(title)}</title><desc id="{name}-desc">{html.escape(description)}</desc>'
    )
    text = re.sub(r"^<svg[^>]*>", lambda _: head, text)
    for role, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{role})")
    text = re.sub(r"(font: [^;\"]*?\d+(?:\.\d+)?px) [^;\"]*", r"\1 var(--font)", text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: var(--font)", text)
    # A hundredth of a pixel is finer than any screen or printer shows.
    text = re.sub(r"(\d+\.\d\d)\d+", r"\1", text)
    # Ids of groups and marks repeat over the figures of a page; only what is referred to needs one.
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) | {f"{name}-title", f"{name}-desc"}
    text = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", text)
    return re.sub(r"\n\s*", "\n", text)


def thin(x: Vector, y: Vector, points: int = _POINTS) -> tuple[Vector, Vector]:
    """A line with fewer points that looks the same: the least and the greatest of each short piece, in order.

    Args:
        x: Shape (n,), growing.
        y: Shape (n,).
        points: At most so many are left.
    """
    pieces = points // 2
    size = -(-len(x) // max(pieces, 1))
    if len(x) <= points or size < 2:
        return x, y
    padded = np.full((-(-len(x) // size), size), np.nan)
    padded.flat[: len(y)] = y
    low = np.argmin(np.where(np.isnan(padded), np.inf, padded), axis=1)
    high = np.argmax(np.where(np.isnan(padded), -np.inf, padded), axis=1)
    start = np.arange(len(padded)) * size
    kept = np.unique(np.concatenate([[0], start + low, start + high, [len(x) - 1]]))
    return x[kept], y[kept]
