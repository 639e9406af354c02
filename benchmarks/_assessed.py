"""Draws assessments: what is true of a simulated patient, with the errors and the gaps of one that was made.

All bounds of what is drawn are ours.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import numpy as np
from msgspec.structs import replace

from robotics.config import load_named
from simulation.patients.config import PatientConfig
from simulation.patients.joints import JOINTS
from steadyhand.rehab.rig import place, rig_of
from steadyhand.rig_config import RigConfig
from vr_training.rehab.arm_limits import JointLimit, joint_limits
from vr_training.rehab.prescription import Assessment, Grade, JointAssessment, Side

ERROR_DEG = 2.0
"""Standard deviation of an angle that was assessed: a few degrees, as robots and goniometers have."""


def assessed(rng: np.random.Generator, patient: str, arm: str, side: Side, stale_deg: float = 0.0) -> Assessment:
    """An assessment as a robot might have made it: what is true of the patient, with an error of a few degrees.

    Args:
        rng: Source of what is drawn.
        patient: Name of the simulated patient.
        arm: Name of the robot, which finds no more than it can move.
        side: Which arm.
        stale_deg: By how much his range was wider then.
    """
    config = _patient(patient)
    limits = _limits(arm, side, config.anthropometry.height_m)
    moved = {name: (each.low_deg, each.high_deg) for name, each in limits.items()}
    strength = config.strength.table(config.anthropometry.sex).min(axis=0)
    joints = {}
    for index, joint in enumerate(JOINTS):
        ends = {}
        for kind in ("active", "passive"):
            low, high = getattr(getattr(config.range, f"{kind}_deg"), joint)
            off = np.clip(rng.normal(0.0, ERROR_DEG, 2), -3.0 * ERROR_DEG, 3.0 * ERROR_DEG)
            bounds = moved.get(joint, (-180.0, 180.0))
            low, high = max(low + off[0] - stale_deg, bounds[0]), min(high + off[1] + stale_deg, bounds[1])
            ends[kind] = (float(low), float(max(high, low)))
        pushed = float(strength[index]) * float(rng.uniform(0.85, 1.1))
        joints[joint] = JointAssessment(
            active_deg=ends["active"],
            passive_deg=ends["passive"],
            strength_nm=min(pushed, 22.0),
            strength_at_least=pushed > 22.0,
            tone_grade=_grade(rng, config, joint),
            spasm=bool(config.spasm is not None and joint == "elbow_flexion" and rng.random() < 0.8),
            pain_deg=_pain(rng, config, joint),
        )
    return Assessment(patient="drawn", date=datetime.date(2026, 1, 1), arm=arm, side=side, joints=joints)


@cache
def _limits(arm: str, side: Side, height_m: float) -> dict[str, JointLimit]:
    """What a robot can do that is set to a patient."""
    return joint_limits(place(load_named("rigs", rig_of(arm), RigConfig), side, height_m).chain)


@cache
def _patient(name: str) -> PatientConfig:
    return load_named("patients", name, PatientConfig)


def _grade(rng: np.random.Generator, config: PatientConfig, joint: str) -> Grade | None:
    """A grade of tone, with which raters do not agree: ours, by whether the elbow's reflexes are there."""
    grades: tuple[Grade, ...] = ("0", "0", "0", "1")
    if config.spasticity is not None and joint == "elbow_flexion":
        grades = ("1+", "2", "3") if config.spasm is not None else ("1", "1+", "2")
    return grades[int(rng.integers(len(grades)))] if rng.random() < 0.5 else None


def _pain(rng: np.random.Generator, config: PatientConfig, joint: str) -> tuple[float, ...]:
    """Where it hurt, of who has a joint that hurts at its end: at times he was asked."""
    if config.pain is None or getattr(config.pain.past_end_deg, joint) > 0.0 or rng.random() < 0.9:
        return ()
    return (float(getattr(config.range.passive_deg, joint)[1]),)


def known(rng: np.random.Generator, found: Assessment) -> Assessment | None:
    """What is known of it: at times nothing, the other arm alone, or not all joints and figures."""
    said = rng.random()
    if said < 0.01:
        return None
    if said < 0.02:
        return replace(found, side="left" if found.side == "right" else "right")
    joints = {name: _partly(rng, each) for name, each in found.joints.items()}
    return replace(found, joints=joints)


def _partly(rng: np.random.Generator, found: JointAssessment) -> JointAssessment:
    """What was found at a joint, at times without one of the figures."""
    if rng.random() >= 0.01:
        return found
    left_out: dict[str, Any] = {str(rng.choice(("active_deg", "passive_deg", "strength_nm"))): None}
    return replace(found, **left_out)
