"""A surgeon's first page: the lessons, from easy to hard, and what runs."""

from __future__ import annotations

import asyncio
from itertools import groupby

from nicegui import ui

from robotics.errors import SteadyhandError
from simulation import tasks
from steadyhand.console.frame import page_frame
from steadyhand.console.server import Console
from vr_training.records.index import SessionIndex

STARTS_S = 120.0
"""How long a session may take to stand [s]: kernels may have to be compiled first."""


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/")
    def page() -> None:
        with page_frame("Lessons", "/"):
            best = _best(console)
            lessons = sorted(tasks.lessons().items(), key=lambda each: (each[1].level, each[0]))
            for level, group in groupby(lessons, key=lambda each: each[1].level):
                ui.label(f"Level {level}").props('role="heading" aria-level="2"').classes("level")
                with ui.element("div").classes("cards"):
                    for name, settings in group:
                        with ui.element("section").classes("card"):
                            ui.label(settings.title).props('role="heading" aria-level="3"').classes("card-title")
                            ui.label(settings.summary).classes("muted grow")
                            score = best.get(name)
                            ui.label("Not tried yet" if score is None else f"Best {score:.0f} of 100").classes("muted")
                            ui.button("Start", on_click=lambda _, name=name: _start(console, name)).props(
                                f'unelevated no-caps aria-label="Start {settings.title}"'
                            )


def _best(console: Console) -> dict[str, float]:
    """Most points of anybody in each lesson."""
    try:
        with SessionIndex(console.sessions) as index:
            tries = index.attempts()
    except SteadyhandError as error:
        ui.notify(str(error), type="warning")
        return {}
    best: dict[str, float] = {}
    for each in tries:
        if each.points is not None:
            best[each.lesson] = max(best.get(each.lesson, 0.0), each.points)
    return best


async def _start(console: Console, lesson: str) -> None:
    """Start a lesson for a hand in the browser, and go to its page."""
    with ui.dialog(value=True).props("persistent") as dialog, ui.card():
        ui.label(f"Starting {tasks.title(lesson)}")
        progress = ui.label("").classes("muted")
        ui.linear_progress(show_value=False).props("indeterminate")
    run = await asyncio.to_thread(console.runs.start, "train", lesson, "--input", "remote", "--headless")
    for _ in range(round(STARTS_S / 0.2)):
        await asyncio.sleep(0.2)
        progress.text = run.words_of_it
        name = console.runs.live_of(run)
        if name:
            ui.navigate.to(f"/live/{name}")
            return
        if run.over:
            break
    dialog.close()
    ui.notify(run.words_of_it or "The session did not start", type="negative", timeout=0, close_button="OK")
