"""A real arm beside the simulator: they get the same commands, and what they differ by is told as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hardware.emulation.devices import EmulatedBoard
from robotics.contracts import Command, DriveMode, Measurement, PlantDescription, StopKind
from robotics.errors import ArgumentError
from simulation.bullet_plant import BulletPlant
from simulation.world import BulletWorld
from steadyhand.commands.compared import FIGURES, PLOT
from steadyhand.order import Order
from steadyhand.real_plant import RealPlant
from steadyhand.rig import plan
from steadyhand.shadow import ShadowedPlant
from tests.hardware.boards import needs_gcc
from tests.steadyhand.in_process import ask

PERIOD_S = 0.001
OFF_RAD = 0.01


class Exact:
    """An arm that is at once where it was told to be, and from a moment on a little beside it."""

    def __init__(self, description: PlantDescription, q: np.ndarray) -> None:
        self._description, self.q, self.off = description, q.copy(), 0.0
        self.dq, self.stopped = np.zeros_like(q), list[StopKind]()

    def describe(self) -> PlantDescription:
        """What it is."""
        return self._description

    def __enter__(self) -> Exact:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self) -> Measurement:
        """Where it is."""
        q = self.q.copy()
        q[0] += self.off
        return Measurement(q, self.dq, np.zeros_like(q), np.zeros((1, 6)), 0.0, 0, 0, True, 0.0)

    def write(self, command: Command) -> Command:
        """Go there."""
        self.q[:] = command.q
        return command

    def stop(self, kind: StopKind) -> None:
        """Note it."""
        self.stopped.append(kind)


@pytest.fixture
def pair() -> Iterator[tuple[ShadowedPlant, Exact]]:
    rig = plan("needle_reach", drives="ideal")
    with BulletWorld(rig.config.simulation) as world, BulletPlant(world, rig.arms, PERIOD_S) as simulated:
        real = Exact(simulated.describe(), simulated.read().q)
        with ShadowedPlant(real, simulated, rig.arms[0], PERIOD_S) as plant:
            yield plant, real


def go(plant: ShadowedPlant, q: np.ndarray, ticks: int) -> None:
    n = len(q)
    for _ in range(ticks):
        plant.read()
        plant.write(Command(DriveMode.POSITION, q, np.zeros(n), np.zeros(n)))


def test_a_real_arm_that_is_off_is_told_by_as_much_and_in_its_joint(pair: tuple[ShadowedPlant, Exact]) -> None:
    plant, real = pair
    rest = real.q.copy()
    go(plant, rest, 400)
    same = {each.name: each for each in plant.noted().differences()}
    assert same["yaw"].worst < 0.1
    assert (same["yaw"].unit, same["insertion"].unit, same["tip"].unit) == ("deg", "mm", "mm")
    real.off = OFF_RAD
    go(plant, rest, 400)
    found = {each.name: each for each in plant.noted().differences()}
    assert found["yaw"].worst == pytest.approx(np.degrees(OFF_RAD), abs=0.1)
    assert found["yaw"].worst_at_s > 0.4
    assert found["pitch"].worst < 0.1
    assert found["tip"].worst > 0.5


def test_until_both_stand_together_the_simulated_arm_follows_and_nothing_is_compared(
    pair: tuple[ShadowedPlant, Exact],
) -> None:
    plant, real = pair
    real.q[0] += 0.3  # where the real arm happens to be
    go(plant, real.q.copy(), 100)
    assert plant.noted().differences() == ()
    go(plant, real.q.copy(), 2000)
    found = {each.name: each for each in plant.noted().differences()}
    assert found["yaw"].worst < 0.2


def test_the_scenes_arm_goes_along_with_a_real_one_that_moves() -> None:
    rig = plan("needle_reach", drives="ideal")
    with BulletWorld(rig.config.simulation) as world, BulletPlant(world, rig.arms, PERIOD_S) as simulated:
        real = Exact(simulated.describe(), simulated.read().q)
        start, n = real.q.copy(), len(real.q)
        with RealPlant(real, simulated, PERIOD_S) as plant:
            for tick in range(1000):
                phase = 2.0 * np.pi * tick * PERIOD_S
                q = start + 0.1 * np.sin(phase) * np.eye(n)[0]
                real.dq[0] = 0.2 * np.pi * np.cos(phase)
                plant.read()
                plant.write(Command(DriveMode.POSITION, q, np.zeros(n), np.zeros(n)))
                if tick > 100:  # it set off at full speed
                    assert abs(float(simulated.read().q[0] - real.q[0])) < 3e-3


def test_a_stop_is_the_real_arms_too(pair: tuple[ShadowedPlant, Exact]) -> None:
    plant, real = pair
    plant.stop(StopKind.POWER_OFF)
    assert real.stopped == [StopKind.POWER_OFF]


@pytest.mark.parametrize("plant", ["simulator", "board:native"])
def test_nothing_but_a_real_arm_has_a_shadow(plant: str) -> None:
    with pytest.raises(ArgumentError, match="--shadow compares a real arm with the simulator"):
        Order(task="needle_reach", plant=plant, shadow=True, lockstep=plant != "simulator", headless=True)


@pytest.mark.slow
@needs_gcc
def test_a_lesson_runs_on_a_board_behind_a_tty_with_the_simulator_beside_it(tmp_path: Path) -> None:
    for attempt in range(3):  # a machine that is too busy may leave a tty unread for too long
        with EmulatedBoard("native") as board:
            said = ask(
                "run", "needle_reach", "--plant", f"serial:{board.path}", "--shadow", "--input", "expert",
                "--headless", "--sessions", str(tmp_path / str(attempt)), "--json", str(tmp_path / "run.json"),
                cwd=tmp_path,
            )  # fmt: skip
        if said.returncode == 0:
            break
    assert said.returncode == 0, said.stderr
    data = json.loads((tmp_path / "run.json").read_text())
    assert data["success"]
    assert [each["name"] for each in data["shadow"]][-1] == "tip"
    assert all(0.0 <= each["rms"] <= each["worst"] < 20.0 for each in data["shadow"])
    [folder] = (path.parent for path in (tmp_path / str(attempt)).rglob(PLOT))
    rows = np.loadtxt(folder / FIGURES, delimiter=",", skiprows=1)
    assert len(rows) > 100
    assert "Real arm less simulated one" in said.stdout
