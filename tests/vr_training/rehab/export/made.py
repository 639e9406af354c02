"""Results made up for exports: one that is known, and any that may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from vr_training.rehab.export.fhir_codes import DIRECTIONS, never_negative
from vr_training.rehab.export.record import Prescription, SessionRecord
from vr_training.rehab.export.value_sets import REQUEST_STATUS, STOPS
from vr_training.rehab.prescription import Assessment, JointAssessment
from vr_training.rehab.results import ExerciseResult, RepetitionResult


@dataclass(frozen=True)
class Known:
    """What is known of a measure."""

    title: str
    unit: str
    explanation: str = ""


MEASURES = {
    "movement_time": Known("Movement time", "s", "From onset to offset."),
    "path_ratio": Known("Path ratio", "", "1 is straight."),
    "sparc": Known("Smoothness (SPARC)", ""),
    "tone": Known("Tone", "Nm s/rad"),
    "patient_share": Known("Patient's share of the work", "%"),
    "strength_nm": Known("Strength", "Nm"),
}

RESULT = ExerciseResult(
    exercise="elbow_flexion",
    title="Elbow flexion, slowly",
    arm="arm_exo",
    law="assist_as_needed",
    patient="p07",
    simulated=False,
    side="right",
    seed=11,
    started="2026-03-01T10:00:00",
    planned=15,
    repetitions=(
        RepetitionResult(repetition=0, success=True, measures={"movement_time": 1.1, "sparc": -1.6}),
        RepetitionResult(repetition=1, success=False, reason='Fell short, by "a lot"', measures={"movement_time": 0.3}),
    ),
    measures={"movement_time": 0.7, "sparc": -1.6, "tremor_power_mm2": 1.5e-7},
    ranges_deg={"elbow_flexion": {"active": (10.0, 95.0), "passive": (0.0, 120.5)}},
    stop="pain",
    stop_reason="The pain button was pressed",
    stop_time_s=31.25,
    session="20260301-100000-elbow_flexion",
)
RECORD = SessionRecord(
    pseudonym="p07",
    date="2026-03-01",
    session="first",
    results=(RESULT,),
    prescription=Prescription(title="Elbow, four weeks", started="2026-02-20"),
)

NAMES = (*MEASURES, "tremor_power_mm2", "peak_force", "something_new_deg")
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="@", exclude_categories=("C",)), max_size=20)


@st.composite
def measures(draw: st.DrawFn) -> dict[str, float]:
    names = draw(st.sets(st.sampled_from(NAMES)))
    number = st.floats(-1e6, 1e6) | st.floats(-1e-6, 1e-6)
    return {name: abs(draw(number)) if never_negative(name) else draw(number) for name in names}


@st.composite
def ranges(draw: st.DrawFn) -> dict[str, dict[str, tuple[float, float]]]:
    ends = st.tuples(st.floats(-180.0, 180.0), st.floats(-180.0, 180.0)).map(lambda pair: (min(pair), max(pair)))
    kinds = st.dictionaries(st.sampled_from(("active", "passive")), ends, min_size=1)
    return draw(st.dictionaries(st.sampled_from((*DIRECTIONS, "trunk_bend")), kinds, max_size=3))


@st.composite
def results(draw: st.DrawFn, simulated: bool) -> ExerciseResult:
    count = draw(st.integers(0, 4))
    stop = draw(st.sampled_from(("", *STOPS)))
    return ExerciseResult(
        exercise=draw(st.sampled_from(("reach", "elbow_flexion", "circle"))),
        title=draw(st.sampled_from(("Reach", "Elbow flexion", "Circle"))),
        arm=draw(st.sampled_from(("arm_exo", "planar_reach"))),
        law=draw(st.sampled_from(("passive", "minimal"))),
        patient="p07",
        simulated=simulated,
        side=draw(st.sampled_from(("left", "right"))),
        seed=draw(st.integers(0, 2**62)),
        started=draw(
            st.sampled_from(("", "2026-03-01T10:00:00", "2026-03-01T10:00:00.123+02:00", "2026-03-01T09:00:00Z"))
        ),
        planned=draw(st.integers(0, 30)),
        repetitions=tuple(
            RepetitionResult(repetition=i, success=draw(st.booleans()), reason=draw(WORDS), measures=draw(measures()))
            for i in range(count)
        ),
        measures=draw(measures()),
        ranges_deg=draw(ranges()),
        stop=stop,
        stop_reason=f"Because of {stop}" if stop else "",
        stop_time_s=draw(st.none() | st.floats(0.0, 1e4)),
    )


@st.composite
def records(draw: st.DrawFn) -> SessionRecord:
    simulated = draw(st.booleans())
    return SessionRecord(
        pseudonym="p07",
        date="2026-03-01",
        results=tuple(draw(st.lists(results(simulated), max_size=3))),
        session=draw(st.sampled_from(("", "first"))),
        prescription=Prescription(status=draw(st.sampled_from(sorted(REQUEST_STATUS)))),
        utc_offset_min=draw(st.none() | st.sampled_from((-210, 0, 60))),
    )


ASSESSMENT = Assessment(
    patient="p07",
    date=date(2026, 2, 27),
    arm="arm_exo",
    side="right",
    joints={
        "elbow_flexion": JointAssessment(
            active_deg=(10.0, 95.0), passive_deg=(0.0, 120.5), strength_nm=20.5, strength_at_least=True,
            tone_grade="1+", tone_nms_rad=0.31, spasm=True, pain_deg=(118.0,),
        ),
        "shoulder_flexion": JointAssessment(active_deg=(-5.0, 80.0), strength_nm=11.0),
    },
)  # fmt: skip


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    angle = st.floats(-180.0, 180.0)
    ends = st.none() | st.tuples(angle, angle).map(lambda pair: (min(pair), max(pair)))
    joint = st.builds(
        JointAssessment, active_deg=ends, passive_deg=ends, strength_nm=st.none() | st.floats(0.0, 500.0),
        strength_at_least=st.booleans(), tone_grade=st.none() | st.sampled_from(("0", "1", "1+", "2", "3", "4")),
        tone_nms_rad=st.none() | st.floats(-100.0, 100.0), spasm=st.none() | st.booleans(),
        pain_deg=st.lists(angle, max_size=3).map(tuple),
    )  # fmt: skip
    return Assessment(
        patient="p07",
        date=draw(st.dates()),
        arm=draw(st.sampled_from(("", "arm_exo"))),
        side=draw(st.sampled_from(("left", "right"))),
        joints=draw(st.dictionaries(st.sampled_from(tuple(DIRECTIONS)), joint, max_size=4)),
        simulated=draw(st.booleans()),
    )
