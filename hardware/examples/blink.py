"""The first example: make the LED of a joint board blink, by moving its one joint to and fro.

python -m hardware.examples.blink PORT [--times 10]

PORT is that of an Arduino Mega with the firmware of ``hardware/firmware/boards/blink``, or of an emulated one:
``steadyhand hardware emulate joint_board --target blink --link /tmp/blink``. All that a real arm takes is here: the
board is met, set to limits, armed by the first command, and commanded anew within its watchdog's time.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from hardware.joint_board.lines import BAUD, SerialLine
from hardware.joint_board.plant import JointBoardPlant
from hardware.serial_port import port_and_speed
from robotics.contracts import Command, DriveMode, JointGroup, PlantDescription
from robotics.errors import SteadyhandError

PERIOD_S, HALF_S = 0.004, 0.5
"""How often the joint is told where to be, and for how long it is to be at either end [s]."""

LED = PlantDescription(
    name="blink",
    kind="example",
    joints=("led",),
    groups=(JointGroup("led", 0, 1),),
    lower=np.array([0.0]),
    upper=np.array([1.0]),
    velocity=np.array([4.0]),
    effort=np.array([1.0]),
    modes=(DriveMode.POSITION,),
)
"""One joint that turns by a radian; above half of it the LED is lit."""


def blink(port: str, times: int) -> None:
    """Let it blink so often, and say what the joint does."""
    path, baud = port_and_speed(port, BAUD)
    board = JointBoardPlant(LED, SerialLine(path, baud), PERIOD_S)
    try:
        _move(board, times)
    finally:
        print(board.left, flush=True)


def _move(plant: JointBoardPlant, times: int) -> None:
    with plant as board:
        began, was_lit, blinked = time.monotonic(), False, 0
        while blinked < times:
            elapsed = time.monotonic() - began
            goal = np.array([1.0 - int(elapsed / HALF_S) % 2])
            at = board.read().q[0]
            board.write(Command(DriveMode.POSITION, goal, np.zeros(1), np.zeros(1)))
            lit = bool(at > 0.5)
            if lit is not was_lit:
                print(f"{elapsed:5.2f} s  {'lit ' if lit else 'dark'}  the joint is at {at:.2f} rad", flush=True)
                blinked += lit
                was_lit = lit
            time.sleep(PERIOD_S)


def main() -> None:
    """Ask for the port."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", help="serial port, or PORT@BAUD; a flashed ATmega2560 speaks at 2000000")
    parser.add_argument("--times", type=int, default=10, help="how often it blinks")
    asked = parser.parse_args()
    try:
        blink(asked.port, asked.times)
    except KeyboardInterrupt:
        sys.exit(130)
    except SteadyhandError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
