"""The first page: all lessons from easy to hard, and where one stands in each."""

from __future__ import annotations

import asyncio
from itertools import groupby

from nicegui import ui

from robotics.difficulty import STANDARD
from robotics.errors import SteadyhandError
from simulation import tasks
from steadyhand import progress
from steadyhand.console.frame import heading, page_frame, person
from steadyhand.console.server import Console
from vr_training.progress.curriculum import Standing, in_the_way

STARTS_S = 120.0
"""How long a session may take to stand [s]: kernels may have to be compiled first."""

LOOK_S = 0.2


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/")
    def page() -> None:
        with page_frame("Lessons", "/"):
            standings = _standings(console, person())
            lessons = sorted(tasks.lessons().items(), key=lambda each: (each[1].level, each[0]))
            for level, group in groupby(lessons, key=lambda each: each[1].level):
                heading(f"Level {level}", 2)
                with ui.element("div").classes("cards"):
                    for name, _ in group:
                        _card(console, name, standings)


def _card(console: Console, name: str, standings: tuple[Standing, ...]) -> None:
    settings = tasks.load(name)
    standing = next((each for each in standings if each.lesson == name), None)
    first = in_the_way(standing, standings) if standing is not None and person() else ()
    with ui.element("section").classes("card"):
        heading(settings.title, 3)
        ui.label(f"{settings.summary[:1].upper()}{settings.summary[1:]}.").classes("muted grow")
        with ui.row().classes("facts"):
            if standing is None or not standing.tries:
                ui.label("Not tried yet").classes("fact")
            else:
                best = "not scored" if standing.best is None else f"{standing.best:.0f} of 100"
                ui.label(f"Best {best}").classes("fact fact-strong")
                ui.label(f"{standing.passes} of {standing.tries} passed").classes("fact")
            if standing is not None and standing.proficient:
                ui.label("Proficient").classes("fact fact-good")
            if first:
                ui.label(f"Comes after {', '.join(tasks.load(each).title for each in first)}").classes("fact")
        with ui.row().classes("actions"):
            levels = tasks.difficulties(settings)
            wanted = ui.select(list(levels), value=STANDARD).props(
                f'dense outlined options-dense aria-label="Difficulty of {settings.title}"'
            )
            wanted.classes("difficulty")
            start = ui.button("Start", on_click=lambda: _start(console, name, str(wanted.value), "remote"))
            start.props(f'unelevated no-caps color=none aria-label="Start {settings.title}"').classes("main-button")
            show = ui.button("Show me", on_click=lambda: _start(console, name, str(wanted.value), "expert"))
            show.props(f'flat no-caps color=none aria-label="Let the expert show {settings.title}"')
            show.classes("plain-button")
            if standing is not None and standing.tries:
                ui.link("Curve", f"/curve/{name}").classes("plain-link").props(
                    f'aria-label="Learning curve of {settings.title}"'
                )


def _standings(console: Console, who: str) -> tuple[Standing, ...]:
    """Where somebody stands; where nobody has said who he is, where everybody together does."""
    try:
        return progress.standing_of(who, console.sessions) if who else progress.standing_of_all(console.sessions)
    except SteadyhandError as error:
        ui.notify(str(error), type="warning")
        return ()


async def _start(console: Console, lesson: str, difficulty: str, hand: str) -> None:
    """Start a lesson for a hand in the browser, and go to its page."""
    words = ["train", lesson, "--input", hand, "--headless", "--difficulty", difficulty]
    if person() and hand == "remote":
        words += ["--as", person()]
    with ui.dialog(value=True).props("persistent") as dialog, ui.card().classes("card"):
        heading(f"Starting {tasks.load(lesson).title}", 2)
        said = ui.label("Waking the arm").classes("muted")
        ui.linear_progress(show_value=False).props('indeterminate aria-label="Starting"')
    run = await asyncio.to_thread(console.runs.start, *words)
    for _ in range(round(STARTS_S / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        name = await asyncio.to_thread(console.runs.live_of, run)
        if name:
            ui.navigate.to(f"/live/{name}")
            return
        if run.over:
            break
        said.text = run.last_word or said.text
    dialog.close()
    ui.notify(run.last_word or "The session did not start", type="negative", timeout=0, close_button="OK")
