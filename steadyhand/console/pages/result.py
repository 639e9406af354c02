"""What a session came to: verdict, points and why, every measure, and the way to its report, video and recording."""

from __future__ import annotations

import math
from typing import Any

from nicegui import ui

from robotics.errors import SteadyhandError
from steadyhand.commands.card import SHOWN
from steadyhand.console.frame import empty, heading, page_frame
from steadyhand.console.runs import results_of
from steadyhand.console.server import Console
from vr_training.records.session import Session, resolve

FILES = (("Report", "report.html"), ("Video", "video.mp4"), ("Recording", "recording.mcap"))


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/session/{session}")
    def page(session: str) -> None:
        with page_frame("Result", "/sessions"):
            try:
                found = resolve(session, console.sessions)
            except SteadyhandError as error:
                empty("There is no such session", str(error))
                return
            holder = ui.element("div").classes("result")
            with holder:
                waiting = ui.label("The session is being scored").classes("muted")
                bar = ui.linear_progress(show_value=False).props('indeterminate aria-label="Being scored"')
            looked = 0

            def look() -> None:
                nonlocal looked
                looked += 1
                results = results_of(found)
                scored = results is not None and (found.report.is_file() or "scorecard" not in results)
                if not scored and console.runs.works_on(found):
                    return
                if not scored and results is None and looked < 4:
                    return
                timer.deactivate()
                waiting.delete()
                bar.delete()
                with holder:
                    if results is None:
                        empty("This session did not end in good order", "Its recording is there as far as it goes.")
                        _files(found)
                    else:
                        _show(found, results)

            timer = ui.timer(0.5, look)
            look()


def _show(session: Session, results: dict[str, Any]) -> None:
    points = results.get("points")
    with ui.element("section").classes("card verdict"):
        passed = bool(results.get("success"))
        with ui.row().classes("facts"):
            ui.label("Passed" if passed else "Not passed").classes(f"verdict-word {'is-good' if passed else 'is-bad'}")
            if isinstance(points, float | int) and math.isfinite(points):
                ui.label(f"{points:.0f} of 100").classes("verdict-points")
        ui.label(str(results.get("summary", ""))).classes("verdict-text")
        for cost in results.get("costs") or ():
            ui.label(str(cost)).classes("muted")
        _files(session)
    lines = {line["name"]: line for line in results.get("scorecard") or ()}
    shown = [lines[name] for name in SHOWN if name in lines]
    if not shown:
        return
    heading("Measures", 2)
    columns = [
        {"name": "title", "label": "Measure", "field": "title", "align": "left"},
        {"name": "value", "label": "Value", "field": "value", "align": "right"},
        {"name": "good", "label": "Good", "field": "good", "align": "left"},
        {"name": "advice", "label": "Advice", "field": "advice", "align": "left"},
    ]
    rows = [
        {
            "title": line["title"], "value": _figure(line["value"], line["unit"]),
            "good": _bound(line), "advice": line.get("advice") or "",
        }
        for line in shown
    ]  # fmt: skip
    ui.table(columns=columns, rows=rows, row_key="title").props("flat wrap-cells hide-pagination").classes("figures")


def _files(session: Session) -> None:
    with ui.row().classes("actions"):
        for name, file in FILES:
            if (session.folder / file).is_file():
                ui.link(name, f"/sessions/{session.name}/{file}", new_tab=True).classes("plain-link")


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.3g} {unit}".strip()


def _bound(line: dict[str, Any]) -> str:
    good = line.get("good")
    if good is None:
        return ""
    word = "at most" if line.get("better") == "lower" else "at least"
    return f"{word} {_figure(good, line['unit'])}"
