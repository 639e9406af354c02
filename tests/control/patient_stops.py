"""What stops a patient's movement, each provoked on the test bench as it comes about: by what the detectors measure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from guided_bench import CHAIN, DT, Bench, BenchPlant

from control.patient_guard import PatientLimits
from control.tick import Flag
from robotics.contracts import DriveMode, StopKind
from robotics.guidance import Moment
from robotics.kinematics import jacobian

WIDE = {"joint_speed_deg_s": 250.0, "tip_speed_m_s": 2.0, "cuff_force_n": 120.0, "joint_torque_nm": 60.0}


@dataclass(frozen=True)
class Stop:
    """One of them.

    Attributes:
        flag: What it is told as.
        provoke: Called before each tick, with the number of ticks since it began.
        calm: The cause passes.
        limits: Limits that it needs.
        bench: What else the bench needs.
    """

    flag: Flag
    provoke: Callable[[Bench, int], None]
    calm: Callable[[Bench], None]
    limits: dict[str, float] = field(default_factory=dict)
    bench: dict[str, Any] = field(default_factory=dict)

    def limited(self) -> PatientLimits:
        """The limits."""
        return PatientLimits(**{**WIDE, **self.limits})


def still(bench: Bench) -> None:
    """A patient who brakes his own hand."""
    bench.plant.push = lambda plant: -40.0 * plant.speed


def until_stopped(bench: Bench, stop: Stop, seconds: float) -> np.ndarray:
    """The records up to the tick in which a cause is told, that one too; fails where none is within the time."""
    ticks = []
    for tick in range(round(seconds / DT)):
        stop.provoke(bench, tick)
        ticks.append(bench.loop.tick().copy())
        if ticks[-1]["cause"][0]:
            return np.concatenate(ticks)
    raise AssertionError(f"nothing stopped it within {seconds} s")


def _pain(bench: Bench, _: int) -> None:
    bench.bedside.reading.pain = True


def _no_pain(bench: Bench) -> None:
    bench.bedside.reading.pain = False


def _lean(bench: Bench, _: int) -> None:
    bench.bedside.reading.trunk[:] = 0.5, 0.0, 0.0


def _sit_up(bench: Bench) -> None:
    bench.bedside.reading.trunk[:] = 0.0


def _alarm(bench: Bench, _: int) -> None:
    bench.bedside.reading.alarm = True


def _no_alarm(bench: Bench) -> None:
    bench.bedside.reading.alarm = False


def _silence(bench: Bench, _: int) -> None:
    bench.bedside.reading.age_s = 2.0


def _heard(bench: Bench) -> None:
    bench.bedside.reading.age_s = 0.0


def _therapist(bench: Bench, tick: int) -> None:
    if tick == 0:
        end(bench, StopKind.HOLD)


def end(bench: Bench, kind: StopKind = StopKind.SOFT) -> None:
    """Ctrl-C, STOP, Esc and closing the window come to this."""
    bench.loop.stop(kind, "the therapist", int(Flag.OPERATOR_STOP))


def _nothing(bench: Bench) -> None:
    return None


def _press_hard(bench: Bench, tick: int) -> None:
    if tick == 0:
        begun = bench.plant.ticks

        def push(plant: BenchPlant) -> np.ndarray:
            rise = min((plant.ticks - begun) * DT / 0.02, 1.0)
            return np.array([80.0 * rise, 0.0]) - 60.0 * plant.speed

        bench.plant.push = push


def _spasm(bench: Bench, tick: int) -> None:
    if tick == 0:
        begun = bench.plant.ticks

        def push(plant: BenchPlant) -> np.ndarray:
            rise = min((plant.ticks - begun) * DT / 0.1, 1.0)
            return np.array([-75.0 * rise, 0.0]) - 80.0 * plant.speed

        bench.plant.push = push


def _too_far(bench: Bench, tick: int) -> None:
    if tick == 0:
        put(bench, _UPPER + np.array([-math.radians(5.0), math.radians(6.0)]))


def put(bench: Bench, q: np.ndarray) -> None:
    """The arm, and the hand in it, at some joint positions."""
    bench.plant.q[:] = q
    bench.plant.hand = bench.plant.tip().copy()


def _back(bench: Bench) -> None:
    put(bench, CHAIN.home - 0.15)
    bench.plant.dq[:], bench.plant.speed[:] = 0.0, 0.0


def _fast(bench: Bench, tick: int) -> None:
    if tick == 0:
        plant = bench.plant
        plant.dq[:] = math.radians(70.0)
        if plant.mode is DriveMode.TORQUE:
            plant.speed = jacobian(CHAIN, plant.q)[:2] @ plant.dq  # the hand in it, too


def _tire(bench: Bench, tick: int) -> None:
    """Twenty ticks a repetition: from the eighth on he comes to a third of the way."""
    asked, within = bench.exercise.guidance, tick % 20
    asked.repetition = asked.movement = 1 + tick // 20
    asked.elapsed_s, asked.duration_s = within * DT, 10 * DT
    asked.progress = min(1.0, within / 10) * (1.0 if asked.repetition <= 8 else 0.3)


def _resist(bench: Bench, tick: int) -> None:
    """He resists being moved there and back as a damper does."""
    bench.law.stiffness = 30.0
    bench.exercise.guidance.goal[:] = bench.exercise.guidance.start + 0.7 * math.sin(2.0 * math.pi * 0.4 * tick * DT)
    bench.plant.push = lambda plant: -60.0 * plant.speed


_ELBOW = {"joints": ("elbow",), "pull": (4.0,)}
_UPPER = CHAIN.home + math.radians(5.0)

STOPS = {
    "pain": Stop(Flag.PAIN, _pain, _no_pain),
    "trunk": Stop(Flag.COMPENSATION, _lean, _sit_up),
    "wearable": Stop(Flag.WEARABLE, _alarm, _no_alarm),
    "therapist": Stop(Flag.OPERATOR_STOP, _therapist, _nothing),
    "force": Stop(Flag.PATIENT_FORCE, _press_hard, still, {"cuff_force_n": 58.0, "spasm_n": 100.0}),
    "range": Stop(Flag.PATIENT_RANGE, _too_far, _back, bench={"upper": _UPPER}),
    "speed": Stop(Flag.PATIENT_SPEED, _fast, still, {"joint_speed_deg_s": 60.0}),
    "spasm": Stop(Flag.SPASM, _spasm, still, {"spasm_n": 15.0}),
    "fatigue": Stop(Flag.FATIGUE, _tire, _nothing, {"fatigue_share": 0.7}),
    "tone": Stop(
        Flag.TONE, _resist, still, {"tone_nms_rad": 0.5, "spasm_nm": 30.0}, {**_ELBOW, "moment": Moment.RELAX}
    ),
}
"""By the names of docs/REHAB.md."""

BEDSIDE = Stop(Flag.INPUT_STALE, _silence, _heard)
"""The bedside that falls silent."""
