import math
import re
from datetime import date
from html import escape
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import made_course
import msgspec
import numpy as np
import pytest
from made_records import PATIENT, STOPS, assessments, exercise, sessions

from robotics.errors import ArgumentError
from robotics.rehab_measures import REHAB_MEASURES
from vr_training import exercises
from vr_training.rehab.change import Verdict, change
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.prescription import Assessment, JointAssessment
from vr_training.rehab.report import patient_words, write_reports
from vr_training.rehab.report.joints import joints
from vr_training.rehab.report.patient_words import harder, lower, plain
from vr_training.rehab.report.summary import CAUSES, WORDS, short, signed
from vr_training.rehab.results import Level
from vr_training.report.figure import COLOURS

VOID = {"meta", "img", "link", "br", "hr", "input"}


class Elements(HTMLParser):
    """Start tags of a page, what its tables say, and whether every tag that must be closed was."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.rows, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.words.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    @property
    def cells(self):
        return [[" ".join(cell.split()) for cell in row] for row in self.rows]


@pytest.fixture(scope="module")
def records():
    return sessions()


@pytest.fixture(scope="module")
def pages(tmp_path_factory, records):
    return written(tmp_path_factory.mktemp("report"), records, assessments())


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Pages of a whole course of a plan."""
    return written(tmp_path_factory.mktemp("planned"), made_course.course(), made_course.assessments())


@pytest.fixture(scope="module")
def therapist(pages):
    return pages[0]


@pytest.fixture(scope="module")
def patient(pages):
    return pages[1]


def written(folder, records, found=()):
    paths = write_reports(records, found, folder)
    assert [path.name for path in paths] == ["therapist.html", "patient.html"]
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def section(page, name):
    """The section of a page that a heading's id names."""
    (found,) = re.findall(rf'<section[^>]*aria-labelledby="{name}".*?</section>', page, flags=re.DOTALL)
    return Elements(found)


def small(**other):
    """One exercise in five sessions: enough to judge, quick to draw."""
    return sessions(count=5, names=("tone",), **other)


def changed(records, index, **what):
    """The same records with the first result of one of them changed."""
    record = records[index]
    result = msgspec.structs.replace(record.results[0], **what)
    other = msgspec.structs.replace(record, results=(result, *record.results[1:]))
    return (*records[:index], other, *records[index + 1 :])


def test_both_pages_are_balanced_and_ask_nothing_of_the_network(pages, planned):
    for page in (*pages, *planned):
        elements = Elements(page)
        assert elements.open == []
        for tag, attributes in elements.tags:
            assert tag not in {"link", "script", "iframe", "object", "img"}
            for name in ("src", "href", "xlink:href", "data", "srcset"):
                assert attributes.get(name, "#").startswith("#"), (tag, attributes)
        assert not re.search(r"url\((?!#)|@import", page)
        addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_every_id_is_unique_and_every_drawing_has_a_name_or_is_left_out_of_reading(pages, planned):
    for page in (*pages, *planned):
        ids = [attributes["id"] for _, attributes in Elements(page).tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
        assert drawings
        for drawing in drawings:
            root = ElementTree.fromstring(drawing)
            if root.get("aria-hidden") == "true":
                continue
            named = {element.get("id"): element.text for element in root.iter() if element.get("id")}
            title, description = root.get("aria-labelledby").split()
            assert len(named[title]) > 3
            assert len(named[description]) > 20


def test_drawings_leave_colours_to_the_page(pages):
    for page in pages:
        assert not any(colour in page for colour in COLOURS.values())
        for drawing in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
            assert not re.search(r"#[0-9a-fA-F]{6}", drawing)
        for variable in set(re.findall(r"var\((--[a-z-]+)\)", page)):
            assert len(re.findall(rf"{variable}: ", page)) >= (1 if variable == "--font" else 3), variable


@pytest.mark.parametrize(("place", "name"), [(1, "elbow_flexion"), (2, "tone"), (3, "centre_out")])
def test_the_tables_figures_are_those_of_change(therapist, records, place, name):
    taken = [next(each.measures for each in record.results if each.exercise == name) for record in records]
    rows = {row[0]: row[1:] for row in section(therapist, f"course-{place}").cells}
    judged = 0
    for measure, known in REHAB_MEASURES.items():
        if measure not in taken[-1] or known.pooled == "sum":
            continue
        found = change(measure, [each[measure] for each in taken[:3]], taken[-1][measure])
        row = rows[f"{known.title} [{known.unit}]" if known.unit else known.title]
        assert row[:4] == [short(found.before), short(found.after), signed(found.change), short(found.mdc95)]
        assert row[4].startswith(WORDS[found.verdict])
        judged += 1
    assert judged >= 2


def test_the_summary_counts_and_names_what_is_beyond_measurement_error(therapist, records):
    verdicts = []
    for place, result in enumerate(records[-1].results):
        for measure, after in result.measures.items():
            if REHAB_MEASURES[measure].pooled != "sum":
                base = [record.results[place].measures[measure] for record in records[:3]]
                verdicts.append(change(measure, base, after).verdict)
    better, worse = verdicts.count(Verdict.BETTER), verdicts.count(Verdict.WORSE)
    text = Elements(therapist).text
    assert f"Of {len(verdicts)} measures that can be judged, in the newest session {better} are better" in text
    assert f"and {worse} worse" in text
    own = therapist[therapist.index('<h2 id="summary">') :]
    head = Elements(own[: own.index("No change beyond measurement error</h3>")]).text
    assert head.count(": so in") == 0
    assert head.count("MDC95") == better + worse + verdicts.count(Verdict.CHANGED)


def test_nothing_is_called_significant_and_no_machinery_shows(pages, planned):
    for page in (*pages, *planned):
        text = Elements(page).text
        assert "significan" not in text.lower()
        assert not re.search(r"\b(nan|inf|None|True|False)\b", text)


def test_the_head_says_whose_when_what_and_how_much(therapist, records):
    head = Elements(therapist[: therapist.index("<main>")]).text
    results = [result for record in records for result in record.results]
    for text in (
        PATIENT,
        "right arm",
        "Elbow, weeks after a stroke (active, since 2026-03-01)",
        f"{records[0].date} to {records[-1].date}",
        f"{sum(len(each.repetitions) for each in results)} of {sum(each.planned for each in results)} repetitions done",
        f"{sum(each.successes for each in results)} repetitions passed",
        f"{len(STOPS)} of {len(results)} exercises stopped",
    ):
        assert text in head
    seconds = sum(each.measures.get("movement_time", 0.0) for result in results for each in result.repetitions)
    assert f"≥ {math.floor(seconds / 60.0)} min" in head


def test_a_stop_stands_in_the_summary_and_in_the_table_with_cause_time_and_reason(therapist, patient):
    text = Elements(therapist).text
    for (session, _), (stop, reason, done, when) in STOPS.items():
        assert f"Session {session + 1}," in text
        assert f"stopped by {CAUSES[stop]} after {when:.0f} s, {done} of" in text
        assert f"■ {CAUSES[stop]} {when:.0f} s {reason}" in text
    assert "In session 9 we stopped early because you were tired" in Elements(patient).text


def test_every_session_and_exercise_has_a_row(therapist, records):
    cells = section(therapist, "sessions").cells
    rows = [row for row in cells if len(row) in (6, 7) and " of " in row[-5]]
    assert len(rows) == sum(len(record.results) for record in records)
    assert [row[0] for row in rows if len(row) == 7] == [
        f"{number} {record.date}{record.session}simulated" for number, record in enumerate(records, 1)
    ]


def test_the_table_of_sessions_tells_how_hard_each_set_was_made(planned):
    cells = [row for row in section(planned[0], "sessions").cells if " of " in " ".join(row)]
    assert "Elbow flexion and extension Active: the patient moves by himself, to measure" in cells[1][0]
    hard = made_course.course()[-1].results[2].level
    assert f"help ≤ {100 * hard.assistance:.0f} %, way 60 %, speed 50 %" in cells[-1][0]


def test_simulated_patients_are_marked_on_both_pages_and_persons_are_not(tmp_path, pages):
    for page in pages:
        assert "Simulated patient" in page
    for page in written(tmp_path, small(simulated=False)):
        assert "simulated" not in Elements(page).text.lower()


def test_only_the_sessions_that_were_simulated_are_named_where_it_is_not_all(tmp_path):
    text, _ = written(tmp_path, changed(small(simulated=False), 1, simulated=True))
    assert "Simulated patient in session 2: no person did these." in text
    assert text.count('class="tag">simulated') == 1


def test_ranges_are_shown_beside_those_of_a_healthy_adult(therapist):
    rows = {row[0]: row[1:] for row in section(therapist, "joints").cells}
    assert rows["Elbow flexion"][:5] == [
        "28 to 80 → 14 to 108",
        "8 to 132 → 4 to 136",
        "9.50 → 14",
        "2 → 1+",
        "0.62 → 0.43",
    ]
    assert "healthy adult" in therapist


def test_the_robots_limit_is_not_taken_for_his_strength(planned):
    rows = {row[0]: row[1:] for row in section(planned[0], "joints").cells}
    assert rows["Elbow flexion"][2].startswith("9.50 → ≥ ")
    assert "the robot holds no stronger push" in Elements(planned[0]).text


def test_a_passive_range_that_a_plan_bounds_is_no_finding_and_an_active_one_is(tmp_path):
    found = {"elbow_flexion": {"active": (30.0, 100.0), "passive": (15.0, 137.0)}}
    level = Level(assistance=0.0, amplitude=1.0, speed=1.0, ranges_deg={"elbow_flexion": (15.0, 137.0)})
    text, _ = written(tmp_path, changed(small(), 4, ranges_deg=found, level=level))
    rows = {row[0]: row[1:] for row in Elements(text).cells}
    assert rows["Elbow flexion"][:2] == ["30 to 100", "–"]
    free = msgspec.structs.replace(level, ranges_deg={})
    text, _ = written(tmp_path, changed(small(), 4, ranges_deg=found, level=free))
    rows = {row[0]: row[1:] for row in Elements(text).cells}
    assert rows["Elbow flexion"][:2] == ["30 to 100", "15 to 137"]


def test_a_glance_tells_whether_he_gets_better_by_what_and_what_was_changed(planned):
    text = section(planned[0], "glance").text
    assert "p_0418 Better without help" in Elements(planned[0]).text
    for said in (
        "Better, beyond measurement error, and lasting: ",
        "Elbow flexion and extension: most help allowed 100 → ",
        "17 sessions in 33 days",
        "1 of 51 exercises: trunk moved 1.",
    ):
        assert said in text
    # It comes before everything else, and each of its plots names its exercise.
    assert planned[0].index('id="glance"') < planned[0].index('id="summary"')
    drawings = re.findall(r'id="key-course-\d+-([a-z_]+)-title"', planned[0])
    assert drawings == ["active_range_deg", "range_deg", "movement_time", "sparc"]


def test_the_strip_of_sessions_has_a_cell_each_with_what_was_passed_or_what_stopped_it(planned):
    (strip,) = re.findall(r"<svg[^>]*attendance-title.*?</svg>", planned[0], flags=re.DOTALL)
    cells = re.findall(r">(\d+/\d+|trunk)<", strip)
    assert cells.count("trunk") == 1
    assert cells.count("3/3") == 3 * 17 - 1


def test_the_patient_reads_that_he_goes_further_by_himself_and_that_it_became_harder(planned):
    text = Elements(planned[1]).text
    assert "You can move further by yourself" in text
    assert "helped by the robot" not in text  # a helped arc that grew is no merit
    assert "Your exercises are harder now than at the start, as you did well: the robot may help less" in text
    assert "bending and straightening your elbow 6 times." in text  # with help and without together
    assert "How far you go by yourself" in text


@pytest.mark.parametrize("share", [True, False])
def test_the_work_or_help_that_the_patient_sees_is_of_what_is_helped_not_of_what_is_done_without(tmp_path, share):
    def made(result):
        measures = dict(result.measures)
        if result.law == "active":
            measures |= {"mean_assistance": 0.0, "patient_share": 100.0}
        if not share:
            measures.pop("patient_share", None)
        return msgspec.structs.replace(result, measures=measures)

    records = [
        msgspec.structs.replace(record, results=tuple(made(result) for result in record.results))
        for record in made_course.course(change=0.0)
    ]
    _, patient = written(tmp_path, records, made_course.assessments())
    if share:  # the more telling of both: a robot may do all the work with little of its help
        (shown,) = re.findall(r"At the start you did (\d+) percent of the work, now (\d+) percent", patient)
        assert all(int(each) < 100 for each in shown)
    else:
        (shown,) = re.findall(r"At the start the robot gave (\d+) percent of its help, now (\d+) percent", patient)
        assert all(int(each) > 0 for each in shown)


def test_the_patient_is_told_a_thing_once_and_nothing_of_a_joints_straight_way():
    def course(law, joint=True, better=Verdict.WORSE):
        names = ("movement_time", "path_ratio", *(("range_deg",) if joint else ()))
        measures = {
            name: SimpleNamespace(measure=REHAB_MEASURES[name], lasting=lambda asked, verdict=better: asked is verdict)
            for name in names
        }
        kind = SimpleNamespace(exercise="elbow_flexion" if joint else "forward_reach", law=law)
        return SimpleNamespace(
            kind=kind, title="", unhelped=law == "active", measures=tuple(measures.values()), of=measures.get
        )

    lines = lower([course("active"), course("wolbrecht")])
    assert [line for line in lines if "fast" in line] == ["How fast you move (bending and straightening your elbow)."]
    assert not [line for line in lines if "straight your way" in line]
    assert [line for line in lower([course("active", joint=False)]) if "straight your way" in line]


def test_what_the_therapist_made_harder_is_not_said_to_be_earned():
    levels = (
        Level(assistance=1.0, amplitude=0.8, speed=0.8),
        Level(assistance=1.0, amplitude=1.0, speed=0.8, turned={"amplitude": (0.8, 1.0)}),
    )
    sessions = tuple(SimpleNamespace(level=level) for level in levels)
    assert harder([SimpleNamespace(sessions=sessions)]) == (
        "Your exercises are harder now than at the start: you go further."
    )


def test_every_exercise_has_words_for_its_patient():
    for name in exercises.names():
        assert exercises.load(name).plain, name
    assert plain("elbow_flexion", "Elbow") == "bending and straightening your elbow"
    assert plain("nobody_knows_it", "A new one, on a table") == "A new one"


def test_a_long_session_is_told_in_a_few_words(records):
    result = next(each for each in records[-1].results if each.exercise == "elbow_flexion")
    names = exercises.names()[: patient_words.MOST_DONE + 3]
    many = tuple(msgspec.structs.replace(result, exercise=name) for name in names)
    for count, last in (
        (patient_words.MOST_DONE + 3, "and 3 other exercises"),
        (patient_words.MOST_DONE + 1, f"{plain(names[patient_words.MOST_DONE], '')} 15 times"),
    ):
        said = patient_words.done(msgspec.structs.replace(records[-1], results=many[:count]))
        assert len(said) == patient_words.MOST_DONE + 1
        assert said[0] == f"{plain(names[0], '')} 15 times"
        assert said[-1] == last


def test_ranges_that_an_exercise_took_count_as_well(tmp_path):
    records = changed(small(), 4, ranges_deg={"wrist_flexion": {"active": (-11.0, 31.0), "passive": (math.nan, 60.0)}})
    text, _ = written(tmp_path, records)
    rows = {row[0]: row[1:] for row in Elements(text).cells}
    assert rows["Wrist flexion"][:3] == ["−11 to 31", "–", "–"]


def test_a_range_test_that_was_stopped_says_nothing_of_his_range_but_where_it_hurt(records):
    def taken(stop, active):
        ranges = {"elbow_flexion": {"active": active, "passive": active}}
        result = msgspec.structs.replace(records[-1].results[0], stop=stop, ranges_deg=ranges)
        return joints([msgspec.structs.replace(records[-1], results=(result,))], ())

    assert taken("", (20.0, 110.0))[0].ends("active")
    assert taken("pain", (20.0, 90.0))[0].ends("active")
    assert not taken("therapist", (20.0, 60.0))


def test_what_was_asked_for_and_not_done_once_is_not_told(records):
    result = msgspec.structs.replace(records[-1].results[0], repetitions=())
    assert patient_words.done(msgspec.structs.replace(records[-1], results=(result,))) == ()


def test_the_patient_reads_only_of_what_lasts(tmp_path, patient):
    text = Elements(patient).text
    assert "You do more of the work yourself" in text
    assert "MDC95" not in text
    assert "stiller" not in text  # compensation did not change
    (tmp_path / "same").mkdir()
    _, same = written(tmp_path / "same", sessions(count=9, names=("tone",), change=0.0))
    assert "We saw no change that was clearly larger" in same
    assert "Now further" not in same
    _, few = written(tmp_path, small())
    assert "It is too early to say" in few


def test_the_patient_is_told_to_ask_of_what_got_worse(tmp_path):
    therapist, patient = written(tmp_path, sessions(count=9, names=("tone",), change=-8.0))
    assert "Not as good as at the start" in patient
    assert "How easily your arm can be moved (letting your arm be moved)." in patient
    assert "Worse, beyond measurement error" in therapist
    assert "✓" not in Elements(patient).text


ODD = "Elbow <script>alert('x')</script> & \"more\" $x_1$"


def test_odd_words_are_escaped_everywhere(tmp_path):
    records = changed(small(), 4, title=ODD, stop="therapist", stop_reason="<b>tired</b>", law="<i>law")
    record = msgspec.structs.replace(
        records[0], prescription=msgspec.structs.replace(records[0].prescription, title="<u>Plan")
    )
    found = Assessment(
        patient=PATIENT,
        date=date(2026, 3, 1),
        arm="",
        side="right",
        joints={"<joint> $a_b$": JointAssessment(active_deg=(0, 40))},
    )
    therapist, patient = written(tmp_path, (record, *records[1:]), (found,))
    assert escape("<b>tired</b>") in therapist
    for page in (therapist, patient):
        assert Elements(page).open == []
        for raw in ("<script", "<b>tired", "<i>law", "<u>Plan", "<joint>"):
            assert raw not in page


def test_no_sessions_and_one_session_have_their_pages(tmp_path):
    for records in ((), sessions(count=1, names=("elbow_flexion",))):
        therapist, patient = written(tmp_path, records)
        assert Elements(therapist).open == Elements(patient).open == []
        assert "There are no sessions yet" in therapist or "Nothing can be judged yet" in therapist
        assert "It is too early to say" in patient
        assert "Better, beyond measurement error" not in therapist


def test_a_session_without_exercises_and_an_exercise_without_repetitions_are_shown(tmp_path):
    empty = SessionRecord(pseudonym=PATIENT, date="2026-03-20", results=())
    records = (*changed(small(), 4, repetitions=(), measures={}, stop="pain"), empty)
    text, _ = written(tmp_path, records)
    assert "Nothing was done." in text
    assert "0 of 6" in Elements(text).text
    assert Elements(text).open == []


def test_measures_that_are_missing_or_no_number_are_left_out_and_said_so(tmp_path):
    records = small()
    kept = {**records[4].results[0].measures, "tone": math.nan, "unheard_of": 3.0}
    gaps = changed(records, 4, measures=kept, stop="force", stop_time_s=math.nan)
    text, _ = written(tmp_path, gaps)
    rows = {row[0]: row[1:] for row in Elements(text).cells}
    assert rows["Tone [Nm s/rad]"][-1].endswith("(last taken in session 4)")
    assert "last taken" not in rows["Passive range [deg]"][-1]
    assert not re.search(r"\bnan\b", Elements(text).text)


def test_sets_of_one_session_are_taken_together_and_laws_kept_apart(tmp_path):
    records = small()
    doubled = tuple(
        msgspec.structs.replace(
            record,
            results=(record.results[0], record.results[0], msgspec.structs.replace(record.results[0], law="active")),
        )
        for record in records
    )
    page, _ = written(tmp_path, doubled)
    assert re.findall(r'<h2 id="course-\d+">(.*?)</h2>', page) == [
        "Tone of the elbow, passive",
        "Tone of the elbow, active",
    ]
    once, _ = written(tmp_path, records)
    assert section(page, "course-1").cells == section(once, "course-1").cells


def test_sessions_that_were_kept_as_baseline_are_it_and_notes_are_shown(tmp_path):
    kept = [
        msgspec.structs.replace(each, baseline=n < 4, notes=("He <slept> badly.",)) for n, each in enumerate(small())
    ]
    page, _ = written(tmp_path, kept)
    values = [each.results[0].measures["tone"] for each in kept]
    found = change("tone", values[:4], values[4])
    rows = {row[0]: row[1:] for row in section(page, "course-1").cells}
    assert rows["Tone [Nm s/rad]"][:4] == [
        short(found.before),
        short(found.after),
        signed(found.change),
        short(found.mdc95),
    ]
    assert "4 kept as baseline" in page
    assert page.count("He &lt;slept&gt; badly.") == 5


def test_sessions_may_come_in_any_order(tmp_path):
    records = small()
    assert written(tmp_path, tuple(reversed(records))) == written(tmp_path, records)


def test_several_patients_and_too_few_baselines_are_refused(tmp_path):
    other = Assessment(patient="somebody", date=date(2026, 3, 1), arm="", side="right", joints={})
    with pytest.raises(ArgumentError, match="of one patient"):
        write_reports(small(), (other,), tmp_path)
    with pytest.raises(ArgumentError, match="baselines must be 3 or more"):
        write_reports(small(), (), tmp_path, baselines=2)
    assert list(tmp_path.iterdir()) == []


def test_made_results_have_only_measures_that_are_known():
    for name in ("elbow_flexion", "tone", "centre_out"):
        assert set(exercise(name, 0, np.random.default_rng(0)).measures) <= set(REHAB_MEASURES)
