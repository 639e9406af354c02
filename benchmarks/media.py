"""Pictures of the docs and two films, made by the program: ``python -m benchmarks.media [--out DIR] [--docs]``.

The expert does a lesson and a simulated patient an exercise, in lockstep; both are filmed. From the same recordings
come the pictures of the view, and from a console those of its pages, where there is a browser. With
``--docs`` the pictures go into ``docs/pictures``, else into DIR like the films.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks._chromium import MISSING, ROOT, chromium, console, page_of, until
from benchmarks._report import console as report
from vr_training.records.reader import Recording
from vr_training.view.clip import Clip
from vr_training.view.filming import Look, film, picture
from vr_training.view.settings import load_view_settings
from vr_training.view.stand_in import make_clip

LESSON = ("run", "needle_pick", "--input", "expert", "--seed", "7", "--as", "p07")
EXERCISE = ("rehab", "run", "hand_to_mouth", "--patient", "stroke_moderate", "--repetitions", "2", "--seed", "3")
DOCS = ROOT / "docs" / "pictures"


def steadyhand(*words: str, sessions: Path) -> dict[str, object]:
    """What a run of the program came to."""
    out = sessions.parent / "out.json"
    subprocess.run(
        [sys.executable, "-m", "steadyhand", *words, "--lockstep", "--headless", "--sessions", str(sessions), "--json",
         str(out)],
        cwd=ROOT, check=True,
    )  # fmt: skip
    found: dict[str, object] = json.loads(out.read_text(encoding="utf-8"))
    return found


def newest(sessions: Path) -> Recording:
    """The recording that was made last."""
    return Recording.open(sorted(sessions.glob("*/recording.mcap"))[-1])


def save(made: NDArray[np.uint8], path: Path) -> None:
    """Keep a picture, small enough for a page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(made).save(path, quality=88)
    report.print(f"picture  {path}")


def of_the_view(recording: Recording, exercise: Recording, out: Path, pictures: Path) -> None:
    """The view in its layouts."""
    settings = load_view_settings()
    clip = Clip(make_clip(recording, settings, out / "theatre.mp4").path)
    moment = float(recording.ticks["time"][-1]) * 0.6
    for name, look in {
        "view_inset": Look(inset="room"),
        "view_anaglyph": Look("anaglyph"),
        "view_stereo": Look("half"),
        "view_ar": Look(clip=clip),
    }.items():
        save(picture(recording, settings, moment, look), pictures / f"{name}.jpg")
    middle = float(exercise.ticks["time"][-1]) * 0.5
    save(picture(exercise, settings, middle), pictures / "view_exercise.jpg")


def of_the_console(sessions: Path, pictures: Path) -> None:
    """The console's pages, one of them live."""
    live = [sys.executable, "-m", "steadyhand", "run", "needle_reach", "--input", "expert", "--headless", "--seed", "7"]
    with console(sessions) as address, chromium() as browser, page_of(browser) as (page, _):
        page.goto(address)
        page.get_by_label("Pseudonym").fill("p07")
        page.get_by_label("Pseudonym").press("Enter")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1000)
        page.screenshot(path=pictures / "console_lessons.png")
        done = sorted(each.parent.name for each in sessions.glob("*/recording.mcap"))
        lesson = next(name for name in reversed(done) if "needle_pick" in name)
        page.goto(f"{address}/session/{lesson}")
        page.wait_for_timeout(1500)
        page.screenshot(path=pictures / "console_result.png")
        process = subprocess.Popen([*live, "--sessions", str(sessions)], cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            while not (found := sorted(sessions.glob("*/live.json"))):
                page.wait_for_timeout(200)
                if process.poll() is not None:
                    raise RuntimeError("the session ended before it was seen")
            page.goto(f"{address}/live/{found[-1].parent.name}?watch=true")
            until(page, "v.packet && v.packet.head.time_s > 4")
            page.screenshot(path=pictures / "console_live.png")
        finally:
            process.terminate()
            process.wait(60.0)
    for name in ("lessons", "result", "live"):
        report.print(f"picture  {pictures / f'console_{name}.png'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "media", help="folder of films and pictures")
    parser.add_argument("--docs", action="store_true", help="pictures into docs/pictures")
    arguments = parser.parse_args()
    out, pictures = arguments.out, DOCS if arguments.docs else arguments.out
    sessions = out / "sessions"
    sessions.mkdir(parents=True, exist_ok=True)
    settings = load_view_settings()
    steadyhand(*LESSON, sessions=sessions)
    lesson = newest(sessions)
    film(lesson, settings, out / "lesson.mp4")
    report.print(f"film     {out / 'lesson.mp4'}")
    steadyhand(*EXERCISE, sessions=sessions)
    exercise = newest(sessions)
    film(exercise, settings, out / "exercise.mp4")
    report.print(f"film     {out / 'exercise.mp4'}")
    of_the_view(lesson, exercise, out, pictures)
    if MISSING:
        report.print(f"no pictures of the console: it {MISSING}")
    else:
        of_the_console(sessions, pictures)


if __name__ == "__main__":
    main()
