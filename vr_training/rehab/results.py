"""The results of guided exercises: what a run came to, repetition by repetition, ready for JSON and the index.

Measures are numbers by name; their titles, units and directions stand in `robotics.rehab_measures`.
"""

from __future__ import annotations

from msgspec import Struct

from robotics.contracts import Vector
from vr_training.rehab.adaptation import CALLED


class CarriedLoad(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a link of the robot carries of the patient's arm, as it was weighed.

    Static postures tell only some combinations of these; the others are a table's.

    Attributes:
        arm: Name of the robot.
        link: Name of the joint that moves the link.
        mass_kg: Mass [kg].
        moment_kgm: Mass times centre of mass, in the link's frame [kg m].
    """

    arm: str
    link: str
    mass_kg: float
    moment_kgm: tuple[float, float, float]


class RepetitionResult(Struct, frozen=True, kw_only=True):
    """One repetition.

    Attributes:
        repetition: Counts from 0.
        success: Whether the exercise's own test was passed.
        reason: Why not, in a sentence; empty where it was.
        measures: Value of each measure that could be taken, by name.
    """

    repetition: int
    success: bool
    reason: str = ""
    measures: dict[str, float] = {}


class Level(Struct, frozen=True, kw_only=True):
    """How hard a set was made.

    Attributes:
        assistance: Upper bound on the law's help, 0 to 1.
        amplitude: Share of the prescribed range or distance.
        speed: Share of the prescribed speed.
        ranges_deg: Range that was prescribed by joint [deg]; of the hand none.
        turned: What the therapist set by hand before the set, of assistance, amplitude and speed: from and to.
        held: Which of them he held where they were; what the plan holds is not among them.
        freed: Which of them he let go again before the set.
    """

    assistance: float
    amplitude: float
    speed: float
    ranges_deg: dict[str, tuple[float, float]] = {}
    turned: dict[str, tuple[float, float]] = {}
    held: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()

    @property
    def by_therapist(self) -> str:
        """What the therapist chose, in words; empty where he left it to the rule."""
        chosen = [
            f"{CALLED[each]} {100.0 * one:.0f} to {100.0 * two:.0f} %" for each, (one, two) in self.turned.items()
        ]
        chosen += [f"{CALLED[each]} held" for each in self.held] + [f"{CALLED[each]} freed" for each in self.freed]
        return f"set by the therapist: {', '.join(chosen)}" if chosen else ""


class ExerciseResult(Struct, frozen=True, kw_only=True):
    """One exercise as it was done: one set of a block of a session.

    Attributes:
        exercise: Name of the exercise.
        title: What a person reads.
        arm: Name of the arm's configuration.
        law: Name of the law.
        patient: Pseudonym of the patient, or name of the simulated one.
        simulated: Whether the patient is simulated.
        side: ``"left"`` or ``"right"``.
        seed: Of everything that was drawn.
        started: When, as an ISO 8601 time; empty in lockstep.
        planned: How many repetitions were asked for.
        repetitions: Those that were done.
        measures: Measures of the whole block, by name: mean or sum over repetitions as each measure has it.
        ranges_deg: Range of motion that was assessed, by joint and kind: ``{"elbow_flexion": {"active": [10, 95]}}``.
        pain_deg: Angle of each joint at which a search for its range hurt, and so was stopped.
        loads: What the robot's links carry of his arm, where it was weighed.
        stop: What stopped it: ``""``, ``"pain"``, ``"spasm"``, ``"tone"``, ``"fatigue"``, ``"force"``, ``"range"``,
            ``"speed"``, ``"trunk"``, ``"wearable"``, ``"therapist"``, ``"fault"``.
        stop_reason: The same in a sentence.
        stop_time_s: When; None where it was not stopped [s].
        session: Folder of the recording; empty where none was kept.
        level: How hard it was made; None where no plan said so.
        probe: Whether it was done to measure: without help, at the whole of what is prescribed.
        relaxed: Whether he was to let the robot move his arm in all of it.
        block: Which block of the plan it is of, from 1; 0 where no plan said so.
        set: Which of the block's sets, from 1; 0 of its probes and where no plan said so.
    """

    exercise: str
    title: str
    arm: str
    law: str
    patient: str
    simulated: bool
    side: str
    seed: int
    started: str = ""
    planned: int
    repetitions: tuple[RepetitionResult, ...]
    measures: dict[str, float] = {}
    ranges_deg: dict[str, dict[str, tuple[float, float]]] = {}
    pain_deg: dict[str, float] = {}
    loads: tuple[CarriedLoad, ...] = ()
    stop: str = ""
    stop_reason: str = ""
    stop_time_s: float | None = None
    session: str = ""
    level: Level | None = None
    probe: bool = False
    relaxed: bool = False
    block: int = 0
    set: int = 0

    @property
    def successes(self) -> int:
        """How many repetitions were passed."""
        return sum(each.success for each in self.repetitions)


class Trace(Struct, frozen=True, kw_only=True):
    """One movement of a recording in the exercise's coordinates, sampled at the loop's rate, t samples.

    It begins up to half a second before its go, the first sample in which something is asked, so that the posture
    before it and an early start can be seen. All before the go has the moment REST: of this movement nothing was asked
    yet, whatever the last one was at.

    Attributes:
        rate_hz: Samples per second.
        repetition: Of which repetition it is.
        start: Where it began, shape (m,) [rad or m].
        goal: Where it was to end, shape (m,).
        x: Where the arm was, shape (t, m).
        reference: Where a good movement would have been, shape (t, m).
        robot: The law's force on the arm, shape (t, m) [Nm or N].
        patient: The patient's force on the arm as the cuffs measured it, shape (t, m).
        assistance: The law's present help, 0 to 1, shape (t,).
        trunk: Displacement of the shoulder, shape (t, 3) [m]; NaN where it was not measured.
        cuff_n: Largest force at any cuff, shape (t,) [N].
        moment: What was asked (`robotics.guidance.Moment`), shape (t,).
        joint: Whether the coordinates are joints' angles, else positions.
        weighed: Whether the arm's weight is taken out of the patient's force; a robot that holds the hand alone does
            not know how the arm hangs on it.
        unaided: Whether the law helps nothing, so that what is not asked to be let go is the patient's own.
    """

    rate_hz: float
    repetition: int
    start: Vector
    goal: Vector
    x: Vector
    reference: Vector
    robot: Vector
    patient: Vector
    assistance: Vector
    trunk: Vector
    cuff_n: Vector
    moment: Vector
    joint: bool
    weighed: bool = True
    unaided: bool = False
