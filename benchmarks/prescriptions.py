"""Random prescriptions with random patients: is any limit of force, range or speed ever passed at the cuff?

python -m benchmarks.prescriptions [--count N] [--first SEED] [--jobs N] [--keep FILE]

Exercise, joint, law, patient, side, range, speed, support, bound of help and stop rules are drawn. Checked in every
tick: force at each cuff, speed of each of the robot's joints and of its tip, range of each joint, against what was
prescribed; that the law never gave more energy than its budget; numbers that are none; and that every stop is in the
record with its cause. What is refused for a reason
counts as refused, and is drawn again.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks._report import console, print_machine
from control.patient_guard import PatientLimits
from control.tick import PATIENT_STOPS, State
from robotics.arm_config import load_arm_config
from robotics.config import load_named, names
from robotics.errors import SteadyhandError
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from steadyhand.rehab.rig import GuidedRig, fitting_laws
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.exercises import ExerciseSettings
from vr_training.rehab.traces import KEPT

RELEASE_S = 0.003
"""Time within which a law's force must be gone after a stop [s]."""

ROUNDING_J = 0.01
"""By so much the energy in a record may be beyond the budget: the tank's small debts, and rounding [J]."""


class Drawn(msgspec.Struct, frozen=True):
    """One prescription and what it came to.

    Attributes:
        seed: It was drawn from.
        what: Exercise, patient, law.
        stop: What stopped it.
        broken: What went wrong, in words; empty where all is well.
        refused: Why it was refused; empty where it was not.
        cuff: Largest force at a cuff over its limit.
        speed: Largest speed over its limit.
        beyond_deg: Furthest beyond the range and its margin [deg].
    """

    seed: int
    what: str
    stop: str = ""
    broken: str = ""
    refused: str = ""
    cuff: float = 0.0
    speed: float = 0.0
    beyond_deg: float = 0.0


def draw(seed: int) -> ExerciseOrder:
    """A prescription.

    What came later is drawn from a generator of its own, so that a seed still stands for what it stood for.
    """
    rng, later = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    exercise = str(rng.choice(exercises.names()))
    settings = exercises.load(exercise)
    limits = PatientLimits(
        cuff_force_n=float(rng.uniform(50.0, 100.0)),
        joint_torque_nm=float(rng.uniform(15.0, 40.0)),
        joint_speed_deg_s=float(rng.uniform(60.0, 200.0)),
        tip_speed_m_s=float(rng.uniform(0.4, 1.5)),
        trunk_cm=float(rng.uniform(3.0, 12.0)),
        spasm_nm=float(rng.uniform(3.0, 10.0)),
        spasm_n=float(rng.uniform(15.0, 40.0)),
    )
    patient, law, rig = (
        str(rng.choice(choice)) for choice in (names("patients"), fitting_laws(settings), settings.rigs)
    )
    tone, fatigue = float(later.uniform(1.0, 12.0)), float(later.uniform(0.4, 0.9))
    limits = replace(
        limits,
        tone_nms_rad=tone if later.random() < 0.5 else 0.0,
        fatigue_share=fatigue if later.random() < 0.5 else 0.0,
    )
    return ExerciseOrder(
        exercise=exercise,
        patient=patient,
        law=law,
        rig=rig,
        joint=_joint(settings, rig, later),
        side=str(rng.choice(("left", "right"))),
        repetitions=1,
        support=float(rng.uniform(0.0, 1.0)),
        assistance=float(rng.uniform(0.0, 1.0)),
        amplitude=float(rng.uniform(0.3, 1.0)),
        speed=float(rng.uniform(0.7, 2.5)),
        limits=limits,
        seed=seed,
        lockstep=True,
        headless=True,
        demonstrated=False,
        duration_s=25.0,
        relaxed=_relaxes(settings, law, np.random.default_rng([seed, 2])),
    )


def _relaxes(settings: ExerciseSettings, law: str, rng: np.random.Generator) -> bool:
    """Whether he is told to let the robot move his arm, where an exercise and a law have that: half of the time."""
    return hasattr(settings, "relaxed") and law == "passive" and bool(rng.random() < 0.5)


def _joint(settings: ExerciseSettings, rig: str, rng: np.random.Generator) -> str | None:
    """One of the joints that an exercise may be done for and the rig has; None where it has its own."""
    arm = load_arm_config(load_named("rigs", rig, RigConfig).arms[0].arm)
    joints = [joint.name for joint in arm.joints if joint.name in settings.choice]
    return str(rng.choice(joints)) if joints else None


def one(seed: int) -> Drawn:
    """One prescription, run and checked."""
    return checked(draw(seed))


def checked(order: ExerciseOrder) -> Drawn:
    """A prescription, run and checked."""
    seed = order.seed
    what = " ".join(filter(None, (order.exercise, order.joint, order.patient, order.law, order.rig, order.side)))
    try:
        ran = rehearsed(order, fields=(*KEPT, "arms"))
    except SteadyhandError as error:
        return Drawn(seed, what, refused=str(error))
    except Exception as error:  # told with the others
        return Drawn(seed, what, broken=f"{type(error).__name__}: {error}")
    result, ticks, rig = ran.result, ran.ticks, ran.rig
    part = ticks["guided"][rig.arm.name]
    broken = [
        f"{name} is not a number"
        for name in ("x", "v", "reference", "robot", "patient", "cuffs", "trunk", "assistance", "energy")
        if not np.isfinite(part[name]).all()
    ]
    cuff = float(np.linalg.norm(part["cuffs"][:, :, :3], axis=2).max()) / rig.limits.cuff_force_n
    speed, beyond = _motion(ticks["arms"][rig.arm.name], rig)
    if cuff > 1.0:
        broken.append(f"{cuff:.2f} of the force limit")
    if speed > 1.0:
        broken.append(f"{speed:.2f} of the speed limit")
    if beyond > 0.0:
        broken.append(f"{beyond:.1f} deg beyond the range and its margin")
    given = _given_beyond(part["energy"].reshape(len(ticks), -1)[:, 0], rig)
    if given > 0.0:
        broken.append(f"the law gave {given:.2f} J more than its budget")
    broken += _stops(ticks, part, result.stop)
    return Drawn(seed, what, result.stop, "; ".join(broken), "", round(cuff, 3), round(speed, 3), round(beyond, 2))


def _given_beyond(energy: NDArray[np.float64], rig: GuidedRig) -> float:
    """By how much what the law gave on the whole was ever beyond its budget [J]; 0 where never."""
    budget = rig.budget
    let_in = budget.start_j + budget.refill_w * rig.config.period_s * np.arange(1, len(energy) + 1)
    return max(float((energy - let_in).max(initial=0.0)) - ROUNDING_J, 0.0)


def _motion(arm: NDArray[np.void], rig: GuidedRig) -> tuple[float, float]:
    """Largest speed of a joint or the tip over its limit, and the furthest beyond the range and its margin [deg]."""
    limits = rig.limits
    margin = math.radians(limits.range_margin_deg)
    over = np.maximum(arm["q"] - rig.upper - margin, rig.lower - margin - arm["q"])
    joints = float(np.abs(arm["dq"]).max()) / math.radians(limits.joint_speed_deg_s)
    tip = np.linalg.norm(np.diff(arm["tip"][:, :3], axis=0), axis=1) / rig.config.period_s
    return max(joints, float(tip.max()) / limits.tip_speed_m_s), math.degrees(max(float(over.max()), 0.0))


def _stops(ticks: NDArray[np.void], part: NDArray[np.void], stop: str) -> list[str]:
    """What is wrong with how it was stopped."""
    flagged = np.flatnonzero(ticks["flags"] & np.uint64(int(PATIENT_STOPS)))
    flagged = flagged[ticks["state"][flagged] >= State.READY]
    if not len(flagged):
        return []
    first = flagged[0]
    wrong = []
    if not stop:
        wrong.append("a stop that is not in the results")
    if not np.any(ticks["cause"][first:]):
        wrong.append("a stop without a cause")
    if part["robot"][ticks["time"] > ticks["time"][first] + RELEASE_S].any():
        wrong.append("force after a stop")
    return wrong


def main() -> None:
    """Run them and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="prescriptions that are run, refused ones not counted")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where they are kept, as JSON lines")
    asked = parser.parse_args()
    print_machine("pybullet", "numba")
    done: list[Drawn] = []
    seed = asked.first
    columns = (TextColumn("Prescriptions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(asked.jobs) as pool, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Prescriptions", total=asked.count)
        while sum(not each.refused for each in done) < asked.count:
            batch = min(asked.count - sum(not each.refused for each in done), 50)
            waiting = [pool.submit(one, seed + k) for k in range(batch)]
            seed += batch
            try:
                for each in as_completed(waiting):
                    row = each.result()
                    done.append(row)
                    if asked.keep is not None:
                        with asked.keep.open("ab") as file:
                            file.write(msgspec.json.encode(row) + b"\n")
                    progress.update(bar, completed=sum(not found.refused for found in done))
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)  # what is done is kept, what waits is not begun
                raise
    ran = [row for row in done if not row.refused]
    console.print(f"{len(ran)} prescriptions ran, {len(done) - len(ran)} were refused with a reason")
    console.print(f"stops: {dict(Counter(row.stop or 'none' for row in ran))}")
    console.print(
        f"largest share of the force limit {max(row.cuff for row in ran):.2f}, of the speed limit "
        f"{max(row.speed for row in ran):.2f}, furthest beyond range and margin "
        f"{max(row.beyond_deg for row in ran):.1f} deg"
    )
    wrong = [row for row in ran if row.broken]
    console.print(f"{len(wrong)} with something wrong")
    for row in wrong:
        console.print(f"  seed {row.seed}: {row.what}: {row.broken} (stop: {row.stop or 'none'})")


if __name__ == "__main__":
    main()
