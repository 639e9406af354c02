"""From a block of a plan to the order that runs it, and what speaks against a plan before anything is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as with_probe
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from control import laws
from control.patient_guard import PatientLimits
from robotics.config import convert, find, load, load_named
from robotics.errors import ArgumentError, SteadyhandError
from robotics.human_arm import RANGES_DEG
from simulation.patients.config import PatientConfig
from steadyhand.plants import SIMULATOR
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import place, rig_of
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.rehab.adaptation import Difficulty, Progression
from vr_training.rehab.arm_limits import joint_limits
from vr_training.rehab.limits import refuse
from vr_training.rehab.our_limits import ASSESSING, LEVERS_M
from vr_training.rehab.prescription import Assessment, Block, Plan, Stops
from vr_training.wearables.config import channel_names

UNWATCHED = PatientLimits(trunk_cm=30.0, spasm_nm=30.0, spasm_n=100.0)
"""What is taken where a plan does not watch something: the laxest that `control.patient_guard` allows."""

PROBE_LAW = "active"
"""Law of a probe: it helps nothing."""

SPASM_LEVER_M = LEVERS_M["elbow_flexion"]
"""Distance at which a spasm's torque counts as a force at the hand; ours [m]."""


@dataclass(frozen=True)
class Wanted:
    """How a session is to be run, whatever its plan.

    Attributes:
        patient: Name of the simulated patient.
        seed: Of everything that is drawn.
        lockstep: As fast as it can instead of in real time.
        headless: Without a view.
        view: Name of the view's settings.
        stereo: Two eyes side by side in the view.
        sessions: Folder of all sessions.
        sessions_before: How many sessions the patient has behind him.
        wearables: What he wears.
        plant: What the loop drives, see `steadyhand.plants.through`.
        listen: Where others may attach from other machines; nowhere where empty.
    """

    patient: str
    seed: int = 0
    lockstep: bool = False
    headless: bool = False
    view: str = "default"
    stereo: bool = False
    sessions: Path | None = None
    sessions_before: int = 0
    wearables: tuple[str, ...] = ()
    plant: str = SIMULATOR
    listen: str = ""


def seed_of(seed: int, *places: int) -> int:
    """A seed for one place among many, the same for the same places."""
    return int(np.random.SeedSequence([seed, *places]).generate_state(1)[0])


def limits_of(stops: Stops) -> PatientLimits:
    """What ends the patient's movement, of the rules of a plan.

    Raises:
        ConfigError: A rule is laxer than the guard allows at all; names key, value and bound.
    """
    spasm = stops.spasm_torque_nm
    limits = {
        "cuff_force_n": stops.cuff_force_n,
        "joint_torque_nm": stops.joint_torque_nm,
        "joint_speed_deg_s": stops.joint_speed_deg_s,
        "tip_speed_m_s": 0.01 * stops.hand_speed_cm_s,
        "trunk_cm": UNWATCHED.trunk_cm if stops.trunk_cm is None else stops.trunk_cm,
        "spasm_nm": UNWATCHED.spasm_nm if spasm is None else spasm,
        "spasm_n": UNWATCHED.spasm_n if spasm is None else spasm / SPASM_LEVER_M,
        "tone_nms_rad": stops.tone_nms_rad or 0.0,
        "fatigue_share": 0.0 if stops.fatigue_percent is None else 1.0 - 0.01 * stops.fatigue_percent,
    }
    # A struct that is made directly checks none of its bounds; one that is converted does.
    return convert(limits, PatientLimits, source="stop rules of the plan")


def probe_of(plan: Plan, index: int, assessment: Assessment | None, wanted: Wanted) -> ExerciseOrder:
    """The order that runs the probes of a block: the same exercise, unhelped, all of what is prescribed.

    A probe may go further than the patient gets by himself: nothing brings him there.

    Args:
        plan: The plan.
        index: Which of its blocks, from 0.
        assessment: What was found at the patient first, so that the same is asked of him all the time.
        wanted: How it is to be run.
    """
    block = plan.blocks[index]
    whole = Difficulty.start(Progression(assistance=(0.0, 0.0), amplitude=(1.0, 1.0), speed=(1.0, 1.0)))
    # A seed of its own behind those of the sets, which stay what they are without probes.
    order = order_of(plan, index, block.sets, assessment, whole, wanted)
    return with_probe(order, law=PROBE_LAW, relaxed=False, repetitions=block.probes, most_force=None)


def allowed_of(assessment: Assessment | None) -> dict[str, tuple[float, float]]:
    """Range that is allowed by joint, of those that were assessed [deg]: the passive one, else the active one.

    It is what was found, whether the arm is simulated or real.
    """
    joints = assessment.joints if assessment else {}
    found = {joint: each.passive_deg or each.active_deg for joint, each in joints.items() if joint in RANGES_DEG}
    return {joint: ends for joint, ends in found.items() if ends is not None}


def order_of(
    plan: Plan, index: int, set_index: int, assessment: Assessment | None, difficulty: Difficulty, wanted: Wanted
) -> ExerciseOrder:
    """The order that runs one set of a block.

    Args:
        plan: The plan.
        index: Which of its blocks, from 0.
        set_index: Which of the block's sets, from 0.
        assessment: What was found at the patient.
        difficulty: How hard it is at present.
        wanted: How it is to be run.
    """
    block = plan.blocks[index]
    joints = assessment.joints if assessment else {}
    settings = exercises.load(block.exercise)
    chosen = [joint for joint in block.ranges if joint in settings.choice]
    ranges = {joint: asked.resolved(joints.get(joint)) for joint, asked in block.ranges.items()}
    return ExerciseOrder(
        exercise=block.exercise,
        patient=wanted.patient,
        law=block.law,
        rig=rig_of(plan.arm),
        side=plan.side,
        joint=chosen[0] if chosen else None,
        repetitions=block.repetitions,
        relaxed=block.relaxed,
        support=block.arm_weight_support,
        assistance=difficulty.assistance,
        amplitude=difficulty.amplitude,
        speed=difficulty.speed,
        ranges_deg={joint: ends for joint, ends in ranges.items() if ends is not None},
        allowed_deg=allowed_of(assessment),
        planned=True,
        distance_cm=block.distance_cm,
        speed_deg_s=block.speed_deg_s,
        speed_cm_s=block.speed_cm_s,
        most_force=block.torque_nm if settings.space == "joint" else block.force_n,
        loads=tuple(load for load in assessment.loads if load.arm == plan.arm) if assessment else (),
        limits=limits_of(plan.stops_of(block)),
        sessions_before=wanted.sessions_before,
        wearables=wanted.wearables,
        plant=wanted.plant,
        rules=tuple(rule for rule in plan.stops_of(block).wearables if rule.channel in channel_names(wanted.wearables)),
        seed=seed_of(wanted.seed, index, set_index),
        lockstep=wanted.lockstep,
        headless=wanted.headless,
        view=wanted.view,
        stereo=wanted.stereo,
        sessions=wanted.sessions,
        listen=wanted.listen,
    )


@dataclass(frozen=True)
class Checked:
    """A plan held against a patient.

    Attributes:
        reasons: Everything that speaks against it, in sentences; empty where it may be done.
        seconds: Longest time of each block, its rests and all [s]; empty where something speaks against it.
        lacking: Whether all that speaks against it is that an assessment is missing.
    """

    reasons: tuple[str, ...]
    seconds: tuple[float, ...] = ()
    lacking: bool = False


def check(plan: Plan, assessment: Assessment | None, difficulties: Sequence[Difficulty], wanted: Wanted) -> Checked:
    """Hold a plan against a patient; nothing is started.

    Args:
        plan: The plan.
        assessment: What was found at the patient; None where nothing was.
        difficulties: How hard each block begins.
        wanted: How it is to be run.

    Raises:
        SteadyhandError: There is no such patient, or nobody can sit in the arm.
    """
    patient = load_named("patients", wanted.patient, PatientConfig)
    config = load(find("rigs", rig_of(plan.arm)), RigConfig)
    arm = place(config, plan.side, patient.anthropometry.height_m)
    problems = refuse(plan, assessment, joint_limits(arm.chain), exercises.names(), laws.names())
    reasons, seconds = [str(problem) for problem in problems], []
    # What is wrong with a block as it is prescribed says enough of it; what only lacks an assessment is tried without.
    wrong = {problem.block for problem in problems if not problem.lacks}
    for index, (block, difficulty) in enumerate(zip(plan.blocks, difficulties, strict=True)):
        if wrong & {0, index + 1}:
            continue
        try:
            run = ExerciseRun(order_of(plan, index, 0, assessment, difficulty, wanted))
            probing_s = ExerciseRun(probe_of(plan, index, assessment, wanted)).duration_s if block.probes else 0.0
        except SteadyhandError as error:
            reasons.append(f"block {index + 1}, {block.exercise}: {error}")
        else:
            seconds.append(probing_s + block.sets * run.duration_s + (block.sets - 1) * block.rest_s)
    lacking = 0 < len(reasons) == sum(problem.lacks for problem in problems)
    return Checked(tuple(reasons), () if reasons else tuple(seconds), lacking)


def refuse_plan(
    plan: Plan, name: str, assessment: Assessment | None, difficulties: Sequence[Difficulty], wanted: Wanted
) -> Checked:
    """Refuse a plan that something speaks against; see `check`.

    Raises:
        ArgumentError: Something does; the message has every reason.
    """
    checked = check(plan, assessment, difficulties, wanted)
    if checked.reasons:
        raise ArgumentError(refusal(name, checked))
    return checked


def refusal(name: str, checked: Checked) -> str:
    """Why a plan is refused: every reason, once, with all the blocks that it is a reason for."""
    where: dict[str, list[str]] = {}
    for each in checked.reasons:
        place, _, reason = each.partition(": ")
        where.setdefault(reason, []).append(place)
    return f"plan '{name}' is refused:" + "".join(
        f"\n  {'; '.join(places)}: {reason}" for reason, places in where.items()
    )


def unwatched(plan: Plan, wanted: Wanted) -> list[str]:
    """What nothing watches, in sentences: rules without a sensor, and what a plan has no rule for."""
    worn = channel_names(wanted.wearables)
    found = []
    for stops in dict.fromkeys(plan.stops_of(block) for block in plan.blocks):
        for rule in stops.wearables:
            if rule.channel not in worn:
                found.append(f"nothing watches {rule.channel}: nothing that measures it is worn (--wearable)")
    for number, block in enumerate(plan.blocks, 1):
        stops, where = plan.stops_of(block), f"block {number}, {block.exercise}"
        for key, value, watched in (
            ("spasm_torque_nm", stops.spasm_torque_nm, "spasms"),
            ("trunk_cm", stops.trunk_cm, "the trunk"),
        ):
            if value is None:
                found.append(f"{where}: nothing watches {watched}, without {key}")
        if stops.tone_nms_rad is not None and not _relaxes(block):
            found.append(f"{where}: nothing watches tone while he moves his arm himself")
    return list(dict.fromkeys(found))


def _relaxes(block: Block) -> bool:
    """Whether he lets the robot move his arm in a block, at least at times."""
    asks = getattr(exercises.load(block.exercise), "asks", "move")
    return block.relaxed or asks == "relax" or block.exercise in ASSESSING


def with_repetitions(plan: Plan, repetitions: int | None) -> Plan:
    """A plan with fewer repetitions, in one set each; the plan itself where None."""
    if repetitions is None:
        return plan
    blocks = tuple(
        replace(block, repetitions=min(repetitions, block.repetitions), sets=1, probes=min(repetitions, block.probes))
        for block in plan.blocks
    )
    return replace(plan, blocks=blocks)
