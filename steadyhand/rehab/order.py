"""What a guided exercise is asked to be, checked before anything is started."""

from __future__ import annotations

from dataclasses import dataclass, field

from control.patient_guard import PatientLimits
from robotics.errors import ArgumentError
from steadyhand.order import RunOrder, refuse_other_time
from steadyhand.plants import SIMULATOR
from vr_training.rehab.prescription import WearableRule
from vr_training.rehab.results import CarriedLoad


@dataclass(frozen=True)
class ExerciseOrder(RunOrder):
    """One exercise with one patient.

    Attributes:
        exercise: Name of the exercise.
        patient: Name of the simulated patient.
        law: Name of the law; the exercise's own where None.
        rig: Name of the rig; the exercise's own where None.
        side: ``"left"`` or ``"right"``; the patient's own where None.
        repetitions: How many; the exercise's own where None.
        support: Share of the arm's weight that is carried; the exercise's own where None.
        assistance: Upper bound on the law's help, 0 to 1.
        joint: Joint that it is done for, where it may be chosen; the exercise's own where None.
        amplitude: Share of the exercise's amplitude.
        speed: Times the exercise's speed.
        ranges_deg: Range that is prescribed by joint: it is what is allowed, and an exercise that moves the joint goes
            from end to end of it [deg].
        allowed_deg: Range that is allowed by joint without being prescribed, as it was assessed [deg]. What neither
            has, is allowed the simulated patient's own passive range; of a plan see `planned`.
        planned: Whether a plan orders it. A joint of which nothing was said or found is then allowed what is usual of
            healthy older adults: what a person's own range is, nobody knows before it was assessed.
        distance_cm: How far the hand goes; the exercise's own where None.
        speed_deg_s: Peak speed of the reference, of joints; the exercise's own where None.
        speed_cm_s: The same of the hand.
        most_force: Most force of the law [Nm or N]; its own where None.
        loads: What his arm weighs on the robot's links, where it was weighed; a table's where empty.
        limits: What ends his movement.
        sessions_before: How many sessions he has behind him: he may have recovered meanwhile.
        wearables: Names of what he wears that is received over the Lab Streaming Layer; in real time alone.
        rules: Rules of the plan that stop the exercise because of what he wears, instead of the wearable's own.
        board: Name of the shared memory in which what he wears arrives; see `steadyhand.rehab.worn`.
        relaxed: Whether the patient is to be moved where the exercise would have him move; of arcs of one joint.
        demonstrated: Whether the ghost shows the movement first; as the exercise has it where None.
        plant: What the loop drives, see `steadyhand.plants.through`; a real robot is refused where its rig is built, as
            the patient is simulated.
    """

    exercise: str
    patient: str = "healthy"
    law: str | None = None
    rig: str | None = None
    side: str | None = None
    repetitions: int | None = None
    support: float | None = None
    joint: str | None = None
    assistance: float = 1.0
    amplitude: float = 1.0
    speed: float = 1.0
    ranges_deg: dict[str, tuple[float, float]] = field(default_factory=dict)
    allowed_deg: dict[str, tuple[float, float]] = field(default_factory=dict)
    planned: bool = False
    distance_cm: float | None = None
    speed_deg_s: float | None = None
    speed_cm_s: float | None = None
    most_force: float | None = None
    loads: tuple[CarriedLoad, ...] = ()
    limits: PatientLimits = field(default_factory=PatientLimits)
    sessions_before: int = 0
    wearables: tuple[str, ...] = ()
    rules: tuple[WearableRule, ...] = ()
    board: str = ""
    relaxed: bool = False
    demonstrated: bool | None = None
    plant: str = SIMULATOR

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_other_time(self.plant, self.lockstep)
        if self.wearables and self.lockstep:
            raise ArgumentError("wearables need real time: leave --lockstep out")
        if self.repetitions is not None and not 1 <= self.repetitions <= 500:
            raise ArgumentError(f"repetitions are {self.repetitions}, must lie in 1 to 500")
        for name, value, top in (
            ("support", self.support, 1.0),
            ("assistance", self.assistance, 1.0),
            ("amplitude", self.amplitude, 1.5),
            ("speed", self.speed, 3.0),
        ):
            if value is not None and not 0.0 <= value <= top:
                raise ArgumentError(f"{name} is {value:g}, must lie in 0 to {top:g}")
        if self.amplitude == 0.0 or self.speed == 0.0:
            raise ArgumentError("amplitude and speed must be above 0")
        for name in ("distance_cm", "speed_deg_s", "speed_cm_s", "most_force"):
            value = getattr(self, name)
            if value is not None and not value > 0.0:
                raise ArgumentError(f"{name} is {value:g}, must be above 0")
        if self.sessions_before < 0:
            raise ArgumentError(f"sessions_before is {self.sessions_before}, must not be negative")
        if self.side not in (None, "left", "right"):
            raise ArgumentError(f"side is '{self.side}', must be left or right")

    @property
    def must_be_seen(self) -> bool:
        """Nobody is moved by what he cannot see: whoever wants a view has it before anything begins."""
        return not self.headless
