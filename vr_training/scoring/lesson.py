"""The scorecard of a lesson: how fast, how straight, how smooth, how still and how gentle, and what to do better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Score, Scorecard
from robotics.score_config import LessonScoring, ScoreRow
from vr_training.scoring.balance import balance, path_shares
from vr_training.scoring.camera_use import camera_use
from vr_training.scoring.causal_bound import CausalBound, causal_bound
from vr_training.scoring.clutching import clutch_share, clutches
from vr_training.scoring.contact import contact
from vr_training.scoring.economy import economy_of_motion
from vr_training.scoring.episode import Episode, Setup
from vr_training.scoring.events import LIMITS, events
from vr_training.scoring.framing import framing
from vr_training.scoring.goals import Goals
from vr_training.scoring.idle import idle_time
from vr_training.scoring.incidents import stray_touches
from vr_training.scoring.lines import is_good, line, with_goal
from vr_training.scoring.loop_timing import LoopTiming, loop_timing
from vr_training.scoring.mishaps import mishaps
from vr_training.scoring.movement import movement
from vr_training.scoring.points import lesson_rows, points
from vr_training.scoring.probing import probing
from vr_training.scoring.sheet_handling import sheet_handling
from vr_training.scoring.suturing import suturing
from vr_training.scoring.target_distance import target_distance
from vr_training.scoring.task_signals import TaskSignals
from vr_training.scoring.tissue_force import tissue_force
from vr_training.scoring.touching import touching
from vr_training.scoring.tremor_removal import TremorRemoval, hold_steadiness, tremor_removal
from vr_training.scoring.trocar import Trocar, trocar_peak
from vr_training.scoring.turning import orientation_change
from vr_training.scoring.work import work_done

_GLIDING = {"mean_distance", "max_distance"}
"""Measures of a target that glides: said only of a lesson that is scored by them, for elsewhere they say nothing."""

_LAST_S = 0.25
"""The final error is the mean over as long before the end [s]: trembling is judged elsewhere."""


def score_lesson(
    ticks: NDArray[np.void],
    setup: Setup,
    *,
    task: str = "lesson",
    signals: Sequence[tuple[str, str]] = (),
    scoring: LessonScoring | None = None,
    goals: Goals | None = None,
    trocars: Sequence[Trocar] = (),
    objects: Sequence[str] = (),
) -> Scorecard:
    """Score a lesson from its recording alone.

    Args:
        ticks: Tick records, shape (n,); a short or empty recording gives a short scorecard.
        setup: What they do not say.
        task: Name of the task.
        signals: Name and unit of each of the task's signals, in the order of the ticks.
        scoring: How the lesson's configuration says it is scored; as any lesson where None.
        goals: What is good where the lesson does not say.
        trocars: Where the arms' instruments enter the body.
        objects: Names of the objects in the ticks.

    Returns:
        The scorecard, most telling lines first; figures that the recording does not give are left out.

    Raises:
        ArgumentError: The records hold no such arm.
    """
    goals, scoring = goals or Goals(), scoring or LessonScoring()
    episode, reported, rows = Episode(ticks, setup), TaskSignals(ticks, signals), lesson_rows(scoring)
    if len(episode) == 0:
        return Scorecard(task, False, "Nothing was recorded.")
    shake = tremor_removal(episode)
    lines = [
        *_outcome(episode, reported, goals, scoring),
        *_mishaps(episode, reported, rows, objects),
        *(line(name, value) for name, value in probing(episode, reported).items()),
        *_tremor(episode, shake, causal_bound(episode), goals),
        *_motion(episode, goals),
        *_force(episode, reported, scoring, goals),
        *([] if (peak := trocar_peak(episode, trocars)) is None else [line("trocar_peak_force", peak)]),
        *_arms(episode),
        *_control(episode, shake, loop_timing(ticks), goals),
    ]
    kept = tuple(replace(each, value=float(each.value)) for each in lines if math.isfinite(each.value))
    stated = {row.measure: row for row in rows}
    kept = tuple(_as_stated(each, stated.get(each.name)) for each in kept)
    won = points(kept, rows, episode.success, bool(episode.segments))
    return Scorecard(task, episode.success, _summary(episode, shake, kept, goals), kept, won.points, won.costs)


def _as_stated(score: Score, row: ScoreRow | None) -> Score:
    """A line with the goal that the lesson states for it; one that was never reached has none."""
    if row is None or (score.name == "time" and score.good is None):
        return score
    return with_goal(score, row.good, row.better, score.advice)


def _outcome(episode: Episode, signals: TaskSignals, goals: Goals, scoring: LessonScoring) -> list[Score]:
    took = episode.took_s
    lines = [
        line("time", took, goals.time_s, "lower")
        if episode.success
        else line("time", took, title="Time spent without success"),
        line("work_done", work_done(signals, scoring.work, episode.success), 100.0, "higher"),
    ]
    distance = signals.get("distance", "m")
    if distance is not None:
        last = distance[max(episode.end - round(_LAST_S * episode.rate_hz), 0) : episode.end]
        final = float(np.mean(last)) if len(last) else math.nan
        lines.append(line("final_error", 1e3 * final, goals.error_mm, "lower"))
    return lines


def _mishaps(episode: Episode, signals: TaskSignals, rows: Sequence[ScoreRow], objects: Sequence[str]) -> list[Score]:
    gliding = target_distance(episode, signals) if _GLIDING & {row.measure for row in rows} else {}
    return [
        *(line(name, value, 0.0, "lower") for name, value in mishaps(signals).items()),
        *(
            []
            if (strays := stray_touches(episode, signals, objects)) is None
            else [line("stray_touches", strays, 0.0, "lower")]
        ),
        *(line(name, value) for name, value in touching(episode, signals).items()),
        *(line(name, value) for name, value in gliding.items()),
        *(line(name, value) for name, value in framing(episode, signals).items()),
        *(line(name, value) for name, value in suturing(signals).items()),
    ]


def _tremor(episode: Episode, shake: TremorRemoval, best: CausalBound | None, goals: Goals) -> list[Score]:
    held, hand_held, _ = hold_steadiness(episode)
    good, advice = goals.tremor_db, ""
    if best is not None:
        good = min(good, best.decibels - goals.bound_gap_db)
        advice = f"Choose another tremor filter: {best.decibels:.0f} dB were possible with this hand without delay."
    possible = math.nan if best is None else best.decibels
    trembles = _trembles(shake, goals)
    return [
        line("intent_ratio", shake.ratio, goals.intent_ratio if trembles else None, "lower"),
        line("tremor_removed", shake.decibels, good if trembles else None, "higher", advice=advice),
        Score("tremor_bound", "Most that a linear filter could remove without delay", possible, "dB"),
        Score("tremor_removed_percent", "Tremor amplitude removed", shake.percent, "%"),
        Score("tremor_hand", "Hand tremor, scaled to the tip", 1e6 * shake.hand_rms, "um"),
        Score("tremor_filtered", "The same after the tremor filter", 1e6 * shake.filtered_rms, "um"),
        line("tremor_tip", 1e6 * shake.tip_rms),
        line("steadiness", 1e6 * held, goals.steadiness_um, "lower"),
        Score("hand_steadiness", "Wandering of the hand in holds, scaled", 1e6 * hand_held, "um"),
    ]


def _trembles(shake: TremorRemoval, goals: Goals) -> bool:
    """Whether there is a tremor to take away."""
    return 1e6 * shake.hand_rms > goals.faint_um


def _motion(episode: Episode, goals: Goals) -> list[Score]:
    moved = movement(episode)
    return [
        line("path_length", 1e3 * moved.path),
        Score("hand_path_length", "Path of the hand, scaled", 1e3 * moved.hand_path, "mm"),
        line("path_ratio", moved.ratio, goals.path_ratio, "lower"),
        line("economy_of_motion", economy_of_motion(episode)),
        line("mean_speed", 1e3 * moved.mean_speed),
        line("peak_speed", 1e3 * moved.peak_speed),
        line("peak_acceleration", 1e3 * moved.peak_acceleration),
        line("sparc", moved.sparc, goals.sparc, "higher"),
        line("ldlj", moved.ldlj, goals.ldlj, "higher"),
        line("movements", float(moved.movements)),
        line("orientation_change", orientation_change(episode)),
        line("idle_time", idle_time(episode)),
    ]


def _force(episode: Episode, signals: TaskSignals, scoring: LessonScoring, goals: Goals) -> list[Score]:
    touched, lines = contact(episode, scoring.force_limit_n), list[Score]()
    if touched is not None:
        lines = [
            line("peak_force", touched.peak_n, goals.force_n, "lower"),
            line("mean_force", touched.mean_n),
            line("force_integral", touched.integral_n_s),
            line("force_over_limit", touched.over_limit_s, 0.0, "lower"),
        ]
    felt = tissue_force(episode, signals) | sheet_handling(signals)
    return [*lines, *(line(name, value) for name, value in felt.items())]


def _arms(episode: Episode) -> list[Score]:
    shares = path_shares(episode)
    each = [Score(f"path_share_{name}", f"Share of {name} in the path", 100.0 * s, "%") for name, s in shares.items()]
    return [line("balance", balance(shares)), *each] if shares else []


def _control(episode: Episode, shake: TremorRemoval, timing: LoopTiming | None, goals: Goals) -> list[Score]:
    arms = episode.judged
    happened = [events(arm.ticks, arm.setup.arm) for arm in arms]
    limited = np.any([(arm.arm["flags"] & np.uint64(LIMITS)) != 0 for arm in arms], axis=0)
    gap = np.concatenate([np.linalg.norm(arm.tip - arm.arm["setpoint"][:, :3], axis=1)[arm.following] for arm in arms])
    gap = gap[np.isfinite(gap)]
    tracking = float(np.sqrt(np.mean(gap**2))) if gap.size else math.nan
    lines = [
        line("intent_error", 1e3 * shake.intent_error, goals.intent_mm, "lower"),
        Score("raw_error", "Unfiltered hand from what it meant", 1e3 * shake.raw_error, "mm"),
        line("delay", 1e3 * shake.delay_s, goals.delay_ms, "lower"),
        line("tracking_error", 1e3 * tracking, goals.tracking_mm, "lower"),
        line("clutches", float(sum(map(clutches, arms, happened))), goals.clutches, "lower"),
        line("clutch_share", clutch_share(episode)),
        *(line(name, value) for name, value in camera_use(episode).items()),
        line("limits", float(sum(event.kind == "limit" for each in happened for event in each)), 0.0, "lower"),
        line("limited_time", float(limited.sum()) * episode.setup.period_s),
    ]
    return lines if timing is None else [*lines, *_timing(episode, timing, goals)]


def _timing(episode: Episode, timing: LoopTiming, goals: Goals) -> list[Score]:
    missed = Score(
        "deadlines_missed", "Deadlines missed", 100.0 * timing.missed_share, "%", goals.missed_percent, "lower"
    )
    return [
        missed if is_good(missed) else replace(missed, advice=_late(episode.setup.scheduled)),
        Score("wake_p50", "Wake-up latency, median", 1e6 * timing.wake_p50, "us"),
        Score("wake_p99", "Wake-up latency, 99th percentile", 1e6 * timing.wake_p99, "us"),
        Score("wake_max", "Wake-up latency, longest", 1e6 * timing.wake_max, "us"),
        Score("tick_p50", "Time of a tick, median", 1e6 * timing.tick_p50, "us"),
        Score("tick_p99", "Time of a tick, 99th percentile", 1e6 * timing.tick_p99, "us"),
    ]


def _late(scheduled: bool | None) -> str:
    """What to do about missed deadlines; a right is asked for only where it was refused."""
    if scheduled is None:
        return "Close what else runs on this machine."
    if scheduled:
        return "The loop had real-time scheduling and was still late: close what else runs on this machine."
    return "Real-time scheduling was refused: allow it, or close what else runs on this machine."


def _summary(episode: Episode, shake: TremorRemoval, lines: tuple[Score, ...], goals: Goals) -> str:
    """What a person should know, in one or two sentences."""
    took = episode.took_s
    if not episode.segments:
        return "The arm never followed the hand: press and release the clutch to engage it."
    weak = [each.title[:1].lower() + each.title[1:] for each in lines if is_good(each) is False]
    first = f"Reached the goal in {took:.1f} s" if episode.success else f"Did not reach the goal within {took:.1f} s"
    if math.isfinite(shake.decibels):
        kept = (
            "none of the hand's tremor was"
            if shake.percent < 1.0
            else f"{shake.percent:.0f} % of the tremor ({shake.decibels:.0f} dB) was"
        )
        first += f"; {kept} taken away" if _trembles(shake, goals) else "; the hand hardly trembled"
    return f"{first}. " + (f"Needs work: {'; '.join(weak[:3])}." if weak else "All figures are good.")
