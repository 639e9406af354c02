"""A patient as a configuration: ``configs/patients/<name>.toml``, a section for each part of the model.

A part whose section is left out is one that he does not have: no tremor, no spasm.
"""

from __future__ import annotations

from typing import Literal

from robotics.config import Config
from simulation.patients.anthropometry import Anthropometry
from simulation.patients.intent import Intent
from simulation.patients.muscle import Muscle
from simulation.patients.passive import Passive
from simulation.patients.strength import MotionRange, Strength
from simulation.patients.trunk import Trunk


class PatientConfig(Config, frozen=True, kw_only=True):
    """A simulated patient.

    Attributes:
        title: What a person reads.
        side: The affected side.
    """

    title: str
    side: Literal["left", "right"]
    anthropometry: Anthropometry
    strength: Strength
    range: MotionRange
    passive: Passive
    muscle: Muscle
    intent: Intent
    trunk: Trunk
