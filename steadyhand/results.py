"""From a recording to results: score, digest, report; the same figures whenever they are asked for."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from control.timing import TimingSummary
from robotics import config
from robotics.contracts import Scorecard, Vector
from robotics.difficulty import at_difficulty
from robotics.errors import InputFileError, SteadyhandError
from robotics.score_config import LessonScoring, refuse_repeats
from simulation import tasks
from steadyhand import progress
from steadyhand.facts import HAND
from vr_training.progress import reference
from vr_training.records.digest import digest
from vr_training.records.reader import Recording
from vr_training.records.session import Session
from vr_training.scoring import Episode, Setup, score_lesson
from vr_training.scoring.incidents import Incident, incidents
from vr_training.scoring.task_signals import TaskSignals
from vr_training.scoring.trocar import Trocar
from vr_training.stream.messages import ArmScene, array
from vr_training.view.cameras import operator_axes

if TYPE_CHECKING:
    from vr_training.report import Picture

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Results:
    """What a session came to.

    Attributes:
        session: Its folder.
        recording: Its recording.
        scorecard: The score.
        digest: Digest of its ticks.
    """

    session: Session
    recording: Recording
    scorecard: Scorecard
    digest: str


def evaluate(session: Session, timing: TimingSummary | None = None) -> Results:
    """Score a session's recording.

    Args:
        session: The session.
        timing: How its loop kept time, None where that is not known.

    Raises:
        MissingFileError: It has none.
        InputFileError: It is damaged, or of another version.
    """
    recording = Recording.open(session.recording)
    return Results(session, recording, score(recording, timing), digest(recording.ticks))


def score(recording: Recording, timing: TimingSummary | None = None) -> Scorecard:
    """Score a recording: every figure comes from it alone, the timing only tells what advice holds.

    Raises:
        ConfigError: The lesson that is stored in it asks for a measure that there is no longer.
    """
    scene = recording.scene
    return score_lesson(
        recording.ticks,
        _setup(recording, timing),
        task=scene.task,
        signals=scene.signals,
        scoring=scoring(recording),
        objects=tuple(name for name, _ in scene.objects),
        trocars=[found for arm in scene.arms if (found := _trocar(arm)) is not None],
    )


def _trocar(arm: ArmScene) -> Trocar | None:
    """An arm's trocar as the scoring has it; None where it enters no body."""
    found = arm.trocar
    if found is None:
        return None
    return Trocar(
        arm=arm.name,
        point=np.array(found.point),
        axis=np.array(found.axis),
        placement=np.array(array(arm.placement, "<f8", -1, 4, 4)[: found.link + 1], dtype=float),
        kind=np.frombuffer(arm.kind, "<i8")[: found.link + 1],
        base=np.array(array(arm.base, "<f8", 4, 4), dtype=float),
        friction_n=found.friction_n,
        ease_m_s=found.ease_m_s,
        stiffness_n_m=found.stiffness_n_m,
    )


def as_json(results: Results, timing: TimingSummary | None, **more: Any) -> dict[str, Any]:
    """Results as plain data, for ``--json`` and ``session.json``; what is not known is null."""
    card = results.scorecard
    return {
        "task": card.task,
        "success": card.success,
        "summary": card.summary,
        "points": _number(card.points),
        "costs": list(card.costs),
        "scores": {line.name: _number(line.value) for line in card.scores},
        "scorecard": [msgspec.to_builtins(line) for line in card.scores],
        "incidents": [_incident(each) for each in found_incidents(results.recording)],
        "timing": None if timing is None else {k: _number(v) for k, v in msgspec.to_builtins(timing).items()},
        "session": str(results.session.folder),
        "digest": results.digest,
        "ticks": len(results.recording.ticks),
        "seed": results.recording.info.seed,
        "filter": results.recording.info.filter,
        "rig": results.recording.info.rig,
        "difficulty": results.recording.info.difficulty,
        "drives": results.recording.info.drives,
        "input": results.recording.info.input,
        "hand": results.recording.info.notes.get(HAND, ""),
        "line": msgspec.to_builtins(results.recording.info.line),
        "recording_intact": results.recording.chain.intact,
        **more,
    }


def found_incidents(recording: Recording) -> tuple[Incident, ...]:
    """What went wrong in a recording: when, where, and by how much."""
    episode = Episode(recording.ticks, _setup(recording, None))
    signals = TaskSignals(recording.ticks, recording.scene.signals)
    objects = tuple(name for name, _ in recording.scene.objects)
    return incidents(episode, signals, scoring(recording).force_limit_n, objects)


def _incident(incident: Incident) -> dict[str, Any]:
    return {**msgspec.to_builtins(incident), "size": _number(incident.size)}


def report(results: Results, timing: TimingSummary | None, progress: Progress | None = None) -> Path:
    """Write the session's report, with whatever pictures are there."""
    from vr_training.report import RunInfo, write_report

    recording, scene, info = results.recording, results.recording.scene, results.recording.info
    ticks = recording.ticks
    reached = ticks["target"][np.isfinite(ticks["target"]).all(axis=1)] if len(ticks) else ticks["target"]
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(info.start_ns * 1e-9)) if info.start_ns else ""
    facts = {
        "Task": scene.title,
        "Arm": ", ".join(arm.name for arm in scene.arms),
        "Rig": info.rig,
        "Input": info.input,
        "Tremor filter": info.filter,
        "Difficulty": info.difficulty,
        "Drives": info.drives,
        "Added delay": info.line.describe() or "none",
        "Seed": str(info.seed),
        "Control period": f"{1e3 * info.period_s:g} ms, {'lockstep' if info.lockstep else 'real time'}",
        "Version": info.version,
        "Machine": info.host,
        "Recording": "complete, hash chain intact" if recording.complete and recording.chain.intact else "incomplete",
        **info.notes,
    }
    return write_report(
        results.session.folder,
        ticks,
        results.scorecard,
        RunInfo(
            title=scene.title,
            session=results.session.name,
            started=started,
            setup=_setup(recording, timing),
            facts=facts,
            phases=scene.phases,
            goal=reached[-1] if len(reached) else None,
            goal_radius_m=scene.goal_radius_m,
            digest=results.digest,
            dropped=recording.dropped,
            real_time=timing.rights if timing is not None else (),
            signals=scene.signals,
            force_limit_n=scoring(recording).force_limit_n,
            objects=tuple(name for name, _ in scene.objects),
            **_beside(results),
        ),
        pictures(results.session),
        progress,
    )


def _beside(results: Results) -> dict[str, Any]:
    """What a report sets a session beside: experts, and the person's own past where it is somebody's."""
    lesson, session = results.scorecard.task, results.session
    found: dict[str, Any] = {}
    if lesson not in tasks.available():
        return found  # a lesson of one's own has no reference
    difficulty = results.recording.info.difficulty
    known = reference.load(lesson, difficulty)
    if known is not None:
        found = {"needed": progress.needed(lesson, difficulty), "experts": f"{known.passed} runs of {known.who}"}
    try:
        person = session.read_results().get("person")
        if isinstance(person, str):
            learned = progress.learned(lesson, person, "points", session.folder.parent, difficulty)
            if len(learned.curve.values) > 1:
                found |= {"person": person, "curve": learned.curve, "curve_bar": learned.bar}
                found["curve_text"] = learned.sentences()
    except SteadyhandError:
        pass  # without results or an index there is no past to be set beside
    return found


def pictures(session: Session) -> tuple[Picture, ...]:
    """The stills of a session, in the order in which they were taken."""
    from vr_training.report import Picture

    found = sorted(session.frames.glob("*.png")) + sorted(session.frames.glob("*.jpg"))
    return tuple(Picture(path, re.sub(r"^\d+_", "", path.stem).replace("_", " ")) for path in found)


def read_timing(session: Session) -> TimingSummary | None:
    """The timing that a session's results hold; None where there are none."""
    try:
        data = session.read_results().get("timing")
        return None if data is None else msgspec.convert(_with_nan(data), TimingSummary)
    except (FileNotFoundError, InputFileError, msgspec.ValidationError):
        return None


def _setup(recording: Recording, timing: TimingSummary | None) -> Setup:
    scene = recording.scene
    operator: Vector = np.array(array(scene.operator_from_world, "<f8", 3, 3), dtype=float)
    scheduled = None if timing is None else timing.scheduled
    return Setup(
        scene.arms[0].name,
        scene.period_s,
        scene.sense * scene.scale,
        operator,
        scheduled,
        scene.cameras[0].arm if scene.cameras else "",
        operator_axes(scene.cameras[0]) if scene.cameras else np.eye(3),
        {arm.name: arm.sense * scene.scale for arm in scene.arms if arm.sense is not None},
    )


def level(recording: Recording) -> int:
    """How far into the curriculum the lesson stands, by its configuration as it was; 0 where it is no lesson."""
    key = _lesson_file(recording)
    return 0 if key is None else config.decode(recording.info.configs[key], _Level, source=str(recording.path)).level


def scoring(recording: Recording) -> LessonScoring:
    """How the lesson was scored by its configuration as it was; as any lesson where the recording holds none.

    Raises:
        ConfigError: The lesson asks for a measure that there is no longer.
    """
    key = _lesson_file(recording)
    if key is None:
        return LessonScoring()
    source = f"{recording.path}, {key}"
    data = at_difficulty(config.parse(recording.info.configs[key], source), recording.info.difficulty, source)
    lesson = config.convert(data, LessonScoring, source)
    refuse_repeats(lesson.score, source)
    return lesson


class _Level(config.Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The one key of a lesson that says how far into the curriculum it stands."""

    level: int = 0


def _lesson_file(recording: Recording) -> str | None:
    """Under what name the lesson's configuration is stored in a recording; None where it is not."""
    configs = recording.info.configs
    file = f"{Path(recording.info.task).name.removesuffix('.toml')}.toml"
    # A lesson of one's own may lie in any folder; it was stored before everything else.
    found = [key for key in configs if Path(key).name == file]
    return f"tasks/{file}" if f"tasks/{file}" in found else next(iter(found), None)


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _with_nan(data: dict[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in data.items()}
