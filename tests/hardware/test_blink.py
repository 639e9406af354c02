"""The first example: the LED of a simulated Arduino Mega is lit as its one joint is moved."""

from __future__ import annotations

import numpy as np
from boards import needs_avr

from hardware.emulation.avr.avr_board import AvrBoard
from hardware.examples.blink import LED, PERIOD_S
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.plant import JointBoardPlant, LinkState
from robotics.contracts import Command, DriveMode

pytestmark = needs_avr


def test_the_led_is_lit_in_the_upper_half_and_dark_in_the_lower_one():
    board = AvrBoard(target="blink")
    seen = []
    with JointBoardPlant(LED, VirtualLine(board), PERIOD_S) as plant:
        for goal in (1.0, 0.0, 1.0, 0.0):
            for _ in range(round(0.6 / PERIOD_S)):
                at = plant.read().q[0]
                plant.write(Command(DriveMode.POSITION, np.array([goal]), np.zeros(1), np.zeros(1)))
            seen.append((board.lit, round(float(at))))
        assert plant.state is LinkState.ACTIVE
    assert seen == [(True, 1), (False, 0), (True, 1), (False, 0)]


def test_nobody_moves_it_without_being_met():
    board = AvrBoard(target="blink")
    for _ in range(200):
        board.step()
    assert not board.lit
