"""A picture of the therapist's page: writes a patient's report and has a browser draw its beginning.

python -m benchmarks.report_picture --patient stroke_recovering [--sessions DIR] [--out FILE] [--page patient]

Needs Chromium, or Chrome, and nothing of the network.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks._page import ROOT
from robotics.errors import ArgumentError
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.report import write_reports

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Names under which the browser may be installed."""

WAIT_S = 120.0
"""How long the browser may take [s]."""


def browser() -> str:
    """Path of the browser.

    Raises:
        ArgumentError: None is installed.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise ArgumentError(f"no browser is installed; one of: {', '.join(BROWSERS)}")
    return found


def draw(page: Path, out: Path, width: int, height: int) -> None:
    """Draw the beginning of a page into a PNG file.

    Args:
        page: The page.
        out: The picture.
        width: Of the window [pixels].
        height: The same.
    """
    # The sandbox needs rights that containers do not give; the page is our own.
    words = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb")
    size, target = f"--window-size={width},{height}", f"--screenshot={out.resolve()}"
    subprocess.run(
        [browser(), *words, size, target, page.resolve().as_uri()], check=True, capture_output=True, timeout=WAIT_S
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patient", required=True, help="pseudonym")
    parser.add_argument("--sessions", type=Path, help="folder of all sessions; the usual one where left out")
    parser.add_argument("--page", choices=("therapist", "patient"), default="therapist", help="which page")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures" / "rehab_report.png")
    parser.add_argument("--size", nargs=2, type=int, default=(1080, 1620), metavar=("WIDTH", "HEIGHT"))
    args = parser.parse_args()
    records = PatientRecords(args.patient, args.sessions).require()
    with tempfile.TemporaryDirectory() as folder:
        pages = write_reports(records.sessions(), records.assessments(), Path(folder))
        draw(dict(zip(("therapist", "patient"), pages, strict=True))[args.page], args.out, *args.size)
    print(args.out)


if __name__ == "__main__":
    main()
