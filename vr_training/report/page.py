"""Write the report of a session: plots, scorecard, pictures and facts on one page that needs nothing else."""

from __future__ import annotations

import base64
import io
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from robotics.contracts import Scorecard, Vector
from robotics.errors import InputFileError
from vr_training.progress.curve import Curve
from vr_training.progress.proficiency import Bar
from vr_training.report import motion_plots, timing_plots, tremor_plots
from vr_training.report.curve_plot import curve_svg
from vr_training.report.expert_bars import expert_bars
from vr_training.report.path_data import path_data
from vr_training.report.rows import Fact, Row, rows, tiles
from vr_training.report.timeline import Lane, timeline
from vr_training.scoring.causal_bound import CausalBound, causal_bound
from vr_training.scoring.episode import Episode, Setup
from vr_training.scoring.events import LIMIT_RULE, events
from vr_training.scoring.loop_timing import loop_timing
from vr_training.scoring.points import most_points
from vr_training.scoring.tremor_removal import tremor_removal

Progress = Callable[[str, float], None]
"""Told what is being done and the share that is done, 0 to 1."""

VIDEO = "video.mp4"
"""The video that lies beside the report where the session was watched."""

SCRIPT = Path(__file__).parent / "report.js"
"""What makes the page move; it is written into the page."""

_WIDEST = 960  # pixels of an embedded picture: as wide as the page
_QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """A still frame for the report: a JPEG or PNG file and what it shows."""

    path: Path
    caption: str


@dataclass(frozen=True)
class RunInfo:
    """What a report says of a run beyond its ticks.

    Attributes:
        title: Name of the lesson for a person.
        session: Identifier of the session.
        started: When it started, as text.
        setup: What the tick records do not say of themselves.
        facts: Name and value of everything worth knowing: arm, task, seed, filter, input, rig, host, versions.
        phases: What the task calls its phases.
        goal: Pose that the tip was asked to reach, in world, shape (7,); None where there is none to draw.
        goal_radius_m: Radius within which it counts as reached [m].
        digest: Digest of the recording; empty where there is none.
        dropped: Ticks that the recorder did not get.
        real_time: What the process was and was not allowed in real time, one sentence each.
        signals: Name and unit of each of the task's signals.
        force_limit_n: Contact force above which it is too much [N]; None where the lesson has no limit.
        objects: Names of the objects in the ticks.
        needed: How good experts are in each scored measure; empty where the lesson has no reference.
        experts: Whose runs those were, and how many, in words.
        person: Pseudonym of whoever it was; empty where it is nobody's.
        curve: Learning curve of that person in this lesson, in points; None where there is none.
        curve_bar: Where the experts' bar lies on it; None where there is none.
        curve_text: What it says, in sentences.
    """

    title: str
    session: str
    started: str
    setup: Setup
    facts: Mapping[str, str] = field(default_factory=dict)
    phases: tuple[str, ...] = ()
    goal: Vector | None = None
    goal_radius_m: float = 0.0
    digest: str = ""
    dropped: int = 0
    real_time: tuple[str, ...] = ()
    signals: tuple[tuple[str, str], ...] = ()
    force_limit_n: float | None = None
    objects: tuple[str, ...] = ()
    needed: tuple[Bar, ...] = ()
    experts: str = ""
    person: str = ""
    curve: Curve | None = None
    curve_bar: float | None = None
    curve_text: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plot:
    """A plot on the page: its heading, what to see in it, and the drawing."""

    name: str
    title: str
    text: str
    drawing: Markup


def write_report(
    folder: Path,
    ticks: NDArray[np.void],
    scorecard: Scorecard,
    info: RunInfo,
    pictures: Iterable[Picture] = (),
    progress: Progress | None = None,
) -> Path:
    """Write ``report.html`` into a session's folder.

    The page is complete in itself: drawings, pictures and script are in it, and it asks no network for anything. A
    video that lies beside it is linked by its name alone.

    Args:
        folder: The session's folder; must exist.
        ticks: Tick records, shape (n,); a short or empty recording gives a report without the plots it cannot fill.
        scorecard: The result.
        info: What else is known of the run.
        pictures: Still frames.
        progress: Told how far it has come.

    Returns:
        The file written, whole or not at all.

    Raises:
        ArgumentError: The ticks hold no such arm.
        InputFileError: A picture cannot be read.
    """
    tell = progress or (lambda _what, _share: None)
    frames = []
    for picture in pictures:
        tell(f"picture {picture.path.name}", 0.05)
        frames.append({"source": _data_url(picture.path), "caption": picture.caption})
    plots = _plots(ticks, info, tell)
    tell("page", 0.95)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    lines: tuple[Row, ...] = rows(scorecard)
    page = environment.get_template("report.html.j2").render(
        info=info,
        scorecard=scorecard,
        points=f"{scorecard.points:.0f}" if math.isfinite(scorecard.points) else "",
        most=f"{most_points(scorecard.scores, scorecard.success):.0f}",
        rows=lines,
        advice=[row for row in lines if row.advice],
        tiles=tiles(scorecard),
        frames=frames,
        plots=plots,
        player=_player(folder, ticks, info),
        bars=expert_bars(scorecard, info.needed),
        facts=_facts(ticks, info),
    )
    target, draft = folder / "report.html", folder / ".report.html.part"
    try:
        draft.write_text(page, encoding="utf-8")
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    tell("done", 1.0)
    return target


@dataclass(frozen=True)
class Player:
    """What the page's script runs: the path as JSON, the lanes, the clock's ends and the video beside the page.

    Attributes:
        data: JSON that may stand in a page.
        lanes: What happened when.
        start_s: First time of the clock [s].
        end_s: Its last [s].
        labels: Times that are written under the lanes [s].
        video: File name of the video beside the page; empty where there is none.
        touched: Whether there is a force to colour the path by.
        script: The script.
    """

    data: Markup
    lanes: tuple[Lane, ...]
    start_s: float
    end_s: float
    labels: tuple[float, ...]
    video: str
    touched: bool
    script: Markup

    def share(self, time_s: float) -> float:
        """Where a time lies on the lanes, from 0 to 100."""
        return round(100.0 * (time_s - self.start_s) / (self.end_s - self.start_s), 3)


def _player(folder: Path, ticks: NDArray[np.void], info: RunInfo) -> Player | None:
    episode = Episode(ticks, info.setup)
    if len(episode) < 2:
        return None
    data = path_data(episode, info.goal, info.goal_radius_m)
    start, end = float(episode.time[0]), float(episode.time[-1])
    step = next(step for step in (1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 600.0) if (end - start) / step <= 12 or step >= 600)
    # A page reads no JSON, it reads tags: whatever could begin one is written as its code.
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return Player(
        data=Markup(text),
        lanes=timeline(episode, info.phases, info.signals, info.force_limit_n, info.objects),
        start_s=start,
        end_s=end,
        labels=tuple(step * k for k in range(math.ceil(start / step), math.floor(end / step) + 1)),
        video=VIDEO if (folder / VIDEO).is_file() else "",
        touched=any(max(arm["force"]) > 0.0 for arm in data["arms"]),
        script=Markup(SCRIPT.read_text(encoding="utf-8")),
    )


def _plots(ticks: NDArray[np.void], info: RunInfo, tell: Progress) -> list[Plot]:
    """Every plot that the recording can fill."""
    episode = Episode(ticks, info.setup)
    if len(episode) < 2:
        return []
    happened = events(ticks, info.setup.arm, info.phases)
    shake, best = tremor_removal(episode), causal_bound(episode)
    makers: list[tuple[str, str, str, Callable[[], str]]] = [
        (
            "curve",
            f"Learning curve of {info.person}",
            " ".join(info.curve_text),
            lambda: "" if info.curve is None else curve_svg(info.curve, "score of 100", info.curve_bar),
        ),
        (
            "spectrum",
            "Tremor before and after",
            "The shaded area is tremor that the hand made and the instrument did not. The hand is scaled to the tip, as"
            f" an arm without a filter would have moved; nothing is shifted in time.{_bound_text(best)}",
            lambda: tremor_plots.spectrum(episode, shake, best),
        ),
        (
            "close-up",
            "Two seconds, close up",
            "Fast motion alone, along each axis, where the hand moved least.",
            lambda: tremor_plots.close_up(episode),
        ),
        (
            "path",
            "The way to the goal",
            "The closer to a straight line, the better.",
            lambda: motion_plots.path(episode, info.goal, info.goal_radius_m),
        ),
        (
            "over-time",
            "Hand and tip over time",
            "While the clutch is pressed (shaded) the hand moves and the arm does not. The clock runs from the start of"
            " the recording, the time to success from when the arm first followed the hand:"
            f" {episode.time[episode.start]:.1f} s on this clock. A limit is shown where it held the arm back:"
            f" {LIMIT_RULE}.",
            lambda: motion_plots.over_time(episode, happened, info.goal),
        ),
        (
            "tracking",
            "Tracking error",
            "The distance from the hand is what the tremor filter's delay costs; the distance from the set-point is the"
            " arm's own.",
            lambda: motion_plots.tracking(episode, happened),
        ),
        (
            "force",
            "Contact force",
            "What the instrument did to what it touched.",
            lambda: motion_plots.force(episode, happened),
        ),
        (
            "timing",
            "Loop timing",
            _timing_text(ticks, info),
            lambda: timing_plots.histograms(ticks, info.setup.period_s),
        ),
    ]
    plots = []
    for i, (name, title, text, make) in enumerate(makers):
        tell(f"plot: {title.lower()}", 0.1 + 0.85 * i / len(makers))
        drawing = make()
        if drawing:
            plots.append(Plot(name, title, text, Markup(drawing)))
    return plots


def _bound_text(best: CausalBound | None) -> str:
    """What was possible with the hand, in words; empty where nothing can be said."""
    if best is None:
        return ""
    return (
        f" The dashed line is the least error against what the hand means, motion and tremor together, that a filter"
        f" without delay can leave: by a linear model fitted to this hand, none with fixed gains"
        f" takes off more than {best.decibels:.1f} dB, give or take one; one that tells holds from reaches may. Of a"
        f" hand that moves more slowly, or rests its forearm, more can be taken."
    )


def _timing_text(ticks: NDArray[np.void], info: RunInfo) -> str:
    timing = loop_timing(ticks)
    if timing is None:
        return ""
    lost = f" The recorder did not get {info.dropped} ticks." if info.dropped else ""
    return (
        f"{timing.missed} of {timing.ticks:,} deadlines missed ({100.0 * timing.missed_share:.3f} %);"
        f" longest wake-up {1e6 * timing.wake_max:.0f} µs, longest tick {1e6 * timing.tick_max:.0f} µs.{lost}"
    )


def _facts(ticks: NDArray[np.void], info: RunInfo) -> list[Fact]:
    """The table of facts at the end."""
    facts = [Fact("Session", info.session)] + ([Fact("Started", info.started)] if info.started else [])
    facts += [Fact(name, value) for name, value in info.facts.items()]
    facts.append(Fact("Length", f"{len(ticks):,} ticks of {1e3 * info.setup.period_s:g} ms"))
    facts.append(Fact("Motion scale", f"{abs(info.setup.scale):g}"))
    facts.append(Fact("Ticks not recorded", str(info.dropped)))
    if info.real_time:
        facts.append(Fact("Real time", "; ".join(info.real_time)))
    if info.digest:
        facts.append(Fact("Digest", info.digest, code=True))
    return facts


def _data_url(path: Path) -> str:
    """A picture as a data address, no wider than the page."""
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise InputFileError(f"{path} cannot be read as a picture: {error}") from error
    if picture.width > _WIDEST:
        picture = picture.resize((_WIDEST, round(picture.height * _WIDEST / picture.width)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
