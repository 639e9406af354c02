"""All sessions that were scored, newest first."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from robotics.errors import SteadyhandError
from simulation import tasks
from steadyhand.console.frame import empty, page_frame, person
from steadyhand.console.server import Console
from vr_training.records.index import SessionIndex

MOST = 200
"""Rows that are shown."""


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/sessions")
    def page() -> None:
        with page_frame("Sessions", "/sessions"):
            try:
                with SessionIndex(console.sessions) as index:
                    tries = index.attempts(person=person() or None)
            except SteadyhandError as error:
                empty("The index of sessions cannot be read", str(error))
                return
            if not tries:
                whose = f" of {person()}" if person() else ""
                empty(f"No session{whose} yet", "Start a lesson: what it came to stands here afterwards.")
                return
            columns: list[dict[str, Any]] = [
                {"name": "started", "label": "Started", "field": "started", "align": "left", "sortable": True},
                {"name": "lesson", "label": "Lesson", "field": "lesson", "align": "left", "sortable": True},
                {"name": "difficulty", "label": "Difficulty", "field": "difficulty", "align": "left"},
                {"name": "who", "label": "Who", "field": "who", "align": "left", "sortable": True},
                {"name": "passed", "label": "Passed", "field": "passed", "align": "left", "sortable": True},
                {"name": "points", "label": "Points", "field": "points", "align": "right", "sortable": True},
            ]
            known = set(tasks.available())
            rows = [
                {
                    "name": each.session, "started": each.started.replace("T", " ")[:16],
                    "lesson": tasks.load(each.lesson).title if each.lesson in known else each.lesson,
                    "difficulty": each.difficulty, "who": each.person or each.input,
                    "passed": "yes" if each.success else "no",
                    "points": None if each.points is None else round(each.points),
                }
                for each in reversed(tries[-MOST:])
            ]  # fmt: skip
            table = ui.table(columns=columns, rows=rows, row_key="name", pagination=20).props("flat wrap-cells")
            table.classes("figures")
            table.add_slot(
                "body-cell-started",
                """<q-td :props="props"><a class="plain-link" :href="'/session/' + props.row.name">{{ props.value }}</a>
                </q-td>""",
            )
