"""From the recording of a guided exercise to its results: the same figures whenever they are asked for."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from control.states import PATIENT_REASONS
from control.tick import PATIENT_STOPS, Flag
from robotics.errors import InputFileError
from robotics.guidance import Moment, Space
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import plan
from steadyhand.rehab.weighed import with_weight
from steadyhand.rehab.worn import why_stopped
from steadyhand.run import Ran
from vr_training import exercises
from vr_training.exercises import FIRST, Exercise, ExerciseSettings
from vr_training.exercises.registry import task_of
from vr_training.records.digest import digest
from vr_training.records.info import SessionInfo
from vr_training.records.reader import Recording
from vr_training.records.session import Session
from vr_training.rehab.courses import UNHELPED
from vr_training.rehab.measures import measure, summarise
from vr_training.rehab.measures.ranges import assessed_ranges
from vr_training.rehab.results import ExerciseResult, RepetitionResult
from vr_training.rehab.traces import MovementTrace, movements

STOPS = {
    Flag.PAIN: "pain",
    Flag.SPASM: "spasm",
    Flag.TONE: "tone",
    Flag.FATIGUE: "fatigue",
    Flag.PATIENT_FORCE: "force",
    Flag.PATIENT_RANGE: "range",
    Flag.PATIENT_SPEED: "speed",
    Flag.COMPENSATION: "trunk",
    Flag.WEARABLE: "wearable",
    Flag.OPERATOR_STOP: "therapist",
}
"""Names of what stops an exercise, the most telling first."""


def evaluate(session: Session) -> ExerciseResult:
    """Results of a session's recording.

    Raises:
        MissingFileError: It has none.
        InputFileError: It is damaged, or no guided exercise.
    """
    recording = Recording.open(session.recording)
    info = recording.info
    texts = [text for name, text in info.configs.items() if name.startswith("exercises/")]
    if not texts:
        raise InputFileError(f"{session.recording}: is no guided exercise")
    settings = exercises.parse(texts[0], f"exercises/{info.task}").ordered(info.rig, info.notes.get("Joint"))
    result = result_of(
        recording.ticks,
        settings,
        exercise=info.task,
        signals=tuple(name for name, _ in recording.scene.signals),
        rate_hz=1.0 / info.period_s,
        arm=info.rig,
        law=info.notes.get("Law", ""),
        patient=info.notes.get("Patient", ""),
        side=info.notes.get("Side", "right"),
        planned=int(info.notes.get("Repetitions", "0")),
        seed=info.seed,
        session=session.name,
        worn=why_stopped(info, recording.ticks),
    )
    if settings.weighs:
        result = with_weight(result, recording.ticks, plan(_order(info)))
    if not info.start_ns:
        return result
    started = datetime.fromtimestamp(info.start_ns // 1_000_000_000, tz=timezone.utc)
    return msgspec.structs.replace(result, started=started.isoformat())


def _order(info: SessionInfo) -> ExerciseOrder:
    """What was run, as far as robot and patient go."""
    patient, side = info.notes.get("Patient", ""), info.notes.get("Side")
    return ExerciseOrder(exercise=info.task, patient=patient, rig=info.rig, side=side, seed=info.seed)


def result_of(
    ticks: NDArray[np.void],
    settings: ExerciseSettings,
    *,
    exercise: str,
    signals: tuple[str, ...],
    rate_hz: float,
    arm: str,
    law: str,
    patient: str,
    side: str,
    planned: int,
    seed: int,
    session: str = "",
    worn: str = "",
) -> ExerciseResult:
    """Results of tick records, or of just the fields that `vr_training.rehab.traces.KEPT` names.

    ``worn`` is what the rule of a wearable said that stopped it; see `steadyhand.rehab.worn.why_stopped`.
    """
    space = Space(settings.space)
    name = str((ticks["guided"].dtype.names or ("",))[0])
    found = movements(ticks, name, signals, space, rate_hz, unaided=settings.imposes.get("move", law) in UNHELPED)
    kinds = tuple(settings.say)
    counted = [each for each in found if kinds[each.kind - 1] != FIRST]
    taken = {each.movement: measure(each.trace) for each in counted}
    stop, reason, when = _stop(ticks, worn)
    return ExerciseResult(
        exercise=exercise,
        title=settings.title,
        arm=arm,
        law=law,
        patient=patient,
        simulated=True,
        side=side,
        seed=seed,
        planned=planned,
        repetitions=_repetitions(ticks, signals, counted, taken, task_of(settings)),
        measures={**summarise(list(taken.values())), **_strength(counted, taken)} if taken else {},
        ranges_deg=assessed_ranges([each.trace for each in counted], settings.joints) if settings.explores else {},
        pain_deg=_pain_deg(ticks, name, settings.joints, when) if settings.explores and stop == "pain" else {},
        stop=stop,
        stop_reason=reason,
        stop_time_s=when,
        session=session,
        # Where it was stopped before anything counted, its settings say what would have been asked.
        relaxed=all(each.moment is Moment.RELAX for each in counted)
        if counted
        else getattr(settings, "asks", "") == "relax",
    )


def _strength(counted: list[MovementTrace], taken: dict[int, dict[str, float]]) -> dict[str, float]:
    """The patient's strength in the weaker of the directions that he pushed in, of the best push of each."""
    found = {}
    for name in ("strength_nm", "strength_n"):
        best: dict[int, float] = {}
        for each in counted:
            if name in taken[each.movement]:
                best[each.kind] = max(best.get(each.kind, 0.0), taken[each.movement][name])
        if best:
            found[name] = min(best.values())
    return found


def _repetitions(
    ticks: NDArray[np.void],
    signals: tuple[str, ...],
    counted: list[MovementTrace],
    taken: dict[int, dict[str, float]],
    exercise: type[Exercise],
) -> tuple[RepetitionResult, ...]:
    """Those that are over, each with what its movements came to."""
    values = ticks["signals"]
    number, verdict = values[:, signals.index("repetition")], values[:, signals.index("verdict")]
    done = int(number.max()) if len(number) else 0
    results = []
    for index in range(done):
        over = int(np.argmax(number > index))
        said = int(verdict[over])
        own = [taken[each.movement] for each in counted if each.trace.repetition == index]
        results.append(
            RepetitionResult(
                repetition=index,
                success=said in exercise.passes,
                reason=exercise.verdicts[said],
                measures=summarise(own) if own else {},
            )
        )
    return tuple(results)


def _pain_deg(ticks: NDArray[np.void], arm: str, joints: tuple[str, ...], when: float | None) -> dict[str, float]:
    """Where the joints were when he pressed the button [deg]."""
    x = np.degrees(ticks["guided"][arm]["x"][int(np.flatnonzero(ticks["time"] == when)[0])])
    return {joint: float(angle) for joint, angle in zip(joints, x, strict=True)}


def _stop(ticks: NDArray[np.void], worn: str) -> tuple[str, str, float | None]:
    """What stopped it, in a word and in a sentence, and when; nothing where it was not stopped."""
    causes = ticks["cause"]
    over = np.flatnonzero(causes == 0)
    last = int(over[-1]) + 1 if len(over) else 0  # what was overcome before did not stop it
    causes, ticks = causes[last:], ticks[last:]
    stopped = np.flatnonzero(causes & np.uint64(int(PATIENT_STOPS | Flag.OPERATOR_STOP)))
    if not len(stopped):
        broken = np.flatnonzero(causes)
        if len(broken):
            first = broken[0]
            names = ", ".join(str(flag.name).lower() for flag in Flag if flag & int(causes[first]))
            return "fault", f"a fault: {names}", float(ticks["time"][first])
        return "", "", None
    first = stopped[0]
    cause = int(causes[first])
    word = next(said for flag, said in STOPS.items() if flag & cause)
    said_of = {**PATIENT_REASONS, **({Flag.WEARABLE: f"a wearable's rule: {worn}"} if worn else {})}
    sentence = "; ".join(said for flag, said in said_of.items() if flag & cause)
    return word, sentence or "the therapist stopped it", float(ticks["time"][first])


def as_json(result: ExerciseResult, ran: Ran | None = None) -> dict[str, Any]:
    """Results as plain data, for ``--json`` and ``session.json``."""
    data: dict[str, Any] = msgspec.to_builtins(result)
    share = result.measures.get("patient_share", math.nan)
    count = len(result.repetitions)
    summary = f"{result.title}: {result.successes} of {result.planned} repetitions"
    if result.stop:
        summary += f", stopped: {result.stop_reason}"
    data |= {
        "task": result.exercise,
        "success": count == result.planned and result.successes == count and not result.stop,
        "summary": summary,
        "patient_share": None if math.isnan(share) else share,
    }
    if ran is not None:
        data["digest"] = digest(Recording.open(ran.session.recording).ticks)
        data["timing"] = msgspec.to_builtins(ran.timing)
    return data
