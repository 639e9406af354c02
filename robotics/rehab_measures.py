"""What guided exercise is measured by: every measure's name, title, unit, direction, and what it says.

A measure is taken in `vr_training.rehab.measures`. A name has one unit: what is an angle where joints move and a length
where the tip moves is two measures, ``range_deg`` and ``range_cm``.

Source:
    Coderre et al. 2010, Neurorehabil. Neural Repair 24(6), and PMC4533801, table 2, for the measures of reaching from
    posture speed to maximum speed. The others are named in the module that takes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower", ""]
"""Which way is better; empty where neither is."""

Pooled = Literal["mean", "sum", "highest", "lowest", "derived", "none"]
"""What the measure of a block is of those of its movements.

``"derived"``: worked out anew from other measures of the movements. ``"none"``: a block has none.
"""


@dataclass(frozen=True)
class RehabMeasure:
    """A figure of a movement, or of a block of them.

    Attributes:
        name: Identifier, as it stands in results.
        title: What a person reads.
        unit: Its unit; empty where it has none.
        better: Which way is better.
        explanation: What it is, in a sentence or two that a therapist understands.
        pooled: What the measure of a block is of those of its movements.
    """

    name: str
    title: str
    unit: str
    better: Direction
    explanation: str
    pooled: Pooled = "mean"


def _two(
    name: str, units: tuple[str, str], title: str, better: Direction, explanation: str, pooled: Pooled = "mean"
) -> tuple[RehabMeasure, RehabMeasure]:
    """A measure of joints and the same of the tip; their names end as the keys of configurations do."""
    return (
        RehabMeasure(f"{name}_{SUFFIXES[units[0]]}", title, units[0], better, explanation, pooled),
        RehabMeasure(f"{name}_{SUFFIXES[units[1]]}", title, units[1], better, explanation, pooled),
    )


SUFFIXES = {
    "deg": "deg", "cm": "cm", "deg/s": "deg_s", "cm/s": "cm_s", "deg²": "deg2", "mm²": "mm2", "Nm": "nm", "N": "n"
}  # fmt: skip
"""How the name of a measure that depends on what moves ends, by its unit."""

_LENGTH = ("deg", "cm")
_SPEED = ("deg/s", "cm/s")

_ALL = (
    *_two("range", _LENGTH, "Range covered", "higher",
        "How far the movement went: of joints the span of the one that turned furthest, of the hand its greatest "
        "distance from where it began.", "highest"),
    RehabMeasure("minimum_deg", "Least angle", "deg", "", "Least angle that was reached, of a single joint.", "lowest"),
    RehabMeasure(
        "maximum_deg", "Greatest angle", "deg", "", "Greatest angle that was reached, of a single joint.", "highest"),
    RehabMeasure("active_range_deg", "Active range", "deg", "higher",
        "Span of a single joint's angles that the patient reached himself, under a law that helps nothing.", "highest"),
    RehabMeasure("passive_range_deg", "Passive range", "deg", "higher",
        "Span of a single joint's angles while the patient was asked to let the arm be moved.", "highest"),
    *_two("path_length", _LENGTH, "Path", "", "Length of the way from onset to offset."),
    RehabMeasure("reaction_time", "Reaction time", "s", "lower", "From the moment the goal was shown to onset."),
    RehabMeasure("movement_time", "Movement time", "s", "lower",
        "From onset to offset: where the speed rises above 5 % of its peak for 50 ms, and where it last falls below."),
    RehabMeasure("initial_direction_error", "Initial direction error", "deg", "lower",
        "Angle between the way to the goal and the way that was taken up to the first minimum of the speed. The "
        "reaching measure most often abnormal after a stroke (81 %, Coderre et al. 2010)."),
    RehabMeasure("initial_distance_ratio", "Initial distance ratio", "", "higher",
        "Share of the whole way that the first stroke made: 1 where no correction followed."),
    RehabMeasure("initial_speed_ratio", "Initial speed ratio", "", "higher",
        "Peak speed of the first stroke over that of the whole movement: 1 where no correction was faster."),
    RehabMeasure("path_ratio", "Path ratio", "", "lower",
        "Length of the way over the distance from start to goal, or over the length of the path that was asked for "
        "where it is a round: 1 is straight."),
    RehabMeasure("speed_maxima", "Speed maxima", "", "lower",
        "How many maxima the speed had: 1 is a single stroke, each further one a correction."),
    RehabMeasure("speed_peaks", "Speed peaks", "", "lower",
        "How many strokes the movement was made of: maxima of the speed that stand out by a tenth of its peak."),
    *_two("min_max_speed", _SPEED, "Min-max speed difference", "lower",
        "By how much the speed fell from a maximum to the next minimum, on average: 0 for a single stroke."),
    *_two("maximum_speed", _SPEED, "Maximum speed", "higher", "Highest speed of the movement."),
    *_two("posture_speed", _SPEED, "Posture speed", "lower",
        "Mean speed in the half second before the goal was shown, when the arm should be at rest; where that was not "
        "recorded, in the last half second of the hold at the goal."),
    RehabMeasure("sparc", "Smoothness (SPARC)", "", "higher",
        "Spectral arc length of the speed: closer to zero is smoother; a minimum-jerk movement has -1.41."),
    RehabMeasure("ldlj", "Smoothness (log dimensionless jerk)", "", "higher",
        "Closer to zero is smoother; a minimum-jerk movement, cut at onset and offset, has -4.4. It sees the shape of "
        "the speed, not its size."),
    *_two("hold_error", _LENGTH, "Hold error", "lower", "Distance from the goal while it was to be held, rms."),
    *_two("tracking_error", _LENGTH, "Tracking error", "lower",
        "Distance from where a good movement would have been at the time, rms."),
    *_two("final_error", _LENGTH, "Final error", "lower", "Distance from the goal at the end of the movement."),
    RehabMeasure("patient_work", "Work by the patient", "J", "higher", "Energy that the patient put in.", "sum"),
    RehabMeasure("patient_work_net", "Net work by the patient", "J", "",
        "Energy that the patient put in, less what his arm took up.", "sum"),
    RehabMeasure("robot_work", "Work by the robot", "J", "", "Energy that the robot put in.", "sum"),
    RehabMeasure("robot_work_net", "Net work by the robot", "J", "",
        "Energy that the robot put in, less what it took up.", "sum"),
    RehabMeasure("patient_moving_work", "Work by the patient that moved the arm", "J", "higher",
        "Energy that the patient put into each movement as a whole, from rest to rest, less what he took out on the "
        "way; nothing where he took out more, except on a robot that holds the hand alone: it cannot tell the arm's "
        "weight, which cancels there and back. Shaking, the arm's own swing and weight that is carried do not count.",
        "sum"),
    RehabMeasure("robot_moving_work", "Work by the robot that moved the arm", "J", "",
        "The same of the robot's law.", "sum"),
    RehabMeasure("handle_way", "Way at a handle", "cm", "",
        "Way of the hand over which its work was taken, on a robot that holds the hand alone.", "sum"),
    RehabMeasure("handle_apart", "Ends of the way at a handle", "cm", "",
        "How far from where it began a movement of the hand ended, on a robot that holds the hand alone.", "none"),
    RehabMeasure("patient_share", "Patient's share of the work", "%", "higher",
        "Who moved the arm: what the patient put into movements as a whole, of what he and the robot's law put into "
        "them together. A limp arm that is moved has 0; an arm that only lets itself down puts nothing in. What goes "
        "on in the arm itself is not seen at a handle: where that decides, none is told.",
        "derived"),
    RehabMeasure("mean_assistance", "Mean assistance", "%", "lower",
        "How much of the help that it could give the robot gave, on average."),
    RehabMeasure("compensation", "Compensation by the trunk", "cm", "lower",
        "Largest displacement of the shoulder from where it was at the start.", "highest"),
    RehabMeasure("peak_cuff_force", "Peak force at a cuff", "N", "lower", "Largest force at any cuff.", "highest"),
    RehabMeasure("mean_cuff_force", "Mean force at a cuff", "N", "lower",
        "Force at the cuff that bore most, on average."),
    RehabMeasure("passive_speed", "Speed of the passive movement", "deg/s", "",
        "Mean speed in the middle third of a passive movement, with its sign.", "none"),
    RehabMeasure("passive_torque", "Resistance to the passive movement", "Nm", "lower",
        "Mean torque against a passive movement in its middle third.", "none"),
    RehabMeasure("tone", "Tone", "Nm s/rad", "lower",
        "How much the resistance to passive movement rises with its speed, from movements at several speeds: near 0 "
        "without spasticity.", "derived"),
    *_two("tremor_power", ("deg²", "mm²"), "Tremor, 4 to 12 Hz", "lower",
        "Power of the motion from 4 to 12 Hz; SPARC hardly sees a small tremor."),
    RehabMeasure("tremor_frequency", "Frequency of the tremor", "Hz", "",
        "Where the acceleration is strongest from 4 to 12 Hz; only where there is a peak."),
    *_two("strength", ("Nm", "N"), "Strength", "higher",
        "Highest half-second mean of the push towards the goal while the arm was held.", "highest"),
    RehabMeasure("arm_weight", "Weight of the arm", "Nm", "",
        "Torque at the shoulder that carries the arm held out, from the postures in which the robot weighed it.",
        "none"),
    RehabMeasure("arm_weight_average", "Weight of such a person's arm", "Nm", "",
        "The same by the tables, from sex, mass and height.", "none"),
    RehabMeasure("arm_weight_residual", "What the weight leaves unexplained", "Nm", "lower",
        "Root mean square of what the cuffs bore besides, over joints and postures: tone, tissue, an arm not relaxed.",
        "none"),
)  # fmt: skip

REHAB_MEASURES: dict[str, RehabMeasure] = {measure.name: measure for measure in _ALL}
"""All measures by name, in the order in which a report shows them."""
