"""What runs on this machine now, to look on or to drive."""

from __future__ import annotations

from nicegui import ui

from steadyhand.console.frame import empty, heading, page_frame
from steadyhand.console.server import Console
from vr_training.stream.endpoints import live_sessions

LOOK_S = 1.0


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/running")
    def page() -> None:
        with page_frame("Running now", "/running"):
            shown: list[str] | None = None

            @ui.refreshable
            def rows() -> None:
                if not shown:
                    empty("Nothing runs here", "Start a lesson, or `steadyhand run` in a terminal.")
                for name in shown or ():
                    with ui.element("section").classes("card row-card"):
                        heading(name, 2)
                        with ui.row().classes("actions"):
                            ui.link("Look on", f"/live/{name}?watch=true").classes("plain-link").props(
                                f'aria-label="Look on at {name}"'
                            )
                            ui.link("Drive", f"/live/{name}").classes("plain-link").props(f'aria-label="Drive {name}"')

            def look() -> None:
                nonlocal shown
                found = list(live_sessions(console.sessions))
                if found != shown:
                    shown = found
                    rows.refresh()

            shown = list(live_sessions(console.sessions))
            rows()
            ui.timer(LOOK_S, look)
