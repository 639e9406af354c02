"""The simulated ATmega2560 on a line, at the pace of the clock.

python -m hardware.emulation.avr.process LINE ARM CHANNELS TARGET PACE ENCODERS

LINE is the number of an open file descriptor. It ends when the line does. An LED that changes is told. With a PACE
below 1 its time goes by so much more slowly than the clock, for a machine that cannot keep up. ENCODERS are absolute or
incremental.
"""

from __future__ import annotations

import os
import sys
import time

from hardware.emulation.avr.avr_board import AvrBoard
from hardware.emulation.bench_motors import BenchMotors
from hardware.firmware.joint_table import joints_of
from robotics.arm_config import load_arm_config

BEHIND_S = 0.2
"""How far virtual time may fall behind before it lets that time go [s]."""


def main() -> None:
    """Run until the line ends."""
    line, arm, channels, target = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    step_s = 0.001 / float(sys.argv[5])
    os.set_blocking(line, False)
    incremental = sys.argv[6] == "incremental"
    joints = joints_of(load_arm_config(arm), incremental)
    board, motors = AvrBoard(arm, len(joints), channels, target, incremental), BenchMotors(joints)
    next_s, waits, lit = time.monotonic(), b"", False
    while True:
        try:
            board.give(os.read(line, 4096))
        except BlockingIOError:
            pass
        except OSError:
            time.sleep(0.001)  # of a pty: nobody has opened it
        motors.step(board.driven, board.sensed)
        waits = (waits + board.step())[-65536:]
        if board.lit is not lit:
            lit = board.lit
            print("LED on" if lit else "LED off", flush=True)
        try:
            waits = waits[os.write(line, waits) :] if waits else waits
        except OSError:
            waits = b""  # nobody listens, or not fast enough: lost, as on a wire
        next_s += step_s
        now = time.monotonic()
        if now < next_s:
            time.sleep(next_s - now)
        elif now > next_s + BEHIND_S:
            next_s = now


if __name__ == "__main__":
    main()
