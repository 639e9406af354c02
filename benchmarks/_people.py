"""The people whom the benchmarks of simulated patients measure."""

from __future__ import annotations

from msgspec.structs import replace

from robotics.config import load_named
from simulation.patients.config import PatientConfig


def patient(name: str) -> PatientConfig:
    """A patient as he ships."""
    return load_named("patients", name, PatientConfig)


def man() -> PatientConfig:
    """The healthy man."""
    return patient("healthy")


def woman() -> PatientConfig:
    """A woman of 62 kg and 1.64 m, else as the healthy man."""
    his = man()
    return replace(his, anthropometry=replace(his.anthropometry, sex="female", mass_kg=62.0, height_m=1.64))
