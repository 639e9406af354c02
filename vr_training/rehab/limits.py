"""Whether a plan may be done with a patient on an arm: what is refused, and why, in sentences.

Bounds are the patient's, as he was assessed; the arm's; and our own, of `vr_training.rehab.our_limits`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from control import laws
from robotics.errors import SteadyhandError
from robotics.guidance import Space
from vr_training.rehab.arm_limits import JointLimit
from vr_training.rehab.asked import Asked, asked_of
from vr_training.rehab.our_limits import (
    ASSESSING,
    FOREARM_REACH_M,
    LEAST_REST_S,
    LEVERS_M,
    MOST_CUFF_N,
    MOST_IN_A_ROW,
    MOST_PUSH_N,
    PASSIVE_MARGIN_DEG,
    PUSHING,
    STRENGTH_SHARE,
    most_torque_nm,
)
from vr_training.rehab.prescription import Assessment, Block, JointAssessment, Plan, Stops
from vr_training.rehab.stop_rules import laxer_for_spasms, laxer_than_ours
from vr_training.rehab.toned import spastic, speed_bounds

STOP_KEYS = {"speed_deg_s": "joint_speed_deg_s", "speed_cm_s": "hand_speed_cm_s"}
"""Stop rule that each speed of a plan is held against."""

LACKING = "an assessment of"
"""How a bound begins that is not known."""


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

    @property
    def lacks(self) -> bool:
        """Whether nothing is known that speaks against it, and all that is missing is an assessment."""
        return self.bound.startswith(LACKING)


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
    found = list(_plan_wide(plan, assessment, joints))
    for number, block in enumerate(plan.blocks, start=1):
        checks = _Checks(number, block, plan.stops_of(block), assessment, joints, asked_of(block))
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
    asked: Asked

    def all(self) -> Iterator[Problem]:
        if self.assessment is None and self.block.exercise not in ASSESSING:
            yield self.problem("assessment", "none", "an assessment of the patient", "needs {bound}; there is {value}")
        for joint in self.moved:
            if joint in self.joints:
                yield from self.range(joint)
            elif joint in self.block.ranges:
                yield self.problem(
                    f"ranges.{joint}", joint, _choices(self.joints), "joint {value} is unknown; the arm has {bound}"
                )
            else:
                yield self.problem(
                    "exercise", joint, _choices(self.joints), "moves {value}, which the arm has not; it has {bound}"
                )
        yield from self.speed()
        yield from self.force()
        yield from self.spasms()
        yield from self.rests()
        if self.block.stops is not None:
            laxer = laxer_than_ours(self.stops, self.pushing, self.joints)
            yield from (self.problem(f"stops.{key}", *rest) for key, *rest in laxer)

    def problem(self, key: str, value: str, bound: str, reason: str) -> Problem:
        return Problem(self.number, self.block.exercise, key, value, bound, _filled(reason, value, bound))

    def of(self, joint: str) -> JointAssessment | None:
        return self.assessment.joints.get(joint) if self.assessment else None

    def named(self, what: str, joint: str) -> str:
        return what if joint == self.block.exercise else f"{what} of {joint}"

    @property
    def moved(self) -> tuple[str, ...]:
        """Joints that the plan names, and those that the exercise moves, named or not."""
        return tuple(dict.fromkeys((*self.block.ranges, *self.asked.joints)))

    @property
    def concerned(self) -> tuple[str, ...]:
        """The same; of the hand every joint that was assessed, as the hand takes whichever it needs."""
        if not self.of_hand:
            return self.moved
        return tuple(dict.fromkeys((*self.block.ranges, *(self.assessment.joints if self.assessment else ()))))

    @property
    def of_hand(self) -> bool:
        return self.asked.space is Space.TIP

    @property
    def assesses(self) -> bool:
        return self.block.exercise in ASSESSING

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
        asked, found, limit = self.block.ranges.get(joint), self.of(joint), self.joints[joint]
        if asked is None:
            ends = self.asked.arc_within(limit.low_deg, limit.high_deg)
            value, kind, what = _span(ends) if ends else "", "passive", self.named("the exercise's own range", joint)
        else:
            ends = asked.resolved(found)
            value = _span(ends) if ends else f"{100.0 * (asked.share or 0.0):g} % of the {asked.of} range"
            kind, what = "passive" if ends else asked.of, self.named("range", joint)
        key, passive = f"ranges.{joint}", found.passive_deg if found else None
        if (
            asked is None and ends is None
        ):  # an assessment goes by what is allowed; who looks for the end finds the pain
            for angle in found.pain_deg if found and self.asked.explores else ():
                yield self.problem(
                    key, "none", f"{angle:g} deg", f"range of {joint} must be stated, as pain was felt at {{bound}}"
                )
            return
        if self.assessment and (ends is None or (passive is None and not self.assesses)):
            yield self.problem(
                key, value, f"an assessment of the {kind} range of {joint}",
                f"{what} {{value}} needs {{bound}}; there is none",
            )  # fmt: skip
        if ends is None:
            return
        if ends[0] < limit.low_deg or ends[1] > limit.high_deg:
            bound = _span((limit.low_deg, limit.high_deg))
            yield self.problem(key, value, bound, f"{what} {{value}} exceeds the arm's range {{bound}}")
        if passive is not None and not _within(ends, passive, PASSIVE_MARGIN_DEG):
            yield self.problem(
                key, value, _span(passive),
                f"{what} {{value}} exceeds the assessed passive range {{bound}} less a margin of "
                f"{PASSIVE_MARGIN_DEG:g} deg",
            )  # fmt: skip
        for angle in found.pain_deg if found else ():
            if ends[0] - PASSIVE_MARGIN_DEG < angle < ends[1] + PASSIVE_MARGIN_DEG:
                yield self.problem(
                    key, value, f"{angle:g} deg", f"{what} {{value}} reaches where pain was felt, {{bound}}"
                )
        if self.unaided and not self.assesses:
            yield from self.active_range(joint, what, ends, found.active_deg if found else None)

    def active_range(
        self, joint: str, what: str, ends: tuple[float, float], active: tuple[float, float] | None
    ) -> Iterator[Problem]:
        key = f"ranges.{joint}"
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
        for hand in (False, True):
            stated = self.block.speed_cm_s if hand else self.block.speed_deg_s
            if stated is not None or hand is self.of_hand:
                yield from self.speed_of(hand, stated)

    def speed_of(self, hand: bool, stated: float | None) -> Iterator[Problem]:
        key, unit = ("speed_cm_s", "cm/s") if hand else ("speed_deg_s", "deg/s")
        joints = (*self.concerned, *(self.assessment.joints if hand and self.assessment else ()))
        toned = [each for joint in dict.fromkeys(joints) for each in speed_bounds(joint, self.of(joint))]
        if hand:
            toned = [(100.0 * FOREARM_REACH_M * math.radians(bound), said) for bound, said in toned]
        speed, what = stated, "speed {value}"
        if stated is None:
            speed, what = None if hand else self.asked.speed_deg_s, "the exercise's own speed {value}"
            if self.asked.has_speed:
                for bound, said in toned:
                    yield self.problem(
                        key, "none", f"{bound:.3g} {unit}",
                        f"speed must be stated, as {said} bounds it, {{bound}} (ours)",
                    )  # fmt: skip
                toned = []
        if speed is None:
            return
        bounds = [(getattr(self.stops, STOP_KEYS[key]), f"the stop rule of {STOP_KEYS[key]}, {{bound}}")]
        bounds += [
            (self.joints[joint].speed_deg_s, f"what the arm can do at {joint}, {{bound}}")
            for joint in (() if hand else self.moved)
            if joint in self.joints
        ]
        for bound, above in (*bounds, *((bound, f"ours for {said}, {{bound}}") for bound, said in toned)):
            if speed > bound:
                yield self.problem(key, f"{speed:g} {unit}", f"{bound:.3g} {unit}", f"{what} is above {above}")

    def force(self) -> Iterator[Problem]:
        torque, force, hand = self.block.torque_nm, self.block.force_n, self.of_hand
        unstated = (force if hand else torque) is None and (force is None or self.asked.space is not None)
        if self.resisting and unstated:
            yield self.problem(
                "force_n" if hand else "torque_nm", "none", "force_n" if hand else "torque_nm",
                f"law {self.block.law} works against the patient, so that {{bound}} must be stated",
            )  # fmt: skip
        # What an assessment needs, it has as its own: where it stops, and how strongly it holds.
        own = self.asked.most if unstated and not self.resisting and not self.assesses else None
        if hand:
            force = own if force is None else force
        else:
            torque = own if torque is None else torque
        whose = "" if own is None else f"law {self.block.law}'s own "
        if torque is not None:
            yield from self.torque_of(torque, whose if not hand else "")
        if force is not None:
            yield from self.force_of(force, whose if hand else "")

    def torque_of(self, torque: float, whose: str) -> Iterator[Problem]:
        bounds = [(self.stops.joint_torque_nm, "the stop rule of joint_torque_nm, {bound}")]
        for joint in self.moved:
            bounds.append((most_torque_nm(joint), f"ours for {joint}, {{bound}}"))
            if joint in self.joints:
                bounds.append((self.joints[joint].torque_nm, f"what the arm can do at {joint}, {{bound}}"))
            if self.resisting:
                yield from self.resistance(joint, torque)
        for bound, what in bounds:
            if torque > bound:
                yield self.problem(
                    "torque_nm", f"{torque:g} Nm", f"{bound:.3g} Nm", f"{whose}torque {{value}} is above {what}"
                )

    def force_of(self, force: float, whose: str) -> Iterator[Problem]:
        for joint, lever in LEVERS_M.items() if self.resisting else ():
            yield from self.hand_resistance(joint, lever, force)
        for bound, what in (
            (self.stops.cuff_force_n, "the stop rule of cuff_force_n, {bound}"),
            (MOST_PUSH_N if self.pushing else MOST_CUFF_N, "ours, {bound}"),
        ):
            if force > bound:
                yield self.problem("force_n", f"{force:g} N", f"{bound:g} N", f"{whose}force {{value}} is above {what}")

    def resistance(self, joint: str, torque: float) -> Iterator[Problem]:
        found, value = self.of(joint), f"{torque:g} Nm"
        yield from self.strength("torque_nm", value, joint)
        if found is not None and found.strength_nm is not None and torque > STRENGTH_SHARE * found.strength_nm:
            yield self.problem(
                "torque_nm", value, f"{found.strength_nm:g} Nm",
                f"resistance of {{value}} is above {100 * STRENGTH_SHARE:g} % (ours) of the assessed "
                f"strength of {joint}, {{bound}}",
            )  # fmt: skip

    def hand_resistance(self, joint: str, lever_m: float, force: float) -> Iterator[Problem]:
        found, value = self.of(joint), f"{force:g} N"
        yield from self.strength("force_n", value, joint)
        if found is not None and found.strength_nm is not None and force * lever_m > STRENGTH_SHARE * found.strength_nm:
            yield self.problem(
                "force_n", value, f"{found.strength_nm:g} Nm",
                f"resistance of {{value}} at {lever_m:g} m is above {100 * STRENGTH_SHARE:g} % (ours) of the assessed "
                f"strength of {joint}, {{bound}}",
            )  # fmt: skip

    def strength(self, key: str, value: str, joint: str) -> Iterator[Problem]:
        """Whether it is known what resistance is held against."""
        found = self.of(joint)
        if self.assessment is not None and (found is None or found.strength_nm is None):
            yield self.problem(
                key, value, f"an assessment of the strength of {joint}",
                "resistance of {value} needs {bound}; there is none",
            )  # fmt: skip

    def spasms(self) -> Iterator[Problem]:
        for joint in self.concerned:
            said = spastic(joint, self.of(joint))
            if not said:
                continue
            if self.stops.spasm_torque_nm is None:
                yield self.problem(
                    "stops.spasm_torque_nm", "none", said,
                    "there is no stop rule for spasms, which {bound} needs (ours)",
                )  # fmt: skip
            laxer = laxer_for_spasms(self.stops, joint, said, self.of_hand)
            yield from (self.problem(f"stops.{key}", *rest) for key, *rest in laxer)

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


def _plan_wide(plan: Plan, assessment: Assessment | None, joints: Collection[str]) -> Iterator[Problem]:
    if assessment is not None and assessment.side != plan.side:
        reason = f"side {plan.side} is not the one that was assessed, {assessment.side}"
        yield Problem(0, "", "side", plan.side, assessment.side, reason)
    for key, value, bound, reason in laxer_than_ours(plan.stops, pushing=False, joints=joints):
        yield Problem(0, "", f"stops.{key}", value, bound, _filled(reason, value, bound))


def _within(ends: tuple[float, float], bounds: tuple[float, float], margin: float) -> bool:
    hair = 1e-9
    return ends[0] >= bounds[0] + margin - hair and ends[1] <= bounds[1] - margin + hair


def _span(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.4g} to {ends[1]:.4g} deg"


def _filled(reason: str, value: str, bound: str) -> str:
    return reason.replace("{value}", value).replace("{bound}", bound)


def _choices(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
