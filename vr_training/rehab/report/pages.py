"""Write the report of guided exercise: a page for the therapist and a page for the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import vr_training.report
from robotics.errors import ArgumentError
from vr_training.rehab.change import LEAST_BASELINES
from vr_training.rehab.courses import Course, MeasureCourse, courses, law_title
from vr_training.rehab.export.files import write_whole
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.prescription import Assessment
from vr_training.rehab.report import course_plots, joints, overview_plots, patient_words, reading, summary
from vr_training.rehab.report.dose import dose
from vr_training.rehab.report.glance import glance
from vr_training.rehab.report.patient_pictures import pictures
from vr_training.report.rows import number

THERAPIST, PATIENT = "therapist.html", "patient.html"
"""Names of the pages."""


@dataclass(frozen=True)
class Panel:
    """A measure's plot and what stands beneath it."""

    course: MeasureCourse
    drawing: Markup


@dataclass(frozen=True)
class Section:
    """An exercise on the therapist's page.

    Attributes:
        course: The exercise over the sessions.
        panels: Its measures.
        work: Who moved the arm; empty where it was not taken, or all was the patient's.
        strip: The last session's repetitions; empty where there are none.
        failed: Why repetitions of the last session were not passed, and which, from 1.
        counted: How many of its measures have each verdict, in words; empty where nothing can be said.
    """

    course: Course
    panels: tuple[Panel, ...]
    work: Markup
    strip: Markup
    failed: tuple[tuple[str, tuple[int, ...]], ...]
    counted: str


def write_reports(
    records: Sequence[SessionRecord],
    assessments: Sequence[Assessment],
    folder: Path,
    baselines: int = LEAST_BASELINES,
) -> tuple[Path, Path]:
    """Write both pages into a folder; pages that are there are written over.

    Each page is one file that needs nothing else: drawings are in it, and it asks no network for anything.

    Args:
        records: The patient's sessions, in any order; those of one day stay in theirs.
        assessments: What was found at his joints.
        folder: Where to; made where it is not there.
        baselines: How many of the first sessions of each exercise are its baseline where no session was kept as such.

    Returns:
        The therapist's page and the patient's.

    Raises:
        ArgumentError: There are several patients, too few baselines, or a page cannot be written.
    """
    if baselines < LEAST_BASELINES:
        raise ArgumentError(
            f"baselines must be {LEAST_BASELINES} or more sessions, as the first is dropped; is {baselines}"
        )
    people = {record.pseudonym for record in records} | {assessment.patient for assessment in assessments}
    if len(people) > 1:
        raise ArgumentError(f"a report is of one patient; these are of {', '.join(sorted(people))}")
    ordered = sorted(records, key=lambda record: record.date)
    found = courses(ordered, baselines)
    shared = {
        "pseudonym": next(iter(people), ""),
        "records": ordered,
        "sides": sorted({result.side for record in ordered for result in record.results}),
        "dose": dose(ordered),
        "simulated": [number for number, record in enumerate(ordered, 1) if record.simulated],
        "number": number,
    }
    therapist, patient = folder / THERAPIST, folder / PATIENT
    _write(therapist, shared | _of_therapist(ordered, assessments, found, baselines))
    _write(patient, shared | _of_patient(ordered, found))
    return therapist, patient


def _of_therapist(
    records: Sequence[SessionRecord], assessments: Sequence[Assessment], found: Sequence[Course], baselines: int
) -> dict[str, Any]:
    joint_courses = joints.joints(records, assessments)
    said = summary.summary(found)
    seen = glance(found)
    return {
        "glance": seen,
        "key_panels": [
            (course, Panel(each, Markup(course_plots.panel(each, f"key-{course.name}-{each.measure.name}"))))
            for course, each in seen.key
        ],
        "helped": [Markup(overview_plots.help_and_level(course)) for course in seen.helped],
        "attendance": Markup(overview_plots.attendance(records, found)),
        "baselines": baselines,
        "kept": sum(record.baseline for record in records),
        "summary": said,
        "counts": {verdict.name: count for verdict, count in said.counts.items()},
        "sections": [_section(course) for course in found],
        "legend": [(Markup(mark), text) for mark, text in course_plots.legend()],
        "joints": joint_courses,
        "assessed_often": joints.often(joint_courses),
        "at_least": any(each.at_least for joint in joint_courses for each in joint.ends("strength_nm")),
        "joints_drawing": Markup(joints.drawing(joint_courses)),
        "on_error": reading.on_error(found),
        "explained": reading.explained(found),
        "words": summary.WORDS,
        "causes": summary.CAUSES,
        "law_title": law_title,
        "stop_time": summary.stop_time,
        "trend_text": summary.trend_text,
        "figures": summary.figures,
        "in_a_row": summary.in_a_row,
        "short": summary.short,
        "signed": summary.signed,
    }


def _of_patient(records: Sequence[SessionRecord], found: Sequence[Course]) -> dict[str, Any]:
    return {
        "better": patient_words.better(found),
        "lower": patient_words.lower(found),
        "judged": patient_words.judged(found),
        "done": patient_words.done(records[-1]) if records else (),
        "harder": patient_words.harder(found),
        "stops": patient_words.stops(found),
        "pictures": [(each, Markup(each.drawing)) for each in pictures(found)],
    }


def _section(course: Course) -> Section:
    shown = [each for each in course.measures if each.measure.better and len(each.points) > 1]
    panels = tuple(
        Panel(each, Markup(course_plots.panel(each, f"{course.name}-{each.measure.name}"))) for each in shown
    )
    return Section(
        course=course,
        panels=panels,
        work=Markup("" if course.unhelped else course_plots.work(course)),
        strip=Markup(course_plots.strip(course)),
        failed=_failed(course),
        counted=summary.counted(course),
    )


def _failed(course: Course) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found: dict[str, list[int]] = {}
    for count, each in enumerate(course.sessions[-1].repetitions, 1):
        if not each.success and each.reason:
            found.setdefault(each.reason.rstrip("."), []).append(count)
    return tuple((reason, tuple(counts)) for reason, counts in found.items())


def _write(path: Path, values: dict[str, Any]) -> None:
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader((here, Path(vr_training.report.__file__).parent)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["begun"] = lambda text: text[:1].upper() + text[1:]
    page = environment.get_template(f"{path.name}.j2").render(values)
    write_whole(path, lambda stream: stream.write(page.encode("utf-8")), overwrite=True)
