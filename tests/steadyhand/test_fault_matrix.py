"""A diagonal through the fault matrix: each kind of fault in some state of the loop, and guards that are left out."""

from __future__ import annotations

import shutil
from ctypes.util import find_library

import pytest

from benchmarks._fault_bench import STATES, bench
from benchmarks._fault_cases import CASES, DEVICE_CASES, LINE_CASES
from benchmarks._fault_guards import FIRMWARE_PROOFS, HOST_GUARDS, HOST_PROOFS
from benchmarks._fault_rows import Row, problems, row
from benchmarks.fault_matrix import CHIP_MM, CHIP_MS, ON_CHIP, failure
from control.tick import State
from hardware.faults.plan import KINDS
from hardware.firmware.guards import GUARDS

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")

DIAGONAL = (
    ("wire cut, both ways", "engaged"),
    ("wire cut, to the board", "homing"),
    ("wire cut, to the board", "engaged"),
    ("wire cut, from the board", "engaged"),
    ("unplugged for 300 ms", "engaged"),
    ("unplugged for 300 ms", "idle"),
    ("a bit in 200 bytes flipped, to the board", "engaged"),
    ("frames doubled 4 ms later, to the board", "engaged"),
    ("stalled for 100 ms, from the board", "clutched"),
    ("noise of 20 kB/s, from the board", "hold"),
    ("twice the speed, to the board", "homing"),
    ("encoder stuck", "engaged"),
    ("encoder stuck", "hold"),
    ("encoder not sure", "clutched"),
    ("drive has 0% of its effort", "hold"),
    ("emergency stop", "homing"),
    ("supply lost", "engaged"),
    ("clock runs 2% fast", "engaged"),
    ("clock leaps by 1 s", "clutched"),
    ("board starts anew", "engaged"),
    ("wire cut, and an encoder jumps in SAFE", "engaged"),
)

LEFT_OUT = {"watchdog", "encoder stuck", "age of a measurement", "errors of the plant"}
"""Guards that are left out here; `python -m benchmarks.fault_matrix` leaves out each."""

needs_avr = pytest.mark.skipif(
    shutil.which("avr-gcc") is None or find_library("simavr") is None,
    reason="gcc-avr, avr-libc or libsimavr-dev is not installed",
)


@pytest.mark.parametrize(("name", "state"), DIAGONAL)
def test_what_fails_lands_is_noticed_in_time_and_moves_nothing_that_it_may_not(name: str, state: str):
    found = row(CASES[name], state)
    assert not problems(CASES[name], found), found


@pytest.mark.parametrize(("guard", "name", "state"), [each for each in FIRMWARE_PROOFS if each[0] in LEFT_OUT])
def test_without_a_guard_of_the_firmware_its_case_fails(guard: str, name: str, state: str):
    assert failure(guard, name, state, of_host=False)


@pytest.mark.parametrize(("guard", "name", "state"), [each for each in HOST_PROOFS if each[0] in LEFT_OUT])
def test_without_a_guard_of_the_host_its_case_fails(guard: str, name: str, state: str):
    assert failure(guard, name, state, of_host=True)


@needs_avr
@pytest.mark.slow
@pytest.mark.parametrize("name", ["wire cut, both ways", "encoder not sure"])
def test_on_the_chip_it_is_no_other(name: str):
    found = row(CASES[name], "engaged", "avr")
    assert not problems(CASES[name], found, CHIP_MS, CHIP_MM), found


def test_the_same_case_gives_the_same_row():
    case = CASES["a bit in 30 bytes flipped, to the board"]
    assert row(case, "engaged") == row(case, "engaged")


def test_a_fault_that_does_not_land_is_told():
    case = CASES["emergency stop"]
    found = row(case, "clutched")
    missed = Row(**{**found.__dict__, "struck": 0})
    assert "the fault did not land" in problems(case, missed)


def test_a_latched_fault_ends_with_a_new_start_alone():
    with bench() as b:
        b.bring_to("engaged")
        CASES["wire cut, both ways"].strike(b)
        b.tick(500)
        assert b.states[-1] is State.LATCHED_FAULT
        b.press_afresh(100)
        assert b.states[-1] is State.LATCHED_FAULT
        b.loop.states.reset()
        b.loop.power_on()
        b.tick(20)
        assert b.states[-1] is State.LATCHED_FAULT  # the board is still safe: somebody has to clear it
        b.plant.clear()
        b.loop.states.reset()
        b.loop.power_on()
        b.tick(200)
        assert b.states[-1] in {State.HOMING, State.READY}


def test_every_kind_of_fault_is_in_the_matrix_each_way():
    assert len(CASES) == len(LINE_CASES) + len(DEVICE_CASES)
    assert set(STATES) == {"idle", "homing", "engaged", "clutched", "hold"}
    assert set(ON_CHIP) <= set(CASES)
    words = {
        "drop": "dropped", "flip": "flipped", "duplicate": "doubled", "reorder": "overtaken", "delay": "late",
        "stall": "stalled", "babble": "noise", "truncate": "truncated", "cut": "wire cut", "replug": "unplugged",
        "baud": "speed",
    }  # fmt: skip
    assert set(words) == set(KINDS)
    for kind, word in words.items():
        found = [case.name for case in LINE_CASES if word in case.name]
        assert kind == "replug" or {name.rsplit(", ")[1] for name in found} >= {"to the board", "from the board"}


def test_every_guard_has_a_proof_or_a_test_of_its_own():
    proven = {guard for guard, _, _ in FIRMWARE_PROOFS}
    assert proven <= set(GUARDS)
    of_guards = {
        "boot",
        "position",
        "range",
        "carried away",
        "hot in safe",
        "supply in safe",
    }  # test_firmware_guards.py
    of_homing = {"reference", "reference lost", "homing stuck", "homing ends", "home overtaken"}  # ..._homing.py
    of_wishes = {"arm overtaken", "clear overtaken"}  # test_joint_board_plant.py, test_joint_board_clearing.py
    assert set(GUARDS) - proven == {*of_guards, *of_homing, *of_wishes}
    assert {guard for guard, _, _ in HOST_PROOFS} == set(HOST_GUARDS)
