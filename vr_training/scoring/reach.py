"""The scorecard of a reach lesson: how fast, how straight, how smooth and how still, and what to do better."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Score, Scorecard, Vector
from vr_training.scoring.causal_bound import CausalBound, causal_bound
from vr_training.scoring.episode import Episode, Setup
from vr_training.scoring.events import LIMITS, events
from vr_training.scoring.loop_timing import LoopTiming, loop_timing
from vr_training.scoring.movement import Movement, movement
from vr_training.scoring.tremor_removal import TremorRemoval, hold_steadiness, tremor_removal


@dataclass(frozen=True)
class ReachGoals:
    """From which values on a figure is good. Ours, to be replaced by the figures of a site's own experts.

    Attributes:
        time_s: Time to success [s].
        error_mm: Final error [mm].
        tremor_db: Tremor power taken away [dB]; 6 dB is half of the amplitude.
        bound_gap_db: How far below the best possible for the hand, without delay, is as good [dB].
        steadiness_um: Wandering in holds [um].
        path_ratio: Path over straight distance.
        sparc: Spectral arc length; a minimum-jerk reach has -1.41.
        ldlj: Log dimensionless jerk; a minimum-jerk reach has -5.3.
        intent_ratio: The same as `intent_mm`, over that of the unfiltered hand: at 1 the filter is good for nothing.
        intent_mm: Distance of the tip from what the hand meant [mm].
        delay_ms: Delay from hand to tip [ms]: people work well up to 200 ms (Xu et al. 2014), video included.
        force_n: Peak contact force [N]; dissection takes 0.3 +- 0.4 N.
        clutches: Times that the clutch was pressed.
        tracking_mm: Distance of the tip from where the loop told it to be [mm].
        missed_percent: Deadlines missed [%].
    """

    time_s: float = 30.0
    error_mm: float = 3.0
    tremor_db: float = 6.0
    bound_gap_db: float = 3.0
    steadiness_um: float = 50.0
    path_ratio: float = 1.3
    sparc: float = -2.0
    ldlj: float = -8.0
    intent_ratio: float = 1.0
    intent_mm: float = 1.0
    delay_ms: float = 100.0
    force_n: float = 1.0
    clutches: float = 5.0
    tracking_mm: float = 0.5
    missed_percent: float = 0.1


def score_reach(
    ticks: NDArray[np.void],
    setup: Setup,
    *,
    task: str = "reach",
    error_m: Vector | None = None,
    goals: ReachGoals | None = None,
) -> Scorecard:
    """Score a reach from its tick records alone.

    Args:
        ticks: Tick records, shape (n,); a short or empty recording gives a short scorecard.
        setup: What they do not say.
        task: Name of the task.
        error_m: Distance of the tip from the goal in each tick, shape (n,) [m]; left out where it is not known.
        goals: What is good.

    Returns:
        The scorecard, most telling lines first; figures that the recording does not give are left out.

    Raises:
        ArgumentError: The records hold no such arm.
    """
    goals = goals or ReachGoals()
    episode = Episode(ticks, setup)
    if len(episode) == 0:
        return Scorecard(task, False, "Nothing was recorded.")
    moved, shake, timing = movement(episode), tremor_removal(episode), loop_timing(ticks)
    best = causal_bound(episode)
    lines = [
        *_outcome(episode, error_m, goals),
        *_tremor(episode, shake, best, goals),
        *_motion(moved, goals),
        *_contact(episode, goals),
        *_control(episode, shake, timing, goals),
    ]
    kept = tuple(replace(line, value=float(line.value)) for line in lines if math.isfinite(line.value))
    return Scorecard(task, episode.success, _summary(episode, shake, kept), kept)


def is_good(score: Score) -> bool | None:
    """Whether a line reaches its goal; None where it has none."""
    if score.good is None or not score.better:
        return None
    return score.value <= score.good if score.better == "lower" else score.value >= score.good


def _line(
    name: str, title: str, value: float, unit: str, good: float | None = None, better: str = "", advice: str = ""
) -> Score:
    """A line whose advice stands only where it is needed."""
    score = Score(name, title, float(value), unit, good, better)
    return score if is_good(score) is not False else replace(score, advice=advice)


def _outcome(episode: Episode, error_m: Vector | None, goals: ReachGoals) -> list[Score]:
    took = episode.setup.period_s * (episode.end - episode.start)
    lines = [
        _line(
            "time", "Time to success", took, "s", goals.time_s, "lower",
            "Plan the whole path before the first move, then travel in a few long strokes.",
        )
    ]  # fmt: skip
    if not episode.success:
        lines = [Score("time", "Time spent without success", took, "s")]
    if error_m is not None and len(error_m) == len(episode):
        # The mean over the last quarter of a second before the end: trembling is judged elsewhere.
        last = error_m[max(episode.end - round(0.25 * episode.rate_hz), 0) : episode.end]
        final = float(np.mean(last)) if len(last) else math.nan
        lines.append(
            _line(
                "final_error", "Distance from the goal at the end", 1e3 * final, "mm", goals.error_mm, "lower",
                "Come in slowly over the last centimetre and stop before you correct.",
            )
        )  # fmt: skip
    return lines


def _tremor(episode: Episode, shake: TremorRemoval, best: CausalBound | None, goals: ReachGoals) -> list[Score]:
    held, hand_held, _ = hold_steadiness(episode)
    rest = "Rest your forearms and let the hand settle before you aim."
    good, advice = goals.tremor_db, "Choose a stronger tremor filter, or lower its cutoff."
    if best is not None:
        good = min(good, best.decibels - goals.bound_gap_db)
        advice = f"Choose another tremor filter: {best.decibels:.0f} dB were possible with this hand without delay."
    return [
        _line(
            "intent_ratio", "Tip from intent, over the unfiltered hand", shake.ratio, "", goals.intent_ratio, "lower",
            "The arm came no nearer to what the hand meant than the bare hand: choose another filter.",
        ),
        _line("tremor_removed", "Tremor removed, 3 to 15 Hz", shake.decibels, "dB", good, "higher", advice),
        Score(
            "tremor_bound", "Best possible for this hand without delay", math.nan if best is None else best.decibels,
            "dB",
        ),
        Score("tremor_removed_percent", "Tremor amplitude removed", shake.percent, "%"),
        Score("tremor_hand", "Hand tremor, scaled to the tip", 1e6 * shake.hand_rms, "um"),
        Score("tremor_filtered", "The same after the tremor filter", 1e6 * shake.filtered_rms, "um"),
        Score("tremor_tip", "Tremor left at the tip", 1e6 * shake.tip_rms, "um"),
        _line("steadiness", "Wandering of the tip in holds", 1e6 * held, "um", goals.steadiness_um, "lower", rest),
        Score("hand_steadiness", "Wandering of the hand in holds, scaled", 1e6 * hand_held, "um"),
    ]  # fmt: skip


def _motion(moved: Movement, goals: ReachGoals) -> list[Score]:
    smooth = "Make each stroke one movement: speed up and slow down once, without stopping on the way."
    return [
        Score("path_length", "Path of the tip", 1e3 * moved.path, "mm"),
        Score("hand_path_length", "Path of the hand, scaled", 1e3 * moved.hand_path, "mm"),
        _line(
            "path_ratio", "Path over straight distance", moved.ratio, "", goals.path_ratio, "lower",
            "Aim at the goal from the start: the path wandered off the straight line.",
        ),
        Score("mean_speed", "Mean speed of the tip", 1e3 * moved.mean_speed, "mm/s"),
        Score("peak_speed", "Peak speed of the tip", 1e3 * moved.peak_speed, "mm/s"),
        _line("sparc", "Smoothness (SPARC)", moved.sparc, "", goals.sparc, "higher", smooth),
        _line("ldlj", "Smoothness (log dimensionless jerk)", moved.ldlj, "", goals.ldlj, "higher", smooth),
        Score("movements", "Movements of the tip", float(moved.movements), ""),
    ]  # fmt: skip


def _contact(episode: Episode, goals: ReachGoals) -> list[Score]:
    force = np.linalg.norm(episode.arm["wrench"][:, :3], axis=1)
    force = force[np.isfinite(force)]
    if force.size == 0:
        return []
    touching = force > 0.01
    mean = float(force[touching].mean()) if touching.any() else 0.0
    return [
        _line(
            "peak_force", "Peak contact force", float(force.max()), "N", goals.force_n, "lower",
            "Slow down before you touch, and touch with the side of the jaw rather than its point.",
        ),
        Score("mean_force", "Mean contact force while touching", mean, "N"),
    ]  # fmt: skip


def _control(episode: Episode, shake: TremorRemoval, timing: LoopTiming | None, goals: ReachGoals) -> list[Score]:
    arm = episode.arm
    happened = events(episode.ticks, episode.setup.arm)
    # Pressing the clutch to take the arm up in the first place is no clutching.
    clutches = sum(event.kind == "clutch" and event.start_s >= episode.time[episode.start] for event in happened)
    limited = (arm["flags"] & np.uint64(LIMITS)) != 0
    gap = np.linalg.norm(arm["tip"][:, :3] - arm["setpoint"][:, :3], axis=1)[episode.following]
    gap = gap[np.isfinite(gap)]
    tracking = float(np.sqrt(np.mean(gap**2))) if gap.size else math.nan
    lines = [
        _line(
            "intent_error", "Tip from what the hand meant", 1e3 * shake.intent_error, "mm", goals.intent_mm, "lower",
            "The tip trails the hand: move more slowly, or choose a filter with less delay.",
        ),
        Score("raw_error", "Unfiltered hand from what it meant", 1e3 * shake.raw_error, "mm"),
        _line(
            "delay", "Delay from hand to tip", 1e3 * shake.delay_s, "ms", goals.delay_ms, "lower",
            "Choose a filter with less delay.",
        ),
        _line(
            "tracking_error", "Tip from its set-point", 1e3 * tracking, "mm", goals.tracking_mm, "lower",
            "The arm could not keep up: move more slowly.",
        ),
        _line(
            "clutches", "Times clutched", float(clutches), "", goals.clutches, "lower",
            "Use the whole room that your hands have before you clutch.",
        ),
        _line(
            "limits", "Times a limit held the arm back", float(sum(e.kind == "limit" for e in happened)), "", 0.0,
            "lower", "Keep away from the edges of the workspace and move more slowly.",
        ),
        Score("limited_time", "Time at limits, every tick", float(limited.sum()) * episode.setup.period_s, "s"),
    ]  # fmt: skip
    if timing is None:
        return lines
    return [
        *lines,
        _line(
            "missed", "Deadlines missed", 100.0 * timing.missed_share, "%", goals.missed_percent, "lower",
            _late(episode.setup.scheduled),
        ),
        Score("wake_p50", "Wake-up latency, median", 1e6 * timing.wake_p50, "us"),
        Score("wake_p99", "Wake-up latency, 99th percentile", 1e6 * timing.wake_p99, "us"),
        Score("wake_max", "Wake-up latency, longest", 1e6 * timing.wake_max, "us"),
        Score("tick_p50", "Time of a tick, median", 1e6 * timing.tick_p50, "us"),
        Score("tick_p99", "Time of a tick, 99th percentile", 1e6 * timing.tick_p99, "us"),
    ]  # fmt: skip


def _late(scheduled: bool | None) -> str:
    """What to do about missed deadlines; a right is asked for only where it was refused."""
    if scheduled is None:
        return "Close what else runs on this machine."
    if scheduled:
        return "The loop had real-time scheduling and was still late: close what else runs on this machine."
    return "Real-time scheduling was refused: allow it, or close what else runs on this machine."


def _summary(episode: Episode, shake: TremorRemoval, lines: tuple[Score, ...]) -> str:
    """What a person should know, in one or two sentences."""
    took = episode.setup.period_s * (episode.end - episode.start)
    if not episode.segments:
        return "The arm never followed the hand: press and release the clutch to engage it."
    weak = [line.title[:1].lower() + line.title[1:] for line in lines if is_good(line) is False]
    first = f"Reached the goal in {took:.1f} s" if episode.success else f"Did not reach the goal within {took:.1f} s"
    if math.isfinite(shake.decibels):
        kept = (
            "none of the hand's tremor was"
            if shake.percent < 1.0
            else f"{shake.percent:.0f} % of the tremor ({shake.decibels:.0f} dB) was"
        )
        first += f"; {kept} taken away"
    return f"{first}. " + (f"Needs work: {'; '.join(weak[:3])}." if weak else "All figures are good.")
