"""Patients for tests: those that ship, and plain ones with parts taken out."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from robotics.config import load_named
from robotics.guidance import Coordinates, Space
from simulation.patients import Patient, PatientConfig
from simulation.patients.alone import Alone
from simulation.patients.joints import JOINTS, JointValues
from simulation.patients.passive import PositiveValues

DT = 1e-3
HANGING = np.zeros(7)
TIP = Coordinates(Space.TIP, axes=(0, 1, 2))


def config(name: str = "healthy") -> PatientConfig:
    return load_named("patients", name, PatientConfig)


def calm(name: str = "healthy") -> PatientConfig:
    """Without errors of direction, without slacking and learning, and the same on all days."""
    c = config(name)
    return replace(c, intent=replace(c.intent, direction_error_deg=0.0), effort=None, learning=None, daily=None)


def limp(viscous: float) -> PatientConfig:
    """An arm without muscles, without tissue but for a given viscosity, on a trunk of stone."""
    c = config()
    return replace(
        c,
        strength=replace(c.strength, share=0.0),
        passive=replace(c.passive, viscous_nms_rad=everywhere(viscous)),
        trunk=replace(c.trunk, stiffness_n_m=(1e12, 1e12, 1e12)),
        pain=None,
    )


def everywhere(value: float) -> PositiveValues:
    return PositiveValues(**dict.fromkeys(JOINTS, value))


def values(**by_joint: float) -> JointValues:
    return JointValues(**by_joint)


def made(c: PatientConfig, q=HANGING, *, dt: float = DT, seed: int = 0, gravity: float = -9.81, base=None) -> Patient:
    patient = Patient(c, c.side, dt, dt, gravity)
    patient.reset(np.random.default_rng(seed), np.asarray(q, dtype=float), np.eye(4) if base is None else base)
    return patient


def alone(c: PatientConfig, *joints: str, q=HANGING, seed: int = 0, gravity: float = -9.81) -> Alone:
    coordinates = Coordinates(Space.JOINT, joints=joints) if joints else TIP
    return Alone(Patient(c, c.side, DT, DT, gravity), coordinates, q, seed, DT)


def posture(**degrees: float) -> np.ndarray:
    return np.radians([degrees.get(name, 0.0) for name in JOINTS])
