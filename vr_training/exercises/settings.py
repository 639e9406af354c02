"""What every exercise's configuration says."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from control.patient_guard import PatientLimits
from robotics.config import Config
from robotics.errors import ArgumentError
from robotics.guidance import Coordinates, Space

Asked = Literal["move", "hold", "push", "relax"]
"""What may be asked of a patient, by the names of `robotics.guidance.Moment`."""

FIRST = "first"
"""Kind of movement that only brings the arm to where another begins: it is neither counted nor measured."""


class ExerciseSettings(Config, frozen=True, kw_only=True):
    """What every exercise's configuration says.

    Attributes:
        title: What a person reads.
        plain: What is done, as its patient is told afterwards: "reaching forward"; the title where empty.
        exercise: Name of its file in ``vr_training/exercises``.
        source: Where path, amplitude and dose come from.
        space: ``"joint"`` or ``"tip"``.
        joints: The joints that it moves, where it moves joints.
        choice: Joints that may be moved instead, one at a time: it is done for whichever is ordered.
        axes: World axes of the tip that it moves, where it moves the tip: 0, 1, 2.
        axes_on: The same by rig, for rigs that take others: an arm that moves in space is asked for its height, too.
        rigs: Rigs that it may be done on, its usual one first.
        law: Law that it is usually done under.
        laws: Names of the laws that fit it; all that are made for movements where empty.
        imposes: Laws that an assessment imposes, by what is asked; the one that is ordered acts for all else.
        explores: Whether it looks for the ends of a patient's range: it then may go as far as a healthy arm does.
        weighs: Whether it finds out what the patient's arm weighs.
        limits: What the assessment itself needs of the patient's limits, where nobody prescribed any.
        support: Share of the arm's weight that is usually carried.
        repetitions: How many are usually done.
        set_size: Repetitions of a set, behind which there is a rest; 0 for one set only.
        pause_s: Pause between movements [s].
        rest_s: Rest between sets [s].
        hold_s: How long the goal is to be held [s].
        tolerance_deg: How near is there, of joints [deg].
        tolerance_mm: How near is there, of the tip [mm].
        patience: Times a movement's duration after which the exercise goes on without its goal.
        waits_s: How long the reference of a movement waits for the patient to begin by himself [s].
        approach_deg_s: Peak speed at which joints are brought to where a movement begins [deg/s].
        approach_cm_s: The same of the tip [cm/s].
        demonstrates: Whether the ghost shows the first movement before the patient does it.
        start: What is said before the first movement.
        show: What is said while the ghost shows it.
        rest: What is said between sets.
        say: What is said of each kind of movement, by its name.
    """

    title: str
    plain: str = ""
    exercise: str
    source: str
    space: Literal["joint", "tip"]
    joints: tuple[str, ...] = ()
    choice: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()
    axes_on: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    rigs: Annotated[tuple[str, ...], Meta(min_length=1)]
    law: str = "wolbrecht"
    laws: tuple[str, ...] = ()
    imposes: dict[Asked, str] = msgspec.field(default_factory=dict)
    explores: bool = False
    weighs: bool = False
    limits: PatientLimits | None = None
    support: Annotated[float, Meta(ge=0, le=1)] = 1.0
    repetitions: Annotated[int, Meta(ge=1, le=500)] = 10
    set_size: Annotated[int, Meta(ge=0, le=500)] = 0
    pause_s: Annotated[float, Meta(ge=0, le=60)] = 0.5
    rest_s: Annotated[float, Meta(ge=0, le=600)] = 0.0
    hold_s: Annotated[float, Meta(ge=0, le=60)] = 0.0
    tolerance_deg: Annotated[float, Meta(gt=0, le=45)] = 5.0
    tolerance_mm: Annotated[float, Meta(gt=0, le=200)] = 20.0
    patience: Annotated[float, Meta(ge=1, le=20)] = 2.5
    waits_s: Annotated[float, Meta(ge=0, le=30)] = 1.5
    approach_deg_s: Annotated[float, Meta(gt=0, le=60)] = 20.0
    approach_cm_s: Annotated[float, Meta(gt=0, le=30)] = 12.0
    demonstrates: bool = True
    start: str = "Sit comfortably and let the arm rest in the cuffs."
    show: str = "Watch how it goes."
    rest: str = "Rest a little."
    say: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.space == "joint") != bool(self.joints) or (self.space == "tip") != bool(self.axes):
            raise ValueError("joints: are for space = 'joint', axes for space = 'tip', and one of them is needed")
        for rig, axes in self.axes_on.items():
            if self.space != "tip" or rig not in self.rigs or not axes:
                raise ValueError(f"axes_on.{rig}: is for a rig of its own and for space = 'tip'")
        if self.choice and (len(self.joints) != 1 or self.joints[0] not in self.choice):
            raise ValueError("choice: is for one joint, and holds the usual one")
        if FIRST not in self.say:
            raise ValueError(f"say.{FIRST}: is needed, for an arm that is not where a movement begins")

    @property
    def coordinates(self) -> Coordinates:
        """The exercise's coordinates."""
        return Coordinates(Space(self.space), self.joints, self.axes)

    @property
    def words(self) -> tuple[str, ...]:
        """All that may be said, in the order in which the signal ``words`` counts."""
        return (self.start, *self.say.values(), self.show, self.rest)

    def rests_after(self, done: int, planned: int) -> bool:
        """Whether there is a rest behind so many repetitions of those that are planned: never behind the last."""
        return 0 < done < planned and self.rest_s > 0.0 and self.set_size > 0 and done % self.set_size == 0

    def ordered(self, rig: str, joint: str | None = None) -> ExerciseSettings:
        """The same as it is done on a rig, for a joint that was chosen.

        Raises:
            ArgumentError: The joint is none that may be chosen.
        """
        axes = self.axes_on.get(rig, self.axes)
        if joint is None or (joint,) == self.joints:
            return replace(self, axes=axes)
        if joint not in self.choice:
            raise ArgumentError(
                f"joint '{joint}' cannot be chosen; choose of: {', '.join(self.choice or self.joints) or 'none'}"
            )
        return replace(self, axes=axes, joints=(joint,))
