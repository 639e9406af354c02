"""Pain: where an angle or a cuff hurts, he presses the button after his reaction time, and lets go of it later.

Source:
    Thresholds of force are ours, on the careful side: rigid cuffs at the thigh became uncomfortable at 40 to over 230 N
    (Bessler-Etten et al. 2024, Applied Ergonomics 115), and ISO/TS 15066 has the onset of pain of healthy adults. All
    other figures are assumed.
"""

from __future__ import annotations

import numpy as np

from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive
from simulation.patients.joints import SIZE, JointValues
from simulation.patients.layout import Record


class Pain(Config, frozen=True, kw_only=True):
    """What hurts.

    Attributes:
        source: Where the figures come from.
        past_end_deg: How far past the end of its passive range a joint begins to hurt; negative before it [deg].
        force_n: Force of a cuff from which on it hurts [N].
        reaction_s: From pain to pressing [s].
        let_go_s: From the end of pain to letting go [s].
    """

    source: str
    past_end_deg: JointValues
    force_n: Positive
    reaction_s: NotNegative
    let_go_s: NotNegative


def put(pain: Pain | None, parameters: Record) -> None:
    """Enter the thresholds into the parameters; without them nothing hurts."""
    parameters["hurts"] = pain is not None
    if pain is not None:
        parameters["pain_past"], parameters["pain_n"] = np.radians(pain.past_end_deg.vector()), pain.force_n
        parameters["pain_reaction_s"], parameters["pain_let_go_s"] = pain.reaction_s, pain.let_go_s


@kernel
def note_force(s: Record, wrench: Vector) -> None:
    """Keep the largest force of a cuff since he last attended to it."""
    for i in range(3):
        square = wrench[i, 0] ** 2 + wrench[i, 1] ** 2 + wrench[i, 2] ** 2
        s.cuff_n2 = max(s.cuff_n2, square)


@kernel
def suffer(s: Record, p: Record) -> None:
    """Whether it hurts, and whether the button is pressed; once a control period."""
    if p.hurts == 0:
        return
    hurts = s.cuff_n2 > p.pain_n * p.pain_n
    s.cuff_n2 = 0.0
    for j in range(SIZE):
        past = max(p.passive[0, j] - s.q[j], s.q[j] - p.passive[1, j])
        if past > p.pain_past[j]:
            hurts = True
    s.hurt_s = s.hurt_s + p.dt if hurts else 0.0
    s.calm_s = 0.0 if hurts else s.calm_s + p.dt
    if hurts and s.hurt_s >= p.pain_reaction_s:
        s.pain = 1
    elif not hurts and s.calm_s >= p.pain_let_go_s:
        s.pain = 0
