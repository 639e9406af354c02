"""A guided exercise as planned: robot, patient, law and exercise loaded and checked against each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from control import laws
from control.energy_tank import EnergyBudget
from control.guided_config import GuidedConfig
from control.patient_guard import PatientLimits
from robotics.arm_config import load_arm_config
from robotics.chain import Chain, chain_from_config
from robotics.config import find, load, load_named, names
from robotics.contracts import DriveMode, Vector
from robotics.errors import ArgumentError, ConfigError, UnknownNameError
from robotics.fitting import fitted, person_lengths
from robotics.guidance import Space
from robotics.human_arm import OLDER_RANGES_DEG, RANGES_DEG
from robotics.mirror import mirrored
from simulation.bullet_plant import PlacedArm
from simulation.patients.config import PatientConfig
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.prescribed import prescribe
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.exercises import ExerciseSettings

_MIRROR = np.diag([1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class GuidedRig:
    """A guided exercise as planned: everything is loaded and checked, nothing is started.

    Attributes:
        name: Name of the rig.
        config: The rig.
        controller: How the arm carries the law's force.
        arm: The robot in its place, of the patient's side, set to his lengths.
        exercise: Name of the exercise.
        settings: The exercise.
        law: Name of the law.
        law_config: The law.
        patient_name: Name of the patient.
        patient: The patient.
        side: Which of his arms it is.
        lower: Lowest positions of the robot's joints that he may be brought to, shape (n,) [rad].
        upper: Highest, shape (n,).
        order: What was asked for.
    """

    name: str
    config: RigConfig
    controller: GuidedConfig
    arm: PlacedArm
    exercise: str
    settings: ExerciseSettings
    law: str
    law_config: laws.LawConfig[Any]
    patient_name: str
    patient: PatientConfig
    side: str
    lower: Vector
    upper: Vector
    order: ExerciseOrder

    @property
    def space(self) -> Space:
        """What the exercise's coordinates are."""
        return Space(self.settings.space)

    @property
    def mode(self) -> DriveMode:
        """How the plant is driven."""
        return DriveMode.TORQUE if self.config.simulation.drive == "torque" else DriveMode.POSITION

    @property
    def support(self) -> float:
        """Share of the arm's weight that is carried."""
        return self.settings.support if self.order.support is None else self.order.support

    @property
    def limits(self) -> PatientLimits:
        """What ends the patient's movement: as it was ordered, else what an assessment needs, else what is usual."""
        ordered = self.order.limits
        return self.settings.limits or ordered if ordered == PatientLimits() else ordered

    @property
    def budget(self) -> EnergyBudget:
        """What the law may give; where several take turns the most of them."""
        names = (self.law, *self.settings.imposes.values())
        budgets = [budget for name in names if (budget := laws.load(name).energy(self.space)) is not None]
        return EnergyBudget(
            start_j=max(each.start_j for each in budgets),
            refill_w=max(each.refill_w for each in budgets),
            most_j=max(each.most_j for each in budgets),
        )

    @property
    def repetitions(self) -> int:
        """How many repetitions."""
        return self.settings.repetitions if self.order.repetitions is None else self.order.repetitions


def plan(order: ExerciseOrder) -> GuidedRig:
    """Load and check everything that an exercise needs.

    Raises:
        UnknownNameError: One of the names is unknown.
        ConfigError: A configuration says something that cannot be.
        ArgumentError: The parts do not fit each other; says which and why.
    """
    settings = exercises.load(order.exercise)
    patient = load_named("patients", order.patient, PatientConfig).after(order.sessions_before)
    name = order.rig or _rig_for(settings, order.joint)
    settings = settings.ordered(Path(name).stem, order.joint)
    path = find("rigs", name)
    config = load(path, RigConfig)
    config.simulation.substeps(config.period_s, str(path))
    if config.patient is None:
        raise ConfigError(path, "patient", f"is needed: nobody sits at rig '{name}'")
    if len(config.arms) != 1:
        raise ConfigError(path, "arms", f"a patient has one arm at a time, the rig has {len(config.arms)}")
    law = order.law or settings.law
    law_config = laws.load(law)
    refuse_law(order.exercise, settings, law)
    side = order.side or patient.side
    arm = place(config, side, patient.anthropometry.height_m)
    if config.simulation.drive == "torque" and not arm.config.back_drivable:
        raise ConfigError(path, "simulation.drive", "must be 'position': nobody can move this arm against its drives")
    settings = prescribe(order.exercise, settings, order)
    _refuse_joints(order.exercise, settings, arm.chain, name)
    _refuse_reach(order.exercise, settings, config.arms[0].arm, name)
    lower, upper = _allowed(arm, patient, settings, order)
    # Taken up outside of his range, an arm would be pushed in by its walls before anybody let anything begin.
    arm = replace(arm, start=np.clip(arm.start, lower, upper))
    controller = load(find("controllers", config.arms[0].controller or config.controller), GuidedConfig)
    return GuidedRig(
        name=Path(name).stem,
        config=config,
        controller=controller,
        arm=arm,
        exercise=Path(order.exercise).stem,
        settings=settings,
        law=Path(law).stem,
        law_config=law_config,
        patient_name=Path(order.patient).stem,
        patient=patient,
        side=side,
        lower=lower,
        upper=upper,
        order=order,
    )


def _rig_for(settings: ExerciseSettings, joint: str | None) -> str:
    """The exercise's usual rig; where that has not the joint that was ordered, the first of its rigs that has."""
    for name in settings.rigs if joint in settings.choice else ():
        arm = load_arm_config(load(find("rigs", name), RigConfig).arms[0].arm)
        if any(each.name == joint for each in arm.joints):
            return name
    return settings.rigs[0]


def refuse_law(exercise: str, settings: ExerciseSettings, law: str) -> None:
    """Refuse a law that the exercise cannot be done under.

    Raises:
        ArgumentError: It is one; says why, and which fit.
    """
    fits = fitting_laws(settings)
    if Path(law).stem in fits or Path(law).suffix == ".toml":
        return
    raise ArgumentError(f"exercise '{exercise}' is not done under law '{law}'; choose of: {', '.join(fits)}")


def fitting_laws(settings: ExerciseSettings) -> tuple[str, ...]:
    """Names of the laws that an exercise can be done under."""
    space = Space(settings.space)
    if settings.laws:
        return tuple(name for name in laws.names() if name in settings.laws)
    return tuple(name for name in laws.names() if space in laws.load(name).spaces() and "move" in laws.load(name).fits)


def rig_of(arm: str) -> str:
    """Name of the rig at which a patient sits in an arm.

    Raises:
        UnknownNameError: There is none; the message lists the arms that there are.
    """
    found: dict[str, str] = {}
    for name in names("rigs"):
        config = load_named("rigs", name, RigConfig)
        if config.patient is not None and len(config.arms) == 1:
            found.setdefault(config.arms[0].arm, name)
    if arm not in found:
        raise UnknownNameError("arm for a patient", arm, found)
    return found[arm]


def place(config: RigConfig, side: str, height_m: float) -> PlacedArm:
    """The arm of a rig in its place, of the patient's side, set to his lengths."""
    placement = config.arms[0]
    arm = load_arm_config(placement.arm)
    T_world_base = placement.T_world_base()
    if arm.side and arm.side != side:
        arm = mirrored(arm)
        T_world_base = _MIRROR @ T_world_base @ _MIRROR
    arm, _ = fitted(arm, person_lengths(height_m))
    chain = chain_from_config(arm)
    start = chain.home if placement.home is None else np.array(placement.home)
    if start.shape != chain.lower.shape:
        raise ConfigError(config.title, "arms[0].home", f"has {start.size} values for {chain.size} joints")
    return PlacedArm(placement.name, arm, chain, T_world_base, start)


def _refuse_joints(exercise: str, settings: ExerciseSettings, chain: Chain, rig: str) -> None:
    missing = [joint for joint in settings.joints if joint not in chain.joint_names]
    if missing:
        raise ArgumentError(
            f"exercise '{exercise}' moves {', '.join(missing)}, which rig '{rig}' has not; it is done on: "
            f"{', '.join(settings.rigs)}"
        )


def _refuse_reach(exercise: str, settings: ExerciseSettings, arm: str, rig: str) -> None:
    """Refuse a robot that cannot bring a hand where an exercise of the hand goes: another than it is made for."""
    if settings.space != "tip":
        return
    fit = {load(find("rigs", each), RigConfig).arms[0].arm for each in settings.rigs}
    if arm not in fit:
        raise ArgumentError(
            f"exercise '{exercise}' moves the hand along ways that rig '{rig}' is not known to reach; it is done on: "
            f"{', '.join(settings.rigs)}"
        )


def _allowed(
    arm: PlacedArm, patient: PatientConfig, settings: ExerciseSettings, order: ExerciseOrder
) -> tuple[Vector, Vector]:
    """Where the robot's joints may bring the patient's: within the robot's own limits, and what was said of his range.

    What was prescribed goes before what was assessed. Where neither was, a plan allows what is usual of healthy older
    adults, and the posture in which he begins; without a plan his own range as it is simulated counts. Where his range
    is looked for, a healthy one takes its place.
    """
    unknown = [joint for joint in (*order.ranges_deg, *order.allowed_deg) if joint not in RANGES_DEG]
    if unknown:
        raise ArgumentError(f"no joint {', '.join(unknown)}; choose of: {', '.join(RANGES_DEG)}")
    chain, passive = arm.chain, patient.range.passive_deg
    lower, upper = chain.lower.copy(), chain.upper.copy()
    for j, joint in enumerate(chain.joint_names):
        if joint not in RANGES_DEG:
            continue
        if settings.explores and joint in settings.joints:
            usual = RANGES_DEG[joint]
        elif joint in order.allowed_deg:
            usual = order.allowed_deg[joint]
        elif order.planned:
            start = math.degrees(arm.start[j])
            low, high = OLDER_RANGES_DEG[joint]
            usual = (min(low, start), max(high, start))
        else:
            usual = getattr(passive, joint)
        low, high = order.ranges_deg.get(joint, usual)
        if not low < high:
            raise ArgumentError(f"the range of {joint} is {low:g} to {high:g} deg: it must go up")
        lower[j], upper[j] = max(lower[j], math.radians(low)), min(upper[j], math.radians(high))
    return lower, upper
