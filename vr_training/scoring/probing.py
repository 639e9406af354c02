"""How well something was found by feel, and how well a needle was brought to its target."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode
from vr_training.scoring.task_signals import TaskSignals

_LAST_S = 0.25  # an error at the end is the mean over as long before it [s]: trembling is judged elsewhere


def probing(episode: Episode, signals: TaskSignals) -> dict[str, float]:
    """Errors of a mark and of a needle; what the task does not report, or what never came about, is left out.

    ``mark_error`` [mm]: the signal of that name at the end. ``target_error`` and ``deflection`` [mm]: means over the
    last 0.25 s before success or the end. ``axis_error`` [mm] and ``lateral_force`` [N]: the largest until then.
    ``overshoots`` and ``passes``: running counts, the largest value that there was.

    Source:
        Targeting error and needle deflection as in reports of robotic needle placement (Abolhassani et al. 2007, Med.
        Eng. Phys. 29); localisation error as in robotic palpation (Nichols and Okamura 2015, IEEE Trans. Robot. 31).
    """
    last = slice(max(episode.end - round(_LAST_S * episode.rate_hz), 0), episode.end)
    until = slice(0, episode.end)
    found = {
        "mark_error": _of(signals.get("mark_error", "m"), slice(None), "last", 1e3),
        "target_error": _of(signals.get("target_error", "m"), last, "mean", 1e3),
        "axis_error": _of(signals.get("axis_error", "m"), until, "max", 1e3),
        "deflection": _of(signals.get("deflection", "m"), last, "mean", 1e3),
        "lateral_force": _of(signals.get("lateral_force", "N"), until, "max", 1.0),
        "overshoots": _of(signals.get("overshoots", ""), slice(None), "max", 1.0),
        "passes": _of(signals.get("passes", ""), slice(None), "max", 1.0),
    }
    return {name: value for name, value in found.items() if value is not None}


def _of(values: Vector | None, part: slice, how: str, scale: float) -> float | None:
    """One figure of a stretch of a signal; None where it was never a number."""
    if values is None:
        return None
    values = values[part]
    values = values[np.isfinite(values)]
    if values.size == 0:
        return None
    if how == "last":
        return scale * float(values[-1])
    return scale * float(values.max() if how == "max" else values.mean())
