"""The frame of every page: who it is for at the top, its name, and the looks they share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import ui

STYLE = Path(__file__).with_name("console.css")
PERSONAS = (("Surgeon", "/"), ("Therapist", "/therapist"), ("Engineer", "/engineer"), ("Instructor", "/instructor"))


@contextmanager
def page_frame(title: str, here: str) -> Iterator[None]:
    """A page.

    Args:
        title: Its heading.
        here: Path of the persona whose page it is.
    """
    ui.page_title(f"{title} · Steadyhand")
    ui.add_css(STYLE.read_text(encoding="utf-8"))
    with ui.header().classes("bar"), ui.row().classes("bar-row"):
        ui.link("Steadyhand", "/").classes("brand")
        with ui.element("nav").props('aria-label="Main"').classes("personas"):
            for name, path in PERSONAS:
                link = ui.link(name, path).classes("persona")
                if path == here:
                    link.props('aria-current="page"')
    with ui.element("main").classes("page"):
        ui.label(title).props('role="heading" aria-level="1"').classes("title")
        yield
