"""The frame of every page: where one is, who one is, and the looks they share."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import app, ui

from robotics.errors import SteadyhandError
from steadyhand.people import check_name

STYLE = Path(__file__).with_name("console.css")
PAGES = (("Lessons", "/"), ("Sessions", "/sessions"), ("Running now", "/running"))
"""Pages of the bar at the top."""

PERSON = "person"
THEMES = {"light": False, "dark": True, "as the system": None}


@contextmanager
def page_frame(title: str, here: str) -> Iterator[None]:
    """A page.

    Args:
        title: Its heading.
        here: Path of the page of the bar to which it belongs.
    """
    ui.page_title(f"{title} · Steadyhand")
    ui.add_css(STYLE.read_text(encoding="utf-8"))
    dark = ui.dark_mode(THEMES.get(app.storage.user.get("theme", "")))
    with ui.header().classes("bar"), ui.row().classes("bar-row"):
        ui.link("Steadyhand", "/").classes("brand")
        with ui.element("nav").props('aria-label="Main"').classes("pages"):
            for name, path in PAGES:
                link = ui.link(name, path).classes("page-link")
                if path == here:
                    link.props('aria-current="page"')
        ui.space()
        _who()

        def turn() -> None:
            wanted = "light" if app.storage.user.get("theme") == "dark" else "dark"
            app.storage.user["theme"] = wanted
            dark.value = THEMES[wanted]

        ui.button(icon="contrast", on_click=turn).props('flat round aria-label="Light or dark"').classes("bar-button")
    with ui.element("div").classes("page"):  # within the one main that every page has
        heading(title, 1)
        yield


def heading(text: str, level: int) -> ui.element:
    """A heading."""
    made = ui.element(f"h{level}").classes(f"heading heading-{level}")
    with made:
        ui.html(html.escape(text), sanitize=False, tag="span")
    return made


def empty(text: str, hint: str = "") -> None:
    """What stands where nothing is to be shown yet, and what to do about it."""
    with ui.element("section").classes("empty"):
        ui.label(text).classes("empty-text")
        if hint:
            ui.label(hint).classes("muted")


def person() -> str:
    """Pseudonym of whoever sits there; empty where nobody has said."""
    return str(app.storage.user.get(PERSON, ""))


def _who() -> None:
    def take() -> None:
        name = str(box.value or "").strip()
        try:
            app.storage.user[PERSON] = check_name(name) if name else ""
        except SteadyhandError as error:
            ui.notify(str(error), type="warning")
            return
        ui.navigate.reload()

    box = ui.input("Pseudonym", value=person()).props('dense outlined maxlength=32 aria-label="Pseudonym"')
    box.classes("who").on("keydown.enter", take)
    if box.value:
        box.tooltip("Tries are entered as yours")
    else:
        box.tooltip("Under what name your tries are entered; never your own")
