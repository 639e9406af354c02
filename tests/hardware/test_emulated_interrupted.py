"""What is put on a pseudo terminal and is interrupted while it starts leaves nothing: no link, no process, no owner."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from boards import needs_gcc

from hardware.dynamixel.emulator import EmulatedBus
from hardware.emulation.devices import EmulatedBoard
from hardware.faults.plan import FaultPlan
from hardware.faults.proxy import FaultProxy
from hardware.serial_port import SerialPort


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_bus_of_servos_that_is_interrupted_as_it_starts_leaves_no_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    bus = EmulatedBus((), tmp_path / "servos")
    with pytest.raises(KeyboardInterrupt):
        bus.__enter__()
    assert not os.path.lexists(tmp_path / "servos")
    assert (bus.serves, bus.path) == (False, "")


@needs_gcc
def test_a_board_that_is_interrupted_as_it_starts_leaves_neither_link_nor_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, link, begun = EmulatedBoard("native", link=tmp_path / "board"), Path.symlink_to, []

    def link_and_be_interrupted(path: Path, to: str) -> None:
        link(path, to)
        begun.append(board.process)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "symlink_to", link_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        board.__enter__()
    assert not os.path.lexists(tmp_path / "board")
    assert begun[0].poll() is not None


@needs_gcc
def test_a_proxy_that_is_interrupted_as_it_starts_leaves_no_link_and_gives_the_device_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with EmulatedBoard("native") as board:
        proxy = FaultProxy(board.path, tmp_path / "faulty", FaultPlan(seed=1, faults=()))
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", interrupted)
            with pytest.raises(KeyboardInterrupt):
                proxy.__enter__()
        assert not os.path.lexists(tmp_path / "faulty")
        with SerialPort(board.path, 1_000_000):
            pass


def test_a_link_of_another_is_left_to_him(tmp_path: Path) -> None:
    link = tmp_path / "servos"
    with EmulatedBus((), link) as first:
        with EmulatedBus((), link) as second:
            assert os.readlink(link) == second.path != first.path
            first.unplug()
            assert os.readlink(link) == second.path
        assert not os.path.lexists(link)
