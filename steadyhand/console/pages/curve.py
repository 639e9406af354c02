"""The learning curve of one person in one lesson."""

from __future__ import annotations

import math
from typing import Any

from nicegui import ui

from robotics.errors import SteadyhandError
from simulation import tasks
from steadyhand.console.frame import empty, page_frame, person
from steadyhand.console.server import Console
from steadyhand.progress import Learned, learned


def register(console: Console) -> None:
    """Add the page."""

    @ui.page("/curve/{lesson}")
    def page(lesson: str) -> None:
        title = tasks.load(lesson).title if lesson in tasks.available() else lesson
        with page_frame(f"Learning curve: {title}", "/"):
            if not person():
                empty("Whose curve?", "Say under which pseudonym you train, at the top of the page.")
                return
            try:
                found = learned(lesson, person(), "points", console.sessions)
            except SteadyhandError as error:
                empty("There is no curve", str(error))
                return
            if not len(found.curve.values):
                empty("No try counts yet", "Tries at the standard difficulty make the curve.")
                return
            with ui.element("section").classes("card"):
                ui.echart(chart(found)).classes("chart").props(
                    f'aria-label="Points of {person()} over tries" role="img"'
                )
                for sentence in found.sentences():
                    ui.label(sentence).classes("muted")


def chart(found: Learned) -> dict[str, Any]:
    """The curve for ECharts: tries as points, the curve with its band, the experts' bar."""
    curve = found.curve
    tries = list(range(1, len(curve.values) + 1))
    low = [None if math.isnan(x) else x for x in curve.low.tolist()]
    high = [None if math.isnan(x) else x for x in curve.high.tolist()]
    width = [None if a is None or b is None else b - a for a, b in zip(low, high, strict=True)]
    band = {"type": "line", "symbol": "none", "lineStyle": {"opacity": 0}, "stack": "band", "silent": True}
    series: list[dict[str, Any]] = [
        {**band, "name": "low", "data": low},
        {**band, "name": "95 %", "data": width, "areaStyle": {"opacity": 0.18}},
        {"type": "line", "name": "Curve", "symbol": "none", "smooth": True, "data": curve.mean.tolist()},
        {"type": "scatter", "name": "Tries", "symbolSize": 11, "data": curve.values.tolist()},
    ]
    if found.bar is not None:
        series[2]["markLine"] = {
            "symbol": "none", "data": [{"yAxis": found.bar, "name": "Experts' bar"}], "label": {"formatter": "Experts"},
        }  # fmt: skip
    return {
        "animation": False,
        "grid": {"left": 48, "right": 24, "top": 24, "bottom": 48},
        "xAxis": {"type": "category", "data": tries, "name": "Try", "nameLocation": "middle", "nameGap": 30},
        "yAxis": {"type": "value", "min": 0, "max": 100, "name": "Points"},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }
