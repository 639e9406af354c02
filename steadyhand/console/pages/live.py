"""The page of a running session: the picture, and what it came to once it is over."""

from __future__ import annotations

from nicegui import ui

from robotics.errors import SteadyhandError
from steadyhand.console.frame import page_frame
from steadyhand.console.runs import results_of
from steadyhand.console.server import Console
from steadyhand.console.view_element import ViewElement
from vr_training.records.session import resolve
from vr_training.stream.endpoints import live_sessions


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/live/{session}")
    def page(session: str) -> None:
        if session not in live_sessions(console.sessions):
            ui.navigate.to(f"/session/{session}")
            return
        with page_frame("Live session", "/"):
            with ui.element("div").classes("live"):
                ViewElement(session)

            def look() -> None:
                if session not in live_sessions(console.sessions):
                    timer.deactivate()
                    ui.navigate.to(f"/session/{session}")

            timer = ui.timer(0.5, look)

    @ui.page("/session/{session}")
    def result(session: str) -> None:
        with page_frame("Result", "/"):
            try:
                found = resolve(session, console.sessions)
            except SteadyhandError as error:
                ui.label(str(error))
                return
            holder = ui.element("section")

            def fill() -> None:
                results = results_of(found)
                if results is None:
                    return
                timer.deactivate()
                with holder:
                    ui.link("Report", f"/sessions/{found.name}/report.html")

            timer = ui.timer(0.5, fill)
            fill()
