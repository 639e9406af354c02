"""Starts the simulation of a guided exercise and puts the loop together, ready for its first tick."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np

from control.energy_tank import EnergyTank
from control.guided_arm import GuidedArm
from control.laws import Law
from control.laws.switching import SwitchingLaw
from control.laws.weight_support import WeightSupport
from control.loop import ControlLoop
from control.patient_guard import PatientGuard
from robotics.contracts import POSE_SIZE, Plant, Vector
from robotics.fitting import person_lengths
from robotics.guidance import Bedside, Moment, Space
from robotics.kernels.rotation import pose_from_matrix
from robotics.kinematics import forward
from simulation.bullet_plant import BulletPlant
from simulation.patients import seating
from simulation.patients.bedside import SimulatedBedside
from simulation.patients.coupling import Cuffs, cuff_pose
from simulation.patients.limb import limb_on
from simulation.patients.patient import Patient
from simulation.patients.scene import PatientScene
from simulation.world import BulletWorld
from steadyhand.plants import Through
from steadyhand.rehab.prescribed import at_hand_speed, create_law
from steadyhand.rehab.rig import GuidedRig
from steadyhand.rehab.spasms import most_push, most_torque, refuse_spasms
from steadyhand.rehab.weighing import loads_on
from vr_training import exercises
from vr_training.exercises import Bout, Context, Exercise
from vr_training.wearables.stop_rule import StopRules

FREE = 0.95
"""Share of the speed from which on an arm is braked that an exercise uses; ours."""


@dataclass(frozen=True)
class Prepared:
    """Patient and exercise, ready to begin; no simulation is started yet.

    Attributes:
        patient: The simulated patient, seated.
        bout: The exercise, from its beginning.
        T_world_shoulder: Where his shoulder is, shape (4, 4).
        rng: What he draws from next.
    """

    patient: Patient
    bout: Bout
    T_world_shoulder: Vector
    rng: np.random.Generator

    @property
    def exercise(self) -> Exercise:
        """What the patient is asked to do."""
        return self.bout.exercise


@dataclass(frozen=True)
class Guided:
    """A guided exercise, running.

    Attributes:
        loop: The loop.
        bout: The exercise.
        patient: The simulated patient.
    """

    loop: ControlLoop
    bout: Bout
    patient: Patient


def prepare(rig: GuidedRig) -> Prepared:
    """Seat the patient and set up the exercise.

    Raises:
        ArgumentError: He does not fit the robot, or his spasms do not fit the limits.
    """
    simulation, order = rig.config.simulation, rig.order
    exercise_rng, patient_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(order.seed).spawn(2))
    period = rig.config.period_s
    patient = Patient(rig.patient, rig.side, period, simulation.physics_period_s, simulation.gravity_m_s2)
    patient.instruct(rig.settings.coordinates)
    q, T_world_shoulder = seat(rig, patient)
    patient.reset(patient_rng, q, T_world_shoulder)
    spasm_n = refuse_spasms(rig, patient, T_world_shoulder)
    tip = np.zeros(POSE_SIZE)
    pose_from_matrix(rig.arm.T_world_base @ forward(rig.arm.chain, rig.arm.start), tip)
    context = Context(
        arm=rig.arm.name,
        x=_coordinates_of(rig),
        tip=tip,
        lower=_range(rig, rig.lower, -math.inf),
        upper=_range(rig, rig.upper, math.inf),
        side=rig.side,
        arm_length_m=_arm_length(rig),
        p_world_shoulder=T_world_shoulder[:3, 3].copy(),
        dt=period,
        repetitions=rig.repetitions,
        amplitude=order.amplitude,
        speed=order.speed,
        assistance=order.assistance,
        waits_s=0.0 if rig.law_config.leads else rig.settings.waits_s,
        p_tip_palm=_tip_to_palm(rig),
        fastest=_fastest(rig),
        most_push_n=most_push(rig, spasm_n),
        most_push_nm=most_torque(rig),
    )
    if order.speed_cm_s is not None and not hasattr(rig.settings, "speed_cm_s"):
        context = at_hand_speed(rig.exercise, rig.settings, context, order.speed_cm_s)
    bout = Bout(exercises.create(rig.exercise, rig.settings, context))
    bout.reset(exercise_rng)
    return Prepared(patient, bout, T_world_shoulder, patient_rng)


@contextmanager
def build(rig: GuidedRig, shown: bool = True, through: Through | None = None) -> Iterator[Guided]:
    """Start the simulation and put the loop together, ready for its first tick.

    Args:
        rig: From `steadyhand.rehab.rig.plan`.
        shown: Whether anybody looks: without, the records have neither the scene nor the hand without its tremor,
            of which nothing that is measured depends, and a tick takes less time.
        through: A board between the loop and the simulated robot; None where the loop drives that itself.
    """
    period, simulation = rig.config.period_s, rig.config.simulation
    prepared = prepare(rig)
    patient, bout = prepared.patient, prepared.bout
    with ExitStack() as stack:
        physics = simulation if through is None else through.simulation(simulation)
        world = stack.enter_context(BulletWorld(physics, rig.order.gui))
        cuffs = Cuffs(rig.arm, 0, patient)
        simulated = BulletPlant(
            world, (rig.arm,), period if through is None else through.period(physics, period), cuffs
        )
        plant: Plant = stack.enter_context(simulated)
        cuffs.put_on(rig.arm.start)
        cuffs.connect(simulated)
        if through is not None:
            plant = stack.enter_context(through.plant(simulated, (rig.arm,), period, simulation.gravity_m_s2))
        bedside: Bedside = SimulatedBedside(patient, prepared.T_world_shoulder[:3, :3])
        channels = 0
        if rig.order.board:
            from steadyhand.rehab.worn import WornBedside, wearables_of
            from vr_training.wearables.lsl import open_reader  # the layer's library is an extra

            worn = wearables_of(rig.order)
            reader = open_reader(rig.order.board, worn)
            bedside, channels = WornBedside(bedside, reader, StopRules(worn)), reader.values.size
        stack.enter_context(bedside).reset(prepared.rng, period)
        coordinates = rig.settings.coordinates
        chain = rig.arm.chain
        support = WeightSupport(chain, rig.arm.T_world_base, (0.0, 0.0, simulation.gravity_m_s2), period)
        support.set_table(loads_on(rig.arm, rig.order.loads) or limb_on(rig.arm, patient))
        arm = GuidedArm(
            name=rig.arm.name,
            index=0,
            chain=chain,
            plant=plant.describe(),
            T_world_base=rig.arm.T_world_base,
            home=rig.arm.start,
            coordinates=coordinates,
            bedside=bedside,
            law=law_of(rig),
            tank=EnergyTank(rig.budget, period),
            support=support,
            level=rig.support,
            limits=PatientGuard(rig.limits, rig.space, coordinates.size, rig.lower, rig.upper, period),
            config=rig.controller,
            filter_name=rig.config.filter if shown else None,
            mode=rig.mode,
            dt=period,
            wearables=channels,
            gravity_m_s2=simulation.gravity_m_s2,
        )
        explores = rig.settings.explores
        shows = PatientScene(patient, coordinates, bout.guidance, prepared.T_world_shoulder, not explores)
        scene = shows if shown else None
        yield Guided(ControlLoop(plant, (arm,), bout, scene, period, rig.mode), bout, patient)


def seat(rig: GuidedRig, patient: Patient) -> tuple[Vector, Vector]:
    """Posture of the patient's arm, shape (7,), and the place of his shoulder in world, shape (4, 4)."""
    placement = rig.config.patient
    assert placement is not None  # a rig without one was refused
    posture = {joint: math.radians(value) for joint, value in placement.posture_deg.items()}
    if placement.align == "base":
        return seating.at_base(patient.chain, rig.arm, posture)
    if placement.align == "tip":
        return seating.at_tip(patient.chain, rig.arm, posture)
    assert placement.shoulder_m is not None
    shoulder = np.array(placement.shoulder_m)
    if rig.side == "left":
        shoulder[1] = -shoulder[1]
    return seating.reaching(patient.chain, rig.arm, posture, shoulder, _handle(rig))


def _handle(rig: GuidedRig) -> Vector:
    """Where the hand's cuff is in the frame of the robot's tip, shape (3,) [m]."""
    chain = rig.arm.chain
    for cuff in rig.arm.config.cuffs:
        if cuff.segment == "hand" and cuff.link == chain.joint_names[-1]:
            return np.asarray((np.linalg.inv(chain.T_link_tip) @ cuff_pose(cuff))[:3, 3])
    return np.zeros(3)


def law_of(rig: GuidedRig) -> Law:
    """The law that acts, or several that take turns where the exercise imposes some."""
    space, dims, period = rig.space, rig.settings.coordinates.size, rig.config.period_s
    most = rig.order.most_force
    usual = create_law(rig.order.law or rig.law, space, dims, period, most)
    if not rig.settings.imposes:
        return usual
    imposed = rig.settings.imposes.items()
    return SwitchingLaw(
        usual, {Moment[asked.upper()]: create_law(name, space, dims, period, most) for asked, name in imposed}
    )


def _tip_to_palm(rig: GuidedRig) -> Vector:
    """From the robot's tip to where the hand holds it, in world, shape (3,) [m]."""
    T_world_tip = rig.arm.T_world_base @ forward(rig.arm.chain, rig.arm.start)
    return np.asarray(T_world_tip[:3, :3] @ _handle(rig))


def _fastest(rig: GuidedRig) -> float:
    """Speed of the exercise's joints that neither a limit nor a drive holds back [rad/s]; any of the tip."""
    if rig.space is not Space.JOINT:
        return math.inf
    chain, limits = rig.arm.chain, rig.limits
    drives = min(float(chain.velocity[chain.joint_names.index(joint)]) for joint in rig.settings.joints)
    return FREE * min(drives, rig.controller.brake_share * math.radians(limits.joint_speed_deg_s))


def _coordinates_of(rig: GuidedRig) -> Vector:
    """The exercise's coordinates at the start, shape (m,)."""
    chain, settings = rig.arm.chain, rig.settings
    if rig.space is Space.JOINT:
        return np.array([rig.arm.start[chain.joint_names.index(joint)] for joint in settings.joints])
    tip = (rig.arm.T_world_base @ forward(chain, rig.arm.start))[:3, 3]
    return tip[list(settings.axes)].copy()


def _range(rig: GuidedRig, limits: Vector, nothing: float) -> Vector:
    chain, settings = rig.arm.chain, rig.settings
    if rig.space is Space.JOINT:
        return np.array([limits[chain.joint_names.index(joint)] for joint in settings.joints])
    return np.full(len(settings.axes), nothing)


def _arm_length(rig: GuidedRig) -> float:
    lengths = person_lengths(rig.patient.anthropometry.height_m)
    return lengths["upper_arm"] + lengths["elbow_to_palm"]
