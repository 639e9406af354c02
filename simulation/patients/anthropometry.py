"""Whose arm it is: sex, mass, height."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from msgspec import Meta

from robotics.chain import Chain
from robotics.config import Config
from robotics.human_arm import human_arm
from simulation.patients.layout import Record

Sex = Literal["female", "male"]


class Anthropometry(Config, frozen=True, kw_only=True):
    """A person, as `robotics.human_arm` sizes and weighs his arm.

    Attributes:
        source: Where the figures come from.
        sex: Whose averages to take.
        mass_kg: Mass of the whole body [kg].
        height_m: Height [m].
        arm_mass_share: What his arm's segments weigh over the average of such a person: what a robot cannot know
            before it weighs the arm.
    """

    source: str
    sex: Sex
    mass_kg: Annotated[float, Meta(ge=2, le=400)]
    height_m: Annotated[float, Meta(ge=0.4, le=2.6)]
    arm_mass_share: Annotated[float, Meta(ge=0.5, le=1.5)] = 1.0

    def average(self, side: str) -> Chain:
        """The arm of one side as the tables have it."""
        return human_arm(self.sex, self.mass_kg, self.height_m, side)

    def chain(self, side: str) -> Chain:
        """The arm of one side as it is."""
        average, share = self.average(side), self.arm_mass_share
        return replace(average, mass=share * average.mass, inertia=share * average.inertia)


def put(chain: Chain, parameters: Record) -> None:
    """Enter the arm's numbers into the parameters."""
    for name in ("placement", "kind", "mass", "com", "inertia", "T_link_tip"):
        parameters[name] = getattr(chain, name)
