"""The pages, one module for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steadyhand.console.server import Console


def register(console: Console) -> None:
    """Add all pages."""
    from steadyhand.console.pages import live, surgeon

    surgeon.register(console)
    live.register(console)
