"""`steadyhand rehab`: guided exercise with a simulated patient, from one exercise to a course of sessions."""

from __future__ import annotations

import typer

from steadyhand.commands.rehab import assess, course, export, progress, report, run, start

app = typer.Typer(
    name="rehab",
    help=(
        "Guided exercise: rehearse a prescription on a simulated patient, measure, compare, report.\n\n"
        "A plan is assessed for (assess), run (start), rehearsed over weeks (course), judged (progress), and handed on "
        "(report, export)."
    ),
    no_args_is_help=True,
)

app.command("run")(run.command)
app.command("assess")(assess.command)
app.command("start")(start.command)
app.command("course")(course.command)
app.command("progress")(progress.command)
app.command("report")(report.command)
app.command("export")(export.command)
