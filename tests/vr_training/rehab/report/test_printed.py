"""The patient's page as it is printed: one sheet, however much there is to say."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import made_course
import pytest

from vr_training import exercises
from vr_training.rehab.change import Verdict
from vr_training.rehab.report import pages, patient_pictures, patient_words, write_reports

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path that could print a page")

PATIENCE_S = 90.0


def sheets(page: Path, folder: Path) -> int:
    """Print a page as its own style has it, and count the sheets."""
    paper = folder / f"{page.stem}.pdf"
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer",
        f"--print-to-pdf={paper}", page.as_uri(),
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            assert process.wait(PATIENCE_S) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes()))


def longest(rows: tuple[patient_words.Row, ...], place: int, most: int, where: str) -> tuple[str, ...]:
    """As many of the longest lines as a list may have."""
    texts = sorted((row[place] for row in rows), key=len, reverse=True)[:most]
    return tuple(f"{text} ({where}, helped by the robot)." for text in texts)


@pytest.mark.parametrize("number", [2, 20])
def test_all_that_may_be_said_to_a_patient_at_once_fits_on_one_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Of few exercises each line names one, of many the first section does."""
    names = sorted((exercises.load(name).plain for name in exercises.names()), key=len, reverse=True)
    whys = max((*patient_words._WHY.values(), "to keep you safe."), key=len)
    where = names[0] if number == 2 else f"in {number} exercises"
    did = tuple(f"{name} 120 times" for name in names[: min(number, patient_words.MOST_DONE)])
    said = {
        "better": longest(patient_words._OWN, 1, patient_words.MOST[Verdict.BETTER], where),
        "lower": longest(patient_words._OWN, 2, patient_words.MOST[Verdict.WORSE], where),
        "stops": (f"In session 17 we stopped early {whys}",),
        "harder": "Your exercises are harder now than at the start, as you did well: the robot may help less and you "
        "go further and you go faster.",
        "done": did if number == 2 else (*did, f"and {number - patient_words.MOST_DONE} other exercises"),
    }
    for name, words in said.items():
        monkeypatch.setattr(patient_words, name, lambda _, words=words: words)
    unsure = "Figures like these differ from day to day. We cannot say yet that this one has really changed."
    assert unsure in Path(patient_pictures.__file__).read_text(encoding="utf-8")
    monkeypatch.setattr(
        pages,
        "pictures",
        lambda found: tuple(replace(each, text=f"{names[0]}. {unsure}") for each in patient_pictures.pictures(found)),
    )
    therapist, patient = write_reports(made_course.course(), made_course.assessments(), tmp_path)
    text = patient.read_text(encoding="utf-8")
    assert all(line in text for line in (*said["better"], *said["lower"], *said["stops"], said["harder"]))
    assert text.count('class="picture"') == text.count(unsure) == 2
    assert sheets(patient, tmp_path) == 1
    assert sheets(therapist, tmp_path) > 1  # so the sheets are counted
