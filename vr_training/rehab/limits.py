"""Whether a plan may be done with a patient on an arm: what is refused, and why, in sentences.

Bounds are the patient's, as he was assessed; the arm's; and our own, of `vr_training.rehab.our_limits`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from control import laws
from robotics.chain import Chain
from robotics.errors import SteadyhandError
from robotics.kernels.kinematics import REVOLUTE
from vr_training.rehab.our_limits import (
    ASSESSING,
    FOREARM_REACH_M,
    LEAST_REST_S,
    LEVERS_M,
    MOST_CUFF_N,
    MOST_HAND_SPEED_CM_S,
    MOST_IN_A_ROW,
    MOST_PUSH_N,
    MOST_TORQUE_NM,
    MOST_TRUNK_CM,
    PASSIVE_MARGIN_DEG,
    PUSHING,
    SPASTIC,
    SPEED_DEG_S,
    STRENGTH_SHARE,
    most_torque_nm,
)
from vr_training.rehab.prescription import Assessment, Block, JointAssessment, Plan, Stops


@dataclass(frozen=True)
class JointLimit:
    """What an arm can do at a joint.

    Attributes:
        low_deg: Least angle.
        high_deg: Greatest angle.
        speed_deg_s: Highest speed.
        torque_nm: Largest torque.
    """

    low_deg: float
    high_deg: float
    speed_deg_s: float
    torque_nm: float


@dataclass(frozen=True)
class Problem:
    """One reason why a plan is refused.

    Attributes:
        block: Counts from 1; 0 where it is the whole plan.
        exercise: Exercise of the block; empty for the whole plan.
        key: Key of the plan's configuration, for example ``ranges.elbow_flexion``.
        value: What stands there, with its unit.
        bound: What it was held against, with its unit.
        reason: Both in a sentence.
    """

    block: int
    exercise: str
    key: str
    value: str
    bound: str
    reason: str

    def __str__(self) -> str:
        where = f"block {self.block}, {self.exercise}" if self.block else "plan"
        return f"{where}: {self.reason}"


def joint_limits(chain: Chain) -> dict[str, JointLimit]:
    """What an arm can do, by the names of its rotary joints."""
    found = zip(chain.joint_names, chain.kind, chain.lower, chain.upper, chain.velocity, chain.effort, strict=True)
    return {
        name: JointLimit(math.degrees(low), math.degrees(high), float(np.degrees(velocity)), float(effort))
        for name, kind, low, high, velocity, effort in found
        if kind == REVOLUTE
    }


def refuse(
    plan: Plan,
    assessment: Assessment | None,
    joints: Mapping[str, JointLimit],
    exercises: Collection[str],
    laws: Collection[str],
) -> list[Problem]:
    """Everything that speaks against a plan; empty where it may be done.

    Args:
        plan: The plan.
        assessment: What was found at the patient; None where nothing was.
        joints: Limits of the arm's joints, which are those that the plan may name.
        exercises: Names of the exercises that there are.
        laws: Names of the laws that there are.
    """
    found = list(_plan_wide(plan, assessment))
    for number, block in enumerate(plan.blocks, start=1):
        checks = _Checks(number, block, plan.stops_of(block), assessment, joints)
        found += checks.unknown(exercises, laws)
        found += checks.all()
    return found


@dataclass(frozen=True)
class _Checks:
    """The checks of one block."""

    number: int
    block: Block
    stops: Stops
    assessment: Assessment | None
    joints: Mapping[str, JointLimit]

    def all(self) -> Iterator[Problem]:
        if self.assessment is None and self.block.exercise not in ASSESSING:
            yield self.problem("assessment", "none", "an assessment of the patient", "needs {bound}; there is {value}")
        for joint in self.block.ranges:
            if joint not in self.joints:
                yield self.problem(
                    f"ranges.{joint}", joint, _choices(self.joints), "joint {value} is unknown; the arm has {bound}"
                )
            else:
                yield from self.range(joint)
        yield from self.speed()
        yield from self.force()
        yield from self.spasms()
        yield from self.rests()
        if self.block.stops is not None:
            yield from (self.problem(f"stops.{key}", *rest) for key, *rest in _beyond_ours(self.stops, self.pushing))

    def problem(self, key: str, value: str, bound: str, reason: str) -> Problem:
        return Problem(self.number, self.block.exercise, key, value, bound, _filled(reason, value, bound))

    def of(self, joint: str) -> JointAssessment | None:
        return self.assessment.joints.get(joint) if self.assessment else None

    def named(self, what: str, joint: str) -> str:
        return what if joint == self.block.exercise else f"{what} of {joint}"

    @property
    def unaided(self) -> bool:
        return self._law_does != "help" or self.block.assistance[1] <= 0.0

    @property
    def resisting(self) -> bool:
        return self._law_does == "resist"

    @property
    def _law_does(self) -> str:
        try:
            return laws.load(self.block.law).does
        except SteadyhandError:  # told as what it is, with the choices
            return "help"

    @property
    def pushing(self) -> bool:
        return self.resisting or self.block.exercise in PUSHING

    def unknown(self, exercises: Collection[str], laws: Collection[str]) -> Iterator[Problem]:
        for key, name, known in (("exercise", self.block.exercise, exercises), ("law", self.block.law, laws)):
            if name not in known:
                yield self.problem(key, name, _choices(known), f"{key} {{value}} is unknown; choose one of: {{bound}}")

    def range(self, joint: str) -> Iterator[Problem]:
        asked, found, key = self.block.ranges[joint], self.of(joint), f"ranges.{joint}"
        ends = asked.resolved(found)
        passive = found.passive_deg if found else None
        what = self.named("range", joint)
        if self.assessment and (ends is None or (passive is None and self.block.exercise not in ASSESSING)):
            value = _span(ends) if ends else f"{100.0 * (asked.share or 0.0):g} % of the {asked.of} range"
            kind = "passive" if ends else asked.of
            yield self.problem(
                key,
                value,
                f"an assessment of the {kind} range of {joint}",
                f"{what} {{value}} needs {{bound}}; there is none",
            )
        if ends is None:
            return
        limit = self.joints[joint]
        if ends[0] < limit.low_deg or ends[1] > limit.high_deg:
            bound = _span((limit.low_deg, limit.high_deg))
            yield self.problem(key, _span(ends), bound, f"{what} {{value}} exceeds the arm's range {{bound}}")
        if passive is not None and not _within(ends, passive, PASSIVE_MARGIN_DEG):
            yield self.problem(
                key, _span(ends), _span(passive),
                f"{what} {{value}} exceeds the assessed passive range {{bound}} less a margin of "
                f"{PASSIVE_MARGIN_DEG:g} deg",
            )  # fmt: skip
        for angle in found.pain_deg if found else ():
            if ends[0] - PASSIVE_MARGIN_DEG < angle < ends[1] + PASSIVE_MARGIN_DEG:
                yield self.problem(
                    key, _span(ends), f"{angle:g} deg", f"{what} {{value}} reaches where pain was felt, {{bound}}"
                )
        if self.unaided and self.block.exercise not in ASSESSING:
            yield from self.active_range(joint, ends, found.active_deg if found else None)

    def active_range(
        self, joint: str, ends: tuple[float, float], active: tuple[float, float] | None
    ) -> Iterator[Problem]:
        what, key = self.named("range", joint), f"ranges.{joint}"
        if active is None and self.assessment is not None:
            yield self.problem(
                key, _span(ends), f"an assessment of the active range of {joint}",
                f"{what} {{value}} under law {self.block.law}, without help, needs {{bound}}; there is none",
            )  # fmt: skip
        if active is not None and not _within(ends, active, 0.0):
            yield self.problem(
                key, _span(ends), _span(active),
                f"{what} {{value}} exceeds the assessed active range {{bound}}, and law {self.block.law} does not help",
            )  # fmt: skip

    def speed(self) -> Iterator[Problem]:
        joint_speed, hand_speed = self.block.speed_deg_s, self.block.speed_cm_s
        for joint in self.block.ranges if joint_speed is None else ():
            bound, _ = self.tone_bound(joint)
            if bound < math.inf:
                yield self.problem(
                    "speed_deg_s", "none", f"{bound:g} deg/s",
                    f"speed must be stated, as {joint} has a tone grade that bounds it, {{bound}} (ours)",
                )  # fmt: skip
        if joint_speed is not None:
            value = f"{joint_speed:g} deg/s"
            bounds = [(self.stops.joint_speed_deg_s, "the stop rule of joint_speed_deg_s, {bound}")]
            for joint in self.block.ranges:
                if joint in self.joints:
                    bounds.append((self.joints[joint].speed_deg_s, f"what the arm can do at {joint}, {{bound}}"))
                    bounds.append(self.tone_bound(joint))
            for bound, what in bounds:
                if joint_speed > bound:
                    yield self.problem("speed_deg_s", value, f"{bound:.3g} deg/s", f"speed {{value}} is above {what}")
        if hand_speed is not None:
            bounds = [(self.stops.hand_speed_cm_s, "the stop rule of hand_speed_cm_s, {bound}")]
            for joint in self.assessment.joints if self.assessment else ():
                bound, what = self.tone_bound(joint)
                bounds.append((100.0 * FOREARM_REACH_M * math.radians(bound), what))
            for bound, what in bounds:
                if hand_speed > bound:
                    value = f"{hand_speed:g} cm/s"
                    yield self.problem("speed_cm_s", value, f"{bound:.3g} cm/s", f"speed {{value}} is above {what}")

    def tone_bound(self, joint: str) -> tuple[float, str]:
        """Highest speed for the tone of a joint [deg/s]; infinite where no grade was taken."""
        found = self.of(joint)
        if found is None or found.tone_grade is None:
            return math.inf, ""
        return SPEED_DEG_S[found.tone_grade], f"ours for tone grade {found.tone_grade} of {joint}, {{bound}}"

    def force(self) -> Iterator[Problem]:
        torque, force = self.block.torque_nm, self.block.force_n
        if self.resisting and torque is None and force is None:
            yield self.problem(
                "torque_nm", "none", "torque_nm or force_n",
                f"law {self.block.law} works against the patient, so that {{bound}} must be stated",
            )  # fmt: skip
        if torque is not None:
            bounds = [(self.stops.joint_torque_nm, "the stop rule of joint_torque_nm, {bound}")]
            for joint in self.block.ranges:
                bounds.append((most_torque_nm(joint), f"ours for {joint}, {{bound}}"))
                if joint in self.joints:
                    bounds.append((self.joints[joint].torque_nm, f"what the arm can do at {joint}, {{bound}}"))
                if self.resisting:
                    yield from self.resistance(joint, torque)
            for bound, what in bounds:
                if torque > bound:
                    yield self.problem(
                        "torque_nm", f"{torque:g} Nm", f"{bound:.3g} Nm", f"torque {{value}} is above {what}"
                    )
        if force is not None:
            ours = MOST_PUSH_N if self.pushing else MOST_CUFF_N
            for joint, lever in LEVERS_M.items() if self.resisting else ():
                yield from self.hand_resistance(joint, lever, force)
            for bound, what in (
                (self.stops.cuff_force_n, "the stop rule of cuff_force_n, {bound}"),
                (ours, "ours, {bound}"),
            ):
                if force > bound:
                    yield self.problem("force_n", f"{force:g} N", f"{bound:g} N", f"force {{value}} is above {what}")

    def resistance(self, joint: str, torque: float) -> Iterator[Problem]:
        found = self.of(joint)
        value = f"{torque:g} Nm"
        if self.assessment is not None and (found is None or found.strength_nm is None):
            yield self.problem(
                "torque_nm", value, f"an assessment of the strength of {joint}",
                "resistance of {value} needs {bound}; there is none",
            )  # fmt: skip
        if found is not None and found.strength_nm is not None and torque > STRENGTH_SHARE * found.strength_nm:
            yield self.problem(
                "torque_nm", value, f"{found.strength_nm:g} Nm",
                f"resistance of {{value}} is above {100 * STRENGTH_SHARE:g} % (ours) of the assessed "
                f"strength of {joint}, {{bound}}",
            )  # fmt: skip

    def hand_resistance(self, joint: str, lever_m: float, force: float) -> Iterator[Problem]:
        found = self.of(joint)
        if found is not None and found.strength_nm is not None and force * lever_m > STRENGTH_SHARE * found.strength_nm:
            yield self.problem(
                "force_n", f"{force:g} N", f"{found.strength_nm:g} Nm",
                f"resistance of {{value}} at {lever_m:g} m is above {100 * STRENGTH_SHARE:g} % (ours) of the assessed "
                f"strength of {joint}, {{bound}}",
            )  # fmt: skip

    def spasms(self) -> Iterator[Problem]:
        if self.stops.spasm_torque_nm is not None:
            return
        for joint in self.block.ranges:
            found = self.of(joint)
            if found is not None and found.tone_grade in SPASTIC:
                yield self.problem(
                    "stops.spasm_torque_nm", "none", f"tone grade {found.tone_grade} of {joint}",
                    "there is no stop rule for spasms, which {bound} needs (ours)",
                )  # fmt: skip

    def rests(self) -> Iterator[Problem]:
        block = self.block
        if block.repetitions > MOST_IN_A_ROW:
            yield self.problem(
                "repetitions", f"{block.repetitions}", f"{MOST_IN_A_ROW}",
                "{value} repetitions without a rest are more than ours, {bound}",
            )  # fmt: skip
        if block.sets > 1 and block.rest_s < LEAST_REST_S:
            yield self.problem(
                "rest_s", f"{block.rest_s:g} s", f"{LEAST_REST_S:g} s",
                f"rest of {{value}} between {block.sets} sets is shorter than ours, {{bound}}",
            )  # fmt: skip


def _plan_wide(plan: Plan, assessment: Assessment | None) -> Iterator[Problem]:
    if assessment is not None and assessment.side != plan.side:
        reason = f"side {plan.side} is not the one that was assessed, {assessment.side}"
        yield Problem(0, "", "side", plan.side, assessment.side, reason)
    for key, value, bound, reason in _beyond_ours(plan.stops, pushing=False):
        yield Problem(0, "", f"stops.{key}", value, bound, _filled(reason, value, bound))


def _beyond_ours(stops: Stops, pushing: bool) -> Iterator[tuple[str, str, str, str]]:
    """Key, value, bound and reason of each stop rule that is laxer than ours."""
    rules = (
        ("cuff_force_n", stops.cuff_force_n, MOST_PUSH_N if pushing else MOST_CUFF_N, "N"),
        ("joint_torque_nm", stops.joint_torque_nm, max(MOST_TORQUE_NM.values()), "Nm"),
        ("joint_speed_deg_s", stops.joint_speed_deg_s, 2.0 * max(SPEED_DEG_S.values()), "deg/s"),
        ("hand_speed_cm_s", stops.hand_speed_cm_s, MOST_HAND_SPEED_CM_S, "cm/s"),
        ("trunk_cm", stops.trunk_cm, MOST_TRUNK_CM, "cm"),
    )
    for key, value, bound, unit in rules:
        if value is not None and value > bound:
            yield (
                key,
                f"{value:g} {unit}",
                f"{bound:g} {unit}",
                f"stop rule {key} at {{value}} is laxer than ours, {{bound}}",
            )


def _within(ends: tuple[float, float], bounds: tuple[float, float], margin: float) -> bool:
    hair = 1e-9
    return ends[0] >= bounds[0] + margin - hair and ends[1] <= bounds[1] - margin + hair


def _span(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.4g} to {ends[1]:.4g} deg"


def _filled(reason: str, value: str, bound: str) -> str:
    return reason.replace("{value}", value).replace("{bound}", bound)


def _choices(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
