"""Draws prescriptions: plans with the assessment that they are held against, and orders as `rehab run` takes them.

A seed stands for one prescription. Three of ten are orders with limits of their own, the second door to a robot; the
others are plans of one or two blocks. Some are drawn so that a stop of one kind is likely (`_aims.py`). Some go against
our limits, or ask what was not assessed: they are to be refused. All bounds of what is drawn are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from msgspec.structs import replace

from benchmarks._aims import AIMS, Aim
from benchmarks._assessed import assessed, known
from control import laws
from robotics.arm_config import load_arm_config
from robotics.config import load_named, names
from robotics.human_arm import RANGES_DEG
from steadyhand.rehab.blocks import limits_of
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.prescribed import DISTANCES_MM
from steadyhand.rehab.rig import fitting_laws, rig_of
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.exercises import ExerciseSettings
from vr_training.exercises.arc import ArcSettings
from vr_training.rehab.adaptation import KNOBS, Progression
from vr_training.rehab.our_limits import (
    ASSESSING,
    FOREARM_REACH_M,
    LEVERS_M,
    MOST_CUFF_N,
    MOST_FATIGUE_PERCENT,
    MOST_HAND_SPEED_CM_S,
    MOST_PUSH_N,
    MOST_SPASM_NM,
    MOST_TONE_NMS_RAD,
    MOST_TORQUE_NM,
    MOST_TRUNK_CM,
    PASSIVE_MARGIN_DEG,
    PUSHING,
    SPASM_SPEED_DEG_S,
    SPEED_DEG_S,
    STOP_TORQUE_TIMES,
    STRENGTH_SHARE,
    most_torque_nm,
)
from vr_training.rehab.prescription import (
    Assessment,
    Block,
    JointAssessment,
    JointRange,
    Plan,
    Side,
    Stops,
    load_plan,
)

DIRECT = 3
"""Of ten prescriptions so many are orders without a plan."""

STRICTEST = "spastic_early"
"""Plan whose stop rules are the strictest that ship: limits are drawn from them up to ours."""

PLANS: dict[str, tuple[float, float]] = {
    "cuff_force_n": (40.0, MOST_CUFF_N),
    "joint_torque_nm": (18.0, max(MOST_TORQUE_NM.values())),
    "joint_speed_deg_s": (40.0, 2.0 * SPEED_DEG_S["0"]),
    "hand_speed_cm_s": (30.0, MOST_HAND_SPEED_CM_S),
    "trunk_cm": (3.0, MOST_TRUNK_CM),
    "spasm_torque_nm": (3.0, MOST_SPASM_NM),
    "tone_nms_rad": (1.0, MOST_TONE_NMS_RAD),
    "fatigue_percent": (10.0, MOST_FATIGUE_PERCENT),
}
"""Stop rules of plans: from the strictest that ship to ours."""

ORDERS: dict[str, tuple[float, float]] = PLANS | {
    "cuff_force_n": (40.0, 100.0),
    "joint_torque_nm": (15.0, 40.0),
    "joint_speed_deg_s": (40.0, 200.0),
    "hand_speed_cm_s": (30.0, 150.0),
    "tone_nms_rad": (1.0, 12.0),
    "fatigue_percent": (10.0, 60.0),
}
"""The same of orders, whose limits no plan bounds."""

REPETITIONS, SHARES = (1, 2, 3, 4), (0.6, 0.2, 0.1, 0.1)
"""Repetitions of a set, and how often each."""

SELDOM = {"tone": 0.3, "weighing": 0.3, "range_of_motion": 0.4}
"""Share of what other exercises are drawn, of those that take long."""

TWO_BLOCKS = 0.1
"""Share of plans that have two blocks; the others have one."""

AIMED = 0.5
"""Share of prescriptions that are drawn with an aim."""

STOPPED = 0.12
"""Share of prescriptions that the therapist stops at a moment that is drawn."""


@dataclass(frozen=True)
class Prescription:
    """What was drawn of one seed: an order, or a plan with an assessment.

    Attributes:
        seed: The seed.
        patient: Name of the simulated patient.
        order: The order; None where it is a plan.
        plan: The plan; None where it is an order.
        assessment: What the plan is held against; None where nothing was assessed.
        stop_s: When the therapist stops its first set; None where he does not [s].
    """

    seed: int
    patient: str
    order: ExerciseOrder | None = None
    plan: Plan | None = None
    assessment: Assessment | None = None
    stop_s: float | None = None


def draw(seed: int) -> Prescription:
    """The prescription that a seed stands for."""
    rng = np.random.default_rng(seed)
    aims = [name for name in AIMS if name != "none"]
    aim = AIMS[str(rng.choice(aims)) if rng.random() < AIMED else "none"]
    patient = str(rng.choice(aim.patients or names("patients")))
    stop_s = round(float(rng.uniform(2.0, 20.0)), 3) if rng.random() < STOPPED else None
    if seed % 10 < DIRECT:
        return Prescription(seed, patient, order=_order(rng, seed, patient, aim), stop_s=stop_s)
    arm = str(rng.choice(("arm_exo", "planar_reach", "wrist_exo"), p=(0.5, 0.3, 0.2)))
    side: Side = "left" if rng.random() < 0.5 else "right"
    found = assessed(rng, patient, arm, side, aim.stale_deg)
    count = 2 if rng.random() < TWO_BLOCKS else 1
    stops = _stops(rng, PLANS, aim, rig_of(arm))
    plan = Plan(
        title="Drawn",
        arm=arm,
        side=side,
        blocks=tuple(_block(rng, arm, found, stops, aim) for _ in range(count)),
        stops=stops,
    )
    return Prescription(seed, patient, plan=plan, assessment=known(rng, found), stop_s=stop_s)


def _stops(
    rng: np.random.Generator, bounds: dict[str, tuple[float, float]], aim: Aim, rig: str = "", push: bool = False
) -> Stops:
    """Rules that stop; of a plan with a robot's own largest torque."""
    torque = STOP_TORQUE_TIMES * max(most_torque_nm(joint) for joint in _joints(rig)) if rig else np.inf
    if rng.random() < 0.15:
        return replace(_strictest(), joint_torque_nm=min(_strictest().joint_torque_nm, torque))
    bounds = {key: aim.stops.get(key, ends) for key, ends in bounds.items()}
    low, high = bounds["joint_torque_nm"]
    bounds["joint_torque_nm"] = (min(low, 0.5 * torque), min(high, torque))
    if push and rng.random() < 0.5:
        bounds["cuff_force_n"] = (MOST_CUFF_N, MOST_PUSH_N)
    drawn: dict[str, float | None] = {key: float(rng.uniform(*ends)) for key, ends in bounds.items()}
    if rng.random() < 0.02:  # laxer than ours
        key = str(rng.choice([*bounds]))
        drawn[key] = 1.1 * bounds[key][1]
    for key, share in (("trunk_cm", 0.1), ("spasm_torque_nm", 0.1), ("tone_nms_rad", 0.5), ("fatigue_percent", 0.5)):
        if rng.random() < share and key not in aim.stops:
            drawn[key] = None
    return Stops(**drawn)  # type: ignore[arg-type]


def _exercise(rng: np.random.Generator, arm: str | None, aim: Aim) -> tuple[str, ExerciseSettings]:
    """An exercise that a robot has, on whichever where None; where it can, one that the aim is for."""
    found = _exercises()
    fits = [name for name, settings in found.items() if arm is None or arm in settings.rigs]
    fits = [each for each in fits if each in aim.exercises] or fits
    share = np.array([SELDOM.get(name, 1.0) for name in fits])
    name = str(rng.choice(fits, p=share / share.sum()))
    return name, found[name]


@cache
def _exercises() -> dict[str, ExerciseSettings]:
    """All of them, read once."""
    return {name: exercises.load(name) for name in exercises.names()}


@cache
def _fits(exercise: str) -> tuple[str, ...]:
    """Laws that an exercise can be done under."""
    return fitting_laws(_exercises()[exercise])


@cache
def _law_config(name: str) -> laws.LawConfig[Any]:
    return laws.load(name)


@cache
def _strictest() -> Stops:
    return replace(load_plan(STRICTEST).stops, wearables=())


@cache
def _joints(rig: str) -> tuple[str, ...]:
    """Joints of the robot of a rig."""
    return tuple(joint.name for joint in load_arm_config(load_named("rigs", rig, RigConfig).arms[0].arm).joints)


def _law(rng: np.random.Generator, exercise: str, aim: Aim) -> str:
    fits = _fits(exercise)
    return str(rng.choice([name for name in fits if name in aim.laws] or fits))


def _repetitions(rng: np.random.Generator, aim: Aim) -> int:
    return int(rng.choice(aim.repetitions)) if aim.repetitions else int(rng.choice(REPETITIONS, p=SHARES))


def _relaxes(rng: np.random.Generator, settings: ExerciseSettings, law: str) -> bool:
    """Whether he is told to let the robot move his arm, where an exercise and a law have that: half of the time."""
    config = _law_config(law)
    return isinstance(settings, ArcSettings) and config.leads and "relax" in config.fits and bool(rng.random() < 0.5)


def _order(rng: np.random.Generator, seed: int, patient: str, aim: Aim) -> ExerciseOrder:
    """An order as `rehab run` takes it."""
    exercise, settings = _exercise(rng, None, aim)
    rig, law = str(rng.choice(settings.rigs)), _law(rng, exercise, aim)
    margin = float(rng.uniform(*aim.margin_deg))
    return ExerciseOrder(
        exercise=exercise,
        patient=patient,
        law=law,
        rig=rig,
        joint=_joint(rng, settings, rig),
        side=str(rng.choice(("left", "right"))),
        repetitions=_repetitions(rng, aim),
        support=float(rng.uniform(0.0, 1.0)),
        assistance=float(rng.uniform(0.0, 1.0)),
        amplitude=float(rng.uniform(0.3, 1.0)),
        speed=float(rng.uniform(0.8, 2.5)),
        limits=replace(limits_of(_stops(rng, ORDERS, aim)), range_margin_deg=margin),
        seed=seed,
        lockstep=True,
        headless=True,
        relaxed=_relaxes(rng, settings, law),
    )


def _joint(rng: np.random.Generator, settings: ExerciseSettings, rig: str) -> str | None:
    """One of the joints that an exercise may be done for and the rig has; None where it has its own."""
    joints = [joint for joint in _joints(rig) if joint in settings.choice]
    return str(rng.choice(joints)) if joints else None


def _block(rng: np.random.Generator, arm: str, found: Assessment, stops: Stops, aim: Aim) -> Block:
    """A block of a plan, much of it as the assessment allows, some of it not."""
    exercise, settings = _exercise(rng, arm, aim)
    law = _law(rng, exercise, aim)
    does = _law_config(law).does
    pushes = does == "resist" or exercise in PUSHING
    own = _stops(rng, PLANS, aim, rig_of(arm), pushes) if pushes or rng.random() < 0.1 else None
    stops = own or stops
    cap = float(rng.uniform(0.2, 1.0))
    adapts = bool(rng.random() < 0.5)
    sets = 2 if adapts and rng.random() < 0.15 else 1
    asked = (_of_joints if settings.space == "joint" else _of_hand)(rng, arm, found, stops, settings, does, aim)
    return Block(
        exercise=exercise,
        law=law,
        repetitions=_repetitions(rng, aim),
        sets=sets,
        probes=1 if rng.random() < 0.05 and not pushes else 0,
        rest_s=30.0 if sets > 1 else 0.0,
        relaxed=_relaxes(rng, settings, law),
        arm_weight_support=float(rng.uniform(0.3, 1.0)),
        progression=_progression(rng, cap, adapts),
        stops=own,
        **asked,
    )


def _of_joints(
    rng: np.random.Generator,
    arm: str,
    found: Assessment,
    stops: Stops,
    settings: ExerciseSettings,
    does: str,
    aim: Aim,
) -> dict[str, Any]:
    """Range, speed and torque of a block that moves a joint; mostly stated, as most own torques are above ours."""
    joint = _joint(rng, settings, arm) or settings.joints[0]
    known = found.joints[joint]
    asked: dict[str, Any] = {"ranges": _ranges(rng, joint, known, settings, does, aim)}
    if rng.random() < 0.97 and (hasattr(settings, "speed_deg_s") or hasattr(settings, "speeds_deg_s")):
        most = min([stops.joint_speed_deg_s, _fastest_deg_s(known)])
        asked["speed_deg_s"] = most * float(rng.uniform(0.5, 1.02))
    strength = STRENGTH_SHARE * (known.strength_nm or 1.0)
    if rng.random() < 0.95 and settings.exercise not in ASSESSING:
        most = min(stops.joint_torque_nm, most_torque_nm(joint), strength if does == "resist" else np.inf)
        asked["torque_nm"] = max(most * float(rng.uniform(0.2, 1.02)), 0.05)
    return asked


def _of_hand(
    rng: np.random.Generator,
    arm: str,  # noqa: ARG001
    found: Assessment,
    stops: Stops,
    settings: ExerciseSettings,
    does: str,
    aim: Aim,  # noqa: ARG001
) -> dict[str, Any]:
    """Distance, speed and force of a block that moves the hand; mostly stated, as most own forces are above ours."""
    asked: dict[str, Any] = {}
    way = next((getattr(settings, key) for key in DISTANCES_MM if hasattr(settings, key)), None)
    if way is not None and rng.random() < 0.5:
        asked["distance_cm"] = 0.1 * way * float(rng.uniform(0.5, 1.1))
    if rng.random() < 0.97:
        slowest = min(_fastest_deg_s(each) for each in found.joints.values())
        most = min(stops.hand_speed_cm_s, 100.0 * FOREARM_REACH_M * float(np.radians(slowest)))
        asked["speed_cm_s"] = most * float(rng.uniform(0.3, 1.02))
    if rng.random() < 0.95:
        weakest = min((found.joints[joint].strength_nm or 1.0) / lever for joint, lever in LEVERS_M.items())
        most = min(stops.cuff_force_n, STRENGTH_SHARE * weakest if does == "resist" else np.inf)
        asked["force_n"] = max(most * float(rng.uniform(0.2, 1.02)), 0.2)
    return asked


def _fastest_deg_s(known: JointAssessment) -> float:
    """Highest speed that the tone of a joint lets be, the robot's and his own not counted [deg/s]."""
    graded = SPEED_DEG_S[known.tone_grade or "0"]
    return min(graded, SPASM_SPEED_DEG_S) if known.spasm else graded


def _progression(rng: np.random.Generator, cap: float, adapts: bool) -> Progression:
    """How it adapts: at each success, so that few repetitions do; or not at all."""
    if not adapts:
        return Progression(assistance=(cap, cap), hold=frozenset(KNOBS))
    least = float(rng.uniform(0.5, 1.0))
    return Progression(assistance=(0.5 * cap, cap), amplitude=(least, 1.0), speed=(least, 1.0), successes=1)


def _ranges(
    rng: np.random.Generator, joint: str, found: JointAssessment, settings: ExerciseSettings, does: str, aim: Aim
) -> dict[str, JointRange]:
    """Between which angles a joint is to move: a share of what was assessed, angles, or nothing that is said."""
    if not aim.stale_deg and rng.random() < 0.1 and not settings.choice:
        return {}
    active, passive = found.active_deg, found.passive_deg
    ends = active if does != "help" else passive
    if ends is None or active is None or passive is None:
        return {}
    if not aim.stale_deg and rng.random() < 0.5:
        return {joint: JointRange(share=float(rng.uniform(0.5, 0.95)), of="passive" if does == "help" else "active")}
    low = max(ends[0], passive[0] + PASSIVE_MARGIN_DEG)
    high = min(ends[1], passive[1] - PASSIVE_MARGIN_DEG)
    if high - low < 10.0:
        return {}
    if aim.stale_deg:
        return {joint: JointRange(deg=(low, high))}
    cut = rng.uniform(0.0, 0.35, 2) * (high - low)
    if rng.random() < 0.03:  # further than was assessed
        cut = -rng.uniform(2.0, 15.0, 2)
    least, most = RANGES_DEG[joint]
    return {joint: JointRange(deg=(max(float(low + cut[0]), least - 20.0), min(float(high - cut[1]), most + 20.0)))}
