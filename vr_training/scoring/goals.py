"""From which values on a figure is good, where the lesson itself does not say so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goals:
    """From which values on a figure is good. Ours, to be replaced by the figures of a site's own experts.

    These only mark a line. What a figure is worth in points, a lesson's ``[[score]]`` rows say; where there is a row,
    its ``good`` is the goal.

    Attributes:
        time_s: Time to success [s].
        error_mm: Final error [mm].
        tremor_db: Tremor power taken away [dB]; 6 dB is half of the amplitude.
        faint_um: Tremor of the hand, carried to the tip, all axes together, under which there is none to take away: an
            arm's own motion leaves as much in the band [um].
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
    faint_um: float = 20.0
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
