"""Simulated patients beside what is published of people: measured on the model of the patient, without a robot.

python -m benchmarks.realism_patients [--write]

Prints the table; `--write` puts it into docs/REALISM.md. `python -m benchmarks.realism --write` writes it as well.
"""

from __future__ import annotations

import argparse

from benchmarks import realism_practice, realism_strength
from benchmarks._page import PAGE, rows_as_markdown, write
from benchmarks._people import man, patient, woman
from benchmarks._published import HEADS, Row, cells
from benchmarks._report import console, print_machine
from robotics.guidance import Moment
from simulation.patients import checks

TABLE = "realism_patients"

PASSIVE_NM = 2.5
"""Torque at which a relaxed elbow counts as at its end, as in `configs/exercises/range_of_motion.toml` [Nm]; ours."""

AAOS = "American Academy of Orthopaedic Surgeons 1965"
DELEVA = "de Leva 1996, with lengths after Winter 2009"
DEUSCHL = "Deuschl et al. 1998"
FREY_LAW = "Frey-Law et al. 2012"
REFLEX = "PMC6402810"


def tremor_hz(name: str, moment: Moment) -> float:
    """Frequency at which a patient's tremor is strongest [Hz]."""
    return checks.shaking(patient(name), moment).frequency_hz


def reached(joint: str, end: int) -> float:
    """How far the healthy man brings a joint by himself, to its lower end (0) or its upper one (1) [deg]."""
    return abs(checks.active_range(man(), joint)[end])


def passive_more() -> float:
    """By how much the healthy man's relaxed elbow bends further than he bends it himself [deg]."""
    his = man()
    return checks.passive_range(his, "elbow_flexion", PASSIVE_NM)[1] - checks.active_range(his, "elbow_flexion")[1]


ROWS = (
    Row(
        "arm_weight_shoulder", "Torque of the arm held out straight, at the shoulder", 11.934, 11.934, "Nm", DELEVA,
        lambda: [checks.arm_weight(man())[0]], "a man of 75 kg and 1.75 m",
    ),
    Row(
        "arm_weight_elbow", "The same at the elbow", 2.847, 2.847, "Nm", DELEVA,
        lambda: [checks.arm_weight(man())[1]],
    ),
    Row(
        "holding_man", "Share of strength that holds the bare arm out, a man", 22.0, 25.0, "%",
        realism_strength.STOCKHOLM, lambda: [100.0 * checks.holding_share(man())],
        "179 men; the strength at 90 degrees is carried on in a straight line from 0 and 45",
    ),
    Row(
        "holding_woman", "The same, a woman", 34.0, 34.0, "%", realism_strength.STOCKHOLM,
        lambda: [100.0 * checks.holding_share(woman())], "179 women; here 62 kg, 1.64 m, assumed",
    ),
    Row(
        "endurance", "Share of the elbow's strength that is held for ever", 9.34, 9.34, "%", FREY_LAW,
        lambda: [realism_practice.held_for_an_hour()], "R / (F + R) of the published rates; here for an hour",
    ),
    Row(
        "reflex_slope", "Share of the slope in the growth of resistance from 15 to 150 deg/s", 74.0, 74.0, "%", REFLEX,
        lambda: [100.0 * checks.slope_share(patient("stroke_spastic"))],
        "published: what reflex stiffness explains, the threshold 15 %; here: what is left without its shift",
    ),
    Row(
        "essential_tremor", "Frequency of an essential tremor, held against gravity", 4.0, 12.0, "Hz", DEUSCHL,
        lambda: [tremor_hz("essential_tremor", Moment.HOLD)],
    ),
    Row(
        "parkinsonian_tremor", "Frequency of a Parkinsonian tremor at rest", 3.0, 8.0, "Hz", DEUSCHL,
        lambda: [tremor_hz("parkinson", Moment.REST)],
    ),
    Row(
        "cerebellar_tremor", "Frequency of a cerebellar tremor, held against gravity", 2.0, 5.0, "Hz", DEUSCHL,
        lambda: [tremor_hz("cerebellar_ataxia", Moment.HOLD)],
    ),
    Row(
        "shoulder_flexion", "Active shoulder flexion, the weight taken off", 180.0, 180.0, "deg", AAOS,
        lambda: [reached("shoulder_flexion", 1)], "the file has the range; how far the muscles bring the arm is run",
    ),
    Row(
        "elbow_flexion", "Active elbow flexion, the weight taken off", 150.0, 150.0, "deg", AAOS,
        lambda: [reached("elbow_flexion", 1)],
    ),
    Row(
        "supination", "Active supination", 80.0, 80.0, "deg", AAOS, lambda: [reached("forearm_pronation", 0)],
    ),
    Row(
        "passive_more", "Passive elbow flexion beyond the active one", 3.0, 5.0, "deg", "PMC6555111",
        lambda: [passive_more()], f"the end is where {PASSIVE_NM:g} Nm resist, a torque of ours",
    ),
    Row(
        "abduction_with_age", "Loss of shoulder abduction with age", 10.0, 10.0, "deg a decade", "Bassey et al. 1989",
        None, "no patient has an age; a shorter range is written into his file",
    ),
    *realism_strength.ROWS,
    *realism_practice.ROWS,
)  # fmt: skip


def table() -> str:
    """Measure all rows."""
    return rows_as_markdown(HEADS, [cells(row) for row in ROWS])


def main() -> None:
    """Print the table, and write it where that is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}")
    asked = parser.parse_args()
    print_machine()
    text = table()
    console.print(text, markup=False, soft_wrap=True)
    if asked.write:
        write(PAGE, TABLE, text)


if __name__ == "__main__":
    main()
