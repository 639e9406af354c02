"""A patient as a configuration: ``configs/patients/<name>.toml``, a section for each part of the model.

A part whose section is left out is one that he does not have: no tremor, no spasm.
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import asdict, replace

from robotics.config import Config
from simulation.patients.anthropometry import Anthropometry
from simulation.patients.ataxia import Ataxia
from simulation.patients.daily import Daily
from simulation.patients.effort import Effort
from simulation.patients.fatigue import Fatigue
from simulation.patients.intent import Intent
from simulation.patients.joints import GroupShares
from simulation.patients.learning import Learning
from simulation.patients.muscle import Muscle
from simulation.patients.pain import Pain
from simulation.patients.passive import Passive
from simulation.patients.recovery import Recovery, closer
from simulation.patients.sound_side import SoundSide
from simulation.patients.spasm import Spasm
from simulation.patients.spasticity import Spasticity
from simulation.patients.strength import HEALTHY_ACTIVE, HEALTHY_PASSIVE, MotionRange, Strength
from simulation.patients.synergy import Synergy
from simulation.patients.tremor import Tremor
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
    effort: Effort | None = None
    learning: Learning | None = None
    fatigue: Fatigue | None = None
    spasticity: Spasticity | None = None
    spasm: Spasm | None = None
    tremor: Tremor | None = None
    ataxia: Ataxia | None = None
    synergy: Synergy | None = None
    pain: Pain | None = None
    sound_side: SoundSide | None = None
    recovery: Recovery | None = None
    daily: Daily | None = None

    def after(self, sessions: int) -> PatientConfig:
        """The same patient after a number of sessions; one without a section on recovery stays as he is.

        Args:
            sessions: How many sessions he has had.
        """
        if self.recovery is None or sessions <= 0:
            return self
        gains = self.recovery
        tone, synergy = (1.0 - gains.tone) ** sessions, (1.0 - gains.synergy) ** sessions
        control = (1.0 - gains.control) ** sessions
        groups = {
            name: closer(value, 1.0, gains.strength, sessions) for name, value in asdict(self.strength.groups).items()
        }
        closed = 1.0 - (1.0 - gains.range) ** sessions
        ranges = self.range
        return replace(
            self,
            strength=replace(
                self.strength,
                share=closer(self.strength.share, 1.0, gains.strength, sessions),
                groups=GroupShares(**groups),
            ),
            range=replace(
                ranges,
                active_deg=ranges.active_deg.towards(HEALTHY_ACTIVE, closed),
                passive_deg=ranges.passive_deg.towards(HEALTHY_PASSIVE, closed),
            ),
            intent=replace(
                self.intent,
                pace=closer(self.intent.pace, 1.0, gains.control, sessions),
                direction_error_deg=self.intent.direction_error_deg * control,
            ),
            learning=self.learning and self.learning.scaled(control),
            trunk=replace(self.trunk, lean_share=self.trunk.lean_share * control),
            spasticity=self.spasticity and self.spasticity.scaled(tone),
            spasm=self.spasm and replace(self.spasm, per_minute=self.spasm.per_minute * tone),
            ataxia=self.ataxia and self.ataxia.scaled(control),
            synergy=self.synergy and self.synergy.scaled(synergy),
        )
