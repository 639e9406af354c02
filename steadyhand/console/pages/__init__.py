"""The pages, one module for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steadyhand.console.server import Console


def register(console: Console) -> None:
    """Add all pages."""
    from steadyhand.console.pages import curve, lessons, live, result, running, sessions

    for module in (lessons, live, result, sessions, running, curve):
        module.register(console)
