"""A lesson and an exercise through the joint board's firmware, closed-loop, in virtual time."""

from __future__ import annotations

import dataclasses
import io
import shutil
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from rich.console import Console

from robotics.errors import ConfigError, UnknownNameError
from steadyhand.board_in_loop import BoardInLoop
from steadyhand.rehab.blocks import Wanted, order_of
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.recorded import run_recorded
from steadyhand.rehab.rehearse import rehearsed
from steadyhand.rig import build, plan
from vr_training import inputs
from vr_training.records.digest import digest, without_host_time
from vr_training.rehab.adaptation import Difficulty
from vr_training.rehab.prescription import load_plan

pytestmark = pytest.mark.skipif(
    shutil.which("gcc") is None or shutil.which("avr-gcc") is None or find_library("simavr") is None,
    reason="gcc, gcc-avr, avr-libc or libsimavr-dev is not installed",
)

TIP_M = 2.5e-4
"""How far from its target a needle's end may be in the lesson's own terms, whatever drives the arm [m]; ours."""


@dataclass(frozen=True)
class Lesson:
    """A lesson as it went."""

    ticks: np.ndarray
    finished: bool


def lesson(target: str | None) -> Lesson:
    rig = plan("needle_reach", drives="ideal")
    through = None if target is None else BoardInLoop(target)
    kept = []
    with build(rig, {name: inputs.create("expert") for name in rig.operated}, 101, through=through) as (loop, _):
        loop.power_on()
        while len(kept) < 12000 and not loop.finished:
            kept.append(loop.tick().copy())
        return Lesson(without_host_time(np.concatenate(kept)), loop.finished)


@pytest.fixture(scope="module")
def on_chip() -> Lesson:
    """The lesson through the binary of the simulated ATmega2560."""
    return lesson("avr")


@pytest.mark.slow
def test_a_whole_lesson_is_done_through_the_firmware_on_the_chip(on_chip: Lesson):
    assert on_chip.finished
    assert not on_chip.ticks["cause"].any()
    arm = on_chip.ticks["arms"]["psm1"]
    assert np.abs(arm["q"] - arm["q_cmd"])[:, :3].max() < 4e-3  # rad and m; what is read is some milliseconds old


@pytest.mark.slow
def test_the_same_lesson_comes_out_bit_for_bit(on_chip: Lesson):
    assert digest(lesson("avr").ticks) == digest(on_chip.ticks)


@pytest.mark.slow
def test_chip_process_and_simulator_end_at_the_same_place(on_chip: Lesson):
    tips = [run.ticks["arms"]["psm1"]["tip"][-1, :3] for run in (on_chip, lesson("native"), lesson(None))]
    for tip in tips[:2]:
        assert np.linalg.norm(tip - tips[2]) < TIP_M


@pytest.mark.parametrize("target", [pytest.param("avr", marks=pytest.mark.slow), "native"])
def test_a_whole_exercise_is_done_through_the_firmware(target: str):
    order = ExerciseOrder(
        exercise="elbow_flexion", patient="stroke_moderate", repetitions=1, lockstep=True, headless=True,
        demonstrated=False,
    )  # fmt: skip
    result = rehearsed(order, through=BoardInLoop(target)).result
    assert (result.successes, result.planned, result.stop) == (1, 1, "")
    assert result.measures["peak_cuff_force"] < 20.0


@pytest.mark.slow
def test_the_same_prescription_is_run_by_the_firmware_and_by_the_simulator(tmp_path: Path):
    plan = load_plan("elbow_after_stroke")
    one = replace(plan.blocks[0], repetitions=1, sets=1, probes=0)
    found = []
    for plant in ("simulator", "board:native"):
        wanted = Wanted("stroke_moderate", lockstep=True, headless=True, sessions=tmp_path, plant=plant)
        order = order_of(replace(plan, blocks=(one,)), 0, 0, None, Difficulty.start(one.progression), wanted)
        found.append(run_recorded(dataclasses.replace(order, demonstrated=False), Console(file=io.StringIO()))[0])
    by_simulator, by_board = found
    assert by_board.stop == by_simulator.stop == ""
    assert by_board.successes == by_simulator.successes
    ranges = [each.measures["range_deg"] for each in found]
    assert ranges[1] == pytest.approx(ranges[0], abs=5.0)


def test_a_guided_exercise_on_a_real_robot_is_refused_as_its_patient_is_simulated():
    asked = ExerciseOrder(exercise="elbow_flexion", plant="serial:/dev/null", headless=True)
    with pytest.raises(ConfigError, match="who would not be in the real robot's cuffs"), ExerciseRun(asked).build():
        pass


def test_a_board_drives_one_arm():
    rig = plan("peg_transfer_handoff", drives="ideal")
    with pytest.raises(ConfigError, match="one arm"), build(rig, {}, 1, through=BoardInLoop("native")):
        pass


def test_another_target_is_refused():
    with pytest.raises(UnknownNameError, match="avr, native"):
        BoardInLoop("pentium")
