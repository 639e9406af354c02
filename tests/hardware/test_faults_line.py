"""A board on a line with faults, in virtual time: what is struck is lost or late, never taken for something else."""

from __future__ import annotations

import numpy as np
import pytest
from boards import bench_board, needs_gcc, psm_description

from hardware.faults.line import FaultyLine
from hardware.faults.plan import KINDS, FaultConfig, FaultPlan
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.plant import JointBoardPlant, LinkState
from robotics.contracts import Command, DriveMode
from robotics.errors import DeviceError, LinkLost

pytestmark = needs_gcc

DESCRIPTION = psm_description()
N = len(DESCRIPTION.joints)
GOAL = np.array([0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.02])


def plan(kind: str, **more: object) -> FaultPlan:
    return FaultPlan(seed=5, faults=(FaultConfig(kind=kind, **more),))  # type: ignore[arg-type]


def bench(line_plan: FaultPlan | None = None) -> tuple[JointBoardPlant, FaultyLine]:
    line = FaultyLine(VirtualLine(bench_board()), line_plan)
    return JointBoardPlant(DESCRIPTION, line, 0.001), line


def goes_on(plant: JointBoardPlant, ticks: int) -> np.ndarray:
    """Positions while a host wants the arm at its goal, shape (ticks, n)."""
    seen = []
    for _ in range(ticks):
        seen.append(plant.read().q.copy())
        plant.write(Command(DriveMode.POSITION, GOAL, np.zeros(N), np.zeros(N)))
    return np.array(seen)


def test_a_line_without_faults_is_the_line():
    plain = JointBoardPlant(DESCRIPTION, VirtualLine(bench_board()), 0.001)
    with plain:
        wanted = goes_on(plain, 200)
    plant, line = bench()
    with plant:
        np.testing.assert_array_equal(goes_on(plant, 200), wanted)
    assert line.injected == {"to_board": (), "from_board": ()}


@pytest.mark.parametrize(("kind", "more"), [
    ("flip", {"rate": 0.0005}), ("drop", {"rate": 0.02}), ("duplicate", {"rate": 0.1, "delay_s": 0.004}),
    ("reorder", {"rate": 0.05}), ("delay", {"delay_s": 0.001, "jitter_s": 0.003}), ("truncate", {"rate": 0.02}),
    ("babble", {"bytes_s": 100.0}),
])  # fmt: skip
def test_a_board_is_met_and_taken_to_its_goal_over_a_bad_line(kind: str, more: dict[str, object]):
    plant, line = bench(plan(kind, **more))
    with plant:
        q = goes_on(plant, 400)
        assert plant.state is LinkState.ACTIVE, plant.fault
        assert np.abs(q[-1] - GOAL).max() < 1e-3
    assert sum(line.injected["to_board"] + line.injected["from_board"]) > 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_plan_gives_the_same_run(kind: str):
    needed = {"delay": {"delay_s": 0.002}, "babble": {"bytes_s": 300.0}, "baud": {"baud_ratio": 2.0}}
    first, second = (goes_on_until(plan(kind, for_s=0.015, **needed.get(kind, {}))) for _ in range(2))
    assert first[1] == second[1]
    np.testing.assert_array_equal(first[0], second[0])


def goes_on_until(faults: FaultPlan) -> tuple[np.ndarray, str]:
    """Positions until the host is refused, and why; faults strike after a tenth of a second."""
    plant, line = bench()
    seen, said = [], ""
    with plant:
        seen.append(goes_on(plant, 100))
        line.inject(faults)
        try:
            for _ in range(100):
                seen.append(goes_on(plant, 1))
        except DeviceError as error:
            said = str(error)
        assert sum(line.injected["to_board"] + line.injected["from_board"]) > 0 or faults.faults[0].kind == "replug"
    return np.concatenate(seen), said


def test_an_unplugged_port_stays_lost_until_it_is_opened_anew():
    plant, line = bench()
    with plant:
        goes_on(plant, 50)
        line.inject(plan("replug", for_s=0.01))
        for _ in range(2):  # it stays so
            with pytest.raises(LinkLost, match="unplugged"):
                goes_on(plant, 1)
    with pytest.raises(DeviceError, match="no such port"):
        plant.__enter__()
    line._inner.period(0.07)  # it is plugged in again; the board has meanwhile missed its host
    with pytest.raises(DeviceError, match="the board is safe: watchdog"):
        plant.__enter__()


def test_a_delayed_command_reaches_the_board_in_its_own_millisecond():
    board = bench_board()
    given = []
    give = board.give
    board.give = lambda data: (given.append((line.now_us(), data)), give(data))[1]  # type: ignore[method-assign]
    line = FaultyLine(VirtualLine(board), plan("delay", delay_s=0.003, direction="to_board"))
    with line:
        line.write(b"\1\0")
        line.period(0.01)
    assert given == [(3000, b"\1\0")]
