import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from PIL import Image

from robotics.errors import InputFileError
from vr_training.report import Picture, RunInfo, write_report
from vr_training.report.figure import COLOURS, thin
from vr_training.report.rows import number
from vr_training.scoring import score_lesson

SIGNALS = (("distance", "m"),)


@pytest.fixture(scope="module")
def ticks(episode):
    timed = episode.copy()
    rng = np.random.default_rng(0)
    timed["timing"]["tick_ns"] = rng.normal(250e3, 20e3, len(timed))
    timed["arms"]["psm1"]["wrench"][-600:-300, 2] = 0.2
    timed["timing"]["wake_latency_ns"] = rng.gamma(4.0, 10e3, len(timed))
    return timed


@pytest.fixture(scope="module")
def info(setup_of_rig):
    return RunInfo(
        title="Needle <reach>",
        session="s-1",
        started="today",
        setup=setup_of_rig,
        facts={"Arm": "psm", "Filter": "butterworth & friends"},
        phases=("reach",),
        goal=np.array([0.02, 0.05, 0.05, 1.0, 0.0, 0.0, 0.0]),
        goal_radius_m=0.005,
        digest="ab" * 32,
        dropped=17,
        real_time=("memory locked",),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory, ticks, info):
    folder = tmp_path_factory.mktemp("report")
    Image.new("RGB", (1920, 1080), (200, 30, 30)).save(folder / "frame.png")
    card = score_lesson(ticks, info.setup, signals=SIGNALS)
    path = write_report(folder, ticks, card, info, [Picture(folder / "frame.png", "The needle, reached")])
    assert path == folder / "report.html"
    assert sorted(file.name for file in folder.iterdir()) == ["frame.png", "report.html"]
    return path.read_text(encoding="utf-8")


class Elements(HTMLParser):
    """Start tags of a page, and whether every tag that must be closed was."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in {"meta", "img", "link", "br", "path", "use", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag in {"path", "use", "rect"}:
            return
        assert self.open.pop() == tag


def test_the_page_is_well_formed_and_asks_nothing_of_the_network(page):
    elements = Elements(page)
    assert elements.open == []
    for tag, attributes in elements.tags:
        assert tag not in {"link", "iframe", "object"}
        for name in ("src", "href", "xlink:href", "data", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:image/jpeg;base64,")), (tag, attributes)
    assert not re.search(r"url\((?!#)|@import", page)  # a script has no "src" either


def test_every_drawing_is_xml_with_a_name_and_a_description_of_its_own(page):
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) == 7
    ids = []
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img"
        named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        title, description = root.get("aria-labelledby").split()
        assert len(named[title]) > 5
        assert len(named[description]) > 20
        ids += named
        for reference in re.findall(r'(?:url\(#|href="#)([^")]+)', drawing):
            assert reference in named
    assert len(ids) == len(set(ids))


def test_drawings_leave_colours_and_fonts_to_the_page(page):
    assert not any(colour in page for colour in COLOURS.values())
    for drawing in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        assert not re.search(r"#[0-9a-fA-F]{6}", drawing)
        assert "DejaVu" not in drawing
        assert "<text" in drawing
    for variable in set(re.findall(r"var\((--[a-z-]+)\)", page)):
        assert len(re.findall(rf"{variable}: ", page)) >= (1 if variable == "--font" else 3), variable


def test_what_is_known_of_the_run_stands_in_it_escaped(page, info):
    assert "Needle &lt;reach&gt;" in page
    assert "butterworth &amp; friends" in page
    for text in ("s-1", "memory locked", info.digest, "Reached the goal in", "not a medical device"):
        assert text in page
    assert "The recorder did not get 17 ticks" in page


def test_the_score_and_what_it_cost_stand_above_everything_else(page, ticks, info):
    card = score_lesson(ticks, info.setup, signals=SIGNALS)
    head = page[: page.index("</header>")]
    assert f"Score <b>{card.points:.0f}</b> of 100" in head
    assert ('class="costs"' in head) == bool(card.costs)
    for cost in card.costs:
        assert f"<li>{escape(cost)}</li>" in head


def test_costs_are_shown_escaped_and_where_there_are_none_there_is_no_list(tmp_path, ticks, info):
    card = replace(score_lesson(ticks, info.setup), points=61.4, costs=("Force: 2 N, good < 1 N; cost 9.",))
    text = write_report(tmp_path, ticks, card, info).read_text()
    assert "Score <b>61</b> of 100" in text
    assert "<li>Force: 2 N, good &lt; 1 N; cost 9.</li>" in text
    text = write_report(tmp_path, ticks, replace(card, points=float("nan"), costs=()), info).read_text()
    assert "</b> of 100" not in text
    assert '<ul class="costs"' not in text


def test_pictures_are_inside_and_have_an_alternative(page):
    (image,) = [attributes for tag, attributes in Elements(page).tags if tag == "img"]
    assert image["alt"] == "The needle, reached"
    assert len(image["src"]) < 60_000


def test_every_score_has_its_row_and_marks_are_words_too(page, ticks, info):
    card = score_lesson(ticks, info.setup, signals=SIGNALS)
    for score in card.scores:
        assert f'<th scope="row">{score.title}</th>' in page
    assert page.count("✓ good") + page.count("✗ needs work") == sum(score.better != "" for score in card.scores)


def test_the_page_of_a_minute_stays_small(tmp_path, ticks, info):
    minute = np.tile(ticks, 7)[:60_000]
    minute["time"] = np.arange(60_000) * 1e-3
    card = score_lesson(minute, info.setup)
    assert write_report(tmp_path, minute, card, info).stat().st_size < 1_500_000


@pytest.mark.parametrize("length", [0, 1, 2, 30, 700])
def test_short_recordings_have_a_report_too(tmp_path, ticks, info, length):
    card = score_lesson(ticks[:length], info.setup)
    text = write_report(tmp_path, ticks[:length], card, info).read_text()
    assert card.summary in text
    assert ("of 100; not achieved: at most 40</p>" in text) == bool(length)
    assert Elements(text).open == []


def test_a_run_in_lockstep_shows_no_timing(tmp_path, episode, info):
    text = write_report(tmp_path, episode, score_lesson(episode, info.setup), info).read_text()
    assert 'id="plot-timing"' not in text
    assert 'id="plot-spectrum"' in text


def test_a_run_that_touched_nothing_shows_no_force(tmp_path, episode, info):
    assert 'id="plot-force"' not in write_report(tmp_path, episode, score_lesson(episode, info.setup), info).read_text()


def test_progress_goes_from_nothing_to_done(tmp_path, ticks, info):
    told = []
    write_report(
        tmp_path, ticks, score_lesson(ticks, info.setup), info, progress=lambda what, share: told.append(share)
    )
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_bad_picture_is_named_and_nothing_is_left_half_written(tmp_path, ticks, info):
    bad = tmp_path / "frame.jpg"
    bad.write_text("no picture")
    with pytest.raises(InputFileError, match=r"frame\.jpg cannot be read as a picture"):
        write_report(tmp_path, ticks, score_lesson(ticks, info.setup), info, [Picture(bad, "x")])
    assert [file.name for file in tmp_path.iterdir()] == ["frame.jpg"]


def test_the_same_recording_gives_the_same_page(tmp_path, ticks, info):
    card = score_lesson(ticks, info.setup)
    first = write_report(tmp_path, ticks, card, info).read_bytes()
    assert write_report(tmp_path, ticks, card, info).read_bytes() == first


@given(count=st.integers(1, 20_000), seed=st.integers(0, 100), points=st.integers(10, 2000))
def test_a_thinned_line_keeps_its_ends_its_order_and_its_extremes(count, seed, points):
    y = np.random.default_rng(seed).standard_normal(count)
    x = np.arange(count, dtype=float)
    if count > 50:
        y[20:30] = np.nan
    kept_x, kept_y = thin(x, y, points)
    assert kept_x[0] == 0.0
    assert kept_x[-1] == count - 1
    assert np.all(np.diff(kept_x) > 0.0)
    assert np.nanmax(kept_y) == np.nanmax(y)
    assert np.nanmin(kept_y) == np.nanmin(y)
    assert len(kept_x) <= points + 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (11.712, "11.7"), (0.9432, "0.94"), (-5.301, "−5.30"), (1234.5, "1,234"), (0.0412, "0.041")],
)
def test_numbers_are_rounded_to_what_they_bear(value, text):
    assert number(value) == text
