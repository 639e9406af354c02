"""A proxy in front of an emulated board's tty: what opens it finds the board, with the faults that were asked for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from boards import needs_gcc, psm_description, until

from hardware.emulation.devices import EmulatedBoard
from hardware.faults.plan import FaultConfig, FaultPlan
from hardware.faults.proxy import FaultProxy
from hardware.joint_board.lines import SerialLine
from hardware.joint_board.plant import JointBoardPlant, LinkState
from robotics.contracts import Command, DriveMode
from robotics.errors import DeviceError, LinkLost

pytestmark = needs_gcc

DESCRIPTION = psm_description()
N = len(DESCRIPTION.joints)
BAUD = 1_000_000

GOAL = np.array([0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.02])


def plan(*faults: FaultConfig) -> FaultPlan:
    return FaultPlan(seed=1, faults=faults)


def plant_at(link: Path) -> JointBoardPlant:
    return JointBoardPlant(DESCRIPTION, SerialLine(str(link), BAUD), 0.001)


def goes_on(plant: JointBoardPlant) -> None:
    plant.read()
    plant.write(Command(DriveMode.POSITION, GOAL, np.zeros(N), np.zeros(N)))


def there(plant: JointBoardPlant) -> bool:
    goes_on(plant)
    return bool(np.abs(plant.read().q - GOAL).max() < 2e-3)


def test_through_a_proxy_without_faults_a_board_is_as_it_is(tmp_path: Path):
    link = tmp_path / "faulty"

    def arrives() -> bool:
        with EmulatedBoard("native") as board, FaultProxy(board.path, link, plan(), BAUD) as proxy:
            assert os.readlink(link) == proxy.path
            with plant_at(link) as plant:
                try:
                    came = until(lambda: there(plant))
                except DeviceError as error:  # this machine was busy for longer than the board's watchdog bears
                    if "watchdog" not in str(error):
                        raise
                    came = False
                assert plant.conversation.corrupt == 0
            assert proxy.lost is None
            assert proxy.overflown == 0
        assert not link.is_symlink()
        return came

    assert any(arrives() for _ in range(5))


def test_flipped_bits_are_counted_at_both_ends(tmp_path: Path):
    link = tmp_path / "faulty"
    with EmulatedBoard("native") as board, FaultProxy(board.path, link, plan(), BAUD) as proxy:
        with plant_at(link) as plant:
            proxy.inject(plan(FaultConfig(kind="flip", rate=0.01)))
            assert until(lambda: plant.read() is not None and plant.conversation.corrupt > 2)
            assert until(lambda: plant.read() is not None and plant.conversation.told.telemetry.corrupt > 2)
            struck = proxy.injected
            proxy.inject(plan())
            heard = plant.conversation.told.sequence
            assert until(lambda: plant.read().sequence != heard)
        assert struck["to_board"][0] > 2
        assert struck["from_board"][0] > 2


def test_an_unplugged_port_is_a_lost_link_and_is_there_again_later(tmp_path: Path):
    link = tmp_path / "faulty"
    with EmulatedBoard("native") as board, FaultProxy(board.path, link, plan(), BAUD) as proxy:
        with plant_at(link) as plant:
            plant.read()
            proxy.inject(plan(FaultConfig(kind="replug", for_s=0.3)))
            with pytest.raises(LinkLost):
                until(lambda: plant.read() is None)
            with pytest.raises(LinkLost):  # it stays so
                plant.read()
        assert until(link.is_symlink)

        def met() -> bool:
            try:
                with plant_at(link) as again:
                    return again.read().valid
            except DeviceError:
                return False

        assert until(met)


def test_a_cut_wire_is_told_to_nobody_and_the_board_makes_itself_safe(tmp_path: Path):
    link = tmp_path / "faulty"
    with EmulatedBoard("native") as board, FaultProxy(board.path, link, plan(), BAUD) as proxy:
        with plant_at(link) as plant:

            def followed() -> bool:
                goes_on(plant)
                return plant.state is LinkState.ACTIVE

            assert until(followed)
            proxy.inject(plan(FaultConfig(kind="cut", for_s=0.4)))
            with pytest.raises(DeviceError, match="the board is safe: watchdog"):
                until(lambda: bool(goes_on(plant)))
        assert proxy.injected["to_board"][0] > 0
        assert proxy.injected["from_board"][0] > 0


def test_a_device_that_dies_takes_the_proxy_s_tty_with_it(tmp_path: Path):
    link = tmp_path / "faulty"
    with EmulatedBoard("native") as board, FaultProxy(board.path, link, plan(), BAUD) as proxy:
        with plant_at(link) as plant:
            goes_on(plant)
            board.process.kill()
            board.process.wait()
            os.close(board._kept.pop())
            with pytest.raises(LinkLost):
                until(lambda: bool(goes_on(plant)))
        assert until(lambda: isinstance(proxy.lost, LinkLost))
        assert not link.is_symlink()


def test_a_device_that_is_not_there_and_a_link_that_is_somebody_s_are_told(tmp_path: Path):
    with pytest.raises(DeviceError, match="no such port"), FaultProxy(tmp_path / "none", tmp_path / "a", plan()):
        pass
    taken = tmp_path / "taken"
    taken.write_text("something of somebody's")
    with pytest.raises(DeviceError, match="is there already"), FaultProxy(tmp_path / "none", taken, plan()):
        pass
    assert taken.read_text() == "something of somebody's"
