"""Tone of a joint as plans go by it: the grade that a therapist gave, and the slope and spasms that a robot found."""

from __future__ import annotations

from vr_training.rehab.our_limits import (
    SLOPES,
    SPASM_SPEED_DEG_S,
    SPASTIC,
    SPASTIC_SLOPE,
    SPEED_DEG_S,
    usual_slope_nms_rad,
)
from vr_training.rehab.prescription import JointAssessment


def speed_bounds(joint: str, found: JointAssessment | None) -> list[tuple[float, str]]:
    """Highest speeds for the tone of a joint [deg/s], each with what says so; none where nothing bounds it.

    Args:
        joint: Its name.
        found: What was found at it.
    """
    bounds = []
    if found is not None and found.tone_grade is not None:
        bounds.append((SPEED_DEG_S[found.tone_grade], f"tone grade {found.tone_grade} of {joint}"))
    times = _times_usual(joint, found)
    fitting = [speed for least, speed in SLOPES.items() if times >= least]
    if fitting:
        bounds.append((min(fitting), _said(joint, found)))
    if found is not None and found.spasm:
        bounds.append((SPASM_SPEED_DEG_S, f"the spasm of {joint}"))
    return bounds


def spastic(joint: str, found: JointAssessment | None) -> str:
    """What says that a joint needs a rule for spasms; empty where nothing does.

    Args:
        joint: Its name.
        found: What was found at it.
    """
    if found is not None and found.tone_grade in SPASTIC:
        return f"tone grade {found.tone_grade} of {joint}"
    if found is not None and found.spasm:
        return f"the spasm of {joint}"
    return _said(joint, found) if _times_usual(joint, found) >= SPASTIC_SLOPE else ""


def _times_usual(joint: str, found: JointAssessment | None) -> float:
    """The slope that was measured over that of a healthy arm; 0 where none was."""
    slope = None if found is None else found.tone_nms_rad
    return 0.0 if slope is None else slope / usual_slope_nms_rad(joint)


def _said(joint: str, found: JointAssessment | None) -> str:
    slope = found.tone_nms_rad if found is not None and found.tone_nms_rad is not None else 0.0
    return f"a tone of {slope:.2g} Nm s/rad of {joint}"
