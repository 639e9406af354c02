"""The table of published and simulated figures: rows are measured, verdicts right, the page has them all."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from benchmarks import realism_patients
from benchmarks._page import PAGE, between, write
from benchmarks._published import Row, cells
from benchmarks.contact import THICK_MM
from benchmarks.realism import all_rows
from robotics.errors import ArgumentError

ROWS = all_rows()


def row(low: float = 2.0, high: float = 4.0) -> Row:
    return Row("name", "title", low, high, "N", "source", None)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([2.0, 4.0], "within"),
        ([1.0, 3.0], "**down to 0.5 of the lowest**"),
        ([3.0, 8.0], "**up to 2 times the highest**"),
        ([1.0, 8.0], "**down to 0.5 of the lowest, up to 2 times the highest**"),
        ([], "**not simulated**"),
        ([math.nan], "**could not be measured**"),
    ],
)
def test_a_verdict_says_how_far_a_figure_lies_outside_of_what_is_published(values: list[float], verdict: str) -> None:
    assert row().verdict(values) == verdict


def test_a_single_published_value_is_met_within_five_per_cent_and_no_further() -> None:
    assert row(2.0, 2.0).verdict([1.91, 2.09]) == "agrees"
    assert row(2.0, 2.0).verdict([2.11]) == "**up to 1.1 times the highest**"


@pytest.mark.parametrize("name", ["smooth_jaw", "needle_arc", "needle_mass", "sheet_modulus", "coulomb_insertion"])
def test_the_simulation_agrees_with_what_is_published_where_the_page_says_so(name: str) -> None:
    assert cells(ROWS[name])[3] in {"agrees", "within"}


def test_what_nobody_published_is_measured_and_compared_with_nothing() -> None:
    unknown = Row("name", "title", math.nan, math.nan, "Nm", "", lambda: [3.0])
    assert cells(unknown)[1:4] == ("not compared", "3 Nm", "not compared")
    assert unknown.verdict([math.nan]) == "**could not be measured**"


def test_each_patient_s_row_has_a_name_of_its_own_and_a_source_where_it_has_a_figure() -> None:
    rows = realism_patients.ROWS
    assert len({each.name for each in rows}) == len({each.title for each in rows}) == len(rows)
    assert all(bool(each.source) or math.isnan(each.low) for each in rows)


def test_what_is_measured_is_the_simulations_and_not_what_was_published() -> None:
    found = cells(ROWS["needle_wire"])
    assert found[2] == "1 mm"
    assert "not simulated" in cells(ROWS["needle_rb1"])[3]
    assert cells(ROWS["trocar"])[2:4] == ("1 N", "within")
    assert "**" in cells(ROWS["speed"])[3]  # known: it fades where it is slow


@pytest.mark.parametrize(
    ("name", "rows"), [("realism", tuple(ROWS.values())), (realism_patients.TABLE, realism_patients.ROWS)]
)
def test_the_page_has_every_row_with_a_figure_and_a_verdict(name: str, rows: tuple[Row, ...]) -> None:
    table = between(PAGE.read_text(encoding="utf-8"), name)
    lines = [line.strip("| ").split(" | ") for line in table.strip().splitlines()[2:]]
    assert [line[0] for line in lines] == [each.title for each in rows]
    for line, each in zip(lines, rows, strict=True):
        assert line[1] == each.published()
        assert (line[2] == "none") == (each.measure is None)
        assert "could not" not in line[3]
        assert [text.strip() for text in (*line[4:], "")][:2] == [each.source, each.remark]


def test_the_page_has_every_thing_that_is_held() -> None:
    table = between(PAGE.read_text(encoding="utf-8"), "contact")
    assert set(re.findall(r"^\| ([a-z ]+) \| 1000 \| 100 \|", table, re.MULTILINE)) == set(THICK_MM)


def test_a_table_is_written_between_its_markers_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n" + PAGE.read_text(encoding="utf-8") + "z\n", encoding="utf-8")
    write(page, "realism", "new")
    write(page, "realism", "newer")
    text = page.read_text(encoding="utf-8")
    assert between(text, "realism").strip() == "newer"
    assert between(text, "contact") == between(PAGE.read_text(encoding="utf-8"), "contact")
    assert text.startswith("a\n")
    assert text.endswith("z\n")
    with pytest.raises(ArgumentError, match="marker"):
        write(page, "nothing", "new")
