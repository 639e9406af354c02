"""What a lesson may be scored by: every measure's name, title and unit, and what to do where it is weak.

A measure is taken in `vr_training.scoring`; its definition and source stand there and in ``docs/SCORES.md``. The names
are known down here so that a lesson's configuration can be refused before it runs. Figures that only inform (the
tremor of the bare hand, the wake-up latency of the loop) are no measures in this sense: nobody is scored by them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A figure that an operator can do something about.

    Attributes:
        name: Identifier: the name of its line on the scorecard.
        title: What a person reads.
        unit: Its unit; empty where it has none.
        advice: What to do better, in one sentence.
    """

    name: str
    title: str
    unit: str
    advice: str


_STRAIGHT = "Aim at the goal from the start: the path wandered off the straight line."
_SMOOTH = "Make each stroke one movement: speed up and slow down once, without stopping on the way."
_TOUCH = "Slow down before you touch, and touch with the side of the jaw rather than its point."
_REST = "Rest your forearms and let the hand settle before you aim."
_SLOWER = "The arm could not keep up: move more slowly."
_EYES = "Keep your eyes on the target, and match its speed before you close the gap."
_CURVE = "Turn the needle about the centre of its own curve: roll the wrist, do not push or lift."
_ROOM = "Use the whole room that your hands have before you clutch."

_ALL = (
    Measure(
        "time", "Time to success", "s", "Plan the whole path before the first move, then travel in a few long strokes."
    ),
    Measure("work_done", "Share of the work done", "%", "Finish first: what is left undone costs most."),
    Measure(
        "final_error", "Distance from the goal at the end", "mm",
        "Come in slowly over the last centimetre and stop before you correct.",
    ),
    Measure(
        "drops", "Times something was dropped", "",
        "Close the jaws fully before you lift, and open them only where the thing is supported.",
    ),
    Measure(
        "crushed", "Times something was crushed", "", "Close the jaws slowly, and only as far as the thing is held."
    ),
    Measure(
        "collisions", "Collisions", "",
        "Watch the shafts as well as the tips, and go around what is in the way at some height.",
    ),
    Measure(
        "bumps", "Touches of what lay about", "",
        "Come from above: travel high, and go down only where the thing is that you want.",
    ),
    Measure(
        "stray_touches", "Touches away from the work", "",
        "Travel high, and go down only where the work is: what is touched elsewhere is touched for nothing.",
    ),
    Measure(
        "mark_error", "Mark from the middle of the lump", "mm",
        "Feel on all sides of the stiffest place before you mark it: it is as stiff to the left as to the right.",
    ),
    Measure(
        "target_error", "Needle's tip from the target at the end", "mm",
        "Turn the bevel over at about a third of the way, and slow down over the last millimetres.",
    ),
    Measure(
        "axis_error", "Largest distance of the needle's tip from the planned axis", "mm",
        "Line the needle up before you puncture: inside, only the bevel steers it.",
    ),
    Measure(
        "deflection", "Bend of the needle at the end", "mm",
        "Turn the bevel over in time: the needle bends to the side that it points to.",
    ),
    Measure(
        "lateral_force", "Largest force across the needle", "N",
        "Move along the needle alone: what is pulled aside tears where it entered.",
    ),
    Measure("overshoots", "Times the needle went beyond", "", "Stop short of the target and creep up on it."),
    Measure("passes", "Times the needle was put in", "", "Line it up well enough to go in once."),
    Measure(
        "overstretched", "Links of the sheet that were overstretched", "",
        "Move the held edge round the hinge instead of away from it, and stop when the sheet turns taut.",
    ),
    Measure("tears", "Tears", "", "Pull no further once the sheet is taut: let it come along."),
    Measure(
        "off_path", "Cut beside the path", "mm",
        "Open the jaws as soon as the blade leaves the path, and go on from where the cut ends.",
    ),
    Measure(
        "touches", "Touches of what was not to be touched", "",
        "Turn the wrist with the bend before you go on: the near wall touches first.",
    ),
    Measure(
        "touch_time", "Time of all touches", "s", "Stop when it touches, and move off across the wire, not along it."
    ),
    Measure("centring", "Mean distance off the middle", "mm", "Come back to the middle before you go on."),
    Measure("missed", "Passes that missed their marks", "", "Touch down on the mark first, and only then turn."),
    Measure(
        "entry_error", "Entry from its mark, at worst", "mm",
        "Stop with the point over the mark, square to the tissue, before you press.",
    ),
    Measure("exit_error", "Exit from its mark, at worst", "mm", _CURVE),
    Measure("arc_error", "Needle off its own channel, at worst", "mm", _CURVE),
    Measure("mean_distance", "Mean distance from the moving target", "mm", _EYES),
    Measure("max_distance", "Largest distance from the moving target", "mm", _EYES),
    Measure(
        "off_centre", "Mean angle of the mark from the middle of the picture", "deg",
        "Bring the mark to the middle first, then go nearer along the line of sight.",
    ),
    Measure(
        "horizon_error", "Mean roll of the picture", "deg",
        "Level the horizon whenever you have gone to one side: the picture rolls as the endoscope swings.",
    ),
    Measure(
        "intent_ratio", "Tip from intent, over the unfiltered hand", "",
        "The arm came no nearer to what the hand meant than the bare hand: choose another filter.",
    ),
    Measure(
        "tremor_removed", "Tremor removed, 3 to 15 Hz", "dB", "Choose a stronger tremor filter, or lower its cutoff."
    ),
    Measure("tremor_tip", "Tremor left at the tip", "um", _REST),
    Measure("steadiness", "Wandering of the tip in holds", "um", _REST),
    Measure("path_length", "Path of the tip", "mm", _STRAIGHT),
    Measure("path_ratio", "Path over straight distance", "", _STRAIGHT),
    Measure("economy_of_motion", "Economy of motion, straight distances over path", "", _STRAIGHT),
    Measure("mean_speed", "Mean speed of the tip", "mm/s", "Find the pace at which you need no corrections."),
    Measure("peak_speed", "Peak speed of the tip", "mm/s", "Spread a stroke over its whole time instead of darting."),
    Measure(
        "peak_acceleration", "Peak acceleration of the tip", "mm/s²", "Start and stop gently: jerks end up in tissue."
    ),
    Measure("sparc", "Smoothness (SPARC)", "", _SMOOTH),
    Measure("ldlj", "Smoothness (log dimensionless jerk)", "", _SMOOTH),
    Measure("movements", "Movements of the tip", "", "Reach the goal in fewer, longer strokes."),
    Measure(
        "orientation_change", "Rotation of the tip, in all", "deg",
        "Turn the wrist once, on the way to the goal, instead of trying out directions there.",
    ),
    Measure(
        "idle_time", "Time in which nothing moved", "s",
        "Decide on the next step while you finish the present one: the instruments stood still for long.",
    ),
    Measure("peak_force", "Peak contact force", "N", _TOUCH),
    Measure("mean_force", "Mean contact force while touching", "N", _TOUCH),
    Measure("force_integral", "Contact force over time", "N s", "Touch briefly: let go of what you need not hold."),
    Measure(
        "force_over_limit", "Time above the lesson's force limit", "s",
        "Ease off as soon as you feel or see that something gives way.",
    ),
    Measure(
        "tissue_peak_force", "Peak force on the tissue", "N",
        "Stop at the surface: look for the shadow to meet the tip.",
    ),
    Measure("needle_peak_force", "Peak force on the needle in tissue", "N", _CURVE),
    Measure(
        "tissue_force_integral", "Force on the tissue over time", "N s",
        "Lift off the tissue between two steps instead of resting on it.",
    ),
    Measure(
        "trocar_peak_force", "Peak force on the trocar", "N",
        "Turn about the trocar, and go in and out without hurry: what is pulled aside there is the patient's wall.",
    ),
    Measure(
        "pull_peak_force", "Peak pull on the sheet", "N",
        "Lift first and fold then: a sheet that has slack pulls little.",
    ),
    Measure(
        "balance", "Balance of the arms", "",
        "Let the other hand do its part: hand over instead of reaching across.",
    ),
    Measure(
        "intent_error", "Tip from what the hand meant", "mm",
        "The tip trails the hand: move more slowly, or choose a filter with less delay.",
    ),
    Measure("delay", "Delay from hand to tip", "ms", "Choose a filter with less delay."),
    Measure("tracking_error", "Tip from its set-point", "mm", _SLOWER),
    Measure("clutches", "Times clutched", "", _ROOM),
    Measure("clutch_share", "Share of time with the clutch pressed", "%", _ROOM),
    Measure(
        "camera_moves", "Times the camera was moved", "",
        "Look ahead: bring everything that comes next into the picture with one move.",
    ),
    Measure(
        "camera_share", "Share of time with the camera in motion", "%",
        "Move the camera at once and be done with it: while it moves nothing else does.",
    ),
    Measure(
        "limits", "Times a limit held the arm back", "",
        "Keep away from the edges of the workspace and move more slowly.",
    ),
    Measure(
        "limited_time", "Time at limits, every tick", "s",
        "Keep away from the edges of the workspace and move more slowly.",
    ),
)  # fmt: skip

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}
"""All measures by name, most telling first."""
