"""What a therapist prescribes and what he found: plans of exercises, and assessments of a patient's joints.

A plan is a configuration in ``configs/plans``. The file and its checks are the same for a simulated arm and a real
one; what a simulated patient's spasms would do is checked besides, of him alone (`steadyhand.rehab.spasms`). An
assessment is a JSON file of a patient. `vr_training.rehab.limits` says whether the one fits the other.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from robotics.config import Config, load_named
from robotics.errors import InputFileError, MissingFileError
from vr_training.records.readable import readable
from vr_training.rehab.adaptation import Progression, Share
from vr_training.rehab.results import CarriedLoad

Side = Literal["left", "right"]
Grade = Literal["0", "1", "1+", "2", "3", "4"]
"""Grade of the Modified Ashworth Scale (Bohannon and Smith 1987), a noisy, ordinal reading of tone."""

Degrees = Annotated[float, Meta(ge=-360, le=360)]


class JointAssessment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found at one joint; None where it was not taken.

    Attributes:
        active_deg: Least and greatest angle that the patient reaches by himself.
        passive_deg: Least and greatest angle to which the relaxed joint can be brought.
        strength_nm: Torque that he can push with, of the weaker of both directions.
        strength_at_least: Whether the robot held no more, so that he may well be stronger.
        tone_grade: Grade of the Modified Ashworth Scale.
        tone_nms_rad: Slope of resistance over speed, as `vr_training.rehab.measures` takes it.
        spasm: Whether a spasm answered when the relaxed joint was moved to find its tone.
        pain_deg: Angles at which he felt pain.
    """

    active_deg: tuple[Degrees, Degrees] | None = None
    passive_deg: tuple[Degrees, Degrees] | None = None
    strength_nm: Annotated[float, Meta(ge=0, le=500)] | None = None
    strength_at_least: bool = False
    tone_grade: Grade | None = None
    tone_nms_rad: Annotated[float, Meta(ge=-100, le=100)] | None = None
    spasm: bool | None = None
    pain_deg: tuple[Degrees, ...] = ()

    def __post_init__(self) -> None:
        for key, ends in (("active_deg", self.active_deg), ("passive_deg", self.passive_deg)):
            if ends is not None and not ends[0] <= ends[1]:
                raise ValueError(f"{key}: goes from {ends[0]:g} to {ends[1]:g}; the first must not be above the second")


class Assessment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found at a patient's arm on one day.

    Attributes:
        patient: Pseudonym of the patient.
        date: Of the assessment.
        arm: Name of the robot that it was taken with; empty where it was taken by hand.
        side: Which arm.
        joints: Findings by joint, named as in `robotics.human_arm`.
        loads: What the robot's links carry of the arm, where it was weighed.
        simulated: Whether the patient is simulated.
    """

    patient: str
    date: datetime.date
    arm: str
    side: Side
    joints: dict[str, JointAssessment]
    loads: tuple[CarriedLoad, ...] = ()
    simulated: bool = False

    def with_ranges(
        self,
        ranges_deg: Mapping[str, Mapping[str, tuple[float, float]]],
        pain_deg: Mapping[str, float] = MappingProxyType({}),
    ) -> Assessment:
        """The same with ranges that an exercise took.

        Args:
            ranges_deg: As `ExerciseResult.ranges_deg` has them.
            pain_deg: Where it hurt, as `ExerciseResult.pain_deg` has it.
        """
        joints = dict(self.joints)
        for joint in dict.fromkeys((*ranges_deg, *pain_deg)):
            kinds = ranges_deg.get(joint, {})
            found: dict[str, Any] = {f"{kind}_deg": kinds[kind] for kind in ("active", "passive") if kind in kinds}
            if joint in pain_deg:
                found["pain_deg"] = (pain_deg[joint],)
            joints[joint] = replace(joints.get(joint, JointAssessment()), **found)
        return replace(self, joints=joints)


class JointRange(Config, frozen=True, kw_only=True):
    """Between which angles a joint is to move: as angles, or as a share of an assessed range, about its middle.

    Attributes:
        deg: Least and greatest angle.
        share: Share of the range.
        of: Of which one.
    """

    deg: tuple[Degrees, Degrees] | None = None
    share: Annotated[float, Meta(gt=0, le=1)] | None = None
    of: Literal["active", "passive"] = "passive"

    def __post_init__(self) -> None:
        if (self.deg is None) == (self.share is None):
            raise ValueError("deg: a range needs either deg or share, and not both")
        if self.deg is not None and not self.deg[0] < self.deg[1]:
            raise ValueError(f"deg: goes from {self.deg[0]:g} to {self.deg[1]:g}; the first must be below the second")

    def resolved(self, found: JointAssessment | None) -> tuple[float, float] | None:
        """Least and greatest angle [deg]; None where that takes an assessment which is not there."""
        if self.deg is not None:
            return self.deg
        ends = None if found is None else found.active_deg if self.of == "active" else found.passive_deg
        if ends is None or self.share is None:
            return None
        middle, half = 0.5 * (ends[0] + ends[1]), 0.5 * self.share * (ends[1] - ends[0])
        return middle - half, middle + half


class WearableRule(Config, frozen=True, kw_only=True):
    """When what a patient wears stops an exercise.

    Attributes:
        channel: Name of the channel, for example ``"heart_rate"``.
        above: Value above which it does; None where none is too high.
        below: Value below which it does; None where none is too low.
        for_s: How long it must last [s].
        silent_s: How long the channel may have no value [s]; as long as the wearable's own rules let it where None.
    """

    channel: str
    above: float | None = None
    below: float | None = None
    for_s: Annotated[float, Meta(ge=0, le=600)]
    silent_s: Annotated[float, Meta(gt=0, le=600)] | None = None

    def __post_init__(self) -> None:
        if self.above is None and self.below is None:
            raise ValueError("above: a rule needs above or below")


class Stops(Config, frozen=True, kw_only=True):
    """What stops an exercise, besides the patient's pain button and the therapist, which nothing can switch off.

    Attributes:
        cuff_force_n: Force at any cuff.
        joint_torque_nm: Torque of the robot at any joint.
        joint_speed_deg_s: Speed of any joint.
        hand_speed_cm_s: Speed of the tip.
        trunk_cm: Displacement of the shoulder; None where the trunk may move.
        fatigue_percent: Loss of way and pace over a set, as `control.fatigue` takes it; None where it is not watched.
        spasm_torque_nm: Sudden torque of the patient against the movement; None where it is not watched.
        tone_nms_rad: Slope of resistance over speed; None where it is not watched.
        wearables: What he wears.
    """

    cuff_force_n: Annotated[float, Meta(gt=0, le=500)]
    joint_torque_nm: Annotated[float, Meta(gt=0, le=200)]
    joint_speed_deg_s: Annotated[float, Meta(gt=0, le=720)]
    hand_speed_cm_s: Annotated[float, Meta(gt=0, le=500)]
    trunk_cm: Annotated[float, Meta(gt=0, le=50)] | None = None
    fatigue_percent: Annotated[float, Meta(gt=0, le=100)] | None = None
    spasm_torque_nm: Annotated[float, Meta(gt=0, le=100)] | None = None
    tone_nms_rad: Annotated[float, Meta(gt=0, le=100)] | None = None
    wearables: tuple[WearableRule, ...] = ()


class Block(Config, frozen=True, kw_only=True):
    """One exercise of a plan.

    Attributes:
        exercise: Its name.
        law: Name of the law that the robot goes by.
        repetitions: Repetitions of one set.
        sets: Sets.
        probes: Repetitions before the first set that nothing helps, at the whole range, distance and speed that are
            prescribed whatever the difficulty: they measure, are asked in the same way in every session, and do not
            adapt anything. None is usual.
        relaxed: Whether the patient is to let the robot move his arm, where the exercise would have him move it.
        rest_s: Rest between two sets [s].
        arm_weight_support: Share of the arm's weight that the robot bears.
        ranges: Between which angles each joint is to move, of an exercise of joints.
        distance_cm: How far the hand is to go, or the size of its path, of an exercise of the hand; None for its own.
        speed_deg_s: Peak speed of the reference, of an exercise of joints; None for the exercise's own.
        speed_cm_s: Peak speed of the reference, of an exercise of the hand.
        torque_nm: Most torque of the law at a joint; None for the law's own.
        force_n: Most force of the law at the hand.
        progression: Bounds of help, amplitude and speed, and how they adapt.
        stops: What stops this block, instead of the plan's own.
    """

    exercise: str
    law: str
    repetitions: Annotated[int, Meta(ge=1, le=1000)]
    sets: Annotated[int, Meta(ge=1, le=50)] = 1
    probes: Annotated[int, Meta(ge=0, le=20)] = 0
    relaxed: bool = False
    rest_s: Annotated[float, Meta(ge=0, le=1800)] = 0.0
    arm_weight_support: Share
    ranges: dict[str, JointRange] = msgspec.field(default_factory=dict)
    distance_cm: Annotated[float, Meta(gt=0, le=100)] | None = None
    speed_deg_s: Annotated[float, Meta(gt=0, le=360)] | None = None
    speed_cm_s: Annotated[float, Meta(gt=0, le=200)] | None = None
    torque_nm: Annotated[float, Meta(gt=0, le=200)] | None = None
    force_n: Annotated[float, Meta(gt=0, le=500)] | None = None
    progression: Progression
    stops: Stops | None = None

    @property
    def assistance(self) -> tuple[float, float]:
        """Least and most help of the robot, 0 to 1."""
        return self.progression.bounds("assistance")


class Plan(Config, frozen=True, kw_only=True):
    """A session as it is prescribed.

    Attributes:
        title: What a person reads.
        arm: Name of the robot's configuration.
        side: Which arm of the patient.
        blocks: What is done, in this order.
        stops: What stops a block that has no rules of its own.
        reassess_every: Sessions after which the joints are assessed anew; None where the therapist says when.
        suits: Whom it is for, in a few words; empty where it does not say.
    """

    title: str
    arm: str
    side: Side
    blocks: Annotated[tuple[Block, ...], Meta(min_length=1, max_length=50)]
    stops: Stops
    reassess_every: Annotated[int, Meta(ge=1, le=100)] | None = None
    suits: str = ""

    def stops_of(self, block: Block) -> Stops:
        """What stops a block."""
        return block.stops or self.stops

    @property
    def repetitions(self) -> int:
        """Repetitions of the whole plan."""
        return sum(block.repetitions * block.sets for block in self.blocks)


def load_plan(name: str) -> Plan:
    """Load a plan by name, or by the path of its TOML file; see `robotics.config.load_named`."""
    return load_named("plans", name, Plan)


def assessment_text(assessment: Assessment) -> bytes:
    """An assessment as it stands in its file; see `read_assessment`.

    Raises:
        InputFileError: A figure is not finite.
    """
    for joint, found in assessment.joints.items():
        figures = (*(found.active_deg or ()), *(found.passive_deg or ()), *found.pain_deg)
        rest = [value for value in (found.strength_nm, found.tone_nms_rad) if value is not None]
        if not all(math.isfinite(value) for value in (*figures, *rest)):
            raise InputFileError(f"the assessment of {joint} has a figure that is not finite; leave it out instead")
    return readable(assessment)


def read_assessment(path: Path | str) -> Assessment:
    """Read an assessment.

    Raises:
        MissingFileError: Nothing is at ``path``.
        InputFileError: It is no assessment.
    """
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Assessment)
    except FileNotFoundError as error:
        raise MissingFileError(f"no assessment at {path}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputFileError(f"{path} is no assessment: {error}") from error
