"""The page of a running session: the picture with its display, and what it came to once it is over."""

from __future__ import annotations

from nicegui import ui

from steadyhand.console.frame import page_frame
from steadyhand.console.server import Console
from steadyhand.console.view_element import ViewElement
from vr_training.stream.endpoints import live_sessions

KEYS = (
    ("Press Drive, then hold the left button", "the tip goes with the pointer"),
    ("Right button", "turns it"),
    ("Wheel, or two fingers", "depth"),
    ("Space, then W A S D Q E", "takes the arm, moves it"),
    ("R F T Y Z X", "turn it"),
    ("G", "closes and opens the jaws"),
    ("J held", "turns as the guide shows"),
    ("N", "goes on to the next arm"),
    ("C", "next camera"),
    ("Esc", "stops the arm"),
)


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/live/{session}")
    def page(session: str, watch: bool = False) -> None:
        if session not in live_sessions(console.sessions):
            ui.navigate.to(f"/session/{session}")
            return
        with page_frame("Live session", "/running"):
            with ui.element("div").classes("live"):
                ViewElement(session, drive=not watch)
            with ui.expansion("Mouse, touch and keys").classes("keys"), ui.element("dl").classes("key-list"):
                for key, does in KEYS:
                    with ui.element("dt"):
                        ui.label(key)
                    with ui.element("dd"):
                        ui.label(does).classes("muted")

            def look() -> None:
                if session not in live_sessions(console.sessions):
                    timer.deactivate()
                    ui.navigate.to(f"/session/{session}")

            timer = ui.timer(0.5, look)
