"""What practice does to simulated people beside what is published: learning, slacking and fatigue.

Rows of `benchmarks.realism_patients`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks._people import man
from benchmarks._published import Row
from simulation.patients import checks

KIM = "Kim et al. 2018"
EMKEN = "Emken et al. 2007"
CURVE = (
    "Experimental validation of a subject-specific maximum endurance time model (2018), in the form of Ma et al. 2011"
)
SHOULDER = "Mathiassen and Åhsberg 1999"

HELPED, ALONE = 12, 8
"""Movements that a helper does, and those after them that nobody helps with; ours."""


def correction(bias_deg: float) -> tuple[float, float]:
    """Who sets out askew by so much: by how much he turns back from one movement to the next, and the error [deg].

    From the first and the third movement, which go the same way, so both are means over two movements.
    """
    first, second, third, *_ = checks.set_out(man(), bias_deg)
    return float(first - third) / 2.0, float(first + second) / 2.0


def corrected_share() -> list[float]:
    """Share of a small error by which the next movement is corrected [%]."""
    turned, error = correction(2.0)
    return [100.0 * turned / error]


def growth(large_deg: float, small_deg: float) -> Callable[[], list[float]]:
    """Correction after a large error over that after a small one."""
    return lambda: [correction(large_deg)[0] / correction(small_deg)[0]]


def factors() -> tuple[float, float]:
    """Least and largest factor of effort from one movement to the next while a helper does the work."""
    efforts = checks.slacking(man(), HELPED, 0)
    each = efforts[1:] / efforts[:-1]
    return float(each.min()), float(each.max())


def constancy() -> list[float]:
    """The least factor over the largest."""
    least, most = factors()
    return [least / most]


def lost() -> list[float]:
    """What a movement without an error takes of the effort [%]."""
    return [100.0 * (1.0 - factor) for factor in factors()]


def comes_back() -> list[float]:
    """Mean effort of the last two movements that nobody helped with, over that at the end of help."""
    efforts = checks.slacking(man(), HELPED, ALONE)
    return [float(efforts[-2:].mean() / efforts[HELPED - 1])]


def held_for_an_hour() -> float:
    """Largest share of the elbow's strength that is held for an hour, in steps of 0.1 % [%]."""
    shares = tuple(0.085 + 0.001 * i for i in range(16))
    times = checks.endurance(man(), shares)
    return max(100.0 * share for share, time in zip(shares, times, strict=True) if time >= 3599.0)


def held(share: float, joint: str) -> Callable[[], list[float]]:
    """How long a share of strength is held [min]."""
    return lambda: [float(checks.endurance(man(), (share,), joint=joint)[0]) / 60.0]


def elbow(per_cent: int) -> Row:
    """Endurance of the elbow at a load.

    Published: ``-ln(f) / (k f)`` with the load f as a share of strength, k = 0.96 +- 0.29 1/min of 30 people from 30
    to 70 %.
    """
    f = per_cent / 100.0
    least, most = (-math.log(f) / (k * f) for k in (0.96 + 0.29, 0.96 - 0.29))
    return Row(
        f"elbow_{per_cent}", f"How long {per_cent} % of the elbow's strength is held", least, most, "min", CURVE,
        held(f, "elbow_flexion"), "one deviation of k either way; our rates are another source's",
    )  # fmt: skip


def shoulder(per_cent: int) -> Row:
    """Endurance of the shoulder at a load; published: ``40.609 exp(-0.097 per cent)`` min from 10 to 21 %."""
    published = 40.609 * math.exp(-0.097 * per_cent)
    return Row(
        f"shoulder_{per_cent}", f"How long {per_cent} % of the shoulder's strength is held", published, published,
        "min", SHOULDER, held(per_cent / 100.0, "shoulder_flexion"),
        "a curve that explains 30 % of the variance; our rates are another source's "
        "(Frey-Law et al. 2012)",
    )  # fmt: skip


ROWS = (
    Row(
        "learning_share", "Share of an error of 2 degrees by which the next movement is corrected", math.nan,
        math.nan, "%", "", corrected_share, "assumed; no figure for this task is known to us",
    ),
    Row(
        "learning_small", "Correction after an error of 4 degrees over that after 2", math.nan, math.nan, "", KIM,
        growth(4.0, 2.0), "published: it grows; by how much is not in what we have read",
    ),
    Row(
        "learning_large", "Correction after an error of 24 degrees over that after 12", 1.0, 1.0, "", KIM,
        growth(24.0, 12.0), "published: above 6 degrees not related to the error, which was clamped there",
    ),
    Row(
        "slacking_form", "Least over largest factor of effort from movement to movement, helped", 1.0, 1.0, "", EMKEN,
        constancy, "published: one factor where there is no error; the model has that form",
    ),
    Row(
        "slacking_loss", "What a helped movement takes of the effort", math.nan, math.nan, "%", "", lost,
        "assumed; no figure of effort is known to us",
    ),
    Row(
        "slacking_back", f"Effort after {ALONE} movements alone over that after {HELPED} helped ones", math.nan,
        math.nan, "", "", comes_back, "assumed; it comes back with error until errors are as small as he cares for",
    ),
    Row(
        "held_an_hour", "Share of strength that is held for an hour", 7.9, 7.9, "%", "Björkstén and Jonsson 1977",
        lambda: [held_for_an_hour()], "sustained contraction; ours of the elbow",
    ),
    Row(
        "elbow_20", "How long 20 % of the elbow's strength is held", 8.2 - 6.2, 8.2 + 6.2, "min", "PMC2758423",
        held(0.2, "elbow_flexion"), "mean and deviation of ten people",
    ),
    elbow(30),
    elbow(50),
    elbow(70),
    shoulder(10),
    shoulder(15),
    shoulder(20),
)  # fmt: skip
